//! What a worker does to a job, whatever the job is about.

use std::sync::Arc;
use std::time::{Duration, Instant};

use sansfond_domain::job::{Output, Timings, VideoProgress};
use sansfond_domain::ports::{Applied, Files, PortError, Rule, Scope, TransactionError, Transactions};
use sansfond_domain::rules::{self, Decision, Refusal, Snapshot};
use sansfond_domain::{AccountId, Failure, Job, JobId, JobKind, JobState, Rate, Timestamp, storage_key};

use crate::{JobChange, change, now};

/// Takes jobs and ends them.
#[derive(Clone)]
pub struct Lifecycle {
    /// Jobs and credits.
    pub transactions: Arc<dyn Transactions>,
    /// Segments and results.
    pub files: Arc<dyn Files>,
    /// What the worker's time costs, if anybody knows.
    pub rate: Option<Rate>,
}

/// A job that is this worker's, for the length of a lease.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The job as it was when it was taken.
    pub job: Job,
    /// Since when the worker's time is paid for this job.
    began: Instant,
}

/// What became of taking a job.
#[derive(Debug)]
pub enum TakeOutcome {
    /// It is this worker's.
    Ours {
        /// The job.
        attempt: Box<Attempt>,
        /// What the rule saw, such as the plan of the job's account.
        seen: Box<Snapshot>,
    },
    /// Another worker has it, and may be dying over it.
    Leased {
        /// The end of that worker's lease.
        until: Timestamp,
    },
    /// There is nothing to do: done before, cancelled, or gone.
    Nothing,
}

/// How a worker's step has ended. None of these wants another try, but the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// The result is there, the credit is gone.
    Completed,
    /// It could not be done, the credit is back.
    Failed(Failure),
    /// There was nothing to do: done before, cancelled, or gone.
    Nothing,
    /// The machine goes away; the job waits for the next worker.
    HandedOver,
}

/// The end of a job could not be written down. Another try may.
#[derive(Debug, thiserror::Error)]
pub enum LifecycleError {
    /// Jobs and credits.
    #[error("the job could not be written down")]
    Transactions(#[from] TransactionError),
    /// Results of a job that has ended otherwise.
    #[error("files that nobody wants could not be deleted")]
    Files(#[source] PortError),
}

impl Attempt {
    /// A job that was accepted and begun by the same request.
    #[must_use]
    pub const fn begun(job: Job, began: Instant) -> Self {
        Self { job, began }
    }
}

impl Lifecycle {
    /// Takes a job by a rule that gives it out, such as [`rules::start`]. `began`: since when the worker's time is
    /// paid for it.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub async fn take(
        &self,
        account: &AccountId,
        job: &JobId,
        began: Instant,
        rule: Rule<'_>,
    ) -> Result<TakeOutcome, TransactionError> {
        match self.transactions.apply(&Scope::of(account.clone(), job.clone()), rule).await {
            Ok(Applied { decision: Decision::Write(change), seen }) => Ok(match change.job {
                Some(job) => {
                    TakeOutcome::Ours { attempt: Box::new(Attempt { job, began }), seen: Box::new(seen) }
                }
                None => TakeOutcome::Nothing,
            }),
            Ok(Applied { decision: Decision::Nothing | Decision::Earlier(_), .. })
            | Err(TransactionError::Refused(Refusal::NoJob | Refusal::NoAccount)) => Ok(TakeOutcome::Nothing),
            Err(TransactionError::Refused(Refusal::Leased { until })) => Ok(TakeOutcome::Leased { until }),
            Err(error) => Err(error),
        }
    }

    /// Says how far the work is, and keeps the job for another lease. `false`: it is not this worker's any more.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub async fn advance(
        &self,
        job: &Job,
        work: VideoProgress,
        lease: Duration,
    ) -> Result<bool, TransactionError> {
        let now = now();
        let rule = |seen: &_| rules::advance(seen, job.attempts, work, lease, now);
        Ok(self.change(job, &rule).await?.written().is_some())
    }

