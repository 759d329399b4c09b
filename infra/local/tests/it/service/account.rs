//! An account's passwords, its data, and its deletion.

use std::io::Read;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use sansfond_texts::mail;
use serde_json::{Value, json};

use super::client::{Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::{PASSWORD, Person, expect_mails, forget_address, login, mailed_code};
use super::pictures::{assert_is_cutout_of, cat};
use super::until;

const SECOND: &str = "Second-Horse-8";
const THIRD: &str = "Third-Horse-9";

#[test]
fn a_password_is_changed_with_the_old_one_or_by_mail() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "forgetful");
    let mut program = person.program(local_cloud);
    expect_mails(local_cloud, &person.email, &mail::api_key_created_subject(), 1);
    let change = |old: &str, new: &str| json!({"current_password": old, "new_password": new});
    person
        .browser
        .post("/api/me/password", &change("Wrong-Horse-1", SECOND))
        .problem(401, "invalid_credentials");
    person.browser.post("/api/me/password", &change(PASSWORD, "short")).problem(400, "weak_password");
    forget_address(local_cloud);
    let mut thief = Client::browser(local_cloud);
    login(&mut thief, &person.email, PASSWORD);
    // The times in tokens have whole seconds.
    std::thread::sleep(Duration::from_millis(1100));
    person.browser.post("/api/me/password", &change(PASSWORD, SECOND)).expect(204);
    thief.do_post("/api/auth/refresh").problem(401, "session_expired");
    person.browser.do_post("/api/auth/refresh").expect(204);
    forget_address(local_cloud);
    let mut other = Client::browser(local_cloud);
    let with = |password: &str| json!({"email": person.email, "password": password});
    other.post("/api/auth/login", &with(PASSWORD)).problem(401, "invalid_credentials");
    login(&mut other, &person.email, SECOND);
    program.get("/api/me").expect(200);
    expect_mails(local_cloud, &person.email, &mail::password_changed_subject(), 1);

    // The answer is the same if there is no such account.
    for email in [person.email.as_str(), "nobody@sansfond.test"] {
        other.post("/api/auth/forgot-password", &json!({"email": email})).expect(202);
    }
    let code = mailed_code(local_cloud, &person.email, 2);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let reset = |code: &str| json!({"email": person.email, "code": code, "password": THIRD});
    forget_address(local_cloud);
    other.post("/api/auth/reset-password", &reset(wrong)).problem(400, "invalid_code");
    std::thread::sleep(Duration::from_millis(1100));
    let before_the_reset = person.browser.cookies.clone();
    other.post("/api/auth/reset-password", &reset(&code)).expect(204);
    person.browser.do_post("/api/auth/refresh").problem(401, "session_expired");
    other.post("/api/auth/reset-password", &reset(&code)).problem(400, "invalid_code");
    other.post("/api/auth/login", &with(SECOND)).problem(401, "invalid_credentials");
    login(&mut other, &person.email, THIRD);
    program.get("/api/me").problem(401, "invalid_api_key");
    // The access token from before the reset is still valid, but leaves nothing behind.
    person.browser.cookies = before_the_reset;
    person.browser.get("/api/keys").expect(200);
    person.browser.post("/api/keys", &json!({"label": "back door"})).problem(401, "unauthenticated");
    expect_mails(local_cloud, &person.email, &mail::password_changed_subject(), 2);

    // A change revokes the API keys only on request.
    person.browser = other;
    let mut program = person.program(local_cloud);
    let mut with_keys = change(THIRD, PASSWORD);
    with_keys["revoke_api_keys"] = json!(true);
    person.browser.post("/api/me/password", &with_keys).expect(204);
    program.get("/api/me").problem(401, "invalid_api_key");
}

#[test]
fn whoever_registers_an_address_first_gets_nothing_of_it() {
    let local_cloud = LocalCloud::shared();
    let email = "hijacked@sansfond.test";
    forget_address(local_cloud);
    let (mut stranger, mut owner) = (Client::browser(local_cloud), Client::browser(local_cloud));
    stranger.post("/api/auth/register", &json!({"email": email})).expect(202);
    owner.post("/api/auth/register", &json!({"email": email})).expect(202);
    let code = mailed_code(local_cloud, email, 2);
    // The stranger can neither choose the password before nor learn whether there is an account.
    let attempt = json!({"email": email, "password": PASSWORD});
    stranger.post("/api/auth/login", &attempt).problem(401, "invalid_credentials");
    let nobody = json!({"email": "unregistered@sansfond.test", "password": PASSWORD});
    stranger.post("/api/auth/login", &nobody).problem(401, "invalid_credentials");
    let confirmation = json!({"email": email, "code": code, "password": SECOND});
    owner.post("/api/auth/confirm", &confirmation).expect(204);
    login(&mut owner, email, SECOND);
    stranger.post("/api/auth/login", &attempt).problem(401, "invalid_credentials");
}

