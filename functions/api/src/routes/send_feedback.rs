//! `POST /api/feedback`: stores feedback and emails it to the operator.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use sansfond_boot::{Boot, Function, Grant, Setting, run_route};
use sansfond_domain::ports::{Feedback, FeedbackBox, Mailer, PortError};
use sansfond_domain::{Email, Language};
use sansfond_texts::{mail, request};
use sansfond_web::{Caller, Code, Json, Problem, RateLimit, now};
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

const LONGEST: usize = 5000;

#[derive(Clone)]
struct Ports {
    feedback: Arc<dyn FeedbackBox>,
    /// `None`: this installation sends no email.
    mail: Option<(Arc<dyn Mailer>, String)>,
}

/// Feedback for the operator.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FeedbackRequest {
    /// The message: 1 to 5000 characters.
    #[schema(min_length = 1, max_length = 5000, pattern = r"\S")]
    message: String,
    /// The email address to reply to, if you would like a reply.
    #[schema(value_type = Option<String>, format = "email")]
    reply_to: Option<Email>,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["PutItem"], &["feedback"]), Grant::MailToOperator],
    settings: &[Setting::OperatorMail],
    ..Function::route::<__path_handle>("send_feedback", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let mail = match (&boot.settings().sender_email, &boot.settings().operator_email) {
        (Some(_), Some(operator)) => Some((boot.mailer()? as Arc<dyn Mailer>, operator.clone())),
        (None, _) | (_, None) => None,
    };
    let ports = Ports { feedback: boot.table()?, mail };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::MAIL)
}

/// Sends feedback to the operator.
///
/// Signing in is not required.
#[utoipa::path(post, path = "/api/feedback", tag = "service", request_body = FeedbackRequest,
    responses((status = 202, description = "The feedback has been stored.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Option<Caller>,
    Json(request): Json<FeedbackRequest>,
) -> Result<StatusCode, Problem> {
    let length = request.message.trim().chars().count();
    if !(1..=LONGEST).contains(&length) {
        return Err(Problem::new(Code::InvalidRequest).detail(request::message()));
    }
    let reply_to = request.reply_to.map(|email| email.as_str().to_owned());
    let feedback = Feedback {
        at: now(),
        account: caller.map(|caller| caller.account),
        reply_to,
        message: request.message,
    };
    ports.feedback.keep(&feedback).await?;
    if let Some((mailer, operator)) = &ports.mail
        && let Err(error) = notify(&**mailer, operator, &feedback).await
    {
        // The feedback is stored, so the request succeeds without the email.
        tracing::error!(?error, "feedback was stored, but the email to the operator was not sent");
    }
    Ok(StatusCode::ACCEPTED)
}

async fn notify(mailer: &dyn Mailer, operator: &str, feedback: &Feedback) -> Result<(), PortError> {
    let message = feedback.message.clone();
    let text = match &feedback.account {
        Some(account) => {
            mail::feedback_from_account(mail::FeedbackFromAccount { account: account.to_string(), message })
        }
        None => mail::feedback_from_visitor(message),
    };
    // The operator has no language setting.
    let [subject, text] = [mail::feedback_subject(), text].map(|one| one.in_language(Language::ENGLISH));
    mailer.send(operator, feedback.reply_to.as_deref(), &subject, &text).await
}
