//! Foreground estimation alone, for the benchmarks: `foreground IMAGE ALPHA OUT --repeat N` writes
//! the estimated colors as an opaque PNG and prints `{"ms":[…]}`.

use std::time::Instant;

use sansfond_matting::refine::foreground;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let words: Vec<String> = std::env::args().collect();
    let [_, picture, alpha, out, _, repeat] = &words[..] else {
        return Err("usage: foreground IMAGE ALPHA OUT --repeat N".into());
    };
    let (picture, alpha) = (image::open(picture)?.into_rgb8(), image::open(alpha)?.into_luma8());
    let mut took = Vec::new();
    let mut result = picture.clone();
    for _ in 0..repeat.parse::<usize>()?.max(1) {
        result.clone_from(&picture);
        let started = Instant::now();
        foreground::estimate(&mut result, &alpha, 1.0);
        took.push(format!("{:.3}", started.elapsed().as_secs_f64() * 1e3));
    }
    result.save(out)?;
    println!(r#"{{"ms":[{}]}}"#, took.join(","));
    Ok(())
}
