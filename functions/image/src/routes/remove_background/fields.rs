//! The fields of a request. Form, JSON and query are read into the same structures, and their descriptions are derived
//! from these structures.

use std::borrow::Cow;

use sansfond_options::{ImageOptions, field_names, nearest};
use sansfond_texts::{Message, request};
use sansfond_web::{Code, Problem};
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{AdditionalProperties, KnownFormat, Object, SchemaFormat, Type};
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

/// The source of the image, and the form of the response. The options can be fields beside these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestFields {
    /// A link to the image file. Required unless the image is sent in another field.
    #[schema(nullable = false, example = "https://example.org/cat.jpg")]
    pub(super) image_url: Option<String>,
    /// The image file in base64, with or without a `data:…;base64,` prefix.
    #[schema(nullable = false, example = "iVBORw0KGgo=")]
    pub(super) image_base64: Option<String>,
    /// The name of the file. The name of the result is derived from it.
    #[schema(nullable = false, example = "cat.jpg")]
    pub(super) name: Option<String>,
    /// How the result is returned.
    #[schema(nullable = false)]
    pub(super) response: Option<ResponseType>,
    /// The options of the result. Each option can also be sent as a separate field.
    #[serde(default, deserialize_with = "object_or_text")]
    #[schema(value_type = Option<ImageOptions>, nullable = false)]
    options: Map<String, Value>,
}

/// How the result is returned: `binary` is the file itself, `base64` is JSON that contains the file, `link` is JSON
/// with a link to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ResponseType {
    Binary,
    Base64,
    Link,
}

/// Reads an object, or a text that contains its JSON, as forms send it.
fn object_or_text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Map<String, Value>, D::Error> {
    let object = match Value::deserialize(deserializer)? {
        Value::String(text) => serde_json::from_str(&text).map_err(Error::custom)?,
        other => other,
    };
    match object {
        Value::Object(object) => Ok(object),
        _ => Err(Error::custom("a JSON object is expected")),
    }
}

/// The fields read so far, from the query and from the body. Each field can be given once.
#[derive(Debug, Default)]
pub(super) struct GivenFields(Map<String, Value>);

impl GivenFields {
    /// Adds a field. An empty text and `null` count as absent.
    pub(super) fn put(&mut self, name: &str, value: Value) -> Result<(), Problem> {
        if value.is_null() || value == "" {
            return Ok(());
        }
        match self.0.insert(name.to_owned(), value) {
            None => Ok(()),
            Some(_) => Err(invalid(request::field_repeated(name))),
        }
    }

    /// Reads the request and its options.
    pub(super) fn read(self) -> Result<(RequestFields, ImageOptions), Problem> {
        let own = field_names::<RequestFields>();
        let (own, beside): (Map<_, _>, Map<_, _>) =
            self.0.into_iter().partition(|(name, _)| own.contains(&name.as_str()));
        let mut fields: RequestFields = read(own)?;
        let mut options = Self(beside);
        for (name, value) in std::mem::take(&mut fields.options) {
            options.put(&name, value)?;
        }
        let known = field_names::<ImageOptions>();
        if let Some(unknown) = options.0.keys().find(|name| !known.contains(&name.as_str())) {
            return Err(unknown_field(unknown));
        }
        Ok((fields, read(options.0)?))
    }
}

fn read<T: DeserializeOwned>(fields: Map<String, Value>) -> Result<T, Problem> {
    serde_path_to_error::deserialize(Value::Object(fields))
        .map_err(|error| unreadable(format!("“{}”: {}", error.path(), error.inner())))
}

fn known_fields() -> impl Iterator<Item = &'static str> {
    field_names::<ImageOptions>().iter().chain(field_names::<RequestFields>()).copied()
}

fn unknown_field(name: &str) -> Problem {
    let name: String = name.chars().take(40).collect();
    match nearest(&name, known_fields()) {
        Some(near) => invalid(request::field_misspelled(request::FieldMisspelled {
            field: name.clone(),
            near: near.to_owned(),
        })),
        None => {
            let known = known_fields().collect::<Vec<_>>().join(", ");
            invalid(request::field_unknown(request::FieldUnknown { field: name, known }))
        }
    }
}

pub(super) fn invalid(message: Message) -> Problem {
    Problem::new(Code::InvalidRequest).detail(message)
}

/// `reason`: in English, from the parser.
pub(super) fn unreadable(reason: String) -> Problem {
    invalid(request::unreadable(reason))
}

/// Describes a JSON body.
pub(super) enum PictureJson {}

/// Describes a form.
pub(super) enum PictureForm {}

/// Describes the query.
pub(super) enum PictureQuery {}

/// All fields of a request.
fn all_fields() -> Object {
    let mut all = object(RequestFields::schema());
    all.properties.extend(object(ImageOptions::schema()).properties);
    all.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
    all
}

/// All fields, where each value is a text.
fn all_fields_as_text() -> Object {
    let mut all = all_fields();
    let options = ObjectBuilder::new()
        .schema_type(Type::String)
        .description(Some("The options, as JSON text. Each option can also be sent as a separate field."));
    all.properties.insert("options".to_owned(), options.build().into());
    all
}

fn object(schema: RefOr<Schema>) -> Object {
    match schema {
        RefOr::T(Schema::Object(object)) => object,
        _ => unreachable!("the schema of a structure is an object"),
    }
}

/// The description of a field. A parameter has it beside the schema.
fn description(schema: &RefOr<Schema>) -> Option<String> {
    match schema {
        RefOr::Ref(reference) => Some(reference.description.clone()).filter(|text| !text.is_empty()),
        RefOr::T(Schema::Object(object)) => object.description.clone(),
        RefOr::T(_) => None,
    }
}

fn nested(schemas: &mut Vec<(String, RefOr<Schema>)>) {
    <RequestFields as ToSchema>::schemas(schemas);
    <ImageOptions as ToSchema>::schemas(schemas);
}

impl PartialSchema for PictureJson {
    fn schema() -> RefOr<Schema> {
        let mut all = all_fields();
        all.description = Some(
            "An image and its options, as JSON. The fields of `options` can also be fields of this object."
                .to_owned(),
        );
        RefOr::T(Schema::Object(all))
    }
}

impl ToSchema for PictureJson {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RemoveBackgroundRequest")
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
            .description(Some("The image file. Required unless the image is sent in another field."));
        all.properties.insert(FILE.to_owned(), file.build().into());
        all.description = Some(
            "An image and its options, as a form. The fields of `options` can also be sent as form fields."
                .to_owned(),
        );
        RefOr::T(Schema::Object(all))
    }
}

impl ToSchema for PictureForm {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("RemoveBackgroundForm")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        nested(schemas);
    }
}

impl IntoParams for PictureQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |(name, schema): (String, RefOr<Schema>)| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(description(&schema))
                .schema(Some(schema))
                .build()
        };
        all_fields_as_text().properties.into_iter().map(parameter).collect()
    }
}

/// The form field of the image file.
pub(super) const FILE: &str = "image_file";
