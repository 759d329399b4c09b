//! Reads the request: the image from one of four places, the options from any of three, and the form of the response.
//! Nothing is guessed: a second image or an unknown option is an error.

use axum::body::Bytes;
use axum::extract::multipart::MultipartError;
use axum::extract::{FromRequest, Multipart, Request};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sansfond_domain::ImageOptions;
use sansfond_domain::upload::plain_name;
use sansfond_texts::request;
use sansfond_web::{Code, Problem};
use serde_json::{Map, Value};

use super::fields::{FILE, GivenFields, ResponseType, invalid, unreadable};
use crate::routes::media::INLINE_BYTES;

#[derive(Debug)]
pub(super) struct CutoutRequest {
    pub(super) picture: Picture,
    pub(super) options: ImageOptions,
    pub(super) answer: ResponseType,
    /// Whether the client accepts JSON.
    pub(super) takes_json: bool,
}

#[derive(Debug)]
pub(super) enum Picture {
    Bytes { name: String, bytes: Vec<u8> },
    Link(String),
}

impl<S: Send + Sync> FromRequest<S> for CutoutRequest {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let media_type =
            header(request.headers(), &CONTENT_TYPE).split(';').next().unwrap_or_default().trim();
        let media_type = media_type.to_ascii_lowercase();
        let takes_json = header(request.headers(), &ACCEPT)
            .split(',')
            .any(|one| one.trim_start().starts_with("application/json"));
        let mut given = Given::default();
        given.query(request.uri().query().unwrap_or_default())?;
        match media_type.as_str() {
            "multipart/form-data" => given.form(request, state).await?,
            "application/json" => given.json(&whole(request, state).await?)?,
            "application/octet-stream" => given.file(String::new(), whole(request, state).await?)?,
            other if other.starts_with("image/") => {
                given.file(String::new(), whole(request, state).await?)?
            }
            _ => {
                return Err(Problem::new(Code::UnsupportedMediaType).detail(request::picture_expected()));
            }
        }
        given.understood(takes_json)
    }
}

/// The fields read so far.
#[derive(Default)]
struct Given {
    file: Option<(String, Vec<u8>)>,
    fields: GivenFields,
}

impl Given {
    fn query(&mut self, query: &str) -> Result<(), Problem> {
        url::form_urlencoded::parse(query.as_bytes())
            .try_for_each(|(name, value)| self.fields.put(&name, Value::String(value.into_owned())))
    }

    async fn form<S: Send + Sync>(&mut self, request: Request, state: &S) -> Result<(), Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|error| refused(error.status(), error.body_text()))?;
        while let Some(field) = form.next_field().await.map_err(|error| broken_form(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|error| broken_form(&error))?;
            if name != FILE {
                let text = String::from_utf8(bytes.into());
                let text = text.map_err(|_| invalid(request::text_expected(name.as_str())))?;
                self.fields.put(&name, Value::String(text))?;
            // A browser sends an empty file if the user has not chosen one.
            } else if !bytes.is_empty() {
                self.file(file_name.unwrap_or_default(), bytes.into())?;
            }
        }
        Ok(())
    }

    fn json(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let fields: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        fields.into_iter().try_for_each(|(name, value)| self.fields.put(&name, value))
    }

    fn file(&mut self, name: String, bytes: Vec<u8>) -> Result<(), Problem> {
        if bytes.len() > INLINE_BYTES {
            return Err(too_large());
        }
        match self.file.replace((name, bytes)) {
            None => Ok(()),
            Some(_) => Err(invalid(request::several_pictures())),
        }
    }

    fn understood(mut self, takes_json: bool) -> Result<CutoutRequest, Problem> {
        let (fields, options) = std::mem::take(&mut self.fields).read()?;
        if let Some(text) = fields.image_base64 {
            let digits = text.split_once(";base64,").map_or(text.as_str(), |(_, digits)| digits);
            let bytes = STANDARD.decode(digits.trim());
            let bytes = bytes.map_err(|_| invalid(request::base64_expected("image_base64")))?;
            self.file(String::new(), bytes)?;
        }
        let name = fields.name.as_deref().map(plain_name);
        let picture = match (self.file, fields.image_url) {
            (Some((sent, bytes)), None) => Picture::Bytes { name: name.unwrap_or(sent), bytes },
            (None, Some(link)) => Picture::Link(link),
            (Some(_), Some(_)) => return Err(invalid(request::several_pictures())),
            (None, None) => return Err(invalid(request::no_picture())),
        };
        let default = if takes_json { ResponseType::Base64 } else { ResponseType::Binary };
        Ok(CutoutRequest { picture, options, answer: fields.response.unwrap_or(default), takes_json })
    }
}

async fn whole<S: Send + Sync>(request: Request, state: &S) -> Result<Vec<u8>, Problem> {
    match Bytes::from_request(request, state).await {
        Ok(bytes) => Ok(bytes.into()),
        Err(error) => Err(refused(error.status(), error.body_text())),
    }
}

fn broken_form(error: &MultipartError) -> Problem {
    refused(error.status(), error.body_text())
}

fn refused(status: StatusCode, reason: String) -> Problem {
    if status == StatusCode::PAYLOAD_TOO_LARGE { too_large() } else { unreadable(reason) }
}

