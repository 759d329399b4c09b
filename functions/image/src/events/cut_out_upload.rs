//! The image queue: uploads that have come, and jobs that are tried again.
//!
//! A message that cannot be acted on goes back to the queue, and becomes a dead letter in the end. What is
//! deliberately not here: the work itself.

use anyhow::{Context, Result};
use sansfond_aws::events::{ImageTask, image_task};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::storage_key::SourceKey;
use sansfond_matting::matting_model::WhenFull;

use crate::boot;
use crate::work::{ImageContext, cut_out_job};

/// Cuts out uploads.
pub struct CutOutUpload {
    context: ImageContext,
}

/// The handler, its model loaded.
///
/// # Errors
/// If a setting or the model is missing.
pub fn handler(boot: &Boot) -> Result<CutOutUpload> {
    Ok(CutOutUpload { context: boot::context(boot, boot::engine(WhenFull::Wait)?)? })
}

impl CutOutUpload {
    /// With a workshop that is there already; for tests.
    #[must_use]
    pub const fn new(context: ImageContext) -> Self {
        Self { context }
    }
}

impl OnMessage for CutOutUpload {
    async fn handle(&self, body: &str) -> Result<()> {
        let ImageTask { account, job, start_reason, .. } = image_task(body)?;
        let source = SourceKey { account, job };
        let outcome = cut_out_job(&self.context, &source, &start_reason).await;
        outcome.map(drop).with_context(|| format!("job {}", source.job))
    }
}
