//! What a worker does to a job: begin, end well, end badly.

use std::time::Duration;

use super::end::End;
use super::{Change, Decision, LOST_AFTER, Refusal, Snapshot};
use crate::job::{Claim, Output, PieceNumber, Timings};
use crate::{Failure, JobKind, JobState, Timestamp};

/// Why a worker begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StartReason {
    /// S3 says that this version of the upload has come.
    Upload {
        /// Its entity tag.
        version: String,
    },
    /// The job was queued to be tried again.
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
    let mut job = seen.existing()?.clone();
    seen.member()?;
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

/// The result is there; the credit is kept. `Nothing`: the job was cancelled meanwhile, or another
/// worker has completed it.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn complete(
    seen: &Snapshot,
    output: &Output,
    timings: Timings,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let mut job = seen.existing()?.clone();
    if !job.state.may_become(JobState::Completed) {
        return Ok(Decision::Nothing);
    }
    job.progress = 100;
    job.output = Some(output.clone());
    job.timings = timings;
    seen.close(job, End::Completed, now)
}

/// It could not be done; the credit comes back. `Nothing`: the job has ended already.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn fail(seen: &Snapshot, failure: Failure, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing()?.clone();
    if !job.state.may_become(JobState::Failed) {
        return Ok(Decision::Nothing);
    }
    job.failure = Some(failure);
    seen.close(job, End::Failed, now)
}

/// Fails a job on behalf of the worker with this claim; the credit comes back. `Nothing`: the job has ended, or a later
/// worker has the piece and may succeed.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn fail_attempt(
    seen: &Snapshot,
    claim: Claim,
    failure: Failure,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    if seen.existing()?.claim(claim.piece) != Some(claim) {
        return Ok(Decision::Nothing);
    }
    fail(seen, failure, now)
}

/// The workers of a try have died over the job; its credit comes back. `Nothing`: it has ended, or its
/// owner has had it tried again since, and the letter is about the try before.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn lose(seen: &Snapshot, retry: u32, now: Timestamp) -> Result<Decision, Refusal> {
    if seen.existing()?.retries != retry {
        return Ok(Decision::Nothing);
    }
    fail(seen, Failure::WorkerLost, now)
}
