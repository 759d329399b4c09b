//! The steps of a worker, for every kind of job.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sansfond_domain::job::{Claim, Output, PieceNumber, Timings, VideoProgress, WHOLE_JOB};
use sansfond_domain::ports::{Applied, Files, PortError, Rule, Scope, TransactionError, Transactions};
use sansfond_domain::rules::{self, Decision, Refusal, Snapshot};
use sansfond_domain::{AccountId, Failure, Job, JobId, JobKind, JobState, Rate, Timestamp, storage_key};

use crate::{JobChange, change, now};

/// Takes, advances and ends jobs.
#[derive(Clone)]
pub struct Lifecycle {
    /// Jobs and credits.
    pub transactions: Arc<dyn Transactions>,
    /// Segments and results.
    pub files: Arc<dyn Files>,
    /// The price of the worker's time, if it is known.
    pub rate: Option<Rate>,
}

/// A piece of a job that this worker holds for the duration of a lease.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The job as it was when the worker took it.
    pub job: Job,
    /// The worker's claim to its piece of the job.
    pub claim: Claim,
    /// The start of the time that is charged to this job.
    began: Instant,
}

/// The result of taking a job.
#[derive(Debug)]
pub enum TakeOutcome {
    /// The worker holds the job.
    Ours {
        /// The job.
        attempt: Box<Attempt>,
        /// The rule's input, such as the plan of the job's account.
        seen: Box<Snapshot>,
    },
    /// Another worker holds the job, or was lost before its lease ended.
    Leased {
        /// The end of that worker's lease.
        until: Timestamp,
    },
    /// There is nothing to do: the job was done before or was cancelled.
    Nothing,
    /// The job or its account has been deleted.
    Gone,
}

/// How a worker's step ended. Only the last case needs another worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// The result is stored and the credit is spent.
    Completed,
    /// The job could not be done and the credit was returned.
    Failed(Failure),
    /// There was nothing to do: the job was done before, was cancelled, or is gone.
    Nothing,
    /// The machine is shutting down; the job waits for the next worker.
    HandedOver,
}

