//! What goes wrong, as the client sees it: `application/problem+json` (RFC 9457) with a stable `code`.
//!
//! The only place that turns an error into a status. A 5xx says its title and the request's id and
//! nothing else; its causes go to the log.

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
use serde_json::{Map, Value, json};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::problem_texts::{Text, failure_text, option_text, refusal_text, text};

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident $slug:literal $status:ident $en:literal $fr:literal;)*) => {
        /// Every code once: its name in JSON, its status, its title in both languages.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code { $($(#[$doc])* $name,)* }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The stable code.
            #[must_use]
            pub const fn slug(self) -> &'static str {
                match self { $(Self::$name => $slug,)* }
            }

            /// The status of the answer.
            #[must_use]
            pub const fn status(self) -> StatusCode {
                match self { $(Self::$name => StatusCode::$status,)* }
            }

            /// What happened, for people.
            #[must_use]
            pub const fn title(self, language: Language) -> &'static str {
                match (self, language) {
                    $((Self::$name, Language::En) => $en, (Self::$name, Language::Fr) => $fr,)*
                }
            }
        }
    };
}

codes! {
    /// The request cannot be understood.
    InvalidRequest "invalid_request" BAD_REQUEST "The request cannot be understood." "La requête est incompréhensible.";
    /// A confirmation code.
    WrongCode "wrong_code" BAD_REQUEST "The code is wrong or too old." "Le code est faux ou périmé.";
    /// A password.
    WeakPassword "weak_password" BAD_REQUEST "The password is too simple." "Le mot de passe est trop simple.";
    /// A URL to fetch.
    UrlRefused "url_refused" BAD_REQUEST "This address cannot be fetched." "Cette adresse ne peut pas être lue.";
    /// Nobody is signed in.
    Unauthenticated "unauthenticated" UNAUTHORIZED "Please sign in." "Veuillez vous connecter.";
    /// The session is over.
    SessionExpired "session_expired" UNAUTHORIZED "The session is over; please sign in again." "La session est terminée ; veuillez vous reconnecter.";
    /// E-mail or password.
    WrongCredentials "wrong_credentials" UNAUTHORIZED "E-mail or password is wrong." "L’e-mail ou le mot de passe est faux.";
    /// An API key.
    ApiKeyInvalid "api_key_invalid" UNAUTHORIZED "This API key is not valid." "Cette clé d’API n’est pas valable.";
    /// No credit left.
    QuotaExhausted "quota_exhausted" PAYMENT_REQUIRED "No credit is left." "Il ne reste aucun crédit.";
    /// The e-mail is not confirmed.
    NotConfirmed "not_confirmed" FORBIDDEN "Please confirm your e-mail first." "Veuillez d’abord confirmer votre e-mail.";
    /// A request that another site has made.
    CrossSite "cross_site_request" FORBIDDEN "This request did not come from our site." "Cette requête ne vient pas de notre site.";
    /// Past CloudFront.
    WrongDoor "wrong_door" FORBIDDEN "Please use the address of the site." "Veuillez utiliser l’adresse du site.";
    /// An API key where a person is needed.
    SessionNeeded "session_needed" FORBIDDEN "This needs a signed-in person; an API key is not enough." "Ceci exige une personne connectée ; une clé d’API ne suffit pas.";
    /// Nobody may try without an account.
    PreviewClosed "preview_closed" FORBIDDEN "Trying without an account is not possible here." "L’essai sans compte n’est pas possible ici.";
    /// Nothing there.
    NotFound "not_found" NOT_FOUND "There is nothing here." "Il n’y a rien ici.";
    /// A method.
    MethodNotAllowed "method_not_allowed" METHOD_NOT_ALLOWED "This method is not possible here." "Cette méthode n’est pas possible ici.";
    /// A state.
    WrongState "wrong_state" CONFLICT "This cannot be done with the job now." "Ceci n’est pas possible avec cette tâche maintenant.";
    /// Parts that have not come.
    IncompleteUpload "incomplete_upload" CONFLICT "Parts of the file are missing." "Des parties du fichier manquent.";
    /// Too many keys.
    TooManyKeys "too_many_keys" CONFLICT "There are too many API keys." "Il y a trop de clés d’API.";
    /// Too large.
    TooLarge "too_large" PAYLOAD_TOO_LARGE "This is too large." "C’est trop grand.";
    /// Too many pixels.
    PictureTooLarge "picture_too_large" PAYLOAD_TOO_LARGE "The picture is too large." "L’image est trop grande.";
    /// A type that is not read.
    UnsupportedType "unsupported_type" UNSUPPORTED_MEDIA_TYPE "This kind of file is not supported." "Ce type de fichier n’est pas pris en charge.";
    /// A picture format that is known and not read.
    UnsupportedFormat "unsupported_format" UNSUPPORTED_MEDIA_TYPE "This picture format is not supported." "Ce format d’image n’est pas pris en charge.";
    /// The same name for another request.
    IdempotencyKeyReused "idempotency_key_reused" UNPROCESSABLE_ENTITY "This Idempotency-Key was used for another request." "Cette Idempotency-Key a servi à une autre requête.";
    /// Not a picture.
    UnreadablePicture "unreadable_picture" UNPROCESSABLE_ENTITY "The picture cannot be read." "L’image est illisible.";
    /// No subject.
    NoSubject "no_subject" UNPROCESSABLE_ENTITY "No subject was found in the picture." "Aucun sujet n’a été trouvé dans l’image.";
    /// Options that do not fit.
    UnsuitableOptions "unsuitable_options" UNPROCESSABLE_ENTITY "The options do not fit this file." "Les options ne conviennent pas à ce fichier.";
    /// Declared and sent differ.
    UploadMismatch "upload_mismatch" UNPROCESSABLE_ENTITY "What arrived is not what was declared." "Ce qui est arrivé n’est pas ce qui était annoncé.";
    /// A download that failed.
    DownloadFailed "download_failed" UNPROCESSABLE_ENTITY "The picture could not be fetched." "L’image n’a pas pu être téléchargée.";
    /// Too many requests.
    RateLimited "rate_limited" TOO_MANY_REQUESTS "Too many requests." "Trop de requêtes.";
    /// Too many open jobs.
    TooManyJobs "too_many_jobs" TOO_MANY_REQUESTS "Too many jobs are open." "Trop de tâches sont en cours.";
    /// The engine is busy.
    Busy "busy" TOO_MANY_REQUESTS "Everything is busy; please try again." "Tout est occupé ; veuillez réessayer.";
    /// A bug or a broken service.
    Internal "internal" INTERNAL_SERVER_ERROR "Something went wrong on our side." "Quelque chose s’est mal passé chez nous.";
    /// For a moment.
    Unavailable "unavailable" SERVICE_UNAVAILABLE "A service is not available at the moment." "Un service est momentanément indisponible.";
}

