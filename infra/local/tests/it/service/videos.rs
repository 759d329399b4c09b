//! Videos, from the upload in parts to the result in every format. A network of some kilobytes replaces the
//! real one: it takes bright pixels for the subject, so the matte of the clip, a white disc over blue, is
//! known.

use std::io::Cursor;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use image::{ImageFormat, Rgb, RgbImage};
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};

use super::account;
use super::client::{Client, request};
use super::jobs;
use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::fixture;
use super::until;

/// A worker has to start, and the machine has two cores for everything.
pub(super) const LIMIT: Duration = Duration::from_secs(240);

/// A cloud with the small network, and accounts with many videos.
fn local_cloud(name: &str) -> LocalCloud {
    LocalCloud::new(name).with_small_network().with("FreeVideos", "40")
}

/// Announces a video and returns the job and the links of its parts.
fn announce(client: &mut Client, bytes: &[u8], options: &Value) -> Value {
    let wanted = json!({
        "name": "Le disque.mp4", "type": "video/mp4", "size_bytes": bytes.len(), "options": options,
    });
    client.post("/api/remove-video-background", &wanted).expect(201).json()
}

/// Sends all parts that are missing.
fn put_parts(upload: &Value, bytes: &[u8]) {
    let mut offset = 0;
    for part in upload["parts"].as_array().expect("parts") {
        let size = usize::try_from(part["size_bytes"].as_u64().expect("a size")).expect("small");
        if part["uploaded"] != true {
            let url = part["url"].as_str().expect("a link");
            request("PUT", url, &[], Some(&bytes[offset..offset + size])).expect(200);
        }
        offset += size;
    }
    assert_eq!(offset, bytes.len(), "the parts are the file");
}

/// Announces and sends a video; returns the job's ID.
pub(super) fn upload(client: &mut Client, bytes: &[u8], options: &Value) -> String {
    let announced = announce(client, bytes, options);
    put_parts(&announced["upload"], bytes);
    let id = jobs::id(&announced["job"]);
    client.do_post(&format!("/api/jobs/{id}/upload")).expect(200);
    id
}

/// A job for the same video with other options.
fn again(client: &mut Client, source: &str, options: &Value) -> String {
    let wanted = json!({"source_job": source, "options": options});
    let answer = client.post("/api/remove-video-background", &wanted).expect(201).json();
    assert!(answer["upload"].is_null(), "nothing is uploaded again: {answer}");
    jobs::id(&answer["job"])
}

/// The numbers of used and remaining videos.
pub(super) fn usage(client: &mut Client) -> (u64, u64) {
    let usage = client.get("/api/usage").expect(200).json();
    let number = |value: &Value| value.as_u64().expect("a number");
    (number(&usage["videos"]["used"]), number(&usage["videos"]["remaining"]))
}

pub(super) fn is_open(job: &Value) -> bool {
    matches!(job["state"].as_str(), Some("pending" | "queued" | "processing"))
}

/// Saves a result as a file.
pub(super) fn save(folder: &Path, job: &Value, extension: &str) -> PathBuf {
    let path = folder.join(format!("result.{extension}"));
    std::fs::write(&path, jobs::result(job).body).expect("written");
    path
}

