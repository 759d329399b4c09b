//! The whole API in this process: its routes, a table, a bucket and an issuer of tokens.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE, COOKIE, ORIGIN};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode};
use sansfond_api::routes;
use sansfond_aws::{Bucket, Table};
use sansfond_boot::{Boot, Settings};
use sansfond_domain::job::{Output, Timings, WHOLE_JOB};
use sansfond_domain::ports::{Accounts, Jobs, Rule, Scope, Transactions};
use sansfond_domain::rules::{self, Change, Decision, NewJob, Refusal, StartReason, UploadMethod};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{Account, AccountId, Failure, ImageOptions, Job, JobId, Language, Plan, Timestamp};
use sansfond_embedded::{BUCKET, EmbeddedAws, Issuer, Script, TABLE};
use serde_json::Value;
use tower::ServiceExt;

/// The origin of our site.
pub(crate) const SITE: &str = "https://sansfond.example";
/// The first account.
pub(crate) const ADA: &str = "8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b";
/// The second account.
pub(crate) const BOB: &str = "c4ca4238-a0b9-4382-8dcc-509a6f75849b";
/// The cookie of an access token.
pub(crate) const ACCESS: &str = "__Host-sansfond-access";
/// The cookie of a refresh token.
pub(crate) const REFRESH: &str = "__Host-sansfond-refresh";

const POOL: &str = "eu-west-3_Test";
const CLIENT: &str = "client-1";
/// The secret of the client of the user pool.
pub(crate) const CLIENT_SECRET: &str = "s3cret-of-the-client";

pub(crate) struct TestApi {
    pub(crate) cloud: EmbeddedAws,
    pub(crate) issuer: Issuer,
    pub(crate) boot: Boot,
    pub(crate) router: Router,
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
}

/// A complete response.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A request builder.
pub(crate) struct Call<'a> {
    router: &'a Router,
    issuer: &'a Issuer,
    request: Request<Body>,
}

pub(crate) fn account(id: &str, email: &str) -> Account {
    Account {
        id: id.parse().expect("a name"),
        email: email.to_owned(),
        language: Language::ENGLISH,
        created_at: now(),
    }
}

pub(crate) fn now() -> Timestamp {
    sansfond_web::now()
}

impl TestApi {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With changed settings.
    pub(crate) async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let cloud = EmbeddedAws::start().await;
        let issuer = Issuer::new(POOL, CLIENT);
        let text = |text: &str| Some(text.to_owned());
        let mut settings = Settings {
            table: text(TABLE),
            bucket: text(BUCKET),
            pool_id: text(POOL),
            pool_client_id: text(CLIENT),
            pool_client_secret: Some(CLIENT_SECRET.parse().expect("any text")),
            site_origin: text(SITE),
            image_queue_url: Some(format!("{}/111122223333/images", cloud.endpoint())),
            video_queue_url: Some(format!("{}/111122223333/videos", cloud.endpoint())),
            batch_queue: text("machines"),
            batch_job_definition: text("worker:1"),
            operator_email: text("operator@example.org"),
            sender_email: text("sansfond@example.org"),
            fixed_keys: Some(issuer.keys()),
            ..Settings::default()
        };
        change(&mut settings);
        let boot = Boot::new(cloud.sdk().clone(), settings);
        let router = routes::all(&boot).expect("all routes");
        let table = Table::new(cloud.sdk(), TABLE.to_owned());
        let bucket = Bucket::new(cloud.sdk(), BUCKET.to_owned());
        for member in [account(ADA, "ada@example.org"), account(BOB, "bob@example.org")] {
            table.create(&member).await.expect("created");
        }
        Self { cloud, issuer, boot, router, table, bucket }
    }

    pub(crate) fn script(&self) -> &Script {
        self.cloud.script()
    }

    pub(crate) fn call(&self, method: Method, path: &str) -> Call<'_> {
        let request = Request::builder().method(method).uri(path).body(Body::empty()).expect("a request");
        Call { router: &self.router, issuer: &self.issuer, request }
    }

    pub(crate) fn get(&self, path: &str) -> Call<'_> {
        self.call(Method::GET, path)
    }

    pub(crate) fn post(&self, path: &str, body: Value) -> Call<'_> {
        self.call(Method::POST, path).json(body)
    }

    /// A job of Ada's, as `create_upload` creates it. Uses the real clock, so that the tests do not
    /// fail when a month begins.
    pub(crate) async fn accepted(&self) -> JobId {
        self.accepted_by(UploadMethod::Upload).await
    }

    async fn accepted_by(&self, upload_method: UploadMethod) -> JobId {
        let at = now();
        let plan = Plan { images_per_month: 1000, jobs_at_once: 1000, ..Plan::default() };
        let new = NewJob {
            id: job_id(at),
            account: ada(),
            options: ImageOptions::default().into(),
            declared: DeclaredUpload::check("été.jpg", "image/jpeg", 5, &plan).expect("allowed"),
            upload_method,
            request: None,
        };
        self.apply(&new.id, &|seen| rules::accept(seen, &new, &plan, at)).await;
        new.id
    }

    /// Makes the job overdue by this many minutes.
    pub(crate) async fn overdue(&self, job: &JobId, minutes: i64) {
        let due_at = Some(Timestamp::from_millis(now().millis() - minutes * 60_000));
        self.apply(job, &|seen| {
            let job = Job { due_at, ..seen.job.clone().ok_or(Refusal::NoJob)? };
            Ok(Change::of_job(job).into())
        })
        .await;
    }

    /// A worker starts the job.
    pub(crate) async fn started(&self, job: &JobId) {
        let start_reason = StartReason::Upload { version: "v1".to_owned() };
        self.apply(job, &|seen| rules::start(seen, WHOLE_JOB, &start_reason, Duration::from_secs(60), now()))
            .await;
    }

    /// A worker completes the job and stores its files.
    pub(crate) async fn completed(&self, job: &JobId) {
        use sansfond_domain::ports::Files;
        self.started(job).await;
        let folder = format!("results/{ADA}/{job}");
        for (name, media_type) in [("cutout.png", "image/png"), ("preview.webp", "image/webp")] {
            let key = format!("{folder}/{name}");
            self.bucket.write(&key, media_type, name.as_bytes().to_vec()).await.expect("written");
        }
        self.ended_well(job, true).await;
    }

    /// A completed job whose cutout was in the response and never stored.
    pub(crate) async fn answered_at_once(&self) -> JobId {
        let job = self.accepted_by(UploadMethod::Direct(Duration::from_secs(60))).await;
        self.ended_well(&job, false).await;
        job
    }

    async fn ended_well(&self, job: &JobId, stored: bool) {
        let output = Output {
            media_type: "image/png".to_owned(),
            extension: "png".to_owned(),
            size_bytes: 10,
            width: 3,
            height: 2,
            stored,
        };
        self.apply(job, &|seen| rules::complete(seen, &output, Timings::default(), now())).await;
    }

    /// A worker fails the job.
    pub(crate) async fn failed(&self, job: &JobId) {
        self.started(job).await;
        self.given_up(job).await;
    }

    /// The worker finds no subject in the image.
    pub(crate) async fn given_up(&self, job: &JobId) {
        self.apply(job, &|seen| rules::fail(seen, Failure::NoSubject, now())).await;
    }

    /// The owner retries the job.
    pub(crate) async fn retried(&self, job: &JobId) {
        self.apply(job, &|seen| rules::retry(seen, &Plan::default(), now())).await;
    }

    pub(crate) async fn apply(&self, job: &JobId, rule: Rule<'_>) {
        let scope = Scope::of(ada(), job.clone());
        let decision = self.table.apply(&scope, rule).await.expect("allowed").decision;
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
    }

    pub(crate) async fn job(&self, job: &JobId) -> Job {
        self.table.job(&ada(), job).await.expect("an answer").expect("a job")
    }
}

