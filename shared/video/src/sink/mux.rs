//! An encoder and a muxer of FFmpeg, with or without a sound track.

use std::collections::HashMap;
use std::path::Path;

use ffmpeg_next::color::{Primaries, Range, Space, TransferCharacteristic};
use ffmpeg_next::format::context::Output;
use ffmpeg_next::format::{Flags, Pixel};
use ffmpeg_next::{Dictionary, Error, Packet, Rational, codec, encoder, format, frame};
use image::{GrayImage, RgbImage};

use super::Clip;
use super::audio::{self, AudioPlan, Sound};
use crate::scale::{PixelLayout, Scaler};
use crate::source::{AudioPacket, TimeBase};
use crate::{SinkError, VideoFormat};

/// Encoder and muxer settings.
pub(super) struct Recipe {
    pub(super) format: VideoFormat,
    /// FFmpeg's name of the muxer.
    pub(super) muxer: &'static str,
    /// FFmpeg's name of the encoder.
    pub(super) encoder: &'static str,
    pub(super) pixel: Pixel,
    /// The encoder's options.
    pub(super) options: Vec<(&'static str, String)>,
    /// The muxer's options.
    pub(super) header: &'static [(&'static str, &'static str)],
    /// Tags of the stream.
    pub(super) tags: &'static [(&'static str, &'static str)],
    /// The encoder's time base, if it cannot use the clip's.
    pub(super) time_base: Option<TimeBase>,
    /// How the sound is stored.
    pub(super) sound: Option<AudioPlan>,
}

impl Recipe {
    /// Converts an `error` for the user; the cause goes to the log.
    pub(super) fn failed(format: VideoFormat) -> impl Fn(Error) -> SinkError {
        move |error| SinkError::Failed { format, source: Box::new(error) }
    }
}

/// A file that is being written.
pub(super) struct Muxer {
    format: VideoFormat,
    output: Output,
    encoder: encoder::video::Encoder,
    scaler: Option<Scaler>,
    pixel: Pixel,
    size: (u32, u32),
    /// The time base of the clip, which is converted to the encoder's.
    clip_base: Rational,
    base: Rational,
    last_at: Option<i64>,
    /// Durations of frames inside the encoder, which does not keep them.
    durations: HashMap<i64, i64>,
    sound: Option<Sound>,
}

impl Muxer {
    pub(super) fn open(path: &Path, clip: &mut Clip, recipe: &Recipe) -> Result<Self, SinkError> {
        let failed = Recipe::failed(recipe.format);
        let codec = encoder::find_by_name(recipe.encoder).ok_or(SinkError::NoEncoder(recipe.encoder))?;
        let mut output = output(path, recipe)?;
        let needs_header = output.format().flags().contains(Flags::GLOBAL_HEADER);
        let clip_base = clip.time_base.rational();
        let base = recipe.time_base.map_or(clip_base, TimeBase::rational);
        let size = recipe.format.frame_size(clip.size);
        if size.0 == 0 || size.1 == 0 {
            let (width, height) = clip.size;
            return Err(SinkError::TooSmall { format: recipe.format, width, height });
        }

        let mut context = codec::Context::new_with_codec(codec).encoder().video().map_err(&failed)?;
        context.set_width(size.0);
        context.set_height(size.1);
        context.set_format(recipe.pixel);
        context.set_aspect_ratio((1, 1));
        context.set_time_base(base);
        context.set_frame_rate(clip.rate.map(TimeBase::rational));
        if is_yuv(recipe.pixel) {
            context.set_colorspace(Space::BT709);
            context.set_color_range(Range::MPEG);
            context.set_color_primaries(Primaries::BT709);
            context.set_color_transfer_characteristic(TransferCharacteristic::BT709);
        }
        if needs_header {
            // Setting any flag replaces x264's default, which is closed groups.
            context.set_flags(codec::Flags::GLOBAL_HEADER | codec::Flags::CLOSED_GOP);
        }
        let mut options = Dictionary::new();
        for (key, value) in &recipe.options {
            options.set(key, value);
        }
        let encoder = context.open_as_with(codec, options).map_err(&failed)?;
        {
            let mut stream = output.add_stream_with(&encoder).map_err(&failed)?;
            stream.set_time_base(base);
            if let Some(rate) = clip.rate {
                stream.set_avg_frame_rate(rate.rational());
            }
            let mut tags = Dictionary::new();
            for (key, value) in recipe.tags {
                tags.set(key, value);
            }
            stream.set_metadata(tags);
        }
        let sound = match (recipe.sound, clip.audio.take()) {
            (Some(plan), Some(track)) => Some(
                audio::add(&mut output, track, plan, needs_header)
                    .map_err(|error| error.into(recipe.format))?,
            ),
            _ => None,
        };
        let mut header = Dictionary::new();
        for (key, value) in recipe.header {
            header.set(key, value);
        }
        output.write_header_with(header).map_err(&failed)?;
        Ok(Self {
            format: recipe.format,
            output,
            encoder,
            scaler: None,
            pixel: recipe.pixel,
            size,
            clip_base,
            base,
            last_at: None,
            durations: HashMap::new(),
            sound,
        })
    }