pub(super) fn run(program: &str, arguments: &[&str], file: &Path) -> String {
    let output = Command::new(program).args(arguments).arg(file).output().expect("FFmpeg is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Codec and number of packets of each stream.
pub(super) fn streams(file: &Path) -> Vec<String> {
    let entries = "stream=codec_name,nb_read_packets";
    let arguments = ["-v", "error", "-count_packets", "-show_entries", entries, "-of", "csv=p=0"];
    run("ffprobe", &arguments, file).lines().map(str::to_owned).collect()
}

/// The checksum of every decoded frame, with alpha.
fn frames(file: &Path) -> Vec<String> {
    let path = file.display().to_string();
    let arguments = ["-v", "error", "-c:v", "libvpx-vp9", "-i", &path, "-map", "0:v", "-f", "framemd5", "-"];
    let output = Command::new("ffmpeg").args(arguments).output().expect("FFmpeg is installed");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}

/// Alpha of the middle frame of a WebM: one byte for each of 96 × 64 pixels.
fn alpha(file: &Path) -> Vec<u8> {
    let path = file.display().to_string();
    let filter = "select=eq(n\\,6),alphaextract,format=gray";
    let arguments = ["-v", "error", "-c:v", "libvpx-vp9", "-i", &path, "-vf", filter, "-frames:v", "1"];
    let output =
        Command::new("ffmpeg").args(arguments).args(["-f", "rawvideo", "-"]).output().expect("FFmpeg");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    output.stdout
}

/// The bright disc in the middle frame of the clip.
fn disc() -> Vec<u8> {
    let path = crate::checkout().join("fixtures/clips/disc.mp4").display().to_string();
    let arguments = ["-v", "error", "-i", &path, "-vf", "select=eq(n\\,6),format=gray", "-frames:v", "1"];
    let output =
        Command::new("ffmpeg").args(arguments).args(["-f", "rawvideo", "-"]).output().expect("FFmpeg");
    output.stdout
}

/// Twenty-five seconds of the disc, so large that a worker needs a while.
fn long_clip(folder: &Path) -> Vec<u8> {
    let (short, long) = (folder.join("short.mp4"), folder.join("long.mp4"));
    std::fs::write(&short, fixture("clips/disc.mp4")).expect("written");
    let arguments = ["-v", "error", "-stream_loop", "24", "-i", short.to_str().expect("a path")];
    let scaled = ["-vf", "scale=384:256", "-c:v", "libx264", "-preset", "veryfast", "-g", "24"];
    run("ffmpeg", &[&arguments[..], &scaled[..], &["-c:a", "aac", "-t", "25"]].concat(), &long);
    std::fs::read(&long).expect("a clip")
}

#[test]
fn a_video_has_results_in_every_format() {
    let local_cloud = local_cloud("videos").started();
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(&local_cloud, "filmmaker");
    let clip = fixture("clips/disc.mp4");

    let look = upload(&mut person.browser, &clip, &json!({"preview": true}));
    let job = jobs::completed(&mut person.browser, &look, LIMIT);
    assert_eq!(usage(&mut person.browser), (0, 40), "a first look is free");
    assert_eq!(
        (&job["video"]["duration_ms"], &job["video"]["frame_count"]),
        (&json!(1000), &json!(12)),
        "{job}"
    );
    let poster =
        request("GET", job["result"]["preview_url"].as_str().expect("a link"), &[], None).expect(200);
    assert_eq!(image::guess_format(&poster.body).expect("a picture"), ImageFormat::WebP);

    let whole = again(&mut person.browser, &look, &json!({"notify": true}));
    let job = jobs::completed(&mut person.browser, &whole, LIMIT);
    let webm = save(folder.path(), &job, "webm");
    assert_eq!(streams(&webm)[0], "vp9,12", "no frame is lost");
    assert!(streams(&webm)[1].starts_with("opus"), "the sound is kept");
    let (matte, disc) = (alpha(&webm), disc());
    assert_eq!(matte.len(), disc.len());
    let wrong = matte.iter().zip(&disc).filter(|(alpha, light)| (**alpha > 127) != (**light > 127)).count();
    assert!(wrong * 50 < matte.len(), "{wrong} of {} pixels are on the wrong side", matte.len());
    let disposition = jobs::result(&job).header("content-disposition").to_owned();
    assert!(disposition.contains("Le%20disque-sansfond.webm"), "{disposition}");
    let shown = job["result"]["view_url"].as_str().expect("a link that a browser plays");
    assert_eq!(request("GET", shown, &[], None).expect(200).header("content-type"), "video/webm");
    assert_eq!(jobs::ledger(&mut person.browser, &whole), jobs::entries(&[("reserved", -1), ("kept", 0)]));
    assert_eq!(request("GET", source(&job), &[], None).expect(200).body, clip, "what was sent can be seen");
    wait_for_mails(&local_cloud, &person.email, 1);
    let announced = announce(&mut person.browser, &clip, &json!({"notify": true}));
    let lost = jobs::id(&announced["job"]);
    for _ in 0..2 {
        machine_died(&local_cloud, &person.id, &lost);
    }
    assert_eq!(jobs::job(&mut person.browser, &lost)["failure"]["code"], "worker_lost");
    wait_for_mails(&local_cloud, &person.email, 2);

    let others = [
        ("mov", json!({"format": "mov"}), "prores,12"),
        ("mp4", json!({"format": "mp4", "background": "#00ff00"}), "h264,12"),
        ("mp4", json!({"format": "matte"}), "h264,12"),
        ("gif", json!({"format": "gif", "sound": false}), "gif,12"),
    ];
    for (extension, options, first) in others {
        let id = again(&mut person.browser, &whole, &options);
        let job = jobs::completed(&mut person.browser, &id, LIMIT);
        let file = save(folder.path(), &job, extension);
        assert_eq!(streams(&file)[0], first, "{options}");
    }
    for (options, begins) in [
        (json!({"format": "zip"}), &b"PK"[..]),
        (json!({"format": "png"}), b"PK"),
        (json!({"format": "webp"}), b"RIFF"),
    ] {
        let id = again(&mut person.browser, &whole, &options);
        let job = jobs::completed(&mut person.browser, &id, LIMIT);
        assert!(jobs::result(&job).body.starts_with(begins), "{options}");
    }
    over_a_picture(&mut person.browser, &whole, folder.path());
    let part = again(&mut person.browser, &whole, &json!({"from_ms": 250, "until_ms": 750}));
    let job = jobs::completed(&mut person.browser, &part, LIMIT);
    assert_eq!(streams(&save(folder.path(), &job, "webm"))[0], "vp9,6", "half a second");

    person
        .browser
        .post("/api/remove-video-background", &json!({"source_job": whole, "options": {"format": "mp4"}}))
        .problem(422, "unsuitable_options");
    let mut stranger = Person::new(&local_cloud, "stranger");
    stranger
        .browser
        .post("/api/remove-video-background", &json!({"source_job": whole}))
        .problem(404, "not_found");
    stranger.browser.get(&format!("/api/jobs/{whole}/upload")).problem(404, "not_found");
}

/// Red on the left and green on the right: neither color is in the clip.
fn over_a_picture(client: &mut Client, source: &str, folder: &Path) {
    let halves = RgbImage::from_fn(300, 200, |x, _| Rgb(if x < 150 { [255, 0, 0] } else { [0, 160, 0] }));
    let mut png = Vec::new();
    halves.write_to(&mut Cursor::new(&mut png), ImageFormat::Png).expect("a picture");
    let mut wanted = json!({
        "source_job": source, "options": {"format": "mp4", "background": "picture"},
    });
    client.post("/api/remove-video-background", &wanted).problem(422, "unsuitable_options");
    wanted["backdrop"] = json!(STANDARD.encode("I am a text."));
    client.post("/api/remove-video-background", &wanted).problem(422, "unreadable_picture");
    wanted["backdrop"] = json!(STANDARD.encode(&png));
    let answer = client.post("/api/remove-video-background", &wanted).expect(201).json();
    let job = jobs::completed(client, &jobs::id(&answer["job"]), LIMIT);
    let file = save(folder, &job, "mp4");
    assert_eq!(streams(&file)[0], "h264,12");
    let path = file.display().to_string();
    let arguments = ["-v", "error", "-i", &path, "-map", "0:v", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
    let output = Command::new("ffmpeg").args(arguments).output().expect("FFmpeg is installed");
    let frames: Vec<_> = output.stdout.chunks_exact(96 * 64 * 3).collect();
    assert_eq!(frames.len(), 12);
    for (number, frame) in frames.iter().enumerate() {
        for (x, color) in [(3, [255, 0, 0]), (92, [0, 160, 0])] {
            let pixel = &frame[(3 * 96 + x) * 3..][..3];
            let near = pixel.iter().zip(color).all(|(one, other)| one.abs_diff(other) < 40);
            assert!(near, "frame {number}, {x}: {pixel:?}, not {color:?}");
        }
    }
}

fn source(job: &Value) -> &str {
    job["result"]["source_url"].as_str().expect("a link")
}

/// Delivers EventBridge's event about a failed Batch job to `settle_video`.
fn machine_died(local_cloud: &LocalCloud, account: &str, id: &str) {
    let event = String::from_utf8(fixture("events/video-failed.json")).expect("text");
    // The fixture's account and job; it is about its owner's third try.
    let event = event
        .replace("8f14e45f-ceea-467f-a2ab-1c2d3e4f5a6b", account)
        .replace("0190a0b0c0d0e0f00112233445566778", id)
        .replace(r#"\"SANSFOND_RETRY\",\"value\":\"2\""#, r#"\"SANSFOND_RETRY\",\"value\":\"0\""#);
    let run = json!({"FunctionName": local_cloud.output("SettleVideoFunctionName"), "Payload": event});
    let answer = local_cloud.aws("lambda", "invoke", run);
    assert!(answer["FunctionError"].is_null(), "{answer}");
}

/// Waits until an address has received this number of mails about videos.
fn wait_for_mails(local_cloud: &LocalCloud, email: &str, mails: usize) {
    until("the mail", LIMIT, || {
        let outbox =
            request("GET", &format!("{}/outbox.json", local_cloud.origin()), &[], None).expect(200).json();
        let all = outbox.as_array().expect("a list").clone();
        let about = |mail: &Value| {
            mail["to"].as_array().is_some_and(|to| to.contains(&json!(email)))
                && mail.to_string().contains("/history")
        };
        (all.iter().filter(|mail| about(mail)).count() == mails).then_some(())
    });
}

#[test]
fn the_next_worker_continues_after_finished_segments() {
    let local_cloud = local_cloud("killed-machine").started();
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(&local_cloud, "unlucky-filmmaker");
    let clip = long_clip(folder.path());

    let id = upload(&mut person.browser, &clip, &json!({}));
    until("half of it is done", LIMIT, || {
        let job = jobs::job(&mut person.browser, &id);
        assert!(is_open(&job), "it ended before it could be killed: {job}");
        (job["progress_percent"].as_u64() > Some(45)).then_some(())
    });
    let machines = local_cloud.machines();
    assert_eq!(machines.len(), 1, "one works on it");
    kill_process(machines[0], Signal::KILL).expect("it runs");
    let job = jobs::completed(&mut person.browser, &id, LIMIT);
    let interrupted = frames(&save(folder.path(), &job, "webm"));
    assert_eq!(usage(&mut person.browser).0, 1, "it is paid for once");

    let other = again(&mut person.browser, &id, &json!({}));
    let job = jobs::completed(&mut person.browser, &other, LIMIT);
    let whole = frames(&save(folder.path(), &job, "webm"));
    assert!(whole.len() > 250, "{}", whole.len());
    assert_eq!(interrupted, whole, "frame for frame as without the interruption");
}

#[test]
fn cancelling_returns_the_credit_and_stops_the_machine() {
    let local_cloud = local_cloud("cancelled-machine").started();
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(&local_cloud, "hesitant-filmmaker");
    let id = upload(&mut person.browser, &long_clip(folder.path()), &json!({}));
    until("the job is processing", LIMIT, || {
        let job = jobs::job(&mut person.browser, &id);
        assert!(is_open(&job), "it ended before it could be cancelled: {job}");
        (job["video_progress"]["frames_done"].as_u64() > Some(5)).then_some(())
    });
    person.browser.do_post(&format!("/api/jobs/{id}/cancel")).expect(200);
    until("the machine stops", Duration::from_secs(30), || local_cloud.machines().is_empty().then_some(()));
    assert_eq!(jobs::job(&mut person.browser, &id)["state"], "cancelled");
    assert_eq!(usage(&mut person.browser), (0, 40));
    assert_eq!(jobs::ledger(&mut person.browser, &id), jobs::entries(&[("reserved", -1), ("cancelled", 1)]));
    person.browser.do_post(&format!("/api/jobs/{id}/retry")).expect(202);
    jobs::completed(&mut person.browser, &id, LIMIT);
    assert_eq!(usage(&mut person.browser), (1, 39));
}

#[test]
fn unsuitable_videos_cost_nothing_and_a_third_video_is_rejected() {
    let local_cloud =
        LocalCloud::new("video-quota").with_small_network().with("FreeVideoSeconds", "1").started();
    let folder = tempfile::tempdir().expect("a folder");
    let mut person = Person::new(&local_cloud, "careless-filmmaker");
    let clip = fixture("clips/disc.mp4");
    let cases: [(&[u8], &str); 5] = [
        (b"I am a text and call myself a video.", "unreadable_video"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n", "unreadable_video"),
        (b"ffconcat version 1.0\nfile /etc/passwd\n", "unreadable_video"),
        (&clip[..clip.len() / 2], "incomplete_video"),
        (&long_clip(folder.path()), "video_too_long"),
    ];
    for (bytes, code) in cases {
        let id = upload(&mut person.browser, bytes, &json!({}));
        let job = jobs::failed(&mut person.browser, &id, code, LIMIT);
        assert!(job["failure"]["message"].is_string() && job["result"].is_null(), "{job}");
        assert_eq!(usage(&mut person.browser), (0, 2), "{code}");
    }
    for used in 1..=2 {
        let id = upload(&mut person.browser, &clip, &json!({}));
        jobs::completed(&mut person.browser, &id, LIMIT);
        assert_eq!(usage(&mut person.browser), (used, 2 - used));
    }
    let wanted = json!({"name": "a.mp4", "type": "video/mp4", "size_bytes": clip.len()});
    person.browser.post("/api/remove-video-background", &wanted).problem(402, "insufficient_credits");
}

#[test]
fn a_multipart_upload_can_be_resumed() {
    let local_cloud = local_cloud("parts").started();
    let mut person = Person::new(&local_cloud, "patient-filmmaker");
    // Data after the end of the film, which players skip, makes the file two parts long.
    let mut clip = fixture("clips/disc.mp4");
    let length = 17_000_000_u32;
    clip.extend(length.to_be_bytes());
    clip.extend(b"free");
    clip.resize(clip.len() + usize::try_from(length).expect("small") - 8, 0);

    let announced = announce(&mut person.browser, &clip, &json!({}));
    let id = jobs::id(&announced["job"]);
    let path = format!("/api/jobs/{id}/upload");
    let part = &announced["upload"]["parts"][1];
    let first =
        usize::try_from(announced["upload"]["part_size_bytes"].as_u64().expect("a size")).expect("small");
    request("PUT", part["url"].as_str().expect("a link"), &[], Some(&clip[first..])).expect(200);
    let problem = person.browser.do_post(&path).problem(409, "incomplete_upload");
    assert_eq!(problem["missing"], json!([1]));

    let rest = person.browser.get(&path).expect(200).json();
    assert_eq!((&rest["parts"][0]["uploaded"], &rest["parts"][1]["uploaded"]), (&json!(false), &json!(true)));
    put_parts(&rest, &clip);
    for _ in 0..2 {
        person.browser.do_post(&path).expect(200);
    }
    jobs::completed(&mut person.browser, &id, LIMIT);
    person.browser.get(&path).problem(409, "invalid_state");
}

#[test]
fn a_cancelled_video_leaves_no_files() {
    let local_cloud = local_cloud("unwanted").started();
    let mut person = Person::new(&local_cloud, "leaving-filmmaker");
    let clip = fixture("clips/disc.mp4");

    // Cancelled during the upload, or never sent.
    let announced = announce(&mut person.browser, &clip, &json!({}));
    put_parts(&announced["upload"], &clip);
    let cancelled = jobs::id(&announced["job"]);
    assert_eq!(unfinished(&local_cloud), 1);
    person.browser.do_post(&format!("/api/jobs/{cancelled}/cancel")).expect(200);
    assert_eq!(unfinished(&local_cloud), 0);
    let late = jobs::id(&announce(&mut person.browser, &clip, &json!({}))["job"]);
    jobs::is_due(&local_cloud, &person.id, &late);
    jobs::sweep(&local_cloud);
    assert_eq!(jobs::job(&mut person.browser, &late)["state"], "expired");
    assert_eq!(unfinished(&local_cloud), 0);

    // The announcement failed before the upload in parts was created; asking for the links creates it.
    let begun = jobs::id(&announce(&mut person.browser, &clip, &json!({}))["job"]);
    never_begun(&local_cloud, &person.id, &begun);
    let path = format!("/api/jobs/{begun}/upload");
    assert_eq!(person.browser.get(&path).expect(200).json()["parts"][0]["uploaded"], false);
    assert_eq!(unfinished(&local_cloud), 2, "the first, which no job knows, and another");
    // The bucket deletes an upload that is unfinished for a day.
    forget_unfinished(&local_cloud);
    person.browser.get(&path).problem(409, "invalid_state");
    person.browser.do_post(&path).problem(409, "invalid_state");

    let [deleted, kept] = [(), ()].map(|()| {
        let id = upload(&mut person.browser, &clip, &json!({}));
        jobs::completed(&mut person.browser, &id, LIMIT);
        id
    });
    person.browser.delete(&format!("/api/jobs/{deleted}")).expect(204);
    person.browser.delete(&format!("/api/jobs/{cancelled}")).expect(204);
    for folder in ["videos", "results"] {
        assert_eq!(files(&local_cloud, &format!("{folder}/{}/{deleted}/", person.id)), 0);
        assert!(files(&local_cloud, &format!("{folder}/{}/{kept}/", person.id)) > 0);
    }
    let mut archive = account::export(&mut person);
    assert_eq!(account::file(&mut archive, &format!("videos/{kept}/source")), clip);
    person.browser.delete_with("/api/me", &json!({"email": person.email})).expect(204);
    for folder in ["videos", "results"] {
        assert_eq!(files(&local_cloud, &format!("{folder}/{}/", person.id)), 0);
    }
}

/// Unfinished uploads in the bucket.
fn uploads(local_cloud: &LocalCloud) -> Vec<Value> {
    let list =
        local_cloud.aws("s3", "list_multipart_uploads", json!({"Bucket": local_cloud.output("BucketName")}));
    list["Uploads"].as_array().cloned().unwrap_or_default()
}

/// Puts a job into the state in which its upload was not created in the bucket.
fn never_begun(local_cloud: &LocalCloud, account: &str, id: &str) {
    let key = json!({"pk": {"S": format!("account#{account}")}, "sk": {"S": format!("job#{id}")}});
    local_cloud.aws(
        "dynamodb",
        "update_item",
        json!({"TableName": local_cloud.output("TableName"), "Key": key, "UpdateExpression": "REMOVE #input.multipart",
            "ExpressionAttributeNames": {"#input": "input"}}),
    );
}

fn unfinished(local_cloud: &LocalCloud) -> usize {
    uploads(local_cloud).len()
}

/// Does the work of the bucket's lifecycle rule.
fn forget_unfinished(local_cloud: &LocalCloud) {
    for upload in uploads(local_cloud) {
        let which = json!({"Bucket": local_cloud.output("BucketName"), "Key": upload["Key"], "UploadId": upload["UploadId"]});
        local_cloud.aws("s3", "abort_multipart_upload", which);
    }
}

/// The number of files in a folder of the bucket.
fn files(local_cloud: &LocalCloud, folder: &str) -> u64 {
    let list = json!({"Bucket": local_cloud.output("BucketName"), "Prefix": folder});
    local_cloud.aws("s3", "list_objects_v2", list)["KeyCount"].as_u64().expect("a number")
}
