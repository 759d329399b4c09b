//! The key of the local cloud's root: random, and made once for each installation.
//!
//! Web pages can send requests to the emulator's port, and with a well-known key they could sign them. The
//! key is in a file that only this user can read, in the format of AWS's command line and SDKs.
//!
//! Deliberately absent: checking signatures, which `root_key.py` does. The functions and the worker do not
//! get this key; they have the rights of their roles.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::{Context, ensure};

/// The letters of a key's ID, after `AKIA`: 32, so that each takes five bits of a byte.
const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const ID_LETTERS: usize = 16;
const SECRET_LETTERS: usize = 40;

#[derive(Debug)]
pub(crate) struct RootKey(PathBuf);

impl RootKey {
    /// The key in this folder; it is made if there is none yet.
    ///
    /// # Errors
    /// The file cannot be written, or other users may read it.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join("aws-credentials");
        if !path.exists() {
            write(&path).with_context(|| path.display().to_string())?;
        }
        let mode = path.metadata().with_context(|| path.display().to_string())?.permissions().mode();
        ensure!(
            mode & 0o077 == 0,
            "other users may read {}; delete it, and the next start makes a new key",
            path.display()
        );
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

/// Writes a temporary file first, so that an interrupted start leaves no partial key.
fn write(path: &Path) -> anyhow::Result<()> {
    let fresh = path.with_extension("fresh");
    let _ = std::fs::remove_file(&fresh);
    let id = random(ID_LETTERS)?;
    let secret = random(SECRET_LETTERS)?;
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&fresh)?;
    write!(file, "[default]\naws_access_key_id = AKIA{id}\naws_secret_access_key = {secret}\n")?;
    std::fs::rename(&fresh, path)?;
    Ok(())
}

fn random(letters: usize) -> anyhow::Result<String> {
    let mut bytes = vec![0; letters];
    File::open("/dev/urandom")
        .and_then(|mut source| source.read_exact(&mut bytes))
        .context("/dev/urandom")?;
    Ok(bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(folder: &Path) -> String {
        let key = RootKey::open(folder).expect("a key");
        std::fs::read_to_string(key.path()).expect("text")
    }

    #[test]
    fn a_key_is_created_once_and_unique() {
        let folders = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
        let [first, second] = folders.each_ref().map(|folder| read(folder.path()));
        assert_eq!(read(folders[0].path()), first, "the next start finds it");
        assert_ne!(first, second);
        let values: Vec<&str> =
            first.lines().filter_map(|line| line.split_once(" = ")).map(|(_, v)| v).collect();
        assert_eq!(values.iter().map(|value| value.len()).collect::<Vec<_>>(), [20, 40], "{first}");
    }

    #[test]
    fn only_this_user_may_read_the_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = RootKey::open(folder.path()).expect("a key").path().to_owned();
        assert_eq!(path.metadata().expect("there").permissions().mode() & 0o777, 0o600);
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o640)).expect("ours");
        let error = RootKey::open(folder.path()).expect_err("the group may read it").to_string();
        assert!(error.contains("other users may read"), "{error}");
    }
}
