//! S3 on a folder. Corrects `s3s-fs` where S3 behaves differently: the list of parts has tags and an order, a
//! finished upload no longer exists, and a requested version is checked.

use std::path::{Path, PathBuf};

use md5::{Digest, Md5};
use s3s::dto::*;
use s3s::{S3, S3Request, S3Response, S3Result, s3_error};
use s3s_fs::FileSystem;

pub(crate) struct Files {
    inner: FileSystem,
    folder: PathBuf,
}

impl Files {
    pub(crate) fn new(folder: &Path) -> Self {
        let inner = FileSystem::new(folder).expect("a folder for S3");
        Self { inner, folder: folder.to_owned() }
    }

    /// Whether an upload in parts exists and is unfinished; its file belongs to `s3s-fs`.
    fn check_upload(&self, upload: &str) -> S3Result<()> {
        if self.folder.join(format!(".upload-{upload}.json")).exists() {
            Ok(())
        } else {
            Err(s3_error!(NoSuchUpload))
        }
    }

    fn part_tag(&self, upload: &str, number: i32) -> S3Result<ETag> {
        let bytes = std::fs::read(self.folder.join(format!(".upload_id-{upload}.part-{number}")));
        let bytes = bytes.map_err(|_| s3_error!(InvalidPart))?;
        Ok(ETag::Strong(Md5::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect()))
    }
}

#[async_trait::async_trait]
impl S3 for Files {
    async fn get_object(&self, request: S3Request<GetObjectInput>) -> S3Result<S3Response<GetObjectOutput>> {
        let wanted = request.input.if_match.clone();
        let answer = self.inner.get_object(request).await?;
        match (wanted, &answer.output.e_tag) {
            (Some(ETagCondition::ETag(wanted)), Some(tag)) if !tag.strong_cmp(&wanted) => {
                Err(s3_error!(PreconditionFailed))
            }
            _ => Ok(answer),
        }
    }

    async fn list_parts(&self, request: S3Request<ListPartsInput>) -> S3Result<S3Response<ListPartsOutput>> {
        let upload = request.input.upload_id.clone();
        self.check_upload(&upload)?;
        let mut answer = self.inner.list_parts(request).await?;
        let parts = answer.output.parts.get_or_insert_default();
        parts.sort_by_key(|part| part.part_number);
        for part in parts {
            part.e_tag = Some(self.part_tag(&upload, part.part_number.unwrap_or_default())?);
        }
        Ok(answer)
    }

    async fn complete_multipart_upload(
        &self,
        request: S3Request<CompleteMultipartUploadInput>,
    ) -> S3Result<S3Response<CompleteMultipartUploadOutput>> {
        let upload = request.input.upload_id.clone();
        self.check_upload(&upload)?;
        let parts = request.input.multipart_upload.as_ref().and_then(|whole| whole.parts.as_ref());
        for part in parts.into_iter().flatten() {
            let there = self.part_tag(&upload, part.part_number.unwrap_or_default())?;
            if part.e_tag.as_ref().is_none_or(|tag| !tag.strong_cmp(&there)) {
                return Err(s3_error!(InvalidPart));
            }
        }
        self.inner.complete_multipart_upload(request).await
    }

    async fn abort_multipart_upload(
        &self,
        request: S3Request<AbortMultipartUploadInput>,
    ) -> S3Result<S3Response<AbortMultipartUploadOutput>> {
        self.check_upload(&request.input.upload_id)?;
        self.inner.abort_multipart_upload(request).await
    }

    async fn copy_object(
        &self,
        request: S3Request<CopyObjectInput>,
    ) -> S3Result<S3Response<CopyObjectOutput>> {
        self.inner.copy_object(request).await
    }

    async fn create_multipart_upload(
        &self,
        request: S3Request<CreateMultipartUploadInput>,
    ) -> S3Result<S3Response<CreateMultipartUploadOutput>> {
        self.inner.create_multipart_upload(request).await
    }

    async fn upload_part(
        &self,
        request: S3Request<UploadPartInput>,
    ) -> S3Result<S3Response<UploadPartOutput>> {
        self.inner.upload_part(request).await
    }

    async fn head_object(
        &self,
        request: S3Request<HeadObjectInput>,
    ) -> S3Result<S3Response<HeadObjectOutput>> {
        self.inner.head_object(request).await
    }

    async fn put_object(&self, request: S3Request<PutObjectInput>) -> S3Result<S3Response<PutObjectOutput>> {
        self.inner.put_object(request).await
    }

    async fn delete_object(
        &self,
        request: S3Request<DeleteObjectInput>,
    ) -> S3Result<S3Response<DeleteObjectOutput>> {
        self.inner.delete_object(request).await
    }

    async fn delete_objects(
        &self,
        request: S3Request<DeleteObjectsInput>,
    ) -> S3Result<S3Response<DeleteObjectsOutput>> {
        self.inner.delete_objects(request).await
    }

    async fn list_objects_v2(
        &self,
        request: S3Request<ListObjectsV2Input>,
    ) -> S3Result<S3Response<ListObjectsV2Output>> {
        self.inner.list_objects_v2(request).await
    }

    async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> S3Result<S3Response<HeadBucketOutput>> {
        self.inner.head_bucket(request).await
    }
}
