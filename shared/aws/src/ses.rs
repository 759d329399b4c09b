//! Emails, by SES.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_sesv2::Client;
use aws_sdk_sesv2::types::{Body, Content, Destination, EmailContent, Message};
use sansfond_domain::ports::{Mailer, PortError};

use crate::error::{port, strange};

const SERVICE: &str = "SES";

/// A client of SES.
#[derive(Debug, Clone)]
pub struct SesMailer {
    client: Client,
    sender: String,
}

impl SesMailer {
    /// Sends emails from this address, which SES must have verified.
    #[must_use]
    pub fn new(config: &SdkConfig, sender: String) -> Self {
        Self { client: Client::new(config), sender }
    }
}

fn content(text: &str) -> Result<Content, PortError> {
    let content = Content::builder().charset("UTF-8").data(text).build();
    content.map_err(|error| strange(SERVICE, "building a mail", error))
}

#[async_trait]
impl Mailer for SesMailer {
    async fn send(
        &self,
        to: &str,
        reply_to: Option<&str>,
        subject: &str,
        text: &str,
    ) -> Result<(), PortError> {
        let message = Message::builder()
            .subject(content(subject)?)
            .body(Body::builder().text(content(text)?).build())
            .build();
        let sent = self
            .client
            .send_email()
            .from_email_address(&self.sender)
            .destination(Destination::builder().to_addresses(to).build())
            .set_reply_to_addresses(reply_to.map(|address| vec![address.to_owned()]))
            .content(EmailContent::builder().simple(message).build())
            .send()
            .await;
        sent.map(drop).map_err(port(SERVICE, "SendEmail"))
    }
}
