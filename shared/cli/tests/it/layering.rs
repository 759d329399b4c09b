//! Checks the dependencies between crates against the table of `docs/ARCHITECTURE.md`: arrows point down only.

use std::process::Command;

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Crates and their levels. A crate may depend on lower levels only.
const LEVELS: &[(&str, u8)] = &[
    ("sansfond-options", 0),
    ("sansfond-telemetry", 0),
    ("sansfond-fetch", 0),
    ("sansfond-domain", 1),
    ("sansfond-imaging", 1),
    ("sansfond-jobs", 2),
    ("sansfond-texts", 2),
    ("sansfond-matting", 2),
    ("sansfond-video", 2),
    ("sansfond-embedded", 2),
    ("sansfond-engine", 3),
    ("sansfond-video-failures", 3),
    ("sansfond-aws", 3),
    ("sansfond-web", 3),
    ("sansfond-boot", 4),
    ("sansfond-cli", 4),
    ("sansfond-batch-worker", 4),
    ("sansfond-python", 5),
    ("sansfond-api", 5),
    ("sansfond-image", 5),
    ("sansfond-video-intake", 5),
    ("sansfond-generate", 6),
    ("sansfond-local", 7),
];

const AWS: &[&str] = &["aws-"];
const ASYNC: &[&str] = &["tokio", "hyper", "axum", "reqwest"];
const CLIENT: &[&str] = &["ureq"];
const LAMBDA: &[&str] = &["axum", "lambda_"];
const PIXELS: &[&str] = &["sansfond-imaging", "image"];
const NETWORKS: &[&str] = &["sansfond-matting", "ort"];
const FFMPEG: &[&str] = &["sansfond-video", "ffmpeg-"];

/// Crates that a crate must not link, at any depth. A name that ends in `-` or `_` is a prefix.
const NEVER_LINKED: &[(&str, &[&[&str]])] = &[
    ("sansfond-options", &[AWS, ASYNC, CLIENT, PIXELS, NETWORKS, FFMPEG, &["tracing"]]),
    ("sansfond-domain", &[AWS, ASYNC, CLIENT, PIXELS, NETWORKS, FFMPEG, &["getrandom", "tracing"]]),
    ("sansfond-telemetry", &[AWS, ASYNC, CLIENT, PIXELS, NETWORKS, FFMPEG]),
    ("sansfond-fetch", &[AWS, ASYNC, PIXELS, NETWORKS, FFMPEG]),
    ("sansfond-jobs", &[AWS, ASYNC, CLIENT, PIXELS, NETWORKS, FFMPEG]),
    ("sansfond-texts", &[AWS, ASYNC, CLIENT, PIXELS, NETWORKS, FFMPEG, &["tracing"]]),
    ("sansfond-imaging", &[AWS, ASYNC, CLIENT, NETWORKS, FFMPEG]),
    ("sansfond-matting", &[AWS, ASYNC, CLIENT, FFMPEG]),
    ("sansfond-video", &[AWS, ASYNC, CLIENT, NETWORKS]),
    ("sansfond-engine", &[AWS, ASYNC, CLIENT, FFMPEG, &["sansfond-domain"]]),
    ("sansfond-video-failures", &[AWS, ASYNC, CLIENT, NETWORKS]),
    ("sansfond-aws", &[LAMBDA, PIXELS, NETWORKS, FFMPEG, &["sansfond-web"]]),
    ("sansfond-web", &[AWS, PIXELS, NETWORKS, FFMPEG, &["sansfond-aws"]]),
    ("sansfond-boot", &[PIXELS, NETWORKS, FFMPEG]),
    ("sansfond-api", &[PIXELS, NETWORKS, FFMPEG]),
    ("sansfond-image", &[FFMPEG]),
    ("sansfond-video-intake", &[NETWORKS]),
    ("sansfond-batch-worker", &[LAMBDA]),
    ("sansfond-python", &[AWS, ASYNC, FFMPEG]),
];

/// Crates that a crate may link through others but must not use directly.
const NEVER_USED: &[(&str, &[&[&str]])] = &[
    ("sansfond-engine", &[&["ort"]]),
    ("sansfond-video-failures", &[&["image"]]),
    ("sansfond-api", &[AWS]),
    ("sansfond-image", &[AWS, &["ort"]]),
    ("sansfond-video-intake", &[AWS, &["image", "axum"]]),
    ("sansfond-batch-worker", &[AWS, &["ort"]]),
    ("sansfond-python", &[CLIENT, &["ort"]]),
];

fn members() -> Vec<Package> {
    let metadata = MetadataCommand::new().no_deps().exec().expect("cargo metadata");
    metadata.workspace_packages().into_iter().cloned().collect()
}

fn level(name: &str) -> u8 {
    LEVELS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("give {name} a level")).1
}

#[test]
fn every_member_has_a_level_and_depends_on_lower_levels_only() {
    let members = members();
    assert_eq!(members.len(), LEVELS.len());
    for member in &members {
        for dependency in
            member.dependencies.iter().filter(|dependency| dependency.name.starts_with("sansfond-"))
        {
            assert!(
                level(&dependency.name) < level(&member.name),
                "{} must not depend on {}",
                member.name,
                dependency.name
            );
        }
    }
}

fn matches_any(name: &str, names: &[&[&str]]) -> bool {
    names.iter().copied().flatten().any(|one| match one.ends_with(['-', '_']) {
        true => name.starts_with(one),
        false => name == *one,
    })
}

/// Every crate that a member links, with its features there. `cargo metadata` knows only the features of the
/// whole workspace.
fn linked(member: &str) -> Vec<String> {
    let arguments = ["tree", "--locked", "--offline", "--edges", "normal,no-proc-macro", "--prefix", "none"];
    let output = Command::new(env!("CARGO"))
        .args(arguments)
        .args(["--format", "{p}", "--package", member])
        .current_dir(crate::checkout())
        .output()
        .expect("cargo");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let lines = String::from_utf8(output.stdout).expect("text");
    let names = lines.lines().filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != member).map(str::to_owned).collect()
}

#[test]
fn no_crate_links_a_forbidden_crate_at_any_depth() {
    for (member, forbidden) in NEVER_LINKED {
        let linked = linked(member);
        assert!(linked.len() > 3, "{member} links {linked:?}");
        let wrong: Vec<_> = linked.iter().filter(|name| matches_any(name, forbidden)).collect();
        assert!(
            wrong.is_empty(),
            "{member} must not link {wrong:?}; `cargo tree -p {member} -i NAME` shows the path"
        );
    }
}

#[test]
fn no_crate_uses_a_forbidden_crate_directly() {
    let members = members();
    for (name, forbidden) in NEVER_USED {
        let member = members.iter().find(|member| *member.name == *name).expect("a member");
        for dependency in member.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal) {
            assert!(!matches_any(&dependency.name, forbidden), "{name} must not use {}", dependency.name);
        }
    }
}

#[test]
fn members_take_versions_and_lints_from_the_workspace() {
    for member in members() {
        let manifest = std::fs::read_to_string(&member.manifest_path).expect("a manifest");
        assert!(
            manifest.contains("[lints]\nworkspace = true"),
            "{} must inherit the lints of the workspace",
            member.name
        );
        let own_versions = manifest.lines().filter(|line| line.contains("version = \"")).collect::<Vec<_>>();
        assert!(own_versions.is_empty(), "{}: {own_versions:?}", member.name);
    }
}
