//! The routes, with requests of clients.

use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::header::{ACCEPT, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderMap, Request, StatusCode};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sansfond_domain::credits::{Cause, Reason, Source};
use sansfond_domain::ports::{Accounts, Balances, JobFilter, Jobs, PageRequest, Scope, Transactions};
use sansfond_domain::rules;
use sansfond_domain::storage_key::SourceKey;
use sansfond_domain::{Credits, Job, JobState, PerKind, Plan};
use sansfond_fetch::Fetcher;
use sansfond_jobs::now;
use sansfond_options::{ImageOptions, field_names};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::test_functions::TestFunctions;
use crate::{engine, fixture};

const FORM: &str = "multipart/form-data; boundary=XX";

struct Client {
    test_functions: TestFunctions,
    key: String,
    router: Router,
}

pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Client {
    async fn new() -> Self {
        Self::with(Plan::default()).await
    }

    async fn with(free: Plan) -> Self {
        let mut test_functions = TestFunctions::start().await;
        test_functions.free = std::sync::Arc::new(free);
        let key = test_functions.key().await;
        let fetcher = Fetcher::new(|address: IpAddr| address.is_loopback(), Duration::from_secs(5));
        let router = sansfond_image::routes::with(
            &test_functions.boot(),
            &engine(),
            test_functions.context(),
            fetcher,
        );
        Self { router: router.expect("a router"), test_functions, key }
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let mut request = Request::post(path).header("x-api-key", &self.key);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        ask(&self.router, request.body(body.into()).expect("a request")).await
    }

    async fn raw(&self, query: &str, body: Vec<u8>) -> Answer {
        self.send(&format!("/api/remove-background{query}"), &[("content-type", "image/png")], body).await
    }

    async fn json(&self, body: Value) -> Answer {
        self.send("/api/remove-background", &[("content-type", "application/json")], body.to_string()).await
    }

    async fn form(&self, fields: &[(&str, &[u8])]) -> Answer {
        let mut body = Vec::new();
        for (name, value) in fields {
            let file = if *name == "image_file" { "; filename=\"été/cat.png\"" } else { "" };
            body.extend(
                format!("--XX\r\nContent-Disposition: form-data; name=\"{name}\"{file}\r\n\r\n").bytes(),
            );
            body.extend(*value);
            body.extend(b"\r\n");
        }
        body.extend(b"--XX--\r\n");
        self.send("/api/remove-background", &[("content-type", FORM)], body).await
    }

    async fn job(&self, answer: &Answer) -> Job {
        let id = answer.header("x-job-id").parse().expect("a job");
        self.test_functions
            .table
            .job(&self.test_functions.account, &id)
            .await
            .expect("an answer")
            .expect("there")
    }

    async fn jobs(&self) -> Vec<Job> {
        let page = PageRequest { limit: 50, after: None };
        self.test_functions
            .table
            .jobs(&self.test_functions.account, &JobFilter::default(), &page)
            .await
            .expect("a page")
            .items
    }
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&self.body)))
    }

    #[track_caller]
    pub(crate) fn is_problem(&self, status: u16, code: &str) -> Value {
        let problem = self.json();
        assert_eq!((self.status.as_u16(), problem["code"].as_str()), (status, Some(code)), "{problem}");
        assert_eq!(self.header("content-type"), "application/problem+json");
        problem
    }

    #[track_caller]
    pub(crate) fn is_picture(&self, media_type: &str, size: (u32, u32)) {
        assert_eq!(self.status, StatusCode::OK, "{}", String::from_utf8_lossy(&self.body));
        assert_eq!(self.header("content-type"), media_type);
        let picture = image::load_from_memory(&self.body).expect("a picture");
        assert_eq!((picture.width(), picture.height()), size);
        assert_eq!(self.header("x-width"), size.0.to_string());
        assert_eq!(self.header("x-height"), size.1.to_string());
    }
}

pub(crate) async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, 20_000_000).await.expect("a body").to_vec();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub(crate) fn coffee() -> Vec<u8> {
    fixture("pictures/coffee.png")
}

#[tokio::test]
async fn health_reports_the_model_without_authentication() {
    let client = Client::new().await;
    let answer =
        ask(&client.router, Request::get("/api/health").body(Body::empty()).expect("a request")).await;
    let health = answer.json();
    assert_eq!(answer.status, StatusCode::OK, "{health}");
    assert_eq!(
        (&health["status"], &health["model"], &health["provider"]),
        (&json!("ok"), &json!("isnet-general-use"), &json!("cpu"))
    );
    assert!(health["runtime"].as_str().is_some_and(|runtime| runtime.starts_with("1.")), "{health}");
    let request = Request::post("/api/health").body(Body::empty()).expect("a request");
    ask(&client.router, request).await.is_problem(405, "method_not_allowed");
    let request = Request::get("/api/other").body(Body::empty()).expect("a request");
    ask(&client.router, request).await.is_problem(404, "not_found");
}