#[test]
fn the_pool_rejects_calls_without_the_client_secret() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "past-the-counts");
    // The client's ID, which is in every user's own token.
    let access = &person.browser.cookies["__Host-sansfond-access"];
    let claims = access.split('.').nth(1).expect("a payload");
    let claims = URL_SAFE_NO_PAD.decode(claims).expect("base64");
    let client = serde_json::from_slice::<Value>(&claims).expect("JSON")["client_id"].clone();
    assert_eq!(client, local_cloud.output("UserPoolClientId"));
    let email = &person.email;
    let stranger = "somebody-else@sansfond.test";
    for (call, more) in [
        ("sign_up", json!({"Username": stranger, "Password": PASSWORD})),
        ("confirm_sign_up", json!({"Username": email, "ConfirmationCode": "123456"})),
        ("resend_confirmation_code", json!({"Username": email})),
        ("forgot_password", json!({"Username": email})),
        ("confirm_forgot_password", json!({"Username": email, "ConfirmationCode": "1", "Password": SECOND})),
    ] {
        let mut with = more.clone();
        with["ClientId"] = client.clone();
        let refused = local_cloud.aws_refusal("cognito-idp", call, with.clone());
        assert!(refused.contains("SECRET_HASH was not received"), "{call}: {refused}");
        with["SecretHash"] = json!(STANDARD.encode([7; 32]));
        let refused = local_cloud.aws_refusal("cognito-idp", call, with);
        assert!(refused.contains("secret hash"), "{call}: {refused}");
    }
    // The functions have the secret: refreshing, which names the user differently, and signing out work too.
    person.browser.do_post("/api/auth/refresh").expect(204);
    person.browser.do_post("/api/auth/logout").expect(204);
}

#[test]
fn an_export_is_complete_and_a_deleted_account_leaves_nothing() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "leaver");
    let mut program = person.program(local_cloud);
    let id = jobs::upload(&mut person.browser, "cat.png", &cat());
    let job = jobs::completed(&mut person.browser, &id, jobs::PROMPT);

    let mut archive = export(&mut person);
    let names: Vec<String> = archive.file_names().map(|name| name.expect("a name").into_owned()).collect();
    let (source, result) = (format!("uploads/{id}/source"), format!("results/{id}/cutout.png"));
    for name in ["profile.json", "jobs.json", "credits.json", "keys.json", &source, &result] {
        assert!(names.iter().any(|one| one == name), "{name} is not among {names:?}");
    }
    assert_eq!(file(&mut archive, &source), cat());
    assert_is_cutout_of("chelsea", &file(&mut archive, &result));
    let read = |archive: &mut _, name| serde_json::from_slice::<Value>(&file(archive, name)).expect("JSON");
    assert_eq!(read(&mut archive, "profile.json")["email"], person.email);
    assert_eq!(read(&mut archive, "jobs.json")[0]["id"], id);
    assert_eq!(read(&mut archive, "credits.json")["ledger"].as_array().map(Vec::len), Some(2));
    let keys = read(&mut archive, "keys.json");
    assert_eq!((keys.as_array().map(Vec::len), &keys[0]["hash"]), (Some(1), &Value::Null), "{keys}");

    let announced = jobs::announce(&mut person.browser, "late.png", cat().len());
    person
        .browser
        .delete_with("/api/me", &json!({"email": "other@sansfond.test"}))
        .problem(400, "invalid_request");
    assert_eq!(files(local_cloud, &person.id), 4, "source, result, preview and export");
    person.browser.delete_with("/api/me", &json!({"email": person.email})).expect(204);
    assert_eq!(files(local_cloud, &person.id), 0);
    // Forbidden instead of missing, because the signer of the link may not list the bucket.
    request("GET", job["result"]["download_url"].as_str().expect("a link"), &[], None).expect(403);
    program.get("/api/jobs").problem(401, "invalid_api_key");
    let mark = rows(local_cloud, &person.id);
    assert_eq!(mark, 1, "the mark of a removed account, which a late sign-in finds");
    // The link of an upload works for a quarter of an hour.
    jobs::put(&announced, &cat()).expect(200);
    until("the late upload is deleted", jobs::PROMPT, || (files(local_cloud, &person.id) == 0).then_some(()));

    // The email is free again, and its new owner finds no old data.
    let mut again = Person::new(local_cloud, "leaver");
    assert_ne!(again.id, person.id);
    assert_eq!(again.browser.get("/api/jobs").expect(200).json()["jobs"], json!([]));
    assert_eq!(jobs::usage(&mut again.browser), (0, 10, 0));
}

