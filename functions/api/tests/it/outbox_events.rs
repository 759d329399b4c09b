//! Delivery of events of the outbox: the email to the owner of a video that has ended.

use aws_lambda_events::event::dynamodb::Event as StreamEvent;
use sansfond_api::events::{deliver_events, settle_video};
use sansfond_boot::{Boot, each_event};
use sansfond_domain::ports::{Accounts, Jobs, Records};
use sansfond_domain::{JobId, JobState};
use sansfond_embedded::{Reply, Step};
use serde_json::{Value, json};

use crate::test_api::{ADA, TestApi, ada, now};
use crate::video_events::{changed, deliver, given_up, tried_again};
use crate::videos::{completed, queued, used};

const FIXTURE: &str = include_str!("../../../../fixtures/events/outbox.json");
/// The job of the fixture.
const FIXTURE_JOB: &str = "0190a0b0c0d0e0f00112233445566778";

/// The batch of the fixture, about a job: its completion, and two changes of other rows.
fn stream(job: &JobId) -> Value {
    serde_json::from_str(&FIXTURE.replace(FIXTURE_JOB, job.as_ref())).expect("JSON")
}

/// Delivers records to the function; returns the numbers of those to redeliver.
async fn deliver_batch(boot: &Boot, batch: &Value) -> Vec<String> {
    let batch: StreamEvent = serde_json::from_value(batch.clone()).expect("an event of Lambda");
    let handler = deliver_events::handler(boot).expect("a handler");
    let again = each_event(&handler, batch).await.batch_item_failures;
    again.into_iter().map(|failure| failure.item_identifier.expect("a number")).collect()
}

/// The batch of the table's stream with a record for each event written so far.
fn outbox(test_api: &TestApi) -> Value {
    let transactions = test_api.script().seen("TransactWriteItems");
    let writes = transactions.iter().flat_map(|sent| sent["TransactItems"].as_array().expect("a list"));
    let rows = writes.map(|write| &write["Put"]["Item"]);
    let events = rows.filter(|row| row["sk"]["S"].as_str().is_some_and(|sk| sk.starts_with("outbox#")));
    let record = |(number, row): (usize, &Value)| {
        json!({
            "eventID": "e-1", "eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": "eu-central-1",
            "dynamodb": {
                "Keys": { "pk": row["pk"], "sk": row["sk"] }, "NewImage": row,
                "SequenceNumber": number.to_string(), "SizeBytes": 1,
            },
        })
    };
    json!({ "Records": events.enumerate().map(record).collect::<Vec<_>>() })
}

fn sent_mails() -> Step {
    Step::Instead(Reply::ok(json!({ "MessageId": "m-1" })))
}

/// The recipient, subject and text of each mail so far.
fn mails(test_api: &TestApi) -> Vec<(String, String, String)> {
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let mails = test_api.script().seen("SendEmail");
    let parts = mails.iter().map(|mail| {
        let simple = &mail["Content"]["Simple"];
        let to = &mail["Destination"]["ToAddresses"][0];
        (text(to), text(&simple["Subject"]["Data"]), text(&simple["Body"]["Text"]["Data"]))
    });
    parts.collect()
}

async fn video_is_done(test_api: &TestApi, options: Value) -> JobId {
    let job = queued(test_api, options).await;
    completed(test_api, &job, "video/webm", "webm").await;
    job
}

#[tokio::test]
async fn a_repeated_event_sends_one_mail() {
    let test_api = TestApi::open().await;
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    test_api.script().next("SendEmail", 2, sent_mails());
    for _ in 0..2 {
        assert!(deliver_batch(&test_api.boot, &stream(&job)).await.is_empty());
    }
    let mails = mails(&test_api);
    assert_eq!(mails.len(), 1, "{mails:?}");
    let (to, subject, text) = &mails[0];
    assert_eq!((to.as_str(), subject.as_str()), ("ada@example.org", "Your video is ready"));
    assert!(text.contains("“été.mp4”") && text.contains("https://sansfond.example/history"), "{text}");
}

#[tokio::test]
async fn the_stored_event_is_delivered() {
    let test_api = TestApi::open().await;
    let job = queued(&test_api, json!({ "notify": true })).await;
    assert_eq!(outbox(&test_api), json!({ "Records": [] }));
    let settle = settle_video::handler(&test_api.boot).expect("a handler");
    for _ in 0..2 {
        assert!(!deliver(&settle, &changed(&job, 0, "FAILED")).await);
    }
    test_api.script().next("SendEmail", 2, sent_mails());
    assert!(deliver_batch(&test_api.boot, &outbox(&test_api)).await.is_empty());
    let mails = mails(&test_api);
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert_eq!(mails[0].1, "Your video could not be processed");
    assert!(mails[0].2.contains("Our server stopped while it was processing the file."), "{}", mails[0].2);
}

#[tokio::test]
async fn a_mail_is_in_the_language_of_its_owner() {
    let test_api = TestApi::open().await;
    assert!(test_api.table.set_language(&ada(), "fr".parse().expect("a language")).await.expect("an answer"));
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    test_api.script().next("SendEmail", 1, sent_mails());
    assert!(deliver_batch(&test_api.boot, &stream(&job)).await.is_empty());
    let (_, subject, text) = &mails(&test_api)[0];
    assert_eq!(subject, "Votre vidéo est prête");
    assert!(
        text.contains("«\u{a0}été.mp4\u{a0}»") && text.contains("https://sansfond.example/history"),
        "{text}"
    );
}

