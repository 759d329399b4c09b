//! Accepting a job: a credit is taken in the same breath.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::video::clip;
use super::{Change, Decision, Earlier, Found, MAX_QUEUED, REMEMBERED, Refusal, Snapshot, entry};
use crate::api_key::hex;
use crate::credits::Reason;
use crate::job::{Clip, Input, Timings};
use crate::upload::{Declared, MULTIPART_WINDOW, UPLOAD_WINDOW};
use crate::{AccountId, Job, JobId, JobState, Options, Plan, Plans, Timestamp};

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
    pub found: Found,
}

impl Source {
    /// The video of a job. `None`: it has not come, or cannot be worked on.
    #[must_use]
    pub fn of(job: &Job) -> Option<Self> {
        let Clip { width, height, duration_ms, frames, .. } = job.input.clip?;
        let found = Found { width, height, duration_ms, frames };
        Some(Self { job: job.source().clone(), version: job.input.version.clone()?, found })
    }
}

/// How the bytes come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Intake {
    /// By an upload, later.
    Upload,
    /// By an upload in parts, which may take hours.
    Multipart,
    /// They came for an earlier job of the account and have been looked into.
    Earlier(Source),
    /// They are here; the caller works on them at once, for at most this long.
    Direct(Duration),
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
    pub declared: Declared,
    /// How the bytes come.
    pub intake: Intake,
    /// The request's [`fingerprint`]; for requests that carry a name of their own.
    pub fingerprint: Option<String>,
}

/// What a request is known by when it comes again: its SHA-256, because what a customer wrote need not
/// be kept for that.
#[must_use]
pub fn fingerprint(request: &[u8]) -> String {
    hex(&Sha256::digest(request))
}

/// Accepts a job if a credit is left and not too many are open. One that is there already has been
/// accepted by an earlier try of the same call.
///
/// # Errors
/// [`Refusal::NoAccount`], [`Refusal::TooManyJobs`], [`Refusal::Exhausted`], [`Refusal::KeyReused`]; for the
/// video of an earlier job also [`Refusal::SourceGone`] and [`Refusal::Unsuitable`].
pub fn accept(seen: &Snapshot, new: &NewJob, plans: &Plans, now: Timestamp) -> Result<Decision, Refusal> {
    let account = seen.account.as_ref().ok_or(Refusal::NoAccount)?;
    if seen.job.as_ref().is_some_and(|job| job.id == new.id) {
        return Ok(Decision::Earlier(new.id.clone()));
    }
    let earlier = seen.earlier.as_ref().filter(|earlier| now < earlier.until);
    if let (Some(earlier), Some(fingerprint)) = (earlier, &new.fingerprint) {
        return if earlier.fingerprint == *fingerprint {
            Ok(Decision::Earlier(earlier.job.clone()))
        } else {
            Err(Refusal::KeyReused)
        };
    }
    let plan = plans.named(&account.plan);
    let begun = begin(seen, new, plan, now)?;
    let (balance, reservation) = seen.take_credit(&new.options, plan, now)?;
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
        told: false,
        reservation,
        attempts: u32::from(begun.state == JobState::Processing),
        retries: 0,
        lease_until: begun.lease_until,
        due_at: Some(begun.due_at),
        timings: Timings::default(),
        cost_micro_usd: None,
        created_at: now,
        updated_at: now,
    };
    let record = new.fingerprint.clone().map(|fingerprint| Earlier {
        fingerprint,
        job: new.id.clone(),
        until: now.plus(REMEMBERED),
    });
    let entry = Some(entry(&job, Reason::Reserved, now));
    Ok(Decision::Write(Box::new(Change { job, balance: Some(balance), entry, record })))
}

/// How a job begins.
struct Begun {
    state: JobState,
    input: Input,
    lease_until: Option<Timestamp>,
    due_at: Timestamp,
}

fn begin(seen: &Snapshot, new: &NewJob, plan: &Plan, now: Timestamp) -> Result<Begun, Refusal> {
    let Declared { name, media_type, size_bytes } = new.declared.clone();
    let input =
        Input { name, media_type, size_bytes, version: None, source: None, multipart: None, clip: None };
    let waiting = |window: Duration| now.plus(window).plus(UPLOAD_SLACK);
    Ok(match &new.intake {
        Intake::Upload => {
            Begun { state: JobState::Pending, input, lease_until: None, due_at: waiting(UPLOAD_WINDOW) }
        }
        Intake::Multipart => {
            Begun { state: JobState::Pending, input, lease_until: None, due_at: waiting(MULTIPART_WINDOW) }
        }
        Intake::Earlier(source) => {
            if !seen.source_is_held {
                return Err(Refusal::SourceGone);
            }
            let clip = clip(&new.options, source.found, plan.video_seconds).map_err(Refusal::Unsuitable)?;
            let Source { job, version, .. } = source.clone();
            let input = Input { version: Some(version), source: Some(job), clip: Some(clip), ..input };
            Begun { state: JobState::Queued, input, lease_until: None, due_at: now.plus(MAX_QUEUED) }
        }
        Intake::Direct(lease) => {
            let end = now.plus(*lease);
            let due_at = end.plus(super::LOST_AFTER);
            Begun { state: JobState::Processing, input, lease_until: Some(end), due_at }
        }
    })
}