#[tokio::test]
async fn without_a_key_or_a_session_the_request_is_rejected() {
    let client = Client::new().await;
    for (name, value) in [("x-nothing", "x"), ("x-api-key", "sf_wrong"), ("authorization", "Bearer x")] {
        let request =
            Request::post("/api/remove-background").header(name, value).header(CONTENT_TYPE, "image/png");
        let answer = ask(&client.router, request.body(coffee().into()).expect("a request")).await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{name}");
    }
    assert_eq!(client.jobs().await, []);
}

#[tokio::test]
async fn an_image_file_returns_a_cutout_for_one_credit() {
    let client = Client::new().await;
    let answer = client.raw("?format=webp", coffee()).await;
    answer.is_picture("image/webp", (600, 400));
    assert_eq!(answer.header("x-credits-remaining"), "9");
    assert_eq!(answer.header("content-disposition"), "inline; filename=\"cutout.webp\"");
    let job = client.job(&answer).await;
    assert_eq!(job.state, JobState::Completed);
    let output = job.output.expect("an output");
    assert_eq!((output.stored, output.size_bytes), (false, answer.body.len() as u64));
    let balance = client.test_functions.balance().await;
    assert_eq!((balance.used.image, balance.open_jobs), (Credits::ONE, 0));
    let causes: Vec<_> = client
        .test_functions
        .table
        .ledger(&client.test_functions.account, &PageRequest { limit: 9, after: None })
        .await
        .expect("a ledger")
        .items
        .iter()
        .map(|entry| entry.cause.clone())
        .collect();
    let cause = |reason| Cause::Job { job: job.id.clone(), reason, source: Source::Allowance };
    assert_eq!(causes, [cause(Reason::Kept), cause(Reason::Reserved)]);
}

#[tokio::test]
async fn forms_json_and_links_return_the_same_cutout() {
    let client = Client::new().await;
    let expected = client.raw("", coffee()).await;
    expected.is_picture("image/png", (600, 400));
    let in_a_form = client.form(&[("image_file", &coffee()), ("image_url", b""), ("crop", b"false")]).await;
    assert!(in_a_form.body == expected.body);
    assert_eq!(client.job(&in_a_form).await.input.name, "cat.png");

    let digits = STANDARD.encode(coffee());
    for text in [digits.clone(), format!("data:image/png;base64,{digits}")] {
        let in_json = client.json(json!({"image_base64": text, "name": "x/kaffee.png"})).await;
        assert!(in_json.body == expected.body);
        assert_eq!(client.job(&in_json).await.input.name, "kaffee.png");
    }

    let server = crate::linked::serve(coffee());
    let by_link = client.json(json!({"image_url": format!("{server}/pictures/a%20cup.png?x=1")})).await;
    assert!(by_link.body == expected.body);
    assert_eq!(client.job(&by_link).await.input.name, "a%20cup.png");
}

#[tokio::test]
async fn options_are_read_from_form_json_and_query() {
    let client = Client::new().await;
    let all = json!({"format": "jpg", "channels": "rgba", "background": "#ff0000", "crop": true,
        "crop_margin": 10, "shadow": true});
    let expected = client.json(json!({"image_base64": STANDARD.encode(coffee()), "options": all})).await;
    assert_eq!(expected.header("content-type"), "image/jpeg");
    let query = "?format=jpg&channels=rgba&background=%23ff0000&crop=1&crop_margin=10%25&shadow=yes";
    for name in field_names::<ImageOptions>() {
        assert!(all[name].is_string() || all[name].is_boolean() || all[name].is_number(), "{name}");
        assert!(query.contains(&format!("{name}=")), "{name}");
    }
    assert!(client.raw(query, coffee()).await.body == expected.body);
    let options = all.to_string();
    let form = client.form(&[("options", options.as_bytes()), ("image_file", &coffee())]).await;
    assert!(form.body == expected.body);
    let mut beside = all.clone();
    beside["background"] = json!("#f00");
    beside["image_base64"] = json!(STANDARD.encode(coffee()));
    assert!(client.json(beside).await.body == expected.body);
}

