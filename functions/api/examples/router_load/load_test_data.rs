//! A cloud with accounts in it, each with an API key, a session and three jobs.
//!
//! There are many accounts because of the rate limits per key and account: with one account the load would measure
//! rejections.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use axum::Router;
use sansfond_api::routes;
use sansfond_aws::Table;
use sansfond_boot::{Boot, Retention, Settings};
use sansfond_domain::api_key::Secret;
use sansfond_domain::job::{Output, Timings, WHOLE_JOB};
use sansfond_domain::ports::{Accounts, ApiKeys, KeyAdded, Rule, Scope, Transactions};
use sansfond_domain::rules::{NewJob, StartReason, UploadMethod, accept, complete, fail, start};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{
    Account, AccountId, ApiKey, Failure, ImageOptions, JobId, KeyId, Language, Plan, Previews,
};
use sansfond_embedded::{BUCKET, EmbeddedAws, Issuer, TABLE};
use sansfond_web::{now, random_bytes};
use serde::Serialize;

/// The origin of the site.
pub(crate) const SITE: &str = "https://sansfond.example";
/// The ID of the user pool.
pub(crate) const POOL: &str = "us-east-1_Bench";
/// The ID of the client of the user pool.
pub(crate) const CLIENT: &str = "bench";
/// The media type of uploads.
pub(crate) const MEDIA_TYPE: &str = "image/jpeg";

/// The embedded services and the accounts.
pub(crate) struct LoadTestData {
    pub(crate) cloud: EmbeddedAws,
    pub(crate) issuer: Issuer,
    pub(crate) callers: Arc<Vec<Caller>>,
}

/// An account with its credentials and jobs.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Caller {
    pub(crate) account: AccountId,
    pub(crate) key: String,
    pub(crate) key_id: KeyId,
    /// The access token of a session.
    pub(crate) token: String,
    /// A job that waits for its upload.
    pub(crate) open_job: JobId,
    /// A completed job.
    pub(crate) finished_job: JobId,
    /// A failed job.
    pub(crate) failed_job: JobId,
}

impl LoadTestData {
    /// Starts the embedded services and creates `accounts` accounts, whose open jobs wait for `upload_bytes` bytes.
    pub(crate) async fn start(accounts: usize, upload_bytes: u64) -> Result<Self> {
        let cloud = EmbeddedAws::start().await;
        let issuer = Issuer::new(POOL, CLIENT);
        let table = Table::new(&cloud.table_sdk(), TABLE.to_owned());
        let mut callers = Vec::with_capacity(accounts);
        for _ in 0..accounts {
            callers.push(caller(&table, &issuer, upload_bytes).await?);
        }
        Ok(Self { cloud, issuer, callers: Arc::new(callers) })
    }

    /// All routes. `noted`: calls to the table pass through the script, which records them.
    pub(crate) fn router(&self, noted: bool) -> Result<Router> {
        let text = |text: &str| Some(text.to_owned());
        // All of them, and no `..`: a setting that is missing here is an error of the compiler's.
        let settings = Settings {
            table: text(TABLE),
            bucket: text(BUCKET),
            pool_id: text(POOL),
            pool_client_id: text(CLIENT),
            pool_client_secret: None,
            jwks_url_template: None,
            fixed_keys: Some(self.issuer.keys()),
            site_origin: text(SITE),
            image_queue_url: Some(format!("{}/queue", self.cloud.endpoint())),
            video_queue_url: Some(format!("{}/queue", self.cloud.endpoint())),
            batch_queue: text("machines"),
            batch_job_definition: text("worker:1"),
            operator_email: text("operator@example.org"),
            sender_email: text("sender@example.org"),
            imprint: None,
            free: Plan::default(),
            previews: Previews::default(),
            retention: Retention::default(),
            edge_secret: None,
            edge_secret_previous: None,
        };
        let sdk = if noted { self.cloud.sdk().clone() } else { self.cloud.table_sdk() };
        routes::all(&Boot::new(sdk, settings))
    }
}

async fn caller(table: &Table, issuer: &Issuer, upload_bytes: u64) -> Result<Caller> {
    let name = uuid()?;
    let id: AccountId = name.parse()?;
    let account = Account {
        id: id.clone(),
        email: format!("{name}@example.org"),
        language: Language::ENGLISH,
        created_at: now(),
    };
    table.create(&account).await?;
    let secret = Secret::mint(&random()?);
    let key = ApiKey {
        id: KeyId::mint(now(), &random()?),
        account: id.clone(),
        label: "bench".to_owned(),
        prefix: secret.prefix(),
        hash: secret.hash(),
        created_at: now(),
    };
    anyhow::ensure!(table.add(&key, now()).await? == KeyAdded::Added, "a key without an account");
    let output = Output {
        media_type: "image/png".to_owned(),
        extension: "png".to_owned(),
        size_bytes: 1,
        width: 1,
        height: 1,
        stored: true,
    };
    let finished_job = begun(table, &id, upload_bytes).await?;
    apply(table, &id, &finished_job, &|seen| complete(seen, &output, Timings::default(), now())).await?;
    let failed_job = begun(table, &id, upload_bytes).await?;
    apply(table, &id, &failed_job, &|seen| fail(seen, Failure::WorkerLost, now())).await?;
    Ok(Caller {
        key: secret.reveal().to_owned(),
        key_id: key.id,
        token: issuer.access(&name),
        open_job: accepted(table, &id, upload_bytes).await?,
        finished_job,
        failed_job,
        account: id,
    })
}

/// A job that waits for its upload.
async fn accepted(table: &Table, account: &AccountId, upload_bytes: u64) -> Result<JobId> {
    let free = Plan::default();
    let new = NewJob {
        id: JobId::mint(now(), &random()?),
        account: account.clone(),
        options: ImageOptions::default().into(),
        declared: DeclaredUpload::check("cat.jpg", MEDIA_TYPE, upload_bytes, &free)?,
        upload_method: UploadMethod::Upload,
        request: None,
    };
    apply(table, account, &new.id, &|seen| accept(seen, &new, &free, now())).await?;
    Ok(new.id)
}

/// A job that a worker has begun.
async fn begun(table: &Table, account: &AccountId, upload_bytes: u64) -> Result<JobId> {
    let job = accepted(table, account, upload_bytes).await?;
    let start_reason = StartReason::Upload { version: "1".to_owned() };
    apply(table, account, &job, &|seen| {
        start(seen, WHOLE_JOB, &start_reason, Duration::from_secs(60), now())
    })
    .await?;
    Ok(job)
}

async fn apply(table: &Table, account: &AccountId, job: &JobId, rule: Rule<'_>) -> Result<()> {
    let scope = Scope::of(account.clone(), job.clone());
    table.apply(&scope, rule).await.map(drop).context("a job")
}

fn random<const N: usize>() -> Result<[u8; N]> {
    random_bytes().map_err(|_| anyhow::anyhow!("no randomness"))
}

/// Sixteen random bytes as Cognito writes an account's name.
fn uuid() -> Result<String> {
    let digits = format!("{:032x}", u128::from_be_bytes(random()?));
    Ok([&digits[..8], &digits[8..12], &digits[12..16], &digits[16..20], &digits[20..]].join("-"))
}
