//! Files in the one private bucket, and links to them.

use std::fs::File;
use std::time::Duration;

use async_trait::async_trait;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{Delete, ObjectIdentifier};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sansfond_domain::ports::{FileContent, Files, Links, PortError, ReadFileError, StoredFile};

use crate::error::{port, strange};
use crate::s3_bucket::{Bucket, SERVICE, is_missing, validity};
use crate::s3_long::{PART, remaining};

impl Bucket {
    async fn download_link(
        &self,
        key: &str,
        disposition: Option<String>,
        valid: Duration,
    ) -> Result<String, PortError> {
        let request = self
            .client
            .get_object()
            .bucket(&self.name)
            .key(key)
            .set_response_content_disposition(disposition);
        let signed = request.presigned(validity(valid)?).await.map_err(port(SERVICE, "signing GetObject"))?;
        Ok(signed.uri().to_owned())
    }
}

/// Characters of a file name that are written as `%XX`.
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// `attachment` with an ASCII name for old browsers and the full name (RFC 6266, RFC 8187).
fn attachment(name: &str) -> String {
    let plain: String = name
        .chars()
        .map(|character| match character {
            '"' | '\\' => '_',
            character if character.is_ascii_graphic() || character == ' ' => character,
            _ => '_',
        })
        .collect();
    let encoded = utf8_percent_encode(name, RESERVED);
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[async_trait]
impl Links for Bucket {
    async fn upload(
        &self,
        key: &str,
        media_type: &str,
        size_bytes: u64,
        valid: Duration,
    ) -> Result<String, PortError> {
        let length = i64::try_from(size_bytes).map_err(|error| strange(SERVICE, "signing", error))?;
        let request = self.client.put_object().bucket(&self.name).key(key);
        let signed = request
            .content_type(media_type)
            .content_length(length)
            .presigned(validity(valid)?)
            .await
            .map_err(port(SERVICE, "signing PutObject"))?;
        Ok(signed.uri().to_owned())
    }

    async fn download(&self, key: &str, name: &str, valid: Duration) -> Result<String, PortError> {
        self.download_link(key, Some(attachment(name)), valid).await
    }

    async fn view(&self, key: &str, valid: Duration) -> Result<String, PortError> {
        self.download_link(key, None, valid).await
    }
}

#[async_trait]
impl Files for Bucket {
    async fn read(&self, key: &str, limit: u64) -> Result<Option<FileContent>, ReadFileError> {
        let object = match self.client.get_object().bucket(&self.name).key(key).send().await {
            Ok(object) => object,
            Err(error) if is_missing(error.code()) => return Ok(None),
            Err(error) => return Err(port(SERVICE, "GetObject")(error).into()),
        };
        let length =
            object.content_length().and_then(|length| u64::try_from(length).ok()).unwrap_or(u64::MAX);
        if length > limit {
            return Err(ReadFileError::TooLarge { limit });
        }
        let version = object.e_tag().unwrap_or_default().trim_matches('"').to_owned();
        let body = object.body.collect().await.map_err(|error| PortError {
            service: SERVICE,
            operation: "reading an object",
            retryable: true,
            source: error.into(),
        })?;
        Ok(Some(FileContent { bytes: body.to_vec(), version }))
    }

    async fn write(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        let put = self.client.put_object().bucket(&self.name).key(key).content_type(media_type);
        put.body(ByteStream::from(bytes)).send().await.map(drop).map_err(port(SERVICE, "PutObject"))
    }

    async fn write_from(&self, key: &str, media_type: &str, mut file: File) -> Result<(), PortError> {
        if remaining(&mut file)? > PART {
            return self.write_in_parts(key, media_type, file).await;
        }
        let body = ByteStream::read_from()
            .file(file.into())
            .build()
            .await
            .map_err(|error| strange(SERVICE, "reading a file", error))?;
        let put = self.client.put_object().bucket(&self.name).key(key).content_type(media_type);
        put.body(body).send().await.map(drop).map_err(port(SERVICE, "PutObject"))
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        let delete = self.client.delete_object().bucket(&self.name).key(key);
        delete.send().await.map(drop).map_err(port(SERVICE, "DeleteObject"))
    }

    async fn delete_folder(&self, folder: &str) -> Result<(), PortError> {
        for batch in self.list(folder).await?.chunks(1000) {
            let mut delete = Delete::builder().quiet(true);
            for file in batch {
                let object = ObjectIdentifier::builder().key(&file.key).build();
                delete =
                    delete.objects(object.map_err(|error| strange(SERVICE, "building a deletion", error))?);
            }
            let delete = delete.build().map_err(|error| strange(SERVICE, "building a deletion", error))?;
            let sent = self.client.delete_objects().bucket(&self.name).delete(delete).send().await;
            let answer = sent.map_err(port(SERVICE, "DeleteObjects"))?;
            if let Some(kept) = answer.errors().first() {
                let code = kept.code().unwrap_or("without a code").to_owned();
                return Err(strange(SERVICE, "DeleteObjects", code));
            }
        }
        Ok(())
    }

    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, PortError> {
        let mut files = Vec::new();
        let mut pages =
            self.client.list_objects_v2().bucket(&self.name).prefix(folder).into_paginator().send();
        while let Some(page) = pages.next().await {
            let page = page.map_err(port(SERVICE, "ListObjectsV2"))?;
            files.extend(page.contents.unwrap_or_default().into_iter().filter_map(|object| {
                let size_bytes = object.size.and_then(|size| u64::try_from(size).ok()).unwrap_or_default();
                Some(StoredFile { key: object.key?, size_bytes })
            }));
        }
        Ok(files)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_header_keeps_names_in_every_alphabet() {
        assert_eq!(
            attachment("é \"x\".png"),
            "attachment; filename=\"_ _x_.png\"; filename*=UTF-8''%C3%A9%20%22x%22.png"
        );
    }
}
