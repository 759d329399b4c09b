//! The state of reading a source.

/// The state of reading a source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Phase {
    /// Frames and sound are read.
    Frames,
    /// Only sound is read: all requested frames have been read, but some of their sound may come after them in
    /// the file.
    RestOfSound,
    /// Nothing more is read.
    Ended(End),
}

/// The reason for the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// The file has been read to its end.
    File,
    /// The end of the requested part was reached, and later frames were dropped.
    Cut,
}

impl Phase {
    /// The state after the first frame after the requested part.
    pub(super) const fn after_cut(has_sound: bool) -> Self {
        if has_sound { Self::RestOfSound } else { Self::Ended(End::Cut) }
    }

    /// The state at the end of the file, or at the end of its usable part.
    pub(super) const fn after_file(self) -> Self {
        match self {
            Self::Frames => Self::Ended(End::File),
            Self::RestOfSound => Self::Ended(End::Cut),
            Self::Ended(end) => Self::Ended(end),
        }
    }

    /// The state after the first sound packet after the requested part. Frames may still follow, because sound
    /// may run ahead of them in the file.
    pub(super) const fn after_sound(self) -> Self {
        match self {
            Self::Frames => Self::Frames,
            Self::RestOfSound => Self::Ended(End::Cut),
            Self::Ended(end) => Self::Ended(end),
        }
    }

    pub(super) const fn has_ended(self) -> bool {
        match self {
            Self::Ended(_) => true,
            Self::Frames | Self::RestOfSound => false,
        }
    }

    /// Whether frames at the end of the file were dropped.
    pub(super) const fn was_cut(self) -> bool {
        match self {
            Self::RestOfSound | Self::Ended(End::Cut) => true,
            Self::Frames | Self::Ended(End::File) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_video_without_sound_ends_at_once() {
        let phase = Phase::after_cut(false);
        assert_eq!(phase, Phase::Ended(End::Cut));
        assert!(phase.has_ended() && phase.was_cut());
    }

    #[test]
    fn the_sound_of_a_cut_video_ends_with_its_first_late_packet_or_with_the_file() {
        let phase = Phase::after_cut(true);
        assert!(!phase.has_ended() && phase.was_cut());
        assert_eq!(phase.after_sound(), Phase::Ended(End::Cut));
        assert_eq!(phase.after_file(), Phase::Ended(End::Cut));
    }

    #[test]
    fn sound_that_runs_ahead_of_the_frames_does_not_end_them() {
        assert_eq!(Phase::Frames.after_sound(), Phase::Frames);
    }

    #[test]
    fn a_file_that_was_read_to_its_end_is_not_cut() {
        let phase = Phase::Frames.after_file();
        assert!(phase.has_ended() && !phase.was_cut());
    }

    #[test]
    fn the_final_phase_does_not_change() {
        for phase in [Phase::Ended(End::File), Phase::Ended(End::Cut)] {
            assert_eq!((phase.after_file(), phase.after_sound()), (phase, phase));
        }
    }
}
