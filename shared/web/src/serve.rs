//! Serves a router: inside Lambda for API Gateway, otherwise as an HTTP server.

use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use sansfond_telemetry::settings::{self, SettingError};

/// An error of the server.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A setting is invalid.
    #[error(transparent)]
    Setting(#[from] SettingError),
    /// The port cannot be opened.
    #[error("port {port} cannot be used; set PORT to another one")]
    Port {
        /// The port.
        port: u16,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// Lambda's runtime failed.
    #[error("the Lambda runtime failed")]
    Lambda(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// Whether this process runs inside Lambda.
///
/// # Errors
/// [`SettingError`].
pub fn inside_lambda() -> Result<bool, SettingError> {
    Ok(settings::optional::<String>("AWS_LAMBDA_RUNTIME_API")?.is_some())
}

/// Serves until the process receives a signal to stop.
///
/// # Errors
/// [`ServeError`].
pub async fn serve(router: Router) -> Result<(), ServeError> {
    if inside_lambda()? {
        return lambda_http::run(router).await.map_err(ServeError::Lambda);
    }
    let port = settings::optional("PORT")?.unwrap_or(8081);
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let unusable = |source| ServeError::Port { port, source };
    let listener = tokio::net::TcpListener::bind(address).await.map_err(unusable)?;
    tracing::info!(%address, "listening");
    axum::serve(listener, router)
        .with_graceful_shutdown(async { drop(tokio::signal::ctrl_c().await) })
        .await
        .map_err(unusable)
}
