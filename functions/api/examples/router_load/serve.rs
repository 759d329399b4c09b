//! Serves the embedded services and the routes for other processes.

use anyhow::{Context, Result};
use axum::Router;
use axum::routing::get;
use sansfond_aws::Bucket;
use sansfond_domain::ports::Files;
use sansfond_domain::storage_key::SourceKey;
use sansfond_embedded::{BUCKET, Reply, Script, Step, TABLE};
use serde_json::{Value, json};

use crate::asks::{Ask, AuthMethod};
use crate::load_test_data::{CLIENT, LoadTestData, MEDIA_TYPE, POOL, SITE};

/// The requests whose table calls are counted.
const CHARGED: [Ask; 5] = [Ask::Config, Ask::Me, Ask::Usage, Ask::FinishedJob, Ask::Upload];

/// The number of scripted responses for services that are not embedded.
const ANSWERS: usize = 1000;

/// Prints the addresses and the callers. Ends when standard input ends.
pub(crate) async fn serve(accounts: usize, picture: Option<&str>) -> Result<()> {
    let picture = picture.map(|path| std::fs::read(path).with_context(|| path.to_owned())).transpose()?;
    let load_test_data =
        LoadTestData::start(accounts, picture.as_ref().map_or(1, |bytes| bytes.len() as u64)).await?;
    if let Some(bytes) = picture {
        upload(&load_test_data, &bytes).await?;
    }
    let units = units(&load_test_data).await?;
    answer_for_others(load_test_data.cloud.script(), &load_test_data);
    let keys = serde_json::to_string(&load_test_data.issuer.keys())?;
    let router = Router::new()
        .route("/jwks.json", get(async || keys))
        .merge(crate::public_route())
        .merge(load_test_data.router(false)?.reset_fallback());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = format!("http://{}", listener.local_addr()?);
    tokio::spawn(async move { axum::serve(listener, router).await });
    let place = json!({
        "address": address, "endpoint": load_test_data.cloud.endpoint(),
        "table_endpoint": load_test_data.cloud.table_endpoint(), "table": TABLE, "bucket": BUCKET, "pool": POOL,
        "client": CLIENT, "site": SITE, "callers": *load_test_data.callers, "units": units,
    });
    println!("{place}");
    tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink())).await??;
    Ok(())
}

/// Uploads the picture of each open job.
async fn upload(load_test_data: &LoadTestData, picture: &[u8]) -> Result<()> {
    let bucket = Bucket::new(load_test_data.cloud.sdk(), BUCKET.to_owned());
    for caller in load_test_data.callers.iter() {
        let source = SourceKey { account: caller.account.clone(), job: caller.open_job.clone() };
        bucket.write(&source.to_string(), MEDIA_TYPE, picture.to_vec()).await?;
    }
    Ok(())
}

/// What each route costs at the table.
async fn units(load_test_data: &LoadTestData) -> Result<Vec<Value>> {
    let (router, script) = (load_test_data.router(true)?, load_test_data.cloud.script());
    let mut units = Vec::new();
    for ask in CHARGED {
        let spent = ask.units(router.clone(), script, &load_test_data.callers[0], AuthMethod::Key).await?;
        units.push(json!({ "route": ask.name(), "units": spent }));
    }
    Ok(units)
}

/// Cognito, SES and SQS, saying yes.
fn answer_for_others(script: &Script, load_test_data: &LoadTestData) {
    let account = load_test_data.callers[0].account.to_string();
    let tokens = json!({ "AuthenticationResult": {
        "AccessToken": load_test_data.callers[0].token,
        "IdToken": load_test_data.issuer.sign(&load_test_data.issuer.id_claims(&account, "ada@example.org", "en")),
        "RefreshToken": "refresh", "TokenType": "Bearer", "ExpiresIn": 900,
    } });
    let answers = [
        ("SignUp", json!({ "UserConfirmed": false, "UserSub": account })),
        ("ConfirmSignUp", json!({})),
        ("AdminSetUserPassword", json!({})),
        ("ResendConfirmationCode", json!({})),
        ("ForgotPassword", json!({})),
        ("AdminGetUser", json!({ "Username": account })),
        ("ConfirmForgotPassword", json!({})),
        ("ChangePassword", json!({})),
        ("RevokeToken", json!({})),
        ("AdminDeleteUser", json!({})),
        ("AdminInitiateAuth", tokens),
        ("SendEmail", json!({ "MessageId": "1" })),
        ("SendMessage", json!({ "MessageId": "1" })),
    ];
    for (operation, body) in answers {
        script.next(operation, ANSWERS, Step::Instead(Reply::ok(body)));
    }
}
