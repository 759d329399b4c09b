//! Options that make no sense.

/// An option that makes no sense; the text says what would.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OptionError {
    /// A background.
    #[error("“{0}” is not a background; write transparent, blur or a color like #ffcc00")]
    Background(String),
    /// A background of a video.
    #[error("“{0}” is not a background; write transparent, blur, picture or a color like #ffcc00")]
    VideoBackground(String),
    /// A picture was asked for, and none came.
    #[error("the background “picture” needs the picture itself, as “backdrop”")]
    NoBackdrop,
    /// A picture came, and nobody asked for it.
    #[error("a “backdrop” is for the background “picture” only")]
    StrayBackdrop,
    /// A margin.
    #[error("a margin of {0} % is too much; 0 to 50 is possible")]
    Margin(u8),
    /// A file that cannot be transparent.
    #[error("{0} has no transparency; choose a background, or webm or mov")]
    NoAlpha(&'static str),
    /// A part of a video that is none.
    #[error("a part from {from_ms} ms to {until_ms} ms is none; the end must come after the beginning")]
    Part {
        /// Where it begins.
        from_ms: u64,
        /// Where it ends.
        until_ms: u64,
    },
}
