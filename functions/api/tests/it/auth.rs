//! Registration and sign-in. The script plays the responses of Cognito.

use axum::http::Method;
use sansfond_domain::Language;
use sansfond_domain::account::is_strong_enough;
use sansfond_domain::ports::Accounts;
use sansfond_embedded::{Reply, Step};
use sansfond_texts::account;
use serde_json::{Value, json};

use crate::test_api::{ACCESS, ADA, Answer, BOB, CLIENT_SECRET, REFRESH, TestApi};

const LOGIN: &str = "/api/auth/login";
const PASSWORD: &str = "Passw0rdPass";
const NEW: &str = "e4da3b7f-bbce-4345-9777-2b0674a318d5";

fn instead(body: Value) -> Step {
    Step::Instead(Reply::ok(body))
}

fn refused(name: &str) -> Step {
    Step::Instead(Reply::error(400, name, "No."))
}

fn tokens(test_api: &TestApi, account: &str, email: &str, locale: &str) -> Value {
    json!({ "AuthenticationResult": {
        "AccessToken": test_api.issuer.access(account),
        "IdToken": test_api.issuer.sign(&test_api.issuer.id_claims(account, email, locale)),
        "RefreshToken": "refresh-1",
    }})
}

fn cookies(answer: &Answer) -> Vec<String> {
    answer.headers.get_all("set-cookie").iter().map(|one| one.to_str().expect("text").to_owned()).collect()
}

#[tokio::test]
async fn invalid_input_is_rejected_without_calling_cognito() {
    let test_api = TestApi::open().await;
    let email = "ada@example.org";
    for (path, body, code) in [
        ("register", json!({ "email": "ada" }), "invalid_request"),
        ("register", json!({ "email": email, "password": PASSWORD }), "invalid_request"),
        ("register", json!({ "email": email, "plan": "gold" }), "invalid_request"),
        ("register", json!({ "email": email, "language": "de" }), "invalid_request"),
        ("confirm", json!({ "email": email }), "invalid_request"),
        ("confirm", json!({ "email": email, "code": "123456" }), "invalid_request"),
        ("confirm", json!({ "email": email, "code": "123456", "password": "short" }), "weak_password"),
        ("confirm", json!({ "email": email, "code": "123456", "password": "nouppercase1" }), "weak_password"),
        ("resend-code", json!({ "email": "a b@example.org" }), "invalid_request"),
        ("login", json!({ "email": email }), "invalid_request"),
        ("login", json!({ "email": email, "password": PASSWORD, "code": "1" }), "invalid_request"),
        ("login", json!({ "email": email, "session": "s" }), "invalid_request"),
        ("login", json!({ "email": email, "password": PASSWORD, "admin": true }), "invalid_request"),
        ("forgot-password", json!({}), "invalid_request"),
        ("reset-password", json!({ "email": email, "code": "1", "password": "short" }), "weak_password"),
    ] {
        let answer = test_api.post(&format!("/api/auth/{path}"), body).send().await;
        assert_eq!(answer.problem(400, code)["status"], 400, "{path}");
    }
    let change = json!({ "current_password": "x", "new_password": "short" });
    test_api.post("/api/me/password", change.clone()).by(ADA).send().await.problem(400, "weak_password");
    test_api.post("/api/me/password", change).send().await.problem(401, "unauthenticated");
    for operation in ["SignUp", "ConfirmSignUp", "AdminInitiateAuth", "ForgotPassword", "ChangePassword"] {
        assert_eq!(test_api.script().seen(operation).len(), 0, "{operation}");
    }
}

