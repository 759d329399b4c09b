//! Multipart uploads: the customer's browser sends the parts, our functions start and complete the upload.

use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::config::{Config, RequestChecksumCalculation};
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use sansfond_domain::ports::{Multipart, PortError, UploadedPart};

use crate::error::{port, strange};
use crate::s3_bucket::{Bucket, SERVICE, validity};

/// S3's error code for an upload that was completed or aborted.
const GONE: &str = "NoSuchUpload";

#[async_trait]
impl Multipart for Bucket {
    async fn begin(&self, key: &str, media_type: &str) -> Result<String, PortError> {
        let begun = self
            .client
            .create_multipart_upload()
            .bucket(&self.name)
            .key(key)
            .content_type(media_type)
            .customize()
            // By default the SDK declares a checksum, which every part must then have; browsers send none.
            .config_override(
                Config::builder().request_checksum_calculation(RequestChecksumCalculation::WhenRequired),
            )
            .send()
            .await
            .map_err(port(SERVICE, "CreateMultipartUpload"))?;
        begun.upload_id.ok_or_else(|| strange(SERVICE, "CreateMultipartUpload", "no name for the upload"))
    }

    async fn part(
        &self,
        key: &str,
        upload: &str,
        number: u32,
        size_bytes: u64,
        valid: Duration,
    ) -> Result<String, PortError> {
        let length = i64::try_from(size_bytes).map_err(|error| strange(SERVICE, "signing", error))?;
        let request = self.client.upload_part().bucket(&self.name).key(key).upload_id(upload);
        let signed = request
            .part_number(part_number(number)?)
            .content_length(length)
            .presigned(validity(valid)?)
            .await
            .map_err(port(SERVICE, "signing UploadPart"))?;
        Ok(signed.uri().to_owned())
    }

    async fn parts(&self, key: &str, upload: &str) -> Result<Option<Vec<UploadedPart>>, PortError> {
        let listing = self.client.list_parts().bucket(&self.name).key(key).upload_id(upload);
        let mut pages = listing.into_paginator().send();
        let mut parts = Vec::new();
        while let Some(page) = pages.next().await {
            let page = match page {
                Ok(page) => page,
                Err(error) if error.code() == Some(GONE) => return Ok(None),
                Err(error) => return Err(port(SERVICE, "ListParts")(error)),
            };
            for part in page.parts() {
                let known = part.part_number().and_then(|number| u32::try_from(number).ok());
                let size_bytes = part.size().and_then(|size| u64::try_from(size).ok());
                let (Some(number), Some(size_bytes), Some(tag)) = (known, size_bytes, part.e_tag()) else {
                    return Err(strange(SERVICE, "ListParts", "a part without number, size or tag"));
                };
                parts.push(UploadedPart { number, size_bytes, tag: tag.to_owned() });
            }
        }
        parts.sort_by_key(|part| part.number);
        Ok(Some(parts))
    }

    async fn finish(&self, key: &str, upload: &str, parts: &[UploadedPart]) -> Result<(), PortError> {
        let mut whole = CompletedMultipartUpload::builder();
        for part in parts {
            let number = part_number(part.number)?;
            whole = whole.parts(CompletedPart::builder().part_number(number).e_tag(&part.tag).build());
        }
        let request = self.client.complete_multipart_upload().bucket(&self.name).key(key).upload_id(upload);
        match request.multipart_upload(whole.build()).send().await {
            Ok(_) => Ok(()),
            // Another caller completed the upload, or the response to our first attempt was lost.
            Err(error) if error.code() == Some(GONE) && self.exists(key).await? => Ok(()),
            Err(error) => Err(port(SERVICE, "CompleteMultipartUpload")(error)),
        }
    }

    async fn abort(&self, key: &str, upload: &str) -> Result<(), PortError> {
        let request = self.client.abort_multipart_upload().bucket(&self.name).key(key).upload_id(upload);
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some(GONE) => Ok(()),
            Err(error) => Err(port(SERVICE, "AbortMultipartUpload")(error)),
        }
    }
}

fn part_number(number: u32) -> Result<i32, PortError> {
    i32::try_from(number).map_err(|error| strange(SERVICE, "numbering parts", error))
}
