//! Errors as the client sees them: `application/problem+json` (RFC 9457) with a stable `code`.
//!
//! The only place that maps an error to a status. A 5xx contains only its title and the request ID; its causes are
//! logged.

use std::borrow::Cow;

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use sansfond_domain::options::OptionError;
use sansfond_domain::ports::{IdentityError, PortError, ReadFileError, TransactionError};
use sansfond_domain::rules::Refusal;
use sansfond_domain::upload::UploadRefusal;
use sansfond_domain::{Failure, Language};
use sansfond_texts::{Message, account, problem, request, upload};
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::now;
use crate::problem_texts::{failure_text, option_text, refusal_text};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $slug:ident $status:ident;)*) => {
        /// The codes of errors. The name in JSON is also the name of the title's text.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The code in JSON, which is stable.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => stringify!($slug),)* }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// The title: what happened, for users.
            #[must_use]
            pub fn title(self) -> Message {
                match self { $(Self::$name => problem::$slug(),)* }
            }
        }
    };
}

codes! {
    /// The request cannot be understood.
    InvalidRequest invalid_request BAD_REQUEST;
    /// The confirmation code is wrong or too old.
    InvalidCode invalid_code BAD_REQUEST;
    /// The password is too simple.
    WeakPassword weak_password BAD_REQUEST;
    /// The URL must not be fetched.
    UrlNotAllowed url_not_allowed BAD_REQUEST;
    /// The request is not authenticated.
    Unauthenticated unauthenticated UNAUTHORIZED;
    /// The session has ended.
    SessionExpired session_expired UNAUTHORIZED;
    /// The email address or the password is wrong.
    InvalidCredentials invalid_credentials UNAUTHORIZED;
    /// The API key is invalid.
    InvalidApiKey invalid_api_key UNAUTHORIZED;
    /// There are not enough credits.
    InsufficientCredits insufficient_credits PAYMENT_REQUIRED;
    /// The request comes from another site.
    CrossSiteRequest cross_site_request FORBIDDEN;
    /// The request bypassed CloudFront.
    UnsupportedHost unsupported_host FORBIDDEN;
    /// The route needs a session and rejects API keys.
    SessionRequired session_required FORBIDDEN;
    /// Previews without an account are off.
    PreviewDisabled preview_disabled FORBIDDEN;
    /// The resource does not exist.
    NotFound not_found NOT_FOUND;
    /// The route does not support the method.
    MethodNotAllowed method_not_allowed METHOD_NOT_ALLOWED;
    /// The state of the job does not allow it.
    InvalidState invalid_state CONFLICT;
    /// Parts of the upload are missing.
    IncompleteUpload incomplete_upload CONFLICT;
    /// The account has too many API keys.
    TooManyApiKeys too_many_api_keys CONFLICT;
    /// The request or the file has too many bytes.
    TooLarge too_large PAYLOAD_TOO_LARGE;
    /// The picture has too many pixels.
    PictureTooLarge picture_too_large PAYLOAD_TOO_LARGE;
    /// The media type is not supported.
    UnsupportedMediaType unsupported_media_type UNSUPPORTED_MEDIA_TYPE;
    /// The picture's format is recognized but not supported.
    UnsupportedFormat unsupported_format UNSUPPORTED_MEDIA_TYPE;
    /// The idempotency key was used for a different request.
    IdempotencyKeyReused idempotency_key_reused UNPROCESSABLE_ENTITY;
    /// The file is not a readable picture.
    UnreadablePicture unreadable_picture UNPROCESSABLE_ENTITY;
    /// No subject was found.
    NoSubject no_subject UNPROCESSABLE_ENTITY;
    /// The options do not fit the file.
    UnsuitableOptions unsuitable_options UNPROCESSABLE_ENTITY;
    /// The uploaded file differs from its declaration.
    UploadMismatch upload_mismatch UNPROCESSABLE_ENTITY;
    /// The file of a URL could not be downloaded.
    DownloadFailed download_failed UNPROCESSABLE_ENTITY;
    /// There were too many requests.
    RateLimited rate_limited TOO_MANY_REQUESTS;
    /// The account has too many open jobs.
    TooManyJobs too_many_jobs TOO_MANY_REQUESTS;
    /// Too many jobs of the day have cost the account nothing.
    DailyLimit daily_limit TOO_MANY_REQUESTS;
    /// The engine is busy.
    Busy busy TOO_MANY_REQUESTS;
    /// A bug or a broken service.
    Internal internal INTERNAL_SERVER_ERROR;
    /// The service is temporarily unavailable.
    Unavailable unavailable SERVICE_UNAVAILABLE;
}

impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let slugs = Self::ALL.iter().map(|code| code.slug());
        let list = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(slugs));
        list.description(Some("A stable code for the error, which programs can rely on.")).build().into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ProblemCode")
    }
}

/// An error response. The middleware renders it in the language of the client.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: Option<Message>,
    members: Map<String, Value>,
    retry_after_s: Option<u64>,
}

/// An error (RFC 9457). Some codes come with additional members, such as `limit`.
#[derive(Debug, serde::Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct ProblemBody {
    /// A URN that ends with the code.
    #[schema(example = "urn:sansfond:problem:insufficient_credits")]
    pub r#type: String,
    /// A stable code that programs can rely on.
    #[schema(value_type = Code, example = "insufficient_credits")]
    pub code: String,
    /// What happened, in the language of the request.
    pub title: String,
    /// What to do about the error, in the language of the request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The HTTP status code.
    pub status: u16,
    /// The ID of the request. Include it when you contact support.
    pub request_id: String,
}

impl Problem {
    /// A problem without details.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, members: Map::new(), retry_after_s: None }
    }

    /// Adds the detail: what to do about it.
    #[must_use]
    pub fn detail(mut self, message: Message) -> Self {
        self.detail = Some(message);
        self
    }

    /// Adds a member for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// Sets the header `Retry-After`.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Logs the cause, which the client does not see.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static), retryable: bool) -> Self {
        let mut causes = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            causes.push_str(": ");
            causes.push_str(&error.to_string());
            cause = error.source();
        }
        tracing::error!(causes, "a request failed");
        if retryable { Self::new(Code::Unavailable).retry_after(2) } else { Self::new(Code::Internal) }
    }

    /// The response in a language.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("urn:sansfond:problem:{}", self.code.slug())));
        body.insert("code".to_owned(), json!(self.code.slug()));
        body.insert("title".to_owned(), json!(self.code.title().in_language(language)));
        if let Some(detail) = &self.detail {
            body.insert("detail".to_owned(), json!(detail.in_language(language)));
        }
        body.insert("status".to_owned(), json!(self.code.status().as_u16()));
        body.insert("request_id".to_owned(), json!(request_id));
        body.extend(self.members.clone());
        let mut response = Response::new(Body::from(Value::Object(body).to_string()));
        *response.status_mut() = self.code.status();
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let mut response = self.code.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<PortError> for Problem {
    fn from(error: PortError) -> Self {
        Self::internal(&error, error.retryable)
    }
}

impl From<ReadFileError> for Problem {
    fn from(error: ReadFileError) -> Self {
        match error {
            ReadFileError::TooLarge { .. } => Self::new(Code::TooLarge),
            ReadFileError::Port(error) => error.into(),
        }
    }
}

