//! The work before there is a job: a file is downloaded from a URL first, because only its bytes show whether there can
//! be a job.

use super::{Change, Decision, Refusal, Snapshot};
use crate::{Options, Plan, Timestamp};

/// Checks whether the account may have one more job with these options. Writes and reserves nothing: [`accept`](super::accept()) decides.
///
/// # Errors
/// As [`accept`](super::accept()) for a new job: [`Refusal::NoAccount`], [`Refusal::Exhausted`], [`Refusal::DailyLimit`],
/// [`Refusal::TooManyJobs`].
pub fn check_new_job(seen: &Snapshot, options: &Options, free: &Plan, now: Timestamp) -> Result<(), Refusal> {
    seen.existing_account()?;
    seen.take_credit(options, None, free, now)?;
    Ok(())
}

/// Counts a download that led to no job as a job of the day that has cost nothing.
///
/// # Errors
/// [`Refusal::NoAccount`].
pub fn download_failed(seen: &Snapshot, options: &Options, now: Timestamp) -> Result<Decision, Refusal> {
    seen.existing_account()?;
    let mut balance = seen.balance(now);
    balance.uncharged = balance.uncharged.and_uncharged(options.kind());
    Ok(Change { balance: Some(balance), ..Change::default() }.into())
}
