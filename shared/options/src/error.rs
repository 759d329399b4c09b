//! Invalid options.

/// An option is invalid; the message names the valid values.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// The background of an image.
    #[error("“{0}” is not a background; write transparent, blur or a color like #ffcc00")]
    Background(String),
    /// The background of a video.
    #[error("“{0}” is not a background; write transparent, blur, picture or a color like #ffcc00")]
    VideoBackground(String),
    /// The background is `picture`, and no picture was sent.
    #[error("the background “picture” needs the picture itself, as “backdrop”")]
    NoBackdrop,
    /// A picture was sent, and the background is not `picture`.
    #[error("a “backdrop” is for the background “picture” only")]
    StrayBackdrop,
    /// The margin of a crop.
    #[error("a margin of {0} % is too much; 0 to 50 is possible")]
    Margin(u8),
    /// A transparent background in a format without alpha.
    #[error("{0} has no transparency; choose a background, or webm or mov")]
    NoAlpha(&'static str),
    /// A part of a video that ends before it begins.
    #[error("the part from {from_ms} ms to {until_ms} ms is empty; the end must be after the start")]
    Part {
        /// The start, in milliseconds.
        from_ms: u64,
        /// The end, in milliseconds.
        until_ms: u64,
    },
}
