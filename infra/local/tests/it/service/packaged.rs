//! Which programs the functions are: the natively built ones, or with `SANSFOND_PACKAGED=true`, as in `make packaged`,
//! those of `make package`.

use std::path::PathBuf;

use super::cloud::Cloud;
use super::people::Person;
use super::pictures::{assert_is_cutout_of, cat};
use super::synchronous;

#[test]
fn the_functions_are_those_that_were_asked_for() {
    let cloud = Cloud::shared();
    let mut person = Person::new(cloud, "packaged");
    let mut program = person.program(cloud);
    let answer = synchronous::send(&mut program, "image/png", &cat(), "").expect(200);
    assert_is_cutout_of("chelsea", &answer.body);

    let wanted = std::env::var("SANSFOND_PACKAGED").is_ok_and(|value| value == "true");
    assert_eq!(cloud.said().contains("functions      the packages of "), wanted, "{}", cloud.said());
    let workers = cloud.workers("remove_background");
    assert!(!workers.is_empty(), "it answers, so it runs");
    for worker in workers {
        let program: PathBuf =
            std::fs::read_link(format!("/proc/{}/exe", worker.as_raw_nonzero())).expect("a process of ours");
        let packaged =
            program.ends_with("bootstrap") && program.with_file_name("lib/libstdc++.so.6").is_file();
        assert_eq!(packaged, wanted, "{}", program.display());
    }
}
