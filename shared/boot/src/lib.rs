//! The start of every function: log, settings, clients, and then its first event.
//!
//! A program contains several functions; [`run`] starts the one of this process. A function requests only the
//! clients that it uses, so it needs only their settings. Deliberately absent: a list of routes, and decisions.

mod function;
mod settings;

use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, Result};
use aws_lambda_events::event::dynamodb::Event as StreamEvent;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use aws_lambda_events::event::streams::{DynamoDbBatchItemFailure, DynamoDbEventResponse};
use axum::Router;
use lambda_runtime::{LambdaEvent, service_fn};
use sansfond_aws::dynamodb::outbox::read_event;
use sansfond_aws::{Batch, Bucket, QueueByKind, SesMailer, Table, UserPool};
use sansfond_domain::{Event, Plan};
use sansfond_telemetry::log;
use sansfond_telemetry::settings::{Secret, required};
use sansfond_web::{
    AccessControl, KeySource, RoutePolicy, Verifier, behind_edge, public_route, with_middleware,
};
use utoipa_axum::router::OpenApiRouter;

pub use function::{ACCOUNTS, ACCOUNTS_AND_KEYS, Function, Grant, Queue, Setting, Throttle, routes};
pub use settings::{Retention, Settings};

/// Clients of the SDK, created on request.
pub struct Boot {
    sdk: aws_config::SdkConfig,
    settings: Settings,
}

impl Boot {
    /// Uses an existing configuration and settings, as in tests.
    #[must_use]
    pub fn new(sdk: aws_config::SdkConfig, settings: Settings) -> Self {
        Self { sdk, settings }
    }

    async fn from_environment() -> Result<Self> {
        Ok(Self::new(sansfond_aws::config::load().await, Settings::read()?))
    }

    /// The settings.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The table: accounts, jobs, credits, keys, counters, feedback.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn table(&self) -> Result<Arc<Table>> {
        Ok(Arc::new(Table::new(&self.sdk, self.settings.table()?)))
    }

    /// The bucket: files and links.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn bucket(&self) -> Result<Arc<Bucket>> {
        Ok(Arc::new(Bucket::new(&self.sdk, self.settings.bucket()?)))
    }

    /// The user pool.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn pool(&self) -> Result<Arc<UserPool>> {
        let (id, client_id) = (self.settings.pool_id()?, self.settings.pool_client_id()?);
        Ok(Arc::new(UserPool::new(&self.sdk, id, client_id, self.settings.pool_client_secret.clone())))
    }

    /// The queues of pictures and of videos.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn queue_by_kind(&self) -> Result<Arc<QueueByKind>> {
        let queue = |url| sansfond_aws::Queue::new(&self.sdk, url);
        Ok(Arc::new(QueueByKind {
            images: queue(self.settings.image_queue_url()?),
            videos: queue(self.settings.video_queue_url()?),
        }))
    }

    /// The queue of videos that wait for a machine.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn video_queue(&self) -> Result<Arc<sansfond_aws::Queue>> {
        Ok(Arc::new(sansfond_aws::Queue::new(&self.sdk, self.settings.video_queue_url()?)))
    }

    /// The machines that process videos.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn machines(&self) -> Result<Arc<Batch>> {
        let (queue, definition) = (self.settings.batch_queue()?, self.settings.batch_job_definition()?);
        Ok(Arc::new(Batch::new(&self.sdk, queue, definition)))
    }

    /// The sender of emails.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn mailer(&self) -> Result<Arc<SesMailer>> {
        Ok(Arc::new(SesMailer::new(&self.sdk, self.settings.sender_email()?)))
    }

    /// The free plan of this installation.
    #[must_use]
    pub fn free_plan(&self) -> Arc<Plan> {
        Arc::new(self.settings.free.clone())
    }

    /// The verifier of the user pool's tokens.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn verifier(&self) -> Result<Verifier> {
        let source = match &self.settings.fixed_keys {
            Some(keys) => KeySource::Fixed(keys.clone()),
            None => KeySource::Url(self.settings.jwks_url()?),
        };
        Ok(Verifier::new(self.settings.issuer()?, self.settings.pool_client_id()?, source))
    }

    /// Adds authentication, rate limits and the other middleware to a route.
    ///
    /// # Errors
    /// If a setting is missing.
    pub fn with_middleware(&self, route: OpenApiRouter, policy: impl Into<RoutePolicy>) -> Result<Router> {
        let table = self.table()?;
        let access_control = AccessControl {
            verifier: self.verifier()?,
            keys: table.clone(),
            counters: table.clone(),
            balances: table,
            free: self.free_plan(),
            site_origin: self.settings.site_origin()?,
        };
        Ok(with_middleware(route.split_for_parts().0, Arc::new(access_control), policy))
    }

    /// Adds the middleware to a route without authentication.
    pub fn public_route(&self, route: OpenApiRouter) -> Router {
        public_route(route.split_for_parts().0)
    }
}

/// The `main` of a program: starts the function that Lambda names in `_HANDLER`.
pub fn run(functions: &[Function]) -> ExitCode {
    let name = required::<String>("_HANDLER").map_err(anyhow::Error::from);
    match name.and_then(|name| chosen(functions, &name)) {
        Ok(main) => main(),
        Err(error) => block_on(async { Err(error) }),
    }
}

fn chosen(functions: &[Function], name: &str) -> Result<fn() -> ExitCode> {
    let found = functions.iter().find(|function| function.name == name);
    found.map(|function| function.start).with_context(|| {
        let names: Vec<_> = functions.iter().map(|function| function.name).collect();
        format!("_HANDLER is “{name}”; this program has {}", names.join(", "))
    })
}

