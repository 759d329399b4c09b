//! Weights on disk: where they lie, and proof that they are the right ones.
//!
//! A file lies at `<root>/<model>/<file>`, and beside it `<file>.sha256` in the format of
//! `sha256sum`. The sidecar is written when the file has been checked against the catalog, and it
//! is the pin for models whose upstream publishes only an MD5. A file that is younger than its
//! sidecar is hashed again: that is how a damaged or exchanged file is noticed without reading
//! gigabytes at each start.
//!
//! Fetching is not done here: this crate knows no network.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use md5::Md5;
use sha2::{Digest, Sha256};

use crate::Model;
use crate::catalog::WeightFile;

/// The folder with everybody's weights.
#[derive(Debug, Clone)]
pub struct WeightStore {
    root: PathBuf,
}

/// A weights file whose content is proven, or of which only the hash is here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weights {
    /// Where it lies, or would lie.
    pub path: PathBuf,
    /// SHA-256 of its content, in hex.
    pub sha256: String,
}

/// Weights cannot be used. Each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum WeightsError {
    /// Not fetched yet.
    #[error("the weights of {model} are not here; get them with `sansfond models fetch {model}`")]
    Missing {
        /// The model.
        model: String,
    },
    /// A model without files of its own.
    #[error("{model} runs a file of your own; name it with --weights FILE")]
    NeedsFile {
        /// The model.
        model: String,
    },
    /// The content is not what the catalog promises.
    #[error("{} is damaged or not the right file: its {kind} is {found}, expected {expected}; get it again with `sansfond models fetch {model} --force`", path.display())]
    WrongHash {
        /// The model.
        model: String,
        /// The file.
        path: PathBuf,
        /// SHA-256 or MD5.
        kind: &'static str,
        /// What the file has.
        found: String,
        /// What it should have.
        expected: String,
    },
    /// A file of the user's own that is not there.
    #[error("{} does not exist", path.display())]
    NoSuchFile {
        /// The file.
        path: PathBuf,
    },
    /// The file system refused.
    #[error("{} cannot be read or written", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl WeightStore {
    /// A store in this folder, which need not exist yet.
    #[must_use]
    pub fn new(root: PathBuf) -> Self {
        Self { root }
    }

    /// The folder of one model: weights, sidecars and prepared graphs.
    #[must_use]
    pub fn folder(&self, model: &Model) -> PathBuf {
        self.root.join(&model.name)
    }

    /// Where a file lies or will lie.
    #[must_use]
    pub fn path(&self, model: &Model, file: &WeightFile) -> PathBuf {
        self.folder(model).join(&file.name)
    }

    /// Whether every file of a model is there, unchecked.
    #[must_use]
    pub fn has(&self, model: &Model) -> bool {
        !model.files.is_empty() && model.files.iter().all(|file| self.path(model, file).is_file())
    }

    /// Finds the files of a model; hashes only what no younger sidecar vouches for. A file whose sidecar alone is there
    /// is found too: a package for one kind of machine holds the prepared graph and leaves out what it was made from.
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

    /// Hashes every file of a model, whatever the sidecars say.
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
        proof: impl Fn(&Path, &WeightFile) -> Result<Weights, WeightsError>,
    ) -> Result<Vec<Weights>, WeightsError> {
        if model.files.is_empty() {
            return Err(WeightsError::NeedsFile { model: model.name.clone() });
        }
        model.files.iter().map(|file| proof(&self.path(model, file), file)).collect()
    }
}

/// Takes a file of the user's own: it is what it is, so nothing but its hash is found out.
///
/// # Errors
/// [`WeightsError::NoSuchFile`] and [`WeightsError::Io`].
pub fn custom(path: &Path) -> Result<Weights, WeightsError> {
    if !path.is_file() {
        return Err(WeightsError::NoSuchFile { path: path.to_owned() });
    }
    Ok(Weights { path: path.to_owned(), sha256: hash_file::<Sha256>(path)? })
}

/// Holds a file against the catalog and, where only an MD5 is published, against the pin of its
/// first fetch. Writes the sidecar when all is well.
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

/// Forgets the pin of a file that is about to be replaced on purpose.
///
/// # Errors
/// [`WeightsError::Io`].
pub fn forget_pin(path: &Path) -> Result<(), WeightsError> {
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

/// The sidecar's hash, if the file has not been written since or is not there.
fn trusted_sidecar(path: &Path) -> Option<String> {
    let changed = |path: &Path| fs::metadata(path).and_then(|about| about.modified()).ok();
    let sidecar_changed = changed(&sidecar(path))?;
    changed(path).is_none_or(|changed| sidecar_changed >= changed).then(|| read_sidecar(path)).flatten()
}

/// A read-only store (a container image, a Lambda layer) is no reason to fail: the hash was right.
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

    /// A model whose only file should contain `abc`.
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
    fn the_right_file_is_taken_and_vouched_for() {
        let model = model(Some(ABC_SHA256), None);
        let (_folder, store) = store_with(&model, "abc");
        let found = store.locate(&model).expect("right");
        assert_eq!(found[0].sha256, ABC_SHA256);
        assert_eq!(trusted_sidecar(&found[0].path).as_deref(), Some(ABC_SHA256));
    }

    #[test]
    fn a_damaged_file_is_refused_with_both_hashes() {
        let model = model(Some(ABC_SHA256), None);
        let (_folder, store) = store_with(&model, "abd");
        let error = store.locate(&model).expect_err("wrong").to_string();
        assert!(error.contains(ABC_SHA256) && error.contains("--force"), "{error}");
    }

    #[test]
    fn an_md5_guards_the_first_look_and_a_sha256_every_later_one() {
        let model = model(None, Some(ABC_MD5));
        let (_folder, store) = store_with(&model, "abc");
        store.verify(&model).expect("the MD5 is right");
        fs::write(store.path(&model, &model.files[0]), "abd").expect("written");
        let error = store.verify(&model).expect_err("the pin is broken");
        assert!(matches!(error, WeightsError::WrongHash { kind: "SHA-256", .. }), "{error}");
    }

    #[test]
    fn a_file_that_changes_after_it_was_checked_is_checked_again() {
        let model = model(Some(ABC_SHA256), None);
        let (_folder, store) = store_with(&model, "abc");
        store.locate(&model).expect("right");
        let path = store.path(&model, &model.files[0]);
        fs::write(&path, "abd").expect("written");
        let file = File::options().write(true).open(&path).expect("there");
        let written = file.metadata().expect("there").modified().expect("a time");
        file.set_modified(written + std::time::Duration::from_secs(5)).expect("set");
        assert!(matches!(store.locate(&model), Err(WeightsError::WrongHash { .. })));
    }

    #[test]
    fn missing_weights_say_how_to_get_them() {
        let model = model(Some(ABC_SHA256), None);
        let store = WeightStore::new("/nowhere".into());
        let error = store.locate(&model).expect_err("missing").to_string();
        assert!(error.contains("sansfond models fetch u2netp"), "{error}");
    }
}
