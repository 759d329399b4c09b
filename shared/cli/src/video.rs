//! `sansfond video`: cuts the subject out of a video.
//!
//! Inputs and options are checked before the model is loaded. The result gets its name only when it is
//! complete; Ctrl-C leaves no file behind.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

use anyhow::{Context, Result, bail};
use indicatif::{ProgressBar, ProgressStyle};
use sansfond_imaging::Limits as PictureLimits;
use sansfond_matting::matting_model::MatteRequest;
use sansfond_matting::{Catalog, CutoutOptions, Frames, MattingModel, Prompt};
use sansfond_video::sink::{Backdrop, Clip, Effort};
use sansfond_video::{
    Bytes, FrameSource, Limits, Pipeline, Progress, SinkOptions, SourceError, SourceOptions, Summary,
    VideoFormat,
};
use serde_json::json;

use crate::args::VideoArgs;
use crate::commands::{self, engine};
use crate::{options, paths};

pub(crate) fn run(args: &VideoArgs) -> Result<ExitCode> {
    let catalog = Catalog::shipped();
    let model = catalog.model(&engine::chosen_model(&args.model, &catalog)?)?;
    engine::check_model_options(&args.model, model)?;
    let sink = SinkOptions {
        format: format(args)?,
        background: backdrop(args)?,
        effort: if args.clip.preview { Effort::Preview } else { Effort::Final },
        ..SinkOptions::default()
    };
    check(&sink)?;
    let output = output(args, sink.format)?;
    let source = FrameSource::open(open(&args.input)?, &source_options(args))
        .map_err(|error| in_file(&args.input, error))?;

    let matting_model = engine::load(&args.model, model, None)?;
    if !args.quiet {
        eprintln!(
            "{} on {}; commercial use: {}",
            model.name,
            matting_model.provider(),
            model.license.commercial
        );
    }
    let started = Instant::now();
    let summary = cut_out(source, &matting_model, &sink, &output, args)?;
    let took_s = started.elapsed().as_secs_f64();
    if args.json {
        commands::print(&format!("{:#}", report(&summary, args, &output, took_s)));
    } else if !args.quiet {
        eprintln!(
            "{}  {} frames, {:.2} s of video in {took_s:.1} s",
            output.display(),
            summary.frames,
            summary.seconds
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn backdrop(args: &VideoArgs) -> Result<Backdrop> {
    let Some(path) = args.clip.bg_video.clone() else {
        return Ok(options::background(&args.background, &PictureLimits::default())?.into());
    };
    let source_options = SourceOptions { no_audio: true, limits: limits(), ..SourceOptions::default() };
    // Opened now, so that a failure shows before the model is loaded.
    FrameSource::open(open(&path)?, &source_options).map_err(|error| in_file(&path, error))?;
    Ok(Backdrop::Video(Arc::new(move || FrameSource::open(Bytes::open(&path)?, &source_options))))
}

/// The format from the option, else from the output's extension.
fn format(args: &VideoArgs) -> Result<VideoFormat> {
    match (&args.clip.format, paths::extension(args.output.as_deref())) {
        (Some(format), _) => Ok(format.parse()?),
        (None, Some("png")) => {
            bail!("a video cannot be written as one PNG; --format png writes a ZIP of its frames")
        }
        (None, Some(extension)) => extension.parse::<VideoFormat>().map_err(|error| {
            let output = args.output.as_deref().unwrap_or(Path::new("")).display();
            anyhow::anyhow!("{output}: {error}, as the extension or with --format")
        }),
        (None, None) => Ok(VideoFormat::default()),
    }
}

fn check(sink: &SinkOptions) -> Result<()> {
    if !sink.format.row().has_alpha && sink.background.is_transparent() {
        bail!(
            "{} has no transparency; choose a background with --bg-color, --bg-image, --bg-video or --bg-blur, or write .webm or .mov",
            sink.format.name().to_uppercase()
        );
    }
    Ok(sink.check()?)
}

/// The output's path; an existing file is not replaced without --force, and the input never.
fn output(args: &VideoArgs, format: VideoFormat) -> Result<PathBuf> {
    let named = |suffix: &str| {
        let mut name = args.input.file_stem().unwrap_or_default().to_owned();
        name.push(format!("{suffix}.{}", format.row().extension));
        name
    };
    let output = match &args.output {
        Some(folder) if paths::is_folder(folder) => {
            let input_folder = paths::identity(paths::folder_of(&args.input));
            let is_beside = input_folder.is_some() && paths::identity(folder) == input_folder;
            folder.join(named(if is_beside { paths::RESULT_SUFFIX } else { "" }))
        }
        Some(output) => output.clone(),
        None => args.input.with_file_name(named(paths::RESULT_SUFFIX)),
    };
    let existing = paths::identity(&output);
    if paths::is_stream(&output) {
        bail!(
            "{} is not a file; a video needs one that can be read again while it is written",
            output.display()
        );
    }
    if existing.is_some() && existing == paths::identity(&args.input) {
        bail!("the result would replace {}, which is the input; choose another name", output.display());
    }
    if existing.is_some() && !args.force {
        bail!("{} exists; use --force to overwrite it", output.display());
    }
    Ok(output)
}

fn open(input: &Path) -> Result<Bytes> {
    if input.is_dir() {
        bail!("{} is a folder; give the name of a video", input.display());
    }
    if !input.exists() {
        bail!("{} does not exist", input.display());
    }
    Bytes::open(input).map_err(|error| in_file(input, error))
}

fn in_file(input: &Path, error: SourceError) -> anyhow::Error {
    let text = format!("{}: {error}", input.display());
    anyhow::Error::from(error).context(text)
}

/// On a user's own machine only frames that would not fit into memory are rejected.
fn limits() -> Limits {
    Limits {
        max_pixels: 100_000_000,
        max_fps: f64::INFINITY,
        max_seconds: f64::INFINITY,
        max_frames: u64::MAX,
    }
}

fn source_options(args: &VideoArgs) -> SourceOptions {
    SourceOptions {
        from_s: args.clip.from,
        until_s: args.clip.until,
        max_side: args.clip.max_side,
        no_audio: args.clip.no_audio,
        limits: limits(),
        ..SourceOptions::default()
    }
}

fn cut_out(
    source: FrameSource,
    matting_model: &MattingModel,
    options: &SinkOptions,
    output: &Path,
    args: &VideoArgs,
) -> Result<Summary> {
    let folder = paths::folder_of(output);
    let unwritable = || format!("{} cannot be written to", folder.display());
    std::fs::create_dir_all(folder).with_context(unwritable)?;
    let cancel = Arc::new(AtomicBool::new(false));
    // Before the temporary file exists, which an interrupt would leave behind. A second Ctrl-C ends the program at once.
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register_conditional_shutdown(signal, 130, cancel.clone())?;
        signal_hook::flag::register(signal, cancel.clone())?;
    }
    let unfinished = paths::Unfinished::beside(output).with_context(unwritable)?;

    let bar = progress(source.expected_frames(), args);
    let sink = sansfond_video::open(&unfinished.temporary, Clip::of(&source), options)?;
    let frames = Frames::new(matting_model, frame_options(args));
    let pipeline = Pipeline { steady: !args.frames.no_steady, reuse: !args.frames.every_frame };
    let summary = pipeline.run(source, &frames, sink, &cancel, |progress: &Progress| {
        // The header promised too few frames.
        if progress.expected.is_some_and(|expected| progress.frames > expected) {
            bar.set_length(progress.frames);
        }
        bar.set_position(progress.frames);
    });
    bar.finish_and_clear();
    let summary = summary.map_err(|error| {
        let text = format!("{}: {error}", args.input.display());
        anyhow::Error::from(error).context(text)
    })?;
    unfinished
        .finish()
        .map_err(|error| anyhow::anyhow!("{} cannot be written: {error}", output.display()))?;
    Ok(summary)
}

fn frame_options(args: &VideoArgs) -> CutoutOptions {
    CutoutOptions {
        request: MatteRequest {
            prompt: Prompt(args.model.mark.clone()),
            cloth: args.model.cloth.unwrap_or_default(),
            ..MatteRequest::default()
        },
        refinement: args.frames.refine.map(options::refinement).unwrap_or_default(),
        foreground: args.frames.foreground.unwrap_or(1.0),
        ..CutoutOptions::default()
    }
}

fn progress(expected: Option<u64>, args: &VideoArgs) -> ProgressBar {
    if args.quiet || args.json {
        return ProgressBar::hidden();
    }
    let (bar, template) = match expected {
        Some(expected) => (ProgressBar::new(expected), "{bar:30} {pos}/{len} frames  {per_sec}  {eta} left"),
        None => (ProgressBar::new_spinner(), "{pos} frames  {per_sec}"),
    };
    bar.with_style(ProgressStyle::with_template(template).expect("a valid template"))
}

fn report(summary: &Summary, args: &VideoArgs, output: &Path, took_s: f64) -> serde_json::Value {
    let times = summary.times;
    json!({
        "input": args.input.display().to_string(),
        "output": output.display().to_string(),
        "bytes": std::fs::metadata(output).map(|file| file.len()).unwrap_or_default(),
        "frames": summary.frames,
        "inferred": summary.inferred,
        "cuts": summary.cuts,
        "seconds": summary.seconds,
        "damaged_packets": summary.damaged_packets,
        "took_s": took_s,
        "stages": {
            "decode_s": times.decode.as_secs_f64(),
            "matte_s": times.matte.as_secs_f64(),
            "finish_s": times.finish.as_secs_f64(),
            "encode_s": times.encode.as_secs_f64(),
        },
    })
}
