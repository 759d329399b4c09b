//! Routes, programs, the template and the description name the same things.

use std::collections::BTreeSet;

use crate::{checkout, text};

fn programs(package: &str) -> BTreeSet<String> {
    let folder = checkout().join(package).join("src/bin");
    let files = std::fs::read_dir(&folder).expect("a folder of programs");
    files
        .map(|file| file.expect("a file").path().file_stem().expect("a name").to_string_lossy().into_owned())
        .collect()
}

/// `create_upload` → `CreateUploadFunction`.
fn logical_id(program: &str) -> String {
    let words = program.split('_').map(|word| word[..1].to_uppercase() + &word[1..]);
    words.collect::<String>() + "Function"
}

/// `GET /api/jobs/{id}`, as the template has them.
fn template_routes() -> BTreeSet<String> {
    let template = text("infra/template.yaml");
    let keys = template.lines().filter_map(|line| line.split_once("RouteKey: \""));
    keys.filter_map(|(_, key)| key.split_once('"')).map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn every_route_and_event_is_a_program_and_nothing_else_is() {
    let listed = sansfond_api::routes::NAMES.iter().chain(sansfond_api::events::NAMES);
    assert_eq!(programs("functions/api"), listed.map(|name| (*name).to_owned()).collect());
}

#[test]
fn every_program_is_a_function_of_the_template_with_its_own_code() {
    let template = text("infra/template.yaml");
    for package in ["functions/api", "functions/image", "functions/video-intake"] {
        for program in programs(package) {
            let id = logical_id(&program);
            assert!(template.contains(&format!("\n  {id}:\n")), "the template lacks {id}");
            let code = format!("../target/lambda/{program}");
            let uses = template.lines().filter(|line| line.trim_end().ends_with(&code)).count();
            assert_eq!(uses, 1, "{program} is the code of one function");
        }
    }
}

#[test]
fn the_template_and_the_description_have_the_same_routes() {
    let document = crate::openapi::document();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    // The documentation's own pages are no part of what it documents.
    described.extend(["GET /docs".to_owned(), "GET /docs/{path+}".to_owned()]);
    assert_eq!(template_routes(), described);
}
