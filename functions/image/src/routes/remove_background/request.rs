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
use sansfond_texts::{Message, request};
use sansfond_web::{Code, Problem};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa::openapi::{Ref, RefOr, Schema};

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

/// The form of the response: `binary` is the file, `base64` is JSON that contains the file, `link` is JSON with a link
/// to the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub(super) enum ResponseType {
    Binary,
    Base64,
    Link,
}

/// An image and options as a form. The fields of `options` can also be form fields.
#[derive(ToSchema)]
#[schema(as = RemoveBackgroundForm)]
#[allow(dead_code, reason = "describes what `Asked` reads")]
pub(super) struct PictureForm {
    /// The image file. Required unless `image_url` or `image_base64` is set.
    #[schema(value_type = Option<String>, format = Binary, nullable = false)]
    image_file: Option<Vec<u8>>,
    /// A link to the image file.
    #[schema(nullable = false, example = "https://example.org/cat.jpg")]
    image_url: Option<String>,
    /// The image file in base64, with or without a `data:…;base64,` prefix.
    #[schema(nullable = false)]
    image_base64: Option<String>,
    /// The options, as the text of a JSON object.
    #[schema(nullable = false)]
    options: Option<String>,
    /// The form of the response.
    #[schema(nullable = false)]
    response: Option<ResponseType>,
}

/// An image and options as JSON. The fields of `options` can also be fields of this object.
#[derive(ToSchema)]
#[schema(as = RemoveBackgroundRequest)]
#[allow(dead_code, reason = "describes what `Asked` reads")]
pub(super) struct PictureJson {
    /// A link to the image file. Required unless `image_base64` is set.
    #[schema(example = "https://example.org/cat.jpg")]
    image_url: Option<String>,
    /// The image file in base64, with or without a `data:…;base64,` prefix.
    image_base64: Option<String>,
    /// The name of the file. The name of the result is derived from it.
    name: Option<String>,
    /// The options of the result.
    #[schema(schema_with = options_schema)]
    options: Option<Value>,
    /// The form of the response.
    response: Option<ResponseType>,
}

/// `ImageOptions` is defined in `sansfond-api`.
fn options_schema() -> RefOr<Schema> {
    RefOr::Ref(Ref::from_schema_name("ImageOptions"))
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
        let mut asked = RequestFields::default();
        for (name, value) in url::form_urlencoded::parse(request.uri().query().unwrap_or_default().as_bytes())
        {
            asked.text(&name, value.into_owned())?;
        }
        match media_type.as_str() {
            "multipart/form-data" => asked.form(request, state).await?,
            "application/json" => asked.json(&whole(request, state).await?)?,
            "application/octet-stream" => asked.file("", whole(request, state).await?)?,
            other if other.starts_with("image/") => asked.file("", whole(request, state).await?)?,
            _ => {
                return Err(Problem::new(Code::UnsupportedMediaType).detail(request::picture_expected()));
            }
        }
        asked.understood(takes_json)
    }
}

/// The fields read so far.
#[derive(Default)]
struct RequestFields {
    picture: Option<Picture>,
    name: Option<String>,
    options: Map<String, Value>,
    answer: Option<ResponseType>,
}

impl RequestFields {
    async fn form<S: Send + Sync>(&mut self, request: Request, state: &S) -> Result<(), Problem> {
        let form = Multipart::from_request(request, state).await;
        let mut form = form.map_err(|error| refused(error.status(), error.body_text()))?;
        while let Some(field) = form.next_field().await.map_err(|error| broken_form(&error))? {
            let name = field.name().unwrap_or_default().to_owned();
            let file_name = field.file_name().map(str::to_owned);
            let bytes = field.bytes().await.map_err(|error| broken_form(&error))?;
            match name.as_str() {
                // A browser sends an empty file if the user has not chosen one.
                "image_file" | "file" if bytes.is_empty() => {}
                "image_file" | "file" => self.file(&file_name.unwrap_or_default(), bytes.into())?,
                _ => match String::from_utf8(bytes.into()) {
                    Ok(text) => self.text(&name, text)?,
                    Err(_) => return Err(invalid(request::text_expected(name))),
                },
            }
        }
        Ok(())
    }

