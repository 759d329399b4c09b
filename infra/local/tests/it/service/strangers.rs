//! The site without an account: a small cutout, and pictures behind links.

use serde_json::json;

use super::client::Client;
use super::local_cloud::LocalCloud;
use super::pictures::{cat, emptiness};

const PREVIEW: &str = "/api/preview";

#[test]
fn previews_need_no_account_but_our_site() {
    let local_cloud = LocalCloud::shared();
    let mut stranger = Client::browser(local_cloud);
    let config = stranger.get("/api/config").expect(200).json();
    assert_eq!(config["preview"], json!({"enabled": true, "max_side_px": 1024, "max_size_bytes": 4_500_000}));

    let answer = stranger.send("POST", PREVIEW, &[("content-type", "image/png")], Some(&cat())).expect(200);
    assert_eq!(answer.header("content-type"), "image/webp");
    assert_eq!((answer.header("x-width"), answer.header("x-height")), ("451", "300"));
    let cutout = image::load_from_memory(&answer.body).expect("a picture").into_rgba8();
    let seen = cutout.pixels().filter(|pixel| pixel.0[3] > 127).count();
    let share = seen as f64 / f64::from(cutout.width() * cutout.height());
    assert!((0.2..0.9).contains(&share), "{share} of the picture is the cat");
    assert!(stranger.cookies.is_empty());

    stranger
        .send("POST", PREVIEW, &[("content-type", "image/png")], Some(&emptiness()))
        .problem(422, "no_subject");
    let mut elsewhere = Client::program(local_cloud).with("origin", "https://evil.example");
    elsewhere
        .send("POST", PREVIEW, &[("content-type", "image/png")], Some(&cat()))
        .problem(403, "cross_site_request");
}

#[test]
fn a_link_cannot_reach_our_network() {
    let local_cloud = LocalCloud::shared();
    let mut stranger = Client::browser(local_cloud);
    for address in
        ["http://127.0.0.1/a.png", "http://169.254.169.254/latest/meta-data", &local_cloud.origin()]
    {
        let answer = stranger.post("/api/fetch-image", &json!({"url": address}));
        let problem = answer.problem(400, "url_not_allowed");
        assert!(!problem.to_string().contains("169.254"), "{problem}");
    }
    Client::program(local_cloud)
        .post("/api/fetch-image", &json!({"url": "https://example.org/cat.png"}))
        .problem(403, "cross_site_request");
}
