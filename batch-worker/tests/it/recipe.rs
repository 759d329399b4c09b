//! The recipe of the image, as far as it can be looked at without building it.

use crate::checkout;

fn text(name: &str) -> String {
    std::fs::read_to_string(checkout().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The instructions, each on one line.
fn instructions() -> Vec<String> {
    let text = text("batch-worker/Dockerfile").replace("\\\n", " ");
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

#[test]
fn every_stage_that_is_copied_from_comes_before_and_every_base_is_pinned() {
    let (mut stages, mut arguments) = (Vec::new(), Vec::new());
    for line in instructions() {
        let words: Vec<&str> = line.split(' ').collect();
        match words[0] {
            "ARG" => arguments.push(words[1].to_owned()),
            "FROM" => {
                let base = words[1];
                let value = base.strip_prefix("${").and_then(|name| name.strip_suffix('}')).map(|name| {
                    let argument =
                        arguments.iter().find(|argument| argument.starts_with(&format!("{name}=")));
                    argument.unwrap_or_else(|| panic!("{name} is no argument")).clone()
                });
                match value {
                    Some(image) => assert!(image.contains(':') && !image.ends_with("latest"), "{image}"),
                    None => assert!(stages.iter().any(|stage| stage == base), "{base} is no stage"),
                }
                stages.push((*words.last().expect("a name")).to_owned());
            }
            "COPY" => {
                for from in words.iter().filter_map(|word| word.strip_prefix("--from=")) {
                    assert!(stages.iter().any(|stage| stage == from), "{line}");
                }
            }
            _ => {}
        }
    }
}

#[test]
fn the_last_stage_runs_the_program_without_a_shell_and_not_as_root() {
    let instructions = instructions();
    let last = instructions.iter().rposition(|line| line.starts_with("FROM ")).expect("a stage");
    let end = &instructions[last..];
    assert!(end.contains(&"ENTRYPOINT [\"/usr/local/bin/batch-worker\"]".to_owned()));
    assert!(end.contains(&"USER worker".to_owned()));
    assert!(!end.iter().any(|line| line.starts_with("CMD")));
}

#[test]
fn the_files_that_it_takes_from_the_checkout_are_there_and_speak_of_one_version() {
    for line in instructions().iter().filter(|line| line.starts_with("COPY infra/")) {
        let sources = line.split(' ').filter(|word| word.starts_with("infra/"));
        for source in sources {
            assert!(checkout().join(source).is_file(), "{source}");
        }
    }
    let version = |name: &str| {
        let text = text(name);
        let pin = text.lines().find_map(|line| line.split_once("==")).expect("a pin").1.to_owned();
        pin.trim_end_matches(" \\").to_owned()
    };
    assert_eq!(version("infra/setup/onnxruntime.txt"), version("infra/setup/onnxruntime-gpu.txt"));
}
