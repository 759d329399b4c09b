//! Every few minutes: ending jobs that do not move any more, so that no credit stays away.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Books, BooksError, Jobs, Scope};
use sansfond_domain::rules::{Decision, Refusal, sweep};
use sansfond_web::now;

/// Jobs looked at in one go; the next run goes on.
const AT_ONCE: u32 = 100;

/// The step.
///
/// # Errors
/// If a setting is missing.
pub fn step(boot: &Boot) -> Result<impl AsyncFn() -> Result<()> + use<>> {
    let table = boot.table()?;
    Ok(async move || {
        let ended = run(table.clone(), table.clone()).await?;
        tracing::info!(ended, "looked after open jobs");
        Ok(())
    })
}

/// Ends every job whose time is over; says how many. One that cannot be ended does not keep the others.
///
/// # Errors
/// If the table does not answer, or the last trouble with a job. What was ended stays so.
pub async fn run(jobs: Arc<dyn Jobs>, books: Arc<dyn Books>) -> Result<usize> {
    let now = now();
    let (mut ended, mut trouble) = (0, None);
    for job in jobs.due(now, AT_ONCE).await? {
        let scope = Scope { account: job.account, job: Some(job.id.clone()), idempotency_key: None };
        match books.apply(&scope, &|seen| sweep(seen, now)).await {
            Ok(Decision::Write(_)) => ended += 1,
            Ok(Decision::Nothing | Decision::Earlier(_)) | Err(BooksError::Refused(Refusal::NoJob)) => {}
            Err(error) => {
                tracing::warn!(job = %job.id, ?error, "a job could not be ended");
                trouble = Some(error);
            }
        }
    }
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok(ended),
    }
}
