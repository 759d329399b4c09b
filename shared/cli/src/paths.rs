//! What a path is, and how a result gets its name: one rule for pictures and videos.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

/// Suffix of a result that is written beside its input.
pub(crate) const RESULT_SUFFIX: &str = "-cutout";

/// Whether a path names a folder: it is one, or ends with a slash.
pub(crate) fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/")
}

/// The extension of an output that is a file.
pub(crate) fn extension(output: Option<&Path>) -> Option<&str> {
    output.filter(|output| !is_folder(output)).and_then(Path::extension).and_then(|name| name.to_str())
}

/// The folder of a path, which is the current one for a bare name.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// What identifies a file, whatever the path that leads to it; `None` if it does not exist.
pub(crate) fn identity(path: &Path) -> Option<(u64, u64)> {
    fs::metadata(path).ok().map(|file| (file.dev(), file.ino()))
}

/// A result under a temporary name, so that readers of its folder see a whole file or none.
pub(crate) struct Unfinished {
    pub(crate) file: File,
    pub(crate) temporary: TempPath,
    target: PathBuf,
}

impl Unfinished {
    /// # Errors
    /// If no file can be created beside the output.
    pub(crate) fn beside(output: &Path) -> io::Result<Self> {
        let target = target_of(output);
        let (file, temporary) = tempfile::Builder::new()
            .prefix(".sansfond-")
            // Those that other programs use; the umask still applies.
            .permissions(Permissions::from_mode(0o666))
            .tempfile_in(folder_of(&target))?
            .into_parts();
        Ok(Self { file, temporary, target })
    }

    /// Gives the file its name.
    ///
    /// # Errors
    /// If the output's name cannot be replaced.
    pub(crate) fn finish(self) -> io::Result<()> {
        self.temporary.persist(self.target).map_err(|error| error.error)
    }
}

/// Whether bytes go through a path instead of into a file: a pipe, a terminal, `/dev/null`.
pub(crate) fn is_stream(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir())
}

/// Writes a whole file, or all bytes into a stream.
///
/// # Errors
/// If the output cannot be written; then an existing file is unchanged.
pub(crate) fn write(output: &Path, bytes: &[u8]) -> io::Result<()> {
    if is_stream(output) {
        return OpenOptions::new().write(true).open(output)?.write_all(bytes);
    }
    let mut unfinished = Unfinished::beside(output)?;
    unfinished.file.write_all(bytes)?;
    unfinished.finish()
}

/// The file that a link leads to, which may not exist yet: a link stays a link.
fn target_of(output: &Path) -> PathBuf {
    if let Ok(target) = output.canonicalize() {
        return target;
    }
    fs::read_link(output).map_or_else(|_| output.to_owned(), |target| folder_of(output).join(target))
}
