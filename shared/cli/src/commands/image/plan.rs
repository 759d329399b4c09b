//! Plans which files are read and written, before any work begins.

use std::collections::{HashMap, HashSet};
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use sansfond_imaging::DecodeError;
use sansfond_imaging::ImageFormat;
use sansfond_imaging::decode::sniff;
use walkdir::{DirEntry, WalkDir};

use crate::args::{ImageArgs, Part};
use crate::paths::{self, RESULT_SUFFIX};

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
    /// A pipe or a device, which stays where it is.
    Stream(PathBuf),
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
    /// Inputs that cannot be cut out, and why. They do not stop the others.
    pub(super) failed: Vec<(PathBuf, String)>,
}

/// All inputs that were found.
#[derive(Default)]
struct Found {
    inputs: Vec<FoundInput>,
    /// Folders and files that cannot be read, and why.
    unreadable: Vec<(PathBuf, String)>,
}

/// An input, and its path relative to the folder that contains it.
struct FoundInput {
    input: Input,
    relative_path: PathBuf,
}

impl Plan {
    pub(super) fn make(args: &ImageArgs, format: ImageFormat) -> Result<Self> {
        let mut found = Found::default();
        let mut from_folder = false;
        for path in &args.inputs {
            from_folder |= expand(path, args.output.as_deref(), &mut found)?;
        }
        let is_stream = |output: &Path| output == Path::new("-") || paths::is_stream(output);
        if args.matte.split && args.output.as_deref().is_some_and(is_stream) {
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
        let Found { inputs, unreadable: mut failed } = found;
        let many = from_folder || inputs.len() > 1;
        let (mut to_do, mut skipped) = (Vec::new(), Vec::new());
        let mut taken = Taken::by(&inputs);
        for (input, output) in assign_outputs(inputs, args.output.as_deref(), extension.as_ref(), many)? {
            let Input::File(path) = &input else {
                to_do.push(PictureTask { input, output });
                continue;
            };
            match (taken.conflict(path, &output), existing(&output, args)) {
                (Some(conflict), _) => failed.push((path.clone(), conflict)),
                (None, Some(result)) => skipped.push(result),
                (None, None) => to_do.push(PictureTask { input, output }),
            }
        }
        check_writable(&to_do)?;
        Ok(Self { to_do, skipped, failed })
    }
}

/// Adds the inputs of one argument. Returns whether it was a folder or a pattern.
fn expand(path: &Path, output: Option<&Path>, found: &mut Found) -> Result<bool> {
    let name = path.display();
    if path.as_os_str().is_empty() {
        bail!("an input has an empty name");
    }
    if path == Path::new("-") {
        if std::io::stdin().is_terminal() {
            bail!("standard input is a terminal; name a file, or pipe a picture into it");
        }
        found.inputs.push(FoundInput { input: Input::Stdin, relative_path: PathBuf::from("stdin") });
        return Ok(false);
    }
    let has_suffix = |path: &Path| path.file_stem().is_some_and(has_result_suffix);
    if path.is_dir() {
        let before = found.inputs.len() + found.unreadable.len();
        let results = output.filter(|output| output.is_dir()).and_then(paths::identity);
        let is_output = |path: &Path| results.is_some() && paths::identity(path) == results;
        // Results of an earlier run are not inputs, whether they are beside their inputs or in a folder inside this one.
        let beside = output.is_none() || is_output(path);
        let is_result = |path: &Path| beside && has_suffix(path);
        let entries = WalkDir::new(path).sort_by_file_name().into_iter();
        for entry in entries
            .filter_entry(|entry| entry.depth() == 0 || !(is_of_the_system(entry) || is_output(entry.path())))
        {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    let folder = error.path().unwrap_or(path).to_owned();
                    let reason = error.io_error().map_or_else(|| error.to_string(), plain);
                    found.unreadable.push((folder, format!("it cannot be read: {reason}")));
                    continue;
                }
            };
            if entry.path().is_file() && !is_result(entry.path()) && looks_like_a_picture(entry.path()) {
                let relative_path = entry.path().strip_prefix(path).unwrap_or(entry.path()).to_owned();
                found.inputs.push(FoundInput { input: Input::File(entry.into_path()), relative_path });
            }
        }
        if found.inputs.len() + found.unreadable.len() == before {
            bail!("there is no picture in {name}");
        }
        return Ok(true);
    }
    if path.exists() {
        found.inputs.push(FoundInput {
            relative_path: path.file_name().map(PathBuf::from).unwrap_or_default(),
            input: Input::File(path.to_owned()),
        });
        return Ok(false);
    }
    let matches: Vec<PathBuf> = match path.to_str().map(glob::glob) {
        Some(Ok(matches)) => matches
            .flatten()
            .filter(|path| path.is_file() && !(output.is_none() && has_suffix(path)))
            .collect(),
        Some(Err(_)) | None => Vec::new(),
    };
    if matches.is_empty() {
        bail!("{name} does not exist");
    }
    for path in matches {
        found.inputs.push(FoundInput {
            relative_path: path.file_name().map(PathBuf::from).unwrap_or_default(),
            input: Input::File(path),
        });
    }
    Ok(true)
}