#[test]
fn an_api_key_is_limited_and_can_be_revoked() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "key-holder");
    let mut program = person.program(local_cloud);
    assert_eq!(program.get("/api/me").expect(200).json()["email"], person.email);
    for (method, path) in [
        ("GET", "/api/keys"),
        ("POST", "/api/keys"),
        ("POST", "/api/me/export"),
        ("PATCH", "/api/me"),
        ("DELETE", "/api/me"),
    ] {
        let body = (method != "GET").then_some(&b"{}"[..]);
        let answer = program.send(method, path, &[("content-type", "application/json")], body);
        answer.problem(403, "session_required");
    }
    let keys = person.browser.get("/api/keys").expect(200).json();
    let key = keys["keys"][0]["id"].as_str().expect("an id");
    assert!(keys["keys"][0]["secret"].is_null(), "{keys}");
    person.browser.delete(&format!("/api/keys/{key}")).expect(204);
    program.get("/api/me").problem(401, "invalid_api_key");
    person.browser.delete(&format!("/api/keys/{key}")).problem(404, "not_found");
}

#[test]
fn a_login_with_a_second_factor_needs_its_code() {
    let local_cloud = LocalCloud::shared();
    let person = Person::new(local_cloud, "careful");
    // An operator allows it and has enrolled this user; our site has no page for that. The emulator accepts
    // any code of a user who has no registered secret.
    let pool = local_cloud.output("UserPoolId");
    let allowed = json!({"UserPoolId": pool, "MfaConfiguration": "OPTIONAL",
        "SoftwareTokenMfaConfiguration": {"Enabled": true}});
    local_cloud.aws("cognito-idp", "set_user_pool_mfa_config", allowed);
    let factor = json!({"UserPoolId": pool, "Username": person.email,
        "SoftwareTokenMfaSettings": {"Enabled": true, "PreferredMfa": true}});
    local_cloud.aws("cognito-idp", "admin_set_user_mfa_preference", factor);
    forget_address(local_cloud);
    let mut browser = Client::browser(local_cloud);
    let login = json!({"email": person.email, "password": PASSWORD});
    let answer = browser.post("/api/auth/login", &login).expect(200).json();
    assert_eq!(answer["status"], "code_required", "{answer}");
    assert!(browser.cookies.is_empty(), "a password alone opens nothing");
    let code = json!({"email": person.email, "session": answer["session"], "code": "123456"});
    let answer = browser.post("/api/auth/login", &code).expect(200).json();
    assert_eq!((&answer["status"], &answer["account"]["id"]), (&json!("signed_in"), &json!(person.id)));
    browser.get("/api/me").expect(200);
}

#[test]
fn feedback_is_stored_and_mailed() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "talkative");
    let words = json!({"message": "The cat’s whiskers are superb.", "reply_to": "talkative@sansfond.test"});
    person.browser.post("/api/feedback", &words).expect(202);
    let outbox =
        request("GET", &format!("{}/outbox.json", local_cloud.origin()), &[], None).expect(200).json();
    let mut mails = outbox.as_array().expect("a list").iter();
    let mail = mails.find(|mail| mail["subject"] == "Sansfond: feedback").expect("a mail");
    assert_eq!(mail["to"], json!(["operator@localhost.test"]));
    assert!(mail["text"].as_str().is_some_and(|text| text.contains("whiskers")), "{mail}");
}

/// The content of an export.
pub(super) type Archive = zip::ZipArchive<std::io::Cursor<Vec<u8>>>;

/// Exports the data of an account.
pub(super) fn export(person: &mut Person) -> Archive {
    let export = person.browser.do_post("/api/me/export").expect(201).json();
    assert_eq!(export["skipped_files"], 0, "{export}");
    let zip = request("GET", export["url"].as_str().expect("a link"), &[], None).expect(200);
    assert_eq!(export["size_bytes"].as_u64(), Some(zip.body.len() as u64));
    assert!(zip.header("content-disposition").contains("sansfond-export.zip"), "{:?}", zip.headers);
    zip::ZipArchive::new(std::io::Cursor::new(zip.body)).expect("a ZIP")
}

/// A file in an export.
pub(super) fn file(archive: &mut Archive, name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    archive.by_name(name).expect("it is there").read_to_end(&mut bytes).expect("it is whole");
    bytes
}

/// The number of an account's files in the bucket.
fn files(local_cloud: &LocalCloud, account: &str) -> u64 {
    let count = |folder: &str| {
        let prefix = format!("{folder}/{account}/");
        let list = local_cloud.aws(
            "s3",
            "list_objects_v2",
            json!({"Bucket": local_cloud.output("BucketName"), "Prefix": prefix}),
        );
        list["KeyCount"].as_u64().expect("a number")
    };
    ["uploads", "videos", "results", "exports"].map(count).iter().sum()
}

/// The number of an account's rows in the table.
fn rows(local_cloud: &LocalCloud, account: &str) -> u64 {
    let query = json!({"TableName": local_cloud.output("TableName"), "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": {"S": format!("account#{account}")}}});
    local_cloud.aws("dynamodb", "query", query)["Count"].as_u64().expect("a number")
}