#[tokio::test]
async fn a_failed_mail_is_redelivered_and_does_not_hold_up_others() {
    let test_api = TestApi::open().await;
    for _ in 0..2 {
        video_is_done(&test_api, json!({ "notify": true })).await;
    }
    let batch = outbox(&test_api);
    // As often as the SDK tries by itself.
    test_api.script().next("SendEmail", 3, Step::Instead(Reply::broken()));
    test_api.script().next("SendEmail", 1, sent_mails());
    assert_eq!(deliver_batch(&test_api.boot, &batch).await, ["0"]);
    assert_eq!(mails(&test_api).len(), 4, "the second was sent all the same");
    test_api.script().next("SendEmail", 2, sent_mails());
    assert!(deliver_batch(&test_api.boot, &batch).await.is_empty());
    assert_eq!(mails(&test_api).len(), 5, "the first, and not the second again");
    assert_eq!(test_api.script().forget(), 1);
}

#[tokio::test]
async fn a_permanently_rejected_mail_is_not_redelivered() {
    let test_api = TestApi::open().await;
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    let refused = Reply::error(400, "MessageRejected", "Email address is not verified.");
    test_api.script().next("SendEmail", 1, Step::Instead(refused));
    assert!(deliver_batch(&test_api.boot, &stream(&job)).await.is_empty());
    assert_eq!(mails(&test_api).len(), 1);
}

#[tokio::test]
async fn an_event_is_redelivered_when_the_table_does_not_respond() {
    let test_api = TestApi::open().await;
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    test_api.script().next("GetItem", 12, Step::Instead(Reply::broken()));
    assert_eq!(deliver_batch(&test_api.boot, &stream(&job)).await, ["300000000000000499659"]);
    test_api.script().forget();
    assert_eq!(mails(&test_api), []);
    test_api.script().next("SendEmail", 1, sent_mails());
    assert!(deliver_batch(&test_api.boot, &stream(&job)).await.is_empty());
    assert_eq!(mails(&test_api).len(), 1);
}

#[tokio::test]
async fn a_mail_without_a_record_is_not_redelivered() {
    let test_api = TestApi::open().await;
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    test_api.script().next("SendEmail", 1, sent_mails());
    test_api.script().next("TransactWriteItems", 3, Step::Instead(Reply::broken()));
    assert!(deliver_batch(&test_api.boot, &stream(&job)).await.is_empty());
    assert_eq!((mails(&test_api).len(), test_api.script().forget()), (1, 0));
}

#[tokio::test]
async fn a_mail_is_sent_only_if_it_is_due() {
    let test_api = TestApi::with(|settings| settings.free.videos_per_month = 10).await;
    for options in [json!({}), json!({ "preview": true, "notify": true })] {
        video_is_done(&test_api, options).await;
    }
    let cancelled = queued(&test_api, json!({ "notify": true })).await;
    given_up(&test_api, &cancelled).await;
    assert_eq!(outbox(&test_api), json!({ "Records": [] }), "nothing leaves");

    let again = queued(&test_api, json!({ "notify": true })).await;
    let settle = settle_video::handler(&test_api.boot).expect("a handler");
    assert!(!deliver(&settle, &changed(&again, 0, "FAILED")).await);
    let failed = outbox(&test_api);
    tried_again(&test_api, &again).await;
    assert!(deliver_batch(&test_api.boot, &failed).await.is_empty(), "its owner has seen it fail");

    let deleted = video_is_done(&test_api, json!({ "notify": true })).await;
    assert!(test_api.table.forget(&ada(), &deleted).await.expect("an answer"));
    assert!(deliver_batch(&test_api.boot, &stream(&deleted)).await.is_empty());
    test_api.table.erase(&ada(), now()).await.expect("erased");
    assert!(deliver_batch(&test_api.boot, &failed).await.is_empty());
    assert_eq!(mails(&test_api), []);
}

#[tokio::test]
async fn an_installation_without_mail_accepts_events() {
    let test_api = TestApi::with(|settings| settings.sender_email = None).await;
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    assert!(deliver_batch(&test_api.boot, &stream(&job)).await.is_empty());
    assert_eq!(test_api.job(&job).await.state, JobState::Completed);
    assert_eq!(used(&test_api).await, json!([1, 1, 0]));
}

#[tokio::test]
async fn an_unreadable_event_is_redelivered() {
    let test_api = TestApi::open().await;
    let job = video_is_done(&test_api, json!({ "notify": true })).await;
    let mut batch = stream(&job);
    batch["Records"][0]["dynamodb"]["NewImage"]["event"]["M"]["kind"]["M"]["type"] = json!({ "S": "later" });
    assert_eq!(deliver_batch(&test_api.boot, &batch).await, ["300000000000000499659"]);
    assert!(test_api.get("/api/me").by(ADA).send().await.status.is_success());
}