/// Whether a file manager or an archiver made the entry for itself, as the `._photo.jpg` of macOS.
fn is_of_the_system(entry: &DirEntry) -> bool {
    let name = entry.file_name();
    name.as_encoded_bytes().starts_with(b".") || name == "__MACOSX" || name == "@eaDir"
}

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
    // A name without an extension is a folder; a single picture's file has one.
    let is_folder = |path: &Path| paths::is_folder(path) || path.extension().is_none();
    if found.len() == 1 && !many {
        if let Some(stream) = output.filter(|output| paths::is_stream(output)) {
            let to_stream = |found: FoundInput| (found.input, Output::Stream(stream.to_owned()));
            return Ok(found.into_iter().map(to_stream).collect());
        }
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
    let mut assigned = Vec::with_capacity(found.len());
    for FoundInput { input, relative_path } in found {
        let name = relative_path.with_extension("");
        let stem = match (output, &input) {
            (Some(folder), Input::Stdin) => folder.join(name),
            (None, Input::Stdin) => return Ok(vec![(Input::Stdin, Output::Stdout)]),
            (Some(folder), Input::File(path)) => {
                let stem = folder.join(name);
                let folder = paths::identity(paths::folder_of(&stem));
                if folder.is_some() && folder == paths::identity(paths::folder_of(path)) {
                    with_suffix(stem)
                } else {
                    stem
                }
            }
            (None, Input::File(path)) => {
                with_suffix(path.with_file_name(name.file_name().unwrap_or_default()))
            }
        };
        assigned.push((input, Output::File { stem, extension: extension.cloned() }));
    }
    Ok(assigned)
}

fn with_suffix(stem: PathBuf) -> PathBuf {
    let mut name = stem.into_os_string();
    name.push(RESULT_SUFFIX);
    name.into()
}

/// The files that no result may replace: the inputs, and the results of earlier inputs.
struct Taken {
    inputs: HashSet<(u64, u64)>,
    stems: HashMap<PathBuf, PathBuf>,
}

impl Taken {
    fn by(found: &[FoundInput]) -> Self {
        let files = found.iter().filter_map(|found| match &found.input {
            Input::File(path) => paths::identity(path),
            Input::Stdin => None,
        });
        Self { inputs: files.collect(), stems: HashMap::new() }
    }

    /// Why an input cannot have this output.
    fn conflict(&mut self, input: &Path, output: &Output) -> Option<String> {
        let Output::File { stem, extension } = output else { return None };
        let is_input = |path: &PathBuf| paths::identity(path).is_some_and(|file| self.inputs.contains(&file));
        if let Some(path) = candidates(stem, extension.as_deref()).iter().find(|path| is_input(path)) {
            return Some(format!("its result would replace {}, which is an input", path.display()));
        }
        let first = self.stems.entry(stem.clone()).or_insert_with(|| input.to_owned());
        (first != input).then(|| {
            format!(
                "its result would have the name of the result of {}; cut it out into another folder",
                first.display()
            )
        })
    }
}

/// The paths that a result may get: with `auto`, the picture decides between two.
fn candidates(stem: &Path, extension: Option<&str>) -> Vec<PathBuf> {
    let extensions: &[&str] = match &extension {
        Some(extension) => &[extension],
        None => &["png", "jpg"],
    };
    extensions.iter().map(|extension| with_extension(stem, extension)).collect()
}

/// An existing result that must not be replaced.
fn existing(output: &Output, args: &ImageArgs) -> Option<PathBuf> {
    let Output::File { stem, extension } = output else { return None };
    if args.force {
        return None;
    }
    let first = if args.matte.split { numbered(stem, 1) } else { stem.clone() };
    candidates(&first, extension.as_deref()).into_iter().find(|path| path.is_file())
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
            Output::Stdout | Output::Stream(_) => None,
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
                Output::Stdout | Output::Stream(_) => "-".to_owned(),
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
    fn a_name_does_not_depend_on_other_inputs() {
        assert_eq!(outputs(&["in/a.jpg"], Some("x/")), ["x/a.png"]);
        assert_eq!(outputs(&["in/a.jpg", "in/b.png"], Some("x")), ["x/a.png", "x/b.png"]);
        assert_eq!(outputs(&["in/a.jpg", "in/a.png"], Some("x")), ["x/a.png", "x/a.png"]);
    }

    #[test]
    fn the_second_input_with_the_same_result_is_refused() {
        let output = Output::File { stem: "x/a".into(), extension: Some("png".to_owned()) };
        let mut taken = Taken::by(&[]);
        assert_eq!(taken.conflict(Path::new("in/a.jpg"), &output), None);
        let conflict = taken.conflict(Path::new("in/a.png"), &output).expect("a conflict");
        assert!(conflict.contains("in/a.jpg"), "{conflict}");
    }
}
