//! Accounts' passwords and sessions, in a Cognito user pool.
//!
//! The pool's client allows only flows that need our credentials: a password can be tried only through the `login`
//! function, which limits the number of attempts. The client also has a secret. Otherwise anyone could read the
//! client's ID in their own token and request emails from Cognito directly, past our limits. Each call contains
//! [`UserPool::hash`] as proof that it comes from one of our functions.

use std::collections::HashMap;

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType,
};
use aws_sdk_dynamodb::config::http::HttpResponse;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sansfond_domain::ports::{
    AccountRemoval, IdentityError, Login, Passwords, PortError, Sessions, SignUp, Tokens,
};
use sansfond_domain::{AccountId, Language};
use sansfond_telemetry::settings::Secret;
use sha2::Sha256;

use crate::error::{port, strange};

const SERVICE: &str = "Cognito";

/// The user pool, through its one client.
#[derive(Debug, Clone)]
pub struct UserPool {
    client: Client,
    id: String,
    client_id: String,
    client_secret: Option<Secret>,
}

impl UserPool {
    /// A client for the pool. Without `client_secret` the calls contain no proof.
    #[must_use]
    pub fn new(config: &SdkConfig, id: String, client_id: String, client_secret: Option<Secret>) -> Self {
        Self { client: Client::new(config), id, client_id, client_secret }
    }

    /// The proof that a call about `username` knows the client's secret: Cognito's `SECRET_HASH`, the HMAC-SHA256
    /// of user and client in base64.
    fn hash(&self, username: &str) -> Option<String> {
        let secret = self.client_secret.as_ref()?.reveal();
        let mut hmac = Hmac::<Sha256>::new_from_slice(secret.as_bytes())
            .expect("a key of any length is good. This is a bug.");
        hmac.update(username.as_bytes());
        hmac.update(self.client_id.as_bytes());
        Some(STANDARD.encode(hmac.finalize().into_bytes()))
    }

    /// The proof as a parameter of a login.
    fn proof(&self, username: &str) -> HashMap<String, String> {
        self.hash(username).map(|hash| ("SECRET_HASH".to_owned(), hash)).into_iter().collect()
    }
}

/// Maps an error of Cognito to an [`IdentityError`].
fn identity<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> IdentityError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    move |error| match error.code() {
        Some("NotAuthorizedException") if error.message().is_some_and(is_about_the_secret) => {
            tracing::error!(operation, "the user pool rejected the client's secret");
            IdentityError::WrongCredentials
        }
        // Cognito tells that an email is not confirmed whatever the password is. We do not: after a registration,
        // anyone could then ask which emails had an account before.
        Some("NotAuthorizedException" | "UserNotFoundException" | "UserNotConfirmedException") => {
            IdentityError::WrongCredentials
        }
        Some("CodeMismatchException" | "ExpiredCodeException") => IdentityError::WrongCode,
        Some("InvalidPasswordException" | "PasswordHistoryPolicyViolationException") => {
            IdentityError::WeakPassword
        }
        Some("LimitExceededException" | "TooManyRequestsException" | "TooManyFailedAttemptsException") => {
            IdentityError::TooManyTries
        }
        _ => IdentityError::Port(port(SERVICE, operation)(error)),
    }
}

/// Cognito has the same code for a wrong password and a wrong secret. Only the operator needs to know of the second.
fn is_about_the_secret(message: &str) -> bool {
    message.contains("secret hash") || message.contains("SECRET_HASH")
}

fn tokens(result: Option<AuthenticationResultType>) -> Result<Tokens, IdentityError> {
    let incomplete = || IdentityError::Port(strange(SERVICE, "reading tokens", "a token is missing"));
    let result = result.ok_or_else(incomplete)?;
    Ok(Tokens {
        access: result.access_token.ok_or_else(incomplete)?,
        id: result.id_token.ok_or_else(incomplete)?,
        refresh: result.refresh_token,
    })
}

