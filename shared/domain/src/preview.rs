//! Trying without an account: how often, how much may be sent, and how large what comes back is.

/// The longer side of a preview, in pixels; also of those that finished jobs have.
pub const PREVIEW_SIDE: u32 = 1024;
/// The most bytes that may be sent. Lambda carries 6 MB, which is 4.5 MB of anything that is not text.
pub const PREVIEW_BYTES: usize = 4_500_000;

/// How often strangers may try.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previews {
    /// Previews an hour for one address.
    pub per_hour: u32,
    /// Previews a day for all of them together: the upper edge of what strangers can cost.
    pub per_day: u32,
}

impl Previews {
    /// Whether anybody may try at all.
    #[must_use]
    pub const fn are_open(self) -> bool {
        self.per_hour > 0 && self.per_day > 0
    }
}

impl Default for Previews {
    /// As it is when the settings say nothing. The template's parameters get their defaults from here.
    fn default() -> Self {
        Self { per_hour: 20, per_day: 2000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nought_shuts_the_door() {
        assert!(Previews::default().are_open());
        assert!(!Previews { per_hour: 0, ..Previews::default() }.are_open());
        assert!(!Previews { per_day: 0, ..Previews::default() }.are_open());
    }
}
