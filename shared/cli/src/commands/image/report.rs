//! Output for the user: lines during the run, and a list of failures or a JSON report at the end.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use sansfond_matting::{Model, Provider, Subject, Timings};
use serde_json::{Map, Value, json};

use crate::args::ImageArgs;

pub(super) struct PictureOutcome {
    pub(super) input: PathBuf,
    pub(super) result: Result<PictureReport, String>,
    pub(super) took: Duration,
}

pub(super) struct PictureReport {
    pub(super) size: (u32, u32),
    pub(super) confidence: f32,
    pub(super) written: Vec<WrittenFile>,
    pub(super) subjects: Option<Vec<Subject>>,
    pub(super) decoding: Duration,
    pub(super) timings: Timings,
    pub(super) encoding: Duration,
}

pub(super) struct WrittenFile {
    pub(super) path: PathBuf,
    /// Width and height in pixels.
    pub(super) size: (u32, u32),
    pub(super) bytes: usize,
}

pub(super) struct Report<'a> {
    model: &'a Model,
    provider: Option<Provider>,
    outcomes: Vec<PictureOutcome>,
    skipped: Vec<PathBuf>,
}

impl<'a> Report<'a> {
    pub(super) fn new(
        model: &'a Model,
        provider: Option<Provider>,
        outcomes: Vec<PictureOutcome>,
        skipped: Vec<PathBuf>,
    ) -> Self {
        Self { model, provider, outcomes, skipped }
    }

    /// Prints the summary and returns the exit code.
    pub(super) fn finish(self, args: &ImageArgs) -> ExitCode {
        let failed: Vec<&PictureOutcome> =
            self.outcomes.iter().filter(|outcome| outcome.result.is_err()).collect();
        if args.json {
            let report = format!("{:#}", self.as_json());
            // Standard output has room for one of both.
            if args.output.as_deref() == Some(Path::new("-")) {
                eprintln!("{report}");
            } else {
                crate::commands::print(&report);
            }
        } else if self.outcomes.len() + self.skipped.len() > 1 {
            let done = self.outcomes.len() - failed.len();
            let skipped = match self.skipped.len() {
                0 => String::new(),
                count => format!(", {count} skipped because their results exist"),
            };
            if !args.quiet || !failed.is_empty() {
                eprintln!("{} cut out, {} failed{skipped}", pictures(done), failed.len());
            }
            for outcome in &failed {
                if let Err(error) = &outcome.result {
                    eprintln!("  {}: {error}", outcome.input.display());
                }
            }
        }
        if failed.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn as_json(&self) -> Value {
        json!({
            "model": self.model.name,
            "commercial_use": self.model.license.commercial.to_string(),
            "provider": self.provider.map(Provider::name),
            "pictures": self.outcomes.iter().map(PictureOutcome::as_json).collect::<Vec<_>>(),
            "skipped": self.skipped.iter().map(|path| text(path)).collect::<Vec<_>>(),
        })
    }
}

impl PictureOutcome {
    fn as_json(&self) -> Value {
        let took_ms = self.took.as_secs_f64() * 1e3;
        match &self.result {
            Err(error) => json!({ "input": text(&self.input), "error": error, "took_ms": took_ms }),
            Ok(done) => json!({
                "input": text(&self.input),
                "width": done.size.0,
                "height": done.size.1,
                "confidence": done.confidence,
                "outputs": done.written.iter().map(|file| json!({ "path": text(&file.path), "width": file.size.0, "height": file.size.1, "bytes": file.bytes })).collect::<Vec<_>>(),
                "subjects": done.subjects.as_ref().map(|subjects| subjects.iter().map(subject_as_json).collect::<Vec<_>>()),
                "took_ms": took_ms,
                "stages": done.stages().into_iter().map(|(stage, ms)| (stage.to_owned(), ms.into())).collect::<Map<_, _>>(),
            }),
        }
    }
}

/// A path in JSON, which has no characters for names that are not UTF-8: they are replaced.
fn text(path: &Path) -> String {
    path.display().to_string()
}

fn subject_as_json(subject: &Subject) -> Value {
    let bounds = subject.bounds;
    json!({
        "left": bounds.left,
        "top": bounds.top,
        "width": bounds.width,
        "height": bounds.height,
        "area": subject.area,
    })
}

/// Prints the line for a finished picture. The error of a single picture is printed here; the errors of many
/// are listed at the end.
pub(super) fn announce(outcome: &PictureOutcome, args: &ImageArgs) {
    match &outcome.result {
        Err(error) => eprintln!("sansfond: {}: {error}", outcome.input.display()),
        Ok(_) if args.quiet || args.json => {}
        Ok(done) => {
            for WrittenFile { path, size: (width, height), .. } in &done.written {
                eprintln!("{}  {width} × {height}  {:.2} s", path.display(), outcome.took.as_secs_f64());
            }
        }
    }
}

/// "1 picture", "2 pictures".
pub(super) fn pictures(count: usize) -> String {
    format!("{count} picture{}", if count == 1 { "" } else { "s" })
}