#[async_trait]
impl SignUp for UserPool {
    async fn register(&self, email: &str, language: Language) -> Result<(), IdentityError> {
        let attribute = |name: &str, value: &str| {
            let attribute = AttributeType::builder().name(name).value(value).build();
            attribute.map_err(|error| IdentityError::Port(strange(SERVICE, "building a user", error)))
        };
        let sent = self
            .client
            .sign_up()
            .client_id(&self.client_id)
            .set_secret_hash(self.hash(email))
            .username(email)
            .password(unknown_password().map_err(IdentityError::Port)?)
            .user_attributes(attribute("email", email)?)
            .user_attributes(attribute("locale", language.code())?)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            // Whoever registered it first may not have the mailbox.
            Err(error) if error.code() == Some("UsernameExistsException") => self.resend(email).await,
            Err(error) => Err(identity("SignUp")(error)),
        }
    }

    async fn confirm(&self, email: &str, code: &str, password: &str) -> Result<(), IdentityError> {
        let request = self.client.confirm_sign_up().client_id(&self.client_id).username(email);
        let request = request.set_secret_hash(self.hash(email));
        let sent = request.confirmation_code(code).send().await;
        // Confirmed already, or no such account.
        sent.map_err(|error| wrong_code(identity("ConfirmSignUp")(error)))?;
        let request = self.client.admin_set_user_password().user_pool_id(&self.id).username(email);
        let sent = request.password(password).permanent(true).send().await;
        sent.map(drop)
            .map_err(|error| IdentityError::PasswordNotSet(port(SERVICE, "AdminSetUserPassword")(error)))
    }

    async fn resend(&self, email: &str) -> Result<(), IdentityError> {
        let request = self.client.resend_confirmation_code().client_id(&self.client_id).username(email);
        match request.set_secret_hash(self.hash(email)).send().await {
            Ok(_) => Ok(()),
            Err(error) => hide_reason(identity("ResendConfirmationCode")(error)),
        }
    }
}

/// A password that nobody knows. Cognito requires one at registration; the owner of the mailbox chooses the real one
/// when confirming the email.
fn unknown_password() -> Result<String, PortError> {
    let mut random = [0; 32];
    getrandom::fill(&mut random)
        .map_err(|error| strange("the operating system", "random bytes", error.to_string()))?;
    // The prefix satisfies the pool's policy.
    Ok(format!("Aa1{}", STANDARD.encode(random)))
}

/// A code for an account that does not exist is a wrong code. The response does not tell which.
fn wrong_code(error: IdentityError) -> IdentityError {
    match error {
        IdentityError::WrongCredentials => IdentityError::WrongCode,
        other => other,
    }
}

/// Hides the reason why a code was not sent: the response must not reveal whether the account exists.
fn hide_reason(error: IdentityError) -> Result<(), IdentityError> {
    match error {
        IdentityError::WrongCredentials => Ok(()),
        IdentityError::Port(port) if !port.retryable => {
            // “InvalidParameterException: User is already confirmed” is one of these.
            tracing::warn!(error = ?port, "a code was not sent");
            Ok(())
        }
        other => Err(other),
    }
}

#[async_trait]
impl Sessions for UserPool {
    async fn login(&self, email: &str, password: &str) -> Result<Login, IdentityError> {
        let answer = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.id)
            .client_id(&self.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .set_auth_parameters(Some(self.proof(email)))
            .auth_parameters("USERNAME", email)
            .auth_parameters("PASSWORD", password)
            .send()
            .await
            .map_err(identity("AdminInitiateAuth"))?;
        match answer.challenge_name {
            None => Ok(Login::Session(tokens(answer.authentication_result)?)),
            Some(ChallengeNameType::SoftwareTokenMfa) => {
                let user = answer.challenge_parameters.unwrap_or_default().remove("USER_ID_FOR_SRP");
                let account = user.and_then(|user| user.parse().ok()).ok_or_else(|| {
                    IdentityError::Port(strange(SERVICE, "AdminInitiateAuth", "a challenge without a user"))
                })?;
                Ok(Login::CodeWanted { account, session: answer.session.unwrap_or_default() })
            }
            Some(other) => {
                let source = format!("the challenge {} is not one of ours", other.as_str());
                Err(IdentityError::Port(strange(SERVICE, "AdminInitiateAuth", source)))
            }
        }
    }

