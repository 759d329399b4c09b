//! Chooses and loads the model that the options name, for pictures and videos.

use std::path::Path;

use anyhow::{Result, bail};
use sansfond_matting::catalog::Kind;
use sansfond_matting::matting_model::WhenFull;
use sansfond_matting::{
    Catalog, LoadOptions, MattingModel, Model, ModelLoadError, Provider, Runtime, WeightsError,
};
use sansfond_telemetry::settings;

use crate::args::ModelArgs;
use crate::commands::models::fetch;
use crate::home::Home;

pub(crate) fn chosen_model(args: &ModelArgs, catalog: &Catalog) -> Result<String> {
    Ok(match &args.model {
        Some(name) => name.clone(),
        None => settings::optional("SANSFOND_MODEL")?.unwrap_or_else(|| catalog.default.clone()),
    })
}

/// Rejects options that the model would ignore.
pub(crate) fn check_model_options(args: &ModelArgs, model: &Model) -> Result<()> {
    if !args.mark.is_empty() && model.kind != Kind::Sam {
        bail!("{} does not use marks; --mark is for sam", model.name);
    }
    if args.cloth.is_some() && model.kind != Kind::Cloth {
        bail!("{} does not find clothes; --cloth is for u2net_cloth_seg", model.name);
    }
    Ok(())
}

/// Loads the model and fetches missing weights. `library` is the ONNX Runtime that is used if our own folder
/// contains none.
pub(crate) fn load(args: &ModelArgs, model: &Model, library: Option<&Path>) -> Result<MattingModel> {
    let home = Home::find()?;
    let provider = match args.provider {
        Some(provider) => provider,
        None => settings::optional::<Provider>("SANSFOND_PROVIDER")?.unwrap_or_default(),
    };
    let threads = match args.threads {
        Some(threads) => Some(threads),
        None => settings::optional("SANSFOND_THREADS")?,
    };
    let options = LoadOptions {
        threads: threads.map(usize::from),
        weights: args.weights.clone(),
        when_full: WhenFull::Wait,
        ..LoadOptions::default()
    };
    let runtime = Runtime::load(&home.runtime(library)?, provider)?;
    let weights = home.weights();
    match MattingModel::load(&runtime, &weights, model, &options) {
        Err(ModelLoadError::Weights(WeightsError::Missing { .. })) => {
            fetch::before_first_use(model, &weights)?;
            Ok(MattingModel::load(&runtime, &weights, model, &options)?)
        }
        loaded => Ok(loaded?),
    }
}
