//! The upload of a video in parts: what has come of it, where the rest goes, and its end.
//!
//! Three routes share it. Deliberately absent: credits, and what is in the file.

use std::sync::Arc;
use std::time::Duration;

use sansfond_boot::Boot;
use sansfond_domain::options::VideoBackdrop;
use sansfond_domain::ports::{Jobs, Multipart, Ranges, RateCounters, Transactions, UploadedPart};
use sansfond_domain::rules::{Refusal, open_multipart};
use sansfond_domain::upload::{DeclaredUpload, PART_BYTES};
use sansfond_domain::{AccountId, Job, JobId, JobKind, JobState, Options, Timestamp};
use sansfond_jobs::change;
use sansfond_texts::upload;
use sansfond_web::{Code, Problem, RateLimit, check_rate};
use serde::Serialize;
use utoipa::ToSchema;

/// How long the link of a part is valid: on a slow line the last one waits for all the others.
const PART_VALID: Duration = Duration::from_secs(60 * 60);

/// Where to send a video: each part by a PUT of its own, in any order, several at a time.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VideoUpload {
    /// Bytes of each part but the last.
    part_bytes: u64,
    /// In the order in which they stand in the file.
    parts: Vec<PartView>,
    /// When the links end; `GET /api/jobs/{id}/upload` gives new ones.
    expires_at: String,
}

/// A part of the file.
#[derive(Debug, Serialize, ToSchema)]
struct PartView {
    /// From 1.
    #[schema(minimum = 1)]
    number: u32,
    /// The exact length of the part.
    size_bytes: u64,
    /// Whether it has come.
    done: bool,
    /// Where to PUT it; `null` when it has come.
    url: Option<String>,
}

/// Uploads of videos.
#[derive(Clone)]
pub(crate) struct VideoUploads {
    transactions: Arc<dyn Transactions>,
    jobs: Arc<dyn Jobs>,
    parts: Arc<dyn Multipart>,
    files: Arc<dyn Ranges>,
}

/// What has become of an upload.
enum UploadState {
    /// It is under way.
    Open(Vec<UploadedPart>),
    /// The file is there.
    Finished,
}

fn invalid_state(job: &Job) -> Problem {
    Problem::from(Refusal::WrongState { state: job.state }).with("job", job.id.to_string())
}

/// First looks at videos that an account may have: they cost us and not them.
const PREVIEWS: RateLimit =
    RateLimit { name: "video-previews", requests: 20, window: Duration::from_secs(24 * 60 * 60) };

/// Counts a job that is free of charge.
pub(crate) async fn count_preview(
    counters: &dyn RateCounters,
    account: &AccountId,
    options: &Options,
) -> Result<(), Problem> {
    if options.is_free() { check_rate(counters, PREVIEWS, account.as_ref()).await } else { Ok(()) }
}

impl VideoUploads {
    /// Of the table and the bucket.
    pub(crate) fn new(boot: &Boot) -> anyhow::Result<Self> {
        let (table, bucket) = (boot.table()?, boot.bucket()?);
        Ok(Self { transactions: table.clone(), jobs: table, parts: bucket.clone(), files: bucket })
    }

    /// Whether the video of a job is still kept.
    pub(crate) async fn is_kept(&self, job: &Job) -> Result<bool, Problem> {
        Ok(self.files.look(&job.source_key()).await?.is_some())
    }