impl From<TransactionError> for Problem {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Refused(refusal) => refusal.into(),
            TransactionError::Contended => Self::new(Code::Busy).retry_after(1),
            TransactionError::Port(error) => error.into(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Self {
        let problem = match &refusal {
            Refusal::NoAccount => Self::new(Code::Unauthenticated),
            Refusal::NoJob => Self::new(Code::NotFound),
            Refusal::Exhausted { kind, exhausted } => Self::new(Code::InsufficientCredits)
                .with("kind", kind.name())
                .with("left", json!(exhausted.left))
                .with("allowance", exhausted.allowance)
                .with("renews_at", exhausted.renews_at.to_rfc3339()),
            Refusal::TooManyJobs { limit } => {
                Self::new(Code::TooManyJobs).with("limit", *limit).retry_after(5)
            }
            Refusal::DailyLimit { limit, ends_at } => {
                let left_ms = ends_at.millis().saturating_sub(now().millis());
                let left_s = u64::try_from(left_ms / 1000).unwrap_or_default() + 1;
                Self::new(Code::DailyLimit).with("limit", *limit).retry_after(left_s)
            }
            Refusal::Leased { .. } => Self::new(Code::Busy).retry_after(5),
            Refusal::WrongState { state } => Self::new(Code::InvalidState).with("state", state.name()),
            Refusal::NoUpload | Refusal::SourceGone | Refusal::NoPurchase => Self::new(Code::InvalidState),
            Refusal::Unsuitable(failure) => (*failure).into(),
            Refusal::KeyReused => Self::new(Code::IdempotencyKeyReused),
        };
        problem.detail(refusal_text(&refusal))
    }
}

impl From<OptionError> for Problem {
    fn from(error: OptionError) -> Self {
        let code = match error {
            OptionError::NoAlpha(_) | OptionError::NoBackdrop | OptionError::StrayBackdrop => {
                Code::UnsuitableOptions
            }
            OptionError::Background(_)
            | OptionError::VideoBackground(_)
            | OptionError::Margin(_)
            | OptionError::Part { .. } => Code::InvalidRequest,
        };
        Self::new(code).detail(option_text(&error))
    }
}

impl From<UploadRefusal> for Problem {
    fn from(refusal: UploadRefusal) -> Self {
        match refusal {
            UploadRefusal::Type { supported, .. } => {
                Self::new(Code::UnsupportedMediaType).detail(upload::unsupported_type(supported.join(", ")))
            }
            UploadRefusal::Empty => Self::new(Code::InvalidRequest).detail(upload::empty_file()),
            UploadRefusal::TooLarge { limit_bytes } => {
                let message = upload::too_large(limit_bytes / 1_000_000);
                Self::new(Code::TooLarge).with("limit_bytes", limit_bytes).detail(message)
            }
        }
    }
}

/// For clients that wait for the result. Other clients read the failure in the job.
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let problem = match failure {
            Failure::UnreadablePicture => Self::new(Code::UnreadablePicture),
            Failure::UnsupportedFormat => Self::new(Code::UnsupportedFormat),
            Failure::PictureTooLarge => Self::new(Code::PictureTooLarge),
            Failure::NoSubject => Self::new(Code::NoSubject),
            Failure::UnsuitableOptions | Failure::BackdropMissing | Failure::UnreadableBackdrop => {
                Self::new(Code::UnsuitableOptions)
            }
            Failure::UploadMismatch => Self::new(Code::UploadMismatch),
            // No route waits for a video; the failure is in the job.
            Failure::UnreadableVideo | Failure::NoVideo | Failure::IncompleteVideo => {
                Self::new(Code::UnsupportedFormat)
            }
            Failure::VideoTooLong | Failure::VideoTooLarge => Self::new(Code::TooLarge),
            Failure::NotEnoughCredits => Self::new(Code::InsufficientCredits),
            Failure::TookTooLong | Failure::WorkerLost => Self::new(Code::Unavailable).retry_after(5),
        };
        problem.detail(failure_text(failure))
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::WrongCredentials => Self::new(Code::InvalidCredentials),
            IdentityError::PasswordNotSet(source) => {
                let problem = Self::internal(&source, source.retryable);
                problem.detail(account::password_not_set())
            }
            IdentityError::WrongCode => Self::new(Code::InvalidCode).detail(account::new_code()),
            IdentityError::WeakPassword => Self::new(Code::WeakPassword).detail(account::password_rules()),
            IdentityError::SessionOver => Self::new(Code::SessionExpired),
            IdentityError::TooManyTries => {
                Self::new(Code::RateLimited).retry_after(15 * 60).detail(request::try_again_later(15_u8))
            }
            IdentityError::Port(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_unique() {
        let slugs: HashSet<_> = Code::ALL.iter().map(|code| code.slug()).collect();
        assert_eq!(slugs.len(), Code::ALL.len());
    }

    #[tokio::test]
    async fn an_internal_problem_hides_its_cause() {
        let source = "the password of the database is hunter2".into();
        let error = PortError { service: "DynamoDB", operation: "GetItem", retryable: false, source };
        let response = Problem::from(error).render(Language::ENGLISH, "r-1");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        assert!(body.contains("r-1") && !body.contains("hunter2") && !body.contains("DynamoDB"), "{body}");
    }
}
