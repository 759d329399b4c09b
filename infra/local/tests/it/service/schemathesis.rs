//! Schemathesis reads `docs/openapi.json`, sends valid and invalid requests, and checks the responses: no
//! server error, no undescribed response, no access without a key. `schemathesis.toml` lists the exceptions.

use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::client::Client;
use super::local_cloud::LocalCloud;
use super::people::{Person, forget_counts};
use crate::checkout;

const SETTINGS: &str = include_str!("schemathesis.toml");
/// For each operation and phase; all of it takes three minutes on two cores.
const EXAMPLES: &str = "12";

#[test]
fn the_api_matches_its_description_and_survives_invalid_requests() {
    // With credits for everything; otherwise most responses would be refusals.
    let local_cloud = LocalCloud::new("schemathesis")
        .with("FreeImages", "1000000")
        .with("FreeJobsAtOnce", "1000000")
        .with("FreeUploadMb", "5000")
        .started();
    let mut owner = Person::new(&local_cloud, "owner-of-a-key");
    let key =
        owner.browser.post("/api/keys", &serde_json::json!({"label": "schemathesis"})).expect(201).json();
    let person = Person::new(&local_cloud, "holder-of-a-session");
    let token = &person.browser.cookies["__Host-sansfond-access"];
    // Both callers at once, each in a process of its own: in one process, two threads of Python 3.11.2 (Debian
    // 12) that parse source code at the same moment fail with “AST constructor recursion depth mismatch”.
    let with_a_key = || run(&local_cloud, "key", "", key["secret"].as_str().expect("a secret"));
    let origin = format!("headers = {{ Origin = \"{}\" }}", local_cloud.origin());
    let with_a_session = || run(&local_cloud, "session", &origin, token);
    while_nothing_is_counted(&local_cloud, || {
        std::thread::scope(|callers| {
            callers.spawn(with_a_key);
            callers.spawn(with_a_session);
        });
    });
    // The service still works afterwards.
    let mut again = Client::browser(&local_cloud);
    again.get("/api/health").expect(200);
    again.get("/api/config").expect(200);
}

/// One run as a caller of this kind, which is the name of a security scheme.
fn run(local_cloud: &LocalCloud, kind: &str, more: &str, secret: &str) {
    let folder = local_cloud.state().join("schemathesis").join(kind);
    std::fs::create_dir_all(&folder).expect("a folder");
    let settings = format!("{more}\n{SETTINGS}\n[auth.openapi.{kind}]\napi_key = \"{secret}\"\n");
    std::fs::write(folder.join("schemathesis.toml"), settings).expect("written");
    let output = Command::new(local_cloud.program("schemathesis"))
        .args(["--config-file", "schemathesis.toml", "run"])
        .arg(checkout().join("docs/openapi.json"))
        .args(["--url", &local_cloud.origin(), "--workers", "1", "--max-examples", EXAMPLES, "--no-color"])
        .current_dir(&folder)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stdout);
    if !output.status.success() {
        let path = checkout().join(format!("target/test-failures/schemathesis-{kind}.txt"));
        std::fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        std::fs::write(&path, said.as_bytes()).expect("written");
        let failures = said
            .split_once("= FAILURES =")
            .or(said.split_once("= ERRORS ="))
            .map_or(&*said, |(_, rest)| rest);
        let shown: String = failures.chars().take(6000).collect();
        panic!("as caller with a {kind}; the whole report is {}\n{shown}", path.display());
    }
    // Shows how much was checked.
    print!("{kind}: {}", said.rsplit_once("= SUMMARY =").map_or(&*said, |(_, summary)| summary));
}

/// Switches the rate limits off, which hold for Schemathesis too; otherwise every response would be “too many
/// requests”.
fn while_nothing_is_counted(local_cloud: &LocalCloud, work: impl FnOnce()) {
    struct Done<'a>(&'a AtomicBool);
    impl Drop for Done<'_> {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }
    let done = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                forget_counts(local_cloud, "rate#");
                std::thread::sleep(Duration::from_millis(500));
            }
        });
        let _done = Done(&done);
        work();
    });
}
