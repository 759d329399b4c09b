//! DynamoDB and S3 in the test process, for tests that use the real SDK.
//!
//! One [`EmbeddedAws`] for each test: a table in memory, a bucket in a temporary folder, one endpoint for
//! both. A [`Script`] in front of them simulates failures that an embedded server never has: conflicts,
//! throttling, lost responses. It also answers for services that are not embedded. The crate is only a
//! dev-dependency, so a server that cannot start is a panic.

mod files;
mod front;
pub mod http;
mod issuer;
mod script;
mod table;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_http_client::Builder;
use std::time::Duration;

pub use issuer::Issuer;
pub use script::{Barrier, Reply, Script, Step};

/// The table's name.
pub const TABLE: &str = "sansfond";
/// The bucket's name.
pub const BUCKET: &str = "files";

const KEY: &str = "test";
const SECRET: &str = "test-secret";

/// A table and a bucket that live as long as this value.
pub struct EmbeddedAws {
    sdk: SdkConfig,
    script: Script,
    endpoint: String,
    table_endpoint: String,
    _folder: tempfile::TempDir,
}

impl EmbeddedAws {
    /// Starts the servers in the current runtime, with an empty table and an empty bucket.
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::create_dir(folder.path().join(BUCKET)).expect("a folder for the bucket");
        let script = Script::default();
        let (endpoint, table_endpoint) = front::start(folder.path(), script.clone()).await;
        let sdk = config(&endpoint);
        table::create(&sdk, TABLE).await;
        Self { sdk, script, endpoint, table_endpoint, _folder: folder }
    }

    /// The configuration for the SDK's clients: this endpoint, with path-style buckets because it is an IP
    /// address.
    #[must_use]
    pub const fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// Plans the next requests, and records all requests.
    #[must_use]
    pub const fn script(&self) -> &Script {
        &self.script
    }

    /// `http://127.0.0.1:…`
    #[must_use]
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The table's own address, for measurements: it bypasses the script, which records every request.
    #[must_use]
    pub fn table_endpoint(&self) -> &str {
        &self.table_endpoint
    }

    /// The configuration for clients of the table at [`Self::table_endpoint`].
    #[must_use]
    pub fn table_sdk(&self) -> SdkConfig {
        config(&self.table_endpoint)
    }
}

/// Nothing is read from the environment. There are as many tries as on AWS, without the long pauses between
/// them.
fn config(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new(KEY, SECRET, None, None, "embedded");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .http_client(Builder::new().build_http())
        .retry_config(RetryConfig::standard().with_initial_backoff(Duration::from_millis(10)))
        .build()
}
