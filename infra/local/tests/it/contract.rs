//! Programs, the template and the API's description have the same functions and routes.

use std::collections::BTreeSet;

use crate::text;

/// The functions of each program, by the name of its Lambda package.
fn functions_of_programs() -> BTreeSet<(String, String)> {
    let of = |program: sansfond_generate::Program| {
        let name = program.name;
        program.functions.into_iter().map(move |function| (name.to_owned(), function.name.to_owned()))
    };
    sansfond_generate::programs().into_iter().flat_map(of).collect()
}

/// The template's routes, such as `GET /api/jobs/{id}`.
fn template_routes() -> BTreeSet<String> {
    let template = text("infra/template.yaml");
    let keys = template.lines().filter_map(|line| line.split_once("RouteKey: \""));
    keys.filter_map(|(_, key)| key.split_once('"')).map(|(key, _)| key.to_owned()).collect()
}

#[test]
fn template_and_programs_have_the_same_functions() {
    let template = text("infra/template.yaml");
    let mut functions = Vec::new();
    let mut lines = template.lines().map(str::trim);
    while let Some(line) = lines.next() {
        let Some(program) = line.strip_prefix("CodeUri: ../target/lambda/") else { continue };
        let handler = lines.next().and_then(|line| line.strip_prefix("Handler: "));
        let handler =
            handler.unwrap_or_else(|| panic!("a function of {program} has no Handler after its CodeUri"));
        functions.push((program.to_owned(), handler.to_owned()));
    }
    let different: BTreeSet<_> = functions.iter().cloned().collect();
    assert_eq!(different.len(), functions.len(), "each function exists once");
    assert_eq!(different, functions_of_programs());
}

#[test]
fn the_template_and_the_description_have_the_same_routes() {
    let document = sansfond_generate::openapi::document();
    let mut described = BTreeSet::new();
    for (path, operations) in document["paths"].as_object().expect("paths") {
        for method in operations.as_object().expect("operations").keys() {
            described.insert(format!("{} {path}", method.to_uppercase()));
        }
    }
    // The documentation's own pages are not part of the description.
    described.extend(["GET /docs".to_owned(), "GET /docs/{path+}".to_owned()]);
    assert_eq!(template_routes(), described);
}
