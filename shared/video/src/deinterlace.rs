//! Deinterlaces frames, and keeps their number. Half of the lines of an interlaced frame are older than the
//! others, so moving edges look like combs.
//!
//! FFmpeg's `yadif` processes all frames from the first one that is marked as interlaced. Frames without the mark
//! are not changed.

use std::collections::VecDeque;

use ffmpeg_next::format::Pixel;
use ffmpeg_next::{Error, Rational, filter, frame};

/// The smallest side; the filter's behavior with smaller frames is not documented.
const SMALLEST: u32 = 4;

/// Deinterlaces the frames of a decoder.
pub(crate) struct Deinterlacer {
    base: Rational,
    graph: Option<(filter::Graph, Shape)>,
    ready: VecDeque<frame::Video>,
}

type Shape = (Pixel, u32, u32);

impl Deinterlacer {
    /// `base` is the unit of the frames' times.
    pub(crate) fn new(base: Rational) -> Self {
        Self { base, graph: None, ready: VecDeque::new() }
    }

    /// Takes a frame; [`Self::next`] returns its result one frame later.
    pub(crate) fn push(&mut self, mut frame: frame::Video) -> Result<(), Error> {
        let shape = (frame.format(), frame.width(), frame.height());
        if self.graph.as_ref().is_some_and(|(_, known)| *known != shape) {
            self.flush()?;
        }
        let is_large_enough = frame.width().min(frame.height()) >= SMALLEST;
        if self.graph.is_none() && frame.is_interlaced() && is_large_enough {
            self.graph = Some((graph(shape, self.base, frame.aspect_ratio())?, shape));
        }
        let Some((graph, _)) = &mut self.graph else {
            self.ready.push_back(frame);
            return Ok(());
        };
        let at = frame.timestamp().or(frame.pts());
        frame.set_pts(at);
        context(graph, "in").source().add(&frame)?;
        self.take_ready();
        Ok(())
    }

    /// Marks the end of the frames for now.
    pub(crate) fn flush(&mut self) -> Result<(), Error> {
        if let Some((graph, _)) = &mut self.graph {
            context(graph, "in").source().flush()?;
            self.take_ready();
        }
        self.graph = None;
        Ok(())
    }

    /// Resets the filter: the next frame is from another position.
    pub(crate) fn reset(&mut self) {
        *self = Self::new(self.base);
    }

    /// The next frame that is ready.
    pub(crate) fn next(&mut self) -> Option<frame::Video> {
        self.ready.pop_front()
    }

    fn take_ready(&mut self) {
        let Some((graph, _)) = &mut self.graph else { return };
        loop {
            let mut ready = frame::Video::empty();
            if context(graph, "out").sink().frame(&mut ready).is_err() {
                return;
            }
            // The filter's unit of time is half as long, and it does not update the other timestamp.
            let at = ready.timestamp();
            ready.set_pts(at);
            self.ready.push_back(ready);
        }
    }
}

fn graph((pixel, width, height): Shape, base: Rational, aspect: Rational) -> Result<filter::Graph, Error> {
    let find = |name| filter::find(name).ok_or(Error::FilterNotFound);
    let pixel = pixel.descriptor().ok_or(Error::InvalidData)?.name();
    let (num, den) = if aspect.0 > 0 && aspect.1 > 0 { (aspect.0, aspect.1) } else { (0, 1) };
    let mut graph = filter::Graph::new();
    let arguments = format!(
        "video_size={width}x{height}:pix_fmt={pixel}:time_base={}/{}:pixel_aspect={num}/{den}",
        base.0, base.1
    );
    graph.add(&find("buffer")?, "in", &arguments)?;
    graph.add(&find("buffersink")?, "out", "")?;
    graph.output("in", 0)?.input("out", 0)?.parse("yadif=mode=send_frame:parity=auto:deint=interlaced")?;
    graph.validate()?;
    Ok(graph)
}

fn context(graph: &mut filter::Graph, name: &str) -> filter::Context {
    graph.get(name).expect("the graph has a source and a sink. This is a bug.")
}
