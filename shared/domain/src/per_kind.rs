//! A value for each kind of job.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Credits, JobKind};

/// A value for each kind of job.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PerKind<T> {
    /// The value for pictures.
    pub image: T,
    /// The value for videos.
    pub video: T,
}

impl<T> PerKind<T> {
    /// Computes the value for each kind.
    pub fn of(mut make: impl FnMut(JobKind) -> T) -> Self {
        Self { image: make(JobKind::Image), video: make(JobKind::Video) }
    }

    /// The value for a kind.
    pub const fn get(&self, kind: JobKind) -> &T {
        match kind {
            JobKind::Image => &self.image,
            JobKind::Video => &self.video,
        }
    }

    /// The mutable value for a kind.
    pub const fn get_mut(&mut self, kind: JobKind) -> &mut T {
        match kind {
            JobKind::Image => &mut self.image,
            JobKind::Video => &mut self.video,
        }
    }
}

impl PerKind<Credits> {
    /// The sums per kind.
    #[must_use]
    pub fn plus(&self, other: &Self) -> Self {
        Self::of(|kind| self.get(kind).saturating_add(*other.get(kind)))
    }

    /// The differences per kind; at least zero.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        Self::of(|kind| self.get(kind).saturating_sub(*other.get(kind)))
    }

    /// The smaller amount per kind.
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
