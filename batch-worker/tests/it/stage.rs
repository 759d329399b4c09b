//! A table, a bucket, an account, and videos that wait for a worker.

use std::sync::Arc;
use std::time::Duration;

use sansfond_aws::{Bucket, Table};
use sansfond_batch_worker::engine::Load;
use sansfond_batch_worker::progress::Pace;
use sansfond_batch_worker::settings::Task;
use sansfond_batch_worker::shutdown::Stop;
use sansfond_batch_worker::worker::{WorkError, Workshop, work};
use sansfond_domain::ports::{Accounts, Balances, Books, Files, Jobs, Ranges, Rule, Scope};
use sansfond_domain::rules::{self, Admission, Decision, Found, Intake, NewJob, Source};
use sansfond_domain::storage_key::{self, VideoKey};
use sansfond_domain::upload::Declared;
use sansfond_domain::{Account, AccountId, Balance, Job, JobId, Language, Plan, Rate, VideoOptions};
use sansfond_embedded::{BUCKET, Cloud, TABLE};
use sansfond_jobs::{Lifecycle, Outcome, now};

pub(crate) struct Stage {
    pub(crate) cloud: Cloud,
    pub(crate) table: Table,
    pub(crate) bucket: Bucket,
    pub(crate) scratch: tempfile::TempDir,
    free: Plan,
    account: AccountId,
}

impl Stage {
    pub(crate) async fn open() -> Self {
        let cloud = Cloud::start().await;
        let free = Plan { videos_per_month: 100, jobs_at_once: 100, video_seconds: 60, ..Plan::default() };
        let stage = Self {
            table: Table::new(cloud.sdk(), TABLE.to_owned()),
            bucket: Bucket::for_long_files(cloud.sdk(), BUCKET.to_owned()),
            scratch: tempfile::tempdir().expect("a folder"),
            free,
            account: "8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b".parse().expect("a name"),
            cloud,
        };
        let account = Account {
            id: stage.account.clone(),
            email: "ada@example.org".to_owned(),
            language: Language::En,
            created_at: now(),
        };
        stage.table.create(&account).await.expect("an account");
        stage
    }

    /// A video that has been looked into honestly and waits for a worker.
    pub(crate) async fn queued(&self, video: &[u8], options: VideoOptions) -> Task {
        self.queued_as(video, options, 24_000).await
    }

    /// One that was taken for so long.
    pub(crate) async fn queued_as(&self, video: &[u8], options: VideoOptions, duration_ms: u64) -> Task {
        let job = JobId::mint(now(), &std::array::from_fn(|_| fastrand::u8(..)));
        let size_bytes = video.len() as u64;
        let declared = Declared::check_video("été.mp4", "video/mp4", size_bytes, &self.free);
        let new = NewJob {
            id: job.clone(),
            account: self.account.clone(),
            options: options.into(),
            declared: declared.expect("allowed"),
            intake: Intake::Multipart,
            request: None,
        };
        let task = Task { account: self.account.clone(), job, retry: 0 };
        self.apply(&task, &|seen| rules::accept(seen, &new, &self.free, now())).await;
        self.upload(&task, video).await;
        let facts = self.bucket.look(&source(&task)).await.expect("an answer").expect("there");
        let found = Found { width: 96, height: 64, duration_ms, frames: duration_ms / 100 };
        let admission = Admission::Readable(found);
        self.apply(&task, &|seen| rules::admit(seen, &facts.version, admission, &self.free, now())).await;
        task
    }

    /// Another job on a video that has come.
    pub(crate) async fn another(&self, first: &Task, options: VideoOptions) -> Task {
        let earlier = self.job(first).await;
        let source = Source::of(&earlier).expect("a video");
        let input = &earlier.input;
        let declared = Declared::check_video(&input.name, &input.media_type, input.size_bytes, &self.free);
        let new = NewJob {
            id: JobId::mint(now(), &std::array::from_fn(|_| fastrand::u8(..))),
            account: self.account.clone(),
            options: options.into(),
            declared: declared.expect("allowed"),
            intake: Intake::Earlier(source),
            request: None,
        };
        let rule = |seen: &_| rules::accept(seen, &new, &self.free, now());
        let decision = self.table.apply(&new.scope(), &rule).await.expect("accepted").decision;
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
        Task { account: self.account.clone(), job: new.id, retry: 0 }
    }

