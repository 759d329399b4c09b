//! Which jobs need a video, and the one moment when none does any more.

use std::sync::Arc;

use aws_sdk_dynamodb::Client;
use sansfond_domain::ports::{BooksError, Records, Sources};
use sansfond_domain::rules::{self, Admission, Found, Intake, NewJob, Refusal, Source};
use sansfond_domain::upload::Declared;
use sansfond_domain::{Job, Plan, VideoOptions};
use sansfond_embedded::TABLE;

use crate::desk::{Desk, at};

const FOUND: Found = Found { width: 320, height: 180, duration_ms: 1_200, frames: 30 };

async fn generous() -> Desk {
    Desk::with(Plan { videos_per_month: 100, jobs_at_once: 100, ..Plan::default() }).await
}

fn video(desk: &Desk, intake: Intake) -> NewJob {
    let declared = Declared::check_video("a.mp4", "video/mp4", 10, &desk.free).expect("allowed");
    NewJob { options: VideoOptions::default().into(), declared, intake, ..desk.new_job(at(0)) }
}

/// A video that was sent and looked into.
async fn first(desk: &Desk) -> Job {
    let new = video(desk, Intake::Multipart);
    desk.announce(&new, at(0)).await.expect("accepted");
    let found = Admission::Readable(FOUND);
    desk.apply(&new.id, &|seen| rules::admit(seen, "v1", found, &desk.free, at(1))).await.expect("admitted");
    desk.job(&new.id).await
}

async fn another(desk: &Desk, earlier: &Job) -> Result<Job, BooksError> {
    let source = Source::of(earlier).expect("a video");
    let new = video(desk, Intake::Earlier(source));
    desk.announce(&new, at(0)).await?;
    Ok(desk.job(&new.id).await)
}

async fn release(desk: &Desk, job: &Job) -> bool {
    desk.table.release(job).await.expect("an answer")
}

/// Rows that say who needs a video.
async fn rows(desk: &Desk) -> usize {
    let scan = Client::new(desk.cloud.sdk()).scan().table_name(TABLE).send().await.expect("all rows");
    let is_one = |row: &&std::collections::HashMap<String, aws_sdk_dynamodb::types::AttributeValue>| {
        row["sk"].as_s().is_ok_and(|sk| sk.starts_with("video#"))
    };
    scan.items().iter().filter(is_one).count()
}

#[tokio::test]
async fn only_the_last_job_is_told_that_nobody_needs_the_video() {
    let desk = generous().await;
    let first = first(&desk).await;
    let second = another(&desk, &first).await.expect("accepted");
    let third = another(&desk, &second).await.expect("accepted");
    assert_eq!(rows(&desk).await, 1);
    assert!(release(&desk, &second).await);
    assert!(release(&desk, &second).await, "twice is once");
    assert!(release(&desk, &first).await);
    for _ in 0..2 {
        assert!(!release(&desk, &third).await);
        assert_eq!(rows(&desk).await, 0);
    }
}

#[tokio::test]
async fn a_video_that_nobody_needs_is_not_begun_again() {
    let desk = generous().await;
    let first = first(&desk).await;
    assert!(!release(&desk, &first).await);
    let refused = another(&desk, &first).await;
    assert!(matches!(refused, Err(BooksError::Refused(Refusal::SourceGone))), "{refused:?}");
    assert_eq!((rows(&desk).await, desk.jobs().await.len()), (0, 1));
}

#[tokio::test]
async fn a_job_that_comes_while_the_last_one_leaves_is_refused() {
    let desk = Arc::new(generous().await);
    let first = first(&desk).await;
    let gate = desk.script().hold("TransactWriteItems");
    let accepting = tokio::spawn({
        let (desk, first) = (desk.clone(), first.clone());
        async move { another(&desk, &first).await }
    });
    gate.reached().await;
    assert!(!release(&desk, &first).await);
    gate.open();
    let refused = accepting.await.expect("no panic");
    assert!(matches!(refused, Err(BooksError::Refused(Refusal::SourceGone))), "{refused:?}");
}

#[tokio::test]
async fn pictures_are_needed_by_one_job_and_an_account_that_goes_takes_everything_along() {
    let desk = generous().await;
    desk.accept(at(0)).await;
    assert_eq!(rows(&desk).await, 0);
    let first = first(&desk).await;
    another(&desk, &first).await.expect("accepted");
    assert_eq!(rows(&desk).await, 1);
    desk.table.erase(&desk.account).await.expect("erased");
    assert_eq!(rows(&desk).await, 0);
    assert!(!release(&desk, &first).await, "and nothing of it comes back");
    assert_eq!(rows(&desk).await, 0);
}
