//! The command line's arguments and options. Nothing is opened or decided here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sansfond_imaging::layout::{Margins, Position, Scale};
use sansfond_imaging::{ImageFormat, Length, Region};
use sansfond_matting::{ClothCategory, Mark, Provider};

/// Remove the background from pictures and videos.
#[derive(Debug, Parser)]
#[command(name = "sansfond", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Log more: -v for steps, -vv for reasons, -vvv for everything.
    #[arg(short, long, action = clap::ArgAction::Count, global = true)]
    pub(crate) verbose: u8,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Cut the subject out of pictures.
    Image(Box<ImageArgs>),
    /// Cut the subject out of a video, frame by frame.
    Video(Box<VideoArgs>),
    /// List, fetch and verify models.
    Models(ModelsArgs),
    /// Print shell completions.
    Completions {
        /// Shell to print completions for.
        shell: clap_complete::Shell,
    },
}

const EXAMPLES: &str = "Examples:
  sansfond image photo.jpg -o cutout.png
  sansfond image holiday/ -o cutouts/ --format webp
  sansfond image shoe.jpg -o white.jpg --bg-color white --shadow --crop --crop-margin 10%
  curl -s https://example.com/cat.jpg | sansfond image - -o - > cat.png

rembg's commands work as they are: `sansfond i in.jpg out.png`, `sansfond p in/ out/`.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ImageArgs {
    /// Files, folders (with subfolders), patterns such as "*.jpg", or - for standard input.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// A file, a folder (any name without an extension; it is created if it does not exist), or - for
    /// standard output [default: NAME-cutout.EXT beside each input].
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,

    /// Overwrite existing files; otherwise they are skipped.
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Print a JSON report on standard output, or on standard error if the picture goes to standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print errors only.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Number of pictures to decode and encode in parallel [default: number of cores].
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=256))]
    pub(crate) jobs: Option<u16>,

    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) matte: MatteArgs,
    #[command(flatten)]
    pub(crate) background: BackgroundArgs,
    #[command(flatten)]
    pub(crate) shadow: ShadowArgs,
    #[command(flatten)]
    pub(crate) layout: LayoutArgs,
    #[command(flatten)]
    pub(crate) file: FileArgs,
    #[command(flatten)]
    pub(crate) limits: LimitArgs,
}

const VIDEO_EXAMPLES: &str = "Examples:
  sansfond video in.mp4 -o out.webm
  sansfond video in.mp4 -o office.mp4 --bg-image office.jpg
  sansfond video in.mov -o out.mov --until 10
  sansfond video in.mp4 -o look.webm --preview --until 3 --max-side 480";

#[derive(Debug, Args)]
#[command(after_help = VIDEO_EXAMPLES)]
pub(crate) struct VideoArgs {
    /// A video: MP4, MOV, WebM, MKV, AVI, GIF or MPEG-TS.
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,

    /// Output file [default: NAME-cutout.EXT beside the input].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Overwrite the output file if it exists.
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Print a JSON report on standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print errors only.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    #[command(flatten)]
    pub(crate) model: ModelArgs,
    #[command(flatten)]
    pub(crate) frames: FramesArgs,
    #[command(flatten)]
    pub(crate) background: BackgroundArgs,
    #[command(flatten)]
    pub(crate) clip: ClipArgs,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Matte")]
pub(crate) struct FramesArgs {
    /// How to refine edges at full resolution [default: guided].
    #[arg(long, value_enum)]
    pub(crate) refine: Option<Refine>,

    /// How much of the old background's color to remove from soft edges, 0 to 1 [default: 1].
    #[arg(long, value_name = "STRENGTH", value_parser = share)]
    pub(crate) foreground: Option<f32>,

    /// Use each frame's matte as the network returns it, without smoothing over time. Mattes may flicker.
    #[arg(long)]
    pub(crate) no_steady: bool,

    /// Run the network on every frame, even if hardly anything has changed.
    #[arg(long)]
    pub(crate) every_frame: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "File")]
pub(crate) struct ClipArgs {
    /// webm (VP9 with alpha, Opus), mov (ProRes 4444), mp4 (H.264 over a background), matte (MP4, the subject
    /// is white), zip (color.mp4 and alpha.mp4), webp, gif, or png (a ZIP of frames) [default: from the
    /// output's extension, else webm].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// Use another video as background, scaled to cover the frame and repeated when it ends.
    #[arg(long, value_name = "FILE", group = "bg", help_heading = "Background")]
    pub(crate) bg_video: Option<PathBuf>,

    /// Remove the sound.
    #[arg(long)]
    pub(crate) no_audio: bool,

    /// Start time, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = seconds)]
    pub(crate) from: f64,

