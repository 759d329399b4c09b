//! The multipart upload of a video: starts, resumes, completes and aborts it.
//!
//! Several routes share it. Deliberately absent: credits and the content of the file.

use std::sync::Arc;
use std::time::Duration;

use sansfond_boot::Boot;
use sansfond_domain::options::VideoBackdrop;
use sansfond_domain::ports::{Jobs, Multipart, Ranges, Transactions, UploadedPart};
use sansfond_domain::rules::{Refusal, open_multipart};
use sansfond_domain::upload::{DeclaredUpload, PART_BYTES};
use sansfond_domain::{AccountId, Job, JobId, JobKind, JobState, Timestamp};
use sansfond_jobs::change;
use sansfond_texts::upload;
use sansfond_web::{Code, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// The lifetime of the signed URL of a part. On a slow connection the last part waits for all others.
const PART_VALID: Duration = Duration::from_secs(60 * 60);

/// A multipart upload. Upload each part with a `PUT` request, in any order and in parallel if you like.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = MultipartUpload)]
pub(crate) struct VideoUpload {
    /// The size of each part except the last, in bytes.
    part_size_bytes: u64,
    /// The parts, in the order in which they make up the file.
    parts: Vec<PartView>,
    /// Time at which the URLs stop working (RFC 3339). `GET /api/jobs/{id}/upload` returns new ones.
    #[schema(format = DateTime)]
    expires_at: String,
}

/// A part of a multipart upload.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = UploadPart)]
struct PartView {
    /// The number of the part, starting at 1.
    #[schema(minimum = 1)]
    number: u32,
    /// The exact size of the part, in bytes.
    size_bytes: u64,
    /// `true` once the part has been uploaded.
    uploaded: bool,
    /// The signed URL for the `PUT` request; `null` once the part has been uploaded.
    url: Option<String>,
}

#[derive(Clone)]
pub(crate) struct VideoUploads {
    transactions: Arc<dyn Transactions>,
    jobs: Arc<dyn Jobs>,
    parts: Arc<dyn Multipart>,
    files: Arc<dyn Ranges>,
}

/// The state of an upload in the bucket.
enum UploadState {
    /// The uploaded parts so far.
    Open(Vec<UploadedPart>),
    /// The file is complete.
    Finished,
}

fn invalid_state(job: &Job) -> Problem {
    Problem::from(Refusal::WrongState { state: job.state }).with("job", job.id.to_string())
}

impl VideoUploads {
    pub(crate) fn new(boot: &Boot) -> anyhow::Result<Self> {
        let (table, bucket) = (boot.table()?, boot.bucket()?);
        Ok(Self { transactions: table.clone(), jobs: table, parts: bucket.clone(), files: bucket })
    }

    /// Whether the video of a job is still stored.
    pub(crate) async fn is_kept(&self, job: &Job) -> Result<bool, Problem> {
        Ok(self.files.look(&job.source_key()).await?.is_some())
    }

    /// A video job of an account.
    pub(crate) async fn video(&self, account: &AccountId, id: &JobId) -> Result<Job, Problem> {
        let job = self.jobs.job(account, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
        if job.kind == JobKind::Video { Ok(job) } else { Err(Problem::new(Code::NotFound)) }
    }

    /// As [`Self::open`], for a job that an earlier request has created. If that request failed before the background
    /// image was stored, only a new request with the image helps.
    pub(crate) async fn go_on(&self, job: Job, now: Timestamp) -> Result<VideoUpload, Problem> {
        let waits = job.options.video().is_some_and(|options| options.background == VideoBackdrop::Picture);
        if waits && job.state == JobState::Pending && job.input.multipart.is_none() {
            return Err(Problem::new(Code::InvalidState)
                .with("job", job.id.to_string())
                .detail(upload::backdrop_missing()));
        }
        self.open(job, now).await
    }

    /// Signs the URLs of the missing parts. Starts the upload if it has not started.
    pub(crate) async fn open(&self, job: Job, now: Timestamp) -> Result<VideoUpload, Problem> {
        if job.state != JobState::Pending {
            return Err(invalid_state(&job));
        }
        let (job, upload) = self.started(job, now).await?;
        let key = job.source_key();
        let uploaded_parts = match self.state(&job, &upload).await? {
            UploadState::Open(uploaded_parts) => uploaded_parts,
            UploadState::Finished => all_parts(&job),
        };
        let mut parts = Vec::new();
        for (number, size_bytes, uploaded) in DeclaredUpload::parts_of(job.input.size_bytes, &uploaded_parts)
        {
            let url = match uploaded {
                true => None,
                false => Some(self.parts.part(&key, &upload, number, size_bytes, PART_VALID).await?),
            };
            parts.push(PartView { number, size_bytes, uploaded, url });
        }
        Ok(VideoUpload { part_size_bytes: PART_BYTES, parts, expires_at: now.plus(PART_VALID).to_rfc3339() })
    }

    /// Joins the parts to a file. If that has been done before, it does nothing.
    pub(crate) async fn finish(&self, job: &Job) -> Result<(), Problem> {
        match job.state {
            JobState::Pending => {}
            // The upload was completed and probed before.
            _ if job.input.version.is_some() => return Ok(()),
            _ => return Err(invalid_state(job)),
        }
        let Some(upload) = &job.input.multipart else { return Err(incomplete(job, &[])) };
        let UploadState::Open(uploaded_parts) = self.state(job, upload).await? else { return Ok(()) };
        if DeclaredUpload::parts_of(job.input.size_bytes, &uploaded_parts).any(|(_, _, uploaded)| !uploaded) {
            return Err(incomplete(job, &uploaded_parts));
        }
        Ok(self.parts.finish(&job.source_key(), upload, &uploaded_parts).await?)
    }

    /// Deletes the uploaded parts of an unfinished upload.
    pub(crate) async fn abort(&self, job: &Job) -> Result<(), Problem> {
        if let Some(upload) = &job.input.multipart {
            self.parts.abort(&job.source_key(), upload).await?;
        }
        Ok(())
    }

    /// The job and the ID of its upload, which is started if need be.
    async fn started(&self, job: Job, now: Timestamp) -> Result<(Job, String), Problem> {
        if let Some(upload) = job.input.multipart.clone() {
            return Ok((job, upload));
        }
        let key = job.source_key();
        let ours = self.parts.begin(&key, &job.input.media_type).await?;
        let rule = |seen: &_| open_multipart(seen, &ours, now);
        if let Some(job) = change(&*self.transactions, &job.account, &job.id, &rule).await?.written() {
            return Ok((job, ours));
        }
        // A concurrent request has started another upload, which is used instead.
        self.parts.abort(&key, &ours).await?;
        let job = self.video(&job.account, &job.id).await?;
        let theirs = job.input.multipart.clone().ok_or_else(|| invalid_state(&job))?;
        Ok((job, theirs))
    }

    async fn state(&self, job: &Job, upload: &str) -> Result<UploadState, Problem> {
        let key = job.source_key();
        Ok(match self.parts.parts(&key, upload).await? {
            Some(uploaded_parts) => UploadState::Open(uploaded_parts),
            None if self.files.look(&key).await?.is_some() => UploadState::Finished,
            // The bucket has deleted the unfinished upload.
            None => return Err(invalid_state(job)),
        })
    }
}

/// All parts of a file, marked as uploaded.
fn all_parts(job: &Job) -> Vec<UploadedPart> {
    let parts = (1..).zip(DeclaredUpload::parts(job.input.size_bytes));
    parts.map(|(number, size_bytes)| UploadedPart { number, size_bytes, tag: String::new() }).collect()
}

fn incomplete(job: &Job, uploaded_parts: &[UploadedPart]) -> Problem {
    let parts = DeclaredUpload::parts_of(job.input.size_bytes, uploaded_parts);
    let missing: Vec<u32> = parts.filter(|(_, _, uploaded)| !uploaded).map(|(number, _, _)| number).collect();
    Problem::new(Code::IncompleteUpload).with("missing", missing).detail(upload::missing_parts())
}
