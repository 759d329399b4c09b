//! A warm process for the benchmarks: loads a model once, then cuts out each picture whose path arrives on
//! standard input and prints the time of each stage, one JSON line per picture.
//!
//! `stages --provider cpu --recipe rembg --threads 2 --compression fast [--model NAME]`

use std::io::BufRead;
use std::path::PathBuf;
use std::time::Instant;

use sansfond_imaging::{
    Composition, EncodeOptions, ImageFormat, Limits, PngCompression, compose, decode, encode,
};
use sansfond_matting::runtime::RuntimeHome;
use sansfond_matting::{
    Catalog, CutoutOptions, LoadOptions, MattingModel, Provider, Runtime, WeightStore, cut_out,
};
use sansfond_telemetry::settings;

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let catalog = Catalog::shipped();
    let home = settings::optional("SANSFOND_HOME")?.unwrap_or_else(|| PathBuf::from(".sansfond"));
    let provider: Provider = argument("--provider").unwrap_or("auto".to_owned()).parse()?;
    let runtime = Runtime::load(&RuntimeHome::new(home.join("runtime"), None), provider)?;
    let model = catalog.model(&argument("--model").unwrap_or(catalog.default.clone()))?;
    let threads = argument("--threads").map(|threads| threads.parse()).transpose()?;
    let load = LoadOptions { threads, ..LoadOptions::default() };
    let matting_model = MattingModel::load(&runtime, &WeightStore::new(home.join("models")), model, &load)?;
    let options = match argument("--recipe").as_deref() {
        Some("rembg") => CutoutOptions::like_rembg(),
        _ => CutoutOptions::default(),
    };
    let compression = match argument("--compression").as_deref() {
        Some("best") => PngCompression::Best,
        Some("balanced") => PngCompression::Balanced,
        _ => PngCompression::Fast,
    };
    let encoding = EncodeOptions { format: ImageFormat::Png, compression, ..EncodeOptions::default() };
    let limits = Limits { max_bytes: u64::MAX, ..Limits::default() };

    for path in std::io::stdin().lock().lines() {
        let started = Instant::now();
        let bytes = std::fs::read(path?)?;
        let picture = decode(&bytes, &limits)?;
        let decoded = started.elapsed();
        let result = cut_out(&matting_model, &picture, &options)?;
        let finished = started.elapsed();
        let png = encode(&compose(&result.cutout, &Composition::default(), false), &encoding)?;
        let total = started.elapsed();
        let ms = |took: std::time::Duration| took.as_secs_f64() * 1e3;
        let inside = result.timings.prepare + result.timings.inference;
        println!(
            r#"{{"decode_ms":{:.2},"prepare_ms":{:.2},"inference_ms":{:.2},"finish_ms":{:.2},"encode_ms":{:.2},"total_ms":{:.2},"png_bytes":{},"peak_mb":{}}}"#,
            ms(decoded),
            ms(result.timings.prepare),
            ms(result.timings.inference),
            ms((finished - decoded).saturating_sub(inside)),
            ms(total - finished),
            ms(total),
            png.len(),
            peak_mb(),
        );
    }
    Ok(())
}

/// The value after `--name`.
fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|word| word != name).nth(1)
}

/// Peak resident set size.
fn peak_mb() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok()).unwrap_or(0) / 1024
}
