//! Errors of the engine and of downloads as problems.

use sansfond_texts::link;
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
    let failed = Problem::new(Code::DownloadFailed);
    match error {
        FetchError::Link(_) => Problem::new(Code::UrlNotAllowed).detail(link::invalid()),
        FetchError::Private => Problem::new(Code::UrlNotAllowed).detail(link::private()),
        FetchError::Status(status) => failed.with("upstream_status", status).detail(link::status(status)),
        FetchError::Redirects => failed.detail(link::redirects()),
        FetchError::TooLarge { limit } => {
            let megabytes = limit as f64 / 1e6;
            Problem::new(Code::TooLarge).with("limit_bytes", limit).detail(link::too_large(megabytes))
        }
        FetchError::Timeout => failed.detail(link::timeout()),
        FetchError::Unreachable { source } => {
            tracing::info!(error = %source, "a link could not be downloaded");
            failed.detail(link::unreachable())
        }
    }
}
