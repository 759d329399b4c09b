//! A table, a bucket, an account, and videos that wait for a worker.

use std::sync::Arc;
use std::time::Duration;

use sansfond_aws::{Bucket, Table};
use sansfond_batch_worker::engine::MattingLoader;
use sansfond_batch_worker::progress::HeartbeatPace;
use sansfond_batch_worker::settings::JobTask;
use sansfond_batch_worker::shutdown::Stop;
use sansfond_batch_worker::worker::{WorkError, WorkerContext, run_job};
use sansfond_domain::ports::{Accounts, Balances, Files, Jobs, Ranges, Rule, Scope, Transactions};
use sansfond_domain::rules::{self, Decision, NewJob, ProbeOutcome, Source, UploadMethod, VideoProperties};
use sansfond_domain::storage_key::{self, VideoKey};
use sansfond_domain::upload::DeclaredUpload;
use sansfond_domain::{Account, AccountId, Balance, Job, JobId, Language, Plan, Rate, VideoOptions};
use sansfond_embedded::{BUCKET, EmbeddedAws, TABLE};
use sansfond_jobs::{JobOutcome, Lifecycle, now};

pub(crate) struct TestWorker {
    pub(crate) cloud: EmbeddedAws,
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) scratch: tempfile::TempDir,
    free: Plan,
    account: AccountId,
}

impl TestWorker {
    pub(crate) async fn open() -> Self {
        let cloud = EmbeddedAws::start().await;
        let free = Plan { videos_per_month: 100, jobs_at_once: 100, video_seconds: 60, ..Plan::default() };
        let test_worker = Self {
            table: Table::new(cloud.sdk(), TABLE.to_owned()),
            bucket: Bucket::for_long_files(cloud.sdk(), BUCKET.to_owned()),
            scratch: tempfile::tempdir().expect("a folder"),
            free,
            account: "8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b".parse().expect("a name"),
            cloud,
        };
        let account = Account {
            id: test_worker.account.clone(),
            email: "ada@example.org".to_owned(),
            language: Language::ENGLISH,
            created_at: now(),
        };
        test_worker.table.create(&account).await.expect("an account");
        test_worker
    }

    /// Queues a job with a probed video of 24 seconds.
    pub(crate) async fn queued(&self, video: &[u8], options: VideoOptions) -> JobTask {
        self.queued_as(video, options, 24_000).await
    }

    /// Queues a job with a probed video for which `duration_ms` is reserved.
    pub(crate) async fn queued_as(&self, video: &[u8], options: VideoOptions, duration_ms: u64) -> JobTask {
        let job = JobId::mint(now(), &std::array::from_fn(|_| fastrand::u8(..)));
        let size_bytes = video.len() as u64;
        let declared = DeclaredUpload::check_video("été.mp4", "video/mp4", size_bytes, &self.free);
        let new = NewJob {
            id: job.clone(),
            account: self.account.clone(),
            options: options.into(),
            declared: declared.expect("allowed"),
            upload_method: UploadMethod::Multipart,
            request: None,
        };
        let task = JobTask { account: self.account.clone(), job, retry: 0 };
        self.apply(&task, &|seen| rules::accept(seen, &new, &self.free, now())).await;
        self.upload(&task, video).await;
        let facts = self.bucket.look(&source(&task)).await.expect("an answer").expect("the file exists");
        let found = VideoProperties { width: 96, height: 64, duration_ms, frames: duration_ms / 100 };
        let probe_outcome = ProbeOutcome::Readable(found);
        self.apply(&task, &|seen| rules::admit(seen, &facts.version, probe_outcome, &self.free, now())).await;
        task
    }

