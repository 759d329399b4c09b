//! From signing up to a downloaded cutout and the end of the account.

use serde_json::{Value, json};

use super::client::{Client, request};
use super::local_cloud::LocalCloud;
use super::people::{PASSWORD, Person, forget_address, login, mailed_code};
use super::pictures::{assert_is_cutout_of, cat, fixture};
use super::{jobs, until};

#[test]
fn a_new_user_registers_gets_a_cutout_and_deletes_the_account() {
    let local_cloud = LocalCloud::shared();
    let mut browser = sign_up(local_cloud, "ada@sansfond.test");

    let picture = fixture("pictures/astronaut.png");
    let announced = jobs::announce(&mut browser, "Eileen à bord.png", picture.len());
    assert_eq!(announced["job"]["state"], "pending");
    let id = jobs::id(&announced["job"]);
    assert_eq!(jobs::usage(&mut browser), (1, 9, 1), "a credit is reserved before the upload");
    jobs::put(&announced, &picture).expect(200);

    let job = poll_with_etag(&mut browser, &id);
    assert_eq!(
        (job["state"].as_str(), job["progress_percent"].as_u64()),
        (Some("completed"), Some(100)),
        "{job}"
    );
    assert_eq!((job["result"]["width"].as_u64(), job["result"]["height"].as_u64()), (Some(512), Some(512)));
    let file = jobs::result(&job);
    assert_eq!(file.header("content-type"), "image/png");
    assert_eq!(job["result"]["size_bytes"].as_u64(), Some(file.body.len() as u64));
    let disposition = file.header("content-disposition");
    assert!(disposition.starts_with("attachment"), "{disposition}");
    assert!(disposition.contains("Eileen%20%C3%A0%20bord-sansfond.png"), "{disposition}");
    assert_is_cutout_of("astronaut", &file.body);
    let preview =
        request("GET", job["result"]["preview_url"].as_str().expect("a link"), &[], None).expect(200);
    assert_eq!(image::guess_format(&preview.body).expect("a picture"), image::ImageFormat::WebP);
    let preview = image::load_from_memory(&preview.body).expect("a picture");
    assert_eq!((preview.width(), preview.height()), (512, 512), "nothing is enlarged");
    assert_eq!(linked(&job, "source_url"), picture, "the editor gets what was sent");

    assert_eq!(jobs::usage(&mut browser), (1, 9, 0));
    assert_eq!(jobs::ledger(&mut browser, &id), jobs::entries(&[("reserved", -1), ("kept", 0)]));
    let list = browser.get("/api/jobs").expect(200).json();
    assert_eq!((list["jobs"].as_array().map(Vec::len), &list["jobs"][0]["id"]), (Some(1), &json!(id)));
    assert_eq!(linked(&list["jobs"][0], "download_url"), file.body);

    let before = browser.clone();
    browser.post("/api/auth/logout", &json!({})).expect(204);
    assert!(browser.cookies.is_empty(), "{:?}", browser.cookies);
    browser.get("/api/me").problem(401, "unauthenticated");
    // A copy of the cookie is worthless after signing out.
    let mut thief = before;
    thief.cookies.remove("__Host-sansfond-access");
    thief.do_post("/api/auth/refresh").problem(401, "session_expired");
}

/// The content of a link in a job's result.
#[track_caller]
fn linked(job: &Value, link: &str) -> Vec<u8> {
    request("GET", job["result"][link].as_str().expect("a link"), &[], None).expect(200).body
}

/// Signs up, with all mistakes on the way.
fn sign_up(local_cloud: &LocalCloud, email: &str) -> Client {
    forget_address(local_cloud);
    let mut browser = Client::browser(local_cloud).with("accept-language", "fr-CA, en;q=0.5");
    let (registration, sign_in) = (json!({"email": email}), json!({"email": email, "password": PASSWORD}));
    browser.post("/api/auth/register", &registration).expect(202);
    // The same response as for an address that nobody has registered.
    browser.post("/api/auth/login", &sign_in).problem(401, "invalid_credentials");
    // The first mail was lost.
    mailed_code(local_cloud, email, 1);
    browser.post("/api/auth/resend-code", &json!({"email": email})).expect(202);
    let code = mailed_code(local_cloud, email, 2);
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let confirmation =
        |code: &str, password: &str| json!({"email": email, "code": code, "password": password});
    browser.post("/api/auth/confirm", &confirmation(&code, "simple")).problem(400, "weak_password");
    browser.post("/api/auth/confirm", &confirmation(wrong, PASSWORD)).problem(400, "invalid_code");
    browser.post("/api/auth/confirm", &confirmation(&code, PASSWORD)).expect(204);
    // The response does not reveal whether the email was taken.
    browser.post("/api/auth/register", &registration).expect(202);
    browser
        .post("/api/auth/login", &json!({"email": email, "password": "Another-Horse-8"}))
        .problem(401, "invalid_credentials");
    let answer = browser.post("/api/auth/login", &sign_in).expect(200);
    let cookies = answer.all("set-cookie");
    assert_eq!(cookies.len(), 2);
    for cookie in cookies {
        assert!(cookie.starts_with("__Host-") && cookie.contains("; Path=/;"), "{cookie}");
        assert!(cookie.contains("; HttpOnly; SameSite=Lax; Secure"), "{cookie}");
    }
    let me = browser.get("/api/me").expect(200).json();
    assert_eq!((&me["email"], &me["language"]), (&json!(email), &json!("fr")));
    assert_eq!(browser.get("/api/usage").expect(200).json()["plan"], "free");
    browser
}

