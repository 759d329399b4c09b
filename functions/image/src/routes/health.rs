//! `GET /api/health`: that the engine really runs, and which. It loads before the first request, so an
//! answer is a proof.

use std::sync::Arc;

use axum::extract::State;
use axum::{Json, Router};
use sansfond_boot::Boot;
use sansfond_engine::Engine;
use sansfond_web::VERSION;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// What runs.
#[derive(Clone, Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of this service and, unless it is a release, the commit that it was built from.
    #[schema(example = "0.1.0+4f3a40c")]
    version: &'static str,
    /// The model that is loaded.
    #[schema(example = "isnet-general-use")]
    model: String,
    /// What it runs on.
    #[schema(example = "cpu")]
    provider: &'static str,
    /// The version of ONNX Runtime, which runs it.
    #[schema(example = "1.31.1")]
    runtime: Option<String>,
}

/// The route in its frame.
pub fn router(boot: &Boot, engine: &Arc<Engine>) -> Router {
    let health = Health {
        status: "ok",
        version: VERSION,
        model: engine.matting_model.model().name.clone(),
        provider: engine.matting_model.provider().name(),
        runtime: engine.runtime_version(),
    };
    boot.public_route(OpenApiRouter::new().routes(routes!(handle)).with_state(health))
}

/// Whether the engine runs, and which.
#[utoipa::path(get, path = "/api/health", operation_id = "health", tag = "service", responses((status = 200, body = Health)))]
async fn handle(State(health): State<Health>) -> Json<Health> {
    Json(health)
}
