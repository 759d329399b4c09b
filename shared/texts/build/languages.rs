//! The languages: the files in a folder, each named after its ISO 639-1 code.

use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// The codes of the languages in a folder and their files, in alphabetical order.
///
/// # Errors
/// If a file is not named as a language's.
pub(crate) fn list(folder: &Path) -> Result<Vec<(String, PathBuf)>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut found = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| error.to_string())?.path();
        let code = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default().to_owned();
        let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_lowercase());
        if !is_code || path.extension().is_none_or(|extension| extension != "ftl") {
            return Err(format!("{}: name the file after the language’s code, as in en.ftl", path.display()));
        }
        found.push((code, path));
    }
    found.sort();
    Ok(found)
}

/// The same as a table in Rust.
pub(crate) fn table(listed: &[(String, PathBuf)]) -> String {
    let mut code = "/// Codes and files of the languages.\nconst FILES: &[(&str, &str)] = &[\n".to_owned();
    for (language, path) in listed {
        let _ = writeln!(code, "    ({language:?}, include_str!({path:?})),");
    }
    code + "];\n"
}
