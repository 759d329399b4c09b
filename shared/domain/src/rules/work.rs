//! The worker's actions on a job: start, complete and fail.

use std::time::Duration;

use super::end::End;
use super::{Change, Decision, LOST_AFTER, Refusal, Snapshot};
use crate::job::{Claim, Output, PieceNumber, Timings};
use crate::{Failure, JobKind, JobState, Timestamp};

/// The reason why a worker starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartReason {
    /// S3 sent an event about this version of the upload.
    Upload {
        /// S3's entity tag.
        version: String,
    },
    /// The job was queued.
    Again,
}

/// Gives a piece of a job to a worker for the duration of a lease.
///
/// `Nothing`: the job has ended, has no such piece, or belongs to another version of the upload.
///
/// # Errors
/// [`Refusal::Leased`]: another worker holds the piece; try again after its lease. [`Refusal::NoJob`], [`Refusal::NoAccount`].
pub fn start(
    seen: &Snapshot,
    piece: PieceNumber,
    start_reason: &StartReason,
    lease: Duration,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    seen.existing_account()?;
    match (start_reason, &job.input.version) {
        (StartReason::Upload { version }, Some(ours)) if version != ours => return Ok(Decision::Nothing),
        (StartReason::Again, None) => return Ok(Decision::Nothing),
        (StartReason::Upload { version }, _) => job.input.version = Some(version.clone()),
        (StartReason::Again, Some(_)) => {}
    }
    if !job.state.may_become(JobState::Processing) {
        return Ok(Decision::Nothing);
    }
    let Some(piece) = job.pieces.get_mut(piece) else {
        return Ok(Decision::Nothing);
    };
    if let Some(until) = piece.lease_until.filter(|until| now < *until) {
        return Err(Refusal::Leased { until });
    }
    piece.attempts += 1;
    piece.lease_until = Some(now.plus(lease));
    job.state = JobState::Processing;
    job.progress = job.progress.max(match job.kind {
        JobKind::Image => 10,
        JobKind::Video => 1,
    });
    job.due_at = job.next_expiry().map(|expiry| expiry.plus(LOST_AFTER));
    job.updated_at = now;
    Ok(Change::of_job(job).into())
}

/// Completes a job with its result; the credits are used. `Nothing`: the job was cancelled in the meantime, or
/// another worker completed it.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn complete(
    seen: &Snapshot,
    output: &Output,
    timings: Timings,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    if !job.state.may_become(JobState::Completed) {
        return Ok(Decision::Nothing);
    }
    job.progress = 100;
    job.output = Some(output.clone());
    job.timings = timings;
    seen.close(job, End::Completed, now)
}

/// Fails a job; the credits are returned. `Nothing`: the job has ended already.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn fail(seen: &Snapshot, failure: Failure, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    if !job.state.may_become(JobState::Failed) {
        return Ok(Decision::Nothing);
    }
    job.failure = Some(failure);
    seen.close(job, End::Failed, now)
}

/// Fails a job on behalf of the worker with this claim; the credits are returned. `Nothing`: the job has ended, or
/// a later worker has the piece and may succeed.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn fail_attempt(
    seen: &Snapshot,
    claim: Claim,
    failure: Failure,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if seen.existing_job()?.claim(claim.piece) != Some(claim) {
        return Ok(Decision::Nothing);
    }
    fail(seen, failure, now)
}

/// Fails a job because the workers of a try terminated without a result; the credits are returned. `Nothing`: the
/// job has ended, or its owner has retried it and the dead letter is about the earlier try.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn lose(seen: &Snapshot, retry: u32, now: Timestamp) -> Result<Decision, Refusal> {
    if seen.existing_job()?.retries != retry {
        return Ok(Decision::Nothing);
    }
    fail(seen, Failure::WorkerLost, now)
}
