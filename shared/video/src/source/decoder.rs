//! The decoder: packets of the file → deinterlaced frames.

use ffmpeg_next::codec::threading;
use ffmpeg_next::error::EAGAIN;
use ffmpeg_next::format::context::Input;
use ffmpeg_next::{Dictionary, Error, Packet, codec, decoder, frame};

use super::SourceOptions;
use crate::SourceError;
use crate::deinterlace::Deinterlacer;
use crate::input::streams::VideoStream;

/// A decoder and its deinterlacer.
pub(super) struct FrameDecoder {
    decoder: decoder::Video,
    deinterlacer: Deinterlacer,
    /// Number of packets that could not be decoded.
    pub(super) damaged: u64,
}

impl FrameDecoder {
    pub(super) fn open(
        input: &Input,
        video: &VideoStream,
        options: &SourceOptions,
    ) -> Result<Self, SourceError> {
        let decoder = open(input, video, options)?;
        Ok(Self { decoder, deinterlacer: Deinterlacer::new(video.time_base), damaged: 0 })
    }

    /// Takes a packet. A damaged packet spoils some frames, not the video.
    pub(super) fn send(&mut self, packet: &Packet) -> Result<(), Error> {
        match self.decoder.send_packet(packet) {
            Err(error) if is_damage(error) => {
                self.damaged += 1;
                Ok(())
            }
            sent => sent,
        }
    }

    /// The next frame; `None` until more packets arrive.
    pub(super) fn next(&mut self) -> Result<Option<frame::Video>, Error> {
        loop {
            if let Some(frame) = self.deinterlacer.next() {
                return Ok(Some(frame));
            }
            let mut decoded = frame::Video::empty();
            match self.decoder.receive_frame(&mut decoded) {
                Ok(()) => self.deinterlacer.push(decoded)?,
                Err(Error::Eof) => return Ok(None),
                Err(Error::Other { errno }) if errno == EAGAIN => return Ok(None),
                Err(error) if is_damage(error) => self.damaged += 1,
                Err(error) => return Err(error),
            }
        }
    }

    /// Marks the end of the packets: [`Self::next`] returns the frames that the decoder still holds.
    pub(super) fn end_packets(&mut self) {
        // It fails only if the decoder is drained already.
        let _drained = self.decoder.send_eof();
    }

    /// Marks the end of the decoder's frames: [`Self::next`] returns those that the deinterlacer still holds.
    pub(super) fn end_frames(&mut self) -> Result<(), Error> {
        self.deinterlacer.flush()
    }

    /// Resets the decoder: the next packet is from another position of the file.
    pub(super) fn restart(&mut self) {
        self.decoder.flush();
        self.deinterlacer.reset();
    }
}

/// Whether a decoder's error is about its input, not about itself. Decoders outside of FFmpeg return only
/// "external".
fn is_damage(error: Error) -> bool {
    matches!(error, Error::InvalidData | Error::External | Error::PatchWelcome | Error::Unknown)
}

fn open(input: &Input, video: &VideoStream, options: &SourceOptions) -> Result<decoder::Video, SourceError> {
    let unsupported = |_| SourceError::UnsupportedCodec { codec: video.codec.to_uppercase() };
    let stream = input.stream(video.index).ok_or(SourceError::NoVideo)?;
    let mut context = codec::Context::from_parameters(stream.parameters()).map_err(unsupported)?;
    context.set_threading(threading::Config {
        kind: threading::Type::Frame,
        count: options.threads,
        ..threading::Config::default()
    });
    let mut decoder = context.decoder();
    decoder.set_packet_time_base(video.time_base);
    let mut settings = Dictionary::new();
    settings.set("max_pixels", &options.limits.max_pixels.to_string());
    // FFmpeg's own decoders of VP8 and VP9 ignore the second stream that contains alpha.
    let with_alpha = match video.id {
        codec::Id::VP9 if video.has_alpha_mode => decoder::find_by_name("libvpx-vp9"),
        codec::Id::VP8 if video.has_alpha_mode => decoder::find_by_name("libvpx"),
        _ => None,
    };
    let codec = with_alpha.or_else(|| decoder::find(video.id));
    decoder.open_as_with(codec, settings).and_then(decoder::Opened::video).map_err(unsupported)
}
