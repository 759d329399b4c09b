//! Writes what follows from the functions' own files: the template, the description of the API, the table of permissions.
//!
//! Each part returns the text of a file. Deliberately absent: what a function may do (its file says it), and what the
//! template says of everything else (`infra/template/` says it).

pub mod openapi;
pub mod security;
pub mod template;

use std::path::Path;

use anyhow::{Context, Result};
use sansfond_boot::Function;

/// A program, by the name of its package for Lambda, and its functions.
pub struct Program {
    /// The name.
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

/// Every generated file of the checkout at `root`, by its path there, as it should be.
///
/// # Errors
/// If a file that they are made from cannot be read, or lacks the place for what is generated.
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