    /// Width and height of the encoded frames.
    pub(super) fn size(&self) -> (u32, u32) {
        self.size
    }

    /// Sets an option of the muxer after its header has been written.
    pub(super) fn set_option(&mut self, name: &str, value: i64) {
        let Ok(name) = std::ffi::CString::new(name) else { return };
        // SAFETY: a muxer's private data is an object with options, and lives as long as its context. An
        // option that this FFmpeg does not know is ignored.
        let _unknown = unsafe {
            let private = (*self.output.as_mut_ptr()).priv_data;
            ffmpeg_next::ffi::av_opt_set_int(private, name.as_ptr(), value, 0)
        };
    }

    /// Encodes one frame, made by [`rgb`] or [`rgba`].
    pub(super) fn frame(&mut self, frame: frame::Video, at: i64, lasts: i64) -> Result<(), SinkError> {
        let failed = Recipe::failed(self.format);
        let mut converted =
            if frame.format() == self.pixel { frame } else { self.converted(&frame).map_err(&failed)? };
        if is_yuv(self.pixel) {
            converted.set_color_space(Space::BT709);
            converted.set_color_range(Range::MPEG);
            converted.set_color_primaries(Primaries::BT709);
            converted.set_color_transfer_characteristic(TransferCharacteristic::BT709);
        }
        let (at, lasts) = self.times(at, lasts);
        converted.set_pts(Some(at));
        self.durations.insert(at, lasts);
        self.encoder.send_frame(&converted).map_err(&failed)?;
        self.write_ready().map_err(failed)
    }

    /// A frame's times in the encoder's unit. Ends are rounded, so that errors do not add up.
    fn times(&mut self, at: i64, lasts: i64) -> (i64, i64) {
        use ffmpeg_next::Rescale;
        let end = (at + lasts).rescale(self.clip_base, self.base);
        let at = at.rescale(self.clip_base, self.base);
        let at = self.last_at.map_or(at, |last| at.max(last + 1));
        self.last_at = Some(at);
        (at, (end - at).max(1))
    }

    pub(super) fn audio(&mut self, packet: AudioPacket) -> Result<(), SinkError> {
        match &mut self.sound {
            Some(sound) => sound.packet(packet.0, &mut self.output).map_err(Recipe::failed(self.format)),
            None => Ok(()),
        }
    }

    pub(super) fn finish(mut self) -> Result<Output, SinkError> {
        let failed = Recipe::failed(self.format);
        self.encoder.send_eof().map_err(&failed)?;
        self.write_ready().map_err(&failed)?;
        if let Some(sound) = &mut self.sound {
            sound.finish(&mut self.output).map_err(&failed)?;
        }
        self.output.write_trailer().map_err(failed)?;
        Ok(self.output)
    }

