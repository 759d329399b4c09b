//! Checks the container image's Dockerfile without building it.

use crate::checkout;

fn read(name: &str) -> String {
    std::fs::read_to_string(checkout().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The instructions, each on one line.
fn instructions() -> Vec<String> {
    let text = read("batch-worker/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn the_image_has_one_stage_and_a_tagged_base() {
    let instructions = instructions();
    let base: Vec<&str> = instructions.iter().filter_map(|line| line.strip_prefix("ARG BASE=")).collect();
    assert!(matches!(base[..], [image] if image.contains(':') && !image.ends_with(":latest")), "{base:?}");
    let stages: Vec<&str> = instructions.iter().filter_map(|line| line.strip_prefix("FROM ")).collect();
    assert_eq!(stages, ["${BASE}"]);
}

#[test]
fn the_image_runs_the_program_without_a_shell_and_not_as_root() {
    let instructions = instructions();
    assert!(instructions.contains(&"ENTRYPOINT [\"/opt/sansfond/bin/batch-worker\"]".to_owned()));
    let last_user = instructions.iter().filter_map(|line| line.strip_prefix("USER ")).next_back();
    assert_eq!(last_user, Some("worker"));
    // The user that has no access to the machine's credentials.
    let user =
        read("infra/gpu.yaml").lines().find_map(|line| line.trim().strip_prefix("User: ").map(str::to_owned));
    let id = user.expect("gpu.yaml names a user").trim_matches('"').to_owned();
    assert!(instructions.iter().any(|line| line.contains(&format!("useradd --uid {id} "))), "user {id}");
    assert!(!instructions.iter().any(|line| line.starts_with("CMD")));
}

#[test]
fn both_builds_of_onnx_runtime_have_the_same_version() {
    let version = |name: &str| {
        let text = read(name);
        let pin = text.lines().find_map(|line| line.split_once("==")).expect("a pin").1.to_owned();
        pin.trim_end_matches(" \\").to_owned()
    };
    assert_eq!(version("infra/setup/onnxruntime.txt"), version("infra/setup/onnxruntime-gpu.txt"));
}