#[tokio::test]
async fn json_brings_base64_or_a_link_that_works() {
    let client = Client::new().await;
    let accepts = [("content-type", "image/png"), (ACCEPT.as_str(), "application/json")];
    let answer = client.send("/api/remove-background", &accepts, coffee()).await;
    let body = answer.json();
    let bytes = STANDARD.decode(body["image_base64"].as_str().expect("base64")).expect("base64");
    assert_eq!(image::load_from_memory(&bytes).expect("a picture").width(), 600);
    assert_eq!(
        (&body["width"], &body["media_type"], &body["credits_remaining"], &body["size_bytes"]),
        (&json!(600), &json!("image/png"), &json!(9), &json!(bytes.len()))
    );
    assert_eq!(body["job_id"], answer.header("x-job-id"));
    assert_eq!(body.get("url"), None);

    let answer = client.raw("?response=link", coffee()).await;
    let body = answer.json();
    assert_eq!((body.get("image_base64"), answer.status), (None, StatusCode::OK));
    let job = client.job(&answer).await;
    assert!(job.output.as_ref().expect("an output").stored);
    let url = body["url"].as_str().expect("a link").to_owned();
    assert!(url.contains("picture-sansfond.png"), "{url}");
    let fetched = tokio::task::spawn_blocking(move || {
        Fetcher::new(|_| true, Duration::from_secs(5)).fetch(&url, 10_000_000).expect("fetched")
    });
    assert!(fetched.await.expect("fetched") == bytes);
    let results = client.test_functions.results(&SourceKey { account: job.account, job: job.id }).await;
    assert_eq!(
        results.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(),
        ["cutout.png", "preview.webp"]
    );
}

/// A subject of noise on a plain background, whose cutout compresses badly.
fn noisy() -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(7);
    let mut picture = image::load_from_memory(&coffee()).expect("a picture").into_rgb8();
    picture = image::imageops::resize(&picture, 2400, 1600, image::imageops::FilterType::Triangle);
    for channel in picture.as_mut() {
        *channel = channel.saturating_add(random.u8(..48));
    }
    let mut jpeg = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 80)
        .encode_image(&picture)
        .expect("encoded");
    jpeg
}

#[tokio::test]
async fn a_large_result_is_returned_as_a_link() {
    let client = Client::new().await;
    let picture = noisy();
    let answer = client.raw("?background=blur", picture.clone()).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{} bytes", answer.body.len());
    assert!(answer.header(LOCATION.as_str()).contains("/results/"), "{:?}", answer.headers);
    assert!(client.job(&answer).await.output.expect("an output").stored);
    let accepts = [("content-type", "image/png"), (ACCEPT.as_str(), "application/json")];
    let answer = client.send("/api/remove-background?background=blur", &accepts, picture).await;
    let body = answer.json();
    assert_eq!((answer.status, body.get("image_base64")), (StatusCode::OK, None));
    assert!(body["url"].is_string(), "{body}");
}

#[tokio::test]
async fn a_large_image_is_referred_to_uploads() {
    let client = Client::new().await;
    let large = vec![0; 4_500_001];
    for answer in [
        client.raw("", large.clone()).await,
        client.raw("", vec![0; 7_000_000]).await,
        client.form(&[("image_file", &large)]).await,
        client.form(&[("image_file", &vec![0; 7_000_000])]).await,
        client.json(json!({"image_base64": STANDARD.encode(&large)})).await,
    ] {
        let problem = answer.is_problem(413, "too_large");
        assert_eq!(problem["upload_route"], "POST /api/uploads");
        assert_eq!(problem["limit_bytes"], 4_500_000);
    }
    let small_plan = Client::with(Plan { upload_bytes: 1000, ..Plan::default() }).await;
    small_plan.raw("", coffee()).await.is_problem(413, "too_large");
    let server = crate::linked::serve(coffee());
    small_plan.json(json!({"image_url": server})).await.is_problem(413, "too_large");
    assert_eq!((client.jobs().await, small_plan.jobs().await), (Vec::new(), Vec::new()));
}