#[tokio::test]
async fn attempts_at_a_password_are_limited_per_account() {
    let test_api = TestApi::open().await;
    test_api.script().next("AdminInitiateAuth", 100, refused("NotAuthorizedException"));
    let tries = async |email: &str| {
        let mut refused = None;
        for _ in 0..21 {
            let body = json!({ "email": email, "password": PASSWORD });
            let answer = test_api.post(LOGIN, body).send().await;
            if answer.status == 429 {
                refused = Some(answer);
                break;
            }
            answer.problem(401, "invalid_credentials");
        }
        refused
    };
    // All spellings are one address.
    let answer = tries("Ada@Example.org").await.expect("refused");
    let problem = answer.problem(429, "rate_limited");
    assert_eq!(problem["limit"], 10);
    assert!(problem["detail"].is_string() && !answer.header("retry-after").is_empty(), "{answer:?}");
    let asked = test_api.script().seen("AdminInitiateAuth").len();
    let body = json!({ "email": " ada@example.ORG", "password": PASSWORD });
    test_api.post(LOGIN, body).send().await.problem(429, "rate_limited");
    assert_eq!(test_api.script().seen("AdminInitiateAuth").len(), asked, "Cognito is not asked any more");
    let bob = json!({ "email": "bob@example.org", "password": PASSWORD });
    test_api.post(LOGIN, bob).send().await.problem(401, "invalid_credentials");
}

#[tokio::test]
async fn registration_does_not_reveal_whether_an_address_exists() {
    let test_api = TestApi::open().await;
    let member = json!({ "email": "ada@example.org", "language": "fr" });
    test_api.script().next("SignUp", 1, instead(json!({ "UserConfirmed": false, "UserSub": NEW })));
    test_api.script().next("SignUp", 2, refused("UsernameExistsException"));
    // Registered before but never confirmed, then confirmed.
    test_api.script().next("ResendConfirmationCode", 1, instead(json!({})));
    test_api.script().next("ResendConfirmationCode", 1, refused("InvalidParameterException"));
    for _ in 0..3 {
        let answer = test_api.post("/api/auth/register", member.clone()).send().await;
        assert_eq!(answer.good(202), Value::Null);
    }
    assert_eq!(test_api.script().seen("ResendConfirmationCode").len(), 2);
    let attributes = &test_api.script().seen("SignUp")[0]["UserAttributes"];
    assert_eq!(attributes[1], json!({ "Name": "locale", "Value": "fr" }));
    for operation in ["ForgotPassword", "ResendConfirmationCode"] {
        test_api.script().next(operation, 1, instead(json!({})));
        test_api.script().next(operation, 1, refused("UserNotFoundException"));
        test_api.script().next(operation, 1, refused("InvalidParameterException"));
    }
    for path in ["/api/auth/forgot-password", "/api/auth/resend-code"] {
        for number in 0..3 {
            let body = json!({ "email": format!("somebody-{number}@example.org") });
            test_api.post(path, body).send().await.good(202);
        }
    }
}

#[tokio::test]
async fn a_login_sets_cookies_and_creates_the_account_once() {
    let test_api = TestApi::open().await;
    let body = json!({ "email": "new@example.org", "password": PASSWORD });
    for _ in 0..2 {
        test_api.script().next(
            "AdminInitiateAuth",
            1,
            instead(tokens(&test_api, NEW, "new@example.org", "fr")),
        );
        let answer = test_api.post(LOGIN, body.clone()).send().await;
        let outcome = answer.good(200);
        assert_eq!((&outcome["status"], &outcome["account"]["id"]), (&json!("signed_in"), &json!(NEW)));
        assert!(!answer.text().contains("refresh-1"), "{answer:?}");
        let [access, refresh] = &cookies(&answer)[..] else { panic!("{answer:?}") };
        assert!(access.starts_with(ACCESS) && refresh.starts_with(&format!("{REFRESH}={NEW}:refresh-1;")));
        let pair = access.split(';').next().expect("a pair");
        test_api.get("/api/me").cookies(pair).send().await.good(200);
    }
    let profile =
        test_api.table.account(&NEW.parse().expect("a name")).await.expect("an answer").expect("a profile");
    assert_eq!((profile.email.as_str(), profile.language.code()), ("new@example.org", "fr"));
    let sent = test_api.script().seen("AdminInitiateAuth");
    assert_eq!((&sent[0]["AuthFlow"], sent.len()), (&json!("ADMIN_USER_PASSWORD_AUTH"), 2));
    assert_eq!(test_api.script().seen("PutItem").len(), 3, "two existing accounts and a new one");
}