/// The end of a job could not be recorded. Another try may succeed.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// The table of jobs and credits failed.
    #[error("the end of the job could not be recorded")]
    Transactions(#[from] TransactionError),
    /// The files of a job that ended otherwise could not be deleted.
    #[error("files that are no longer needed could not be deleted")]
    Files(#[source] PortError),
}

impl Attempt {
    /// The first attempt at a job that the same request accepted and started.
    #[must_use]
    pub const fn begun(job: Job, began: Instant) -> Self {
        Self { job, claim: Claim { piece: WHOLE_JOB, attempt: 1 }, began }
    }
}

impl Lifecycle {
    /// Takes a piece of a job by a rule such as [`rules::start`]. `began` is the start of the time that is charged
    /// to the job.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub async fn take(
        &self,
        account: &AccountId,
        job: &JobId,
        piece: PieceNumber,
        began: Instant,
        rule: Rule<'_>,
    ) -> Result<TakeOutcome, TransactionError> {
        match self.transactions.apply(&Scope::of(account.clone(), job.clone()), rule).await {
            Ok(Applied { decision: Decision::Write(change), seen }) => Ok(match change.job {
                Some(job) => match job.claim(piece) {
                    Some(claim) => TakeOutcome::Ours {
                        attempt: Box::new(Attempt { job, claim, began }),
                        seen: Box::new(seen),
                    },
                    None => TakeOutcome::Nothing,
                },
                None => TakeOutcome::Nothing,
            }),
            Ok(Applied { decision: Decision::Nothing | Decision::Earlier(_), .. }) => {
                Ok(TakeOutcome::Nothing)
            }
            Err(TransactionError::Refused(Refusal::NoJob | Refusal::NoAccount)) => Ok(TakeOutcome::Gone),
            Err(TransactionError::Refused(Refusal::Leased { until })) => Ok(TakeOutcome::Leased { until }),
            Err(error) => Err(error),
        }
    }

    /// Records the progress and extends the lease. Returns `false` if this worker no longer holds the piece.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub async fn advance(
        &self,
        attempt: &Attempt,
        work: VideoProgress,
        lease: Duration,
    ) -> Result<bool, TransactionError> {
        let now = now();
        let rule = |seen: &_| rules::advance(seen, attempt.claim, work, lease, now);
        Ok(self.change(&attempt.job, &rule).await?.written().is_some())
    }

    /// Completes the job, unless its owner or another worker ended it in the meantime: then its files are deleted
    /// if they are no longer needed. The result of a faster worker is never deleted, although it has the
    /// same key.
    ///
    /// # Errors
    /// [`LifecycleError`].
    pub async fn complete(
        &self,
        attempt: &Attempt,
        output: &Output,
        timings: Timings,
    ) -> Result<JobOutcome, LifecycleError> {
        let (now, cost) = (now(), self.cost(attempt));
        let rule =
            |seen: &_| rules::complete(seen, output, timings, now).map(|decision| decision.with_cost(cost));
        match self.change(&attempt.job, &rule).await? {
            JobChange::Written(job) => {
                log_completed(&job, output);
                self.delete_segments(&job).await;
                Ok(JobOutcome::Completed)
            }
            other => self.clean_up_lost(&attempt.job, other.state(), output.stored).await,
        }
    }

    /// Fails the job and returns the credit, unless the job has ended or another worker holds it: then the
    /// job and its segments stay as they are. `reason` is for the log. The segments of a video that took too
    /// long are kept: if its owner retries the job, the next worker continues after them.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub async fn fail(
        &self,
        attempt: &Attempt,
        failure: Failure,
        reason: &str,
    ) -> Result<JobOutcome, TransactionError> {
        let (now, cost, claim) = (now(), self.cost(attempt), attempt.claim);
        let rule = |seen: &_| {
            rules::fail_attempt(seen, claim, failure, now).map(|decision| decision.with_cost(cost))
        };
        let Some(job) = self.change(&attempt.job, &rule).await?.written() else {
            return Ok(JobOutcome::Nothing);
        };
        let (size_bytes, cost_micro_usd) = (job.input.size_bytes, job.cost_micro_usd);
        tracing::info!(
            job = %job.id, failure = failure.code(), reason, size_bytes, cost_micro_usd, "the job failed"
        );
        if failure != Failure::TookTooLong {
            self.delete_segments(&job).await;
        }
        Ok(JobOutcome::Failed(failure))
    }

    /// Releases the job because the machine is shutting down; the next worker may start at once.
    ///
    /// # Errors
    /// [`LifecycleError`].
    pub async fn hand_over(&self, attempt: &Attempt) -> Result<JobOutcome, LifecycleError> {
        let (now, cost, claim) = (now(), self.cost(attempt), attempt.claim);
        let rule = |seen: &_| rules::hand_over(seen, claim, now).map(|decision| decision.with_cost(cost));
        match self.change(&attempt.job, &rule).await? {
            JobChange::Written(job) => {
                tracing::info!(job = %job.id, attempt = claim.attempt, "the job waits for the next worker");
                Ok(JobOutcome::HandedOver)
            }
            other => self.clean_up_lost(&attempt.job, other.state(), true).await,
        }
    }

    /// Leaves a job that this worker no longer holds, and deletes its files if they are no longer needed.
    ///
    /// # Errors
    /// [`LifecycleError`].
    pub async fn leave(&self, attempt: &Attempt) -> Result<JobOutcome, LifecycleError> {
        let found = self.change(&attempt.job, &|_| Ok(Decision::Nothing)).await?;
        self.clean_up_lost(&attempt.job, found.state(), true).await
    }

    async fn change(&self, job: &Job, rule: Rule<'_>) -> Result<JobChange, TransactionError> {
        change(&*self.transactions, &job.account, &job.id, rule).await
    }

    /// The cost of the attempt so far, in millionths of a US dollar.
    fn cost(&self, attempt: &Attempt) -> Option<u64> {
        Some(self.rate?.micro_usd(attempt.began.elapsed()))
    }

    /// `stored`: whether the bucket contains files of the job.
    async fn clean_up_lost(
        &self,
        job: &Job,
        state: Option<JobState>,
        stored: bool,
    ) -> Result<JobOutcome, LifecycleError> {
        tracing::info!(job = %job.id, state = state.map(JobState::name), "this worker no longer holds the job");
        if stored && are_files_obsolete(job.kind, state) {
            let results = storage_key::results_of(&job.account, &job.id);
            self.files.delete_folder(&results).await.map_err(LifecycleError::Files)?;
        }
        Ok(JobOutcome::Nothing)
    }

    /// Deletes the segments of a video that has ended. If that fails they expire like every result.
    async fn delete_segments(&self, job: &Job) {
        if job.kind != JobKind::Video {
            return;
        }
        let segments = storage_key::segments(&job.account, &job.id);
        if let Err(error) = self.files.delete_folder(&segments).await {
            tracing::warn!(job = %job.id, %error, "the segments could not be deleted");
        }
    }
}

/// Whether the files of a job in this state can be deleted; `None` is a job that is gone. A failed video may
/// be retried and then continues after its segments; a failed picture starts again.
const fn are_files_obsolete(kind: JobKind, state: Option<JobState>) -> bool {
    match (kind, state) {
        (_, None | Some(JobState::Cancelled | JobState::Expired))
        | (JobKind::Image, Some(JobState::Failed)) => true,
        (JobKind::Video, Some(JobState::Failed))
        | (_, Some(JobState::Pending | JobState::Queued | JobState::Processing | JobState::Completed)) => {
            false
        }
    }
}

fn log_completed(job: &Job, output: &Output) {
    let Timings { download_ms, decode_ms, matte_ms, encode_ms, upload_ms, .. } = job.timings;
    tracing::info!(
        job = %job.id,
        attempts = job.attempts(),
        width = output.width,
        height = output.height,
        input_bytes = job.input.size_bytes,
        output_bytes = output.size_bytes,
        download_ms,
        decode_ms,
        matte_ms,
        encode_ms,
        upload_ms,
        cost_micro_usd = job.cost_micro_usd,
        "the job is completed"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_obsolete_if_the_job_is_gone_or_cannot_use_them() {
        for kind in JobKind::ALL {
            for state in [None, Some(JobState::Cancelled), Some(JobState::Expired)] {
                assert!(are_files_obsolete(kind, state), "{kind:?} {state:?}");
            }
            for state in [JobState::Pending, JobState::Queued, JobState::Processing, JobState::Completed] {
                assert!(!are_files_obsolete(kind, Some(state)), "{kind:?} {state:?}");
            }
        }
        assert!(are_files_obsolete(JobKind::Image, Some(JobState::Failed)));
        assert!(
            !are_files_obsolete(JobKind::Video, Some(JobState::Failed)),
            "a retry continues after its segments"
        );
    }
}
