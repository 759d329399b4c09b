//! Uploads of large local files, such as the results of videos, in parts.
//!
//! One PUT takes at most 5 GB, and starts again from zero when the connection breaks. One part at a time is held in
//! memory, so that the SDK can send it again.
//! memory one at a time, so that the SDK can send them again.

use std::fs::File;
use std::io::{Read, Seek};

use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{CompletedMultipartUpload, CompletedPart};
use sansfond_domain::ports::PortError;

use crate::error::{port, strange};
use crate::s3_bucket::{Bucket, SERVICE};

/// The size of every part except the last, in bytes. S3 accepts 10,000 parts: 640 GB.
pub(crate) const PART: u64 = 64 << 20;

impl Bucket {
    /// Writes a file from its current position to its end. It becomes visible when it is complete.
    pub(crate) async fn write_in_parts(
        &self,
        key: &str,
        media_type: &str,
        file: File,
    ) -> Result<(), PortError> {
        let begin = self.client.create_multipart_upload().bucket(&self.name).key(key);
        let begun =
            begin.content_type(media_type).send().await.map_err(port(SERVICE, "CreateMultipartUpload"))?;
        let upload = begun.upload_id.ok_or_else(|| strange(SERVICE, "CreateMultipartUpload", "no name"))?;
        let sent = self.send_parts(key, &upload, file).await;
        if sent.is_err() {
            let abort = self.client.abort_multipart_upload().bucket(&self.name).key(key);
            // If this fails, the bucket's lifecycle rule deletes the unfinished upload after days.
            let _forgotten_later = abort.upload_id(upload).send().await;
        }
        sent
    }

    async fn send_parts(&self, key: &str, upload: &str, mut file: File) -> Result<(), PortError> {
        let mut parts = Vec::new();
        loop {
            let (rest, bytes) = read_part(file).await?;
            if bytes.is_empty() {
                break;
            }
            file = rest;
            let number =
                i32::try_from(parts.len() + 1).map_err(|error| strange(SERVICE, "UploadPart", error))?;
            let part = self.client.upload_part().bucket(&self.name).key(key).upload_id(upload);
            let sent = part.part_number(number).body(ByteStream::from(bytes)).send().await;
            let tag = sent.map_err(port(SERVICE, "UploadPart"))?.e_tag;
            parts.push(CompletedPart::builder().part_number(number).set_e_tag(tag).build());
        }
        let parts = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let finish = self.client.complete_multipart_upload().bucket(&self.name).key(key).upload_id(upload);
        let finished = finish.multipart_upload(parts).send().await;
        finished.map(drop).map_err(port(SERVICE, "CompleteMultipartUpload"))
    }
}

/// The number of bytes between a file's current position and its end.
pub(crate) fn remaining(file: &mut File) -> Result<u64, PortError> {
    let left = file.metadata().and_then(|about| Ok(about.len().saturating_sub(file.stream_position()?)));
    left.map_err(|error| strange(SERVICE, "reading a file", error))
}

/// Reads a part on a thread that may block.
async fn read_part(mut file: File) -> Result<(File, Vec<u8>), PortError> {
    let read = tokio::task::spawn_blocking(move || {
        let mut bytes = Vec::new();
        (&mut file).take(PART).read_to_end(&mut bytes)?;
        Ok::<_, std::io::Error>((file, bytes))
    });
    let read = read.await.map_err(|error| strange(SERVICE, "reading a file", error))?;
    read.map_err(|error| strange(SERVICE, "reading a file", error))
}
