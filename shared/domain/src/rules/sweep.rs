//! Looking after jobs that do not move any more.

use super::end::End;
use super::{Decision, Refusal, Snapshot};
use crate::{Failure, JobState, Timestamp};

/// Ends a job whose time is over: an upload that never came expires, work that nobody finishes
/// fails. Either way the credit comes back.
///
/// # Errors
/// [`Refusal::NoJob`].
pub fn sweep(seen: &Snapshot, now: Timestamp) -> Result<Decision, Refusal> {
    let mut job = seen.existing()?.clone();
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
