//! What a Lambda function is: how its program starts it, and what its role and settings must be.
//!
//! `make generate` writes the function's part of the template and its line in docs/SECURITY.md from this. What the
//! words of AWS mean is the template's business: actions, prefixes and properties stand here as they do there.

use std::process::ExitCode;

use utoipa::openapi::HttpMethod;

/// Partition keys of an account's own rows.
pub const ACCOUNTS: &[&str] = &["account#*"];
/// The same, and those of API keys.
pub const ACCOUNTS_AND_KEYS: &[&str] = &["account#*", "key#*"];

/// A Lambda function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// Its name: the template's `Handler`, and in capitals its logical id there.
    pub name: &'static str,
    /// Its `main`.
    pub start: fn() -> ExitCode,
    /// Its routes as API Gateway writes them, `GET /api/jobs/{id}`; none if an event starts it.
    pub routes: fn() -> Vec<String>,
    /// Whether it counts requests and looks API keys up, as [`Boot::frame`](crate::Boot::frame) does.
    pub knows_callers: bool,
    /// What its role may do beside that.
    pub grants: &'static [Grant],
    /// Settings beside those of every function behind the API, and those that its grants need.
    pub settings: &'static [Setting],
    /// A bound of its own for what strangers may call.
    pub throttle: Option<Throttle>,
    /// Whether traffic moves to a new version of it step by step, if the operator wants that (decision 42).
    pub gradual: bool,
    /// Further properties in the template's words, such as `("Timeout", "29")`.
    pub properties: &'static [(&'static str, &'static str)],
}

/// What a role may do.
#[derive(Debug, Clone, Copy)]
pub enum Grant {
    /// Actions of DynamoDB on rows with these partition keys.
    Rows(&'static [&'static str], &'static [&'static str]),
    /// Actions of S3 on objects below these folders.
    Objects(&'static [&'static str], &'static [&'static str]),
    /// To list what is below these folders.
    List(&'static [&'static str]),
    /// Actions of Cognito on the user pool.
    UserPool(&'static [&'static str]),
    /// To send messages to these queues.
    Send(&'static [Queue]),
    /// To send mail from the one sender to the operator.
    MailToOperator,
}

/// A queue of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Pictures that wait for the image function.
    Image,
    /// Videos that wait for machines.
    Video,
}

/// A group of settings that belong together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// What the client of the user pool has to show.
    PoolClientSecret,
    /// The terms of the free plan.
    FreePlan,
    /// How long files are kept.
    Retention,
    /// How often strangers may try.
    Previews,
    /// From whom and to whom mail for the operator goes.
    OperatorMail,
    /// The legal notice.
    Imprint,
    /// Where the network is, which one, and what runs it.
    Engine,
    /// What a second of this function costs.
    Price,
    /// For how many seconds a job belongs to one worker.
    Lease(u32),
}

/// A bound of API Gateway on one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Requests a second.
    pub rate: u32,
    /// Requests at once.
    pub burst: u32,
}

impl Throttle {
    /// Signing in and up.
    pub const SIGN_IN: Self = Self { rate: 10, burst: 20 };
    /// What costs time of a processor, or of other people's servers.
    pub const COSTLY: Self = Self { rate: 5, burst: 10 };
}

impl Function {
    /// A function with the one route that `P` describes. It may do nothing but know its callers.
    #[must_use]
    pub const fn route<P: utoipa::Path>(name: &'static str, start: fn() -> ExitCode) -> Self {
        Self { routes: routes::<P>, knows_callers: true, ..Self::event(name, start) }
    }

    /// A function that an event starts. The template says by hand which event, and what the function may do.
    #[must_use]
    pub const fn event(name: &'static str, start: fn() -> ExitCode) -> Self {
        Self {
            name,
            start,
            routes: Vec::new,
            knows_callers: false,
            grants: &[],
            settings: &[],
            throttle: None,
            gradual: false,
            properties: &[],
        }
    }
}

/// The routes that `P` describes, as API Gateway writes them.
#[must_use]
pub fn routes<P: utoipa::Path>() -> Vec<String> {
    let method = |method| match method {
        HttpMethod::Get => "GET",
        HttpMethod::Post => "POST",
        HttpMethod::Put => "PUT",
        HttpMethod::Delete => "DELETE",
        HttpMethod::Options => "OPTIONS",
        HttpMethod::Head => "HEAD",
        HttpMethod::Patch => "PATCH",
        HttpMethod::Trace => "TRACE",
    };
    P::methods().into_iter().map(|each| format!("{} {}", method(each), P::path())).collect()
}
