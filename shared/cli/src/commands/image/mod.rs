//! `sansfond image`: files in, cutouts out.
//!
//! Inputs, outputs, colors and backgrounds are checked before the model is loaded. Then a few workers process
//! one picture each, from reading to writing, and share one network: one picture is decoded and another
//! encoded while a third is in the network.

mod plan;
mod report;
mod work;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::sync_channel;
use std::time::Duration;

use anyhow::Result;
use indicatif::{ProgressBar, ProgressStyle};
use sansfond_matting::{Catalog, MattingModel};

use super::engine;
use crate::args::ImageArgs;
use crate::options;
use plan::Plan;
use report::{PictureOutcome, Report};
use work::PictureJob;

/// `library` is the ONNX Runtime that is used if our own folder contains none.
pub(crate) fn run(args: &ImageArgs, library: Option<&Path>) -> Result<ExitCode> {
    let catalog = Catalog::shipped();
    let model = catalog.model(&engine::chosen_model(&args.model, &catalog)?)?;
    engine::check_model_options(&args.model, model)?;
    let encoding = options::encoding(&args.file, args.output.as_deref())?;
    let job = PictureJob {
        limits: options::limits(&args.limits),
        cutout: options::cutout(args)?,
        composition: options::composition(args)?,
        encoding,
        part: args.file.only,
        split: args.matte.split,
    };
    let plan = Plan::make(args, encoding.format)?;
    if plan.to_do.is_empty() {
        if !args.quiet {
            for result in &plan.skipped {
                eprintln!("{} exists and is skipped; use --force to overwrite it", result.display());
            }
        }
        return Ok(Report::new(model, None, failures(plan.failed, args), plan.skipped).finish(args));
    }

    let matting_model = engine::load(&args.model, model, library)?;
    if !args.quiet {
        eprintln!(
            "{} on {}; commercial use: {}",
            model.name,
            matting_model.provider(),
            model.license.commercial
        );
    }
    let mut outcomes = process(&plan, &job, &matting_model, args);
    outcomes.extend(failures(plan.failed, args));
    Ok(Report::new(model, Some(matting_model.provider()), outcomes, plan.skipped).finish(args))
}

/// Announces the inputs that failed before any work began.
fn failures(failed: Vec<(PathBuf, String)>, args: &ImageArgs) -> Vec<PictureOutcome> {
    let outcomes = failed.into_iter().map(|(input, reason)| PictureOutcome {
        input,
        result: Err(reason),
        took: Duration::ZERO,
    });
    outcomes.inspect(|outcome| report::announce(outcome, args)).collect()
}

fn process(
    plan: &Plan,
    job: &PictureJob,
    matting_model: &MattingModel,
    args: &ImageArgs,
) -> Vec<PictureOutcome> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let workers = args.jobs.map_or(cores, usize::from).min(plan.to_do.len());
    let bar = progress(plan.to_do.len() as u64, args);
    let next = AtomicUsize::new(0);
    let (done, finished) = sync_channel(workers);
    let mut outcomes: Vec<Option<PictureOutcome>> = plan.to_do.iter().map(|_| None).collect();
    std::thread::scope(|scope| {
        for _ in 0..workers {
            let (done, next) = (done.clone(), &next);
            scope.spawn(move || {
                while let Some((index, task)) = Some(next.fetch_add(1, Ordering::Relaxed))
                    .and_then(|index| Some((index, plan.to_do.get(index)?)))
                {
                    // The receiver lives until all workers are done.
                    let _received = done.send((index, job.run(task, matting_model)));
                }
            });
        }
        drop(done);
        for (index, outcome) in finished {
            bar.suspend(|| report::announce(&outcome, args));
            bar.inc(1);
            outcomes[index] = Some(outcome);
        }
    });
    bar.finish_and_clear();
    outcomes.into_iter().flatten().collect()
}

fn progress(length: u64, args: &ImageArgs) -> ProgressBar {
    if args.quiet || length < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len}  {per_sec}  {eta} left")
        .expect("a valid template");
    ProgressBar::new(length).with_style(style)
}