/// Polls like a browser: while nothing has changed, the response is empty.
fn poll_with_etag(browser: &mut Client, id: &str) -> Value {
    let path = format!("/api/jobs/{id}");
    let (mut tag, mut unchanged) = (String::new(), 0);
    let job = until("the job ends", jobs::PROMPT, || {
        let answer = browser.send("GET", &path, &[("if-none-match", &tag)], None);
        if answer.status == 304 {
            assert!(answer.body.is_empty());
            unchanged += 1;
            return None;
        }
        let answer = answer.expect(200);
        answer.header("etag").clone_into(&mut tag);
        assert!(tag.starts_with('"'), "{tag}");
        let job = answer.json();
        (!matches!(job["state"].as_str(), Some("pending" | "queued" | "processing"))).then_some(job)
    });
    assert_eq!(browser.send("GET", &path, &[("if-none-match", &tag)], None).status, 304);
    assert!(unchanged > 0, "a picture takes longer than one request");
    job
}

#[test]
fn job_events_are_watched_until_the_end() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "watcher");
    let id = jobs::upload(&mut person.browser, "cat.png", &cat());
    let (mut seen, mut states) = (String::new(), Vec::new());
    loop {
        let path = format!("/api/jobs/{id}/events");
        let answer = person.browser.send("GET", &path, &[("last-event-id", &seen)], None);
        if answer.status == 204 {
            break;
        }
        let answer = answer.expect(200);
        assert_eq!(answer.header("content-type"), "text/event-stream");
        let text = answer.text();
        let field = |name: &str| text.lines().find_map(|line| line.strip_prefix(name)).map(str::trim);
        if let (Some(id), Some(data)) = (field("id:"), field("data:")) {
            assert_ne!(id, seen, "each event is new");
            id.clone_into(&mut seen);
            let job: Value = serde_json::from_str(data).expect("JSON");
            states.push(job["state"].as_str().expect("a state").to_owned());
            if job["state"] == "completed" {
                assert_is_cutout_of("chelsea", &linked(&job, "download_url"));
            }
        }
        assert!(states.len() < 20, "{states:?}");
    }
    assert_eq!(states.last().map(String::as_str), Some("completed"), "{states:?}");
    assert!(states.contains(&"processing".to_owned()), "{states:?}");
}

#[test]
fn pages_documentation_and_health_respond() {
    let local_cloud = LocalCloud::shared();
    let mut browser = Client::browser(local_cloud);
    let health = browser.get("/api/health").expect(200).json();
    assert_eq!(
        (&health["status"], &health["model"]),
        (&json!("ok"), &json!("isnet-general-use")),
        "{health}"
    );
    // OpenVINO if the processor has bfloat16 and the library is installed; never “auto”.
    assert!(["cpu", "openvino"].map(Value::from).contains(&health["provider"]), "{health}");
    let config = browser.get("/api/config").expect(200).json();
    assert_eq!(config["languages"], json!(sansfond_texts::languages().collect::<Vec<_>>()));
    assert_eq!(config["plans"][0]["images_per_month"], 10);
    let documentation = browser.get("/docs/index.html").expect(200);
    assert!(documentation.text().contains("swagger"), "{}", documentation.text());
    let described = browser.get("/api/openapi.json").expect(200).json();
    assert!(
        described == sansfond_generate::openapi::document(),
        "the function `docs` is older than docs/openapi.json"
    );
    browser.get("/api/nothing").expect(404);
    browser.get("/").expect(200);
}

#[test]
fn accounts_are_isolated() {
    let local_cloud = LocalCloud::shared();
    let (mut one, mut other) = (Person::new(local_cloud, "owner"), Person::new(local_cloud, "neighbor"));
    let announced = jobs::announce(&mut one.browser, "mine.png", 100);
    let id = jobs::id(&announced["job"]);
    for (method, path) in [
        ("GET", format!("/api/jobs/{id}")),
        ("GET", format!("/api/jobs/{id}/events")),
        ("POST", format!("/api/jobs/{id}/cancel")),
        ("POST", format!("/api/jobs/{id}/retry")),
        ("DELETE", format!("/api/jobs/{id}")),
    ] {
        let body = (method == "POST").then_some(&[][..]);
        other.browser.send(method, &path, &[], body).problem(404, "not_found");
    }
    assert_eq!(other.browser.get("/api/jobs").expect(200).json()["jobs"], json!([]));
    // A page of another site cannot use the browser's cookies.
    let mut stolen = one.browser.clone().with("origin", "https://evil.example");
    stolen.do_post(&format!("/api/jobs/{id}/cancel")).problem(403, "cross_site_request");
    one.browser.do_post(&format!("/api/jobs/{id}/cancel")).expect(200);
}

#[test]
fn guessing_passwords_is_rate_limited() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "guessed");
    let mut guesser = Client::browser(local_cloud);
    let guess = json!({"email": person.email, "password": "Wrong-Horse-9"});
    let mut wrong = 0;
    let refused = loop {
        forget_address(local_cloud);
        let answer = guesser.post("/api/auth/login", &guess);
        if answer.status == 429 {
            break answer;
        }
        answer.problem(401, "invalid_credentials");
        wrong += 1;
        // Ten in a quarter of an hour, which may end and start again between two tries.
        assert!(wrong < 20, "the attempts are not limited");
    };
    assert!(wrong > 4, "{wrong} mistakes are too few");
    let wait: u64 = refused.header("retry-after").parse().expect("seconds");
    assert!((1..=900).contains(&wait), "{wait}");
    // The existing session still works.
    person.browser.get("/api/me").expect(200);
    let mut other = Person::new(local_cloud, "not-guessed");
    login(&mut other.browser, &other.email, PASSWORD);
}
