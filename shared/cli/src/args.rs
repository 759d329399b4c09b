//! The command line, as it is written. Nothing is opened or decided here.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use sansfond_imaging::layout::{Margins, Position, Scale};
use sansfond_imaging::{Length, OutputFormat, Region};
use sansfond_matting::{ClothCategory, Mark, Provider};

/// Remove the background from pictures and videos.
#[derive(Debug, Parser)]
#[command(name = "sansfond", version, max_term_width = 100, arg_required_else_help = true)]
pub(crate) struct Cli {
    /// Say more: -v what is done, -vv why, -vvv everything.
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
    /// Print completions for a shell.
    Completions {
        /// The shell.
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
    /// Files, folders (with everything in them), patterns like "*.jpg", or - for standard input.
    #[arg(required = true, value_name = "INPUT")]
    pub(crate) inputs: Vec<PathBuf>,

    /// A file, a folder (also one that does not exist yet: any name without an extension), or - for
    /// standard output [default: NAME-cutout.EXT beside each input].
    #[arg(short, long, value_name = "PATH")]
    pub(crate) output: Option<PathBuf>,

    /// Replace files that exist; without it they are skipped.
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Print a report in JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing but errors.
    #[arg(short, long)]
    pub(crate) quiet: bool,

    /// Pictures that are decoded and encoded at the same time [default: number of cores].
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
    /// MP4, MOV, WebM, MKV, AVI, GIF or MPEG-TS.
    #[arg(value_name = "INPUT")]
    pub(crate) input: PathBuf,

    /// The file to write [default: NAME-cutout.EXT beside the input].
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,

    /// Replace a file that exists.
    #[arg(short, long)]
    pub(crate) force: bool,

    /// Print a report in JSON on standard output.
    #[arg(long)]
    pub(crate) json: bool,

    /// Print nothing but errors.
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
    /// How the edge is found at full resolution [default: guided].
    #[arg(long, value_enum)]
    pub(crate) refine: Option<Refine>,

    /// How far the old background's color is taken out of soft edges, 0 to 1 [default: 1].
    #[arg(long, value_name = "STRENGTH", value_parser = share)]
    pub(crate) foreground: Option<f32>,

    /// Take every matte as the network gives it, without looking at the frames around: it flickers.
    #[arg(long)]
    pub(crate) no_steady: bool,

    /// Ask the network about every frame, also where hardly anything has changed.
    #[arg(long)]
    pub(crate) every_frame: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "File")]
pub(crate) struct ClipArgs {
    /// webm (VP9 with alpha, Opus), mov (ProRes 4444), mp4 (H.264 over a background), matte (MP4, white
    /// for subject), zip (color.mp4 and alpha.mp4), webp, gif, or png (a ZIP of frames) [default: by the
    /// name of the output, else webm].
    #[arg(long, value_name = "FORMAT")]
    pub(crate) format: Option<String>,

    /// Another video as background, scaled to cover; it begins again when it ends.
    #[arg(long, value_name = "FILE", group = "bg", help_heading = "Background")]
    pub(crate) bg_video: Option<PathBuf>,

    /// Leave the sound out.
    #[arg(long)]
    pub(crate) no_audio: bool,

    /// Begin here, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 0.0, value_parser = seconds)]
    pub(crate) from: f64,

    /// End here, in seconds from the start of the video.
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(crate) until: Option<f64>,

    /// Make frames smaller: the longest side, in pixels.
    #[arg(long, value_name = "PX", value_parser = clap::value_parser!(u32).range(16..=16_384))]
    pub(crate) max_side: Option<u32>,

    /// Encode four times as fast, a quarter larger: for a first look.
    #[arg(long)]
    pub(crate) preview: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Model")]
pub(crate) struct ModelArgs {
    /// Model by name; `sansfond models list` shows them with their licenses.
    #[arg(short, long, value_name = "NAME")]
    pub(crate) model: Option<String>,

