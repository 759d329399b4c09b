//! Steps that only jobs of videos have: the multipart upload, the admission after the probe, and the worker's
//! progress.

use std::time::Duration;

use super::end::End;
use super::{Change, Decision, LOST_AFTER, Refusal, Snapshot};
use crate::credits::{LENGTH_SLACK_MS, LedgerEntry, price};
use crate::job::{Claim, Clip, VideoProgress};
use crate::{Failure, Job, JobState, Options, Plan, Timestamp};

/// How long a video may wait for a worker. Machines that are rented by the minute can be scarce for hours.
pub const MAX_QUEUED: Duration = Duration::from_secs(6 * 60 * 60);

/// The properties of an uploaded video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VideoProperties {
    /// The width of an upright frame, in pixels.
    pub width: u32,
    /// The height of an upright frame, in pixels.
    pub height: u32,
    /// The duration, in milliseconds.
    pub duration_ms: u64,
    /// The number of frames.
    pub frames: u64,
}

/// The result of probing a video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbeOutcome {
    /// The video can be processed.
    Readable(VideoProperties),
    /// The video cannot be processed.
    Unsuitable(Failure),
}

/// Stores the ID of a multipart upload. `Nothing`: the job has one already, which stays valid.
///
/// # Errors
/// [`Refusal::NoJob`]; [`Refusal::WrongState`] if the job does not wait for an upload.
pub fn open_multipart(seen: &Snapshot, name: &str, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    if job.state != JobState::Pending {
        return Err(Refusal::WrongState { state: job.state });
    }
    if job.input.multipart.is_some() {
        return Ok(Decision::Nothing);
    }
    job.input.multipart = Some(name.to_owned());
    job.updated_at = now;
    write(job)
}

/// Queues an uploaded video if its plan allows it, and reserves the rest of its price. If the plan does not allow
/// it or there are not enough credits, the job fails and its credits are returned. `Nothing`: the job no longer
/// waits for its upload, because it was admitted before or cancelled.
///
/// # Errors
/// [`Refusal::NoJob`], [`Refusal::NoAccount`].
pub fn admit(
    seen: &Snapshot,
    version: &str,
    probe_outcome: ProbeOutcome,
    free: &Plan,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    seen.existing_account()?;
    if job.state != JobState::Pending {
        return Ok(Decision::Nothing);
    }
    job.input.version = Some(version.to_owned());
    job.input.multipart = None;
    let clip = match probe_outcome {
        ProbeOutcome::Readable(found) => clip(&job.options, found, seen.plan(free, now).video_seconds),
        ProbeOutcome::Unsuitable(failure) => Err(failure),
    };
    let queued = clip.and_then(|clip| {
        // Stored even if the job fails now: the owner may retry it with more credits, or request a shorter part of
        // the video.
        job.input.clip = Some(clip);
        take_rest(seen, &mut job, free, now)
    });
    match queued {
        Ok(rest_taken) => {
            job.state = JobState::Queued;
            job.due_at = Some(now.plus(MAX_QUEUED));
            job.updated_at = now;
            Ok(Change { job: Some(job), ..rest_taken }.into())
        }
        Err(failure) => {
            job.failure = Some(failure);
            seen.close(job, End::Failed, now)
        }
    }
}

/// Reserves the part of a video's price that its job does not hold yet, now that the length is known. Returns the
/// change of the balance and the ledger.
fn take_rest(seen: &Snapshot, job: &mut Job, free: &Plan, now: Timestamp) -> Result<Change, Failure> {
    let rest = price(&job.options, job.length_ms()).saturating_sub(job.reservation.total());
    if rest.is_zero() {
        return Ok(Change::default());
    }
    let taken = seen.balance(now).reserve_rest(job.kind, rest, free);
    let (balance, more) = taken.map_err(|_| Failure::NotEnoughCredits)?;
    let entries = LedgerEntry::reserved(job, &more, now);
    job.reservation = job.reservation.and(&more);
    Ok(Change { balance: Some(balance), entries, ..Change::default() })
}

/// The part of the video to process. Exceeding the plan by a tenth of a second is allowed: files that were cut to
/// thirty seconds are often one frame longer.
pub(super) fn clip(options: &Options, found: VideoProperties, plan_seconds: u32) -> Result<Clip, Failure> {
    let options = options.video().ok_or(Failure::UnsuitableOptions)?;
    let (from_ms, until_ms) = options.part(found.duration_ms).ok_or(Failure::UnsuitableOptions)?;
    let allowed_ms = u64::from(plan_seconds) * 1000;
    if until_ms - from_ms > allowed_ms + LENGTH_SLACK_MS {
        return Err(Failure::VideoTooLong);
    }
    let VideoProperties { width, height, duration_ms, frames } = found;
    Ok(Clip { width, height, duration_ms, frames, from_ms, until_ms })
}

/// Records the progress of a worker and extends its lease. `Nothing`: this worker no longer holds the piece and must
/// stop.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn advance(
    seen: &Snapshot,
    claim: Claim,
    work: VideoProgress,
    lease: Duration,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    let Some(piece) = job.claimed(claim) else {
        return Ok(Decision::Nothing);
    };
    piece.lease_until = Some(now.plus(lease));
    // 100 means completed.
    let percent = (work.frames * 100).checked_div(work.of).unwrap_or(0).clamp(1, 99);
    job.progress = u8::try_from(percent).unwrap_or(99).max(job.progress.min(99));
    job.work = Some(work);
    job.due_at = job.next_expiry().map(|expiry| expiry.plus(LOST_AFTER));
    job.updated_at = now;
    write(job)
}

/// Ends the lease of a worker that must stop, so that the next worker can start at once. `Nothing`: this worker no longer
/// holds the piece.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn hand_over(seen: &Snapshot, claim: Claim, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    let Some(piece) = job.claimed(claim) else {
        return Ok(Decision::Nothing);
    };
    piece.lease_until = None;
    // If no other worker is left, the next one may have to wait for a machine.
    let expiry = job.next_expiry().map(|expiry| expiry.plus(LOST_AFTER));
    job.due_at = Some(expiry.unwrap_or_else(|| now.plus(MAX_QUEUED)));
    job.updated_at = now;
    write(job)
}

fn write(job: Job) -> Result<Decision, Refusal> {
    Ok(Change::of_job(job).into())
}
