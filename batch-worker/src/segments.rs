//! Finished segments in the bucket: for each a file, and a manifest that shows that the file is complete.
//! The manifest is written last. A segment counts if its manifest matches the current plan and the file has
//! the manifest's size; any other segment is made again and overwritten.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sansfond_domain::ports::{Files, PortError, ReadFileError};
use sansfond_domain::{Job, storage_key};
use sansfond_video::VideoFormat;
use sansfond_video::segments::{FinishedSegment, Segment, SegmentInfo};
use serde::{Deserialize, Serialize};

/// A manifest has a few numbers for each frame, and a segment lasts about ten seconds.
const MANIFEST_LIMIT: u64 = 16 << 20;

/// The segments of one job.
#[derive(Clone)]
pub struct SegmentStore {
    files: Arc<dyn Files>,
    folder: String,
    format: VideoFormat,
}

/// The manifest of a finished segment.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SegmentManifest {
    pub segment: Segment,
    /// The information that joining needs.
    pub info: SegmentInfo,
    /// Size of its file; `None` if it has none.
    pub size_bytes: Option<u64>,
}

impl SegmentStore {
    /// The segments of a job.
    #[must_use]
    pub fn of(job: &Job, format: VideoFormat, files: Arc<dyn Files>) -> Self {
        Self { files, folder: storage_key::segments(&job.account, &job.id), format }
    }

    /// The finished segments of a plan, by number.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn finished(&self, plan: &[Segment]) -> Result<BTreeMap<u32, SegmentManifest>, PortError> {
        let existing: BTreeMap<String, u64> = self
            .files
            .list(&self.folder)
            .await?
            .into_iter()
            .map(|file| (file.key, file.size_bytes))
            .collect();
        let mut finished = BTreeMap::new();
        for segment in plan {
            let key = self.manifest_key(segment.number);
            if !existing.contains_key(&key) {
                continue;
            }
            let Some(manifest) = self.manifest(&key).await? else { continue };
            let file = manifest.size_bytes.map(|size_bytes| (self.file_key(segment.number), size_bytes));
            let is_complete = file.is_none_or(|(key, size_bytes)| existing.get(&key) == Some(&size_bytes));
            if is_complete && is_same(&manifest.segment, segment) {
                finished.insert(segment.number, manifest);
            }
        }
        Ok(finished)
    }

    async fn manifest(&self, key: &str) -> Result<Option<SegmentManifest>, PortError> {
        match self.files.read(key, MANIFEST_LIMIT).await {
            Ok(content) => Ok(content.and_then(|content| serde_json::from_slice(&content.bytes).ok())),
            Err(ReadFileError::TooLarge { .. }) => Ok(None),
            Err(ReadFileError::Port(error)) => Err(error),
        }
    }

    /// Writes a finished segment.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn put(&self, done: &FinishedSegment<'_>) -> Result<SegmentManifest, PortError> {
        let number = done.segment.number;
        let mut size_bytes = None;
        if let Some(path) = done.file {
            let (file, size) = open(path)?;
            self.files.write_from(&self.file_key(number), self.format.row().media_type, file).await?;
            size_bytes = Some(size);
        }
        let manifest = SegmentManifest { segment: *done.segment, info: done.info.clone(), size_bytes };
        let bytes = serde_json::to_vec(&manifest).map_err(|error| disk(error.into()))?;
        self.files.write(&self.manifest_key(number), "application/json", bytes).await?;
        Ok(manifest)
    }

    /// Downloads the file of a finished segment to a local folder. `None` if it has none.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn download(
        &self,
        manifest: &SegmentManifest,
        folder: &Path,
    ) -> Result<Option<PathBuf>, PortError> {
        let Some(size_bytes) = manifest.size_bytes else { return Ok(None) };
        let number = manifest.segment.number;
        let content = match self.files.read(&self.file_key(number), size_bytes).await {
            Ok(content) => content,
            Err(ReadFileError::TooLarge { .. }) => None,
            Err(ReadFileError::Port(error)) => return Err(error),
        };
        let content = content.ok_or_else(|| disk("a finished segment no longer exists".into()))?;
        let path = folder.join(format!("downloaded-{number:05}.{}", self.format.row().extension));
        std::fs::write(&path, content.bytes).map_err(|error| disk(error.into()))?;
        Ok(Some(path))
    }

    /// Deletes all segments.
    ///
    /// # Errors
    /// [`PortError`].
    pub async fn clear(&self) -> Result<(), PortError> {
        self.files.delete_folder(&self.folder).await
    }

    fn manifest_key(&self, number: u32) -> String {
        format!("{}{number:05}.json", self.folder)
    }

    fn file_key(&self, number: u32) -> String {
        format!("{}{number:05}.{}", self.folder, self.format.row().extension)
    }
}

/// Whether a manifest belongs to a planned segment. Numbers in JSON may lose their last bit.
fn is_same(stored: &Segment, planned: &Segment) -> bool {
    let same = |one: f64, other: f64| (one - other).abs() < 1e-6;
    stored.number == planned.number
        && stored.is_last == planned.is_last
        && same(stored.from_s, planned.from_s)
        && same(stored.until_s, planned.until_s)
}

/// Opens a file and returns its size.
pub(crate) fn open(path: &Path) -> Result<(File, u64), PortError> {
    let opened = File::open(path).and_then(|file| {
        let size = file.metadata()?.len();
        Ok((file, size))
    });
    opened.map_err(|error| disk(error.into()))
}

fn disk(source: Box<dyn std::error::Error + Send + Sync>) -> PortError {
    PortError { service: "disk", operation: "moving a segment", retryable: true, source }
}
