//! What the functions' logs contain, and what they do not.

use std::time::Duration;

use serde_json::{Value, json};

use super::client::{Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::{PASSWORD, Person, forget_address};
use super::pictures::cat;
use super::until;

const LIMIT: Duration = Duration::from_secs(10);

#[test]
fn the_logs_name_no_person_and_no_secret() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "private-person");
    let key = person.browser.post("/api/keys", &json!({"label": "a private label"})).expect(201).json();
    let secret = key["secret"].as_str().expect("a secret");
    let job = jobs::upload(&mut person.browser, "private-holiday.png", &cat());
    let finished = jobs::completed(&mut person.browser, &job, jobs::PROMPT);
    let link = finished["result"]["download_url"].as_str().expect("a link");
    request("GET", link, &[], None).expect(200);

    // Errors are logged with their causes.
    forget_address(local_cloud);
    let mut stranger = Client::browser(local_cloud);
    let wrong = json!({"email": person.email, "password": "Private-Horse-1"});
    stranger.post("/api/auth/login", &wrong).problem(401, "invalid_credentials");
    let unreadable = jobs::upload(&mut person.browser, "private-letter.png", b"no picture");
    jobs::failed(&mut person.browser, &unreadable, "unreadable_picture", jobs::PROMPT);
    let private_link = json!({"image_url": "http://10.0.0.1/private-link.png"});
    person.browser.post("/api/remove-background", &private_link).problem(400, "url_not_allowed");
    let feedback = json!({"message": "A private message.", "reply_to": "private-reply@sansfond.test"});
    person.browser.post("/api/feedback", &feedback).expect(202);

    let logs = until("both jobs are in the log", LIMIT, || {
        let logs: String =
            ["ApiLogGroup", "ImageLogGroup", "AccessLogGroup"].map(|group| log(local_cloud, group)).concat();
        (logs.contains(&job) && logs.contains(&unreadable)).then_some(logs)
    });
    let signature = link.split_once("Signature=").expect("a signature").1;
    let signature = signature.split('&').next().unwrap_or_default();
    let access = &person.browser.cookies["__Host-sansfond-access"];
    // Other tests have this password too, so it is in no log of theirs either.
    let secrets = [PASSWORD, "Private-Horse-1", secret, access, signature];
    for private in secrets.into_iter().chain(["private-", "private label", "private message"]) {
        let line = logs.lines().find(|line| line.to_lowercase().contains(&private.to_lowercase()));
        assert_eq!(line, None, "a line contains {private}");
    }
}

/// The lines of a log group.
fn log(local_cloud: &LocalCloud, group: &str) -> String {
    let mut query = json!({"logGroupName": local_cloud.output(group)});
    let mut lines = String::new();
    loop {
        let page = local_cloud.aws("logs", "filter_log_events", query.clone());
        for event in page["events"].as_array().expect("a list") {
            lines.push_str(event["message"].as_str().expect("a text").trim_end());
            lines.push('\n');
        }
        match &page["nextToken"] {
            Value::Null => return lines,
            token => query["nextToken"] = token.clone(),
        }
    }
}