    /// End time, in seconds from the start of the video.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) until: Option<f64>,

    /// Scale frames down to this length of the longer side, in pixels.
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u32).range(16..=16_384))]
    pub(crate) max_side: Option<u32>,

    /// Encode about four times as fast into a file a quarter larger, for a first look.
    #[arg(long)]
    pub(crate) preview: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// Model name; `sansfond models list` shows the models and their licenses.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// Use your own ONNX file with the input and output format of --model.
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,

    /// Execution provider: auto, cpu, openvino, cuda or tensorrt.
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<Provider>,

    /// Number of threads inside the network [default: number of cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// Mark the subject, in pixels (for Segment Anything; may be repeated): "x,y" is a point on it, "-x,y" a
    /// point outside it, "x1,y1,x2,y2" a box around it.
    #[arg(long, value_name = "MARK", allow_hyphen_values = true)]
    pub(crate) mark: Vec<Mark>,

    /// Clothes to cut out (for u2net_cloth_seg): all, upper, lower or full.
    #[arg(long, value_name = "CLOTHES")]
    pub(crate) cloth: Option<ClothCategory>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Matte")]
pub(crate) struct MatteArgs {
    /// Processing recipe. rembg uses rembg's normalization and rounding, and no refinement or color clean-up
    /// unless you ask for them.
    #[arg(long, value_enum, default_value_t = Recipe::Sansfond)]
    pub(crate) recipe: Recipe,

    /// How to refine edges at full resolution [default: guided].
    #[arg(long, value_enum)]
    pub(crate) refine: Option<Refine>,

    /// How much of the old background's color to remove from soft edges, 0 to 1 [default: 1].
    #[arg(long, value_name = "STRENGTH", value_parser = share)]
    pub(crate) foreground: Option<f32>,

    /// Make the matte hard and smooth, like rembg's option of that name.
    #[arg(long)]
    pub(crate) post_process_mask: bool,

    /// Look for the subject in this part of the picture only: "x1 y1 x2 y2" in pixels or percent.
    #[arg(long, value_name = "BOX", value_parser = parsed::<Region>)]
    pub(crate) roi: Option<Region>,

    /// A picture with strokes over the photo: green keeps, red removes, other colors do nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) strokes: Option<PathBuf>,

    /// Write one picture for each separate subject: NAME-1, NAME-2, the largest first.
    #[arg(long)]
    pub(crate) split: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Background")]
pub(crate) struct BackgroundArgs {
    /// Use a color as background: white, #fff, 336699cc.
    #[arg(long, value_name = "COLOR", group = "bg")]
    pub(crate) bg_color: Option<String>,

    /// Use a gradient as background, from top to bottom or at an angle: "#fff,#ccc" or "90deg,red,gold,red".
    #[arg(long, value_name = "COLORS", group = "bg")]
    pub(crate) bg_gradient: Option<String>,

    /// Use a picture as background, scaled to cover and centered.
    #[arg(long, value_name = "FILE", group = "bg")]
    pub(crate) bg_image: Option<PathBuf>,

    /// Blur the original background, by this length in pixels or percent of the longer side.
    #[arg(long, value_name = "LENGTH", num_args = 0..=1, default_missing_value = "2%", require_equals = true, group = "bg")]
    pub(crate) bg_blur: Option<Length>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Background")]
pub(crate) struct ShadowArgs {
    /// Add a soft shadow.
    #[arg(long)]
    pub(crate) shadow: bool,

    /// Shadow offset to the right and down, in pixels or percent of the subject.
    #[arg(long, value_names = ["X", "Y"], requires = "shadow", num_args = 2, allow_hyphen_values = true)]
    pub(crate) shadow_offset: Option<Vec<Length>>,

    /// Shadow blur, in pixels or percent of the subject.
    #[arg(long, value_name = "LENGTH", requires = "shadow")]
    pub(crate) shadow_blur: Option<Length>,

    /// Shadow opacity in percent: 0 is invisible, 100 is black.
    #[arg(long, value_name = "PERCENT", requires = "shadow", value_parser = percent)]
    pub(crate) shadow_opacity: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Layout")]
pub(crate) struct LayoutArgs {
    /// Crop to the subject.
    #[arg(long)]
    pub(crate) crop: bool,

    /// Margin around a cropped subject: one, two or four lengths as in CSS.
    #[arg(long, value_name = "LENGTHS", requires = "crop", value_parser = parsed::<Margins>)]
    pub(crate) crop_margin: Option<Margins>,

    /// Size of the subject on the canvas: 10% to 100%, or original.
    #[arg(long, value_name = "SHARE", value_parser = parsed::<Scale>)]
    pub(crate) scale: Option<Scale>,

