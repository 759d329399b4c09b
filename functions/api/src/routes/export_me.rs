//! `POST /api/me/export`: exports the data of the account as a ZIP file.

use std::io::{Seek, Write};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use sansfond_boot::{ACCOUNTS, Boot, Function, Grant, run_route};
use sansfond_domain::ports::{
    Accounts, ApiKeys, Balances, Files, JobFilter, Jobs, Links, Page, PageRequest, PortError, StoredFile,
};
use sansfond_domain::{AccountId, Job, JobId, LedgerEntry, storage_key};
use sansfond_web::{Code, Problem, RateLimit, Session, now, random_bytes};
use serde::Serialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use crate::credit_views::EntryView;

/// A function can copy this many bytes within its timeout. Files beyond that are listed in the ZIP instead.
const MAX_BYTES: u64 = 300_000_000;
const FIRST_PAGE: PageRequest = PageRequest { limit: 100, after: None };
const LINK_VALID: Duration = Duration::from_secs(60 * 60);

#[derive(Clone)]
struct Ports {
    accounts: Arc<dyn Accounts>,
    jobs: Arc<dyn Jobs>,
    credits: Arc<dyn Balances>,
    keys: Arc<dyn ApiKeys>,
    files: Arc<dyn Files>,
    links: Arc<dyn Links>,
}

/// A ZIP file with the data of the account.
#[derive(Serialize, ToSchema)]
#[schema(as = AccountExport)]
struct Export {
    /// A link to the ZIP file. It works for one hour; the file is deleted within two days.
    url: String,
    /// The size of the ZIP file, in bytes.
    size_bytes: u64,
    /// The number of files that did not fit into the ZIP file. `not-included.json` in the ZIP file lists them.
    skipped_files: usize,
}

/// Writes the ZIP file to /tmp, then to exports/, and returns a link to it.
pub const FUNCTION: Function = Function {
    grants: &[
        Grant::Rows(&["Query", "GetItem"], ACCOUNTS),
        Grant::List(&["uploads", "videos", "results"]),
        Grant::Objects(&["GetObject"], &["uploads", "videos", "results", "exports"]),
        Grant::Objects(&["PutObject"], &["exports"]),
    ],
    properties: &[("Timeout", "29"), ("MemorySize", "1024"), ("EphemeralStorage", "{ Size: 2048 }")],
    ..Function::route::<__path_handle>("export_me", || run_route(router))
};

pub fn router(boot: &Boot) -> anyhow::Result<axum::Router> {
    let (table, bucket) = (boot.table()?, boot.bucket()?);
    let ports = Ports {
        accounts: table.clone(),
        jobs: table.clone(),
        credits: table.clone(),
        keys: table,
        files: bucket.clone(),
        links: bucket,
    };
    boot.with_middleware(OpenApiRouter::new().routes(routes!(handle)).with_state(ports), RateLimit::EXPORT)
}

/// Exports the data of the account.
///
/// Creates a ZIP file with the profile, jobs, credit history, API keys (without their secrets) and files, and
/// returns a link to it.
#[utoipa::path(post, path = "/api/me/export", tag = "account", security(("session" = [])),
    responses((status = 201, body = Export, description = "The export.")))]
