//! The API's description, generated from the code of all packages.

use serde_json::{Value, json};

/// The path of the file.
pub const PATH: &str = "docs/openapi.json";

/// The description of the whole API.
#[must_use]
pub fn document() -> Value {
    let mut whole = sansfond_api::routes::openapi();
    whole.merge(sansfond_image::routes::openapi());
    let mut document = serde_json::to_value(whole).expect("JSON");
    document["info"] = json!({
        "title": "Sansfond",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Removes the background from pictures.\n\nA person signs in and holds two cookies; a request that \
            changes something then needs the header `Origin` of the site. A program sends an API key as `X-Api-Key`.\n\n\
            Problems are `application/problem+json` with a stable `code`, in the language that `Accept-Language` asks for. \
            No failed request costs a credit.",
        "license": {"name": "Apache-2.0 OR MIT"},
    });
    document["servers"] = json!([{"url": "/"}]);
    document["tags"] = json!([
        {"name": "jobs", "description": "Cutouts: by upload, or in one request"},
        {"name": "credits", "description": "The balance and its history"},
        {"name": "account", "description": "Signing up, signing in, deleting the account"},
        {"name": "keys", "description": "API keys"},
        {"name": "service", "description": "For everybody"},
    ]);
    document["components"]["securitySchemes"] = json!({
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-sansfond-access"},
        "renewal": {"type": "apiKey", "in": "cookie", "name": "__Host-sansfond-refresh"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
    });
    let problem = json!({
        "description": "A problem.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
    });
    for operations in document["paths"].as_object_mut().expect("paths").values_mut() {
        for operation in operations.as_object_mut().expect("operations").values_mut() {
            operation["responses"]["default"] = problem.clone();
        }
    }
    link(&mut document);
    document
}

/// Links from a response to further operations.
fn link(document: &mut Value) {
    let of_a_job = ["get_job", "watch_job", "cancel_job", "retry_job", "delete_job"];
    for (path, method, status, id, next) in [
        ("/api/uploads", "post", "201", "$response.body#/job/id", &of_a_job[..]),
        ("/api/jobs/{id}/cancel", "post", "200", "$response.body#/id", &of_a_job),
        ("/api/remove-background", "post", "200", "$response.body#/job_id", &of_a_job),
        ("/api/keys", "post", "201", "$response.body#/id", &["revoke_key"]),
    ] {
        let links = next
            .iter()
            .map(|&name| (name.to_owned(), json!({"operationId": name, "parameters": {"id": id}})));
        document["paths"][path][method]["responses"][status]["links"] = links.collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_operation_says_who_may_call_it_what_it_answers_and_where_it_belongs() {
        let document = document();
        let mut ids = std::collections::BTreeSet::new();
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let name = format!("{method} {path}");
                assert!(
                    operation["summary"].as_str().is_some_and(|summary| !summary.is_empty()),
                    "{name}: summary"
                );
                assert_eq!(operation["tags"].as_array().map(Vec::len), Some(1), "{name}: one tag");
                let id = operation["operationId"].as_str().expect("an id");
                assert!(ids.insert(id.to_owned()), "{name}: {id} is the name of another operation");
                let open = ["/api/auth/", "/api/config", "/api/feedback", "/api/health", "/api/openapi.json"];
                let is_open = open.iter().any(|beginning| path.starts_with(beginning));
                assert!(is_open || operation["security"].is_array(), "{name}: who may call it?");
            }
        }
        let links = document["paths"].to_string();
        assert!(links.contains("\"links\"") && ["get_job", "revoke_key"].iter().all(|&id| ids.contains(id)));
    }
}
