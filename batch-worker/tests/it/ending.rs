//! Jobs that fail: because of the customer's file, or of an internal error.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sansfond_aws::Bucket;
use sansfond_batch_worker::settings::JobTask;
use sansfond_batch_worker::shutdown::Stop;
use sansfond_batch_worker::worker::{WorkError, run_job};
use sansfond_domain::options::VideoBackdrop;
use sansfond_domain::ports::{FileContent, Files, PortError, ReadFileError, StoredFile};
use sansfond_domain::{Credits, Failure, JobState, VideoOptions, rules};
use sansfond_jobs::JobOutcome;

use crate::clips;
use crate::network::BrightnessMatting;
use crate::test_worker::TestWorker;
use crate::whole::halves;

async fn assert_failed(test_worker: &TestWorker, task: &JobTask, failure: Failure) {
    let outcome =
        test_worker.work(task, BrightnessMatting::new().load()).await.expect("the worker ends the job");
    assert_eq!(outcome, JobOutcome::Failed(failure));
    let job = test_worker.job(task).await;
    assert_eq!((job.state, job.failure), (JobState::Failed, Some(failure)));
    assert_eq!(test_worker.balance().await.used.video, Credits::ZERO, "{failure:?}: the credit is refunded");
    assert_eq!(test_worker.segments(task).await, 0);
    assert!(test_worker.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_file_fails_its_job_with_the_reason_and_refunds_the_credit() {
    let test_worker = TestWorker::open().await;
    let whole = clips::long();
    for (video, failure) in [
        (b"I am a text, not a video".to_vec(), Failure::UnreadableVideo),
        (b"#EXTM3U\n#EXTINF:1,\nin.mp4\n#EXT-X-ENDLIST\n".to_vec(), Failure::UnreadableVideo),
        (whole[..whole.len() / 2].to_vec(), Failure::IncompleteVideo),
        (clips::dark(), Failure::NoSubject),
    ] {
        let task = test_worker.queued_as(&video, VideoOptions::default(), 1_000).await;
        assert_failed(&test_worker, &task, failure).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_differs_from_the_probed_one_fails_the_job() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let mut other = clips::long().to_vec();
    *other.last_mut().expect("bytes") ^= 1;
    test_worker.upload(&task, &other).await;
    assert_failed(&test_worker, &task, Failure::UploadMismatch).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_background_picture_that_is_missing_or_unreadable_fails_the_job() {
    let test_worker = TestWorker::open().await;
    let options = VideoOptions { background: VideoBackdrop::Picture, ..VideoOptions::default() };
    let task = test_worker.queued(clips::long(), options.clone()).await;
    assert_failed(&test_worker, &task, Failure::BackdropMissing).await;
    let task = test_worker.queued(clips::long(), options.clone()).await;
    test_worker.put_backdrop(&task, b"I am a text, not a picture".to_vec()).await;
    assert_failed(&test_worker, &task, Failure::UnreadableBackdrop).await;
    let task = test_worker.queued(clips::long(), options).await;
    let picture = halves();
    test_worker.put_backdrop(&task, picture[..picture.len() / 2].to_vec()).await;
    assert_failed(&test_worker, &task, Failure::UnreadableBackdrop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_that_exceeds_its_time_limit_fails() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
    let slow = BrightnessMatting::with(|frame| {
        if frame > 100 {
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    });
    let mut context = test_worker.context(slow.load());
    context.pace.limit = Duration::from_secs(5);
    let outcome =
        run_job(&context, &task, &Arc::new(Stop::default())).await.expect("the worker ends the job");
    assert_eq!(outcome, JobOutcome::Failed(Failure::TookTooLong));
    assert_eq!(test_worker.job(&task).await.failure, Some(Failure::TookTooLong));
    assert_eq!(test_worker.balance().await.used.video, Credits::ZERO);
    assert!(test_worker.is_clean());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_of_an_earlier_retry_or_of_no_job_has_nothing_to_do() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued(clips::short(), VideoOptions::default()).await;
    let network = BrightnessMatting::new();
    for other in [
        JobTask { retry: 1, ..task.clone() },
        JobTask { job: "0".repeat(32).parse().expect("a name"), ..task.clone() },
        JobTask { account: "nobody".parse().expect("a name"), ..task.clone() },
    ] {
        assert_eq!(
            test_worker.work(&other, network.load()).await.expect("the worker finds nothing to do"),
            JobOutcome::Nothing
        );
    }
    test_worker.cancel(&task).await;
    assert_eq!(
        test_worker.work(&task, network.load()).await.expect("the worker finds nothing to do"),
        JobOutcome::Nothing
    );
    assert_eq!(network.frames(), 0);
    assert_eq!(test_worker.job(&task).await.attempts(), 0);
}

/// A bucket that cannot write files whose keys end with `suffix`.
struct FailingBucket {
    bucket: Bucket,
    suffix: &'static str,
}

#[async_trait]
impl Files for FailingBucket {
    async fn read(&self, key: &str, limit: u64) -> Result<Option<FileContent>, ReadFileError> {
        self.bucket.read(key, limit).await
    }

    async fn write(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.check(key)?;
        self.bucket.write(key, media_type, bytes).await
    }

    async fn write_from(&self, key: &str, media_type: &str, file: File) -> Result<(), PortError> {
        self.check(key)?;
        self.bucket.write_from(key, media_type, file).await
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.bucket.delete(key).await
    }

    async fn delete_folder(&self, folder: &str) -> Result<(), PortError> {
        self.bucket.delete_folder(folder).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, PortError> {
        self.bucket.list(folder).await
    }
}

impl FailingBucket {
    fn check(&self, key: &str) -> Result<(), PortError> {
        let source = "down".into();
        let error = PortError { service: "S3", operation: "PutObject", retryable: true, source };
        if key.ends_with(self.suffix) { Err(error) } else { Ok(()) }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bucket_that_fails_leaves_the_job_open_for_the_next_worker() {
    let test_worker = TestWorker::open().await;
    for suffix in ["00001.webm", "00001.json", "preview.webp", "cutout.webm"] {
        let task = test_worker.queued(clips::long(), VideoOptions::default()).await;
        let files = Arc::new(FailingBucket { bucket: test_worker.bucket.clone(), suffix });
        let mut context = test_worker.context(BrightnessMatting::new().load());
        context.lifecycle.files = files;
        let error = run_job(&context, &task, &Arc::new(Stop::default())).await.expect_err(suffix);
        assert!(matches!(error, WorkError::Internal(_)), "{suffix}: {error:?}");
        assert_eq!(test_worker.job(&task).await.state, JobState::Processing, "{suffix}");
        assert_eq!(
            test_worker.work(&task, BrightnessMatting::new().load()).await.expect("worked"),
            JobOutcome::Completed
        );
        assert_eq!(test_worker.results(&task).await, ["cutout.webm", "preview.webp"], "{suffix}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_cancelled_while_its_result_is_written_leaves_no_files() {
    let test_worker = TestWorker::open().await;
    let task = test_worker.queued_as(clips::short(), VideoOptions::default(), 2_000).await;
    let mut context = test_worker.context(BrightnessMatting::new().load());
    context.pace.beat = Duration::from_secs(3600);
    // The job is cancelled as late as possible, and no heartbeat detects it.
    let (bucket, table) = (test_worker.bucket.clone(), test_worker.table.clone());
    context.lifecycle.files = Arc::new(CancellingBucket { bucket, table, task: task.clone() });
    let outcome =
        run_job(&context, &task, &Arc::new(Stop::default())).await.expect("the worker leaves the job");
    assert_eq!(outcome, JobOutcome::Nothing);
    assert_eq!(test_worker.job(&task).await.state, JobState::Cancelled);
    assert_eq!(test_worker.results(&task).await, [""; 0]);
}

/// A bucket that cancels the job while the result is being written.
struct CancellingBucket {
    bucket: Bucket,
    table: sansfond_aws::Table,
    task: JobTask,
}

#[async_trait]
impl Files for CancellingBucket {
    async fn read(&self, key: &str, limit: u64) -> Result<Option<FileContent>, ReadFileError> {
        self.bucket.read(key, limit).await
    }

    async fn write(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        self.bucket.write(key, media_type, bytes).await
    }

    async fn write_from(&self, key: &str, media_type: &str, file: File) -> Result<(), PortError> {
        use sansfond_domain::ports::{Scope, Transactions};
        if key.ends_with("cutout.webm") {
            let scope = Scope::of(self.task.account.clone(), self.task.job.clone());
            let now = sansfond_jobs::now();
            self.table.apply(&scope, &|seen| rules::cancel(seen, now)).await.expect("cancelled");
        }
        self.bucket.write_from(key, media_type, file).await
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.bucket.delete(key).await
    }

    async fn delete_folder(&self, folder: &str) -> Result<(), PortError> {
        self.bucket.delete_folder(folder).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, PortError> {
        self.bucket.list(folder).await
    }
}
