//! `GET /api/jobs/{id}/events`: waits for the next change of a job and returns it as a server-sent event.
//!
//! API Gateway sends a response only when it is complete, so a stream that stays open would never arrive. Each
//! request waits up to twenty seconds for one change and ends; `EventSource` reconnects by itself and sends the
//! version that it received last. Once the final state has been delivered, the response is 204, which stops
//! `EventSource`.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::{future, stream};
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, Setting, run_route};
use sansfond_domain::ports::{Jobs, RateCounters};
use sansfond_domain::{AccountId, Job, JobId, Language};
use sansfond_web::{Caller, Code, Path, Problem, RateLimit, RequestLanguage, now};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::views::JobViews;

const LONGEST_WAIT: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(400);
const AGAIN: Duration = Duration::from_millis(200);

/// The maximum number of streams of an account that begin to wait within the window and have not ended. A function that
/// waits serves nobody else, so a stream beyond the limit is answered at once, and its client waits instead.
const OPEN: u32 = 5;
/// Longer than a stream.
const WINDOW: Duration = Duration::from_secs(30);
const AGAIN_IF_TOO_MANY: Duration = Duration::from_secs(5);

#[derive(Clone)]
struct Ports {
    jobs: Arc<dyn Jobs>,
    counters: Arc<dyn RateCounters>,
    views: JobViews,
}

/// The fields of a server-sent event.
#[derive(ToSchema)]
#[allow(dead_code, reason = "describes what `event` writes")]
struct JobEvent {
    /// The type of the event. Always `job`.
    event: Option<String>,
    /// The version of the job.
    id: Option<String>,
    /// A `Job` as JSON text.
    data: Option<String>,
    /// The delay before the client reconnects, in milliseconds.
    retry: u32,
}

pub const FUNCTION: Function = Function {
    grants: &[Grant::Rows(&["GetItem"], ACCOUNTS), Grant::Objects(&["GetObject"], &["results"])],
    settings: &[Setting::Retention],
    properties: &[("Timeout", "29")],
    ..Function::route::<__path_handle>("watch_job", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let views = JobViews { links: boot.bucket()?, retention: boot.settings().retention };
    let table = boot.table()?;
    let ports = Ports { jobs: table.clone(), counters: table, views };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::ORDINARY)
}

/// Waits for the next change of a job.
///
/// Returns one server-sent event as soon as the job changes, or a comment after 20 seconds without a change, and
/// closes the connection. If five streams of the account are waiting, the next one gets its comment immediately and
/// reconnects after five seconds. `EventSource` then reconnects automatically. Once the final state has been delivered, the
/// response is `204`, which stops `EventSource`.
#[utoipa::path(get, path = "/api/jobs/{id}/events", tag = "jobs", security(("session" = []), ("api_key" = [])),
    params(("id" = String, Path, description = "The ID of the job."),
        ("Last-Event-ID" = Option<String>, Header, description = "The ID of the last event that the client received. `EventSource` sends it automatically.")),
    responses((status = 200, content_type = "text/event-stream", body = JobEvent,
            description = "One event, or a comment if the job has not changed."),
        (status = 204, description = "The job has ended and its final state has been delivered. Do not reconnect.")))]
async fn handle(
    State(ports): State<Ports>,
    caller: Caller,
    RequestLanguage(request_language): RequestLanguage,
    Path(id): Path<JobId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let seen = headers.get("last-event-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
    let look = || ports.look(&caller.account, &id, seen, request_language);
    if let Some(response) = look().await? {
        return Ok(response);
    }
    let (subject, began_at) = (format!("open-streams#{}", caller.account), now());
    let open = ports.counters.count(&subject, WINDOW, began_at).await?;
    let response = if open > OPEN {
        Ok(only(Event::default().retry(AGAIN_IF_TOO_MANY).comment("too many streams are waiting")))
    } else {
        wait(look).await
    };
    // If this fails, the stream counts until its window ends.
    if let Err(error) = ports.counters.uncount(&subject, WINDOW, began_at).await {
        tracing::warn!(?error, "a stream that has ended still counts");
    }
    response
}

/// Waits until there is a response.
async fn wait<F>(look: impl Fn() -> F) -> Result<Response, Problem>
where
    F: Future<Output = Result<Option<Response>, Problem>>,
{
    let began = Instant::now();
    while began.elapsed() < LONGEST_WAIT {
        tokio::time::sleep(LOOK_EVERY).await;
        if let Some(response) = look().await? {
            return Ok(response);
        }
    }
    Ok(only(again().comment("nothing has changed")))
}

impl Ports {
    /// The response if the job has changed or ended since the client saw it.
    async fn look(
        &self,
        account: &AccountId,
        id: &JobId,
        seen: &str,
        request_language: Language,
    ) -> Result<Option<Response>, Problem> {
        let job = self.jobs.job(account, id).await?.ok_or_else(|| Problem::new(Code::NotFound))?;
        let version = version(&job);
        if version != seen {
            return Ok(Some(only(event(self, &job, &version, request_language).await?)));
        }
        Ok((!job.state.is_open()).then(|| StatusCode::NO_CONTENT.into_response()))
    }
}

fn version(job: &Job) -> String {
    format!("{}-{}", job.updated_at.millis(), job.state.name())
}

async fn event(
    ports: &Ports,
    job: &Job,
    version: &str,
    request_language: Language,
) -> Result<Event, Problem> {
    let view = ports.views.view(job, request_language, now()).await?;
    let event = again().id(version).event("job").json_data(view);
    event.map_err(|error| Problem::internal(&error, false))
}

/// An event after which the client reconnects soon.
fn again() -> Event {
    Event::default().retry(AGAIN)
}

fn only(event: Event) -> Response {
    Sse::new(stream::once(future::ok::<_, Infallible>(event))).into_response()
}
