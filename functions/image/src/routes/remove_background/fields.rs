//! The fields of a request: one structure and the options, read alike from a form, JSON and the query, and
//! described for each of them from what is read.

use std::borrow::Cow;

use sansfond_options::{ImageOptions, field_names, nearest};
use sansfond_web::{Code, Problem};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, Object, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// The picture, and the shape of the answer. The options may stand beside these fields.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFields {
    /// A link to the picture. This or another source of the picture.
    #[schema(nullable = false, example = "https://example.org/cat.jpg")]
    pub(super) image_url: Option<String>,
    /// The picture in base64, with or without `data:…;base64,` before it.
    #[schema(nullable = false, example = "iVBORw0KGgo=")]
    pub(super) image_base64: Option<String>,
    /// What the picture is called; the download gets a similar name.
    #[schema(nullable = false, example = "cat.jpg")]
    pub(super) name: Option<String>,
    /// What comes back.
    #[schema(nullable = false)]
    pub(super) response: Option<ResponseType>,
    /// What shall come out. Each option may also be a field of its own.
    #[serde(default, deserialize_with = "object_or_text")]
    #[schema(value_type = Option<ImageOptions>, nullable = false)]
    options: Map<String, Value>,
}

/// What comes back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ResponseType {
    /// The file itself.
    Binary,
    /// JSON with the file in it.
    Base64,
    /// JSON with a link to it.
    Link,
}

/// An object, or its JSON as a form carries it.
fn object_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let object = match Value::deserialize(deserializer)? {
        Value::String(text) => serde_json::from_str(&text).map_err(Error::custom)?,
        other => other,
    };
    match object {
        Value::Object(object) => Ok(object),
        _ => Err(Error::custom("it is not a JSON object")),
    }
}

/// What has been read so far, from the query and from the body. Nothing may be there twice.
#[derive(Debug, Default)]
pub(super) struct GivenFields(Map<String, Value>);

impl GivenFields {
    /// One field. An empty text and `null` count as absent.
    pub(super) fn put(&mut self, name: &str, value: Value) -> Result<(), Problem> {
        if value.is_null() || value == "" {
            return Ok(());
        }
        match self.0.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(unclear(format!("“{name}” is there more than once"))),
        }
    }

    /// The request and its options.
    pub(super) fn read(self) -> Result<(RequestFields, ImageOptions), Problem> {
        let own = field_names::<RequestFields>();
        let (own, beside): (Map<_, _>, Map<_, _>) =
            self.0.into_iter().partition(|(name, _)| own.contains(&name.as_str()));
        let mut request: RequestFields = read(own)?;
        let mut options = Self(beside);
        for (name, value) in std::mem::take(&mut request.options) {
            options.put(&name, value)?;
        }
        let known = field_names::<ImageOptions>();
        if let Some(unknown) = options.0.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(unknown_field(unknown));
        }
        Ok((request, read(options.0)?))
    }
}

fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Value::Object(fields))
        .map_err(|error| unclear(format!("“{}”: {}", error.path(), error.inner())))
}

fn known_fields() -> impl Iterator<Item = &'static str> {
    field_names::<ImageOptions>().iter().chain(field_names::<RequestFields>()).copied()
}

fn unknown_field(name: &str) -> Problem {
    let name: String = name.chars().take(40).collect();
    let (english, french) = match nearest(&name, known_fields()) {
        Some(near) => (format!("did you mean “{near}”?"), format!("vouliez-vous dire « {near} » ?")),
        None => {
            let all = known_fields().collect::<Vec<_>>().join(", ");
            (format!("these are known: {all}."), format!("on connaît : {all}."))
        }
    };
    Problem::new(Code::InvalidRequest).explain(
        format!("There is no field “{name}”; {english}"),
        format!("Il n’y a pas de champ « {name} » ; {french}"),
    )
}

/// A problem in the same words for everybody.
pub(super) fn unclear(words: String) -> Problem {
    Problem::new(Code::InvalidRequest).explain(words.clone(), words)
}

/// For the description: a picture in JSON.
pub(super) enum PictureJson {}

/// For the description: a picture in a form.
pub(super) enum PictureForm {}

/// For the description: what may stand after the question mark.
pub(super) enum PictureQuery {}

/// All fields of a request, as a structure reads them.
fn all_fields() -> Object {
    let mut all = object(RequestFields::schema());
    all.properties.extend(object(ImageOptions::schema()).properties);
    all.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    all
}

/// The same where each value is a text.
fn all_fields_as_text() -> Object {
    let mut all = all_fields();
    let options = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("A JSON object with options. Each option may also be a field of its own."));
    all.properties.insert("options".to_owned(), options.build().into());
    all
}

fn object(schema: RefOr<Schema>) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        _ => unreachable!("a structure is described by an object. This is a bug."),
    }
}

fn nested(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    <RequestFields as ToSchema>::schemas(schemas);
    <ImageOptions as ToSchema>::schemas(schemas);
}

impl PartialSchema for PictureJson {
    fn schema() -> RefOr<Schema> {
        let mut all = all_fields();
        all.description = Some("A picture in JSON, with its options in `options` or beside it.".to_owned());
        RefOr::T(Schema::Object(all))
    }
}

impl ToSchema for PictureJson {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PictureJson")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        nested(schemas);
    }
}

impl PartialSchema for PictureForm {
    fn schema() -> RefOr<Schema> {
        let mut all = all_fields_as_text();
        let file = ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Binary)))
            .description(Some("The picture itself. This or another source of the picture."));
        all.properties.insert(FILE.to_owned(), file.build().into());
        all.description = Some("A picture in a form, with its options in `options` or beside it.".to_owned());
        RefOr::T(Schema::Object(all))
    }
}

impl ToSchema for PictureForm {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("PictureForm")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        nested(schemas);
    }
}

impl IntoParams for PictureQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |(name, schema)| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .schema(Some(schema))
                .build()
        };
        all_fields_as_text().properties.into_iter().map(parameter).collect()
    }
}

/// The field of a form that holds the picture itself.
pub(super) const FILE: &str = "image_file";
