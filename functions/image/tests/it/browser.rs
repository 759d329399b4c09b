//! The routes without an account: previews, and images behind
//! links.

use std::io::Cursor;
use std::net::IpAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use image::imageops::{FilterType, resize};
use image::{ImageFormat, RgbImage, RgbaImage};
use sansfond_boot::Boot;
use sansfond_domain::{ImageOptions, Language, Plan, Previews};
use sansfond_fetch::Fetcher;
use sansfond_image::cutout;
use sansfond_image::routes::{fetch_image, preview_cutout};
use sansfond_texts::{link, preview};
use serde_json::{Value, json};

use crate::routes::{Answer, ask, coffee};
use crate::test_functions::{SITE, TestFunctions};
use crate::{engine, fixture};

struct Browser {
    test_functions: TestFunctions,
    router: Router,
}

impl Browser {
    /// A request of the landing page.
    async fn trying(previews: Previews) -> Self {
        Self::with(previews, |boot| {
            let engine = previews.are_open().then(engine);
            preview_cutout::with(boot, engine).expect("a router")
        })
        .await
    }

    /// A request of the editor.
    async fn editing() -> Self {
        let fetcher = Fetcher::new(|address: IpAddr| address.is_loopback(), Duration::from_secs(5));
        Self::with(Previews::default(), |boot| fetch_image::with(boot, fetcher).expect("a router")).await
    }

    async fn with(previews: Previews, build: impl FnOnce(&Boot) -> Router) -> Self {
        let test_functions = TestFunctions::start().await;
        let router = build(&test_functions.boot_with(|settings| {
            settings.previews = previews;
            settings.free = Plan { megapixels: 4, ..Plan::default() };
        }));
        Self { test_functions, router }
    }

    async fn send(&self, path: &str, headers: &[(&str, &str)], body: impl Into<Body>) -> Answer {
        let request =
            headers.iter().fold(Request::post(path), |request, (name, value)| request.header(*name, *value));
        ask(&self.router, request.body(body.into()).expect("a request")).await
    }

    async fn tries(&self, body: impl Into<Body>) -> Answer {
        self.send("/api/preview", &[("origin", SITE), ("content-type", "image/jpeg")], body).await
    }

    async fn fetches(&self, body: Value) -> Answer {
        let headers = [("origin", SITE), ("content-type", "application/json")];
        self.send("/api/fetch-image", &headers, body.to_string()).await
    }
}

fn png(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).expect("a picture");
    bytes.into_inner()
}

fn jpeg(picture: &RgbImage) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Jpeg).expect("a picture");
    bytes.into_inner()
}

/// The cup of coffee, larger than a preview.
fn large_coffee() -> RgbImage {
    let picture = image::load_from_memory(&coffee()).expect("a picture").into_rgb8();
    resize(&picture, 1800, 1200, FilterType::Triangle)
}

#[tokio::test]
async fn a_preview_without_an_account_is_small_and_not_stored() {
    let browser = Browser::trying(Previews::default()).await;
    let answer = browser.tries(coffee()).await;
    answer.is_picture("image/webp", (600, 400));
    assert_eq!(answer.header("cache-control"), "no-store");
    let cutout = image::load_from_memory(&answer.body).expect("a picture").into_rgba8();
    assert_eq!(cutout.get_pixel(2, 2).0[3], 0, "the table is gone");
    assert!(cutout.pixels().any(|pixel| pixel.0[3] == 255), "the cup is there");
    browser.tries(jpeg(&large_coffee())).await.is_picture("image/webp", (1024, 683));
    assert_eq!(
        browser.test_functions.everything_kept().await,
        ["rate", "rate"],
        "two windows and nothing else"
    );
}

