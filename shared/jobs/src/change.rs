//! Applies one rule to one job.

use sansfond_domain::ports::{Applied, Rule, Scope, TransactionError, Transactions};
use sansfond_domain::rules::{Decision, Refusal};
use sansfond_domain::{AccountId, Job, JobId, JobState};

/// The result of applying a rule to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobChange {
    /// The job as it was written.
    Written(Box<Job>),
    /// The rule had nothing to do: it was applied before, or it is too late. Contains the current job.
    Unchanged(Box<Job>),
    /// The job or its account no longer exists.
    Gone,
}

impl JobChange {
    /// The job, if the rule changed it.
    #[must_use]
    pub fn written(self) -> Option<Job> {
        match self {
            Self::Written(job) => Some(*job),
            Self::Unchanged(_) | Self::Gone => None,
        }
    }

    /// The job's state; `None` if the job is gone.
    #[must_use]
    pub fn state(&self) -> Option<JobState> {
        match self {
            Self::Written(job) | Self::Unchanged(job) => Some(job.state),
            Self::Gone => None,
        }
    }
}

/// Applies a rule to a job.
///
/// # Errors
/// [`TransactionError`]. A job or account that no longer exists is not an error.
pub async fn change(
    transactions: &dyn Transactions,
    account: &AccountId,
    job: &JobId,
    rule: Rule<'_>,
) -> Result<JobChange, TransactionError> {
    match transactions.apply(&Scope::of(account.clone(), job.clone()), rule).await {
        Ok(Applied { decision, seen }) => {
            let written = match decision {
                Decision::Write(change) => change.job,
                Decision::Nothing | Decision::Earlier(_) => None,
            };
            Ok(match (written, seen.job) {
                (Some(job), _) => JobChange::Written(Box::new(job)),
                (None, Some(job)) => JobChange::Unchanged(Box::new(job)),
                (None, None) => JobChange::Gone,
            })
        }
        Err(TransactionError::Refused(Refusal::NoJob | Refusal::NoAccount)) => Ok(JobChange::Gone),
        Err(error) => Err(error),
    }
}
