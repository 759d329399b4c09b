//! Ending jobs that no longer make progress.

use super::end::End;
use super::{Decision, Refusal, Snapshot};
use crate::{Failure, JobState, Timestamp};

/// Ends an overdue job: one without an upload expires, and one without a result fails. In both cases the credits
/// are returned.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn sweep(seen: &Snapshot, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing_job()?.clone();
    if job.due_at.is_none_or(|due| now < due) {
        return Ok(Decision::Nothing);
    }
    match job.state {
        JobState::Pending => seen.close(job, End::Expired, now),
        JobState::Queued | JobState::Processing => {
            job.failure = Some(Failure::WorkerLost);
            seen.close(job, End::Failed, now)
        }
        JobState::Completed | JobState::Failed | JobState::Cancelled | JobState::Expired => {
            Ok(Decision::Nothing)
        }
    }
}