/// The `main` of a route.
pub fn run_route(build: impl FnOnce(&Boot) -> Result<Router>) -> ExitCode {
    block_on(async {
        let boot = Boot::from_environment().await?;
        let router = build(&boot).context("the function cannot start")?;
        let Settings { edge_secret, edge_secret_previous, .. } = boot.settings();
        let secrets = [edge_secret, edge_secret_previous].into_iter().flatten();
        let router = behind_edge(router, secrets.map(Secret::reveal));
        Ok(sansfond_web::serve::serve(router).await?)
    })
}

/// A handler for the messages of a queue. Failed messages are delivered again.
pub trait OnMessage: Send + Sync {
    /// Handles the body of one message. `Err`: the queue delivers it again.
    fn handle(&self, body: &str) -> impl Future<Output = Result<()>> + Send;
}

/// The `main` of a function with a queue.
pub fn run_messages<H: OnMessage>(build: impl FnOnce(&Boot) -> Result<H>) -> ExitCode {
    block_on(async {
        let boot = Boot::from_environment().await?;
        let handler = &build(&boot).context("the function cannot start")?;
        let service = service_fn(async |event: LambdaEvent<SqsEvent>| {
            Ok::<_, lambda_runtime::Error>(each_message(handler, event.payload).await)
        });
        lambda_runtime::run(service).await.map_err(|error| anyhow::anyhow!(error))
    })
}

/// Handles each message; the response lists those to deliver again.
pub async fn each_message(handler: &impl OnMessage, event: SqsEvent) -> SqsBatchResponse {
    let mut again = SqsBatchResponse::default();
    for message in event.records {
        let id = message.message_id.unwrap_or_default();
        if let Err(error) = handler.handle(message.body.as_deref().unwrap_or_default()).await {
            tracing::warn!(
                message = id,
                error = format!("{error:#}"),
                "a message failed and will be delivered again"
            );
            again.add_failure(id);
        }
    }
    again
}

/// A handler for the events of the outbox. Failed events are delivered again.
pub trait OnEvent: Send + Sync {
    /// Handles one event. `Err`: the stream delivers it again, together with the later events of its batch.
    fn handle(&self, event: &Event) -> impl Future<Output = Result<()>> + Send;
}

/// The `main` of a function with the stream of the outbox.
pub fn run_events<H: OnEvent>(build: impl FnOnce(&Boot) -> Result<H>) -> ExitCode {
    block_on(async {
        let boot = Boot::from_environment().await?;
        let handler = &build(&boot).context("the function cannot start")?;
        let service = service_fn(async |event: LambdaEvent<StreamEvent>| {
            Ok::<_, lambda_runtime::Error>(each_event(handler, event.payload).await)
        });
        lambda_runtime::run(service).await.map_err(|error| anyhow::anyhow!(error))
    })
}

/// Handles each event, also those after a failed one; the response lists those to deliver again.
pub async fn each_event(handler: &impl OnEvent, batch: StreamEvent) -> DynamoDbEventResponse {
    let mut again = DynamoDbEventResponse::default();
    for record in batch.records {
        let delivered = match read_event(&record.event_name, &record.change.keys, record.change.new_image) {
            Ok(Some(event)) => handler.handle(&event).await,
            Ok(None) => Ok(()),
            // During an update, an event of the later version is read by the next attempt.
            Err(error) => Err(error.into()),
        };
        if let Err(error) = delivered {
            // Without a sequence number the list would contain an empty one, which means the whole batch.
            let number = record.change.sequence_number.unwrap_or_default();
            tracing::warn!(
                record = number,
                error = format!("{error:#}"),
                "an event failed and will be delivered again"
            );
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(number);
            again.batch_item_failures.push(failure);
        }
    }
    again
}

/// The `main` of a function with a schedule.
pub fn run_scheduled<F>(build: impl FnOnce(&Boot) -> Result<F>) -> ExitCode
where
    F: AsyncFn() -> Result<()>,
{
    block_on(async {
        let boot = Boot::from_environment().await?;
        let step = &build(&boot).context("the function cannot start")?;
        let service = service_fn(async |_: LambdaEvent<serde::de::IgnoredAny>| {
            step().await.map_err(|error| lambda_runtime::Error::from(format!("{error:#}")))
        });
        lambda_runtime::run(service).await.map_err(|error| anyhow::anyhow!(error))
    })
}

fn block_on(work: impl Future<Output = Result<()>>) -> ExitCode {
    let outcome = prepare().and_then(|runtime| runtime.block_on(work));
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(error = format!("{error:#}"), "stopped");
            ExitCode::FAILURE
        }
    }
}

fn prepare() -> Result<tokio::runtime::Runtime> {
    let format = if sansfond_web::serve::inside_lambda()? { log::Format::Json } else { log::Format::Text };
    log::init(&Settings::log_filter()?, format);
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTIONS: &[Function] =
        &[Function::event("login", || ExitCode::from(1)), Function::event("logout", || ExitCode::from(2))];

    #[test]
    fn the_handler_selects_the_function() {
        let main = chosen(FUNCTIONS, "logout").expect("it is one of them");
        assert_eq!(main(), ExitCode::from(2));
    }

    #[test]
    fn an_unknown_handler_is_an_error_with_the_known_ones() {
        let error = chosen(FUNCTIONS, "bootstrap").expect_err("there is none").to_string();
        assert_eq!(error, "_HANDLER is “bootstrap”; this program has login, logout");
    }
}
