//! `sansfond models list | fetch | verify`.

pub(crate) mod fetch;
mod https;
mod list;
mod npm;

use std::process::ExitCode;

use anyhow::Result;
use sansfond_matting::Catalog;

use crate::args::{ModelsArgs, ModelsCommand};
use crate::commands::print;
use crate::home::Home;

pub(crate) fn run(args: &ModelsArgs) -> Result<ExitCode> {
    let (catalog, store) = (Catalog::shipped(), Home::find()?.weights());
    match &args.command {
        ModelsCommand::List { json } => list::run(&catalog, &store, *json),
        ModelsCommand::Fetch(args) => fetch::run(catalog.model(&args.name)?, &store, args)?,
        ModelsCommand::Verify { names } => return verify(&catalog, &store, names),
    }
    Ok(ExitCode::SUCCESS)
}

fn verify(catalog: &Catalog, store: &sansfond_matting::WeightStore, names: &[String]) -> Result<ExitCode> {
    let models = match names {
        [] => catalog.models.iter().filter(|model| store.has(model)).collect(),
        names => names.iter().map(|name| catalog.model(name)).collect::<Result<Vec<_>, _>>()?,
    };
    if models.is_empty() {
        eprintln!(
            "no weights are installed; `sansfond models fetch {}` downloads the default model",
            catalog.default
        );
    }
    let mut all_valid = true;
    for model in models {
        match store.verify(model) {
            Ok(files) => {
                files.iter().for_each(|file| print(&format!("ok  {}  {}", file.sha256, file.path.display())))
            }
            Err(error) => {
                all_valid = false;
                eprintln!("sansfond: {error}");
            }
        }
    }
    Ok(if all_valid { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