/// For the description: all codes.
impl PartialSchema for Code {
    fn schema() -> RefOr<Schema> {
        let slugs = Self::ALL.iter().map(|code| code.slug());
        let list = ObjectBuilder::new().schema_type(Type::String).enum_values(Some(slugs));
        list.description(Some("What went wrong, for programs.")).build().into()
    }
}

impl ToSchema for Code {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("ProblemCode")
    }
}

/// A problem on its way to the client. The frame writes it down in the client's language.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    detail: Option<Text>,
    members: Map<String, Value>,
    retry_after_s: Option<u64>,
}

/// The body of a problem.
#[derive(Debug, serde::Serialize, ToSchema)]
pub struct ProblemBody {
    /// A URN that ends with the code.
    #[schema(example = "urn:sansfond:problem:quota_exhausted")]
    pub r#type: String,
    /// A stable name to program against.
    #[schema(value_type = Code, example = "quota_exhausted")]
    pub code: String,
    /// What happened.
    pub title: String,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The HTTP status.
    pub status: u16,
    /// Tell us this when you ask for help.
    pub request_id: String,
}

impl Problem {
    /// A problem of a code.
    #[must_use]
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, members: Map::new(), retry_after_s: None }
    }

    /// What to do about it, in both languages.
    #[must_use]
    pub fn explain(mut self, en: impl Into<String>, fr: impl Into<String>) -> Self {
        self.detail = Some(Text { en: en.into(), fr: fr.into() });
        self
    }

    /// An explanation that is written already.
    #[must_use]
    pub fn text(mut self, text: Text) -> Self {
        self.detail = Some(text);
        self
    }

    /// A member for programs.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.members.insert(name.to_owned(), value.into());
        self
    }

    /// When it is worth trying again.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// Its code.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Writes the cause to the log; the client gets none of it.
    #[must_use]
    pub fn internal(error: &(dyn std::error::Error + 'static), retryable: bool) -> Self {
        let mut causes = error.to_string();
        let mut cause = error.source();
        while let Some(error) = cause {
            causes.push_str(": ");
            causes.push_str(&error.to_string());
            cause = error.source();
        }
        tracing::error!(causes, "a request could not be served");
        if retryable { Self::new(Code::Unavailable).retry_after(2) } else { Self::new(Code::Internal) }
    }

    /// As it goes out.
    pub(crate) fn render(&self, language: Language, request_id: &str) -> Response {
        let mut body = Map::new();
        body.insert("type".to_owned(), json!(format!("urn:sansfond:problem:{}", self.code.slug())));
        body.insert("code".to_owned(), json!(self.code.slug()));
        body.insert("title".to_owned(), json!(self.code.title(language)));
        if let Some(detail) = self.detail.as_ref().map(|text| text.in_language(language)) {
            body.insert("detail".to_owned(), json!(detail));
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
            Refusal::Exhausted { kind, exhausted } => Self::new(Code::QuotaExhausted)
                .with("kind", kind.name())
                .with("left", json!(exhausted.left))
                .with("allowance", exhausted.allowance)
                .with("renews_at", exhausted.renews_at.to_rfc3339()),
            Refusal::TooManyJobs { limit } => {
                Self::new(Code::TooManyJobs).with("limit", *limit).retry_after(5)
            }
            Refusal::Leased { .. } => Self::new(Code::Busy).retry_after(5),
            Refusal::WrongState { state } => Self::new(Code::WrongState).with("state", state.name()),
            Refusal::NoUpload | Refusal::SourceGone | Refusal::NoPurchase => Self::new(Code::WrongState),
            Refusal::Unsuitable(failure) => (*failure).into(),
            Refusal::KeyReused => Self::new(Code::IdempotencyKeyReused),
        };
        problem.text(refusal_text(&refusal))
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
        Self::new(code).text(option_text(&error))
    }
}

