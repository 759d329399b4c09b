//! Pictures that cannot be cut out cost nothing, and the reason is shown.

use super::client::{Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::{cat, emptiness, fixture};

#[test]
fn a_picture_that_cannot_be_cut_out_fails_with_its_reason_and_costs_nothing() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "broken");
    let astronaut = fixture("pictures/astronaut.png");
    let cases = [
        (&astronaut[..astronaut.len() / 2], "unreadable_picture"),
        (b"I am a text and call myself a picture.", "unreadable_picture"),
        (&fixture("odd/picture.avif"), "unsupported_format"),
        (&fixture("odd/bomb.png"), "picture_too_large"),
        (&fixture("odd/header-60000.png"), "picture_too_large"),
        (&emptiness(), "no_subject"),
    ];
    let sent: Vec<_> = cases
        .iter()
        .map(|(bytes, code)| (jobs::upload(&mut person.browser, "picture.png", bytes), code))
        .collect();
    for (id, code) in sent {
        let job = jobs::failed(&mut person.browser, &id, code, jobs::PROMPT);
        assert!(job["result"].is_null() && job["failure"]["message"].is_string(), "{job}");
        let entries = jobs::entries(&[("reserved", -1), ("failed", 1)]);
        assert_eq!(jobs::ledger(&mut person.browser, &id), entries, "{code}");
    }
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0));
    let mut french = person.browser.clone().with("accept-language", "fr");
    let list = french.get("/api/jobs?limit=1").expect(200).json();
    assert!(list["next"].is_string(), "there are more: {list}");
    let message = list["jobs"][0]["failure"]["message"].as_str().expect("a message");
    assert!(message.contains("sujet"), "{message}");
}

#[test]
fn the_bucket_accepts_only_declared_uploads() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "liar");
    let picture = cat();
    let announced = jobs::announce(&mut person.browser, "cat.png", picture.len());
    let link = announced["upload"]["url"].as_str().expect("a link");
    let put =
        |media_type: &str, bytes: &[u8]| request("PUT", link, &[("content-type", media_type)], Some(bytes));
    let longer = [&picture[..], &[0]].concat();
    for (media_type, bytes) in
        [("image/png", &longer[..]), ("image/png", &picture[..picture.len() - 1]), ("text/html", &picture)]
    {
        assert_eq!(put(media_type, bytes).status, 403, "{media_type}, {} bytes", bytes.len());
    }
    let elsewhere = link.replace("/source?", "/other?");
    assert_ne!(elsewhere, link);
    assert_eq!(request("PUT", &elsewhere, &[("content-type", "image/png")], Some(&picture)).status, 403);
    let id = jobs::id(&announced["job"]);
    assert_eq!(jobs::job(&mut person.browser, &id)["state"], "pending", "nothing was uploaded");
    put("image/png", &picture).expect(200);
    jobs::completed(&mut person.browser, &id, jobs::PROMPT);
}

#[test]
fn a_declaration_is_checked_before_a_credit_is_taken() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "declarer");
    let program: &mut Client = &mut person.program(local_cloud);
    for (declared, status, code) in [
        (jobs::declaration("a.avif", "image/avif", 100), 415, "unsupported_media_type"),
        (jobs::declaration("a.svg", "image/svg+xml", 100), 415, "unsupported_media_type"),
        (jobs::declaration("a.png", "image/png", 0), 400, "invalid_request"),
        (jobs::declaration("a.png", "image/png", 22_000_001), 413, "too_large"),
        (
            serde_json::json!({"name": "a.png", "type": "image/png", "size_bytes": 9, "credits": 5}),
            400,
            "invalid_request",
        ),
    ] {
        program.post("/api/uploads", &declared).problem(status, code);
    }
    assert_eq!(jobs::usage(program), (0, 10, 0));
}
