//! The folder that the local cloud writes in: there is room, and one process at a time uses it.

use std::fs::{File, Permissions, TryLockError};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail};

use crate::say;

/// Less than this, and the first picture may already not fit.
const ROOM_NEEDED_MIB: u64 = 256;
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

    /// Waits until the emulator of an earlier run, whose supervisor was killed, has saved and gone.
    ///
    /// # Errors
    /// It does not go.
    pub(crate) async fn await_leftover(&self) -> anyhow::Result<()> {
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
}