pub(crate) fn ada() -> AccountId {
    ADA.parse().expect("a name")
}

pub(crate) fn job_id(at: Timestamp) -> JobId {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let mut random = [0; 10];
    random[2..].copy_from_slice(&COUNT.fetch_add(1, Ordering::Relaxed).to_be_bytes());
    JobId::mint(at, &random)
}

impl Call<'_> {
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a name");
        self.request.headers_mut().insert(name, HeaderValue::from_str(value).expect("a value"));
        self
    }

    pub(crate) fn body(mut self, media_type: &str, body: impl Into<Body>) -> Self {
        *self.request.body_mut() = body.into();
        self.header(CONTENT_TYPE.as_str(), media_type)
    }

    pub(crate) fn json(self, body: Value) -> Self {
        self.body("application/json", body.to_string())
    }

    /// With cookies and our origin.
    pub(crate) fn cookies(self, cookies: &str) -> Self {
        self.header(COOKIE.as_str(), cookies).header(ORIGIN.as_str(), SITE)
    }

    /// With an access token.
    pub(crate) fn token(self, token: &str) -> Self {
        self.cookies(&format!("{ACCESS}={token}"))
    }

    /// With the session of an account.
    pub(crate) fn by(self, account: &str) -> Self {
        let token = self.issuer.access(account);
        self.token(&token)
    }

    pub(crate) fn key(self, secret: &str) -> Self {
        self.header("x-api-key", secret)
    }

    pub(crate) fn in_french(self) -> Self {
        self.header(ACCEPT_LANGUAGE.as_str(), "fr-CH, en;q=0.5")
    }

    pub(crate) async fn send(self) -> Answer {
        let answer = self.router.clone().oneshot(self.request).await.expect("infallible");
        let (parts, body) = answer.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("a whole body");
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().expect("text"))
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("text")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Checks for success and returns the body.
    #[track_caller]
    pub(crate) fn good(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        if self.body.is_empty() { Value::Null } else { self.json() }
    }

    /// Checks for a problem and returns its body.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16, code: &str) -> Value {
        assert_eq!(self.status.as_u16(), status, "{self:?}");
        assert_eq!(self.header("content-type"), "application/problem+json", "{self:?}");
        let body = self.json();
        assert_eq!(body["code"], code, "{self:?}");
        body
    }
}
