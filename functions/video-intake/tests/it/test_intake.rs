//! A table, a bucket, a queue and an account.

use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use sansfond_aws::events::{VideoTask, video_task};
use sansfond_aws::{Bucket, Table};
use sansfond_boot::{Boot, Settings, each_message};
use sansfond_domain::ports::{Accounts, Balances, Files, Jobs, Ranges, Rule, Scope, Transactions};
use sansfond_domain::rules::{self, Decision, NewJob, UploadMethod};
use sansfond_domain::storage_key::VideoKey;
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{
    Account, AccountId, Credits, Failure, Job, JobId, JobState, Language, Plan, Timestamp, VideoOptions,
};
use sansfond_embedded::{BUCKET, EmbeddedAws, Reply, Script, Step, TABLE};
use sansfond_video_intake::events::video_intake::{VideoIntake, handler};
use serde_json::json;

pub(crate) struct TestIntake {
    cloud: EmbeddedAws,
    pub(crate) boot: Boot,
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
}

pub(crate) fn ada() -> AccountId {
    "8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b".parse().expect("a name")
}

pub(crate) fn now() -> Timestamp {
    sansfond_web::now()
}

impl TestIntake {
    pub(crate) async fn open() -> Self {
        let cloud = EmbeddedAws::start().await;
        let settings = Settings {
            table: Some(TABLE.to_owned()),
            bucket: Some(BUCKET.to_owned()),
            video_queue_url: Some(format!("{}/111122223333/videos", cloud.endpoint())),
            ..Settings::default()
        };
        let boot = Boot::new(cloud.sdk().clone(), settings);
        let table = Table::new(cloud.sdk(), TABLE.to_owned());
        let bucket = Bucket::new(cloud.sdk(), BUCKET.to_owned());
        let account = Account {
            id: ada(),
            email: "ada@example.org".to_owned(),
            language: Language::ENGLISH,
            created_at: now(),
        };
        table.create(&account).await.expect("created");
        Self { cloud, boot, table, bucket }
    }

    pub(crate) fn script(&self) -> &Script {
        self.cloud.script()
    }

    pub(crate) fn upload_method(&self) -> VideoIntake {
        handler(&self.boot).expect("a handler")
    }

    /// A new job.
    pub(crate) async fn announced(&self, size_bytes: u64, options: VideoOptions) -> JobId {
        static COUNT: std::sync::atomic::AtomicU8 = std::sync::atomic::AtomicU8::new(0);
        let mut random = [0; 10];
        random[9] = COUNT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let plan = Plan { videos_per_month: 100, jobs_at_once: 100, ..Plan::default() };
        let new = NewJob {
            id: JobId::mint(now(), &random),
            account: ada(),
            options: options.into(),
            declared: DeclaredUpload::check_video("clip.mp4", "video/mp4", size_bytes, &plan)
                .expect("allowed"),
            upload_method: UploadMethod::Multipart,
            request: None,
        };
        self.apply(&new.id, &|seen| rules::accept(seen, &new, &plan, now())).await;
        new.id
    }

    /// A job whose file is uploaded.
    pub(crate) async fn arrived(&self, file: &[u8], options: VideoOptions) -> JobId {
        let job = self.announced(file.len() as u64, options).await;
        self.put(&job, file).await;
        job
    }

    pub(crate) async fn put(&self, job: &JobId, file: &[u8]) {
        self.bucket.write(&key(job), "video/mp4", file.to_vec()).await.expect("written");
    }

    pub(crate) async fn version(&self, job: &JobId) -> String {
        self.bucket.look(&key(job)).await.expect("an answer").expect("there").version
    }

    pub(crate) async fn apply(&self, job: &JobId, rule: Rule<'_>) {
        let scope = Scope::of(ada(), job.clone());
        let decision = self.table.apply(&scope, rule).await.expect("allowed").decision;
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
    }

    /// The event of EventBridge for the current file.
    pub(crate) async fn event(&self, job: &JobId) -> String {
        self.event_of(job, &self.version(job).await)
    }

    pub(crate) fn event_of(&self, job: &JobId, version: &str) -> String {
        json!({
            "source": "aws.s3", "detail-type": "Object Created",
            "detail": { "bucket": { "name": BUCKET }, "object": { "key": key(job), "size": 5, "etag": version } },
        })
        .to_string()
    }

    /// Delivers a message and returns whether it is redelivered.
    pub(crate) async fn deliver(&self, upload_method: &VideoIntake, body: &str) -> bool {
        let mut message = SqsMessage::default();
        message.message_id = Some("m-1".to_owned());
        message.body = Some(body.to_owned());
        let mut event = SqsEvent::default();
        event.records = vec![message];
        !each_message(upload_method, event).await.batch_item_failures.is_empty()
    }

    /// Lets the queue accept this many messages.
    pub(crate) fn takes(&self, messages: usize) {
        let sent = Step::Instead(Reply::ok(json!({ "MessageId": "m-1", "MD5OfMessageBody": "" })));
        self.script().next("SendMessage", messages, sent);
    }

    /// The messages in the video queue.
    pub(crate) fn video_tasks(&self) -> Vec<VideoTask> {
        let sent = self.script().seen("SendMessage");
        let bodies = sent.iter().map(|message| message["MessageBody"].as_str().expect("a body"));
        bodies.map(|body| video_task(body).expect("understood")).collect()
    }

    pub(crate) async fn job(&self, job: &JobId) -> Job {
        self.table.job(&ada(), job).await.expect("an answer").expect("a job")
    }

    /// Used video credits.
    pub(crate) async fn used(&self) -> Credits {
        self.table.balance(&ada()).await.expect("an answer").expect("a balance").used.video
    }

    /// Uploads a file, delivers its event twice, and checks that the job fails once for this reason, that the credit
    /// is returned once, and that the handler continues.
    pub(crate) async fn refuses(&self, what: &str, file: &[u8], reason: Failure) {
        let upload_method = self.upload_method();
        let job = self.arrived(file, VideoOptions::default()).await;
        assert_eq!(self.used().await, Credits::ONE, "{what}");
        let event = self.event(&job).await;
        for _ in 0..2 {
            assert!(!self.deliver(&upload_method, &event).await, "{what}");
            let job = self.job(&job).await;
            assert_eq!((job.state, job.failure), (JobState::Failed, Some(reason)), "{what}");
            assert_eq!(self.used().await, Credits::ZERO, "{what}");
        }
        assert_eq!(self.video_tasks(), [], "{what}");
    }
}

pub(crate) fn key(job: &JobId) -> String {
    VideoKey { account: ada(), job: job.clone() }.to_string()
}
