//! Accepting a job. Its credits are reserved in the same transaction.

use std::time::Duration;

use super::video::clip;
use super::{Change, Decision, MAX_QUEUED, Refusal, Snapshot, VideoProperties};
use crate::credits::LedgerEntry;
use crate::job::{Clip, Input, Piece, Timings};
use crate::ports::Scope;
use crate::record::{Effect, REMEMBERED, fingerprint};
use crate::upload::{DeclaredUpload, MULTIPART_WINDOW, UPLOAD_WINDOW};
use crate::{AccountId, Job, JobId, JobState, Options, Plan, Record, RecordKey, Timestamp};

/// The time between the end of an upload's window and its expiry: the event about the upload may be on its way.
const UPLOAD_SLACK: Duration = Duration::from_secs(5 * 60);

/// A video that was uploaded for an earlier job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The job that the video was uploaded for.
    pub job: JobId,
    /// S3's entity tag.
    pub version: String,
    /// The probed properties.
    pub found: VideoProperties,
}

impl Source {
    /// The video of a job. `None` if it has not been uploaded or cannot be processed.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        let Clip { width, height, duration_ms, frames, .. } = job.input.clip?;
        let found = VideoProperties { width, height, duration_ms, frames };
        Some(Self { job: job.source().clone(), version: job.input.version.clone()?, found })
    }
}

/// The way in which the input file arrives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadMethod {
    /// By one upload, later.
    Upload,
    /// By a multipart upload, which may take hours.
    Multipart,
    /// The file was uploaded for an earlier job of the account, and has been probed.
    Earlier(Source),
    /// The request contains the file. The caller processes it at once, for at most this duration.
    Direct(Duration),
}

/// A request with an idempotency key: repeating it returns the same job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRequest {
    name: String,
    fingerprint: String,
}

impl NamedRequest {
    /// A request with the client's name for it. `content`: the body that is compared.
    #[must_use]
    pub fn new(name: String, content: &[u8]) -> Self {
        Self { name, fingerprint: fingerprint(content) }
    }

    fn key(&self) -> RecordKey {
        RecordKey::Request(self.name.clone())
    }
}

/// A request for a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// The ID of the new job.
    pub id: JobId,
    /// The owner.
    pub account: AccountId,
    /// The options.
    pub options: Options,
    /// The declared file.
    pub declared: DeclaredUpload,
    /// The way in which the input file arrives.
    pub upload_method: UploadMethod,
    /// The named request, if the client sent an idempotency key.
    pub request: Option<NamedRequest>,
}

impl NewJob {
    /// The rows that [`accept`] reads.
    #[must_use]
    pub fn scope(&self) -> Scope {
        let source = match &self.upload_method {
            UploadMethod::Earlier(source) => Some(source.job.clone()),
            UploadMethod::Upload | UploadMethod::Multipart | UploadMethod::Direct(_) => None,
        };
        let records = self.request.iter().map(NamedRequest::key).collect();
        Scope { records, source, ..Scope::of(self.account.clone(), self.id.clone()) }
    }
}

/// The result of [`accept`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// The new job, as written.
    New(Box<Job>),
    /// The job that an earlier call of the same request created.
    Earlier(JobId),
}

impl Accepted {
    /// The result of a decision of [`accept`]; `None` if the decision comes from another rule.
    #[must_use]
    pub fn of(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Write(change) => change.job.map(|job| Self::New(Box::new(job))),
            Decision::Earlier(id) => Some(Self::Earlier(id)),
            Decision::Nothing => None,
        }
    }
}

/// Accepts a job if there are enough credits and not too many open jobs. If a job with this ID exists, an earlier
/// call of the same request created it.
///
/// # Errors
/// [`Refusal::NoAccount`], [`Refusal::TooManyJobs`], [`Refusal::Exhausted`], [`Refusal::KeyReused`]; for the
/// video of an earlier job also [`Refusal::SourceGone`] and [`Refusal::Unsuitable`].
pub fn accept(seen: &Snapshot, new: &NewJob, free: &Plan, now: Timestamp) -> Result<Decision, Refusal> {
    let account = seen.existing_account()?;
    if seen.job.as_ref().is_some_and(|job| job.id == new.id) {
        return Ok(Decision::Earlier(new.id.clone()));
    }
    if let Some(request) = &new.request {
        match seen.effect(&request.key(), &request.fingerprint, now)? {
            None => {}
            Some(Effect::Job(job)) => return Ok(Decision::Earlier(job.clone())),
            // Requests do not have these effects.
            Some(
                Effect::Purchase { .. }
                | Effect::Refund { .. }
                | Effect::Grant(_)
                | Effect::Plan { .. }
                | Effect::Mailed,
            ) => return Err(Refusal::KeyReused),
        }
    }
    let start = prepare(seen, new, &seen.plan(free, now), now)?;
    let length_ms = start.input.clip.as_ref().map(Clip::length_ms);
    let (balance, reservation) = seen.take_credit(&new.options, length_ms, free, now)?;
    let job = Job {
        id: new.id.clone(),
        account: account.id.clone(),
        kind: new.options.kind(),
        state: start.state,
        progress: 0,
        options: new.options.clone(),
        input: start.input,
        work: None,
        output: None,
        failure: None,
        reservation,
        pieces: vec![start.piece],
        retries: 0,
        due_at: Some(start.due_at),
        timings: Timings::default(),
        cost_micro_usd: None,
        created_at: now,
        updated_at: now,
    };
    let record = |request: &NamedRequest| Record {
        key: request.key(),
        fingerprint: request.fingerprint.clone(),
        effect: Effect::Job(job.id.clone()),
        until: Some(now.plus(REMEMBERED)),
    };
    let records = new.request.iter().map(record).collect();
    let entries = LedgerEntry::reserved(&job, &job.reservation, now);
    Ok(Change { job: Some(job), balance: Some(balance), entries, records, ..Change::default() }.into())
}

/// The initial values of a job.
struct JobStart {
    state: JobState,
    input: Input,
    piece: Piece,
    due_at: Timestamp,
}

fn prepare(seen: &Snapshot, new: &NewJob, plan: &Plan, now: Timestamp) -> Result<JobStart, Refusal> {
    let DeclaredUpload { name, media_type, size_bytes } = new.declared.clone();
    let input =
        Input { name, media_type, size_bytes, version: None, source: None, multipart: None, clip: None };
    let waiting = |window: Duration| now.plus(window).plus(UPLOAD_SLACK);
    Ok(match &new.upload_method {
        UploadMethod::Upload => JobStart {
            state: JobState::Pending,
            input,
            piece: Piece::default(),
            due_at: waiting(UPLOAD_WINDOW),
        },
        UploadMethod::Multipart => JobStart {
            state: JobState::Pending,
            input,
            piece: Piece::default(),
            due_at: waiting(MULTIPART_WINDOW),
        },
        UploadMethod::Earlier(source) => {
            if !seen.source_is_held {
                return Err(Refusal::SourceGone);
            }
            let clip = clip(&new.options, source.found, plan.video_seconds).map_err(Refusal::Unsuitable)?;
            let Source { job, version, .. } = source.clone();
            let input = Input { version: Some(version), source: Some(job), clip: Some(clip), ..input };
            JobStart { state: JobState::Queued, input, piece: Piece::default(), due_at: now.plus(MAX_QUEUED) }
        }
        UploadMethod::Direct(lease) => {
            let end = now.plus(*lease);
            let due_at = end.plus(super::LOST_AFTER);
            let piece = Piece { attempts: 1, lease_until: Some(end) };
            JobStart { state: JobState::Processing, input, piece, due_at }
        }
    })
}