async fn handle(
    State(ports): State<Ports>,
    session: Session,
) -> Result<(axum::http::StatusCode, axum::Json<Export>), Problem> {
    let account = &session.account;
    let profile =
        ports.accounts.account(account).await?.ok_or_else(|| Problem::new(Code::Unauthenticated))?;
    let disk = |error: std::io::Error| Problem::internal(&error, true);
    let mut zip = ZipWriter::new(tempfile::tempfile().map_err(disk)?);
    let broken = |error: zip::result::ZipError| Problem::internal(&error, false);
    let keys: Vec<Value> = ports
        .keys
        .keys(account)
        .await?
        .into_iter()
        .map(|key| json!({"id": key.id, "label": key.label, "prefix": key.prefix, "created_at": key.created_at.to_rfc3339()}))
        .collect();
    let jobs = all_jobs(&*ports.jobs, account).await?;
    // The cost of processing is the operator's data, not the customer's.
    let jobs: Vec<_> = jobs.into_iter().map(|job| Job { cost_micro_usd: None, ..job }).collect();
    let balance = ports.credits.balance(account).await?;
    let ledger = whole_ledger(&*ports.credits, account).await?;
    let ledger: Vec<_> = ledger.into_iter().map(EntryView::from).collect();
    for (name, content) in [
        ("profile.json", json!(profile)),
        ("jobs.json", json!(jobs)),
        ("credits.json", json!({"balance": balance, "ledger": ledger})),
        ("keys.json", json!(keys)),
    ] {
        add(&mut zip, name, format!("{content:#}").as_bytes()).map_err(broken)?;
    }
    let left_out = add_files(&mut zip, &ports, account).await?;
    if !left_out.is_empty() {
        add(&mut zip, "not-included.json", format!("{:#}", json!(left_out)).as_bytes()).map_err(broken)?;
    }
    let mut file = zip.finish().map_err(broken)?;
    let size_bytes = file.stream_position().map_err(disk)?;
    file.rewind().map_err(disk)?;
    let name = JobId::mint(now(), &random_bytes()?);
    let key = format!("{}{account}/{name}.zip", storage_key::EXPORTS);
    ports.files.write_from(&key, "application/zip", file).await?;
    let url = ports.links.download(&key, "sansfond-export.zip", LINK_VALID).await?;
    let export = Export { url, size_bytes, skipped_files: left_out.len() };
    Ok((axum::http::StatusCode::CREATED, axum::Json(export)))
}

fn add(zip: &mut ZipWriter<impl Write + Seek>, name: &str, bytes: &[u8]) -> zip::result::ZipResult<()> {
    // Images and videos are compressed already.
    let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    zip.start_file(name, stored)?;
    zip.write_all(bytes)?;
    Ok(())
}

/// Adds uploads and results. Returns the names of the files that did not fit.
async fn add_files(
    zip: &mut ZipWriter<impl Write + Seek>,
    ports: &Ports,
    account: &AccountId,
) -> Result<Vec<String>, Problem> {
    let mut all = Vec::new();
    for folder in storage_key::exported(account) {
        all.extend(ports.files.list(&folder).await?);
    }
    let (taken, left_out) = fitting(all, MAX_BYTES);
    let name = |key: &str| key.replacen(&format!("/{account}/"), "/", 1);
    for StoredFile { key, size_bytes } in taken {
        // A file may be deleted while others are copied.
        if let Some(content) = ports.files.read(&key, size_bytes).await? {
            add(zip, &name(&key), &content.bytes).map_err(|error| Problem::internal(&error, true))?;
        }
    }
    Ok(left_out.iter().map(|file| name(&file.key)).collect())
}

/// The files that fit together, and the others. A file that is too large does not exclude smaller ones.
fn fitting(files: Vec<StoredFile>, limit: u64) -> (Vec<StoredFile>, Vec<StoredFile>) {
    let mut sum = 0;
    files.into_iter().partition(|file| {
        let fits = file.size_bytes <= limit - sum;
        sum += if fits { file.size_bytes } else { 0 };
        fits
    })
}

async fn all_jobs(jobs: &dyn Jobs, account: &AccountId) -> Result<Vec<Job>, PortError> {
    let (mut all, mut page) = (Vec::new(), FIRST_PAGE);
    loop {
        let Page { items, next } = jobs.jobs(account, &JobFilter::default(), &page).await?;
        all.extend(items);
        page.after = next;
        if page.after.is_none() {
            return Ok(all);
        }
    }
}

async fn whole_ledger(credits: &dyn Balances, account: &AccountId) -> Result<Vec<LedgerEntry>, PortError> {
    let (mut all, mut page) = (Vec::new(), FIRST_PAGE);
    loop {
        let Page { items, next } = credits.ledger(account, &page).await?;
        all.extend(items);
        page.after = next;
        if page.after.is_none() {
            return Ok(all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_that_do_not_fit_are_listed_and_exclude_no_others() {
        let files = [("a", 4), ("b", 9), ("c", 6), ("d", 1)];
        let files = files.map(|(key, size_bytes)| StoredFile { key: key.to_owned(), size_bytes });
        let names = |files: Vec<StoredFile>| files.into_iter().map(|file| file.key).collect::<String>();
        let (taken, left_out) = fitting(files.to_vec(), 10);
        assert_eq!((names(taken), names(left_out)), ("ac".to_owned(), "bd".to_owned()));
        let (taken, left_out) = fitting(files.to_vec(), u64::MAX);
        assert_eq!((names(taken).len(), left_out), (4, Vec::new()));
    }
}
