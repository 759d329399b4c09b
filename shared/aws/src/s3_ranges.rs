//! Range requests, to probe a video without downloading it.

use async_trait::async_trait;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use sansfond_domain::ports::{FileMetadata, PortError, Ranges};

use crate::error::{port, strange};
use crate::s3_bucket::{Bucket, SERVICE, is_missing};

impl Bucket {
    /// Whether a file exists.
    pub(crate) async fn exists(&self, key: &str) -> Result<bool, PortError> {
        Ok(self.look(key).await?.is_some())
    }
}

#[async_trait]
impl Ranges for Bucket {
    async fn look(&self, key: &str) -> Result<Option<FileMetadata>, PortError> {
        let head = match self.client.head_object().bucket(&self.name).key(key).send().await {
            Ok(head) => head,
            // The response to HEAD has no body, so it has a status but no error code.
            Err(SdkError::ServiceError(answer)) if matches!(answer.raw().status().as_u16(), 403 | 404) => {
                return Ok(None);
            }
            Err(error) => return Err(port(SERVICE, "HeadObject")(error)),
        };
        let size_bytes = head.content_length().and_then(|length| u64::try_from(length).ok());
        let size_bytes = size_bytes.ok_or_else(|| strange(SERVICE, "HeadObject", "no length"))?;
        let version = head.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        Ok(Some(FileMetadata { size_bytes, version }))
    }

    async fn range(
        &self,
        key: &str,
        version: &str,
        offset: u64,
        length: u64,
    ) -> Result<Option<Vec<u8>>, PortError> {
        if length == 0 {
            return Ok(Some(Vec::new()));
        }
        let range = format!("bytes={offset}-{}", offset.saturating_add(length - 1));
        let request = self.client.get_object().bucket(&self.name).key(key);
        let object = match request.if_match(format!("\"{version}\"")).range(range).send().await {
            Ok(object) => object,
            Err(error) if is_missing(error.code()) || is_other_version(&error) => return Ok(None),
            Err(error) => return Err(port(SERVICE, "GetObject")(error)),
        };
        let body = object.body.collect().await.map_err(|error| PortError {
            service: SERVICE,
            operation: "reading an object",
            retryable: true,
            source: error.into(),
        })?;
        Ok(Some(body.to_vec()))
    }
}

/// Whether the file exists in another version than the requested one.
fn is_other_version<E>(error: &SdkError<E, aws_sdk_s3::config::http::HttpResponse>) -> bool {
    matches!(error, SdkError::ServiceError(answer) if answer.raw().status().as_u16() == 412)
}
