//! Data survives a stop and a kill, and no process keeps running.

use std::time::Duration;

use serde_json::json;

use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::cat;
use super::{jobs, until};

/// The emulator saves its state every two seconds, on a busy machine less often.
const SAVED_WITHIN: Duration = Duration::from_secs(20);

#[test]
fn data_survives_a_stop_and_a_kill() {
    let local_cloud = LocalCloud::new("restart").started();
    assert!(local_cloud.said().contains("deployed"), "{}", local_cloud.said());
    let mut person = Person::new(&local_cloud, "returning");
    let id = jobs::upload(&mut person.browser, "cat.png", &cat());
    let job = jobs::completed(&mut person.browser, &id, jobs::PROMPT);
    let file = jobs::result(&job).body;

    let status = local_cloud.stop();
    assert!(status.success(), "{status}: {}", local_cloud.said());
    assert!(local_cloud.said().contains("the state is saved"), "{}", local_cloud.said());
    nothing_runs(&local_cloud);
    let took = local_cloud.start();
    assert!(local_cloud.said().contains("unchanged since the last start"), "{}", local_cloud.said());
    // 2.5 s on an idle machine; other tests use the processors at the same time.
    assert!(took < Duration::from_secs(30), "the second start took {took:?}");
    is_as_before(&mut person, &id, &file);

    person.browser.patch("/api/me", &json!({"language": "fr"})).expect(200);
    let mut browser = person.browser.clone().with("idempotency-key", "second");
    jobs::announce(&mut browser, "second.png", cat().len());
    is_saved(&local_cloud, "second.png");
    local_cloud.kill();
    nothing_runs(&local_cloud);
    local_cloud.start();
    is_as_before(&mut person, &id, &file);
    assert_eq!(person.browser.get("/api/me").expect(200).json()["language"], "fr");
    // The emulator forgets the keys with which links were signed; the same request gives a new link. The
    // event still starts the worker.
    let wanted = jobs::declaration("second.png", "image/png", cat().len());
    let announced = browser.post("/api/uploads", &wanted).expect(200).json();
    jobs::put(&announced, &cat()).expect(200);
    jobs::completed(&mut person.browser, &jobs::id(&announced["job"]), jobs::PROMPT);
    assert_eq!(jobs::usage(&mut person.browser), (2, 8, 0));
    // Sessions can be refreshed: the pool's keys and tokens are the same.
    person.browser.do_post("/api/auth/refresh").expect(204);
    person.browser.get("/api/me").expect(200);
}

/// Waits until the last change is on disk.
fn is_saved(local_cloud: &LocalCloud, last: &str) {
    until("the state is saved", SAVED_WITHIN, || {
        let state =
            std::fs::read_to_string(local_cloud.state().join("emulator/dynamodb.json")).expect("a state");
        state.contains(last).then_some(())
    });
}

/// With the cookies from before.
fn is_as_before(person: &mut Person, id: &str, file: &[u8]) {
    assert_eq!(person.browser.get("/api/me").expect(200).json()["email"], person.email);
    let job = jobs::job(&mut person.browser, id);
    assert_eq!(job["state"], "completed");
    assert_eq!(jobs::result(&job).body, file);
    assert_eq!(jobs::ledger(&mut person.browser, id), jobs::entries(&[("reserved", -1), ("kept", 0)]));
}

/// Asserts that neither the emulator nor a function runs.
fn nothing_runs(local_cloud: &LocalCloud) {
    until("all processes are gone", Duration::from_secs(20), || {
        local_cloud.processes(&local_cloud.state()).is_empty().then_some(())
    });
}

#[test]
fn a_cloud_without_its_owner_stops() {
    let local_cloud = LocalCloud::new("orphan").started();
    local_cloud.let_go();
    nothing_runs(&local_cloud);
    assert!(local_cloud.said().contains("the state is saved"), "{}", local_cloud.said());
}
