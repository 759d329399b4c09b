//! Handles the image queue: uploaded images and retried jobs.
//!
//! A message that cannot be handled returns to the queue and finally becomes a dead letter. Deliberately absent: the
//! processing itself (`work`).

use anyhow::{Context, Result};
use sansfond_aws::events::{ImageTask, image_task};
use sansfond_boot::{Boot, OnMessage};
use sansfond_domain::storage_key::SourceKey;
use sansfond_matting::matting_model::WhenFull;

use crate::boot;
use crate::work::{ImageContext, cut_out_job};

pub struct CutOutUpload {
    context: ImageContext,
}

/// Loads the model.
pub fn handler(boot: &Boot) -> Result<CutOutUpload> {
    Ok(CutOutUpload { context: boot::context(boot, boot::engine(WhenFull::Wait)?)? })
}

impl CutOutUpload {
    /// For tests.
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