    fn converted(&mut self, frame: &frame::Video) -> Result<frame::Video, Error> {
        let from =
            PixelLayout { pixel: frame.format(), width: self.size.0, height: self.size.1, full_range: true };
        if !self.scaler.as_ref().is_some_and(|scaler| scaler.fits(from, Space::BT709)) {
            let to = PixelLayout { pixel: self.pixel, full_range: !is_yuv(self.pixel), ..from };
            self.scaler = Some(Scaler::new(from, to, Space::BT709)?);
        }
        self.scaler.as_mut().expect("made above. This is a bug.").run(frame)
    }

    fn write_ready(&mut self) -> Result<(), Error> {
        loop {
            let mut packet = Packet::empty();
            match self.encoder.receive_packet(&mut packet) {
                Ok(()) => {}
                Err(Error::Eof) => return Ok(()),
                Err(Error::Other { errno }) if errno == ffmpeg_next::error::EAGAIN => return Ok(()),
                Err(error) => return Err(error),
            }
            if let Some(lasts) = packet.pts().and_then(|at| self.durations.remove(&at)) {
                packet.set_duration(lasts);
            }
            packet.set_stream(0);
            let stream_base = self.output.stream(0).map_or(self.base, |stream| stream.time_base());
            packet.rescale_ts(self.base, stream_base);
            packet.write_interleaved(&mut self.output)?;
        }
    }
}

/// Opens the file so that its name is never taken for a protocol.
pub(super) fn output(path: &Path, recipe: &Recipe) -> Result<Output, SinkError> {
    let mut name = std::ffi::OsString::from("file:");
    name.push(path);
    let opened = format::output_as(Path::new(&name), recipe.muxer);
    // No random numbers in headers: the same frames give the same bytes.
    let opened = opened.map(|mut output| {
        // SAFETY: the context has just been made, and nothing else accesses it.
        unsafe { (*output.as_mut_ptr()).flags |= ffmpeg_next::ffi::AVFMT_FLAG_BITEXACT };
        output
    });
    opened.map_err(|error| match error {
        Error::Other { errno } => {
            SinkError::Io { path: path.to_owned(), source: std::io::Error::from_raw_os_error(errno) }
        }
        other => SinkError::Failed { format: recipe.format, source: Box::new(other) },
    })
}

fn is_yuv(pixel: Pixel) -> bool {
    pixel.descriptor().is_some_and(|descriptor| descriptor.name().starts_with("yuv"))
}

/// A frame of opaque colors; `size` may be smaller by one row or column.
pub(super) fn rgb(color: &RgbImage, size: (u32, u32)) -> frame::Video {
    let mut frame = frame::Video::new(Pixel::RGB24, size.0, size.1);
    let stride = frame.stride(0);
    let row = size.0 as usize * 3;
    for (line, pixels) in
        frame.data_mut(0).chunks_mut(stride).zip(color.chunks_exact(color.width() as usize * 3))
    {
        line[..row].copy_from_slice(&pixels[..row]);
        // Filters read a little beyond the edge.
        line[row..].fill(0);
    }
    frame
}

/// A frame with straight colors and alpha.
pub(super) fn rgba(color: &RgbImage, alpha: &GrayImage, pixel: Pixel) -> frame::Video {
    let (width, height) = color.dimensions();
    let mut frame = frame::Video::new(pixel, width, height);
    let stride = frame.stride(0);
    let swap = pixel == Pixel::BGRA;
    let lines = frame.data_mut(0).chunks_mut(stride);
    let rows = color.chunks_exact(width as usize * 3).zip(alpha.chunks_exact(width as usize));
    for (line, (colors, alphas)) in lines.zip(rows) {
        for ((pixel, [r, g, b]), alpha) in
            line.as_chunks_mut::<4>().0.iter_mut().zip(colors.as_chunks::<3>().0).zip(alphas)
        {
            *pixel = if swap { [*b, *g, *r, *alpha] } else { [*r, *g, *b, *alpha] };
        }
    }
    frame
}
