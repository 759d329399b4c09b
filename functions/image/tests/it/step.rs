//! Image jobs, driven by real messages.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use aws_lambda_events::event::sqs::{SqsBatchResponse, SqsEvent};
use sansfond_boot::each_message;
use sansfond_domain::job::{Failure, WHOLE_JOB};
use sansfond_domain::ports::{
    FileContent, Files, PortError, ReadFileError, Records, Scope, StoredFile, Transactions,
};
use sansfond_domain::rules::{self, StartReason};
use sansfond_domain::storage_key::SourceKey;
use sansfond_domain::{Credits, ImageOptions, JobState};
use sansfond_image::events::cut_out_upload::CutOutUpload;
use sansfond_image::work::{ImageContext, WorkError, cut_out_job};
use sansfond_jobs::{JobOutcome, now};

use crate::fixture;
use crate::test_functions::{LEASE, TestFunctions};

fn coffee() -> Vec<u8> {
    fixture("pictures/coffee.png")
}

/// The event of the fixture for this upload.
fn announced(source: &SourceKey, version: &str) -> SqsEvent {
    let text = String::from_utf8(fixture("events/upload-arrived.json")).expect("text");
    let text = text
        .replace(
            "uploads/8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b/0190a0b0c0d0e0f00112233445566778/source",
            &source.to_string(),
        )
        .replace("b1946ac92492d2347c6235b4d2611184", version);
    serde_json::from_str(&text).expect("an event")
}

fn retried(source: &SourceKey) -> SqsEvent {
    let text = String::from_utf8(fixture("events/job-again.json")).expect("text");
    serde_json::from_str(&text.replace("0190a0b0c0d0e0f00112233445566778", source.job.as_ref()))
        .expect("an event")
}

async fn deliver(context: &ImageContext, event: SqsEvent) -> SqsBatchResponse {
    each_message(&CutOutUpload::new(context.clone()), event).await
}

fn again(answer: &SqsBatchResponse) -> usize {
    answer.batch_item_failures.len()
}

fn uploaded(version: &str) -> StartReason {
    StartReason::Upload { version: version.to_owned() }
}

#[tokio::test]
async fn an_unreadable_message_is_redelivered_until_it_is_a_dead_letter() {
    let test_functions = TestFunctions::start().await;
    let text = String::from_utf8(fixture("events/upload-arrived.json")).expect("text");
    for (known, unknown) in [("/source", "/another"), ("Object Created", "Object Deleted")] {
        let event = serde_json::from_str(&text.replace(known, unknown)).expect("an event");
        assert_eq!(again(&deliver(&test_functions.context(), event).await), 1, "{unknown}");
    }
}

