//! Plans which files are read and written, before any work begins.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sansfond_imaging::DecodeError;
use sansfond_imaging::ImageFormat;
use sansfond_imaging::decode::sniff;
use walkdir::WalkDir;

use crate::args::{ImageArgs, Part};

/// The source of an input's bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Input {
    Stdin,
    File(PathBuf),
}

/// The destination of a picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Output {
    Stdout,
    /// The path without its extension, and the extension if it is known before the picture is.
    File {
        stem: PathBuf,
        extension: Option<String>,
    },
}

/// One picture to cut out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PictureTask {
    pub(super) input: Input,
    pub(super) output: Output,
}

/// All work, and the inputs that need none.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) to_do: Vec<PictureTask>,
    /// Existing results, which are kept.
    pub(super) skipped: Vec<PathBuf>,
}

/// An input, and its path relative to the folder that contains it.
struct FoundInput {
    input: Input,
    relative_path: PathBuf,
}

impl Plan {
    pub(super) fn make(args: &ImageArgs, format: ImageFormat) -> Result<Self> {
        let mut found = Vec::new();
        let mut from_folder = false;
        for path in &args.inputs {
            from_folder |= expand(path, args.output.as_deref(), &mut found)?;
        }
        if args.matte.split && args.output.as_deref() == Some(Path::new("-")) {
            bail!("standard output takes one picture; give --split a file or a folder with -o");
        }
        if format == ImageFormat::Zip && args.file.only == Part::Matte {
            bail!("--only matte cannot be written as ZIP; use png, webp or jpg");
        }
        let extension = match (format, args.file.only) {
            (ImageFormat::Auto, Part::Cutout) => None,
            (format, Part::Cutout) => Some(format.row().extension.to_owned()),
            (format, Part::Matte) => Some(format.row().matte.row().extension.to_owned()),
        };
        let many = from_folder || found.len() > 1;
        let (mut to_do, mut skipped) = (Vec::new(), Vec::new());
        for (input, output) in assign_outputs(found, args.output.as_deref(), extension.as_ref(), many)? {
            match (&input, existing(&output, args)) {
                (Input::File(_), Some(result)) => skipped.push(result),
                _ => to_do.push(PictureTask { input, output }),
            }
        }
        check_writable(&to_do)?;
        Ok(Self { to_do, skipped })
    }
}

/// Adds the inputs of one argument. Returns whether it was a folder or a pattern.
fn expand(path: &Path, output: Option<&Path>, found: &mut Vec<FoundInput>) -> Result<bool> {
    let name = path.display();
    if path.as_os_str().is_empty() {
        bail!("an input has an empty name");
    }
    if path == Path::new("-") {
        if std::io::stdin().is_terminal() {
            bail!("standard input is a terminal; name a file, or pipe a picture into it");
        }
        found.push(FoundInput { input: Input::Stdin, relative_path: PathBuf::from("stdin") });
        return Ok(false);
    }
    // Results of an earlier run beside their inputs are not inputs.
    let is_result = |path: &Path| output.is_none() && path.file_stem().is_some_and(has_result_suffix);
    if path.is_dir() {
        let before = found.len();
        // Results of an earlier run into a folder inside this one are not inputs.
        let results = output.filter(|output| output.is_dir()).and_then(|output| output.canonicalize().ok());
        let inside = |path: &Path| results.is_some() && path.canonicalize().ok() == results;
        let is_input = path.canonicalize().ok() == results;
        let entries = WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in entries.filter_entry(|entry| is_input || !inside(entry.path())) {
            let entry = entry.with_context(|| format!("{name} cannot be read"))?;
            if entry.path().is_file() && !is_result(entry.path()) && looks_like_a_picture(entry.path()) {
                let relative_path = entry.path().strip_prefix(path).unwrap_or(entry.path()).to_owned();
                found.push(FoundInput { input: Input::File(entry.into_path()), relative_path });
            }
        }
        if found.len() == before {
            bail!("there is no picture in {name}");
        }
        return Ok(true);
    }
    if path.exists() {
        found.push(FoundInput {
            relative_path: path.file_name().map(PathBuf::from).unwrap_or_default(),
            input: Input::File(path.to_owned()),
        });
        return Ok(false);
    }
    let matches: Vec<PathBuf> = match path.to_str().map(glob::glob) {
        Some(Ok(paths)) => paths.flatten().filter(|path| path.is_file() && !is_result(path)).collect(),
        Some(Err(_)) | None => Vec::new(),
    };
    if matches.is_empty() {
        bail!("{name} does not exist");
    }
    for path in matches {
        found.push(FoundInput {
            relative_path: path.file_name().map(PathBuf::from).unwrap_or_default(),
            input: Input::File(path),
        });
    }
    Ok(true)
}

