//! `make generate`: writes the generated files of a checkout; with `--check` it lists those that are stale.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

fn main() -> Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let check = match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        [] => false,
        ["--check"] => true,
        _ => bail!("usage: generate [--check]"),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).context("two levels up")?;
    let mut code = ExitCode::SUCCESS;
    for (name, wanted) in sansfond_generate::files(root)? {
        let path = root.join(name);
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        if found == wanted {
            continue;
        }
        if check {
            let line =
                1 + found.lines().zip(wanted.lines()).take_while(|(found, wanted)| found == wanted).count();
            eprintln!("{name} is stale from line {line} on; run `make generate`");
            code = ExitCode::FAILURE;
        } else {
            std::fs::write(&path, wanted).with_context(|| name)?;
            println!("{name}");
        }
    }
    Ok(code)
}
