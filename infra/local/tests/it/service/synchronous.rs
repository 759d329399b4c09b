//! `POST /api/remove-background`: programs send a picture and get its cutout.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::client::{Answer, Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::{assert_is_cutout_of, cat, emptiness, fixture, large_cat};
use super::until;

const PATH: &str = "/api/remove-background";

#[test]
fn a_picture_is_sent_as_a_form_a_file_or_json() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "programmer");
    let mut program = person.program(local_cloud);

    let answer = form(&mut program, &cat(), &[("format", "png")]).expect(200);
    assert_eq!(answer.header("content-type"), "image/png");
    assert_eq!((answer.header("x-width"), answer.header("x-height")), ("451", "300"));
    assert_eq!(answer.header("x-credits-remaining"), "9");
    assert_is_cutout_of("chelsea", &answer.body);

    let astronaut = fixture("pictures/astronaut.png");
    let answer = send(&mut program, "image/png", &astronaut, "?crop=true&format=webp").expect(200);
    assert_eq!(answer.header("content-type"), "image/webp");
    let cropped = image::load_from_memory(&answer.body).expect("a picture");
    assert!(cropped.width() < 512 || cropped.height() < 512, "{}×{}", cropped.width(), cropped.height());
    let job = program.get(&format!("/api/jobs/{}", answer.header("x-job-id"))).expect(200).json();
    assert_eq!((&job["state"], &job["result"]["download_url"]), (&json!("completed"), &json!(null)), "{job}");

    let wanted = json!({"image_base64": STANDARD.encode(cat()), "response": "base64", "name": "Minou.png"});
    let answer = program.post(PATH, &wanted).expect(200).json();
    assert_eq!(
        (&answer["media_type"], &answer["credits_remaining"]),
        (&json!("image/png"), &json!(7)),
        "{answer}"
    );
    assert_is_cutout_of(
        "chelsea",
        &STANDARD.decode(answer["image_base64"].as_str().expect("text")).expect("base64"),
    );

    let wanted = json!({"image_base64": STANDARD.encode(cat()), "response": "link", "name": "Minou.png"});
    let answer = program.post(PATH, &wanted).expect(200).json();
    let file = request("GET", answer["url"].as_str().expect("a link"), &[], None).expect(200);
    assert!(file.header("content-disposition").contains("Minou-sansfond.png"), "{:?}", file.headers);
    assert_is_cutout_of("chelsea", &file.body);

    assert_eq!(jobs::usage(&mut program), (4, 6, 0));
    let id = answer["job_id"].as_str().expect("a name");
    assert_eq!(jobs::ledger(&mut program, id), jobs::entries(&[("reserved", -1), ("kept", 0)]));
}

#[test]
fn a_job_cancelled_during_processing_leaves_no_files() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "fickle");
    let mut program = person.program(local_cloud);
    std::thread::scope(|threads| {
        let waiting = threads.spawn(|| send(&mut program, "image/png", &large_cat(), "?response=link"));
        let job = until("the job is begun", jobs::PROMPT, || {
            let list = person.browser.get("/api/jobs").expect(200).json();
            list["jobs"].get(0).filter(|job| job["state"] == "processing").cloned()
        });
        person.browser.do_post(&format!("/api/jobs/{}/cancel", jobs::id(&job))).expect(200);
        waiting.join().expect("no panic").problem(409, "invalid_state");
    });
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0));
    let results =
        json!({"Bucket": local_cloud.output("BucketName"), "Prefix": format!("results/{}/", person.id)});
    assert_eq!(local_cloud.aws("s3", "list_objects_v2", results)["KeyCount"], 0);
}

#[test]
fn unsuitable_requests_are_rejected_and_cost_nothing() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "refused");
    let mut program = person.program(local_cloud);
    for address in [
        "http://127.0.0.1/a.png",
        "http://169.254.169.254/latest/meta-data",
        "http://[::1]:8080/a.png",
        &local_cloud.origin(),
    ] {
        let problem = program.post(PATH, &json!({"image_url": address})).problem(400, "url_not_allowed");
        assert!(!problem.to_string().contains("169.254"), "{problem}");
    }
    program.post(PATH, &json!({"image_url": "file:///etc/passwd"})).problem(400, "url_not_allowed");
    send(&mut program, "image/png", b"not a picture", "").problem(422, "unreadable_picture");
    send(&mut program, "image/png", &fixture("odd/picture.avif"), "").problem(415, "unsupported_format");
    send(&mut program, "image/png", &emptiness(), "").problem(422, "no_subject");
    send(&mut program, "text/plain", b"hello", "").problem(415, "unsupported_media_type");
    send(&mut program, "image/png", &cat(), "?colour=red").problem(400, "invalid_request");
    program.post(PATH, &json!({})).problem(400, "invalid_request");
    let problem = send(&mut program, "image/png", &vec![0; 4_600_000], "").problem(413, "too_large");
    assert_eq!(problem["upload_route"], "POST /api/uploads", "{problem}");
    assert!(problem["detail"].as_str().is_some_and(|text| text.contains("/api/uploads")), "{problem}");
    // In base64 it is larger than a function's limit: the function is not called, and API Gateway answers
    // with its own message.
    let answer = send(&mut program, "image/png", &vec![0; 4_800_000], "").expect(413);
    assert_eq!(answer.text(), r#"{"message":"Request Entity Too Large"}"#);
    assert_eq!(jobs::usage(&mut program), (0, 10, 0));

    send(&mut Client::program(local_cloud), "image/png", &cat(), "").problem(401, "unauthenticated");
    let mut stranger =
        Client::program(local_cloud).with("x-api-key", "sf_0000000000000000000000000000000000000000");
    send(&mut stranger, "image/png", &cat(), "").problem(401, "invalid_api_key");
}

pub(super) fn send(program: &mut Client, media_type: &str, bytes: &[u8], query: &str) -> Answer {
    program.send("POST", &format!("{PATH}{query}"), &[("content-type", media_type)], Some(bytes))
}

/// Sends a form, as a browser does.
fn form(program: &mut Client, picture: &[u8], fields: &[(&str, &str)]) -> Answer {
    const BOUNDARY: &str = "the-end-of-a-part-4711";
    let mut body = Vec::new();
    for (name, value) in fields {
        let part =
            format!("--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n");
        body.extend(part.as_bytes());
    }
    let head = "content-disposition: form-data; name=\"image_file\"; filename=\"cat.png\"";
    body.extend(format!("--{BOUNDARY}\r\n{head}\r\n\r\n").as_bytes());
    body.extend(picture);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
    send(program, &format!("multipart/form-data; boundary={BOUNDARY}"), &body, "")
}
