//! Accepting a job: a credit is taken in the same breath.

use std::time::Duration;

use sha2::{Digest, Sha256};

use super::{Change, Decision, Earlier, REMEMBERED, Refusal, Snapshot, entry};
use crate::api_key::hex;
use crate::credits::Reason;
use crate::job::{Input, Timings};
use crate::upload::{Declared, MULTIPART_WINDOW, UPLOAD_WINDOW};
use crate::{AccountId, Job, JobId, JobState, Options, Plans, Timestamp};

/// Slack between the end of an upload's window and giving it up: the event may be on its way.
const UPLOAD_SLACK: Duration = Duration::from_secs(5 * 60);

/// How the bytes come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake {
    /// By an upload, later.
    Upload,
    /// By an upload in parts, which may take hours.
    Multipart,
    /// They are here; the caller works on them at once, for at most this long.
    Direct(Duration),
}

/// A job that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewJob {
    /// Its name.
    pub id: JobId,
    /// Whose.
    pub account: AccountId,
    /// What shall come out.
    pub options: Options,
    /// What was declared.
    pub declared: Declared,
    /// How the bytes come.
    pub intake: Intake,
    /// The request's [`fingerprint`]; for requests that carry a name of their own.
    pub fingerprint: Option<String>,
}

/// What a request is known by when it comes again: its SHA-256, because what a customer wrote need not
/// be kept for that.
#[must_use]
pub fn fingerprint(request: &[u8]) -> String {
    hex(&Sha256::digest(request))
}

/// Accepts a job if a credit is left and not too many are open. One that is there already has been
/// accepted by an earlier try of the same call.
///
/// # Errors
/// [`Refusal::NoAccount`], [`Refusal::TooManyJobs`], [`Refusal::Exhausted`], [`Refusal::KeyReused`].
pub fn accept(seen: &Snapshot, new: &NewJob, plans: &Plans, now: Timestamp) -> Result<Decision, Refusal> {
    let account = seen.account.as_ref().ok_or(Refusal::NoAccount)?;
    if seen.job.as_ref().is_some_and(|job| job.id == new.id) {
        return Ok(Decision::Earlier(new.id.clone()));
    }
    let earlier = seen.earlier.as_ref().filter(|earlier| now < earlier.until);
    if let (Some(earlier), Some(fingerprint)) = (earlier, &new.fingerprint) {
        return if earlier.fingerprint == *fingerprint {
            Ok(Decision::Earlier(earlier.job.clone()))
        } else {
            Err(Refusal::KeyReused)
        };
    }
    let (balance, reservation) = seen.take_credit(&new.options, plans.named(&account.plan), now)?;
    let (state, lease_until, due_at) = match new.intake {
        Intake::Upload => (JobState::Pending, None, now.plus(UPLOAD_WINDOW).plus(UPLOAD_SLACK)),
        Intake::Multipart => (JobState::Pending, None, now.plus(MULTIPART_WINDOW).plus(UPLOAD_SLACK)),
        Intake::Direct(lease) => {
            let end = now.plus(lease);
            (JobState::Processing, Some(end), end.plus(super::LOST_AFTER))
        }
    };
    let job = Job {
        id: new.id.clone(),
        account: account.id.clone(),
        kind: new.options.kind(),
        state,
        progress: 0,
        options: new.options.clone(),
        input: Input {
            name: new.declared.name.clone(),
            media_type: new.declared.media_type.clone(),
            size_bytes: new.declared.size_bytes,
            version: None,
            multipart: None,
            clip: None,
        },
        work: None,
        output: None,
        failure: None,
        told: false,
        reservation,
        attempts: u32::from(state == JobState::Processing),
        retries: 0,
        lease_until,
        due_at: Some(due_at),
        timings: Timings::default(),
        created_at: now,
        updated_at: now,
    };
    let record = new.fingerprint.clone().map(|fingerprint| Earlier {
        fingerprint,
        job: new.id.clone(),
        until: now.plus(REMEMBERED),
    });
    let entry = Some(entry(&job, Reason::Reserved, now));
    Ok(Decision::Write(Box::new(Change { job, balance: Some(balance), entry, record })))
}
