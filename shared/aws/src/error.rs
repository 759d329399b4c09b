//! Conversion of SDK errors to [`PortError`].

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

/// Converts an SDK error; for `map_err`.
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

/// The error for a response with missing or invalid content.
pub(crate) fn strange(
    service: &'static str,
    operation: &'static str,
    source: impl Into<Box<dyn Error + Send + Sync>>,
) -> PortError {
    PortError { service, operation, retryable: false, source: source.into() }
}
