//! The API's description, generated from the code of all packages.

use serde_json::{Value, json};

/// The path of the file.
pub const PATH: &str = "docs/openapi.json";

/// The OpenAPI document of the whole API.
#[must_use]
pub fn document() -> Value {
    let mut whole = sansfond_api::routes::openapi();
    whole.merge(sansfond_image::routes::openapi());
    let mut document = serde_json::to_value(whole).expect("JSON");
    document["info"] = json!({
        "title": "Sansfond",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "Removes the background from images and videos.\n\nPrograms authenticate with an API key in the header \
            `X-Api-Key`. Browsers authenticate with session cookies; requests other than `GET` must then include the \
            `Origin` header of the site.\n\nErrors are `application/problem+json` (RFC 9457) with a stable `code`. \
            Messages are in the language given in `Accept-Language` if the service supports it, otherwise in \
            English. Failed requests and failed jobs do not use any credits. Times are in UTC, in RFC 3339 format.",
        "license": {"name": "Apache-2.0 OR MIT"},
    });
    document["servers"] = json!([{"url": "/"}]);
    document["tags"] = json!([
        {"name": "jobs", "description": "Remove the background from images and videos"},
        {"name": "credits", "description": "Credit balance and credit history"},
        {"name": "account", "description": "Registration, sessions and account data"},
        {"name": "keys", "description": "API keys of an account"},
        {"name": "service", "description": "Configuration, status and other routes that do not require an account"},
    ]);
    document["components"]["securitySchemes"] = json!({
        "session": {"type": "apiKey", "in": "cookie", "name": "__Host-sansfond-access",
            "description": "The access token of a session. `POST /api/auth/login` sets it."},
        "refresh": {"type": "apiKey", "in": "cookie", "name": "__Host-sansfond-refresh",
            "description": "The refresh token of a session. `POST /api/auth/login` sets it."},
        "api_key": {"type": "apiKey", "in": "header", "name": "X-Api-Key",
            "description": "An API key. `POST /api/keys` creates one."},
    });
    let problem = json!({
        "description": "An error.",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
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
    fn every_operation_has_security_responses_and_a_tag() {
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

    /// A reference counts: its schema is described.
    fn is_described(part: &Value) -> bool {
        let variants = part["oneOf"].as_array().into_iter().flatten();
        part["$ref"].is_string()
            || part["description"].as_str().is_some_and(|text| !text.is_empty())
            || variants.into_iter().any(is_described)
    }

    /// The names of all properties without a description, in a schema and in what it is composed of.
    fn undescribed(name: &str, schema: &Value) -> Vec<String> {
        let properties = schema["properties"].as_object().into_iter().flatten();
        // The tag of an enum has one value, and its variant is described.
        let is_tag = |value: &Value| value["enum"].as_array().is_some_and(|values| values.len() == 1);
        let mut names: Vec<String> = properties
            .filter(|(_, value)| !is_described(value) && !is_tag(value))
            .map(|(field, _)| format!("{name}.{field}"))
            .collect();
        for composed in ["allOf", "oneOf"] {
            let parts = schema[composed].as_array().into_iter().flatten();
            names.extend(parts.flat_map(|part| undescribed(name, part)));
        }
        names
    }

    #[test]
    fn the_response_with_a_cutout_has_every_media_type_of_an_image() {
        let document = document();
        let response = &document["paths"]["/api/remove-background"]["post"]["responses"]["200"];
        let described = response["content"].as_object().expect("content");
        for format in sansfond_domain::options::ImageFormat::ALL {
            assert!(described.contains_key(format.row().media_type), "{format}");
        }
    }

    #[test]
    fn every_schema_field_parameter_and_response_has_a_description() {
        let document = document();
        let mut missing = Vec::new();
        for (name, schema) in document["components"]["schemas"].as_object().expect("schemas") {
            if !is_described(schema) {
                missing.push(name.clone());
            }
            missing.extend(undescribed(name, schema));
        }
        for (path, operations) in document["paths"].as_object().expect("paths") {
            for (method, operation) in operations.as_object().expect("operations") {
                let parameters = operation["parameters"].as_array().into_iter().flatten();
                let parameters = parameters.map(|one| (one["name"].to_string(), one));
                let responses = operation["responses"].as_object().expect("responses").iter();
                for (name, part) in parameters.chain(responses.map(|(status, one)| (status.clone(), one))) {
                    if !is_described(part) {
                        missing.push(format!("{method} {path} {name}"));
                    }
                }
            }
        }
        assert_eq!(missing, Vec::<String>::new());
    }
}
