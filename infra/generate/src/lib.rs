//! Generates files from the functions' sources: the template, the API's description and the table of
//! permissions.
//!
//! Each module returns the text of a file. Deliberately absent: the rights of a function (they are in its
//! file), and the rest of the template (it is in `infra/template/`).

pub mod openapi;
pub mod security;
pub mod template;

use std::path::Path;

use anyhow::{Context, Result};
use sansfond_boot::Function;

/// A program, by the name of its Lambda package, and its functions.
pub struct Program {
    /// Name of the Lambda package.
    pub name: &'static str,
    /// The functions.
    pub functions: Vec<Function>,
}

/// Every program that runs on Lambda.
#[must_use]
pub fn programs() -> Vec<Program> {
    vec![
        Program { name: "api", functions: sansfond_api::functions() },
        Program { name: "image", functions: sansfond_image::functions() },
        Program { name: "fetch_image", functions: vec![sansfond_image::routes::fetch_image::FUNCTION] },
        Program { name: "video_intake", functions: sansfond_video_intake::events::FUNCTIONS.to_vec() },
    ]
}

/// All generated files of the checkout at `root`, with their paths and their expected content.
///
/// # Errors
/// If a source file cannot be read, or lacks the place for generated text.
pub fn files(root: &Path) -> Result<Vec<(&'static str, String)>> {
    Ok(vec![
        (openapi::PATH, format!("{:#}\n", openapi::document())),
        (template::PATH, template::whole(root)?),
        (security::PATH, security::whole(root)?),
    ])
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).with_context(|| path.display().to_string())
}
