//! The folder that the local cloud writes in: there is room, and one process at a time uses it.

use std::fs::{File, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::say;

/// Less than this, and the first picture may already not fit.
const ROOM_NEEDED_MIB: u64 = 256;
/// The shape of what the service and the emulator keep. Counted up when rows change their shape in a way that the program
/// cannot read: then what an earlier version has kept is forgotten, since on this machine it holds nothing that is worth a
/// migration. Folders without a number are of version 1.
const VERSION: u32 = 3;
/// What such a change forgets: tables and queues, files, jobs of Batch. Ports, the key and logs stay.
const KEPT_BY_VERSION: [&str; 3] = ["emulator", "objects", "batch.json"];
/// How long the emulator of a killed run may take to save. Measured: under two seconds.
const LEFTOVER_WAIT: Duration = Duration::from_secs(20);

/// The folder, held by this process until it ends, in whatever way it ends.
#[derive(Debug)]
pub(crate) struct State {
    folder: PathBuf,
    _lock: File,
}

impl State {
    /// Creates and locks the folder.
    ///
    /// # Errors
    /// There is no room, it cannot be written, or another local cloud uses it.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        for part in ["logs", "tmp", "emulator"] {
            let part = folder.join(part);
            std::fs::create_dir_all(&part).with_context(|| format!("{} cannot be made", part.display()))?;
        }
        // Accounts' data, and the sessions of their functions.
        std::fs::set_permissions(folder, Permissions::from_mode(0o700))
            .with_context(|| format!("{} cannot be closed to others", folder.display()))?;
        let disk = rustix::fs::statvfs(folder).with_context(|| folder.display().to_string())?;
        let free_mib = disk.f_bavail.saturating_mul(disk.f_frsize) >> 20;
        if free_mib < ROOM_NEEDED_MIB {
            bail!(
                "{free_mib} MiB are free where {} lies, {ROOM_NEEDED_MIB} are needed; free some space",
                folder.display()
            );
        }
        let path = folder.join("lock");
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { folder: folder.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                bail!("the local cloud is running already with {}; stop that one first", folder.display())
            }
            Err(TryLockError::Error(error)) => Err(error).context(path.display().to_string()),
        }
    }

    /// The file that the emulator locks.
    pub(crate) fn emulator_lock(&self) -> PathBuf {
        self.folder.join("emulator.lock")
    }

    /// Waits for the emulator of an earlier run, and forgets what an earlier version has kept.
    ///
    /// # Errors
    /// That emulator does not end, or the folder cannot be written.
    pub(crate) async fn make_ready(&self) -> anyhow::Result<()> {
        self.await_leftover().await?;
        if self.forget_other_versions()? {
            say(
                "this version keeps its data in another form: the accounts, files and jobs that were here are deleted",
            );
        }
        Ok(())
    }

    /// Whether something was there to forget.
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
            .with_context(|| format!("{} cannot be made", emulator.display()))?;
        // Last, so that a start that was interrupted is finished by the next one.
        std::fs::write(&file, VERSION.to_string()).with_context(|| file.display().to_string())?;
        Ok(forgot)
    }

    /// Waits until the emulator of an earlier run, whose supervisor was killed, has saved and gone.
    async fn await_leftover(&self) -> anyhow::Result<()> {
        let path = self.emulator_lock();
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
        let waiting = async {
            let mut told = false;
            // Unlocked again when `lock` is dropped.
            while lock.try_lock().is_err() {
                if !told {
                    say("the emulator of the last run is still saving; waiting for it");
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
    fn a_second_local_cloud_on_the_same_state_is_refused() {
        let folder = std::env::temp_dir().join(format!("sansfond-local-state-{}", std::process::id()));
        let first = State::open(&folder).expect("free");
        let error = State::open(&folder).expect_err("in use").to_string();
        assert!(error.contains("running already"), "{error}");
        drop(first);
        State::open(&folder).expect("free again");
        std::fs::remove_dir_all(folder).expect("removed");
    }

    #[test]
    fn what_an_earlier_version_has_kept_is_deleted_once() {
        let folder = std::env::temp_dir().join(format!("sansfond-local-version-{}", std::process::id()));
        let state = State::open(&folder).expect("free");
        assert!(!state.forget_other_versions().expect("writable"), "a new folder holds nothing");
        let rows = folder.join("emulator/dynamodb.json");
        let kept = ["ports.json", "aws-credentials"].map(|file| folder.join(file));
        let write = |file: &PathBuf| std::fs::write(file, "{}").expect("written");
        write(&rows);
        kept.iter().for_each(write);
        assert!(!state.forget_other_versions().expect("writable"), "it is of this version");
        assert!(rows.exists());
        for earlier in [None, Some("1"), Some("2"), Some("4"), Some("nonsense")] {
            write(&rows);
            match earlier {
                Some(version) => std::fs::write(folder.join("version"), version).expect("written"),
                None => std::fs::remove_file(folder.join("version")).expect("removed"),
            }
            assert!(state.forget_other_versions().expect("writable"), "{earlier:?}");
            assert!(!rows.exists() && kept.iter().all(|file| file.exists()), "{earlier:?}");
            assert!(!state.forget_other_versions().expect("writable"), "once");
        }
        std::fs::remove_dir_all(folder).expect("removed");
    }
}
