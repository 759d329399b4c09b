//! The middleware of every route, from outside to inside: one log line, problems in the language of the caller,
//! authentication, rate limits.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::access_control::Authentication;
use crate::rate::count;
use crate::{
    AccessControl, AccountLimit, Code, PlanInForce, Problem, RateLimit, RoutePolicy, address, language,
    request_id,
};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The limit for JSON. Routes that accept files set their own.
const BODY_LIMIT: usize = 64 * 1024;

#[derive(Clone)]
struct RouteState {
    access_control: Arc<AccessControl>,
    policy: RoutePolicy,
}

/// Adds the middleware to a route.
pub fn with_middleware(
    router: Router,
    access_control: Arc<AccessControl>,
    policy: impl Into<RoutePolicy>,
) -> Router {
    public_route(
        router.route_layer(from_fn_with_state(RouteState { access_control, policy: policy.into() }, admit)),
    )
}

/// Adds the middleware to a route without authentication and rate limits.
pub fn public_route(router: Router) -> Router {
    router.layer(DefaultBodyLimit::max(BODY_LIMIT)).layer(from_fn(outside))
}

async fn admit(State(state): State<RouteState>, mut request: Request, next: Next) -> Response {
    let address = address::of(&request);
    let RoutePolicy { authenticated, anonymous, origin_check, by_address, too_often } = state.policy;
    let found =
        match state.access_control.authenticate(request.method(), request.headers(), origin_check).await {
            Ok(found) => found,
            Err(problem) => return problem.into_response(),
        };
    let (limit, subject) = match found.account() {
        // All sessions and API keys of an account count together: otherwise each new key would raise the limit.
        Some(account) if !by_address => {
            let limit = match authenticated {
                AccountLimit::Fixed(limit) => limit,
                AccountLimit::OfPlan => match state.access_control.plan(account).await {
                    Ok(plan) => {
                        let limit = RateLimit::of_plan(&plan);
                        request.extensions_mut().insert(PlanInForce(plan));
                        limit
                    }
                    Err(error) => return Problem::from(error).into_response(),
                },
            };
            (limit, format!("account:{account}"))
        }
        _ => (anonymous, format!("address:{address}")),
    };
    let rate = match count(&*state.access_control.counters, limit, &subject).await {
        Ok(rate) => Some(rate),
        // A failed counter must not block all requests.
        Err(error) => {
            tracing::warn!(?error, "a request was not counted");
            None
        }
    };
    if let Some(rate) = rate.filter(|rate| rate.is_exceeded()) {
        let problem = match too_often {
            Some(message) => rate.problem().detail(message()),
            None => rate.problem(),
        };
        let mut response = problem.into_response();
        rate.announce(response.headers_mut());
        return response;
    }
    request.extensions_mut().insert::<Authentication>(found);
    let mut response = next.run(request).await;
    if let Some(rate) = rate {
        rate.announce(response.headers_mut());
    }
    response
}

async fn outside(request: Request, next: Next) -> Response {
    let began = Instant::now();
    let id = request_id::of(&request);
    let request_language = language::wanted(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let outcome = AssertUnwindSafe(next.run(request)).catch_unwind().await;
    let mut response = outcome.unwrap_or_else(|_| {
        tracing::error!(request_id = id, "a route panicked. This is a bug.");
        Problem::new(Code::Internal).into_response()
    });
    let mut code = None;
    let problem = response.extensions_mut().remove::<Problem>().or_else(|| of_router(response.status()));
    if let Some(problem) = problem {
        code = Some(problem.code().slug());
        let mut written = problem.render(request_language, &id);
        let mut headers = std::mem::take(response.headers_mut());
        headers.extend(std::mem::take(written.headers_mut()));
        headers.remove(axum::http::header::CONTENT_LENGTH);
        *written.headers_mut() = headers;
        response = written;
    }
    let headers = response.headers_mut();
    if let Ok(id) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    tracing::info!(
        %method,
        route = route.as_deref().unwrap_or("none"),
        status = response.status().as_u16(),
        code,
        milliseconds = began.elapsed().as_millis(),
        request_id = id,
        "request"
    );
    response
}

/// The problem of a response that the router itself has created. Not a fallback of the router, because routers with
/// fallbacks cannot be merged.
fn of_router(status: StatusCode) -> Option<Problem> {
    match status {
        StatusCode::NOT_FOUND => Some(Problem::new(Code::NotFound)),
        StatusCode::METHOD_NOT_ALLOWED => Some(Problem::new(Code::MethodNotAllowed)),
        _ => None,
    }
}
