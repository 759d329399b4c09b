//! Accounts: each test has its own.

use std::time::Duration;

use sansfond_domain::Language;
use sansfond_texts::Message;
use serde_json::{Value, json};

use super::client::{Client, request};
use super::local_cloud::LocalCloud;
use super::until;

/// It fulfills the policy.
pub(super) const PASSWORD: &str = "Correct-Horse-7";
const MAIL_LIMIT: Duration = Duration::from_secs(10);

/// A signed-in user.
pub(super) struct Person {
    pub(super) email: String,
    pub(super) browser: Client,
    pub(super) id: String,
}

impl Person {
    /// Registers, confirms and signs in.
    pub(super) fn new(local_cloud: &LocalCloud, name: &str) -> Self {
        let email = format!("{name}@sansfond.test");
        forget_address(local_cloud);
        let mut browser = Client::browser(local_cloud);
        browser.post("/api/auth/register", &json!({"email": email})).expect(202);
        let code = mailed_code(local_cloud, &email, 1);
        browser
            .post("/api/auth/confirm", &json!({"email": email, "code": code, "password": PASSWORD}))
            .expect(204);
        let id = login(&mut browser, &email, PASSWORD);
        Self { email, browser, id }
    }

    /// A program of this user, with an API key of its own.
    pub(super) fn program(&mut self, local_cloud: &LocalCloud) -> Client {
        let key = self.browser.post("/api/keys", &json!({"label": "a program"})).expect(201).json();
        Client::program(local_cloud).with("x-api-key", key["secret"].as_str().expect("a secret"))
    }
}

/// Signs in and returns the account's ID.
pub(super) fn login(browser: &mut Client, email: &str, password: &str) -> String {
    let answer =
        browser.post("/api/auth/login", &json!({"email": email, "password": password})).expect(200).json();
    assert_eq!(answer["status"], "signed_in", "{answer}");
    answer["account"]["id"].as_str().expect("an id").to_owned()
}

/// The mails to an address, the newest first.
fn mails(local_cloud: &LocalCloud, email: &str) -> Vec<Value> {
    let outbox =
        request("GET", &format!("{}/outbox.json", local_cloud.origin()), &[], None).expect(200).json();
    let mut mails = outbox.as_array().expect("a list").clone();
    mails.retain(|mail| mail["to"].as_array().is_some_and(|to| to.contains(&json!(email))));
    mails
}

/// Waits until an address has received this many mails with a subject.
pub(super) fn expect_mails(local_cloud: &LocalCloud, email: &str, subject: &Message, number: usize) {
    let subject = subject.in_language(Language::ENGLISH);
    until("mails with a subject", MAIL_LIMIT, || {
        let mails = mails(local_cloud, email);
        let found = mails.iter().filter(|mail| mail["subject"] == json!(subject)).count();
        assert!(found <= number, "{found} mails: {subject}");
        (found == number).then_some(())
    });
}

/// The code in the newest mail with a code to an address that has received this many of them.
pub(super) fn mailed_code(local_cloud: &LocalCloud, email: &str, number: usize) -> String {
    let mail = until("a mail", MAIL_LIMIT, || {
        // Only the mails of Cognito, which have codes, are HTML.
        let mut mails = mails(local_cloud, email);
        mails.retain(|mail| mail["html"] != json!(""));
        (mails.len() >= number).then(|| mails[0].clone())
    });
    let html = mail["html"].as_str().expect("text");
    let digits: String = html.chars().filter(char::is_ascii_digit).collect();
    assert_eq!(digits.len(), 6, "{html}");
    digits
}

/// All users of a test run share an IP address, and an address may not register and sign in that often.
pub(super) fn forget_address(local_cloud: &LocalCloud) {
    forget_counts(local_cloud, "rate#sensitive#address:");
}

/// Resets request counters, by the prefix of their keys.
pub(super) fn forget_counts(local_cloud: &LocalCloud, beginning: &str) {
    let table = local_cloud.output("TableName");
    let mut scan = json!({
        "TableName": table,
        "FilterExpression": "begins_with(pk, :beginning)",
        "ExpressionAttributeValues": {":beginning": {"S": beginning}},
        "ProjectionExpression": "pk, sk",
    });
    loop {
        let page = local_cloud.aws("dynamodb", "scan", scan.clone());
        for key in page["Items"].as_array().into_iter().flatten() {
            local_cloud.aws("dynamodb", "delete_item", json!({"TableName": table, "Key": key}));
        }
        if page["LastEvaluatedKey"].is_null() {
            return;
        }
        scan["ExclusiveStartKey"] = page["LastEvaluatedKey"].clone();
    }
}
