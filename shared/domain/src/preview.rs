//! Limits of previews, which need no account.

/// The longer side of a preview, in pixels. The small pictures of finished jobs have the same size.
pub const PREVIEW_SIDE: u32 = 1024;
/// The maximum size of the picture, in bytes. Lambda accepts 6 MB, which is 4.5 MB of binary data.
pub const PREVIEW_BYTES: usize = 4_500_000;

/// The numbers of previews that are allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Previews {
    /// Previews per hour for one address.
    pub per_hour: u32,
    /// Previews per day for all addresses together. This limits the cost of visitors without an account.
    pub per_day: u32,
}

impl Previews {
    /// Whether previews are allowed at all.
    #[must_use]
    pub const fn are_open(self) -> bool {
        self.per_hour > 0 && self.per_day > 0
    }
}

impl Default for Previews {
    /// The limits without any settings. The template's parameters take their defaults from here.
    fn default() -> Self {
        Self { per_hour: 20, per_day: 2000 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_zero_turns_previews_off() {
        assert!(Previews::default().are_open());
        assert!(!Previews { per_hour: 0, ..Previews::default() }.are_open());
        assert!(!Previews { per_day: 0, ..Previews::default() }.are_open());
    }
}
