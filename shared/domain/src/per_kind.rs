//! One of something for pictures and one for videos.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Credits, JobKind};

/// One of something for each kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PerKind<T> {
    /// For pictures.
    pub image: T,
    /// For videos.
    pub video: T,
}

impl<T> PerKind<T> {
    /// One for each, made from its kind.
    pub fn of(mut make: impl FnMut(JobKind) -> T) -> Self {
        Self { image: make(JobKind::Image), video: make(JobKind::Video) }
    }

    /// That of a kind.
    pub const fn get(&self, kind: JobKind) -> &T {
        match kind {
            JobKind::Image => &self.image,
            JobKind::Video => &self.video,
        }
    }

    /// That of a kind, to be changed.
    pub const fn get_mut(&mut self, kind: JobKind) -> &mut T {
        match kind {
            JobKind::Image => &mut self.image,
            JobKind::Video => &mut self.video,
        }
    }
}

impl PerKind<Credits> {
    /// Both.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self::of(|kind| self.get(kind).saturating_add(*other.get(kind)))
    }

    /// What is left of each; at least none.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self::of(|kind| self.get(kind).saturating_sub(*other.get(kind)))
    }

    /// The smaller of each.
    #[must_use]
    pub fn at_most(&self, limit: &Self) -> Self {
        Self::of(|kind| *self.get(kind).min(limit.get(kind)))
    }
}

impl fmt::Display for PerKind<Credits> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} for pictures, {} for videos", self.image, self.video)
    }
}

impl<T> IntoIterator for PerKind<T> {
    type Item = (JobKind, T);
    type IntoIter = std::array::IntoIter<Self::Item, 2>;

    fn into_iter(self) -> Self::IntoIter {
        [(JobKind::Image, self.image), (JobKind::Video, self.video)].into_iter()
    }
}
