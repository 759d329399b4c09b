//! The private bucket: its client and the code that its ports share. The ports are in the other files of S3.

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
    /// A client for the bucket with this name.
    #[must_use]
    pub fn new(config: &SdkConfig, name: String) -> Self {
        // Transferring twenty megabytes takes longer than reading a row.
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(2))
            .operation_timeout(Duration::from_secs(25))
            .build();
        let config = Builder::from(config).timeout_config(timeouts).build();
        Self { client: Client::from_conf(config), name }
    }

    /// A client for a program that may run for hours: a request may take minutes.
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

/// Without the permission to list a bucket, S3 answers “forbidden” for a missing key.
pub(crate) fn is_missing(code: Option<&str>) -> bool {
    if code == Some("AccessDenied") {
        tracing::warn!("S3 refused access to a file: it does not exist, or a permission is missing");
    }
    matches!(code, Some("NoSuchKey" | "AccessDenied"))
}
