//! Issues the tokens of sessions, with a key that is made for this process.

use std::sync::LazyLock;
use std::time::SystemTime;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use serde_json::{Value, json};

/// Making a key takes a moment, so all tests of a process share it.
static KEY: LazyLock<EncodingKey> = LazyLock::new(make_key);

/// The issuer of a user pool, for its one client.
#[derive(Clone)]
pub struct Issuer {
    pool: String,
    client: String,
    key: EncodingKey,
    key_id: String,
}

fn make_key() -> EncodingKey {
    let key = RsaPrivateKey::new(&mut rsa::rand_core::OsRng, 2048).expect("a key");
    EncodingKey::from_rsa_der(key.to_pkcs1_der().expect("a document").as_bytes())
}

impl Issuer {
    /// The issuer of the pool and client with these names.
    #[must_use]
    pub fn new(pool: &str, client: &str) -> Self {
        Self { pool: pool.to_owned(), client: client.to_owned(), key: KEY.clone(), key_id: "k-1".to_owned() }
    }

    /// The same issuer with another key of that name.
    #[must_use]
    pub fn with_another_key(&self, key_id: &str) -> Self {
        Self { key: make_key(), key_id: key_id.to_owned(), ..self.clone() }
    }

    /// `iss` of its tokens, in Cognito's format.
    #[must_use]
    pub fn url(&self) -> String {
        let region = self.pool.split('_').next().unwrap_or_default();
        format!("https://cognito-idp.{region}.amazonaws.com/{}", self.pool)
    }

    /// The public keys.
    ///
    /// # Panics
    /// Never: the key is one of ours.
    #[must_use]
    pub fn keys(&self) -> JwkSet {
        let mut key = Jwk::from_encoding_key(&self.key, Algorithm::RS256).expect("a public key");
        key.common.key_id = Some(self.key_id.clone());
        JwkSet { keys: vec![key] }
    }

    /// The claims of an access token that is valid for a quarter of an hour.
    #[must_use]
    pub fn access_claims(&self, account: &str) -> Value {
        let now = seconds();
        json!({
            "sub": account, "username": account, "iss": self.url(), "client_id": self.client,
            "token_use": "access", "scope": "aws.cognito.signin.user.admin",
            "auth_time": now, "iat": now, "exp": now + 900,
        })
    }

    /// The claims of an ID token.
    #[must_use]
    pub fn id_claims(&self, account: &str, email: &str, locale: &str) -> Value {
        let now = seconds();
        json!({
            "sub": account, "cognito:username": account, "iss": self.url(), "aud": self.client,
            "token_use": "id", "email": email, "email_verified": true, "locale": locale,
            "auth_time": now, "iat": now, "exp": now + 900,
        })
    }

    /// An access token.
    #[must_use]
    pub fn access(&self, account: &str) -> String {
        self.sign(&self.access_claims(account))
    }

    /// Signs claims as Cognito does.
    #[must_use]
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    /// Signs claims with another header.
    ///
    /// # Panics
    /// If the header needs another kind of key.
    #[must_use]
    pub fn sign_as(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.key).expect("a token")
    }

    /// The header of its tokens.
    #[must_use]
    pub fn header(&self) -> Header {
        Header { kid: Some(self.key_id.clone()), typ: None, ..Header::new(Algorithm::RS256) }
    }
}

/// The current time in the format of tokens.
#[expect(clippy::disallowed_methods, reason = "it replaces Cognito, which has its own clock")]
fn seconds() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs()
}
