//! The one private bucket: its client and what all its ports share. What they do with it is in the other
//! files of S3.

use std::time::Duration;

use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Builder;
use aws_sdk_s3::presigning::PresigningConfig;
use sansfond_domain::ports::PortError;

use crate::error::strange;

pub(crate) const SERVICE: &str = "S3";

/// The bucket.
#[derive(Debug, Clone)]
pub struct Bucket {
    pub(crate) client: Client,
    pub(crate) name: String,
}

impl Bucket {
    /// The bucket of that name.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        // Twenty megabytes take longer than a row of a table.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_timeout(Duration::from_secs(25))
            .build();
        let config = Builder::from(config).timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), name }
    }

    /// The bucket of that name, for a program that has hours: a request may take minutes.
    #[must_use]
    pub fn for_long_files(config: &SdkConfig, name: String) -> Self {
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(Duration::from_secs(5 * 60))
            .operation_timeout(Duration::from_secs(20 * 60))
            .build();
        let config = Builder::from(config).timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), name }
    }
}

pub(crate) fn validity(valid: Duration) -> Result<PresigningConfig, PortError> {
    PresigningConfig::expires_in(valid).map_err(|error| strange(SERVICE, "signing", error))
}

/// Who may not list a bucket is told “forbidden” of a key that is not there.
pub(crate) fn is_missing(code: Option<&str>) -> bool {
    if code == Some("AccessDenied") {
        tracing::warn!("S3 refused a file: it is not there, or a permission is missing");
    }
    matches!(code, Some("NoSuchKey" | "AccessDenied"))
}
