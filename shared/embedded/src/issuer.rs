//! Who signs the tokens of a session: a key of its own, made for this process and gone with it.

use std::sync::LazyLock;
use std::time::SystemTime;

use jsonwebtoken::jwk::{Jwk, JwkSet};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use rsa::RsaPrivateKey;
use rsa::pkcs1::EncodeRsaPrivateKey;
use serde_json::{Value, json};

/// Making a key takes a moment; all tests of a process share it.
static KEY: LazyLock<EncodingKey> = LazyLock::new(make_key);

/// A user pool's signer and its one client.
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
    /// Of the pool and the client of those names.
    #[must_use]
    pub fn new(pool: &str, client: &str) -> Self {
        Self { pool: pool.to_owned(), client: client.to_owned(), key: KEY.clone(), key_id: "k-1".to_owned() }
    }

    /// The same, with another key under that name.
    #[must_use]
    pub fn with_another_key(&self, key_id: &str) -> Self {
        Self { key: make_key(), key_id: key_id.to_owned(), ..self.clone() }
    }

    /// `iss` of its tokens, as Cognito writes it.
    #[must_use]
    pub fn url(&self) -> String {
        let region = self.pool.split('_').next().unwrap_or_default();
        format!("https://cognito-idp.{region}.amazonaws.com/{}", self.pool)
    }

    /// What everybody may know of the key.
    ///
    /// # Panics
    /// Never: the key is one of ours.
    #[must_use]
    pub fn keys(&self) -> JwkSet {
        let mut key = Jwk::from_encoding_key(&self.key, Algorithm::RS256).expect("a public key");
        key.common.key_id = Some(self.key_id.clone());
        JwkSet { keys: vec![key] }
    }

    /// The claims of an access token, good for a quarter of an hour.
    #[must_use]
    pub fn access_claims(&self, account: &str) -> Value {
        let now = seconds();
        json!({
            "sub": account, "username": account, "iss": self.url(), "client_id": self.client,
            "token_use": "access", "scope": "aws.cognito.signin.user.admin",
            "auth_time": now, "iat": now, "exp": now + 900,
        })
    }

    /// The claims of an id token.
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

    /// Signs claims under another header.
    ///
    /// # Panics
    /// If the header asks for another kind of key.
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

/// Now, as tokens write it.
#[expect(clippy::disallowed_methods, reason = "it stands for Cognito, which has a clock of its own")]
fn seconds() -> u64 {
    SystemTime::UNIX_EPOCH.elapsed().expect("after 1970").as_secs()
}
