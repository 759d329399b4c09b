//! Accepting a job: a credit is taken in the same breath.

use std::time::Duration;

use super::video::clip;
use super::{Change, Decision, MAX_QUEUED, Refusal, Snapshot, VideoProperties};
use crate::credits::{LedgerEntry, Reason, Reservation};
use crate::job::{Clip, Input, Piece, Timings};
use crate::ports::Scope;
use crate::record::{Effect, REMEMBERED, fingerprint};
use crate::upload::{DeclaredUpload, MULTIPART_WINDOW, UPLOAD_WINDOW};
use crate::{AccountId, CreditChange, Job, JobId, JobState, Options, Plan, Record, RecordKey, Timestamp};

/// Slack between the end of an upload's window and giving it up: the event may be on its way.
const UPLOAD_SLACK: Duration = Duration::from_secs(5 * 60);

/// A video that came for an earlier job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The job that it was sent for.
    pub job: JobId,
    /// S3's entity tag.
    pub version: String,
    /// What the look into it has found.
    pub found: VideoProperties,
}

impl Source {
    /// The video of a job. `None`: it has not come, or cannot be worked on.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        let Clip { width, height, duration_ms, frames, .. } = job.input.clip?;
        let found = VideoProperties { width, height, duration_ms, frames };
        Some(Self { job: job.source().clone(), version: job.input.version.clone()?, found })
    }
}

/// How the bytes come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UploadMethod {
    /// By an upload, later.
    Upload,
    /// By an upload in parts, which may take hours.
    Multipart,
    /// They came for an earlier job of the account and have been looked into.
    Earlier(Source),
    /// They are here; the caller works on them at once, for at most this long.
    Direct(Duration),
}

/// A request to which the client gave a name: the same one again is the same job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedRequest {
    name: String,
    fingerprint: String,
}

impl NamedRequest {
    /// The request with that name. `content`: what was asked for.
    #[must_use]
    pub fn new(name: String, content: &[u8]) -> Self {
        Self { name, fingerprint: fingerprint(content) }
    }

    fn key(&self) -> RecordKey {
        RecordKey::Request(self.name.clone())
    }
}

/// A job that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its name.
    pub id: JobId,
    /// Whose.
    pub account: AccountId,
    /// What shall come out.
    pub options: Options,
    /// What was declared.
    pub declared: DeclaredUpload,
    /// How the bytes come.
    pub upload_method: UploadMethod,
    /// The request, if it carries a name of its own.
    pub request: Option<NamedRequest>,
}

impl NewJob {
    /// What [`accept`] wants to see.
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

/// What [`accept`] has led to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// A new job, as it was written.
    New(Box<Job>),
    /// The job of an earlier try of the same request.
    Earlier(JobId),
}

impl Accepted {
    /// Reads a decision of [`accept`]; `None` for one of another rule.
    #[must_use]
    pub fn of(decision: Decision) -> Option<Self> {
        match decision {
            Decision::Write(change) => change.job.map(|job| Self::New(Box::new(job))),
            Decision::Earlier(id) => Some(Self::Earlier(id)),
            Decision::Nothing => None,
        }
    }
}

/// Accepts a job if a credit is left and not too many are open. One that is there already has been
/// accepted by an earlier try of the same call.
///
/// # Errors
/// [`Refusal::NoAccount`], [`Refusal::TooManyJobs`], [`Refusal::Exhausted`], [`Refusal::KeyReused`]; for the
/// video of an earlier job also [`Refusal::SourceGone`] and [`Refusal::Unsuitable`].
pub fn accept(seen: &Snapshot, new: &NewJob, free: &Plan, now: Timestamp) -> Result<Decision, Refusal> {
    let account = seen.member()?;
    if seen.job.as_ref().is_some_and(|job| job.id == new.id) {
        return Ok(Decision::Earlier(new.id.clone()));
    }
    if let Some(request) = &new.request {
        match seen.effect(&request.key(), &request.fingerprint, now)? {
            None => {}
            Some(Effect::Job(job)) => return Ok(Decision::Earlier(job.clone())),
            // Nobody writes these under the name of a request.
            Some(
                Effect::Purchase { .. }
                | Effect::Refund { .. }
                | Effect::Grant(_)
                | Effect::Plan { .. }
                | Effect::Mailed,
            ) => return Err(Refusal::KeyReused),
        }
    }
    let begun = begin(seen, new, &seen.plan(free, now), now)?;
    let length_ms = begun.input.clip.as_ref().map(Clip::length_ms);
    let (balance, reservation) = seen.take_credit(&new.options, length_ms, free, now)?;
    let job = Job {
        id: new.id.clone(),
        account: account.id.clone(),
        kind: new.options.kind(),
        state: begun.state,
        progress: 0,
        options: new.options.clone(),
        input: begun.input,
        work: None,
        output: None,
        failure: None,
        reservation,
        pieces: vec![begun.piece],
        retries: 0,
        due_at: Some(begun.due_at),
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
    let entries = reserved(&job, &job.reservation, now);
    Ok(Change { job: Some(job), balance: Some(balance), entries, records, ..Change::default() }.into())
}

/// The lines about the credits that a job has just taken.
pub(super) fn reserved(job: &Job, credits: &Reservation, now: Timestamp) -> Vec<LedgerEntry> {
    let taken = |_, credits| CreditChange::taken(credits);
    LedgerEntry::of_job(job, Reason::Reserved, credits, taken, now)
}

/// How a job begins.
struct JobStart {
    state: JobState,
    input: Input,
    piece: Piece,
    due_at: Timestamp,
}

fn begin(seen: &Snapshot, new: &NewJob, plan: &Plan, now: Timestamp) -> Result<JobStart, Refusal> {
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
