//! The deployed policies are in force: a function that lacks a permission cannot do the thing, and its
//! answer does not say why.

use super::cloud::Cloud;
use super::jobs;
use super::people::Person;

#[test]
fn a_function_without_its_permission_changes_nothing_and_tells_nothing() {
    let all = "[dynamodb:GetItem, dynamodb:PutItem, dynamodb:ConditionCheckItem]";
    let fewer = all.replace("dynamodb:PutItem, ", "");
    let cloud = Cloud::new("denied").with_template(all, &fewer).started();
    let mut person = Person::new(&cloud, "denied");
    let answer = person.browser.post("/api/uploads", &jobs::declaration("cat.png", "image/png", 1000));
    let text = answer.text();
    let problem = answer.problem(500, "internal");
    let mut members: Vec<&str> = problem.as_object().expect("an object").keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["code", "request_id", "status", "title", "type"], "{text}");
    for secret in ["dynamodb", "DynamoDB", "AccessDenied", "arn:", &person.id, &cloud.output("TableName")] {
        assert!(!text.contains(secret), "{text}");
    }
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0), "no credit is taken");
    assert_eq!(person.browser.get("/api/jobs").expect(200).json()["jobs"], serde_json::json!([]));
    // What happened is in the function's log, under the request's id.
    let logs =
        serde_json::json!({"logGroupName": cloud.output("ApiLogGroup"), "filterPattern": "AccessDenied"});
    let found = cloud.aws("logs", "filter_log_events", logs);
    assert!(found["events"].as_array().is_some_and(|events| !events.is_empty()), "{found}");
}
