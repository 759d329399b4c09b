//! Every few minutes: ending jobs that do not move any more, so that no credit stays away.

use std::sync::Arc;

use anyhow::Result;
use sansfond_boot::Boot;
use sansfond_domain::ports::{Books, BooksError, Jobs, Multipart, Scope};
use sansfond_domain::rules::{Decision, Refusal, sweep};
use sansfond_domain::{Job, Timestamp};
use sansfond_web::now;

use crate::video_uploads::key_of;

/// Jobs read at a time.
const AT_ONCE: u32 = 100;

/// The step.
///
/// # Errors
/// If a setting is missing.
pub fn step(boot: &Boot) -> Result<impl AsyncFn() -> Result<()> + use<>> {
    let (table, bucket) = (boot.table()?, boot.bucket()?);
    Ok(async move || {
        let ended = run(table.clone(), table.clone(), bucket.clone()).await?;
        tracing::info!(ended, "looked after open jobs");
        Ok(())
    })
}

/// Ends every job whose time is over; says how many. One that cannot be ended does not keep the others.
///
/// # Errors
/// If the table does not answer, or the last trouble with a job. What was ended stays so.
pub async fn run(jobs: Arc<dyn Jobs>, books: Arc<dyn Books>, parts: Arc<dyn Multipart>) -> Result<usize> {
    let now = now();
    let mut all = 0;
    loop {
        let (looked_at, ended) = one_page(&*jobs, &*books, &*parts, now).await?;
        all += ended;
        // A page of jobs that could not be ended would come again and again.
        if looked_at < AT_ONCE as usize || ended == 0 {
            return Ok(all);
        }
    }
}

/// How many jobs were looked at, and how many of them were ended.
async fn one_page(
    jobs: &dyn Jobs,
    books: &dyn Books,
    parts: &dyn Multipart,
    now: Timestamp,
) -> Result<(usize, usize)> {
    let (mut ended, mut trouble) = (0, None);
    let due = jobs.due(now, AT_ONCE).await?;
    let looked_at = due.len();
    for job in due {
        let scope = Scope { account: job.account, job: Some(job.id.clone()), idempotency_key: None };
        match books.apply(&scope, &|seen| sweep(seen, now)).await {
            Ok(Decision::Write(change)) => {
                ended += 1;
                forget_parts(parts, &change.job).await;
            }
            Ok(Decision::Nothing | Decision::Earlier(_)) | Err(BooksError::Refused(Refusal::NoJob)) => {}
            Err(error) => {
                tracing::warn!(job = %job.id, ?error, "a job could not be ended");
                trouble = Some(error);
            }
        }
    }
    match trouble {
        Some(error) => Err(error.into()),
        None => Ok((looked_at, ended)),
    }
}

/// What has come of a video that nobody will finish. The bucket forgets it too, a day later.
async fn forget_parts(parts: &dyn Multipart, job: &Job) {
    let Some(upload) = &job.input.multipart else { return };
    if let Err(error) = parts.abort(&key_of(job), upload).await {
        tracing::warn!(job = %job.id, ?error, "parts of an upload are still there");
    }
}
