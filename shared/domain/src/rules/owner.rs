//! The owner's actions on a job.

use super::end::End;
use super::{Change, Decision, LOST_AFTER, MAX_QUEUED, Refusal, Snapshot};
use crate::credits::LedgerEntry;
use crate::{JobKind, JobState, Plan, Timestamp};

/// Cancels an open job and returns its credits. Cancelling twice is not an error.
///
/// # Errors
/// [`Refusal::NoJob`]; [`Refusal::WrongState`] if the job has ended otherwise.
pub fn cancel(seen: &Snapshot, now: Timestamp) -> Result<Decision, Refusal> {
    let job = seen.existing_job()?.clone();
    if job.state == JobState::Cancelled {
        return Ok(Decision::Nothing);
    }
    seen.close(job, End::Cancelled, now)
}

/// Queues a failed or cancelled job again and reserves its price again. A queued job stays unchanged.
///
/// # Errors
/// [`Refusal::NoJob`], [`Refusal::NoUpload`], [`Refusal::WrongState`], and those of a new job.
pub fn retry(seen: &Snapshot, free: &Plan, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    seen.existing_account()?;
    if job.state == JobState::Queued {
        return Ok(Decision::Nothing);
    }
    if !job.state.may_become(JobState::Queued) || job.state == JobState::Pending {
        return Err(Refusal::WrongState { state: job.state });
    }
    // A video that could not be read or is longer than the plan allows needs no machine: it would fail again.
    if job.input.version.is_none() || (job.kind == JobKind::Video && job.input.clip.is_none()) {
        return Err(Refusal::NoUpload);
    }
    let (balance, reservation) = seen.take_credit(&job.options, job.length_ms(), free, now)?;
    job.reservation = reservation;
    job.state = JobState::Queued;
    job.retries += 1;
    job.progress = 0;
    job.failure = None;
    job.work = None;
    job.due_at = Some(now.plus(match job.kind {
        JobKind::Image => LOST_AFTER,
        JobKind::Video => MAX_QUEUED,
    }));
    job.updated_at = now;
    let entries = LedgerEntry::reserved(&job, &job.reservation, now);
    Ok(Change { job: Some(job), balance: Some(balance), entries, ..Change::default() }.into())
}