fn too_large() -> Problem {
    let megabytes = INLINE_BYTES as f64 / 1e6;
    Problem::new(Code::TooLarge)
        .with("limit_bytes", INLINE_BYTES)
        .with("upload_route", "POST /api/uploads")
        .detail(request::picture_too_large(megabytes))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};

    use axum::body::Body;
    use sansfond_options::field_names;
    use serde_json::json;
    use utoipa::{IntoParams, PartialSchema, ToSchema};

    use super::super::fields::{PictureForm, PictureJson, PictureQuery, RequestFields};
    use super::*;

    const READERS: [&str; 3] = ["form", "json", "query"];
    const BOUNDARY: &str = "frontier";

    /// The request that a reader makes of these fields and a picture, as text that can be compared.
    async fn read(reader: &str, fields: &BTreeMap<&str, Value>) -> Result<String, String> {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let (query, media_type, body) = match reader {
            "form" => {
                let part = |(name, value): (&&str, &Value)| {
                    let value = text(value);
                    format!(
                        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
                    )
                };
                let parts: String = fields.iter().map(part).collect();
                let body = format!("{parts}--{BOUNDARY}--\r\n");
                (String::new(), format!("multipart/form-data; boundary={BOUNDARY}"), body)
            }
            "json" => (String::new(), "application/json".to_owned(), json!(fields).to_string()),
            _ => {
                let mut query = url::form_urlencoded::Serializer::new(String::new());
                query.extend_pairs(fields.iter().map(|(name, value)| (name, text(value))));
                (query.finish(), "application/json".to_owned(), "{}".to_owned())
            }
        };
        let request = Request::post(format!("/?{query}")).header(CONTENT_TYPE, media_type);
        let request = request.body(Body::from(body)).expect("a request");
        match CutoutRequest::from_request(request, &()).await {
            Ok(understood) => Ok(format!("{understood:?}")),
            Err(problem) => Err(format!("{problem:?}")),
        }
    }

    /// The fields that are described for a reader, each with a value that is not its default.
    fn described(reader: &str) -> BTreeMap<String, Value> {
        let mut named = Vec::new();
        PictureJson::schemas(&mut named);
        let named: BTreeMap<String, Value> = named
            .into_iter()
            .map(|(name, schema)| (format!("#/components/schemas/{name}"), json!(schema)))
            .collect();
        let properties = |schema: Value| schema["properties"].as_object().expect("properties").clone();
        let all = match reader {
            "form" => properties(json!(PictureForm::schema())),
            "json" => properties(json!(PictureJson::schema())),
            _ => PictureQuery::into_params(|| None)
                .into_iter()
                .map(|parameter| (parameter.name.clone(), json!(parameter.schema)))
                .collect(),
        };
        all.into_iter()
            .filter(|(name, _)| name != FILE)
            .map(|(name, schema)| (name.clone(), sample(&name, &schema, &named)))
            .collect()
    }

    fn sample(name: &str, schema: &Value, named: &BTreeMap<String, Value>) -> Value {
        if name == "options" {
            return json!({"crop": true});
        }
        let schema = schema["$ref"].as_str().map_or(schema, |name| &named[name]);
        let choices = schema["enum"].as_array().and_then(|choices| choices.last());
        choices
            .or_else(|| schema.get("example"))
            .or_else(|| schema.get("maximum"))
            .cloned()
            .or_else(|| (schema["type"] == "boolean").then_some(json!(true)))
            .unwrap_or_else(|| panic!("{name} has no example: {schema}"))
    }

    #[tokio::test]
    async fn every_described_field_is_read_by_each_reader() {
        for reader in READERS {
            let picture = ("image_base64", json!("aGVsbG8="));
            let plain = read(reader, &BTreeMap::from([picture.clone()])).await;
            assert!(plain.is_ok(), "{reader}: {plain:?}");
            for (name, value) in &described(reader) {
                // A second source of the picture replaces the first or is refused.
                let mut fields = BTreeMap::from([picture.clone()]);
                fields.insert(name, value.clone());
                let found = read(reader, &fields).await;
                assert_ne!(found, plain, "{reader}: {name} changes nothing");
                assert!(found.is_ok() || name == "image_url", "{reader}: {name}: {found:?}");
            }
        }
    }

    #[test]
    fn every_field_that_is_read_is_described_for_each_reader() {
        let read: BTreeSet<&str> =
            field_names::<RequestFields>().iter().chain(field_names::<ImageOptions>()).copied().collect();
        for reader in READERS {
            let described = described(reader);
            let described: BTreeSet<&str> = described.keys().map(String::as_str).collect();
            assert_eq!(described, read, "{reader}");
        }
    }

    #[tokio::test]
    async fn an_unknown_field_is_refused_with_the_nearest_known_one() {
        for reader in READERS {
            let fields = BTreeMap::from([("image_base64", json!("aGVsbG8=")), ("bakground", json!("blur"))]);
            let refused = read(reader, &fields).await.expect_err(reader);
            assert!(
                refused.contains("There is no field “bakground”. Did you mean “background”?"),
                "{refused}"
            );
        }
        let nested = BTreeMap::from([("options", json!({"crop_margins": 3}))]);
        assert!(read("json", &nested).await.expect_err("refused").contains("“crop_margin”?"));
        let wrong = BTreeMap::from([("crop", json!("maybe"))]);
        assert!(read("form", &wrong).await.expect_err("refused").contains("“crop”: "));
    }

    #[tokio::test]
    async fn a_repeated_field_is_refused() {
        let twice = BTreeMap::from([("crop", json!(true)), ("options", json!({"crop": false}))]);
        assert!(
            read("json", &twice)
                .await
                .expect_err("refused")
                .contains("The field “crop” is given more than once")
        );
    }
}
