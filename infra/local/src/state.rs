//! The folder of the local cloud's data: there is enough space, and only one process uses it.

use std::fs::{File, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::say;

/// With less, the first picture may not fit.
const ROOM_NEEDED_MIB: u64 = 256;
/// The format of the data of the service and the emulator. Increase it if rows change so that the program
/// cannot read old ones: then the data of the earlier version is deleted, because on this machine it is not
/// worth a migration. Folders without a number are of version 1.
const VERSION: u32 = 5;
/// The data that such a change deletes: tables and queues, files, jobs of Batch. Ports, the key and logs
/// stay.
const KEPT_BY_VERSION: [&str; 3] = ["emulator", "objects", "batch.json"];
/// How long the emulator of a killed run may take to save. Measured: under two seconds.
const LEFTOVER_WAIT: Duration = Duration::from_secs(20);

/// The folder, locked by this process until it ends.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    _lock: File,
}

impl State {
    /// Creates and locks the folder.
    ///
    /// # Errors
    /// There is too little space, the folder cannot be written, or another local cloud uses it.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        for part in ["logs", "tmp", "emulator"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part)
                .with_context(|| format!("{} cannot be created", part.display()))?;
        }
        // It contains accounts' data, and the sessions of their functions.
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))
            .with_context(|| format!("access to {} cannot be restricted", folder.display()))?;
        let disk = rustix::fs::statvfs(folder).with_context(|| folder.display().to_string())?;
        let free_mib = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
        if free_mib < ROOM_NEEDED_MIB {
            bail!(
                "only {free_mib} MiB are free on the disk of {}, {ROOM_NEEDED_MIB} MiB are needed; free some space",
                folder.display()
            );
        }
        let path = folder.join("lock");
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("another local cloud is running with {}; stop it first", folder.display())
            }
            Err(TryLockError::Error(error)) => Err(error).context(path.display().to_string()),
        }
    }

    /// The file that the emulator locks.
    pub(crate) fn emulator_lock(&self) -> PathBuf {
        self.folder.join("emulator.lock")
    }

    /// Waits for the emulator of an earlier run, and deletes the data of an earlier version.
    ///
    /// # Errors
    /// That emulator does not end, or the folder cannot be written.
    pub(crate) async fn make_ready(&self) -> anyhow::Result<()> {
        self.await_leftover().await?;
        if self.forget_other_versions()? {
            say(
                "this version stores its data in a new format; the accounts, files and jobs of the old version are deleted",
            );
        }
        Ok(())
    }

    /// Returns whether there was anything to delete.
    fn forget_other_versions(&self) -> anyhow::Result<bool> {
        let file = self.folder.join("version");
        let kept = std::fs::read_to_string(&file).ok().and_then(|text| text.trim().parse().ok());
        if kept == Some(VERSION) {
            return Ok(false);
        }
        let mut forgot = false;
        for part in KEPT_BY_VERSION.map(|part| self.folder.join(part)) {
            let is_empty =
                std::fs::read_dir(&part).map_or(!part.exists(), |mut folder| folder.next().is_none());
            if is_empty {
                continue;
            }
            forgot = true;
            let removed =
                if part.is_dir() { std::fs::remove_dir_all(&part) } else { std::fs::remove_file(&part) };
            removed.with_context(|| format!("{} cannot be deleted", part.display()))?;
        }
        let emulator = self.folder.join("emulator");
        std::fs::create_dir_all(&emulator)
            .with_context(|| format!("{} cannot be created", emulator.display()))?;
        // Last, so that the next start finishes an interrupted one.
        std::fs::write(&file, VERSION.to_string()).with_context(|| file.display().to_string())?;
        Ok(forgot)
    }

    /// Waits until the emulator of an earlier, killed run has saved its state and ended.
    async fn await_leftover(&self) -> anyhow::Result<()> {
        let path = self.emulator_lock();
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
        let waiting = async {
            let mut told = false;
            // Unlocked when `lock` is dropped.
            while lock.try_lock().is_err() {
                if !told {
                    say("the emulator of the last run is still saving its state; waiting for it");
                    told = true;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        if tokio::time::timeout(LEFTOVER_WAIT, waiting).await.is_err() {
            bail!("the emulator of an earlier run does not end; look for cloud.py in the list of processes");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_local_cloud_with_the_same_data_is_rejected() {
        let folder = std::env::temp_dir().join(format!("sansfond-local-state-{}", std::process::id()));
        let first = State::open(&folder).expect("free");
        let error = State::open(&folder).expect_err("in use").to_string();
        assert!(error.contains("another local cloud is running"), "{error}");
        drop(first);
        State::open(&folder).expect("free again");
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn data_of_an_earlier_version_is_deleted_once() {
        let folder = std::env::temp_dir().join(format!("sansfond-local-version-{}", std::process::id()));
        let state = State::open(&folder).expect("free");
        assert!(!state.forget_other_versions().expect("writable"), "a new folder is empty");
        let rows = folder.join("emulator/dynamodb.json");
        let kept = ["ports.json", "aws-credentials"].map(|file| folder.join(file));
        let write = |file: &PathBuf| std::fs::write(file, "{}").expect("written");
        write(&rows);
        kept.iter().for_each(write);
        assert!(!state.forget_other_versions().expect("writable"), "the data has this version");
        assert!(rows.exists());
        let [earlier, later] = [VERSION - 1, VERSION + 1].map(|version| version.to_string());
        for other in [None, Some("1"), Some(&*earlier), Some(&*later), Some("nonsense")] {
            write(&rows);
            match other {
                Some(version) => std::fs::write(folder.join("version"), version).expect("written"),
                None => std::fs::remove_file(folder.join("version")).expect("removed"),
            }
            assert!(state.forget_other_versions().expect("writable"), "{other:?}");
            assert!(!rows.exists() && kept.iter().all(|file| file.exists()), "{other:?}");
            assert!(!state.forget_other_versions().expect("writable"), "once");
        }
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