    /// An ONNX file of your own, run with the input and output of --model.
    #[arg(long, value_name = "FILE")]
    pub(crate) weights: Option<PathBuf>,

    /// Who runs the network: auto, cpu, openvino, cuda, tensorrt.
    #[arg(long, value_name = "NAME")]
    pub(crate) provider: Option<Provider>,

    /// Threads inside the network [default: number of cores].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) threads: Option<u16>,

    /// What is the subject, in pixels (for Segment Anything; may be repeated): "x,y" a point on it,
    /// "-x,y" a point that is not, "x1,y1,x2,y2" a box around it.
    #[arg(long, value_name = "MARK", allow_hyphen_values = true)]
    pub(crate) mark: Vec<Mark>,

    /// Which clothes are the subject (for u2net_cloth_seg): all, upper, lower, full.
    #[arg(long, value_name = "CLOTHES")]
    pub(crate) cloth: Option<ClothCategory>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Matte")]
pub(crate) struct MatteArgs {
    /// Whose habits to follow. With rembg: its normalization, its rounding, no refinement and no
    /// color clean-up, unless you ask for them.
    #[arg(long, value_enum, default_value_t = Recipe::Sansfond)]
    pub(crate) recipe: Recipe,

    /// How the edge is found at full resolution [default: guided].
    #[arg(long, value_enum)]
    pub(crate) refine: Option<Refine>,

    /// How far the old background's color is taken out of soft edges, 0 to 1 [default: 1].
    #[arg(long, value_name = "STRENGTH", value_parser = share)]
    pub(crate) foreground: Option<f32>,

    /// Make the matte hard and smooth, as rembg's option of that name does.
    #[arg(long)]
    pub(crate) post_process_mask: bool,

    /// The only part that is looked at and that may be subject: "x1 y1 x2 y2" in pixels or percent.
    #[arg(long, value_name = "BOX", value_parser = parsed::<Region>)]
    pub(crate) roi: Option<Region>,

    /// A picture painted over the photo: green keeps, red removes, the rest does nothing.
    #[arg(long, value_name = "FILE")]
    pub(crate) strokes: Option<PathBuf>,

    /// Write one picture for each separate subject: NAME-1, NAME-2, the largest first.
    #[arg(long)]
    pub(crate) split: bool,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Background")]
pub(crate) struct BackgroundArgs {
    /// A color: white, #fff, 336699cc.
    #[arg(long, value_name = "COLOR", group = "bg")]
    pub(crate) bg_color: Option<String>,

    /// A gradient, from top to bottom or at an angle: "#fff,#ccc" or "90deg,red,gold,red".
    #[arg(long, value_name = "COLORS", group = "bg")]
    pub(crate) bg_gradient: Option<String>,

    /// A picture, scaled to cover and centered.
    #[arg(long, value_name = "FILE", group = "bg")]
    pub(crate) bg_image: Option<PathBuf>,

    /// The original background, blurred; the strength in pixels or percent of the picture's longer side.
    #[arg(long, value_name = "LENGTH", num_args = 0..=1, default_missing_value = "2%", require_equals = true, group = "bg")]
    pub(crate) bg_blur: Option<Length>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Background")]
pub(crate) struct ShadowArgs {
    /// Throw a soft shadow.
    #[arg(long)]
    pub(crate) shadow: bool,

    /// Where the shadow falls, to the right and down, in pixels or percent of the subject.
    #[arg(long, value_names = ["X", "Y"], requires = "shadow", num_args = 2, allow_hyphen_values = true)]
    pub(crate) shadow_offset: Option<Vec<Length>>,

    /// How soft the shadow is, in pixels or percent of the subject.
    #[arg(long, value_name = "LENGTH", requires = "shadow")]
    pub(crate) shadow_blur: Option<Length>,

    /// How dark the shadow is, in percent: 0 is invisible, 100 is black.
    #[arg(long, value_name = "PERCENT", requires = "shadow", value_parser = percent)]
    pub(crate) shadow_opacity: Option<f64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Layout")]
pub(crate) struct LayoutArgs {
    /// Cut the empty border off.
    #[arg(long)]
    pub(crate) crop: bool,

