//! Who may import whom. The table is the one of `docs/ARCHITECTURE.md`: arrows point down only.

use cargo_metadata::{DependencyKind, MetadataCommand, Package};

/// Crates and their levels; a crate may depend on lower levels only.
const LEVELS: &[(&str, u8)] = &[
    ("sansfond-options", 0),
    ("sansfond-telemetry", 0),
    ("sansfond-fetch", 0),
    ("sansfond-domain", 1),
    ("sansfond-imaging", 1),
    ("sansfond-jobs", 2),
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

/// What the lower levels must never know, by beginnings of crate names.
const FORBIDDEN: &[(&str, &[&str])] = &[
    ("sansfond-domain", &["aws-", "tokio", "hyper", "axum", "ureq", "image", "ort", "getrandom", "tracing"]),
    ("sansfond-jobs", &["aws-", "tokio", "hyper", "axum", "ureq", "image", "ort", "sansfond-imaging"]),
    ("sansfond-web", &["aws-", "sansfond-aws", "image", "ort"]),
    ("sansfond-aws", &["axum", "lambda", "sansfond-web", "image", "ort"]),
    ("sansfond-api", &["aws-", "image", "ort", "ffmpeg", "sansfond-matting", "sansfond-video"]),
    ("sansfond-image", &["aws-", "ort", "ffmpeg", "sansfond-video"]),
    ("sansfond-video-intake", &["aws-", "image", "ort", "axum"]),
    ("sansfond-batch-worker", &["aws-", "axum", "lambda", "ort"]),
    ("sansfond-python", &["aws-", "tokio", "hyper", "axum", "ort", "ureq", "sansfond-video"]),
    ("sansfond-imaging", &["aws-", "tokio", "hyper", "axum", "ureq", "reqwest", "ort"]),
    ("sansfond-matting", &["aws-", "tokio", "hyper", "axum", "ureq", "reqwest"]),
    ("sansfond-video", &["aws-", "tokio", "hyper", "axum", "ureq", "reqwest", "ort"]),
    ("sansfond-options", &["aws-", "tokio", "hyper", "axum", "ureq", "image", "ort", "ffmpeg", "tracing"]),
    ("sansfond-video-failures", &["aws-", "tokio", "hyper", "axum", "image", "ort"]),
    ("sansfond-engine", &["aws-", "tokio", "hyper", "axum", "ureq", "reqwest", "ort", "sansfond-domain"]),
    ("sansfond-fetch", &["aws-", "tokio", "hyper", "axum", "ort", "image"]),
    ("sansfond-telemetry", &["aws-", "tokio", "hyper", "axum", "ort", "image"]),
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

#[test]
fn lower_levels_know_no_network_no_cloud_and_no_async() {
    for member in members() {
        let forbidden =
            FORBIDDEN.iter().filter(|(name, _)| **name == *member.name).flat_map(|(_, names)| *names);
        for beginning in forbidden {
            for dependency in member.dependencies.iter().filter(|one| one.kind == DependencyKind::Normal) {
                assert!(
                    !dependency.name.starts_with(beginning),
                    "{} must not use {}",
                    member.name,
                    dependency.name
                );
            }
        }
    }
}

#[test]
fn members_take_versions_and_lints_from_the_workspace() {
    for member in members() {
        let manifest = std::fs::read_to_string(&member.manifest_path).expect("a manifest");
        assert!(manifest.contains("[lints]\nworkspace = true"), "{} has lints of its own", member.name);
        let own_versions = manifest.lines().filter(|line| line.contains("version = \"")).collect::<Vec<_>>();
        assert!(own_versions.is_empty(), "{}: {own_versions:?}", member.name);
    }
}

#[test]
fn the_environment_is_read_in_telemetry_only() {
    let root = crate::checkout();
    let mut names = Vec::new();
    for folder in ["shared", "functions", "batch-worker", "infra"] {
        crate::collect(&root, &root.join(folder), &mut names);
    }
    let sources = names.iter().filter(|name| name.ends_with(".rs") && name.contains("/src/"));
    for name in sources.filter(|name| !name.starts_with("shared/telemetry/")) {
        let text = std::fs::read_to_string(root.join(name)).expect("readable");
        for call in ["env::var(", "env::var_os(", "env::vars("] {
            assert!(!text.contains(call), "{name} reads the environment itself");
        }
    }
}