    /// The job ends well, unless its owner or somebody else has ended it meanwhile: then what was made of it is
    /// taken away if nobody will ask for it. Never the result of a worker that was quicker, which lies at the same place.
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
                self.clear(&job).await;
                Ok(JobOutcome::Completed)
            }
            other => self.left(&attempt.job, other.state(), output.stored).await,
        }
    }

    /// The job ends badly, unless it has ended or another worker has it: then it and its segments are left alone. The
    /// credit comes back. `reason` is for the log. Segments of a video that took too long stay: if its owner has it tried
    /// again, the next worker goes on behind them.
    ///
    /// # Errors
    /// [`TransactionError`].
    pub async fn fail(
        &self,
        attempt: &Attempt,
        failure: Failure,
        reason: &str,
    ) -> Result<JobOutcome, TransactionError> {
        let (now, cost, number) = (now(), self.cost(attempt), attempt.job.attempts);
        let rule = |seen: &_| {
            rules::fail_attempt(seen, number, failure, now).map(|decision| decision.with_cost(cost))
        };
        let Some(job) = self.change(&attempt.job, &rule).await?.written() else {
            return Ok(JobOutcome::Nothing);
        };
        let (size_bytes, cost_micro_usd) = (job.input.size_bytes, job.cost_micro_usd);
        tracing::info!(
            job = %job.id, failure = failure.code(), reason, size_bytes, cost_micro_usd, "the job failed"
        );
        if failure != Failure::TookTooLong {
            self.clear(&job).await;
        }
        Ok(JobOutcome::Failed(failure))
    }

    /// The machine goes away; the next worker may begin at once.
    ///
    /// # Errors
    /// [`LifecycleError`].
    pub async fn hand_over(&self, attempt: &Attempt) -> Result<JobOutcome, LifecycleError> {
        let (now, cost, number) = (now(), self.cost(attempt), attempt.job.attempts);
        let rule = |seen: &_| rules::hand_over(seen, number, now).map(|decision| decision.with_cost(cost));
        match self.change(&attempt.job, &rule).await? {
            JobChange::Written(job) => {
                tracing::info!(job = %job.id, attempt = number, "the job waits for the next worker");
                Ok(JobOutcome::HandedOver)
            }
            other => self.left(&attempt.job, other.state(), true).await,
        }
    }

    /// The job is not this worker's any more. If nobody will ever ask for what was made of it, that goes.
    ///
    /// # Errors
    /// [`LifecycleError`].
    pub async fn leave(&self, attempt: &Attempt) -> Result<JobOutcome, LifecycleError> {
        let found = self.change(&attempt.job, &|_| Ok(Decision::Nothing)).await?;
        self.left(&attempt.job, found.state(), true).await
    }

    async fn change(&self, job: &Job, rule: Rule<'_>) -> Result<JobChange, TransactionError> {
        change(&*self.transactions, &job.account, &job.id, rule).await
    }

    /// What the attempt has cost so far, in millionths of a US dollar.
    fn cost(&self, attempt: &Attempt) -> Option<u64> {
        Some(self.rate?.micro_usd(attempt.began.elapsed()))
    }

    /// `stored`: whether something of the job lies in the bucket.
    async fn left(
        &self,
        job: &Job,
        state: Option<JobState>,
        stored: bool,
    ) -> Result<JobOutcome, LifecycleError> {
        tracing::info!(job = %job.id, state = state.map(JobState::name), "the job is not this worker's any more");
        if stored && is_unwanted(job.kind, state) {
            let results = storage_key::results_of(&job.account, &job.id);
            self.files.delete_folder(&results).await.map_err(LifecycleError::Files)?;
        }
        Ok(JobOutcome::Nothing)
    }

    /// Segments of a video that has ended. If that fails they grow old like every result.
    async fn clear(&self, job: &Job) {
        if job.kind != JobKind::Video {
            return;
        }
        let segments = storage_key::segments(&job.account, &job.id);
        if let Err(error) = self.files.delete_folder(&segments).await {
            tracing::warn!(job = %job.id, %error, "the segments are still there");
        }
    }
}

/// Whether nobody will ask for what was made of a job in this state; `None` is a job that is gone. A failed video may
/// be tried again and goes on behind its segments; a failed picture begins anew.
const fn is_unwanted(kind: JobKind, state: Option<JobState>) -> bool {
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
        attempt = job.attempts,
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
    fn what_nobody_will_ask_for_is_taken_away() {
        for kind in JobKind::ALL {
            for state in [None, Some(JobState::Cancelled), Some(JobState::Expired)] {
                assert!(is_unwanted(kind, state), "{kind:?} {state:?}");
            }
            for state in [JobState::Pending, JobState::Queued, JobState::Processing, JobState::Completed] {
                assert!(!is_unwanted(kind, Some(state)), "{kind:?} {state:?}");
            }
        }
        assert!(is_unwanted(JobKind::Image, Some(JobState::Failed)));
        assert!(
            !is_unwanted(JobKind::Video, Some(JobState::Failed)),
            "its segments count when it is tried again"
        );
    }
}
