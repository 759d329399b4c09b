//! A table and a bucket with one account, the rules as the functions call them, and an audit.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sansfond_aws::{Bucket, Table};
use sansfond_domain::credits::{Cause, Source};
use sansfond_domain::job::{Output, Timings, WHOLE_JOB};
use sansfond_domain::ports::{
    Accounts, Balances, JobFilter, Jobs, Page, PageRequest, Rule, Scope, TransactionError, Transactions,
};
use sansfond_domain::record::RecordKey;
use sansfond_domain::rules::{self, Decision, NamedRequest, NewJob, StartReason, UploadMethod};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{
    Account, AccountId, Balance, CreditChange, Credits, Failure, ImageOptions, Job, JobId, Language,
    LedgerEntry, Plan, Timestamp,
};
use sansfond_embedded::{BUCKET, EmbeddedAws, Script, TABLE};

/// The lease of a worker.
pub(crate) const LEASE: Duration = Duration::from_secs(60);
/// All items in one page.
pub(crate) const ALL: PageRequest = PageRequest { limit: 1000, after: None };

pub(crate) struct TestTable {
    pub(crate) cloud: EmbeddedAws,
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) account: AccountId,
    pub(crate) free: Plan,
}

/// A time, in seconds after the start of a test.
pub(crate) fn at(second: i64) -> Timestamp {
    Timestamp::from_millis(1_795_000_000_000 + second * 1000)
}

pub(crate) fn account(id: &str) -> Account {
    Account {
        id: id.parse().expect("a name"),
        email: format!("{id}@example.org"),
        language: Language::ENGLISH,
        created_at: at(0),
    }
}

/// A unique ID; IDs sort by time.
pub(crate) fn job_id(now: Timestamp) -> JobId {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    JobId::mint(now, &random)
}

pub(crate) fn output() -> Output {
    Output {
        media_type: "image/png".to_owned(),
        extension: "png".to_owned(),
        size_bytes: 9,
        width: 3,
        height: 2,
        stored: true,
    }
}

impl TestTable {
    /// An account with ten images a month.
    pub(crate) async fn open() -> Self {
        Self::with(Plan { images_per_month: 10, jobs_at_once: 10, ..Plan::default() }).await
    }

    pub(crate) async fn with(free: Plan) -> Self {
        let cloud = EmbeddedAws::start().await;
        let table = Table::new(cloud.sdk(), TABLE.to_owned());
        let bucket = Bucket::new(cloud.sdk(), BUCKET.to_owned());
        let first = account("a-1");
        table.create(&first).await.expect("created");
        Self { cloud, table, bucket, account: first.id, free }
    }

    pub(crate) fn script(&self) -> &Script {
        self.cloud.script()
    }

    pub(crate) fn new_job(&self, now: Timestamp) -> NewJob {
        NewJob {
            id: job_id(now),
            account: self.account.clone(),
            options: ImageOptions::default().into(),
            declared: DeclaredUpload::check("cat.png", "image/png", 10, &self.free).expect("allowed"),
            upload_method: UploadMethod::Upload,
            request: None,
        }
    }

    pub(crate) fn scope(&self, job: &JobId) -> Scope {
        Scope::of(self.account.clone(), job.clone())
    }

    /// A job of a request with the idempotency key `order-1`.
    pub(crate) fn order(&self, content: &[u8], now: Timestamp) -> NewJob {
        NewJob { request: Some(NamedRequest::new("order-1".to_owned(), content)), ..self.new_job(now) }
    }

    /// Accepts a job like `create_upload`.
    pub(crate) async fn create(&self, new: &NewJob, now: Timestamp) -> Result<Decision, TransactionError> {
        let rule = |seen: &_| rules::accept(seen, new, &self.free, now);
        Ok(self.table.apply(&new.scope(), &rule).await?.decision)
    }

    /// Applies a rule about records, without a job.
    pub(crate) async fn apply_to(
        &self,
        records: Vec<RecordKey>,
        rule: Rule<'_>,
    ) -> Result<Decision, TransactionError> {
        Ok(self.table.apply(&Scope::of_records(self.account.clone(), records), rule).await?.decision)
    }