    /// A job of somebody that works on a video.
    pub(crate) async fn video(&self, account: &AccountId, id: &JobId) -> Result<Job, Problem> {
        let job = self.jobs.job(account, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
        if job.kind == JobKind::Video { Ok(job) } else { Err(Problem::new(Code::NotFound)) }
    }

    /// As [`Self::open`], for who did not announce the video just now. Where that broke off before the
    /// background was kept, only announcing it again helps.
    pub(crate) async fn go_on(&self, job: Job, now: Timestamp) -> Result<VideoUpload, Problem> {
        let waits = job.options.video().is_some_and(|options| options.background == VideoBackdrop::Picture);
        if waits && job.state == JobState::Pending && job.input.multipart.is_none() {
            return Err(Problem::new(Code::InvalidState)
                .with("job", job.id.to_string())
                .detail(upload::backdrop_missing()));
        }
        self.open(job, now).await
    }

    /// Where to send what is missing; the upload begins if nobody has begun it.
    pub(crate) async fn open(&self, job: Job, now: Timestamp) -> Result<VideoUpload, Problem> {
        if job.state != JobState::Pending {
            return Err(invalid_state(&job));
        }
        let (job, upload) = self.begun(job, now).await?;
        let key = job.source_key();
        let come = match self.standing(&job, &upload).await? {
            UploadState::Open(come) => come,
            UploadState::Finished => whole(&job),
        };
        let mut parts = Vec::new();
        for (number, size_bytes, done) in DeclaredUpload::parts_of(job.input.size_bytes, &come) {
            let url = match done {
                true => None,
                false => Some(self.parts.part(&key, &upload, number, size_bytes, PART_VALID).await?),
            };
            parts.push(PartView { number, size_bytes, done, url });
        }
        Ok(VideoUpload { part_bytes: PART_BYTES, parts, expires_at: now.plus(PART_VALID).to_rfc3339() })
    }

    /// Makes a file of the parts. One that has been made already is no error.
    pub(crate) async fn finish(&self, job: &Job) -> Result<(), Problem> {
        match job.state {
            JobState::Pending => {}
            // It was finished, and looked into since.
            _ if job.input.version.is_some() => return Ok(()),
            _ => return Err(invalid_state(job)),
        }
        let Some(upload) = &job.input.multipart else { return Err(incomplete(job, &[])) };
        let UploadState::Open(come) = self.standing(job, upload).await? else { return Ok(()) };
        if DeclaredUpload::parts_of(job.input.size_bytes, &come).any(|(_, _, done)| !done) {
            return Err(incomplete(job, &come));
        }
        Ok(self.parts.finish(&job.source_key(), upload, &come).await?)
    }

    /// Forgets what has come of an upload that nobody will finish.
    pub(crate) async fn abort(&self, job: &Job) -> Result<(), Problem> {
        if let Some(upload) = &job.input.multipart {
            self.parts.abort(&job.source_key(), upload).await?;
        }
        Ok(())
    }

    /// The job, and the name of its upload.
    async fn begun(&self, job: Job, now: Timestamp) -> Result<(Job, String), Problem> {
        if let Some(upload) = job.input.multipart.clone() {
            return Ok((job, upload));
        }
        let key = job.source_key();
        let ours = self.parts.begin(&key, &job.input.media_type).await?;
        let rule = |seen: &_| open_multipart(seen, &ours, now);
        if let Some(job) = change(&*self.transactions, &job.account, &job.id, &rule).await?.written() {
            return Ok((job, ours));
        }
        // Another request was quicker; its upload counts.
        self.parts.abort(&key, &ours).await?;
        let job = self.video(&job.account, &job.id).await?;
        let theirs = job.input.multipart.clone().ok_or_else(|| invalid_state(&job))?;
        Ok((job, theirs))
    }

    async fn standing(&self, job: &Job, upload: &str) -> Result<UploadState, Problem> {
        let key = job.source_key();
        Ok(match self.parts.parts(&key, upload).await? {
            Some(come) => UploadState::Open(come),
            None if self.files.look(&key).await?.is_some() => UploadState::Finished,
            // The bucket forgets what nobody finishes.
            None => return Err(invalid_state(job)),
        })
    }
}

/// Every part, as if it had come.
fn whole(job: &Job) -> Vec<UploadedPart> {
    let parts = (1..).zip(DeclaredUpload::parts(job.input.size_bytes));
    parts.map(|(number, size_bytes)| UploadedPart { number, size_bytes, tag: String::new() }).collect()
}

fn incomplete(job: &Job, come: &[UploadedPart]) -> Problem {
    let parts = DeclaredUpload::parts_of(job.input.size_bytes, come);
    let missing: Vec<u32> = parts.filter(|(_, _, done)| !done).map(|(number, _, _)| number).collect();
    Problem::new(Code::IncompleteUpload).with("missing", missing).detail(upload::missing_parts())
}