    fn json(&mut self, bytes: &[u8]) -> Result<(), Problem> {
        let fields: Map<String, Value> =
            serde_json::from_slice(bytes).map_err(|error| unreadable(error.to_string()))?;
        for (name, value) in fields {
            match (name.as_str(), value) {
                (_, Value::Null) => {}
                (_, Value::String(text)) => self.text(&name, text)?,
                ("options", Value::Object(options)) => self.options.extend(options),
                ("image_url" | "image_base64" | "response" | "name" | "options", _) => {
                    return Err(invalid(request::wrong_type(name)));
                }
                (_, value) => drop(self.options.insert(name, value)),
            }
        }
        Ok(())
    }

    /// Reads a field as text. An empty field counts as absent.
    fn text(&mut self, name: &str, text: String) -> Result<(), Problem> {
        if text.is_empty() {
            return Ok(());
        }
        match name {
            "image_url" => self.put(Picture::Link(text))?,
            "image_base64" => {
                let digits = text.split_once(";base64,").map_or(text.as_str(), |(_, digits)| digits);
                let bytes = STANDARD.decode(digits.trim());
                self.file("", bytes.map_err(|_| invalid(request::base64_expected(name)))?)?;
            }
            "name" => self.name = Some(text),
            "response" => {
                let answer = ResponseType::deserialize(Value::String(text))
                    .map_err(|error| unreadable(format!("response: {error}")))?;
                self.answer = Some(answer);
            }
            "options" => {
                let options =
                    serde_json::from_str(&text).map_err(|error| unreadable(format!("options: {error}")))?;
                let Value::Object(options) = options else {
                    return Err(invalid(request::object_expected(name)));
                };
                self.options.extend(options);
            }
            "crop" | "shadow" => {
                let value = match text.as_str() {
                    "true" | "1" | "on" | "yes" => true,
                    "false" | "0" | "off" | "no" => false,
                    _ => return Err(invalid(request::boolean_expected(name))),
                };
                self.options.insert(name.to_owned(), Value::Bool(value));
            }
            "crop_margin" => {
                let percent: u8 = text
                    .trim_end_matches('%')
                    .parse()
                    .map_err(|_| invalid(request::number_expected(name)))?;
                self.options.insert(name.to_owned(), Value::from(percent));
            }
            _ => drop(self.options.insert(name.to_owned(), Value::String(text))),
        }
        Ok(())
    }

    fn file(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), Problem> {
        if bytes.len() > INLINE_BYTES {
            return Err(too_large());
        }
        self.put(Picture::Bytes { name: name.to_owned(), bytes })
    }

    fn put(&mut self, picture: Picture) -> Result<(), Problem> {
        match self.picture.replace(picture) {
            None => Ok(()),
            Some(_) => Err(invalid(request::several_pictures())),
        }
    }

    fn understood(self, takes_json: bool) -> Result<CutoutRequest, Problem> {
        let Some(mut picture) = self.picture else {
            return Err(invalid(request::no_picture()));
        };
        if let (Picture::Bytes { name, .. }, Some(wanted)) = (&mut picture, self.name) {
            *name = plain_name(&wanted);
        }
        let options = serde_json::from_value(Value::Object(self.options));
        let default = if takes_json { ResponseType::Base64 } else { ResponseType::Binary };
        Ok(CutoutRequest {
            picture,
            options: options.map_err(|error| unreadable(error.to_string()))?,
            answer: self.answer.unwrap_or(default),
            takes_json,
        })
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

fn invalid(message: Message) -> Problem {
    Problem::new(Code::InvalidRequest).detail(message)
}

/// `reason`: in English, from whoever parses.
fn unreadable(reason: String) -> Problem {
    invalid(request::unreadable(reason))
}

fn header<'a>(headers: &'a HeaderMap, name: &HeaderName) -> &'a str {
    headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
