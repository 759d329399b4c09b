//! Converts decoded frames to pictures of one size.

use ffmpeg_next::{Error, frame};
use sansfond_imaging::Picture;

use super::SourceOptions;
use crate::SourceError;
use crate::color::Converter;
use crate::input::streams::VideoStream;
use crate::orient::Orientation;
use crate::probe::{Limits, check_size};

/// Converts frames to pictures, from the first frame on.
pub(super) struct Pictures {
    /// Size of the frames in the header.
    stored: (u32, u32),
    orientation: Orientation,
    max_side: Option<u32>,
    limits: Limits,
    converter: Option<Converter>,
}

impl Pictures {
    pub(super) fn new(video: &VideoStream, options: &SourceOptions) -> Self {
        Self {
            stored: (video.width, video.height),
            orientation: video.orientation,
            max_side: options.max_side,
            limits: options.limits,
            converter: None,
        }
    }

    /// Width and height of every picture; zero before the first frame.
    pub(super) fn size(&self) -> (u32, u32) {
        self.converter.as_ref().map_or((0, 0), Converter::upright_size)
    }

    /// Checks the size of a frame; the first one sets the size of all pictures. All segments of a file have
    /// one size, that of the file's first frame. `has_sought` means that this is not that frame, so the size
    /// comes from the header.
    pub(super) fn check(&mut self, decoded: &frame::Video, has_sought: bool) -> Result<(), SourceError> {
        let size = (decoded.width(), decoded.height());
        check_size(size.0, size.1, &self.limits)?;
        if self.converter.is_none() {
            let size = if has_sought { self.stored } else { size };
            let aspect = decoded.aspect_ratio();
            let converter = Converter::for_frames_like(size, aspect, self.orientation, self.max_side);
            let (width, height) = converter.upright_size();
            check_size(width, height, &self.limits)?;
            self.converter = Some(converter);
        }
        Ok(())
    }

    /// Converts a frame after [`Self::check`].
    pub(super) fn convert(&mut self, decoded: &frame::Video) -> Result<Option<Picture>, Error> {
        self.converter.as_mut().map(|converter| converter.convert(decoded)).transpose()
    }
}
