//! The mails that the service sent. The emulator stores them; none leaves the machine.

use std::fmt::Write;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::http::{Client, get, problem};
use crate::settings::Settings;
use crate::start_page::{document, escape};

#[derive(Debug, Clone)]
pub(crate) struct Outbox {
    client: Client,
    address: String,
}

/// The emulator's list, by account number.
#[derive(Deserialize)]
struct CapturedMails {
    messages: std::collections::BTreeMap<String, Vec<CapturedMail>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CapturedMail {
    message_id: String,
    source: String,
    to: Vec<String>,
    #[serde(default)]
    subject: String,
    #[serde(default)]
    body_text: Option<String>,
    #[serde(default)]
    body_html: Option<String>,
    timestamp: f64,
}

/// A mail in `/outbox.json`.
#[derive(Debug, Serialize)]
struct Mail {
    id: String,
    from: String,
    to: Vec<String>,
    subject: String,
    text: String,
    html: String,
    /// RFC 3339, in UTC.
    sent_at: String,
    #[serde(skip)]
    moment: f64,
}

impl Outbox {
    pub(crate) fn new(client: Client, settings: &Settings) -> Self {
        Self { client, address: format!("{}/_ministack/ses/messages", settings.endpoint()) }
    }

    async fn mails(&self) -> anyhow::Result<Vec<Mail>> {
        newest_first(&get(&self.client, &self.address).await?)
    }
}

/// `GET /outbox`
pub(crate) async fn page(State(outbox): State<Outbox>) -> Response {
    match outbox.mails().await {
        Ok(mails) => Html(render(&mails)).into_response(),
        Err(error) => unavailable(&error),
    }
}

/// `GET /outbox.json`
pub(crate) async fn json(State(outbox): State<Outbox>) -> Response {
    match outbox.mails().await {
        Ok(mails) => Json(mails).into_response(),
        Err(error) => unavailable(&error),
    }
}

fn unavailable(error: &anyhow::Error) -> Response {
    let detail = format!("The emulator's list of mails cannot be read: {error}.");
    problem(StatusCode::BAD_GATEWAY, "local_cloud_gone", &detail)
}

fn newest_first(answer: &[u8]) -> anyhow::Result<Vec<Mail>> {
    let caught: CapturedMails = serde_json::from_slice(answer)?;
    let mut mails: Vec<Mail> = caught
        .messages
        .into_values()
        .flatten()
        .map(|mail| Mail {
            id: mail.message_id,
            from: mail.source,
            to: mail.to,
            subject: mail.subject,
            text: mail.body_text.unwrap_or_default(),
            html: mail.body_html.unwrap_or_default(),
            sent_at: rfc3339(mail.timestamp),
            moment: mail.timestamp,
        })
        .collect();
    // The list is in sending order: of two mails at the same instant the later one comes first.
    mails.reverse();
    mails.sort_by(|a, b| b.moment.total_cmp(&a.moment));
    Ok(mails)
}

fn rfc3339(epoch_s: f64) -> String {
    // Whole seconds are precise enough.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "seconds since 1970 fit for longer than there are mails"
    )]
    let moment = OffsetDateTime::from_unix_timestamp(epoch_s as i64).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    moment.format(&Rfc3339).unwrap_or_default()
}

fn render(mails: &[Mail]) -> String {
    let mut body = String::from("<h1>Outbox · Boîte d’envoi</h1>\n");
    if mails.is_empty() {
        body.push_str("<p>No mail yet. · Aucun message pour l’instant.</p>\n");
    }
    for mail in mails {
        let text = if mail.text.is_empty() { plain(&mail.html) } else { mail.text.clone() };
        let _ = write!(
            body,
            "<article>\n<h2>{}</h2>\n<p class=\"quiet\">{} → {} · <time>{}</time></p>\n<pre>{}</pre>\n</article>\n",
            escape(&mail.subject),
            escape(&mail.from),
            escape(&mail.to.join(", ")),
            escape(&mail.sent_at),
            escape(&text)
        );
    }
    body.push_str("<p><a href=\"/\">127.0.0.1</a> · <a href=\"/outbox.json\">JSON</a></p>\n");
    document("en", "Outbox", &body, Some(5))
}

/// The text of an HTML mail, without tags: a line for each paragraph.
fn plain(html: &str) -> String {
    let mut text = String::new();
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before.trim_start_matches(|space: char| text.ends_with('\n') && space.is_whitespace()));
        let (tag, after) = tag.split_once('>').unwrap_or((tag, ""));
        if matches!(tag.trim_end_matches('/').trim(), "/p" | "br" | "/div" | "/h1" | "/h2" | "/tr" | "/li") {
            text.push('\n');
        }
        rest = after;
    }
    text.push_str(rest);
    for (entity, character) in
        [("&nbsp;", " "), ("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&amp;", "&")]
    {
        text = text.replace(entity, character);
    }
    text.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &str = r#"{"messages": {"000000000000": [
        {"MessageId": "1", "Source": "no-reply@localhost.test", "To": ["a@b.test"], "CC": [], "BCC": [],
         "Subject": "old", "BodyText": "first", "BodyHtml": null, "Timestamp": 1795361563.33, "Type": "x"},
        {"MessageId": "2", "Source": "no-reply@localhost.test", "To": ["<script>@b.test"], "CC": [], "BCC": [],
         "Subject": "new <b>", "BodyText": "", "BodyHtml": "<p>Code 123456</p>", "Timestamp": 1795361564.0, "Type": "x"}
    ]}}"#;

    #[test]
    fn the_newest_mail_comes_first() {
        let mails = newest_first(ANSWER.as_bytes()).expect("the emulator's shape");
        assert_eq!(mails.iter().map(|mail| mail.id.as_str()).collect::<Vec<_>>(), ["2", "1"]);
        assert_eq!(mails[1].sent_at, "2026-11-22T15:32:43Z");
    }

    #[test]
    fn a_mail_is_escaped_in_the_page() {
        let page = render(&newest_first(ANSWER.as_bytes()).expect("the emulator's shape"));
        assert!(page.contains("new &lt;b&gt;") && page.contains("&lt;script&gt;@b.test"), "{page}");
        assert!(page.contains("<pre>Code 123456</pre>"), "a mail without text shows what its HTML says");
        assert!(!page.contains("<script"));
    }

    #[test]
    fn an_html_mail_is_shown_without_tags() {
        let html = "<p>Your code is <b>123456</b>.</p> <p>Votre code : <b>123456</b> &lt;script&gt;</p><a href=\"x\"";
        assert_eq!(plain(html), "Your code is 123456.\nVotre code : 123456 <script>");
        assert!(!render(&[mail(html)]).contains("<script>"));
    }

    fn mail(html: &str) -> Mail {
        let (id, from, subject, text, sent_at) = Default::default();
        Mail { id, from, to: Vec::new(), subject, text, html: html.to_owned(), sent_at, moment: 0.0 }
    }
}
