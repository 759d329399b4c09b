//! `GET /api/health`: returns the status of the engine. The model is loaded before the first request, so a response
//! shows that it runs.

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

/// The status of the service.
#[derive(Clone, Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    #[schema(example = "ok")]
    status: &'static str,
    /// The version of the service and, unless it is a release, the commit that it was built from.
    #[schema(example = "0.1.0+4f3a40c")]
    version: &'static str,
    /// The name of the loaded model.
    #[schema(example = "isnet-general-use")]
    model: String,
    /// The execution provider of ONNX Runtime.
    #[schema(example = "cpu")]
    provider: &'static str,
    /// The version of ONNX Runtime.
    #[schema(example = "1.31.1")]
    runtime: Option<String>,
}

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

/// Returns the status of the service and its model.
#[utoipa::path(get, path = "/api/health", operation_id = "health", tag = "service", 
    responses((status = 200, body = Health, description = "The service is running.")))]
async fn handle(State(health): State<Health>) -> Json<Health> {
    Json(health)
}