    /// Space that is left around a cropped subject: one, two or four lengths as in CSS.
    #[arg(long, value_name = "LENGTHS", requires = "crop", value_parser = parsed::<Margins>)]
    pub(crate) crop_margin: Option<Margins>,

    /// Size of the subject on the canvas: 10% to 100%, or original.
    #[arg(long, value_name = "SHARE", value_parser = parsed::<Scale>)]
    pub(crate) scale: Option<Scale>,

    /// Place of the subject: original, center, "50%", "10% 90%".
    #[arg(long, value_name = "PLACE", value_parser = parsed::<Position>)]
    pub(crate) position: Option<Position>,

    /// Largest result: preview (0.25 megapixels), medium (1.5), hd (4), full (25), 50mp, or a number
    /// of megapixels.
    #[arg(long, value_name = "SIZE", value_parser = size_cap)]
    pub(crate) size: Option<u64>,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "File")]
pub(crate) struct FileArgs {
    /// png, webp, jpg (white where nothing is), zip (color.jpg and alpha.png), or auto: jpg if nothing
    /// is transparent, else png [default: by the name of the output, else png].
    #[arg(long, value_name = "FORMAT", value_parser = parsed::<OutputFormat>)]
    pub(crate) format: Option<OutputFormat>,

    /// Write this part only.
    #[arg(long, value_enum, default_value_t = Part::Cutout)]
    pub(crate) only: Part,

    /// JPEG and WebP quality, 1 to 100 [default: 90].
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=100))]
    pub(crate) quality: Option<u8>,

    /// WebP without loss.
    #[arg(long)]
    pub(crate) lossless: bool,

    /// How small PNG files are made.
    #[arg(long, value_enum, default_value_t = Compression::Fast)]
    pub(crate) compression: Compression,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitArgs {
    /// Largest input file, in MB.
    #[arg(long, value_name = "MB", default_value_t = 22)]
    pub(crate) max_mb: u64,

    /// Largest input picture, in megapixels.
    #[arg(long, value_name = "MP", default_value_t = 50)]
    pub(crate) max_megapixels: u64,

    /// Longest side of an input picture, in pixels.
    #[arg(long, value_name = "PX", default_value_t = 16_384)]
    pub(crate) max_side: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Recipe {
    /// Ours.
    Sansfond,
    /// Number for number what rembg does.
    Rembg,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Refine {
    /// Plain enlargement.
    None,
    /// Along the picture's own edges.
    Guided,
    /// The same, and soft pixels are found again from the colors around them.
    Edges,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// The finished picture.
    Cutout,
    /// The matte alone, white for subject.
    Matte,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    /// A fifteenth of the time of balanced, about a seventh larger.
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
    /// Show every model, its license, and whether it is here.
    List {
        /// In JSON, with everything that the catalog knows.
        #[arg(long)]
        json: bool,
    },
    /// Get the weights of a model.
    Fetch(FetchArgs),
    /// Hash weights again and compare.
    Verify {
        /// Models; all that are here if none is named.
        names: Vec<String>,
    },
}

#[derive(Debug, Args)]
pub(crate) struct FetchArgs {
    /// The model.
    pub(crate) name: String,

    /// Take a file that you have already, for machines without a network. Give it once for each file
    /// of the model, in the order of the catalog.
    #[arg(long, value_name = "FILE")]
    pub(crate) from: Vec<PathBuf>,

    /// A server that holds copies under their file names; tried before the catalog's sources.
    #[arg(long, value_name = "URL")]
    pub(crate) mirror: Option<String>,

    /// Fetch again even if the weights are here and right.
    #[arg(long)]
    pub(crate) force: bool,
}

/// Adapts a `FromStr` whose error is no `Clone` or whose type clap would not find by itself.
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
