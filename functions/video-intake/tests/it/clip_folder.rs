//! Valid and broken video files.

use std::path::{Path, PathBuf};
use std::process::Command;

/// One second of moving image with a tone.
pub(crate) const CLIP: &str = "-f lavfi -i testsrc2=s=160x90:r=25:d=1.2 -f lavfi -i sine=440:d=1.2 -c:v libx264 -pix_fmt yuv420p -c:a aac";

/// A temporary folder for the files of a test.
pub(crate) struct ClipFolder(tempfile::TempDir);

impl ClipFolder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().expect("a folder"))
    }

    pub(crate) fn folder(&self) -> &Path {
        self.0.path()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).expect("written");
    }

    /// Runs `ffmpeg` with these arguments, where `%` is the folder, and returns the file.
    pub(crate) fn make(&self, name: &str, words: &str) -> Vec<u8> {
        let folder = self.0.path().display().to_string();
        let output = Command::new("ffmpeg")
            .args(["-v", "error", "-y", "-nostdin", "-bitexact"])
            .args(words.split_whitespace().map(|word| word.replace('%', &folder)))
            .arg(self.path(name))
            .output()
            .expect("ffmpeg is installed");
        assert!(output.status.success(), "{words}: {}", String::from_utf8_lossy(&output.stderr));
        std::fs::read(self.path(name)).expect("readable")
    }
}

/// A clip of the fixtures.
pub(crate) fn fixture(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/clips");
    std::fs::read(folder.join(name)).expect("readable")
}

/// The positions of all MP4 boxes of this name.
pub(crate) fn boxes(file: &[u8], name: &[u8; 4]) -> Vec<usize> {
    file.windows(4).enumerate().filter(|(_, at)| at == name).map(|(at, _)| at).collect()
}

/// Sets the duration in the header.
pub(crate) fn forge_duration(file: &mut [u8], units: u32) {
    // In version 0 of these boxes, the duration has this offset from the name.
    for (name, offset) in [(b"mvhd", 20), (b"mdhd", 20), (b"tkhd", 24)] {
        let places = boxes(file, name);
        assert!(!places.is_empty());
        for at in places {
            file[at + offset..at + offset + 4].copy_from_slice(&units.to_be_bytes());
        }
    }
}
