//! The deployed policies are in force, with their conditions: a function without a permission cannot act, and
//! its response does not say why.

use std::time::Duration;

use serde_json::json;

use super::client::{Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::cat;
use super::until;

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn a_function_without_a_permission_changes_nothing_and_hides_the_reason() {
    let all = "[dynamodb:GetItem, dynamodb:PutItem, dynamodb:ConditionCheckItem]";
    let fewer = all.replace("dynamodb:PutItem, ", "");
    let local_cloud = LocalCloud::new("denied").with_template(all, &fewer).started();
    let mut person = Person::new(&local_cloud, "denied");
    let answer = person.browser.post("/api/uploads", &jobs::declaration("cat.png", "image/png", 1000));
    let text = answer.text();
    let problem = answer.problem(500, "internal");
    let mut members: Vec<&str> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["code", "request_id", "status", "title", "type"], "{text}");
    for secret in
        ["dynamodb", "DynamoDB", "AccessDenied", "arn:", &person.id, &local_cloud.output("TableName")]
    {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0), "no credit is taken");
    assert_eq!(person.browser.get("/api/jobs").expect(200).json()["jobs"], json!([]));
    // The cause is in the function's log, under the request's ID.
    logged(&local_cloud, "AccessDenied");
}

#[test]
fn a_permission_for_some_rows_excludes_others() {
    // Every function may read counters and API keys, but not an account's rows.
    let writes_and_reads = "[dynamodb:GetItem, dynamodb:PutItem]
            Resource: !GetAtt Table.Arn
            Condition: { \"ForAllValues:StringLike\": { dynamodb:LeadingKeys: [\"account#*\"] } }
  LoginIntegration:";
    let writes = writes_and_reads.replace("[dynamodb:GetItem, dynamodb:PutItem]", "dynamodb:PutItem");
    let local_cloud = LocalCloud::new("rows").with_template(writes_and_reads, &writes).started();
    let mut stranger = Client::browser(&local_cloud);
    let demo = json!({"email": "demo@sansfond.test", "password": "Demo-Account-1"});
    stranger.post("/api/auth/login", &demo).problem(500, "internal");
    assert!(stranger.cookies.is_empty());
    logged(&local_cloud, "dynamodb:GetItem");
}

/// Waits until the log of the API's functions contains a text. The emulator writes it after the answer.
fn logged(local_cloud: &LocalCloud, text: &str) {
    let lines = json!({"logGroupName": local_cloud.output("ApiLogGroup"), "filterPattern": text});
    until(text, LIMIT, || {
        let found = local_cloud.aws("logs", "filter_log_events", lines.clone());
        found["events"].as_array().is_some_and(|events| !events.is_empty()).then_some(())
    });
}

#[test]
fn a_link_to_a_deleted_file_is_forbidden() {
    // S3 reports a missing object only to callers who may list the bucket, and functions that sign links may
    // not.
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "gone");
    let id = jobs::upload(&mut person.browser, "cat.png", &cat());
    let result = jobs::completed(&mut person.browser, &id, jobs::PROMPT)["result"].take();
    let link = result["preview_url"].as_str().expect("a link");
    request("GET", link, &[], None).expect(200);
    let bucket = local_cloud.output("BucketName");
    let key = link.split_once(&format!("{bucket}/")).expect("a path").1.split('?').next();
    local_cloud.aws("s3", "delete_object", json!({"Bucket": bucket, "Key": key}));
    let answer = request("GET", link, &[], None).expect(403);
    assert!(answer.text().contains("<Code>AccessDenied</Code>"), "{}", answer.text());
}
