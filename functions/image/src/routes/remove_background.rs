//! `POST /api/remove-background`: removes the background from one image within the request.
//!
//! The credit is reserved before processing and returned if there is no cutout. Lambda allows 6 MB in each direction,
//! which is 4.5 MB of binary data: larger images use `POST /api/uploads`, and larger results are returned as a link.
//! `request` reads the request, `answer` writes the response.

mod answer;
mod fields;
mod request;

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State};
use axum::response::Response;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, routes, run_route};
use sansfond_domain::ports::{Applied, Links, Scope};
use sansfond_domain::rules::{Decision, NewJob, UploadMethod, accept, check_new_job, download_failed};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{AccountId, Credits, Failure, ImageOptions, Job, JobId, JobKind, Options, Plan};
use sansfond_jobs::{Attempt, JobOutcome, millis, now};
use sansfond_web::{Caller, Code, PlanInForce, Problem, RoutePolicy, random_bytes};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::answer::{CompletedJob, CutoutResponse};
use self::fields::ResponseType;
use self::request::{CutoutRequest, Picture};
use super::media::{File, INLINE_BYTES, media_type};
use super::problems::{fetch_problem, work_problem};
use crate::cutout::FinishedCutout;
use crate::work::{ImageContext, ImageJobError, WorkError};
use sansfond_fetch::Fetcher;

/// The maximum size of a request: such an image as base64 and the other fields.
const BODY_BYTES: usize = 6_100_000;

#[derive(Clone)]
struct Ports {
    links: Arc<dyn Links>,
    context: ImageContext,
    fetcher: Fetcher,
}

/// Also serves `health`, because this function has loaded the model. The result of a job that was cancelled meanwhile is
/// deleted by folder, which needs permission to list.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["GetItem", "PutItem", "ConditionCheckItem"], ACCOUNTS),
        Grant::Objects(&["GetObject", "PutObject", "DeleteObject"], &["results"]),
        Grant::List(&["results"]),
    ],
    settings: &[Setting::Retention, Setting::Engine, Setting::Price, Setting::FreePlan, Setting::Lease(34)],
    properties: &[
        ("Timeout", "29"),
        ("MemorySize", "!Ref ImageMemory"),
        ("EphemeralStorage", "{ Size: 1024 }"),
        ("LoggingConfig", "{ LogGroup: !Ref ImageLogs }"),
    ],
    routes: both,
    gradual: true,
    ..Function::route::<__path_handle>("remove_background", || run_route(super::router))
};

fn both() -> Vec<String> {
    [routes::<__path_handle>(), routes::<super::health::__path_handle>()].concat()
}

pub fn router(boot: &Boot, context: ImageContext, fetcher: Fetcher) -> anyhow::Result<Router> {
    let ports = Ports { links: boot.bucket()?, context, fetcher };
    let route = OpenApiRouter::new().routes(routes!(handle)).with_state(ports);
    boot.with_middleware(route.layer(DefaultBodyLimit::max(BODY_BYTES)), RoutePolicy::JOBS)
}

