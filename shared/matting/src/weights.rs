//! Weights on disk: finding and verifying them.
//!
//! A file is at `<root>/<model>/<file>`, and beside it is `<file>.sha256` in the format of `sha256sum`. This
//! sidecar is written when the file has been verified against the catalog; for models whose upstream
//! publishes only an MD5 it is the pin. A file that is newer than its sidecar is hashed again: this detects
//! damaged or replaced files without reading gigabytes at each start.
//!
//! Deliberately absent: downloads. This crate does not use the network.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::Model;
use crate::catalog::WeightFile;

/// The folder of all weights.
#[derive(Debug, Clone)]
pub struct WeightStore {
    root: PathBuf,
}

/// A verified weights file, or the hash of one that is not installed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// The path of the file, whether it exists or not.
    pub path: PathBuf,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
}

/// Weights cannot be used. Each message contains advice for the user.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// The weights have not been downloaded.
    #[error("the weights of {model} are not installed; download them with `sansfond models fetch {model}`")]
    Missing {
        /// The model.
        model: String,
    },
    /// The model has no files; it runs the user's own.
    #[error("{model} needs your own file; name it with --weights FILE")]
    NeedsFile {
        /// The model.
        model: String,
    },
    /// The content does not have the catalog's hash.
    #[error("{} is damaged or not the right file: its {kind} is {found}, expected {expected}; download it again with `sansfond models fetch {model} --force`", path.display())]
    WrongHash {
        /// The model.
        model: String,
        /// The file.
        path: PathBuf,
        /// SHA-256 or MD5.
        kind: &'static str,
        /// The hash of the file.
        found: String,
        /// The hash from the catalog or the sidecar.
        expected: String,
    },
    /// The user's own file does not exist.
    #[error("{} does not exist", path.display())]
    NoSuchFile {
        /// The file.
        path: PathBuf,
    },
    /// The file system failed.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: io::Error,
    },
}

impl WeightStore {
    /// A store in this folder, which may not exist yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder of one model: weights, sidecars and prepared graphs.
    #[must_use]
    pub fn folder(&self, model: &Model) -> PathBuf {
        self.root.join(&model.name)
    }

    /// The path of a file, whether it exists or not.
    #[must_use]
    pub fn path(&self, model: &Model, file: &WeightFile) -> PathBuf {
        self.folder(model).join(&file.name)
    }

    /// Whether every file of a model exists. The content is not checked.
    #[must_use]
    pub fn has(&self, model: &Model) -> bool {
        !model.files.is_empty() && model.files.iter().all(|file| self.path(model, file).is_file())
    }

    /// Finds the files of a model, and hashes those without a valid sidecar. A file with only its sidecar is
    /// found too: a package for one kind of machine contains the prepared graph and the sidecar, but not the
    /// original weights.
    ///
    /// # Errors
    /// [`WeightsError`].
    pub fn locate(&self, model: &Model) -> Result<Vec<Weights>, WeightsError> {
        self.each_file(model, |path, file| match trusted_sidecar(path) {
            Some(sha256) => Ok(Weights { path: path.to_owned(), sha256 }),
            None if path.is_file() => check(model, file, path),
            None => Err(WeightsError::Missing { model: model.name.clone() }),
        })
    }

    /// Hashes every file of a model, ignoring sidecars.
    ///
    /// # Errors
    /// [`WeightsError`].
    pub fn verify(&self, model: &Model) -> Result<Vec<Weights>, WeightsError> {
        if !self.has(model) && !model.files.is_empty() {
            return Err(WeightsError::Missing { model: model.name.clone() });
        }
        self.each_file(model, |path, file| check(model, file, path))
    }

    fn each_file(
        &self,
        model: &Model,
        verify: impl Fn(&Path, &WeightFile) -> Result<Weights, WeightsError>,
    ) -> Result<Vec<Weights>, WeightsError> {
        if model.files.is_empty() {
            return Err(WeightsError::NeedsFile { model: model.name.clone() });
        }
        model.files.iter().map(|file| verify(&self.path(model, file), file)).collect()
    }
}

/// Hashes the user's own file. There is nothing to compare it with.
///
/// # Errors
/// [`WeightsError::NoSuchFile`] and [`WeightsError::Io`].
pub fn custom(path: &Path) -> Result<Weights, WeightsError> {
    if !path.is_file() {
        return Err(WeightsError::NoSuchFile { path: path.to_owned() });
    }
    Ok(Weights { path: path.to_owned(), sha256: hash_file::<Sha256>(path)? })
}

/// Compares a file with the catalog and, if only an MD5 is published, with the pin of its first download.
/// Writes the sidecar if the hash is correct.
///
/// # Errors
/// [`WeightsError::WrongHash`] and [`WeightsError::Io`].
pub fn check(model: &Model, file: &WeightFile, path: &Path) -> Result<Weights, WeightsError> {
    let sha256 = hash_file::<Sha256>(path)?;
    let wrong = |kind, found: &str, expected: String| WeightsError::WrongHash {
        model: model.name.clone(),
        path: path.to_owned(),
        kind,
        found: found.to_owned(),
        expected,
    };
    let known: Vec<&String> = file.sources.iter().filter_map(|source| source.sha256.as_ref()).collect();
    let published: Vec<&String> = file.sources.iter().filter_map(|source| source.md5.as_ref()).collect();
    let or = |hashes: &[&String]| hashes.iter().map(|hash| hash.as_str()).collect::<Vec<_>>().join(" or ");
    if !known.contains(&&sha256) {
        match read_sidecar(path) {
            Some(pinned) if pinned != sha256 => return Err(wrong("SHA-256", &sha256, pinned)),
            Some(_) => {}
            None if !published.is_empty() => {
                let md5 = hash_file::<Md5>(path)?;
                if !published.contains(&&md5) {
                    return Err(wrong("MD5", &md5, or(&published)));
                }
            }
            None if !known.is_empty() => return Err(wrong("SHA-256", &sha256, or(&known))),
            None => tracing::warn!(
                model = model.name,
                sha256,
                "upstream publishes no hash; this one is pinned now"
            ),
        }
    }
    write_sidecar(path, &sha256)?;
    Ok(Weights { path: path.to_owned(), sha256 })
}