#[tokio::test]
async fn invalid_requests_are_rejected_before_a_credit_is_reserved() {
    let client = Client::new().await;
    let picture = STANDARD.encode(coffee());
    for body in [
        json!({}),
        json!({"image_base64": "", "image_url": null}),
        json!({"image_base64": "!!"}),
        json!({"image_base64": 7}),
        json!({"image_base64": picture, "image_url": "https://example.org/a"}),
        json!({"image_base64": picture, "bakground": "blur"}),
        json!({"image_base64": picture, "options": {"format": "fax"}}),
        json!({"image_base64": picture, "options": "blur"}),
        json!({"image_base64": picture, "crop_margin": 51}),
        json!({"image_base64": picture, "response": "fax"}),
        json!({"image_base64": picture, "crop": "maybe"}),
        json!([1]),
    ] {
        client.json(body).await.is_problem(400, "invalid_request");
    }
    client.form(&[("image_file", b"")]).await.is_problem(400, "invalid_request");
    client.form(&[("crop", &[0xff])]).await.is_problem(400, "invalid_request");
    let half_a_form = client.send("/api/remove-background", &[("content-type", FORM)], "--XX\r\nConte").await;
    half_a_form.is_problem(400, "invalid_request");
    let no_boundary = [("content-type", "multipart/form-data")];
    client.send("/api/remove-background", &no_boundary, "x").await.is_problem(400, "invalid_request");
    for media_type in ["text/plain", "video/mp4", ""] {
        let answer = client.send("/api/remove-background", &[("content-type", media_type)], coffee()).await;
        answer.is_problem(415, "unsupported_media_type");
    }
    client.raw("", b"I am a text".to_vec()).await.is_problem(422, "unreadable_picture");
    client.raw("", Vec::new()).await.is_problem(422, "unreadable_picture");
    client.raw("", fixture("odd/picture.avif")).await.is_problem(415, "unsupported_format");
    for link in
        ["https://user@example.org/", "file:///etc/passwd", "http://10.0.0.1/", "http://169.254.169.254/"]
    {
        client.json(json!({"image_url": link})).await.is_problem(400, "url_not_allowed");
    }
    client.json(json!({"image_url": "http://127.0.0.1:9/"})).await.is_problem(400, "url_not_allowed");
    assert_eq!(client.jobs().await, []);
}

#[tokio::test]
async fn a_link_is_followed_only_if_there_can_be_a_job() {
    let client = Client::with(Plan { images_per_month: 0, ..Plan::default() }).await;
    let server = crate::linked::Server::new(b"no picture".to_vec());
    let followed = async || {
        let answer = client.json(json!({"image_url": server.url})).await;
        (answer, server.requests())
    };
    let (answer, requests) = followed().await;
    answer.is_problem(402, "insufficient_credits");
    assert_eq!(requests, 0, "without a credit");

    let gift = rules::Grant {
        grant: "gift".parse().expect("an ID"),
        credits: PerKind { image: Credits::ONE, video: Credits::ZERO },
    };
    let (account, table) = (&client.test_functions.account, &client.test_functions.table);
    let scope = Scope::of_records(account.clone(), gift.records());
    table.apply(&scope, &|seen| rules::grant(seen, &gift, now())).await.expect("a gift");
    for request in 1..=20 {
        let (answer, requests) = followed().await;
        answer.is_problem(422, "unreadable_picture");
        assert_eq!(requests, request);
    }
    let (answer, requests) = followed().await;
    answer.is_problem(429, "daily_limit");
    assert_eq!(requests, 20, "a link to no picture costs as much as one to a picture");
    assert_eq!(client.jobs().await, []);
}

#[tokio::test]
async fn a_picture_without_a_cutout_costs_nothing() {
    let client = Client::new().await;
    let mut grey = Vec::new();
    image::RgbImage::from_pixel(64, 64, image::Rgb([128; 3]))
        .write_to(&mut std::io::Cursor::new(&mut grey), image::ImageFormat::Png)
        .expect("a picture");
    client.raw("", grey).await.is_problem(422, "no_subject");
    client.raw("", coffee()[..9000].to_vec()).await.is_problem(422, "unreadable_picture");
    client.raw("", fixture("odd/header-60000.png")).await.is_problem(413, "picture_too_large");
    let states: Vec<_> = client.jobs().await.iter().map(|job| job.state).collect();
    assert_eq!(states, [JobState::Failed; 3]);
    let balance = client.test_functions.balance().await;
    assert_eq!((balance.used.image, balance.open_jobs), (Credits::ZERO, 0));
}

#[tokio::test]
async fn a_request_without_credits_is_rejected() {
    let client = Client::with(Plan { images_per_month: 1, ..Plan::default() }).await;
    assert_eq!(client.raw("", coffee()).await.header("x-credits-remaining"), "0");
    let problem = client.raw("", coffee()).await.is_problem(402, "insufficient_credits");
    assert_eq!((&problem["left"], &problem["allowance"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn a_deleted_account_is_unauthenticated() {
    use sansfond_domain::ports::Records;
    let client = Client::new().await;
    let account = client
        .test_functions
        .table
        .account(&client.test_functions.account)
        .await
        .expect("an answer")
        .expect("there");
    client.test_functions.table.erase(&account.id, now()).await.expect("erased");
    let answer = client.raw("", coffee()).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
}

#[test]
fn the_openapi_document_contains_all_routes() {
    let openapi = serde_json::to_value(sansfond_image::routes::openapi()).expect("JSON");
    for path in ["remove-background", "preview", "fetch-image"] {
        assert!(openapi["paths"][format!("/api/{path}")]["post"].is_object(), "{openapi}");
    }
    assert!(openapi["paths"]["/api/health"]["get"].is_object(), "{openapi}");
}
