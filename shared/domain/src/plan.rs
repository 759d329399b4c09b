//! What a plan allows. The free plan comes from the settings; paid ones will come from Stripe.

use serde::{Deserialize, Serialize};

use crate::JobKind;

/// The name of the plan that every account begins with.
pub const FREE: &str = "free";

/// Monthly allowances and limits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its name.
    pub name: String,
    /// Images in a calendar month.
    pub images_per_month: u32,
    /// Videos in a calendar month.
    pub videos_per_month: u32,
    /// The longest video.
    pub video_seconds: u32,
    /// The largest upload, in bytes.
    pub upload_bytes: u64,
    /// The largest upload of a video, in bytes.
    pub video_bytes: u64,
    /// The largest picture, in millions of pixels.
    pub megapixels: u32,
    /// Jobs that may be open at the same time.
    pub jobs_at_once: u32,
}

impl Plan {
    /// How many jobs of a kind a month holds.
    #[must_use]
    pub const fn allowance(&self, kind: JobKind) -> u32 {
        match kind {
            JobKind::Image => self.images_per_month,
            JobKind::Video => self.videos_per_month,
        }
    }
}

/// All plans of this installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plans {
    /// What every account begins with.
    pub free: Plan,
}

impl Plans {
    /// The plan of that name. An unknown one (its product has been withdrawn) counts as free.
    #[must_use]
    pub fn named(&self, _name: &str) -> &Plan {
        &self.free
    }
}

impl Default for Plan {
    /// The free plan as it is when the settings say nothing.
    fn default() -> Self {
        Self {
            name: FREE.to_owned(),
            images_per_month: 10,
            videos_per_month: 2,
            video_seconds: 30,
            upload_bytes: 22_000_000,
            video_bytes: 500_000_000,
            megapixels: 50,
            jobs_at_once: 10,
        }
    }
}
