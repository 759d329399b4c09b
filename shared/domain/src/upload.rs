//! The client's declaration of an upload, checked against the plan's limits.

use std::time::Duration;

use crate::Plan;
use crate::ports::UploadedPart;

/// How long a signed upload is valid.
pub const UPLOAD_WINDOW: Duration = Duration::from_secs(15 * 60);

/// Picture types that may be uploaded. The actual format is detected after the upload.
pub const PICTURE_TYPES: [&str; 6] =
    ["image/jpeg", "image/png", "image/webp", "image/gif", "image/bmp", "image/tiff"];

/// How long a multipart upload is valid.
pub const MULTIPART_WINDOW: Duration = Duration::from_secs(20 * 60 * 60);

/// Video types that may be uploaded. The actual format is detected after the upload.
pub const VIDEO_TYPES: [&str; 8] = [
    "video/mp4",
    "video/quicktime",
    "video/webm",
    "video/x-matroska",
    "video/x-msvideo",
    "video/mp2t",
    "video/3gpp",
    "image/gif",
];

/// The size of each part of a multipart upload except the last, in bytes. 2 GB make at most 128 parts.
pub const PART_BYTES: u64 = 16 << 20;

/// A declaration that has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclaredUpload {
    /// The file's name without folders and control characters, at most 200 characters.
    pub name: String,
    /// One of [`PICTURE_TYPES`], or of [`VIDEO_TYPES`].
    pub media_type: String,
    /// In bytes.
    pub size_bytes: u64,
}

/// The reason why a declaration is rejected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum UploadRefusal {
    /// The media type is not supported.
    #[error("{media_type} cannot be cut out")]
    Type {
        /// The declared media type.
        media_type: String,
        /// The supported media types.
        supported: &'static [&'static str],
    },
    /// The file is empty.
    #[error("the file is empty")]
    Empty,
    /// The file is larger than the plan allows.
    #[error("the file is larger than {limit_bytes} bytes")]
    TooLarge {
        /// The plan's limit, in bytes.
        limit_bytes: u64,
    },
}

impl DeclaredUpload {
    /// Checks the declaration of a picture.
    ///
    /// # Errors
    /// [`UploadRefusal`].
    pub fn check(name: &str, media_type: &str, size_bytes: u64, plan: &Plan) -> Result<Self, UploadRefusal> {
        Self::of(&PICTURE_TYPES, plan.upload_bytes, name, media_type, size_bytes)
    }

    /// Checks the declaration of a video.
    ///
    /// # Errors
    /// [`UploadRefusal`].
    pub fn check_video(
        name: &str,
        media_type: &str,
        size_bytes: u64,
        plan: &Plan,
    ) -> Result<Self, UploadRefusal> {
        Self::of(&VIDEO_TYPES, plan.video_bytes, name, media_type, size_bytes)
    }

    fn of(
        supported: &'static [&'static str],
        limit_bytes: u64,
        name: &str,
        media_type: &str,
        size_bytes: u64,
    ) -> Result<Self, UploadRefusal> {
        let media_type = media_type.trim().to_ascii_lowercase();
        if !supported.contains(&media_type.as_str()) {
            return Err(UploadRefusal::Type { media_type, supported });
        }
        if size_bytes == 0 {
            return Err(UploadRefusal::Empty);
        }
        if size_bytes > limit_bytes {
            return Err(UploadRefusal::TooLarge { limit_bytes });
        }
        Ok(Self { name: plain_name(name), media_type, size_bytes })
    }

    /// The sizes of the parts of a multipart upload of `size_bytes`, in order, in bytes.
    #[must_use]
    pub fn parts(size_bytes: u64) -> Vec<u64> {
        let (whole, rest) = (size_bytes / PART_BYTES, size_bytes % PART_BYTES);
        (0..whole).map(|_| PART_BYTES).chain((rest > 0).then_some(rest)).collect()
    }

    /// The same parts with their numbers (from 1) and sizes, and whether each of them has been uploaded completely.
    pub fn parts_of(size_bytes: u64, uploaded: &[UploadedPart]) -> impl Iterator<Item = (u32, u64, bool)> {
        (1..).zip(Self::parts(size_bytes)).map(|(number, length)| {
            let matches = |part: &UploadedPart| part.number == number && part.size_bytes == length;
            (number, length, uploaded.iter().any(matches))
        })
    }
}

/// The file name without folders and control characters; `picture` if nothing is left.
#[must_use]
pub fn plain_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let is_kept = |character: &char| !character.is_control() && !is_bidi_control(*character);
    let plain: String = last.chars().filter(is_kept).take(200).collect();
    let plain = plain.trim_matches(|character: char| character == '.' || character.is_whitespace());
    if plain.is_empty() { "picture".to_owned() } else { plain.to_owned() }
}

/// Whether a character reverses the text that follows it (Unicode's property `Bidi_Control`): with one,
/// `cat\u{202e}gnp.exe` reads as a picture.
const fn is_bidi_control(character: char) -> bool {
    matches!(character, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// The file name of a downloaded result: `cat.jpg` → `cat-sansfond.png`.
#[must_use]
pub fn result_name(name: &str, extension: &str) -> String {
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    format!("{stem}-sansfond.{extension}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_keeps_no_folders_and_no_control_characters() {
        assert_eq!(plain_name("/etc/../été\r\n.jpg"), "été.jpg");
        assert_eq!(plain_name("C:\\photos\\cat.png"), "cat.png");
        assert_eq!(plain_name("../.."), "picture");
        assert_eq!(plain_name("cat\u{202e}gnp.exe"), "catgnp.exe");
        assert_eq!(plain_name("\u{2067}\u{200f}\u{61c}cat.png\u{2069}"), "cat.png");
        let family = "👨\u{200d}👩\u{200d}👧 میخواهم.png";
        assert_eq!(plain_name(family), family, "joiners are part of words and emojis");
        assert_eq!(plain_name(&"x".repeat(500)).len(), 200);
    }

    #[test]
    fn a_part_counts_as_uploaded_only_if_its_size_is_right() {
        let uploaded = |number, size_bytes| UploadedPart { number, size_bytes, tag: String::new() };
        let list =
            |parts: &[UploadedPart]| DeclaredUpload::parts_of(2 * PART_BYTES + 5, parts).collect::<Vec<_>>();
        assert_eq!(list(&[]), [(1, PART_BYTES, false), (2, PART_BYTES, false), (3, 5, false)]);
        assert_eq!(
            list(&[uploaded(1, PART_BYTES), uploaded(2, 7), uploaded(3, 5)]),
            [(1, PART_BYTES, true), (2, PART_BYTES, false), (3, 5, true)]
        );
        assert_eq!(DeclaredUpload::parts(PART_BYTES), [PART_BYTES]);
    }

    #[test]
    fn a_declaration_of_an_unsupported_or_too_large_file_is_rejected() {
        let plan = Plan { upload_bytes: 100, ..Plan::default() };
        assert!(DeclaredUpload::check("a.png", "image/PNG", 100, &plan).is_ok());
        assert_eq!(
            DeclaredUpload::check("a.png", "image/png", 101, &plan),
            Err(UploadRefusal::TooLarge { limit_bytes: 100 })
        );
        assert_eq!(DeclaredUpload::check("a.png", "image/png", 0, &plan), Err(UploadRefusal::Empty));
        let refused = DeclaredUpload::check("a.svg", "image/svg+xml", 9, &plan);
        assert!(matches!(refused, Err(UploadRefusal::Type { .. })));
    }
}
