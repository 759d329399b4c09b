//! Feedback, stored for a year.

use async_trait::async_trait;
use sansfond_domain::AccountId;
use sansfond_domain::ports::{Feedback, FeedbackBox, PortError};
use serde::Serialize;

use super::rows::row;
use super::{SERVICE, Table};
use crate::error::port;

const KEPT_SECONDS: i64 = 365 * 24 * 60 * 60;

#[derive(Serialize)]
struct FeedbackRow<'a> {
    account: Option<&'a AccountId>,
    reply_to: Option<&'a str>,
    message: &'a str,
    ttl: i64,
}

#[async_trait]
impl FeedbackBox for Table {
    async fn keep(&self, feedback: &Feedback) -> Result<(), PortError> {
        let kept = FeedbackRow {
            account: feedback.account.as_ref(),
            reply_to: feedback.reply_to.as_deref(),
            message: &feedback.message,
            ttl: feedback.at.seconds() + KEPT_SECONDS,
        };
        let sk = format!("{:013}#{:016x}", feedback.at.millis(), fastrand::u64(..));
        let item = row("feedback".to_owned(), sk, &kept)?;
        let sent = self.client.put_item().table_name(&self.name).set_item(Some(item)).send().await;
        sent.map(drop).map_err(port(SERVICE, "PutItem"))
    }
}