    /// Position of the subject: original, center, "50%", "10% 90%".
    #[arg(long, value_name = "PLACE", value_parser = parsed::<Position>)]
    pub(crate) position: Option<Position>,

    /// Maximum size of the result: preview (0.25 megapixels), medium (1.5), hd (4), full (25), 50mp, or a
    /// number of megapixels.
    #[arg(long, value_name = "SIZE", value_parser = size_cap)]
    pub(crate) size: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "File")]
pub(crate) struct FileArgs {
    /// png, webp, jpg (transparent pixels become white), zip (color.jpg and alpha.png), or auto: jpg if
    /// nothing is transparent, else png [default: from the output's extension, else png].
    #[arg(long, value_name = "FORMAT", value_parser = parsed::<ImageFormat>)]
    pub(crate) format: Option<ImageFormat>,

    /// Part of the result to write.
    #[arg(long, value_enum, default_value_t = Part::Cutout)]
    pub(crate) only: Part,

    /// JPEG and WebP quality, 1 to 100 [default: 90].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) quality: Option<u8>,

    /// Write lossless WebP.
    #[arg(long)]
    pub(crate) lossless: bool,

    /// PNG compression.
    #[arg(long, value_enum, default_value_t = Compression::Fast)]
    pub(crate) compression: Compression,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Maximum size of an input file, in MB.
    #[arg(long, value_name = "MB", default_value_t = 22)]
    pub(crate) max_mb: u64,

    /// Maximum size of an input picture, in megapixels.
    #[arg(long, value_name = "MP", default_value_t = 50)]
    pub(crate) max_megapixels: u64,

    /// Maximum side of an input picture, in pixels.
    #[arg(long, value_name = "PX", default_value_t = 16_384)]
    pub(crate) max_side: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Recipe {
    /// Sansfond's own.
    Sansfond,
    /// The same numbers as rembg.
    Rembg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Refine {
    /// Enlarge the matte without refinement.
    None,
    /// Follow the edges of the picture.
    Guided,
    /// Follow the edges, and estimate soft pixels again from the colors around them.
    Edges,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The finished picture.
    Cutout,
    /// The matte only, white for the subject.
    Matte,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    /// A fifteenth of the time of balanced; files are about a seventh larger.
    Fast,
    /// As small as common tools make it.
    Balanced,
    /// As small as possible.
    Best,
}

#[derive(Debug, Args)]
pub(crate) struct ModelsArgs {
    #[command(subcommand)]
    pub(crate) command: ModelsCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ModelsCommand {
    /// List all models with their licenses and whether they are installed.
    List {
        /// Print JSON with all properties from the catalog.
        #[arg(long)]
        json: bool,
    },
    /// Download the weights of a model.
    Fetch(FetchArgs),
    /// Hash installed weights and compare with the catalog.
    Verify {
        /// Models to verify [default: all installed models].
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// Model name.
    pub(crate) name: String,

    /// Install from a file that you have already, for machines without a network. Repeat it for each file of
    /// the model, in the order of the catalog.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Vec<PathBuf>,

    /// Server with copies under their file names; it is tried before the catalog's sources.
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,

    /// Download again even if the weights are installed and correct.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Adapts a `FromStr` with an error that is not `Clone`, or a type that clap cannot infer.
fn parsed<T: std::str::FromStr<Err: ToString>>(text: &str) -> Result<T, String> {
    text.parse().map_err(|error: T::Err| error.to_string())
}

fn share(text: &str) -> Result<f32, String> {
    match text.parse() {
        Ok(share) if (0.0..=1.0).contains(&share) => Ok(share),
        _ => Err("write a number from 0 to 1".to_owned()),
    }
}

fn percent(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('%').parse() {
        Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(percent),
        _ => Err("write a number from 0 to 100".to_owned()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.trim_end_matches('s').parse() {
        Ok(seconds) if (0.0..1e7).contains(&seconds) => Ok(seconds),
        _ => Err("write a number of seconds, like 2.5".to_owned()),
    }
}

/// The size caps of remove.bg, in pixels.
fn size_cap(text: &str) -> Result<u64, String> {
    let megapixels = match text.to_ascii_lowercase().as_str() {
        "preview" | "small" | "regular" => 0.25,
        "medium" => 1.5,
        "hd" => 4.0,
        "full" | "4k" => 25.0,
        other => other
            .trim_end_matches("mp")
            .parse()
            .ok()
            .filter(|number: &f64| (0.000_1..=1000.0).contains(number))
            .ok_or("write preview, medium, hd, full, 50mp, or a number of megapixels")?,
    };
    Ok((megapixels * 1e6) as u64)
}
