//! Workers that die during a job.

use rustix::process::{Signal, kill_process};
use serde_json::json;

use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::{cat, large_cat};
use super::{jobs, until};

#[test]
fn a_killed_worker_is_replaced() {
    let local_cloud = LocalCloud::new("killed-worker").started();
    let mut person = Person::new(&local_cloud, "unlucky");
    let id = jobs::upload(&mut person.browser, "cat.png", &large_cat());
    until("the job is begun", jobs::PROMPT, || {
        (jobs::job(&mut person.browser, &id)["state"] == "processing").then_some(())
    });
    let workers = local_cloud.workers("cut_out_upload");
    assert!(!workers.is_empty(), "a worker is running");
    for worker in workers {
        kill_process(worker, Signal::KILL).expect("it runs");
    }
    let job = jobs::job(&mut person.browser, &id);
    assert_eq!(job["state"], "processing", "it was killed too late: {job}");

    let job = jobs::completed(&mut person.browser, &id, jobs::PATIENT);
    let cutout = image::load_from_memory(&jobs::result(&job).body).expect("a picture");
    assert_eq!((cutout.width(), cutout.height(), cutout.color()), (1804, 1200, image::ColorType::Rgba8));
    assert_eq!(jobs::ledger(&mut person.browser, &id), jobs::entries(&[("reserved", -1), ("kept", 0)]));
    assert_eq!(jobs::usage(&mut person.browser), (1, 9, 0));
    let key = json!({"pk": {"S": format!("account#{}", person.id)}, "sk": {"S": format!("job#{id}")}});
    let row = local_cloud.aws(
        "dynamodb",
        "get_item",
        json!({"TableName": local_cloud.output("TableName"), "Key": key}),
    );
    assert_eq!(row["Item"]["pieces"]["L"][0]["M"]["attempts"]["N"], "2", "{row}");
}

#[test]
fn a_job_whose_workers_all_die_fails_and_costs_nothing() {
    // No worker starts, and the queue delivers a message again after two seconds instead of 26: ten times.
    let local_cloud =
        LocalCloud::new("no-workers").with("Model", "no-such-model").with("ImageVisibility", "2").started();
    let mut person = Person::new(&local_cloud, "hopeless");
    let id = jobs::upload(&mut person.browser, "cat.png", &cat());
    let job = jobs::failed(&mut person.browser, &id, "worker_lost", jobs::PATIENT);
    assert!(
        job["failure"]["message"].as_str().is_some_and(|text| text.contains("credits were returned")),
        "{job}"
    );
    assert_eq!(jobs::ledger(&mut person.browser, &id), jobs::entries(&[("reserved", -1), ("failed", 1)]));
    assert_eq!(jobs::usage(&mut person.browser), (0, 10, 0));
    // The other half of the package reports the same.
    assert!(person.browser.get("/api/health").status >= 500);
}