/// Suffix of a result that is written beside its input.
const RESULT_SUFFIX: &str = "-cutout";

fn has_result_suffix(stem: &OsStr) -> bool {
    stem.as_encoded_bytes().ends_with(RESULT_SUFFIX.as_bytes())
}

/// Whether a file in a folder is a picture, by its first bytes or its extension: a broken `photo.jpg` is
/// reported, a `notes.txt` is not.
fn looks_like_a_picture(path: &Path) -> bool {
    const EXTENSIONS: [&str; 11] =
        ["jpg", "jpeg", "png", "webp", "gif", "bmp", "tif", "tiff", "avif", "heic", "heif"];
    let has_extension = path
        .extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| EXTENSIONS.contains(&extension.to_ascii_lowercase().as_str()));
    let has_signature = || {
        let mut head = Vec::new();
        File::open(path).and_then(|file| file.take(64).read_to_end(&mut head)).is_ok()
            && !matches!(
                sniff(&head),
                Err(DecodeError::Empty | DecodeError::NotAPicture | DecodeError::Unsupported { .. })
            )
    };
    has_extension || has_signature()
}

/// Assigns an output to every input.
fn assign_outputs(
    found: Vec<FoundInput>,
    output: Option<&Path>,
    extension: Option<&String>,
    many: bool,
) -> Result<Vec<(Input, Output)>> {
    if output == Some(Path::new("-")) {
        if many {
            bail!("standard output takes one picture; give a folder with -o");
        }
        return Ok(found.into_iter().map(|found| (found.input, Output::Stdout)).collect());
    }
    if found.len() == 1 && !many {
        if let Some(file) = output.filter(|output| !is_folder(output)) {
            let output = Output::File {
                stem: file.with_extension(""),
                // The extension exactly as the user typed it, `auto` included.
                extension: file
                    .extension()
                    .map(|extension| extension.to_string_lossy().into_owned())
                    .or(extension.cloned()),
            };
            return Ok(found.into_iter().map(|found| (found.input, output.clone())).collect());
        }
    } else if let Some(file) = output.filter(|output| output.is_file() || !is_folder(output)) {
        bail!("{} is a file, but there are several pictures; give a folder with -o", file.display());
    }
    // `a.jpg` and `a.png` would both become `a.png`, so both keep their old extension before the new one.
    let mut stems: HashMap<PathBuf, usize> = HashMap::new();
    for found in &found {
        *stems.entry(found.relative_path.with_extension("")).or_default() += 1;
    }
    let mut assigned = Vec::with_capacity(found.len());
    for FoundInput { input, relative_path } in found {
        let short = relative_path.with_extension("");
        let unique = if stems[&short] > 1 { relative_path } else { short };
        let stem = match (output, &input) {
            (Some(folder), _) => folder.join(unique),
            (None, Input::Stdin) => return Ok(vec![(Input::Stdin, Output::Stdout)]),
            (None, Input::File(path)) => {
                let mut name = unique.file_name().unwrap_or_default().to_owned();
                name.push(RESULT_SUFFIX);
                path.with_file_name(name)
            }
        };
        assigned.push((input, Output::File { stem, extension: extension.cloned() }));
    }
    check_unique_outputs(&assigned)?;
    Ok(assigned)
}