/// Removes the background from one image.
///
/// Uses one credit if a cutout is produced. The body is a form, the image file itself, or JSON. Options can be form
/// fields, JSON fields or query parameters.
///
/// `response` sets how the result is returned: `binary` (the file), `base64` (JSON that contains the file) or `link`
/// (JSON with a link that works for 15 minutes; the result is stored like the result of an upload). The default is
/// `base64` if the request has `Accept: application/json`, otherwise `binary`. A result of more than 4.5 MB is
/// returned as a link: in JSON if the client accepts JSON, otherwise as a `303` redirect.
///
/// For images of more than 4.5 MB, use `image_url` or `POST /api/uploads`.
#[utoipa::path(post, path = "/api/remove-background", operation_id = "remove_background", tag = "jobs",
    security(("session" = []), ("api_key" = [])),
    params(fields::PictureQuery),
    request_body(content(
        (fields::PictureForm = "multipart/form-data"),
        (fields::PictureJson = "application/json"),
        (File = "image/jpeg"), (File = "image/png"), (File = "image/webp"))),
    responses(
        (status = 200, description = "The cutout.", content((File = "image/png"), (File = "image/webp"), (File = "image/jpeg"),
            (File = "application/zip"), (CutoutResponse = "application/json")),
            headers(("X-Job-Id" = String, description = "The ID of the job."),
                ("X-Width" = u32, description = "The width of the result, in pixels."),
                ("X-Height" = u32, description = "The height of the result, in pixels."),
                ("X-Credits-Remaining" = f64, description = "The image credits that remain."))),
        (status = 303, description = "The result is larger than 4.5 MB. `Location` is a link to it.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    PlanInForce(plan): PlanInForce,
    wanted: CutoutRequest,
) -> Result<Response, Problem> {
    let (account, options) = (&caller.account, Options::from(wanted.options.clone()));
    let started = Instant::now();
    let begun = match wanted.picture {
        Picture::Bytes { name, bytes } => {
            ports.begin(account, &options, &name, bytes, &plan, started).await?
        }
        Picture::Link(link) => ports.begin_with_link(account, &options, link, &plan, started).await?,
    };
    let BegunJob { attempt, bytes, credits_remaining, download_ms } = begun;
    let mut finished = ports.cut_out(&attempt, bytes, wanted.options, plan).await?;
    finished.timings.download_ms = download_ms;
    let stored = wanted.answer == ResponseType::Link || finished.size_bytes > INLINE_BYTES as u64;
    ports.keep(&attempt, &mut finished, stored).await?;
    let done = CompletedJob { job: attempt.job, finished, credits_remaining };
    answer::write(done, stored, wanted.answer, wanted.takes_json, &*ports.links).await
}

/// An accepted job and its image.
struct BegunJob {
    attempt: Attempt,
    bytes: Vec<u8>,
    credits_remaining: Credits,
    download_ms: u64,
}

impl Ports {
    /// Accepts a job for an image.
    async fn begin(
        &self,
        account: &AccountId,
        options: &Options,
        name: &str,
        bytes: Vec<u8>,
        plan: &Plan,
        started: Instant,
    ) -> Result<BegunJob, Problem> {
        let download_ms = millis(started.elapsed());
        let declared = DeclaredUpload::check(name, media_type(&bytes)?, bytes.len() as u64, plan)?;
        let (job, credits_remaining) = self.accept(account, options.clone(), declared).await?;
        Ok(BegunJob { attempt: Attempt::begun(job, started), bytes, credits_remaining, download_ms })
    }

    /// Downloads the image of a link and accepts a job for it. A download that leads to no job is counted, whatever the
    /// reason: also if other requests have taken the last credit meanwhile.
    async fn begin_with_link(
        &self,
        account: &AccountId,
        options: &Options,
        link: String,
        plan: &Plan,
        started: Instant,
    ) -> Result<BegunJob, Problem> {
        let ImageContext { lifecycle, free, .. } = &self.context;
        let seen = lifecycle.transactions.snapshot(&Scope::of_records(account.clone(), Vec::new())).await?;
        check_new_job(&seen, options, free, now())?;
        let name = link.split(['?', '#']).next().unwrap_or_default().to_owned();
        let begun = match self.download(link, plan).await {
            Ok(bytes) => self.begin(account, options, &name, bytes, plan, started).await,
            Err(problem) => Err(problem),
        };
        match begun {
            Ok(begun) => Ok(begun),
            Err(problem) => Err(self.count_download(account, options, problem).await),
        }
    }

    async fn download(&self, link: String, plan: &Plan) -> Result<Vec<u8>, Problem> {
        let (fetcher, limit) = (self.fetcher.clone(), plan.upload_bytes);
        let fetched = tokio::task::spawn_blocking(move || fetcher.fetch(&link, limit)).await;
        fetched.map_err(|error| Problem::internal(&error, false))?.map_err(fetch_problem)
    }

    /// Counts a download and returns the problem. A URL that must not be fetched cost nothing.
    async fn count_download(&self, account: &AccountId, options: &Options, problem: Problem) -> Problem {
        if problem.code() == Code::UrlNotAllowed {
            return problem;
        }
        let rule = |seen: &_| download_failed(seen, options, now());
        let scope = Scope::of_records(account.clone(), Vec::new());
        match self.context.lifecycle.transactions.apply(&scope, &rule).await {
            Ok(_) => problem,
            Err(error) => error.into(),
        }
    }

    /// Creates and starts a job. Returns it with the credits that remain.
    async fn accept(
        &self,
        account: &AccountId,
        options: Options,
        declared: DeclaredUpload,
    ) -> Result<(Job, Credits), Problem> {
        let ImageContext { lifecycle, free, lease, .. } = &self.context;
        let (kind, now) = (JobKind::Image, now());
        let new = NewJob {
            id: JobId::mint(now, &random_bytes()?),
            account: account.clone(),
            options,
            declared,
            upload_method: UploadMethod::Direct(*lease),
            request: None,
        };
        let rule = |seen: &_| accept(seen, &new, free, now);
        let Applied { decision, seen } = lifecycle.transactions.apply(&new.scope(), &rule).await?;
        let (job, balance) = match decision {
            Decision::Write(change) => change.job.zip(change.balance),
            // If the response of the transaction was lost, the repeated rule finds the accepted job.
            Decision::Earlier(_) => seen.job.zip(seen.balance),
            Decision::Nothing => None,
        }
        .ok_or_else(|| Problem::new(Code::Internal))?;
        Ok((job, balance.available(kind, free)))
    }

    /// Processes the image. If there is no cutout, the job fails and its credit is returned.
    async fn cut_out(
        &self,
        attempt: &Attempt,
        bytes: Vec<u8>,
        options: ImageOptions,
        plan: Plan,
    ) -> Result<FinishedCutout, Problem> {
        match self.context.cut_out(bytes, options, plan).await {
            Ok(finished) => Ok(finished),
            Err(ImageJobError::Unsuitable { failure, reason }) => {
                self.context.lifecycle.fail(attempt, failure, &reason).await?;
                Err(failure.into())
            }
            Err(ImageJobError::Ours(error)) => Err(self.gave_up(attempt, error).await),
        }
    }

    /// Completes the job and stores its result if `stored` is set.
    async fn keep(
        &self,
        attempt: &Attempt,
        finished: &mut FinishedCutout,
        stored: bool,
    ) -> Result<(), Problem> {
        if stored && let Err(error) = self.context.store(&attempt.job, finished).await {
            return Err(self.gave_up(attempt, error).await);
        }
        match self.context.complete(attempt, finished, stored).await.map_err(work_problem)? {
            JobOutcome::Completed => Ok(()),
            JobOutcome::Failed(_) | JobOutcome::Nothing | JobOutcome::HandedOver => {
                Err(Problem::new(Code::InvalidState))
            }
        }
    }

    /// The service failed: returns the credit. If that fails, too, the credit is returned when the lease ends.
    async fn gave_up(&self, attempt: &Attempt, error: WorkError) -> Problem {
        let lifecycle = &self.context.lifecycle;
        let given_back = lifecycle.fail(attempt, Failure::WorkerLost, &error.to_string()).await;
        if let Err(error) = given_back {
            tracing::error!(job = %attempt.job.id, ?error, "a credit could not be returned immediately");
        }
        work_problem(error)
    }
}
