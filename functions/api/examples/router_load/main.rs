//! For the benchmarks: puts a load on the JSON routes. Prints JSON.
//!
//! `router_load router SECONDS CONCURRENCY`: all routes as one router, called in this process.
//! `router_load http SECONDS CONCURRENCY URL`: any URL, with API keys from standard input.
//! `router_load serve ACCOUNTS [PICTURE]`: table, bucket and routes for other processes, until standard
//! input ends. The picture is the uploaded file of the open jobs.

mod asks;
mod load;
mod load_test_data;
mod serve;

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use axum::body::{Body, to_bytes};
use axum::http::Request;
use axum::routing::get;
use axum::{Json, Router};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use sansfond_aws::Table;
use sansfond_domain::ports::{Accounts, RateCounters};
use sansfond_embedded::TABLE;
use sansfond_web::now;
use serde_json::{Value, json};

use crate::asks::answered;
use crate::load::{Figures, Load};
use crate::load_test_data::{Caller, LoadTestData};

/// Enough accounts to stay below the limit of 240 requests per minute and account.
const ACCOUNTS: usize = 1000;
const WARM_UP: Duration = Duration::from_millis(500);

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["router", seconds, concurrency] => {
            println!("{}", router(load(seconds, concurrency)?).await?);
        }
        ["http", seconds, concurrency, url] => {
            println!("{}", json!(http(load(seconds, concurrency)?, url.to_owned()).await?));
        }
        ["serve", accounts] => serve::serve(accounts.parse()?, None).await?,
        ["serve", accounts, picture] => serve::serve(accounts.parse()?, Some(picture)).await?,
        _ => bail!("router_load router|http|serve …; see the head of its source"),
    }
    Ok(())
}

fn load(seconds: &str, concurrency: &str) -> Result<Load> {
    let time = Duration::from_secs_f64(seconds.parse()?);
    Ok(Load { concurrency: concurrency.parse()?, warm_up: WARM_UP.min(time), time })
}

async fn router(load: Load) -> Result<Value> {
    let load_test_data = LoadTestData::start(ACCOUNTS, 1).await?;
    let (noted, router) = (load_test_data.router(true)?, load_test_data.router(false)?);
    let mut routes = Vec::new();
    for (ask, auth_method) in asks::ALL {
        let units = ask
            .units(noted.clone(), load_test_data.cloud.script(), &load_test_data.callers[0], auth_method)
            .await?;
        let (router, callers) = (router.clone(), load_test_data.callers.clone());
        let step = move |turn: usize| {
            let (router, callers) = (router.clone(), callers.clone());
            async move { ask.send(router, &callers[turn % callers.len()], auth_method).await }
        };
        let figures =
            load.run(step).await.with_context(|| format!("{} by {}", ask.name(), auth_method.name()))?;
        routes.push(
            json!({ "route": ask.name(), "way": auth_method.name(), "units": units, "figures": figures }),
        );
    }
    let table = Arc::new(Table::new(&load_test_data.cloud.table_sdk(), TABLE.to_owned()));
    Ok(json!({
        "concurrency": load.concurrency, "seconds": load.time.as_secs_f64(), "accounts": ACCOUNTS,
        "routes": routes, "floor": floor(load).await?,
        "get_item": get_item(load, table.clone(), load_test_data.callers.clone()).await?,
        "update_item": update_item(load, table, load_test_data.callers.clone()).await?,
    }))
}

/// A route with nothing around it: what axum takes by itself.
pub(crate) fn public_route() -> Router {
    let answer = async || {
        Json(json!({ "version": "0.1.0", "languages": ["en", "fr"], "plans": [{ "name": "free" }] }))
    };
    Router::new().route("/floor", get(answer))
}

async fn floor(load: Load) -> Result<Figures> {
    let router = public_route();
    let step = move |_| {
        let router = router.clone();
        async move { answered(router, Request::get("/floor").body(Body::empty())?).await.map(drop) }
    };
    load.run(step).await
}

/// Reading a row by the SDK, without a route: what the embedded table and the SDK take.
async fn get_item(load: Load, table: Arc<Table>, callers: Arc<Vec<Caller>>) -> Result<Figures> {
    let step = move |turn: usize| {
        let (table, callers) = (table.clone(), callers.clone());
        async move {
            let found = table.account(&callers[turn % callers.len()].account).await?;
            found.map(drop).context("no such account")
        }
    };
    load.run(step).await
}

/// The same for a write: the one that counts a request.
async fn update_item(load: Load, table: Arc<Table>, callers: Arc<Vec<Caller>>) -> Result<Figures> {
    let step = move |turn: usize| {
        let (table, callers) = (table.clone(), callers.clone());
        async move {
            let subject = format!("bench#{}", callers[turn % callers.len()].account);
            Ok(table.count(&subject, Duration::from_secs(60), now()).await.map(drop)?)
        }
    };
    load.run(step).await
}

async fn http(load: Load, url: String) -> Result<Figures> {
    let keys: Arc<Vec<String>> = Arc::new(std::io::stdin().lines().collect::<std::io::Result<_>>()?);
    let client: Client<_, Body> = Client::builder(TokioExecutor::new()).build_http();
    let step = move |turn: usize| {
        let (client, keys, url) = (client.clone(), keys.clone(), url.clone());
        async move {
            let mut request = Request::get(url);
            if !keys.is_empty() {
                request = request.header("x-api-key", &keys[turn % keys.len()]);
            }
            let answer = client.request(request.body(Body::empty())?).await?;
            let status = answer.status();
            to_bytes(Body::new(answer.into_body()), usize::MAX).await?;
            ensure!(status.is_success(), "{status}");
            Ok(())
        }
    };
    load.run(step).await
}