/// Fails if two inputs have the same output, because one result would overwrite the other.
fn check_unique_outputs(assigned: &[(Input, Output)]) -> Result<()> {
    let mut taken: HashMap<&Path, &Input> = HashMap::new();
    for (input, output) in assigned {
        let Output::File { stem, .. } = output else { continue };
        if let (Some(Input::File(first)), Input::File(second)) = (taken.insert(stem, input), input) {
            bail!(
                "{} and {} would both become {}; cut them out into different folders",
                first.display(),
                second.display(),
                stem.display()
            );
        }
    }
    Ok(())
}

/// Whether the path is an existing folder, ends with a slash, or has no extension.
fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().as_encoded_bytes().ends_with(b"/") || path.extension().is_none()
}

/// An existing result that must not be replaced.
fn existing(output: &Output, args: &ImageArgs) -> Option<PathBuf> {
    let Output::File { stem, extension } = output else { return None };
    if args.force {
        return None;
    }
    let first = if args.matte.split { numbered(stem, 1) } else { stem.clone() };
    let candidates: &[&str] = match extension {
        Some(extension) => &[extension],
        None => &["png", "jpg"],
    };
    candidates.iter().map(|extension| with_extension(&first, extension)).find(|path| path.exists())
}

/// Appends the extension to a stem, which may contain dots.
pub(super) fn with_extension(stem: &Path, extension: &str) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    name.into()
}

pub(super) fn numbered(stem: &Path, number: usize) -> PathBuf {
    let mut name = stem.as_os_str().to_owned();
    name.push(format!("-{number}"));
    name.into()
}

/// Creates the folders and a temporary file in each, so that a failure shows before the model is loaded.
fn check_writable(tasks: &[PictureTask]) -> Result<()> {
    let mut folders: Vec<&Path> = tasks
        .iter()
        .filter_map(|task| match &task.output {
            Output::File { stem, .. } => stem.parent(),
            Output::Stdout => None,
        })
        .collect();
    folders.sort_unstable();
    folders.dedup();
    for folder in folders {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        fs::create_dir_all(folder).and_then(|()| tempfile::NamedTempFile::new_in(folder).map(drop)).map_err(
            |error| anyhow::anyhow!("{} cannot be written to: {}", folder.display(), plain(&error)),
        )?;
    }
    Ok(())
}

/// The error's text without the path of a temporary file and without the error number.
pub(super) fn plain(error: &std::io::Error) -> String {
    use std::io::ErrorKind;
    match error.kind() {
        ErrorKind::NotFound => "it does not exist".to_owned(),
        ErrorKind::PermissionDenied => "permission denied".to_owned(),
        ErrorKind::AlreadyExists | ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        ErrorKind::StorageFull => "the disk is full".to_owned(),
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outputs(names: &[&str], output: Option<&str>) -> Vec<String> {
        let found = names
            .iter()
            .map(|name| FoundInput {
                input: Input::File(name.into()),
                relative_path: Path::new(name).file_name().expect("a name").into(),
            })
            .collect();
        assign_outputs(found, output.map(Path::new), Some(&"png".to_owned()), names.len() > 1)
            .expect("a plan")
            .into_iter()
            .map(|(_, output)| match output {
                Output::Stdout => "-".to_owned(),
                Output::File { stem, extension } => {
                    with_extension(&stem, &extension.expect("known")).display().to_string()
                }
            })
            .collect()
    }

    #[test]
    fn one_file_is_written_to_the_given_path() {
        assert_eq!(outputs(&["in/a.jpg"], Some("x/b.webp")), ["x/b.webp"]);
        assert_eq!(outputs(&["in/a.jpg"], Some("x/")), ["x/a.png"]);
        assert_eq!(outputs(&["in/a.jpg"], None), ["in/a-cutout.png"]);
        assert_eq!(outputs(&["in/a.b.jpg"], Some("x/")), ["x/a.b.png"]);
    }

    #[test]
    fn two_files_with_the_same_stem_do_not_overwrite_each_other() {
        assert_eq!(
            outputs(&["in/a.jpg", "in/a.png", "in/b.png"], Some("x")),
            ["x/a.jpg.png", "x/a.png.png", "x/b.png"]
        );
    }
}