    async fn answer_code(
        &self,
        account: &AccountId,
        session: &str,
        code: &str,
    ) -> Result<Tokens, IdentityError> {
        let answer = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.id)
            .client_id(&self.client_id)
            .challenge_name(ChallengeNameType::SoftwareTokenMfa)
            .session(session)
            .set_challenge_responses(Some(self.proof(account.as_ref())))
            .challenge_responses("USERNAME", account.as_ref())
            .challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code)
            .send()
            .await
            .map_err(identity("AdminRespondToAuthChallenge"))?;
        tokens(answer.authentication_result)
    }

    async fn refresh(&self, account: &AccountId, refresh: &str) -> Result<Tokens, IdentityError> {
        let answer = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.id)
            .client_id(&self.client_id)
            .auth_flow(AuthFlowType::RefreshTokenAuth)
            .set_auth_parameters(Some(self.proof(account.as_ref())))
            .auth_parameters("REFRESH_TOKEN", refresh)
            .send()
            .await;
        match answer.map_err(identity("AdminInitiateAuth")) {
            Ok(answer) => tokens(answer.authentication_result),
            Err(IdentityError::WrongCredentials) => Err(IdentityError::SessionOver),
            Err(error) => Err(error),
        }
    }

    async fn revoke(&self, refresh: &str) -> Result<(), IdentityError> {
        let request = self.client.revoke_token().client_id(&self.client_id).token(refresh);
        // The only call that takes the secret itself.
        let secret = self.client_secret.as_ref().map(|secret| secret.reveal().to_owned());
        match request.set_client_secret(secret).send().await {
            Ok(_) => Ok(()),
            // A token that Cognito does not know is as good as revoked.
            Err(error)
                if matches!(error.code(), Some("NotAuthorizedException" | "InvalidParameterException")) =>
            {
                Ok(())
            }
            Err(error) => Err(identity("RevokeToken")(error)),
        }
    }

    async fn end_all(&self, user: &str) -> Result<(), IdentityError> {
        let request = self.client.admin_user_global_sign_out().user_pool_id(&self.id).username(user);
        request.send().await.map(drop).map_err(identity("AdminUserGlobalSignOut"))
    }
}

#[async_trait]
impl Passwords for UserPool {
    async fn forgot(&self, email: &str) -> Result<(), IdentityError> {
        let request = self.client.forgot_password().client_id(&self.client_id).username(email);
        match request.set_secret_hash(self.hash(email)).send().await {
            Ok(_) => Ok(()),
            Err(error) => hide_reason(identity("ForgotPassword")(error)),
        }
    }

    async fn reset(&self, email: &str, code: &str, password: &str) -> Result<AccountId, IdentityError> {
        // Before the code is used: without the account's ID its API keys cannot be revoked. Both calls are made in any
        // case, so that the time of the response does not reveal whether there is an account.
        let user = self.client.admin_get_user().user_pool_id(&self.id).username(email).send().await;
        let user = user.map_err(|error| wrong_code(identity("AdminGetUser")(error)));
        if let Err(error @ (IdentityError::Port(_) | IdentityError::TooManyTries)) = user {
            return Err(error);
        }
        let request = self.client.confirm_forgot_password().client_id(&self.client_id).username(email);
        let request = request.set_secret_hash(self.hash(email));
        let sent = request.confirmation_code(code).password(password).send().await;
        sent.map_err(|error| wrong_code(identity("ConfirmForgotPassword")(error)))?;
        user?.username().parse().map_err(|_| {
            IdentityError::Port(strange(SERVICE, "AdminGetUser", "the user name is not an account ID"))
        })
    }

    async fn change(&self, access: &str, old: &str, new: &str) -> Result<(), IdentityError> {
        let request = self.client.change_password().access_token(access);
        let sent = request.previous_password(old).proposed_password(new).send().await;
        sent.map(drop).map_err(identity("ChangePassword"))
    }
}

#[async_trait]
impl AccountRemoval for UserPool {
    async fn delete_user(&self, account: &AccountId) -> Result<(), IdentityError> {
        let request = self.client.admin_delete_user().user_pool_id(&self.id).username(account.as_ref());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("UserNotFoundException") => Ok(()),
            Err(error) => Err(identity("AdminDeleteUser")(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws_config::{BehaviorVersion, SdkConfig};

    use super::*;

    fn pool(secret: Option<&str>) -> UserPool {
        let config = SdkConfig::builder().behavior_version(BehaviorVersion::latest()).build();
        let secret = secret.map(|secret| secret.parse().expect("any text"));
        UserPool::new(&config, "eu-west-3_Test".to_owned(), "client-1".to_owned(), secret)
    }

    #[test]
    fn the_secret_hash_is_computed_as_by_cognito() {
        // printf 'ada@example.org%s' client-1 | openssl dgst -sha256 -hmac s3cret -binary | base64
        let expected = "QDbeWE0BUURApSwBFbt+VUNK/LfRdWCI993yd3tJT6w=";
        assert_eq!(pool(Some("s3cret")).hash("ada@example.org").as_deref(), Some(expected));
        assert_ne!(pool(Some("s3cret")).hash("bob@example.org").as_deref(), Some(expected));
        assert_ne!(pool(Some("S3cret")).hash("ada@example.org").as_deref(), Some(expected));
        assert_eq!(pool(None).hash("ada@example.org"), None);
    }

    #[test]
    fn the_secret_is_not_in_debug_output() {
        let written = format!("{:?}", pool(Some("hunter2")));
        assert!(written.contains("client-1") && !written.contains("hunter2"), "{written}");
    }
}
