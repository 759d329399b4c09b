//! An SDK error → a [`PortError`].

use std::error::Error;

use aws_sdk_dynamodb::config::http::HttpResponse;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use sansfond_domain::ports::PortError;

const THROTTLED: [&str; 6] = [
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TooManyRequestsException",
    "SlowDown",
    "InternalServerError",
];

/// For `map_err`: what was asked of which service.
pub(crate) fn port<E>(
    service: &'static str,
    operation: &'static str,
) -> impl FnOnce(SdkError<E, HttpResponse>) -> PortError
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    move |error| {
        let retryable = match &error {
            SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
            SdkError::ServiceError(answer) => {
                answer.raw().status().is_server_error()
                    || answer.err().code().is_some_and(|code| THROTTLED.contains(&code))
            }
            _ => false,
        };
        PortError { service, operation, retryable, source: error.into() }
    }
}

/// An answer that lacks what it must have, or holds what cannot be read.
pub(crate) fn strange(
    service: &'static str,
    operation: &'static str,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> PortError {
    PortError { service, operation, retryable: false, source: source.into() }
}
