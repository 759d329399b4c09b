//! How every function starts: its log, its settings, the clients that it asks for; then its first event.
//!
//! A program serves several functions; [`run`] starts the one that this process is for. That one asks for what it
//! touches and for nothing else, so it needs only those settings. Deliberately absent: a list of routes, and any
//! decision.

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

/// Clients of the SDK, made when somebody asks for them.
pub struct Boot {
    sdk: aws_config::SdkConfig,
    settings: Settings,
}

impl Boot {
    /// From a configuration and settings that are there already; tests bring their own.
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

    /// The table: accounts, books, jobs, credits, keys, counters, feedback.
    ///
    /// # Errors
    /// If a setting is missing; so for all of these.
    pub fn table(&self) -> Result<Arc<Table>> {
        Ok(Arc::new(Table::new(&self.sdk, self.settings.table()?)))
    }

    /// The bucket: files and links.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn bucket(&self) -> Result<Arc<Bucket>> {
        Ok(Arc::new(Bucket::new(&self.sdk, self.settings.bucket()?)))
    }

    /// The user pool.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn pool(&self) -> Result<Arc<UserPool>> {
        let (id, client_id) = (self.settings.pool_id()?, self.settings.pool_client_id()?);
        Ok(Arc::new(UserPool::new(&self.sdk, id, client_id, self.settings.pool_client_secret.clone())))
    }

    /// The queues of pictures and of videos, as one.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn queue_by_kind(&self) -> Result<Arc<QueueByKind>> {
        let queue = |url| sansfond_aws::Queue::new(&self.sdk, url);
        Ok(Arc::new(QueueByKind {
            images: queue(self.settings.image_queue_url()?),
            videos: queue(self.settings.video_queue_url()?),
        }))
    }

    /// The queue of videos that wait for machines.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn video_queue(&self) -> Result<Arc<sansfond_aws::Queue>> {
        Ok(Arc::new(sansfond_aws::Queue::new(&self.sdk, self.settings.video_queue_url()?)))
    }

    /// The machines that work on videos.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn machines(&self) -> Result<Arc<Batch>> {
        let (queue, definition) = (self.settings.batch_queue()?, self.settings.batch_job_definition()?);
        Ok(Arc::new(Batch::new(&self.sdk, queue, definition)))
    }

    /// The post office.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn mailer(&self) -> Result<Arc<SesMailer>> {
        Ok(Arc::new(SesMailer::new(&self.sdk, self.settings.sender_email()?)))
    }

    /// The free plan of this installation.
    #[must_use]
    pub fn free_plan(&self) -> Arc<Plan> {
        Arc::new(self.settings.free.clone())
    }

    /// Checks tokens of the pool.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn verifier(&self) -> Result<Verifier> {
        let source = match &self.settings.fixed_keys {
            Some(keys) => KeySource::Fixed(keys.clone()),
            None => KeySource::Url(self.settings.jwks_url()?),
        };
        Ok(Verifier::new(self.settings.issuer()?, self.settings.pool_client_id()?, source))
    }

    /// A route in its frame.
    ///
    /// # Errors
    /// See [`Self::table`].
    pub fn with_middleware(&self, route: OpenApiRouter, policy: impl Into<RoutePolicy>) -> Result<Router> {
        let table = self.table()?;
        let access_control = AccessControl {
            verifier: self.verifier()?,
            keys: table.clone(),
            counters: table,
            site_origin: self.settings.site_origin()?,
        };
        Ok(with_middleware(route.split_for_parts().0, Arc::new(access_control), policy))
    }

    /// A route that needs to know nobody.
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

/// A step for each message of a queue; what fails comes again.
pub trait OnMessage: Send + Sync {
    /// Works on one message's body. `Err`: the queue shall bring it again.
    fn handle(&self, body: &str) -> impl Future<Output = Result<()>> + Send;
}

/// The `main` of a function that a queue feeds.
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

/// Hands each message over; the answer names those that shall come again.
pub async fn each_message(handler: &impl OnMessage, event: SqsEvent) -> SqsBatchResponse {
    let mut again = SqsBatchResponse::default();
    for message in event.records {
        let id = message.message_id.unwrap_or_default();
        if let Err(error) = handler.handle(message.body.as_deref().unwrap_or_default()).await {
            tracing::warn!(message = id, error = format!("{error:#}"), "a message shall come again");
            again.add_failure(id);
        }
    }
    again
}

/// A step for each event of the outbox; what fails comes again.
pub trait OnEvent: Send + Sync {
    /// Delivers one event. `Err`: the stream shall bring it again, and with it those of the same batch that came after it.
    fn handle(&self, event: &Event) -> impl Future<Output = Result<()>> + Send;
}

/// The `main` of a function that the stream of the table's outbox feeds.
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

/// Hands each event over, also those behind one that fails; the answer names those that shall come again.
pub async fn each_event(handler: &impl OnEvent, batch: StreamEvent) -> DynamoDbEventResponse {
    let mut again = DynamoDbEventResponse::default();
    for record in batch.records {
        let delivered = match read_event(&record.event_name, &record.change.keys, record.change.new_image) {
            Ok(Some(event)) => handler.handle(&event).await,
            Ok(None) => Ok(()),
            // One of a later version, while an update is under way, is read by the next try.
            Err(error) => Err(error.into()),
        };
        if let Err(error) = delivered {
            // Without a number it would be empty, which means the whole batch.
            let number = record.change.sequence_number.unwrap_or_default();
            tracing::warn!(record = number, error = format!("{error:#}"), "an event shall come again");
            let mut failure = DynamoDbBatchItemFailure::default();
            failure.item_identifier = Some(number);
            again.batch_item_failures.push(failure);
        }
    }
    again
}

/// The `main` of a function that a clock starts.
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
    fn the_handler_chooses_the_function() {
        let main = chosen(FUNCTIONS, "logout").expect("it is one of them");
        assert_eq!(main(), ExitCode::from(2));
    }

    #[test]
    fn a_handler_that_the_program_does_not_have_is_an_error_that_lists_those_it_has() {
        let error = chosen(FUNCTIONS, "bootstrap").expect_err("there is none").to_string();
        assert_eq!(error, "_HANDLER is “bootstrap”; this program has login, logout");
    }
}
