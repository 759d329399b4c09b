//! Mattes of frames of one size for `infra/check/gpu_check.py`: one JSON line for each number of frames asked about at once.
//!
//! `frames --provider cuda --picture photo.png --size 1280x720 --frames 64 --batches 1,8 [--model NAME]`

use std::path::PathBuf;
use std::time::Instant;

use image::imageops::{FilterType, resize};
use sansfond_imaging::{Limits, Picture, decode};
use sansfond_matting::runtime::RuntimeHome;
use sansfond_matting::{Catalog, CutoutOptions, Frames, LoadOptions, MattingModel, Runtime, WeightStore};
use sansfond_telemetry::settings;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let catalog = Catalog::shipped();
    let home = settings::optional("SANSFOND_HOME")?.unwrap_or_else(|| PathBuf::from(".sansfond"));
    let provider = argument("--provider").unwrap_or("auto".to_owned()).parse()?;
    let runtime = Runtime::load(&RuntimeHome::new(home.join("runtime"), None), provider)?;
    let model = catalog.model(&argument("--model").unwrap_or(catalog.default.clone()))?;
    let started = Instant::now();
    let matting_model =
        MattingModel::load(&runtime, &WeightStore::new(home.join("models")), model, &LoadOptions::default())?;
    let load_s = started.elapsed().as_secs_f64();

    let size = argument("--size").unwrap_or("1280x720".to_owned());
    let (width, height) = size.split_once('x').ok_or("--size is WIDTHxHEIGHT")?;
    let bytes = std::fs::read(argument("--picture").ok_or("--picture names a photograph")?)?;
    let color = decode(&bytes, &Limits::default())?.color;
    let color = resize(&color, width.parse()?, height.parse()?, FilterType::Triangle);
    let picture = Picture { color, alpha: None };
    let count: usize = argument("--frames").unwrap_or("32".to_owned()).parse()?;
    for batch in argument("--batches").unwrap_or("1".to_owned()).split(',') {
        let batch: usize = batch.parse()?;
        let frames = Frames::new(&matting_model, CutoutOptions::default()).in_batches_of(batch);
        if frames.batch() != batch {
            println!(r#"{{"batch":{batch},"refused":"the model takes one frame at a time"}}"#);
            continue;
        }
        let together = vec![&picture; batch];
        // The first one chooses kernels and fills memory pools.
        let first = Instant::now();
        frames.mattes(&together)?;
        let first_s = first.elapsed().as_secs_f64();
        let started = Instant::now();
        let rounds = count.div_ceil(batch);
        for _ in 0..rounds {
            frames.mattes(&together)?;
        }
        let per_second = (rounds * batch) as f64 / started.elapsed().as_secs_f64();
        if frames.batch() != batch {
            println!(r#"{{"batch":{batch},"refused":"the memory is too small"}}"#);
            continue;
        }
        println!(
            r#"{{"batch":{batch},"load_s":{load_s:.2},"first_s":{first_s:.3},"frames_per_s":{per_second:.3}}}"#
        );
    }
    Ok(())
}

fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}
