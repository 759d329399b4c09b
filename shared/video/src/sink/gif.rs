//! Animated GIF: a palette for each frame, and pixels either opaque or transparent.
//!
//! GIF's unit of time is a hundredth of a second, and browsers show frames shorter than two units for ten
//! units. So frames of faster videos are dropped, and the speed stays the same.

use std::collections::VecDeque;
use std::path::Path;

use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Error, filter, frame};

use super::canvas::Canvas;
use super::mux::{Muxer, Recipe, rgba};
use super::{Clip, CutFrame, FrameSink, SinkOptions};
use crate::source::{AudioPacket, TimeBase};
use crate::{SinkError, VideoFormat};

const HUNDREDTHS: TimeBase = TimeBase { num: 1, den: 100 };
/// The shortest duration of a frame, in hundredths of a second.
const SHORTEST: i64 = 2;

pub(super) struct Gif {
    muxer: Muxer,
    canvas: Canvas,
    graph: filter::Graph,
    clip_base: TimeBase,
    /// A frame that waits until its duration is known, with its start and end.
    waiting: Option<(CutFrame, i64, i64)>,
    /// Start and duration of the frames inside the graph.
    inside: VecDeque<(i64, i64)>,
}

impl Gif {
    pub(super) fn open(
        path: &Path,
        clip: Clip,
        canvas: Canvas,
        _options: &SinkOptions,
    ) -> Result<Self, SinkError> {
        let recipe = Recipe {
            format: VideoFormat::Gif,
            muxer: "gif",
            encoder: "gif",
            pixel: Pixel::PAL8,
            options: Vec::new(),
            header: &[("loop", "0")],
            tags: &[],
            time_base: None,
            sound: None,
        };
        let clip_base = clip.time_base;
        let graph = graph(clip.size).map_err(Recipe::failed(VideoFormat::Gif))?;
        let mut clip = Clip { time_base: HUNDREDTHS, audio: None, ..clip };
        let muxer = Muxer::open(path, &mut clip, &recipe)?;
        Ok(Self { muxer, canvas, graph, clip_base, waiting: None, inside: VecDeque::new() })
    }

    /// Sends the waiting frame to the graph; its end is `end`.
    fn release(&mut self, end: i64) -> Result<(), SinkError> {
        let Some((frame, at, _)) = self.waiting.take() else { return Ok(()) };
        let (color, alpha) = self.canvas.with_alpha(frame.cutout, frame.at)?;
        let mut pixels = rgba(&color, &alpha, Pixel::RGBA);
        pixels.set_pts(Some(at));
        self.inside.push_back((at, end - at));
        self.context("in").source().add(&pixels).map_err(Recipe::failed(VideoFormat::Gif))?;
        self.take_ready()
    }

    fn take_ready(&mut self) -> Result<(), SinkError> {
        loop {
            let mut ready = frame::Video::empty();
            if self.context("out").sink().frame(&mut ready).is_err() {
                return Ok(());
            }
            let Some((at, lasts)) = self.inside.pop_front() else { return Ok(()) };
            self.muxer.frame(ready, at, lasts)?;
        }
    }

    fn context(&mut self, name: &str) -> filter::Context {
        self.graph.get(name).expect("the graph has a source and a sink. This is a bug.")
    }
}

fn graph((width, height): (u32, u32)) -> Result<filter::Graph, Error> {
    let find = |name| filter::find(name).ok_or(Error::FilterNotFound);
    let mut graph = filter::Graph::new();
    let arguments = format!("video_size={width}x{height}:pix_fmt=rgba:time_base=1/100:pixel_aspect=1/1");
    graph.add(&find("buffer")?, "in", &arguments)?;
    graph.add(&find("buffersink")?, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse(
        "split[pixels][colors];[colors]palettegen=stats_mode=single:reserve_transparent=1[palette];[pixels][palette]paletteuse=new=1:alpha_threshold=128",
    )?;
    graph.validate()?;
    Ok(graph)
}

impl FrameSink for Gif {
    fn frame(&mut self, frame: CutFrame) -> Result<(), SinkError> {
        let hundredths = |ticks: i64| (self.clip_base.seconds(ticks) * 100.0).round() as i64;
        let (at, end) = (hundredths(frame.at), hundredths(frame.at + frame.lasts));
        if let Some((_, before, shown_until)) = &mut self.waiting
            && at < *before + SHORTEST
        {
            *shown_until = end;
            return Ok(());
        }
        self.release(at)?;
        self.waiting = Some((frame, at, end));
        Ok(())
    }

    fn audio(&mut self, _packet: AudioPacket) -> Result<(), SinkError> {
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<(), SinkError> {
        if let Some((_, at, end)) = &self.waiting {
            let end = (*end).max(at + SHORTEST);
            self.muxer.set_option("final_delay", end - at);
            self.release(end)?;
        }
        self.context("in").source().flush().map_err(Recipe::failed(VideoFormat::Gif))?;
        self.take_ready()?;
        self.muxer.finish().map(drop)
    }
}