#[tokio::test]
async fn a_token_of_another_issuer_starts_no_session() {
    let test_api = TestApi::open().await;
    let foreign = test_api.issuer.with_another_key("k-1");
    let mut answer = tokens(&test_api, NEW, "new@example.org", "fr");
    answer["AuthenticationResult"]["IdToken"] =
        json!(foreign.sign(&foreign.id_claims(NEW, "new@example.org", "fr")));
    test_api.script().next("AdminInitiateAuth", 1, instead(answer));
    let answer =
        test_api.post(LOGIN, json!({ "email": "new@example.org", "password": PASSWORD })).send().await;
    answer.problem(500, "internal");
    assert_eq!(cookies(&answer), Vec::<String>::new());
    assert_eq!(test_api.table.account(&NEW.parse().expect("a name")).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_one_time_code_is_required_if_the_user_has_set_it_up() {
    let test_api = TestApi::open().await;
    let challenge = json!({
        "ChallengeName": "SOFTWARE_TOKEN_MFA", "Session": "s:1", "ChallengeParameters": { "USER_ID_FOR_SRP": ADA },
    });
    test_api.script().next("AdminInitiateAuth", 1, instead(challenge));
    let first = json!({ "email": "ada@example.org", "password": PASSWORD });
    let answer = test_api.post(LOGIN, first).send().await;
    assert_eq!(answer.good(200), json!({ "status": "code_required", "session": format!("{ADA}:s:1") }));
    assert_eq!(cookies(&answer), Vec::<String>::new());
    test_api.script().next("AdminRespondToAuthChallenge", 1, refused("CodeMismatchException"));
    let good = instead(tokens(&test_api, ADA, "ada@example.org", "en"));
    test_api.script().next("AdminRespondToAuthChallenge", 1, good);
    let second = json!({ "email": "ada@example.org", "session": format!("{ADA}:s:1"), "code": " 123456 " });
    test_api.post(LOGIN, second.clone()).send().await.problem(400, "invalid_code");
    assert_eq!(cookies(&test_api.post(LOGIN, second).send().await).len(), 2);
    let sent = &test_api.script().seen("AdminRespondToAuthChallenge")[1];
    assert_eq!(sent["Session"], "s:1");
    let sent = &sent["ChallengeResponses"];
    assert_eq!((&sent["SOFTWARE_TOKEN_MFA_CODE"], &sent["USERNAME"]), (&json!("123456"), &json!(ADA)));
    for session in ["s-1", "../a:s-1", ":s-1"] {
        let broken = json!({ "email": "ada@example.org", "session": session, "code": "1" });
        test_api.post(LOGIN, broken).send().await.problem(400, "invalid_code");
    }
    assert_eq!(test_api.script().seen("AdminRespondToAuthChallenge").len(), 2);
}

#[tokio::test]
async fn attempts_at_codes_are_limited_per_account() {
    let test_api = TestApi::open().await;
    test_api.script().next("AdminRespondToAuthChallenge", 11, refused("CodeMismatchException"));
    let tries = async |number: u32| {
        let email = format!("somebody-{number}@example.org");
        let body = json!({ "email": email, "session": format!("{ADA}:s-1"), "code": "1" });
        test_api.post(LOGIN, body).send().await
    };
    for number in 0..10 {
        tries(number).await.problem(400, "invalid_code");
    }
    tries(10).await.problem(429, "rate_limited");
}

/// 32 bytes in base64, different for each user.
fn proofs(test_api: &TestApi, operation: &str, place: &str) -> Vec<String> {
    let seen = test_api.script().seen(operation);
    let proofs =
        seen.iter().map(|call| call.pointer(place).and_then(Value::as_str).unwrap_or_default().to_owned());
    proofs.collect()
}

#[tokio::test]
async fn calls_of_cognito_prove_that_they_come_from_us() {
    let test_api = TestApi::open().await;
    let ada = "ada@example.org";
    for operation in ["SignUp", "ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "RevokeToken"] {
        test_api.script().next(operation, 1, instead(json!({ "UserConfirmed": false, "UserSub": NEW })));
    }
    for operation in ["AdminSetUserPassword", "ConfirmForgotPassword", "AdminUserGlobalSignOut"] {
        test_api.script().next(operation, 1, instead(json!({})));
    }
    test_api.script().next("AdminGetUser", 1, instead(json!({ "Username": ADA })));
    test_api.script().next("AdminInitiateAuth", 2, instead(tokens(&test_api, ADA, ada, "en")));
    test_api.script().next("AdminRespondToAuthChallenge", 1, instead(tokens(&test_api, ADA, ada, "en")));
    let auth = |path: &str, body: Value| test_api.post(&format!("/api/auth/{path}"), body);
    auth("register", json!({ "email": ada })).send().await.good(202);
    auth("confirm", json!({ "email": ada, "code": "1", "password": PASSWORD })).send().await.good(204);
    auth("resend-code", json!({ "email": ada })).send().await.good(202);
    auth("forgot-password", json!({ "email": ada })).send().await.good(202);
    auth("reset-password", json!({ "email": ada, "code": "1", "password": PASSWORD })).send().await.good(204);
    auth("login", json!({ "email": ada, "password": PASSWORD })).send().await.good(200);
    let code = json!({ "email": ada, "session": format!("{ADA}:s-1"), "code": "1" });
    auth("login", code).send().await.good(200);
    let cookies = format!("{REFRESH}={ADA}:refresh-1");
    test_api.call(Method::POST, "/api/auth/refresh").cookies(&cookies).send().await.good(204);
    test_api.call(Method::POST, "/api/auth/logout").cookies(&cookies).send().await.good(204);

    let [by_email] = &proofs(&test_api, "SignUp", "/SecretHash")[..] else { panic!("one call") };
    assert_eq!(by_email.len(), 44, "{by_email}");
    for operation in ["ConfirmSignUp", "ResendConfirmationCode", "ForgotPassword", "ConfirmForgotPassword"] {
        assert_eq!(proofs(&test_api, operation, "/SecretHash"), [by_email.as_str()], "{operation}");
    }
    let [login, refresh] = &proofs(&test_api, "AdminInitiateAuth", "/AuthParameters/SECRET_HASH")[..] else {
        panic!("two calls")
    };
    assert_eq!(login, by_email);
    assert!(refresh != login && refresh.len() == 44, "a refresh is about the user's own name: {refresh}");
    let code = proofs(&test_api, "AdminRespondToAuthChallenge", "/ChallengeResponses/SECRET_HASH");
    assert_eq!(code, [refresh.as_str()], "and so is a code");
    let sent = test_api.script().seen("AdminInitiateAuth");
    assert_eq!(
        (&sent[0]["AuthParameters"]["USERNAME"], &sent[1]["AuthParameters"]["REFRESH_TOKEN"]),
        (&json!(ada), &json!("refresh-1"))
    );
    assert_eq!(proofs(&test_api, "RevokeToken", "/ClientSecret"), [CLIENT_SECRET]);
}

#[tokio::test]
async fn without_a_client_secret_no_hash_is_sent() {
    let test_api = TestApi::with(|settings| settings.pool_client_secret = None).await;
    test_api.script().next("SignUp", 1, instead(json!({ "UserConfirmed": false, "UserSub": NEW })));
    test_api.post("/api/auth/register", json!({ "email": "ada@example.org" })).send().await.good(202);
    let body = json!({ "email": "ada@example.org", "password": PASSWORD });
    test_api.script().next("AdminInitiateAuth", 1, instead(tokens(&test_api, ADA, "ada@example.org", "en")));
    test_api.post(LOGIN, body).send().await.good(200);
    assert_eq!(test_api.script().seen("SignUp")[0].get("SecretHash"), None);
    assert_eq!(test_api.script().seen("AdminInitiateAuth")[0]["AuthParameters"].get("SECRET_HASH"), None);
}

#[tokio::test]
async fn errors_of_cognito_become_our_problems() {
    let test_api = TestApi::open().await;
    for (name, status, code) in [
        ("NotAuthorizedException", 401, "invalid_credentials"),
        ("UserNotFoundException", 401, "invalid_credentials"),
        ("UserNotConfirmedException", 401, "invalid_credentials"),
        ("TooManyRequestsException", 429, "rate_limited"),
        ("InvalidParameterException", 500, "internal"),
    ] {
        test_api.script().next("AdminInitiateAuth", 3, refused(name));
        let body = json!({ "email": "ada@example.org", "password": PASSWORD });
        test_api.post(LOGIN, body).send().await.problem(status, code);
        test_api.script().forget();
    }
    test_api.script().next("ConfirmSignUp", 1, refused("NotAuthorizedException"));
    let confirm = json!({ "email": "ada@example.org", "code": "1", "password": PASSWORD });
    test_api.post("/api/auth/confirm", confirm).send().await.problem(400, "invalid_code");
    assert_eq!(test_api.script().seen("AdminSetUserPassword").len(), 0);
    test_api.script().next("AdminGetUser", 1, refused("UserNotFoundException"));
    test_api.script().next("ConfirmForgotPassword", 1, refused("UserNotFoundException"));
    let reset = json!({ "email": "ada@example.org", "code": "1", "password": PASSWORD });
    test_api.post("/api/auth/reset-password", reset).send().await.problem(400, "invalid_code");
}

#[tokio::test]
async fn a_session_is_renewed_by_its_refresh_token() {
    let test_api = TestApi::open().await;
    let refresh =
        || test_api.call(Method::POST, "/api/auth/refresh").cookies(&format!("{REFRESH}={ADA}:refresh-1"));
    let mut renewed = tokens(&test_api, ADA, "ada@example.org", "en");
    renewed["AuthenticationResult"].as_object_mut().expect("an object").remove("RefreshToken");
    test_api.script().next("AdminInitiateAuth", 1, instead(renewed));
    let answer = refresh().send().await;
    answer.good(204);
    let [access] = &cookies(&answer)[..] else { panic!("{answer:?}") };
    assert!(access.starts_with(ACCESS), "{access}");
    test_api.script().next("AdminInitiateAuth", 1, refused("NotAuthorizedException"));
    let over = refresh().send().await;
    over.problem(401, "session_expired");
    assert!(
        cookies(&over).len() == 2 && cookies(&over).iter().all(|one| one.contains("Max-Age=0")),
        "{over:?}"
    );
    test_api.script().next("AdminInitiateAuth", 3, Step::Instead(Reply::broken()));
    let broken = refresh().send().await;
    broken.problem(503, "unavailable");
    assert_eq!(cookies(&broken), Vec::<String>::new(), "an accident of ours ends no session");
    test_api.call(Method::POST, "/api/auth/refresh").send().await.problem(401, "unauthenticated");
}

#[tokio::test]
async fn logging_out_deletes_the_cookies_and_revokes_the_token() {
    let test_api = TestApi::open().await;
    let logout = |cookies: &str| test_api.call(Method::POST, "/api/auth/logout").cookies(cookies);
    test_api.script().next("RevokeToken", 1, instead(json!({})));
    let answer = logout(&format!("{ACCESS}=x; {REFRESH}={ADA}:refresh-1")).send().await;
    answer.good(204);
    assert!(cookies(&answer).len() == 2 && cookies(&answer).iter().all(|one| one.contains("Max-Age=0")));
    assert_eq!(test_api.script().seen("RevokeToken")[0]["Token"], "refresh-1");
    logout("theme=dark").send().await.good(204);
    test_api.script().next("RevokeToken", 1, refused("NotAuthorizedException"));
    logout(&format!("{REFRESH}={ADA}:old")).send().await.good(204);
}

#[tokio::test]
async fn changing_a_password_needs_the_current_one() {
    let test_api = TestApi::open().await;
    let change = || {
        let body = json!({ "current_password": "Passw0rdOld", "new_password": PASSWORD });
        test_api.post("/api/me/password", body).by(ADA)
    };
    test_api.script().next("ChangePassword", 1, refused("NotAuthorizedException"));
    change().send().await.problem(401, "invalid_credentials");
    assert_eq!(test_api.script().seen("AdminUserGlobalSignOut").len(), 0);
    test_api.script().next("ChangePassword", 1, instead(json!({})));
    test_api.script().next("AdminUserGlobalSignOut", 1, instead(json!({})));
    test_api.script().next("AdminInitiateAuth", 1, instead(tokens(&test_api, ADA, "ada@example.org", "en")));
    let changed = change().send().await;
    changed.good(204);
    assert_eq!(test_api.script().seen("AdminUserGlobalSignOut")[0]["Username"], ADA);
    let [access, refresh] = &cookies(&changed)[..] else { panic!("{changed:?}") };
    assert!(access.starts_with(ACCESS) && refresh.starts_with(REFRESH), "{changed:?}");
    let sent = &test_api.script().seen("ChangePassword")[1];
    assert_eq!(
        (&sent["PreviousPassword"], &sent["ProposedPassword"]),
        (&json!("Passw0rdOld"), &json!(PASSWORD))
    );

    // If the other sessions were not ended, the user is told, because they can be renewed for weeks.
    test_api.script().next("ChangePassword", 1, instead(json!({})));
    test_api.script().next("AdminUserGlobalSignOut", 10, Step::Instead(Reply::broken()));
    let problem = change().send().await.problem(503, "unavailable");
    assert_eq!(problem["detail"], account::old_access_still_valid().in_language(Language::ENGLISH));
    test_api.script().forget();

    // The password is changed even if no new session begins: the browser has to sign in again.
    test_api.script().next("ChangePassword", 1, instead(json!({})));
    test_api.script().next("AdminUserGlobalSignOut", 1, instead(json!({})));
    test_api.script().next("AdminInitiateAuth", 10, Step::Instead(Reply::broken()));
    let changed = change().send().await;
    changed.good(204);
    assert!(cookies(&changed).iter().all(|cookie| cookie.contains("Max-Age=0")), "{changed:?}");
}

#[tokio::test]
async fn whoever_has_the_mailbox_chooses_the_password() {
    let test_api = TestApi::open().await;
    let email = "victim@example.org";
    test_api.script().next("SignUp", 1, instead(json!({ "UserConfirmed": false, "UserSub": NEW })));
    test_api.script().next("SignUp", 1, refused("UsernameExistsException"));
    test_api.script().next("ResendConfirmationCode", 1, instead(json!({})));
    // A stranger registers the address first, then its owner.
    for _ in 0..2 {
        test_api.post("/api/auth/register", json!({ "email": email })).send().await.good(202);
    }
    let unknown: Vec<_> = test_api
        .script()
        .seen("SignUp")
        .iter()
        .map(|sent| sent["Password"].as_str().unwrap().to_owned())
        .collect();
    assert_ne!(unknown[0], unknown[1]);
    assert!(unknown.iter().all(|password| is_strong_enough(password) && password.len() > 40), "{unknown:?}");

    let confirm = json!({ "email": email, "code": " 123456 ", "password": PASSWORD });
    test_api.script().next("ConfirmSignUp", 1, refused("CodeMismatchException"));
    test_api.post("/api/auth/confirm", confirm.clone()).send().await.problem(400, "invalid_code");
    assert_eq!(test_api.script().seen("AdminSetUserPassword").len(), 0);
    test_api.script().next("ConfirmSignUp", 2, instead(json!({})));
    test_api.script().next("AdminSetUserPassword", 1, instead(json!({})));
    test_api.post("/api/auth/confirm", confirm.clone()).send().await.good(204);
    let set = &test_api.script().seen("AdminSetUserPassword")[0];
    assert_eq!(
        (&set["Username"], &set["Password"], &set["Permanent"]),
        (&json!(email), &json!(PASSWORD), &json!(true))
    );

    // The code cannot be used again, so the response says how to go on.
    test_api.script().next("AdminSetUserPassword", 10, Step::Instead(Reply::broken()));
    let interrupted = test_api.post("/api/auth/confirm", confirm).send().await;
    let problem = interrupted.problem(503, "unavailable");
    assert_eq!(problem["detail"], account::password_not_set().in_language(Language::ENGLISH));
}

/// Creates an API key with this access token; returns its secret.
async fn key_with(test_api: &TestApi, access: &str) -> Answer {
    test_api.post("/api/keys", json!({ "label": "shop" })).token(access).send().await
}

fn secret(created: &Answer) -> String {
    created.good(201)["secret"].as_str().expect("a secret").to_owned()
}

#[tokio::test]
async fn a_password_reset_ends_everything_that_an_intruder_has() {
    let test_api = TestApi::open().await;
    let stolen = test_api.issuer.access(ADA);
    let (first, second) =
        (secret(&key_with(&test_api, &stolen).await), secret(&key_with(&test_api, &stolen).await));
    let bobs = secret(&key_with(&test_api, &test_api.issuer.access(BOB)).await);
    let body = json!({ "email": "ada@example.org", "code": "123456", "password": PASSWORD });

    // A wrong code changes nothing.
    test_api.script().next("AdminGetUser", 2, instead(json!({ "Username": ADA })));
    test_api.script().next("ConfirmForgotPassword", 1, refused("CodeMismatchException"));
    test_api.post("/api/auth/reset-password", body.clone()).send().await.problem(400, "invalid_code");
    test_api.get("/api/me").key(&first).send().await.good(200);

    test_api.script().next("ConfirmForgotPassword", 1, instead(json!({})));
    test_api.script().next("AdminUserGlobalSignOut", 1, instead(json!({})));
    test_api.post("/api/auth/reset-password", body).send().await.good(204);
    assert_eq!(test_api.script().seen("AdminUserGlobalSignOut")[0]["Username"], ADA);
    for secret in [&first, &second] {
        test_api.get("/api/me").key(secret).send().await.problem(401, "invalid_api_key");
    }
    test_api.get("/api/me").key(&bobs).send().await.good(200);
    // The access token is valid for minutes, but creates nothing that outlives it.
    key_with(&test_api, &stolen).await.problem(401, "unauthenticated");
    secret(&key_with(&test_api, &test_api.issuer.access(ADA)).await);
}

#[tokio::test]
async fn a_password_reset_says_if_the_api_keys_are_still_valid() {
    let test_api = TestApi::open().await;
    test_api.script().next("AdminGetUser", 1, instead(json!({ "Username": ADA })));
    test_api.script().next("ConfirmForgotPassword", 1, instead(json!({})));
    test_api.script().next("AdminUserGlobalSignOut", 1, instead(json!({})));
    test_api.script().next("Query", 10, Step::Instead(Reply::broken()));
    let body = json!({ "email": "ada@example.org", "code": "123456", "password": PASSWORD });
    let problem = test_api.post("/api/auth/reset-password", body).send().await.problem(503, "unavailable");
    assert_eq!(problem["detail"], account::old_access_still_valid().in_language(Language::ENGLISH));
}

#[tokio::test]
async fn a_password_change_revokes_the_api_keys_if_asked() {
    let test_api = TestApi::open().await;
    let kept = secret(&key_with(&test_api, &test_api.issuer.access(ADA)).await);
    for (revoke, status) in [(None, 200), (Some(false), 200), (Some(true), 401)] {
        test_api.script().next("ChangePassword", 1, instead(json!({})));
        test_api.script().next("AdminUserGlobalSignOut", 1, instead(json!({})));
        test_api.script().next(
            "AdminInitiateAuth",
            1,
            instead(tokens(&test_api, ADA, "ada@example.org", "en")),
        );
        let mut body = json!({ "current_password": "Passw0rdOld", "new_password": PASSWORD });
        if let Some(revoke) = revoke {
            body["revoke_api_keys"] = json!(revoke);
        }
        let old = test_api.issuer.access(ADA);
        test_api.post("/api/me/password", body).token(&old).send().await.good(204);
        assert_eq!(test_api.get("/api/me").key(&kept).send().await.status, status, "{revoke:?}");
        key_with(&test_api, &old).await.problem(401, "unauthenticated");
        // A session that begins with the new password.
        secret(&key_with(&test_api, &test_api.issuer.access(ADA)).await);
    }
}
