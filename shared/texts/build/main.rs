//! Lists the languages in `locales/`, and writes a Rust function for each message of `en.ftl`.

mod functions;
mod languages;
mod messages;

use std::path::Path;
use std::{env, fs};

fn main() -> Result<(), String> {
    let locales = Path::new(env!("CARGO_MANIFEST_DIR")).join("locales");
    println!("cargo::rerun-if-changed={}", locales.display());
    let listed = languages::list(&locales)?;
    let english = fs::read_to_string(locales.join("en.ftl")).map_err(|error| format!("en.ftl: {error}"))?;
    let code =
        languages::table(&listed) + &functions::of(&english).map_err(|error| format!("en.ftl: {error}"))?;
    #[expect(clippy::disallowed_methods, reason = "cargo tells a build script nothing in another way")]
    let out = env::var_os("OUT_DIR").ok_or("cargo sets OUT_DIR")?;
    fs::write(Path::new(&out).join("texts.rs"), code).map_err(|error| error.to_string())
}
