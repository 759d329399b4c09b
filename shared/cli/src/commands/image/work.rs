//! Processes one picture, from reading to writing. Nothing is written before everything has succeeded.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::Result;
use sansfond_imaging::{
    Composition, Cutout, DecodeError, EncodeOptions, ImageFormat, Limits, compose, decode, encode,
    encode_matte, format_for,
};
use sansfond_matting::subjects::Subjects;
use sansfond_matting::{CutoutOptions, CutoutResult, MattingModel, Timings, cut_out};

use super::plan::{Input, Output, PictureTask, numbered, plain, with_extension};
use super::report::{PictureOutcome, PictureReport, WrittenFile};
use crate::args::Part;
use crate::paths;

/// Options that are the same for every picture.
pub(super) struct PictureJob {
    pub(super) limits: Limits,
    pub(super) cutout: CutoutOptions,
    pub(super) composition: Composition,
    pub(super) encoding: EncodeOptions,
    pub(super) part: Part,
    pub(super) split: bool,
}

impl PictureJob {
    pub(super) fn run(&self, task: &PictureTask, matting_model: &MattingModel) -> PictureOutcome {
        let input = match &task.input {
            Input::Stdin => PathBuf::from("-"),
            Input::File(path) => path.clone(),
        };
        let started = Instant::now();
        match self.try_run(task, matting_model) {
            Ok(done) => PictureOutcome { input, result: Ok(done), took: started.elapsed() },
            Err(error) => {
                tracing::debug!(input = %input.display(), "{error:?}");
                PictureOutcome { input, result: Err(error.to_string()), took: started.elapsed() }
            }
        }
    }

    fn try_run(&self, task: &PictureTask, matting_model: &MattingModel) -> Result<PictureReport> {
        let bytes = self.read(&task.input)?;
        let started = Instant::now();
        let picture = decode(&bytes, &self.limits).map_err(with_limit_option)?;
        let decoding = started.elapsed();
        drop(bytes);
        let size = picture.dimensions();
        let CutoutResult { cutout, confidence, timings } = cut_out(matting_model, &picture, &self.cutout)?;
        drop(picture);

        let subjects = self.split.then(|| Subjects::find(&cutout.alpha));
        let started = Instant::now();
        let mut encoded = Vec::new();
        match &subjects {
            None => encoded.push(self.encode(&cutout)?),
            Some(subjects) => {
                for subject in &subjects.list {
                    let alpha = subjects.only(subject, &cutout.alpha);
                    encoded.push(self.encode(&Cutout { color: cutout.color.clone(), alpha })?);
                }
            }
        }
        let encoding = started.elapsed();
        let mut written = Vec::new();
        for (index, Encoded { bytes, format, size }) in encoded.into_iter().enumerate() {
            let number = subjects.is_some().then_some(index + 1);
            let path = write(&task.output, number, &bytes, format)?;
            written.push(WrittenFile { path, size, bytes: bytes.len() });
        }
        Ok(PictureReport {
            size,
            confidence,
            written,
            subjects: subjects.map(|found| found.list),
            decoding,
            timings,
            encoding,
        })
    }

    fn read(&self, input: &Input) -> Result<Vec<u8>> {
        // One byte more than the limit shows that the file is too large.
        let most = self.limits.max_bytes.saturating_add(1);
        let mut bytes = Vec::new();
        match input {
            Input::Stdin => io::stdin().lock().take(most).read_to_end(&mut bytes),
            Input::File(path) => {
                fs::File::open(path).and_then(|file| file.take(most).read_to_end(&mut bytes))
            }
        }
        .map_err(|error| anyhow::anyhow!("the input cannot be read: {}", plain(&error)))?;
        Ok(bytes)
    }

    fn encode(&self, cutout: &Cutout) -> Result<Encoded> {
        let keep_color = self.encoding.format == ImageFormat::Zip && self.part == Part::Cutout;
        let composed = compose(cutout, &self.composition, keep_color);
        let size = composed.image.dimensions();
        Ok(match self.part {
            Part::Cutout => Encoded {
                bytes: encode(&composed, &self.encoding)?,
                format: format_for(self.encoding.format, &composed.image),
                size,
            },
            Part::Matte => Encoded {
                bytes: encode_matte(&composed.matte, &self.encoding)?,
                format: self.encoding.format.row().matte,
                size,
            },
        })
    }
}

/// Adds the name of the option that raises the limit.
fn with_limit_option(error: DecodeError) -> anyhow::Error {
    let option = match &error {
        DecodeError::TooManyBytes { .. } => "--max-mb",
        DecodeError::TooManyPixels { .. } => "--max-megapixels",
        DecodeError::SideTooLong { .. } => "--max-side",
        _ => return error.into(),
    };
    anyhow::anyhow!("{error} ({option})")
}

/// A picture that is ready to be written.
struct Encoded {
    bytes: Vec<u8>,
    format: ImageFormat,
    size: (u32, u32),
}

fn write(output: &Output, number: Option<usize>, bytes: &[u8], format: ImageFormat) -> Result<PathBuf> {
    let (stem, extension) = match output {
        Output::Stdout => {
            io::stdout().lock().write_all(bytes)?;
            return Ok(PathBuf::from("-"));
        }
        Output::Stream(path) => {
            paths::write(path, bytes).map_err(|error| unwritten(path, &error))?;
            return Ok(path.clone());
        }
        Output::File { stem, extension } => (stem, extension.as_deref().unwrap_or(format.row().extension)),
    };
    let stem = number.map_or_else(|| stem.clone(), |number| numbered(stem, number));
    let path = with_extension(&stem, extension);
    paths::write(&path, bytes).map_err(|error| unwritten(&path, &error))?;
    Ok(path)
}

fn unwritten(path: &Path, error: &io::Error) -> anyhow::Error {
    anyhow::anyhow!("{} cannot be written: {}", path.display(), plain(error))
}

impl PictureReport {
    /// The stages in the order of their execution, in milliseconds.
    pub(super) fn stages(&self) -> [(&'static str, f64); 6] {
        let Timings { prepare, inference, refine, foreground } = self.timings;
        let ms = |took: Duration| took.as_secs_f64() * 1e3;
        [
            ("decode_ms", ms(self.decoding)),
            ("prepare_ms", ms(prepare)),
            ("inference_ms", ms(inference)),
            ("refine_ms", ms(refine)),
            ("foreground_ms", ms(foreground)),
            ("encode_ms", ms(self.encoding)),
        ]
    }
}
