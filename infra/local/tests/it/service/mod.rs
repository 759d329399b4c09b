//! The whole service as `make up` runs it: the emulator, the deployed template, the built functions and the
//! front door. Each test sends requests as a browser, a program or AWS would.
//!
//! | file | subject |
//! | --- | --- |
//! | `local_cloud` | local clouds: one for all tests, and one for each test that breaks its own |
//! | `aws`, `aws.py` | the emulator's own APIs |
//! | `client`, `people`, `jobs`, `pictures` | requests, accounts, jobs and results |
//! | the others | a scenario each |
//!
//! Deliberately absent: single rules and routes, which their own packages test, and the model's quality.

mod aws;
mod client;
mod jobs;
mod local_cloud;
mod people;
mod pictures;

mod account;
mod bad_pictures;
mod logs;
mod lost_workers;
mod packaged;
mod permissions;
mod quota;
mod restart;
mod schemathesis;
mod strangers;
mod synchronous;
mod twice;
mod videos;
mod whole_path;
mod worker_image;

use std::time::{Duration, Instant};

/// Polls until there is a value, and fails with `what` after the limit. It polls often at first, then less
/// often: an account may not send more than four requests a second for long.
fn until<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let started = Instant::now();
    let mut pause = Duration::from_millis(40);
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < limit, "{what}: not within {} s", limit.as_secs());
        std::thread::sleep(pause);
        pause = (pause * 11 / 10).min(Duration::from_millis(400));
    }
}
