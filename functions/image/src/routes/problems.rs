//! Errors of the engine and of downloads as problems.

use sansfond_web::{Code, Problem};

use crate::work::WorkError;
use sansfond_fetch::FetchError;

pub(super) fn work_problem(error: WorkError) -> Problem {
    match error {
        WorkError::Leased | WorkError::Busy => Problem::new(Code::Busy).retry_after(2),
        WorkError::Transactions(error) => error.into(),
        WorkError::Read(error) | WorkError::Write(error) => error.into(),
        WorkError::Engine(_) | WorkError::Crashed => Problem::internal(&error, false),
    }
}

pub(super) fn fetch_problem(error: FetchError) -> Problem {
    let in_french = match &error {
        FetchError::Link(_) => "Ce lien ne peut pas être utilisé.".to_owned(),
        FetchError::Private => "Ce lien ne mène pas à l’internet public.".to_owned(),
        FetchError::Status(status) => format!("Le serveur du lien a répondu {status}."),
        FetchError::Redirects => "Ce lien est redirigé trop souvent.".to_owned(),
        FetchError::TooLarge { limit } => format!("Ce lien mène à plus de {limit} octets."),
        FetchError::Timeout => "Le serveur du lien est trop lent.".to_owned(),
        FetchError::Unreachable { source } => {
            tracing::info!(error = %source, "a link could not be downloaded");
            "Le serveur du lien est injoignable.".to_owned()
        }
    };
    let problem = match &error {
        FetchError::Link(_) | FetchError::Private => Problem::new(Code::UrlRefused),
        FetchError::Status(status) => Problem::new(Code::DownloadFailed).with("upstream_status", *status),
        FetchError::Redirects | FetchError::Timeout | FetchError::Unreachable { .. } => {
            Problem::new(Code::DownloadFailed)
        }
        FetchError::TooLarge { limit } => Problem::new(Code::TooLarge).with("limit_bytes", *limit),
    };
    problem.explain(error.to_string(), in_french)
}