    pub(crate) async fn upload(&self, task: &Task, video: &[u8]) {
        self.bucket.write(&source(task), "video/mp4", video.to_vec()).await.expect("uploaded");
    }

    /// What stands behind its video, as the API keeps it.
    pub(crate) async fn put_backdrop(&self, task: &Task, bytes: Vec<u8>) {
        let key = storage_key::backdrop(&task.account, &task.job);
        self.bucket.write(&key, "image/jpeg", bytes).await.expect("kept");
    }

    /// Somebody else's rule, which must change something.
    pub(crate) async fn apply(&self, task: &Task, rule: Rule<'_>) {
        let scope = Scope::of(task.account.clone(), task.job.clone());
        let decision = self.table.apply(&scope, rule).await.expect("applied").decision;
        assert!(matches!(decision, Decision::Write(_)), "{decision:?}");
    }

    pub(crate) async fn cancel(&self, task: &Task) {
        self.apply(task, &|seen| rules::cancel(seen, now())).await;
    }

    /// Its owner has it tried again.
    pub(crate) async fn tried_again(&self, task: &Task) -> Task {
        self.apply(task, &|seen| rules::retry(seen, &self.free, now())).await;
        Task { retry: task.retry + 1, ..task.clone() }
    }

    /// Quick beats, and leases that end soon.
    pub(crate) fn workshop(&self, load: Arc<Load>) -> Workshop {
        Workshop {
            lifecycle: Lifecycle {
                books: Arc::new(self.table.clone()),
                files: Arc::new(self.bucket.clone()),
                rate: Some(Rate::of_machine("0.526".parse().expect("a price"))),
            },
            ranges: Arc::new(self.bucket.clone()),
            load,
            pace: Pace {
                beat: Duration::from_millis(50),
                lease: Duration::from_secs(2),
                limit: Duration::from_secs(600),
            },
            scratch: self.scratch.path().to_owned(),
        }
    }

    /// A worker from its start to its end.
    pub(crate) async fn work(&self, task: &Task, load: Arc<Load>) -> Result<Outcome, WorkError> {
        work(&self.workshop(load), task, &Arc::new(Stop::default())).await
    }

    pub(crate) async fn job(&self, task: &Task) -> Job {
        self.table.job(&task.account, &task.job).await.expect("an answer").expect("a job")
    }

    pub(crate) async fn balance(&self) -> Balance {
        self.table.balance(&self.account).await.expect("an answer").expect("a balance")
    }

    /// Names of what was made for a job.
    pub(crate) async fn results(&self, task: &Task) -> Vec<String> {
        let folder = storage_key::results_of(&task.account, &task.job);
        let files = self.bucket.list(&folder).await.expect("a list");
        files.into_iter().map(|file| file.key.replace(&folder, "")).collect()
    }

    /// Segments that count.
    pub(crate) async fn segments(&self, task: &Task) -> usize {
        self.results(task).await.iter().filter(|name| name.ends_with(".json")).count()
    }

    pub(crate) async fn result(&self, task: &Task, name: &str) -> Vec<u8> {
        let key = storage_key::results_of(&task.account, &task.job) + name;
        self.bucket.read(&key, 1 << 30).await.expect("read").expect("there").bytes
    }

    /// Whether a worker has left anything on its machine.
    pub(crate) fn is_clean(&self) -> bool {
        std::fs::read_dir(self.scratch.path()).expect("readable").next().is_none()
    }
}

fn source(task: &Task) -> String {
    VideoKey { account: task.account.clone(), job: task.job.clone() }.to_string()
}