#[tokio::test]
async fn a_preview_detects_the_type_from_the_content() {
    let browser = Browser::trying(Previews { per_hour: 100, ..Previews::default() }).await;
    browser.tries(b"I am a text".to_vec()).await.is_problem(422, "unreadable_picture");
    browser.tries(Vec::new()).await.is_problem(422, "unreadable_picture");
    browser.tries(coffee()[..9000].to_vec()).await.is_problem(422, "unreadable_picture");
    browser.tries(fixture("odd/picture.avif")).await.is_problem(415, "unsupported_format");
    let grey = RgbImage::from_pixel(64, 64, image::Rgb([128; 3]));
    browser.tries(png(&grey)).await.is_problem(422, "no_subject");
    let many_pixels = RgbImage::from_pixel(2001, 2000, image::Rgb([128; 3]));
    browser.tries(png(&many_pixels)).await.is_problem(413, "picture_too_large");
    let problem = browser.tries(vec![0; 4_500_001]).await.is_problem(413, "too_large");
    assert_eq!(problem["limit_bytes"], 4_500_000);
    browser.send("/api/preview", &[("origin", SITE)], coffee()).await.is_picture("image/webp", (600, 400));
}

#[tokio::test]
async fn only_our_own_site_may_call_with_or_without_credentials() {
    let (trying, editing) = (Browser::trying(Previews::default()).await, Browser::editing().await);
    let key = trying.test_functions.key().await;
    for headers in [
        &[][..],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[("sec-fetch-site", "cross-site")],
        &[("sec-fetch-site", "same-site")],
        &[("x-api-key", &key)],
    ] {
        trying.send("/api/preview", headers, coffee()).await.is_problem(403, "cross_site_request");
        editing.send("/api/fetch-image", headers, "{}").await.is_problem(403, "cross_site_request");
    }
    let same_origin = [("sec-fetch-site", "same-origin"), ("x-api-key", &*key)];
    trying.send("/api/preview", &same_origin, coffee()).await.is_picture("image/webp", (600, 400));
}

/// Sends requests until one is rejected, at most twice the limit, because a window may end in between.
async fn until_refused(browser: &Browser, allowed: usize, body: &[u8], usual: u16) -> Answer {
    for _ in 0..=2 * allowed {
        let answer = browser.tries(body.to_vec()).await;
        if answer.status != StatusCode::from_u16(usual).expect("a status") {
            return answer;
        }
    }
    panic!("never refused");
}

#[tokio::test]
async fn a_rate_limited_preview_suggests_an_account_and_a_time() {
    let browser = Browser::trying(Previews { per_hour: 3, per_day: 1000 }).await;
    let refused = until_refused(&browser, 3, b"I am a text", 422).await;
    let problem = refused.is_problem(429, "rate_limited");
    assert_eq!(problem["detail"], preview::limit_reached().in_language(Language::ENGLISH));
    assert!((1..=3600).contains(&refused.header("retry-after").parse().expect("seconds")));
    assert_eq!(refused.header("ratelimit-policy"), "\"preview\";q=3;w=3600");
}

#[tokio::test]
async fn previews_of_all_addresses_together_are_limited_per_day() {
    let browser = Browser::trying(Previews { per_hour: 1000, per_day: 2 }).await;
    for _ in 0..5 {
        // A file that is not an image does not count.
        browser.tries(b"I am a text".to_vec()).await.is_problem(422, "unreadable_picture");
    }
    let broken = &coffee()[..9000];
    let refused = until_refused(&browser, 2, broken, 422).await;
    let problem = refused.is_problem(429, "rate_limited");
    assert_eq!(problem["detail"], preview::limit_reached().in_language(Language::ENGLISH));
    assert!((1..=86_400).contains(&refused.header("retry-after").parse().expect("seconds")));
}

#[tokio::test]
async fn an_operator_can_disable_previews() {
    for previews in
        [Previews { per_hour: 0, ..Previews::default() }, Previews { per_day: 0, ..Previews::default() }]
    {
        let browser = Browser::trying(previews).await;
        let problem = browser.tries(coffee()).await.is_problem(403, "preview_disabled");
        assert_eq!(problem["detail"], preview::sign_in().in_language(Language::ENGLISH));
    }
}

