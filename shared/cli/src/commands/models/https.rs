//! Downloads over HTTPS with a progress bar, and resumes partial downloads.

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, bail};
use indicatif::{ProgressBar, ProgressStyle};

const CONNECTION_LOST: &str = "the connection was lost; run the command again to resume";

/// Downloads to `part`, resuming after its existing content, which is not checked here.
pub(super) fn download(address: &str, part: &Path) -> Result<()> {
    let present = std::fs::metadata(part).map_or(0, |about| about.len());
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_connect(Some(Duration::from_secs(20)))
        .timeout_recv_response(Some(Duration::from_secs(60)))
        .http_status_as_error(false)
        .build()
        .into();
    let mut request = agent.get(address);
    if present > 0 {
        request = request.header("Range", format!("bytes={present}-"));
    }
    let response = request.call()?;
    let status = response.status().as_u16();
    let (continued, start) = match status {
        200 => (false, 0),
        206 => (true, present),
        // The file is complete; the caller verifies its hash.
        416 if present > 0 => return Ok(()),
        other => bail!("the server answered with status {other}"),
    };
    let length = response.body().content_length().map(|rest| rest + start);
    let bar = progress(length, start);
    let mut file =
        OpenOptions::new().create(true).write(true).append(continued).truncate(!continued).open(part)?;
    let mut body = bar.wrap_read(response.into_body().into_reader());
    let mut buffer = vec![0; 1 << 16];
    loop {
        match body.read(&mut buffer).map_err(|error| anyhow::anyhow!("{CONNECTION_LOST} ({error})"))? {
            0 => break,
            filled => file.write_all(&buffer[..filled])?,
        }
    }
    bar.finish_and_clear();
    if length.is_some_and(|length| file.metadata().is_ok_and(|about| about.len() < length)) {
        bail!(CONNECTION_LOST);
    }
    Ok(())
}

fn progress(length: Option<u64>, start: u64) -> ProgressBar {
    let bar = match length {
        Some(length) => {
            let template = "{bar:30} {bytes}/{total_bytes}  {bytes_per_sec}  {eta} left";
            ProgressBar::new(length)
                .with_style(ProgressStyle::with_template(template).expect("a valid template"))
        }
        None => ProgressBar::new_spinner(),
    };
    bar.set_position(start);
    bar
}