/// Removes the pin of a file that is about to be replaced on purpose.
///
/// # Errors
/// [`WeightsError::Io`].
pub fn remove_pin(path: &Path) -> Result<(), WeightsError> {
    match fs::remove_file(sidecar(path)) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(WeightsError::Io { path: sidecar(path), source })
        }
        _ => Ok(()),
    }
}

fn sidecar(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sha256");
    name.into()
}

fn read_sidecar(path: &Path) -> Option<String> {
    let text = fs::read_to_string(sidecar(path)).ok()?;
    let hash = text.split_whitespace().next()?;
    (hash.len() == 64).then(|| hash.to_owned())
}

/// The sidecar's hash, if the file is older than the sidecar or does not exist.
fn trusted_sidecar(path: &Path) -> Option<String> {
    let changed = |path: &Path| fs::metadata(path).and_then(|about| about.modified()).ok();
    let sidecar_changed = changed(&sidecar(path))?;
    changed(path).is_none_or(|changed| sidecar_changed >= changed).then(|| read_sidecar(path)).flatten()
}

/// Writes the sidecar of a verified file. A read-only store (a container image, a Lambda layer) is not an error.
fn write_sidecar(path: &Path, sha256: &str) -> Result<(), WeightsError> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    match fs::write(sidecar(path), format!("{sha256}  {name}\n")) {
        Ok(()) => Ok(()),
        Err(error)
            if matches!(
                error.kind(),
                io::ErrorKind::ReadOnlyFilesystem | io::ErrorKind::PermissionDenied
            ) =>
        {
            Ok(())
        }
        Err(source) => Err(WeightsError::Io { path: sidecar(path), source }),
    }
}

fn hash_file<D: Digest>(path: &Path) -> Result<String, WeightsError> {
    let read = || -> io::Result<String> {
        let mut file = File::open(path)?;
        let mut hasher = D::new();
        let mut buffer = vec![0; 1 << 20];
        loop {
            match file.read(&mut buffer)? {
                0 => break,
                filled => hasher.update(&buffer[..filled]),
            }
        }
        Ok(hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    };
    read().map_err(|source| WeightsError::Io { path: path.to_owned(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Catalog;

    const ABC_SHA256: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    const ABC_MD5: &str = "900150983cd24fb0d6963f7d28e17f72";

    /// A model with one file that should contain `abc`.
    fn model(sha256: Option<&str>, md5: Option<&str>) -> Model {
        let mut model = Catalog::shipped().model("u2netp").expect("listed").clone();
        model.files[0].sources.truncate(1);
        model.files[0].sources[0].sha256 = sha256.map(str::to_owned);
        model.files[0].sources[0].md5 = md5.map(str::to_owned);
        model
    }

    fn store_with(model: &Model, content: &str) -> (tempfile::TempDir, WeightStore) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = WeightStore::new(folder.path().to_owned());
        fs::create_dir_all(store.folder(model)).expect("a folder");
        fs::write(store.path(model, &model.files[0]), content).expect("written");
        (folder, store)
    }

    #[test]
    fn a_correct_file_gets_a_sidecar() {
        let model = model(Some(ABC_SHA256), None);
        let (_folder, store) = store_with(&model, "abc");
        let found = store.locate(&model).expect("the hash is correct");
        assert_eq!(found[0].sha256, ABC_SHA256);
        assert_eq!(trusted_sidecar(&found[0].path).as_deref(), Some(ABC_SHA256));
    }

    #[test]
    fn a_damaged_file_is_rejected_with_both_hashes() {
        let model = model(Some(ABC_SHA256), None);
        let (_folder, store) = store_with(&model, "abd");
        let error = store.locate(&model).expect_err("wrong").to_string();
        assert!(error.contains(ABC_SHA256) && error.contains("--force"), "{error}");
    }

    #[test]
    fn an_md5_verifies_the_first_download_and_a_sha256_all_later_checks() {
        let model = model(None, Some(ABC_MD5));
        let (_folder, store) = store_with(&model, "abc");
        store.verify(&model).expect("the MD5 is correct");
        fs::write(store.path(&model, &model.files[0]), "abd").expect("written");
        let error = store.verify(&model).expect_err("the pin is broken");
        assert!(matches!(error, WeightsError::WrongHash { kind: "SHA-256", .. }), "{error}");
    }

    #[test]
    fn a_file_that_changes_after_its_verification_is_verified_again() {
        let model = model(Some(ABC_SHA256), None);
        let (_folder, store) = store_with(&model, "abc");
        store.locate(&model).expect("the hash is correct");
        let path = store.path(&model, &model.files[0]);
        fs::write(&path, "abd").expect("written");
        let file = File::options().write(true).open(&path).expect("the file exists");
        let written = file.metadata().expect("the file exists").modified().expect("a time");
        file.set_modified(written + std::time::Duration::from_secs(5)).expect("set");
        assert!(matches!(store.locate(&model), Err(WeightsError::WrongHash { .. })));
    }

    #[test]
    fn the_error_for_missing_weights_names_the_command_that_installs_them() {
        let model = model(Some(ABC_SHA256), None);
        let store = WeightStore::new("/nowhere".into());
        let error = store.locate(&model).expect_err("missing").to_string();
        assert!(error.contains("sansfond models fetch u2netp"), "{error}");
    }
}