#[test]
fn a_preview_resembles_that_of_a_job() {
    let picture = png(&large_coffee());
    let plan = Plan::default();
    let quick = cutout::preview_cutout(&engine(), &picture, &plan).expect("a preview");
    let whole = cutout::cut_out(&engine(), &picture, &ImageOptions::default(), &plan).expect("a cutout");
    let decoded = |bytes: &[u8]| image::load_from_memory(bytes).expect("a picture").into_rgba8();
    let (quick, whole): (RgbaImage, RgbaImage) = (decoded(&quick.bytes), decoded(&whole.preview));
    assert_eq!(quick.dimensions(), whole.dimensions());
    let off = quick.pixels().zip(whole.pixels()).map(|(one, other)| u64::from(one.0[3].abs_diff(other.0[3])));
    let mean = off.sum::<u64>() as f64 / f64::from(quick.width() * quick.height());
    assert!(mean < 2.0, "alpha differs by {mean} levels on average");
}

#[tokio::test]
async fn a_fetched_picture_has_its_detected_type() {
    let browser = Browser::editing().await;
    for (file, media_type) in [
        ("pictures/coffee.png", "image/png"),
        ("odd/progressive.jpg", "image/jpeg"),
        ("odd/alpha.webp", "image/webp"),
    ] {
        let link = format!("{}/page.html?x=1", crate::linked::serve(fixture(file)));
        let answer = browser.fetches(json!({ "url": link })).await;
        assert!(answer.status == StatusCode::OK && answer.body == fixture(file), "{file}");
        let headers = ["content-type", "content-disposition", "x-content-type-options", "cache-control"];
        assert_eq!(
            headers.map(|name| answer.header(name)),
            [media_type, "attachment", "nosniff", "no-store"]
        );
    }
    assert_eq!(browser.test_functions.everything_kept().await, ["rate"]);
}

#[tokio::test]
async fn a_link_to_something_else_is_rejected() {
    let browser = Browser::editing().await;
    let serve = |bytes: &[u8]| json!({ "url": crate::linked::serve(bytes.to_vec()) });
    let page = browser.fetches(serve(b"<!doctype html><title>A cat</title>")).await;
    let problem = page.is_problem(422, "unreadable_picture");
    assert_eq!(problem["detail"], link::no_picture().in_language(Language::ENGLISH));
    browser.fetches(serve(b"{\"AccessKeyId\": \"secret\"}")).await.is_problem(422, "unreadable_picture");
    browser.fetches(serve(b"<svg/>")).await.is_problem(415, "unsupported_format");
    browser.fetches(serve(&fixture("odd/picture.avif"))).await.is_problem(415, "unsupported_format");
    browser.fetches(serve(&vec![0; 4_500_001])).await.is_problem(413, "too_large");
    for link in ["http://10.0.0.1/a.png", "http://169.254.169.254/", "file:///etc/passwd", "cat.png"] {
        browser.fetches(json!({ "url": link })).await.is_problem(400, "url_not_allowed");
    }
    browser.fetches(json!({ "link": "https://example.org/" })).await.is_problem(400, "invalid_request");
}

#[tokio::test]
async fn anonymous_callers_may_fetch_fewer_images() {
    let browser = Browser::editing().await;
    let answer = browser.fetches(json!({ "url": "cat.png" })).await;
    assert_eq!(answer.header("ratelimit-policy"), "\"fetch\";q=20;w=600");
    let key = browser.test_functions.key().await;
    let headers = [("origin", SITE), ("content-type", "application/json"), ("x-api-key", &*key)];
    let answer = browser.send("/api/fetch-image", &headers, r#"{"url": "cat.png"}"#).await;
    assert_eq!(answer.header("ratelimit-policy"), "\"costly\";q=60;w=60");
}