impl From<UploadRefusal> for Problem {
    fn from(refusal: UploadRefusal) -> Self {
        match refusal {
            UploadRefusal::Type { supported, .. } => {
                Self::new(Code::UnsupportedType).text(text::supported_types(supported))
            }
            UploadRefusal::Empty => Self::new(Code::InvalidRequest).text(text::empty_file()),
            UploadRefusal::TooLarge { limit_bytes } => {
                Self::new(Code::TooLarge).with("limit_bytes", limit_bytes).text(text::too_large(limit_bytes))
            }
        }
    }
}

/// For clients that wait for the work itself; others read the failure in the job.
impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let problem = match failure {
            Failure::UnreadablePicture => Self::new(Code::UnreadablePicture),
            Failure::UnsupportedFormat => Self::new(Code::UnsupportedFormat),
            Failure::PictureTooLarge => Self::new(Code::PictureTooLarge),
            Failure::NoSubject => Self::new(Code::NoSubject),
            Failure::UnsuitableOptions | Failure::BackdropMissing => Self::new(Code::UnsuitableOptions),
            Failure::UploadMismatch => Self::new(Code::UploadMismatch),
            // No route waits for a video; its job says why.
            Failure::UnreadableVideo | Failure::NoVideo | Failure::IncompleteVideo => {
                Self::new(Code::UnsupportedFormat)
            }
            Failure::VideoTooLong | Failure::VideoTooLarge => Self::new(Code::TooLarge),
            Failure::NotEnoughCredits => Self::new(Code::QuotaExhausted),
            Failure::TookTooLong | Failure::WorkerLost => Self::new(Code::Unavailable).retry_after(5),
        };
        problem.text(failure_text(failure))
    }
}

impl From<IdentityError> for Problem {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::WrongCredentials => Self::new(Code::WrongCredentials),
            IdentityError::NotConfirmed => Self::new(Code::NotConfirmed).text(text::confirm()),
            IdentityError::WrongCode => Self::new(Code::WrongCode).text(text::new_code()),
            IdentityError::WeakPassword => Self::new(Code::WeakPassword).text(text::password_rule()),
            IdentityError::SessionOver => Self::new(Code::SessionExpired),
            IdentityError::TooManyTries => Self::new(Code::RateLimited).retry_after(900).text(text::later()),
            IdentityError::Port(error) => error.into(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_code_is_there_once_and_says_something_in_both_languages() {
        let slugs: HashSet<_> = Code::ALL.iter().map(|code| code.slug()).collect();
        assert_eq!(slugs.len(), Code::ALL.len());
        for code in Code::ALL {
            assert_ne!(code.title(Language::En), code.title(Language::Fr), "{code:?}");
        }
    }

    #[tokio::test]
    async fn an_internal_problem_tells_nothing_of_its_cause() {
        let source = "the password of the database is hunter2".into();
        let error = PortError { service: "DynamoDB", operation: "GetItem", retryable: false, source };
        let response = Problem::from(error).render(Language::En, "r-1");
        assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
        let body = axum::body::to_bytes(response.into_body(), 10_000).await.expect("a body");
        let body = String::from_utf8(body.to_vec()).expect("text");
        assert!(body.contains("r-1") && !body.contains("hunter2") && !body.contains("DynamoDB"), "{body}");
    }
}
