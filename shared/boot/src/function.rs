//! The description of a Lambda function: its entry point, permissions and settings.
//!
//! `make generate` writes the function's part of the template and its line in docs/SECURITY.md from it. Actions,
//! prefixes and properties are copied to the template unchanged; their meaning is defined by AWS.

use std::process::ExitCode;

use utoipa::openapi::HttpMethod;

/// Partition keys of an account's own rows.
pub const ACCOUNTS: &[&str] = &["account#*"];
/// Partition keys of an account's own rows and of API keys.
pub const ACCOUNTS_AND_KEYS: &[&str] = &["account#*", "key#*"];

/// A Lambda function.
#[derive(Debug, Clone, Copy)]
pub struct Function {
    /// The name: `Handler` in the template, and in upper camel case the logical ID there.
    pub name: &'static str,
    /// The entry point.
    pub start: fn() -> ExitCode,
    /// The routes in API Gateway's format, `GET /api/jobs/{id}`; empty if an event starts the function.
    pub routes: fn() -> Vec<String>,
    /// Whether it counts requests and authenticates API keys, as
    /// [`Boot::with_middleware`](crate::Boot::with_middleware) does.
    pub knows_callers: bool,
    /// Further permissions of its role.
    pub grants: &'static [Grant],
    /// Settings in addition to those of every function behind the API and those that its grants need.
    pub settings: &'static [Setting],
    /// A throttle for a route that needs no authentication.
    pub throttle: Option<Throttle>,
    /// Whether traffic can be shifted to a new version gradually, if the operator wants that (decision 42).
    pub gradual: bool,
    /// Further properties of the template, such as `("Timeout", "29")`.
    pub properties: &'static [(&'static str, &'static str)],
}

/// A permission of a role.
#[derive(Debug, Clone, Copy)]
pub enum Grant {
    /// Actions of DynamoDB on rows with these partition keys.
    Rows(&'static [&'static str], &'static [&'static str]),
    /// Actions of S3 on objects in these folders.
    Objects(&'static [&'static str], &'static [&'static str]),
    /// Listing the objects in these folders.
    List(&'static [&'static str]),
    /// Actions of Cognito on the user pool.
    UserPool(&'static [&'static str]),
    /// Sending messages to these queues.
    Send(&'static [Queue]),
    /// Sending email from the service's sender to the operator.
    MailToOperator,
}

/// A queue of the template.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// Pictures that wait for the image function.
    Image,
    /// Videos that wait for a machine.
    Video,
}

/// A group of settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Setting {
    /// The secret of the user pool's client.
    PoolClientSecret,
    /// The terms of the free plan.
    FreePlan,
    /// How long files are kept.
    Retention,
    /// The limits of previews.
    Previews,
    /// The sender and the recipient of emails to the operator.
    OperatorMail,
    /// The legal notice.
    Imprint,
    /// The folder and the name of the model, and the execution provider.
    Engine,
    /// The price of the function's time.
    Price,
    /// The lease of a worker, in seconds.
    Lease(u32),
}

/// A limit of API Gateway on one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttle {
    /// Requests per second.
    pub rate: u32,
    /// The maximum burst of requests.
    pub burst: u32,
}

impl Throttle {
    /// For signing in and registration.
    pub const SIGN_IN: Self = Self { rate: 10, burst: 20 };
    /// For routes that need processor time or download from other servers.
    pub const COSTLY: Self = Self { rate: 5, burst: 10 };
}

impl Function {
    /// A function with the route that `P` describes. Its only permissions are those to authenticate callers.
    #[must_use]
    pub const fn route<P: utoipa::Path>(name: &'static str, start: fn() -> ExitCode) -> Self {
        Self { routes: routes::<P>, knows_callers: true, ..Self::event(name, start) }
    }

    /// A function that is started by an event. Its event and permissions are written in the template by hand.
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

/// The routes that `P` describes, in API Gateway's format.
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