    pub(crate) async fn accept(&self, now: Timestamp) -> JobId {
        let new = self.new_job(now);
        let decision = self.create(&new, now).await.expect("accepted");
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
        new.id
    }

    pub(crate) async fn apply(&self, job: &JobId, rule: Rule<'_>) -> Result<Decision, TransactionError> {
        Ok(self.table.apply(&self.scope(job), rule).await?.decision)
    }

    pub(crate) async fn start(&self, job: &JobId, now: Timestamp) -> Result<Decision, TransactionError> {
        let start_reason = StartReason::Upload { version: "v1".to_owned() };
        self.apply(job, &|seen| rules::start(seen, WHOLE_JOB, &start_reason, LEASE, now)).await
    }

    pub(crate) async fn complete(&self, job: &JobId, now: Timestamp) -> Result<Decision, TransactionError> {
        self.apply(job, &|seen| rules::complete(seen, &output(), Timings::default(), now)).await
    }

    pub(crate) async fn fail(&self, job: &JobId, now: Timestamp) -> Result<Decision, TransactionError> {
        self.apply(job, &|seen| rules::fail(seen, Failure::NoSubject, now)).await
    }

    pub(crate) async fn cancel(&self, job: &JobId, now: Timestamp) -> Result<Decision, TransactionError> {
        self.apply(job, &|seen| rules::cancel(seen, now)).await
    }

    pub(crate) async fn retry(&self, job: &JobId, now: Timestamp) -> Result<Decision, TransactionError> {
        self.apply(job, &|seen| rules::retry(seen, &self.free, now)).await
    }

    pub(crate) async fn sweep(&self, job: &JobId, now: Timestamp) -> Result<Decision, TransactionError> {
        self.apply(job, &|seen| rules::sweep(seen, now)).await
    }

    pub(crate) async fn job(&self, job: &JobId) -> Job {
        self.table.job(&self.account, job).await.expect("an answer").expect("a job")
    }

    pub(crate) async fn jobs(&self) -> Vec<Job> {
        let Page { items, next } =
            self.table.jobs(&self.account, &JobFilter::default(), &ALL).await.expect("a page");
        assert_eq!(next, None);
        items
    }

    pub(crate) async fn balance(&self) -> Balance {
        self.table.balance(&self.account).await.expect("an answer").expect("a balance")
    }

    pub(crate) async fn ledger(&self) -> Vec<LedgerEntry> {
        let Page { items, next } = self.table.ledger(&self.account, &ALL).await.expect("a page");
        assert_eq!(next, None);
        items
    }

    /// Checks that balance, jobs and ledger agree; returns the number of used credits for pictures and of open jobs.
    pub(crate) async fn audit(&self) -> (u32, u32) {
        let (balance, jobs, ledger) = (self.balance().await, self.jobs().await, self.ledger().await);
        let open = jobs.iter().filter(|job| job.state.is_open()).count();
        assert_eq!(u32::try_from(open), Ok(balance.open_jobs), "open jobs");
        let about_allowance =
            |line: &&LedgerEntry| matches!(line.cause, Cause::Job { source: Source::Allowance, .. });
        let this_month = ledger.iter().filter(|line| line.at >= balance.period.starts_at);
        let sum =
            this_month.filter(about_allowance).fold(CreditChange::NONE, |sum, line| sum.plus(line.credits));
        assert_eq!(CreditChange::taken(balance.used.image), sum, "the ledger's sum");
        let paid = jobs.iter().filter(|job| job.state.is_open() || job.output.is_some()).count();
        let paid = u32::try_from(paid).expect("few");
        assert_eq!(Credits::whole(paid), balance.used.image, "jobs that hold or have used a credit");
        (paid, balance.open_jobs)
    }
}

/// Whether a rule wrote something.
pub(crate) fn wrote(decision: &Result<Decision, TransactionError>) -> bool {
    matches!(decision, Ok(Decision::Write(_)))
}
