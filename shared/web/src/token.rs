//! Verifies Cognito's tokens (RS256) with the published keys of the user pool, which are cached for the life of the
//! process.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use sansfond_domain::{AccountId, Language, Timestamp};
use serde::Deserialize;
use tokio::sync::Mutex;

use crate::Session;

/// Minimum time between two downloads of the keys because of a token with an unknown key.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// Minimum time after a failed download before the next one.
const TRY_AGAIN_AFTER: Duration = Duration::from_secs(2);
const LEEWAY_SECONDS: u64 = 10;

/// The source of the keys.
#[derive(Debug, Clone)]
pub enum KeySource {
    /// The URL of the pool's `jwks.json`.
    Url(String),
    /// Fixed keys, for tests.
    Fixed(JwkSet),
}

/// The reason why a token is rejected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The token has expired.
    #[error("the token has expired")]
    Expired,
    /// The token is invalid, or belongs to another pool, client or use.
    #[error("the token is invalid")]
    Invalid,
    /// The keys of the pool could not be downloaded.
    #[error("the keys of the user pool could not be downloaded")]
    NoKeys,
}

/// Verifies tokens of one pool and one client.
pub struct Verifier {
    issuer: String,
    client_id: String,
    source: KeySource,
    keys: Mutex<CachedKeys>,
}

struct CachedKeys {
    /// Decoded keys by ID.
    keys: HashMap<String, DecodingKey>,
    asked: Option<Instant>,
    failed: Option<Instant>,
}

#[derive(Deserialize)]
struct AccessClaims {
    sub: AccountId,
    /// In seconds of Unix time.
    iat: i64,
    client_id: String,
    token_use: String,
}

#[derive(Deserialize)]
struct IdClaims {
    sub: AccountId,
    email: String,
    locale: Option<String>,
    aud: String,
    token_use: String,
}

/// The user of an ID token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInUser {
    /// The account.
    pub account: AccountId,
    /// The email address.
    pub email: String,
    /// Its language, if it was given and has texts.
    pub language: Option<Language>,
}

impl Verifier {
    /// A verifier for the tokens of `issuer` for `client_id`.
    #[must_use]
    pub fn new(issuer: String, client_id: String, source: KeySource) -> Self {
        let known = CachedKeys { keys: HashMap::new(), asked: None, failed: None };
        Self { issuer, client_id, source, keys: Mutex::new(known) }
    }

    /// Verifies an access token and returns its session.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn access(&self, token: &str) -> Result<Session, TokenError> {
        let claims: AccessClaims = self.claims(token).await?;
        if claims.token_use == "access" && claims.client_id == self.client_id {
            let issued_at = Timestamp::from_millis(claims.iat.saturating_mul(1000));
            Ok(Session { account: claims.sub, issued_at })
        } else {
            Err(TokenError::Invalid)
        }
    }

    /// Verifies an ID token and returns its user.
    ///
    /// # Errors
    /// [`TokenError`].
    pub async fn id(&self, token: &str) -> Result<SignedInUser, TokenError> {
        let claims: IdClaims = self.claims(token).await?;
        if claims.token_use != "id" || claims.aud != self.client_id {
            return Err(TokenError::Invalid);
        }
        let language = claims.locale.and_then(|locale| sansfond_texts::find(&locale));
        Ok(SignedInUser { account: claims.sub, email: claims.email, language })
    }

    async fn claims<T: serde::de::DeserializeOwned>(&self, token: &str) -> Result<T, TokenError> {
        let header = decode_header(token).map_err(|_| TokenError::Invalid)?;
        if header.alg != Algorithm::RS256 {
            return Err(TokenError::Invalid);
        }
        let key = self.key(&header.kid.ok_or(TokenError::Invalid)?).await?;
        let mut validation = Validation::new(Algorithm::RS256);
        validation.set_issuer(&[&self.issuer]);
        validation.set_required_spec_claims(&["exp", "iss", "sub"]);
        // Access tokens have no audience; that of ID tokens is checked in `id`.
        validation.validate_aud = false;
        validation.leeway = LEEWAY_SECONDS;
        match decode::<T>(token, &key, &validation) {
            Ok(data) => Ok(data.claims),
            Err(error) => Err(match error.kind() {
                jsonwebtoken::errors::ErrorKind::ExpiredSignature => TokenError::Expired,
                _ => TokenError::Invalid,
            }),
        }
    }

    async fn key(&self, id: &str) -> Result<DecodingKey, TokenError> {
        let mut known = self.keys.lock().await;
        if let Some(key) = known.keys.get(id) {
            return Ok(key.clone());
        }
        if known.failed.is_some_and(|failed| failed.elapsed() < TRY_AGAIN_AFTER) {
            return Err(TokenError::NoKeys);
        }
        if known.asked.is_none_or(|asked| asked.elapsed() > ASK_AGAIN_AFTER) {
            match self.fetch().await {
                Ok(set) => {
                    (known.keys, known.asked, known.failed) = (ready(&set), Some(Instant::now()), None)
                }
                Err(error) => {
                    known.failed = Some(Instant::now());
                    return Err(error);
                }
            }
        }
        known.keys.get(id).cloned().ok_or(TokenError::Invalid)
    }

    async fn fetch(&self) -> Result<JwkSet, TokenError> {
        let url = match &self.source {
            KeySource::Fixed(set) => return Ok(set.clone()),
            KeySource::Url(url) => url.clone(),
        };
        let fetched = tokio::task::spawn_blocking(move || download(&url)).await;
        fetched.map_err(|_| TokenError::NoKeys)?.map_err(|error| {
            tracing::error!(causes = %error, "the keys of the user pool could not be downloaded");
            TokenError::NoKeys
        })
    }
}

/// Decodes the keys. Keys that cannot be decoded are skipped.
fn ready(set: &JwkSet) -> HashMap<String, DecodingKey> {
    let named = |jwk: &Jwk| Some((jwk.common.key_id.clone()?, DecodingKey::from_jwk(jwk).ok()?));
    set.keys.iter().filter_map(named).collect()
}

fn download(url: &str) -> Result<JwkSet, Box<dyn std::error::Error + Send + Sync>> {
    let agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_secs(3)))
        .max_redirects(0)
        .build()
        .new_agent();
    let mut response = agent.get(url).call()?;
    let body = response.body_mut().with_config().limit(100_000).read_to_vec()?;
    Ok(serde_json::from_slice(&body)?)
}
