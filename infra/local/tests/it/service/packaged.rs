//! The functions' programs: the natively built ones, or with `SANSFOND_PACKAGED=true`, as in `make packaged`,
//! those of `make package`.

use std::path::PathBuf;

use sansfond_telemetry::settings;

use super::local_cloud::LocalCloud;
use super::people::Person;
use super::pictures::{assert_is_cutout_of, cat};
use super::synchronous;

#[test]
fn the_requested_programs_run() {
    let local_cloud = LocalCloud::shared();
    let mut person = Person::new(local_cloud, "packaged");
    let mut program = person.program(local_cloud);
    let answer = synchronous::send(&mut program, "image/png", &cat(), "").expect(200);
    assert_is_cutout_of("chelsea", &answer.body);

    let wanted = settings::optional("SANSFOND_PACKAGED").expect("true or false").unwrap_or(false);
    assert_eq!(
        local_cloud.said().contains("functions      the packages of "),
        wanted,
        "{}",
        local_cloud.said()
    );
    let workers = local_cloud.workers("remove_background");
    assert!(!workers.is_empty(), "it answers, so it runs");
    for worker in workers {
        let program: PathBuf =
            std::fs::read_link(format!("/proc/{}/exe", worker.as_raw_nonzero())).expect("a process of ours");
        let packaged =
            program.ends_with("bootstrap") && program.with_file_name("lib/libstdc++.so.6").is_file();
        assert_eq!(packaged, wanted, "{}", program.display());
    }
}