#[tokio::test]
async fn an_upload_becomes_a_cutout_and_a_repeated_event_changes_nothing() {
    let test_functions = TestFunctions::start().await;
    let options: ImageOptions = serde_json::from_str(r#"{"format":"webp","crop":true}"#).expect("options");
    let source = test_functions.declare(coffee().len() as u64, options).await;
    let version = test_functions.upload(&source, coffee()).await;

    let answer = deliver(&test_functions.context(), announced(&source, &version)).await;
    assert_eq!(again(&answer), 0);
    let job = test_functions.job(&source).await;
    assert_eq!(
        (job.state, job.progress, job.input.version.as_ref()),
        (JobState::Completed, 100, Some(&version))
    );
    let output = job.output.clone().expect("an output");
    assert_eq!(
        (output.media_type.as_str(), output.extension.as_str(), output.stored),
        ("image/webp", "webp", true)
    );
    assert!(job.timings.matte_ms > 0, "{:?}", job.timings);
    let rate = test_functions.context().lifecycle.rate.expect("a price");
    let least = rate.micro_usd(Duration::from_millis(job.timings.matte_ms));
    assert!(job.cost_micro_usd >= Some(least) && least > 0, "{:?} {least}", job.cost_micro_usd);
    let files = test_functions.results(&source).await;
    assert_eq!(
        files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["cutout.webp", "preview.webp"]
    );
    assert_eq!(files[0].1, output.size_bytes);
    let balance = test_functions.balance().await;
    assert_eq!((balance.used.image, balance.open_jobs), (Credits::ONE, 0));

    let result = test_functions
        .bucket
        .read(&format!("results/{}/{}/cutout.webp", source.account, source.job), 1 << 20)
        .await;
    let result = image::load_from_memory(&result.expect("read").expect("there").bytes).expect("a picture");
    assert_eq!((result.width(), result.height()), (output.width, output.height));
    assert!(output.width < 600, "cropped");

    let answer = deliver(&test_functions.context(), announced(&source, &version)).await;
    assert_eq!(again(&answer), 0);
    assert_eq!(test_functions.job(&source).await, job, "nothing was done twice");
    assert_eq!(test_functions.balance().await, balance);
}

#[tokio::test]
async fn one_of_two_simultaneous_events_is_redelivered() {
    let test_functions = TestFunctions::start().await;
    let source = test_functions.declare(coffee().len() as u64, ImageOptions::default()).await;
    let version = test_functions.upload(&source, coffee()).await;
    let context = test_functions.context();
    let (first, second) = tokio::join!(
        deliver(&context, announced(&source, &version)),
        deliver(&context, announced(&source, &version))
    );
    assert_eq!(again(&first) + again(&second), 1);
    assert_eq!(test_functions.job(&source).await.attempts(), 1);
    assert_eq!(again(&deliver(&context, announced(&source, &version)).await), 0);
    assert_eq!(test_functions.balance().await.used.image, Credits::ONE);
}

#[tokio::test]
async fn a_message_of_a_leased_job_is_redelivered() {
    let test_functions = TestFunctions::start().await;
    let source = test_functions.declare(coffee().len() as u64, ImageOptions::default()).await;
    let version = test_functions.upload(&source, coffee()).await;
    let scope = Scope::of(source.account.clone(), source.job.clone());
    let start = |seen: &rules::Snapshot| rules::start(seen, WHOLE_JOB, &uploaded(&version), LEASE, now());
    test_functions.table.apply(&scope, &start).await.expect("started by a worker that is lost");
    let error =
        cut_out_job(&test_functions.context(), &source, &uploaded(&version)).await.expect_err("leased");
    assert!(matches!(error, WorkError::Leased), "{error:?}");
}

#[tokio::test]
async fn an_unsuitable_picture_fails_its_job_and_returns_the_credit() {
    let test_functions = TestFunctions::start().await;
    let mut video = b"\0\0\0\x18ftypisom\0\0\0\0".to_vec();
    video.resize(200, 0);
    let mut grey = Vec::new();
    image::RgbImage::from_pixel(64, 64, image::Rgb([128; 3]))
        .write_to(&mut std::io::Cursor::new(&mut grey), image::ImageFormat::Png)
        .expect("a picture");
    for (bytes, failure) in [
        (fixture("odd/header-60000.png"), Failure::PictureTooLarge),
        (coffee()[..9000].to_vec(), Failure::UnreadablePicture),
        (b"I am a text, not a picture".to_vec(), Failure::UnreadablePicture),
        (fixture("odd/picture.avif"), Failure::UnsupportedFormat),
        (video, Failure::UnsupportedFormat),
        (grey, Failure::NoSubject),
    ] {
        let source = test_functions.declare(bytes.len() as u64, ImageOptions::default()).await;
        let version = test_functions.upload(&source, bytes).await;
        assert_eq!(
            again(&deliver(&test_functions.context(), announced(&source, &version)).await),
            0,
            "{failure:?}"
        );
        let job = test_functions.job(&source).await;
        assert_eq!((job.state, job.failure), (JobState::Failed, Some(failure)));
        assert_eq!(test_functions.results(&source).await, []);
    }
    let balance = test_functions.balance().await;
    assert_eq!((balance.used.image, balance.open_jobs), (Credits::ZERO, 0));
}

#[tokio::test]
async fn a_picture_of_another_type_than_declared_is_accepted() {
    let test_functions = TestFunctions::start().await;
    let jpeg = fixture("odd/progressive.jpg");
    let source = test_functions.declare(jpeg.len() as u64, ImageOptions::default()).await;
    let version = test_functions.upload(&source, jpeg).await;
    let outcome =
        cut_out_job(&test_functions.context(), &source, &uploaded(&version)).await.expect("an outcome");
    assert!(matches!(outcome, JobOutcome::Completed | JobOutcome::Failed(Failure::NoSubject)), "{outcome:?}");
}

#[tokio::test]
async fn a_file_of_another_size_than_declared_fails_the_job() {
    let test_functions = TestFunctions::start().await;
    for declared in [coffee().len() as u64 - 1, coffee().len() as u64 + 1] {
        let source = test_functions.declare(declared, ImageOptions::default()).await;
        let version = test_functions.upload(&source, coffee()).await;
        let outcome =
            cut_out_job(&test_functions.context(), &source, &uploaded(&version)).await.expect("an outcome");
        assert_eq!(outcome, JobOutcome::Failed(Failure::UploadMismatch), "{declared}");
    }
    let overwritten = test_functions.declare(coffee().len() as u64, ImageOptions::default()).await;
    test_functions.upload(&overwritten, coffee()).await;
    let outcome =
        cut_out_job(&test_functions.context(), &overwritten, &uploaded("another")).await.expect("an outcome");
    assert_eq!(outcome, JobOutcome::Failed(Failure::UploadMismatch));
    let gone = test_functions.declare(9, ImageOptions::default()).await;
    let outcome = cut_out_job(&test_functions.context(), &gone, &uploaded("v")).await.expect("an outcome");
    assert_eq!(outcome, JobOutcome::Failed(Failure::UploadMismatch));
    assert_eq!(test_functions.balance().await.used.image, Credits::ZERO);
}

#[tokio::test]
async fn a_retried_job_is_processed() {
    let test_functions = TestFunctions::start().await;
    let source = test_functions.declare(coffee().len() as u64, ImageOptions::default()).await;
    let version = test_functions.upload(&source, coffee()).await;
    let scope = Scope::of(source.account.clone(), source.job.clone());
    let transactions: &dyn Transactions = &test_functions.table;
    transactions
        .apply(&scope, &|seen| rules::start(seen, WHOLE_JOB, &uploaded(&version), LEASE, now()))
        .await
        .expect("started");
    transactions.apply(&scope, &|seen| rules::fail(seen, Failure::WorkerLost, now())).await.expect("failed");
    transactions
        .apply(&scope, &|seen| rules::retry(seen, &test_functions.free, now()))
        .await
        .expect("queued again");
    assert_eq!(again(&deliver(&test_functions.context(), retried(&source)).await), 0);
    let job = test_functions.job(&source).await;
    assert_eq!((job.state, job.attempts()), (JobState::Completed, 2));
    assert_eq!(test_functions.balance().await.used.image, Credits::ONE);
}

#[tokio::test]
async fn a_deleted_job_or_account_is_ignored() {
    let test_functions = TestFunctions::start().await;
    let source = test_functions.declare(9, ImageOptions::default()).await;
    let nobody = SourceKey { account: "nobody".parse().expect("a name"), ..source.clone() };
    let nothing = SourceKey { job: "0".repeat(32).parse().expect("a name"), ..source };
    for source in [nobody, nothing] {
        let outcome =
            cut_out_job(&test_functions.context(), &source, &uploaded("v")).await.expect("an outcome");
        assert_eq!(outcome, JobOutcome::Nothing);
    }
}

#[tokio::test]
async fn an_upload_for_a_deleted_account_is_deleted() {
    let test_functions = TestFunctions::start().await;
    let source = test_functions.declare(9, ImageOptions::default()).await;
    let version = test_functions.upload(&source, vec![7; 9]).await;
    test_functions.table.erase(&test_functions.account, now()).await.expect("erased");
    let context = test_functions.context();
    for _ in 0..2 {
        let outcome = cut_out_job(&context, &source, &uploaded(&version)).await.expect("an outcome");
        assert_eq!(outcome, JobOutcome::Nothing);
        assert!(test_functions.bucket.read(&source.to_string(), 9).await.expect("an answer").is_none());
    }
}

/// A bucket that applies a rule while a result is being stored.
struct Meanwhile {
    test_functions: Arc<TestFunctions>,
    source: SourceKey,
    rule: fn(&rules::Snapshot) -> Result<rules::Decision, rules::Refusal>,
    fails: bool,
}

#[async_trait]
impl Files for Meanwhile {
    async fn read(&self, key: &str, limit: u64) -> Result<Option<FileContent>, ReadFileError> {
        self.test_functions.bucket.read(key, limit).await
    }

    async fn write(&self, key: &str, media_type: &str, bytes: Vec<u8>) -> Result<(), PortError> {
        if self.fails {
            return Err(PortError {
                service: "S3",
                operation: "PutObject",
                retryable: true,
                source: "down".into(),
            });
        }
        let scope = Scope::of(self.source.account.clone(), self.source.job.clone());
        self.test_functions.table.apply(&scope, &self.rule).await.expect("applied");
        self.test_functions.bucket.write(key, media_type, bytes).await
    }

    async fn write_from(&self, key: &str, media_type: &str, file: File) -> Result<(), PortError> {
        self.test_functions.bucket.write_from(key, media_type, file).await
    }

    async fn delete(&self, key: &str) -> Result<(), PortError> {
        self.test_functions.bucket.delete(key).await
    }

    async fn delete_folder(&self, folder: &str) -> Result<(), PortError> {
        self.test_functions.bucket.delete_folder(folder).await
    }

    async fn list(&self, folder: &str) -> Result<Vec<StoredFile>, PortError> {
        self.test_functions.bucket.list(folder).await
    }
}

async fn interrupted(
    rule: fn(&rules::Snapshot) -> Result<rules::Decision, rules::Refusal>,
    fails: bool,
) -> (Arc<TestFunctions>, SourceKey, Result<JobOutcome, WorkError>) {
    let test_functions = Arc::new(TestFunctions::start().await);
    let source = test_functions.declare(coffee().len() as u64, ImageOptions::default()).await;
    let version = test_functions.upload(&source, coffee()).await;
    let files =
        Arc::new(Meanwhile { test_functions: test_functions.clone(), source: source.clone(), rule, fails });
    let mut context = test_functions.context();
    context.lifecycle.files = files;
    let outcome = cut_out_job(&context, &source, &uploaded(&version)).await;
    (test_functions, source, outcome)
}

#[tokio::test]
async fn the_result_of_a_cancelled_job_is_deleted() {
    let (test_functions, source, outcome) = interrupted(|seen| rules::cancel(seen, now()), false).await;
    assert_eq!(outcome.expect("an outcome"), JobOutcome::Nothing);
    assert_eq!(test_functions.job(&source).await.state, JobState::Cancelled);
    assert_eq!(test_functions.results(&source).await, []);
    assert_eq!(test_functions.balance().await.used.image, Credits::ZERO);
}

#[tokio::test]
async fn the_result_of_a_faster_worker_is_kept() {
    let quicker = |seen: &rules::Snapshot| {
        let output = sansfond_domain::job::Output {
            media_type: "image/png".to_owned(),
            extension: "png".to_owned(),
            size_bytes: 1,
            width: 1,
            height: 1,
            stored: true,
        };
        rules::complete(seen, &output, sansfond_domain::job::Timings::default(), now())
    };
    let (test_functions, source, outcome) = interrupted(quicker, false).await;
    assert_eq!(outcome.expect("an outcome"), JobOutcome::Nothing);
    assert_eq!(test_functions.results(&source).await.len(), 2);
    assert_eq!(test_functions.balance().await.used.image, Credits::ONE);
}

#[tokio::test]
async fn a_result_that_cannot_be_stored_is_retried_by_the_queue() {
    let (test_functions, source, outcome) = interrupted(|_| Ok(rules::Decision::Nothing), true).await;
    assert!(matches!(outcome, Err(WorkError::Write(_))), "{outcome:?}");
    let job = test_functions.job(&source).await;
    assert_eq!((job.state, test_functions.balance().await.used.image), (JobState::Processing, Credits::ONE));
}