    /// Queues another job for the video that was uploaded for `first`.
    pub(crate) async fn another(&self, first: &JobTask, options: VideoOptions) -> JobTask {
        let earlier = self.job(first).await;
        let source = Source::of(&earlier).expect("a video");
        let input = &earlier.input;
        let declared =
            DeclaredUpload::check_video(&input.name, &input.media_type, input.size_bytes, &self.free);
        let new = NewJob {
            id: JobId::mint(now(), &std::array::from_fn(|_| fastrand::u8(..))),
            account: self.account.clone(),
            options: options.into(),
            declared: declared.expect("allowed"),
            upload_method: UploadMethod::Earlier(source),
            request: None,
        };
        let rule = |seen: &_| rules::accept(seen, &new, &self.free, now());
        let decision = self.table.apply(&new.scope(), &rule).await.expect("accepted").decision;
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
        JobTask { account: self.account.clone(), job: new.id, retry: 0 }
    }

    pub(crate) async fn upload(&self, task: &JobTask, video: &[u8]) {
        self.bucket.write(&source(task), "video/mp4", video.to_vec()).await.expect("uploaded");
    }

    /// Stores the background picture of a video, as the API does.
    pub(crate) async fn put_backdrop(&self, task: &JobTask, bytes: Vec<u8>) {
        let key = storage_key::backdrop(&task.account, &task.job);
        self.bucket.write(&key, "image/jpeg", bytes).await.expect("stored");
    }

    /// Applies a rule from outside the worker, which must change something.
    pub(crate) async fn apply(&self, task: &JobTask, rule: Rule<'_>) {
        let scope = Scope::of(task.account.clone(), task.job.clone());
        let decision = self.table.apply(&scope, rule).await.expect("applied").decision;
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
    }

    pub(crate) async fn cancel(&self, task: &JobTask) {
        self.apply(task, &|seen| rules::cancel(seen, now())).await;
    }

    /// The owner retries the job.
    pub(crate) async fn retried(&self, task: &JobTask) -> JobTask {
        self.apply(task, &|seen| rules::retry(seen, &self.free, now())).await;
        JobTask { retry: task.retry + 1, ..task.clone() }
    }

    /// A context with fast heartbeats and short leases.
    pub(crate) fn context(&self, load: Arc<MattingLoader>) -> WorkerContext {
        WorkerContext {
            lifecycle: Lifecycle {
                transactions: Arc::new(self.table.clone()),
                files: Arc::new(self.bucket.clone()),
                rate: Some(Rate::of_machine("0.526".parse().expect("a price"))),
            },
            ranges: Arc::new(self.bucket.clone()),
            load,
            pace: HeartbeatPace {
                beat: Duration::from_millis(50),
                lease: Duration::from_secs(2),
                limit: Duration::from_secs(600),
            },
            scratch: self.scratch.path().to_owned(),
        }
    }

    /// Runs a worker from start to end.
    pub(crate) async fn work(
        &self,
        task: &JobTask,
        load: Arc<MattingLoader>,
    ) -> Result<JobOutcome, WorkError> {
        run_job(&self.context(load), task, &Arc::new(Stop::default())).await
    }

    pub(crate) async fn job(&self, task: &JobTask) -> Job {
        self.table.job(&task.account, &task.job).await.expect("an answer").expect("a job")
    }

    pub(crate) async fn balance(&self) -> Balance {
        self.table.balance(&self.account).await.expect("an answer").expect("a balance")
    }

    /// Names of the files of a job's result.
    pub(crate) async fn results(&self, task: &JobTask) -> Vec<String> {
        let folder = storage_key::results_of(&task.account, &task.job);
        let files = self.bucket.list(&folder).await.expect("a list");
        files.into_iter().map(|file| file.key.replace(&folder, "")).collect()
    }

    /// Number of finished segments.
    pub(crate) async fn segments(&self, task: &JobTask) -> usize {
        self.results(task).await.iter().filter(|name| name.ends_with(".json")).count()
    }

    pub(crate) async fn result(&self, task: &JobTask, name: &str) -> Vec<u8> {
        let key = storage_key::results_of(&task.account, &task.job) + name;
        self.bucket.read(&key, 1 << 30).await.expect("read").expect("the file exists").bytes
    }

    /// Whether no temporary file is left.
    pub(crate) fn is_clean(&self) -> bool {
        std::fs::read_dir(self.scratch.path()).expect("readable").next().is_none()
    }
}

fn source(task: &JobTask) -> String {
    VideoKey { account: task.account.clone(), job: task.job.clone() }.to_string()
}
