//! The log. It goes to standard error, so that standard output stays free for results.

use std::io::IsTerminal;

use tracing_subscriber::EnvFilter;

/// The format of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For a person at a terminal.
    Text,
    /// For a log store: one JSON object a line.
    Json,
}

/// Starts the log. `filter` is a level or a list such as `warn,sansfond_matting=debug`; a filter that cannot
/// be parsed counts as `warn`. A second call changes nothing.
pub fn init(filter: &str, format: Format) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("warn"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal());
    let started = match format {
        Format::Text => log.without_time().with_target(false).try_init(),
        Format::Json => log.json().flatten_event(true).try_init(),
    };
    if started.is_err() {
        tracing::debug!("the log is running already");
    }
}
