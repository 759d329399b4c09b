//! DynamoDB and S3 in this process, and a new account.

use std::sync::Arc;
use std::time::Duration;

use sansfond_aws::{Bucket, Table};
use sansfond_boot::{Boot, Settings};
use sansfond_domain::api_key::Secret;
use sansfond_domain::ports::{Accounts, ApiKeys, Balances, Files, Jobs, KeyAdded, Transactions};
use sansfond_domain::rules::{self, Decision, NewJob, UploadMethod};
use sansfond_domain::storage_key::SourceKey;
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{
    Account, AccountId, ApiKey, Balance, ImageOptions, Job, JobId, KeyId, Language, Plan, Rate,
};
use sansfond_embedded::{BUCKET, TABLE};
use sansfond_image::work::ImageContext;
use sansfond_jobs::{Lifecycle, now};
use sansfond_web::JwkSet;

/// The duration of a lease in these tests.
pub(crate) const LEASE: Duration = Duration::from_secs(60);

/// The origin of our site.
pub(crate) const SITE: &str = "https://sansfond.example";

/// A table, a bucket and one account.
pub(crate) struct TestFunctions {
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) account: AccountId,
    pub(crate) free: Arc<Plan>,
    servers: sansfond_embedded::EmbeddedAws,
}

impl TestFunctions {
    pub(crate) async fn start() -> Self {
        let servers = sansfond_embedded::EmbeddedAws::start().await;
        let test_functions = Self {
            table: Table::new(servers.sdk(), TABLE.to_owned()),
            bucket: Bucket::new(servers.sdk(), BUCKET.to_owned()),
            account: "8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b".parse().expect("a name"),
            free: Arc::new(Plan::default()),
            servers,
        };
        let account = Account {
            id: test_functions.account.clone(),
            email: "ada@example.org".to_owned(),
            language: Language::ENGLISH,
            created_at: now(),
        };
        test_functions.table.create(&account).await.expect("an account");
        test_functions
    }

    pub(crate) fn context(&self) -> ImageContext {
        ImageContext {
            engine: crate::engine(),
            lifecycle: Lifecycle {
                transactions: Arc::new(self.table.clone()),
                files: Arc::new(self.bucket.clone()),
                rate: Some(Rate::of_function("0.0000133334".parse().expect("a price"), 3008)),
            },
            free: self.free.clone(),
            lease: LEASE,
        }
    }

    /// The settings and clients of functions.
    pub(crate) fn boot(&self) -> Boot {
        self.boot_with(|_| {})
    }

    /// With changed settings.
    pub(crate) fn boot_with(&self, change: impl FnOnce(&mut Settings)) -> Boot {
        let mut settings = Settings {
            table: Some(TABLE.to_owned()),
            bucket: Some(BUCKET.to_owned()),
            pool_id: Some("eu-central-1_Pool".to_owned()),
            pool_client_id: Some("client".to_owned()),
            site_origin: Some(SITE.to_owned()),
            fixed_keys: Some(JwkSet { keys: Vec::new() }),
            free: (*self.free).clone(),
            ..Settings::default()
        };
        change(&mut settings);
        Boot::new(self.servers.sdk().clone(), settings)
    }

    /// An API key of the account.
    pub(crate) async fn key(&self) -> String {
        let secret = Secret::mint(&std::array::from_fn(|_| fastrand::u8(..)));
        let key = ApiKey {
            id: KeyId::mint(now(), &[0; 10]),
            account: self.account.clone(),
            label: "test".to_owned(),
            prefix: secret.prefix(),
            hash: secret.hash(),
            created_at: now(),
        };
        assert_eq!(self.table.add(&key, now()).await.expect("an answer"), KeyAdded::Added);
        secret.reveal().to_owned()
    }

    /// A pending job with an upload of `size_bytes`.
    pub(crate) async fn declare(&self, size_bytes: u64, options: ImageOptions) -> SourceKey {
        let job = JobId::mint(now(), &std::array::from_fn(|_| fastrand::u8(..)));
        let new = NewJob {
            id: job.clone(),
            account: self.account.clone(),
            options: options.into(),
            declared: DeclaredUpload::check("été.png", "image/png", size_bytes, &self.free).expect("allowed"),
            upload_method: UploadMethod::Upload,
            request: None,
        };
        let rule = |seen: &_| rules::accept(seen, &new, &self.free, now());
        let decision = self.table.apply(&new.scope(), &rule).await.expect("accepted").decision;
        assert!(matches!(decision, Decision::Write(_)));
        SourceKey { account: self.account.clone(), job }
    }

    /// Uploads the file and returns its version.
    pub(crate) async fn upload(&self, source: &SourceKey, bytes: Vec<u8>) -> String {
        let size = bytes.len() as u64;
        self.bucket.write(&source.to_string(), "image/png", bytes).await.expect("uploaded");
        self.bucket.read(&source.to_string(), size).await.expect("readable").expect("there").version
    }

    pub(crate) async fn job(&self, source: &SourceKey) -> Job {
        self.table.job(&source.account, &source.job).await.expect("an answer").expect("a job")
    }

    pub(crate) async fn balance(&self) -> Balance {
        self.table.balance(&self.account).await.expect("an answer").expect("a balance")
    }

    /// The kinds of rows and the files written so far, without the first account.
    pub(crate) async fn everything_kept(&self) -> Vec<String> {
        let seen = |operation: &str| self.servers.script().seen(operation);
        let kind = |key: &str| key.split(['#', '/']).next().unwrap_or_default().to_owned();
        let mut kept: Vec<_> = seen("UpdateItem").iter().map(|one| one["Key"]["pk"].to_string()).collect();
        kept.extend(seen("PutItem").iter().skip(1).map(|one| one["Item"]["pk"].to_string()));
        kept.extend(seen("TransactWriteItems").iter().map(ToString::to_string));
        kept.extend(self.bucket.list("").await.expect("a list").into_iter().map(|file| file.key));
        kept.sort_unstable();
        kept.dedup();
        kept.iter().map(|key| kind(key.trim_start_matches("{\"S\":\""))).collect()
    }

    /// Keys and sizes of a job's results.
    pub(crate) async fn results(&self, source: &SourceKey) -> Vec<(String, u64)> {
        let folder = format!("results/{}/{}/", source.account, source.job);
        let files = self.bucket.list(&folder).await.expect("a list");
        files.into_iter().map(|file| (file.key.replace(&folder, ""), file.size_bytes)).collect()
    }
}
