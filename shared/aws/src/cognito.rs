//! Accounts' passwords and sessions, in a Cognito user pool.
//!
//! The pool's client has no flow that works without our credentials: a password can be tried only
//! through the `login` function, which counts the tries.

use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_sdk_cognitoidentityprovider::Client;
use aws_sdk_cognitoidentityprovider::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_cognitoidentityprovider::types::{
    AttributeType, AuthFlowType, AuthenticationResultType, ChallengeNameType,
};
use aws_sdk_dynamodb::config::http::HttpResponse;
use sansfond_domain::ports::{IdentityError, Login, Passwords, Removal, Sessions, SignUp, Tokens};
use sansfond_domain::{AccountId, Language};

use crate::error::{port, strange};

const SERVICE: &str = "Cognito";

/// The user pool, through its one client.
#[derive(Debug, Clone)]
pub struct Pool {
    client: Client,
    id: String,
    client_id: String,
}

impl Pool {
    /// The pool and client of those names.
    #[must_use]
    pub fn new(config: &SdkConfig, id: String, client_id: String) -> Self {
        Self { client: Client::new(config), id, client_id }
    }
}

/// What Cognito says → what a person is told.
fn identity<E>(operation: &'static str) -> impl FnOnce(SdkError<E, HttpResponse>) -> IdentityError
where
    E: ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
{
    move |error| match error.code() {
        Some("NotAuthorizedException" | "UserNotFoundException") => IdentityError::WrongCredentials,
        Some("UserNotConfirmedException") => IdentityError::NotConfirmed,
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
impl SignUp for Pool {
    async fn register(&self, email: &str, password: &str, language: Language) -> Result<(), IdentityError> {
        let attribute = |name: &str, value: &str| {
            let attribute = AttributeType::builder().name(name).value(value).build();
            attribute.map_err(|error| IdentityError::Port(strange(SERVICE, "building a user", error)))
        };
        let sent = self
            .client
            .sign_up()
            .client_id(&self.client_id)
            .username(email)
            .password(password)
            .user_attributes(attribute("email", email)?)
            .user_attributes(attribute("locale", language.code())?)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("UsernameExistsException") => Ok(()),
            Err(error) => Err(identity("SignUp")(error)),
        }
    }

    async fn confirm(&self, email: &str, code: &str) -> Result<(), IdentityError> {
        let request = self.client.confirm_sign_up().client_id(&self.client_id).username(email);
        request.confirmation_code(code).send().await.map(drop).map_err(|error| {
            match identity("ConfirmSignUp")(error) {
                // Confirmed already, or no such account: nobody is told which.
                IdentityError::WrongCredentials => IdentityError::WrongCode,
                other => other,
            }
        })
    }

    async fn resend(&self, email: &str) -> Result<(), IdentityError> {
        let sent =
            self.client.resend_confirmation_code().client_id(&self.client_id).username(email).send().await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => quietly(identity("ResendConfirmationCode")(error)),
        }
    }
}

/// A person who asks for a code learns only that it is on its way, if there is such an account.
fn quietly(error: IdentityError) -> Result<(), IdentityError> {
    match error {
        IdentityError::WrongCredentials | IdentityError::NotConfirmed => Ok(()),
        IdentityError::Port(port) if !port.retryable => {
            // “InvalidParameterException: User is already confirmed” is one of these.
            tracing::warn!(error = ?port, "a code was not sent");
            Ok(())
        }
        other => Err(other),
    }
}

#[async_trait]
impl Sessions for Pool {
    async fn login(&self, email: &str, password: &str) -> Result<Login, IdentityError> {
        let answer = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.id)
            .client_id(&self.client_id)
            .auth_flow(AuthFlowType::AdminUserPasswordAuth)
            .auth_parameters("USERNAME", email)
            .auth_parameters("PASSWORD", password)
            .send()
            .await
            .map_err(identity("AdminInitiateAuth"))?;
        match answer.challenge_name {
            None => Ok(Login::Session(tokens(answer.authentication_result)?)),
            Some(ChallengeNameType::SoftwareTokenMfa) => {
                let session = answer.session.unwrap_or_default();
                Ok(Login::CodeWanted { session })
            }
            Some(other) => {
                let source = format!("the challenge {} is not one of ours", other.as_str());
                Err(IdentityError::Port(strange(SERVICE, "AdminInitiateAuth", source)))
            }
        }
    }

    async fn answer_code(&self, email: &str, session: &str, code: &str) -> Result<Tokens, IdentityError> {
        let answer = self
            .client
            .admin_respond_to_auth_challenge()
            .user_pool_id(&self.id)
            .client_id(&self.client_id)
            .challenge_name(ChallengeNameType::SoftwareTokenMfa)
            .session(session)
            .challenge_responses("USERNAME", email)
            .challenge_responses("SOFTWARE_TOKEN_MFA_CODE", code)
            .send()
            .await
            .map_err(identity("AdminRespondToAuthChallenge"))?;
        tokens(answer.authentication_result)
    }

    async fn refresh(&self, refresh: &str) -> Result<Tokens, IdentityError> {
        let answer = self
            .client
            .admin_initiate_auth()
            .user_pool_id(&self.id)
            .client_id(&self.client_id)
            .auth_flow(AuthFlowType::RefreshTokenAuth)
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
        let sent = self.client.revoke_token().client_id(&self.client_id).token(refresh).send().await;
        match sent {
            Ok(_) => Ok(()),
            // A token that Cognito does not know opens nothing.
            Err(error)
                if matches!(error.code(), Some("NotAuthorizedException" | "InvalidParameterException")) =>
            {
                Ok(())
            }
            Err(error) => Err(identity("RevokeToken")(error)),
        }
    }

    async fn end_all(&self, who: &str) -> Result<(), IdentityError> {
        let request = self.client.admin_user_global_sign_out().user_pool_id(&self.id).username(who);
        request.send().await.map(drop).map_err(identity("AdminUserGlobalSignOut"))
    }
}

#[async_trait]
impl Passwords for Pool {
    async fn forgot(&self, email: &str) -> Result<(), IdentityError> {
        let sent = self.client.forgot_password().client_id(&self.client_id).username(email).send().await;
        match sent {
            Ok(_) => Ok(()),
            Err(error) => quietly(identity("ForgotPassword")(error)),
        }
    }

    async fn reset(&self, email: &str, code: &str, password: &str) -> Result<(), IdentityError> {
        let request = self.client.confirm_forgot_password().client_id(&self.client_id).username(email);
        let sent = request.confirmation_code(code).password(password).send().await;
        sent.map(drop).map_err(|error| match identity("ConfirmForgotPassword")(error) {
            IdentityError::WrongCredentials | IdentityError::NotConfirmed => IdentityError::WrongCode,
            other => other,
        })
    }

    async fn change(&self, access: &str, old: &str, new: &str) -> Result<(), IdentityError> {
        let request = self.client.change_password().access_token(access);
        let sent = request.previous_password(old).proposed_password(new).send().await;
        sent.map(drop).map_err(identity("ChangePassword"))
    }
}

#[async_trait]
impl Removal for Pool {
    async fn delete_user(&self, account: &AccountId) -> Result<(), IdentityError> {
        let request = self.client.admin_delete_user().user_pool_id(&self.id).username(account.as_ref());
        match request.send().await {
            Ok(_) => Ok(()),
            Err(error) if error.code() == Some("UserNotFoundException") => Ok(()),
            Err(error) => Err(identity("AdminDeleteUser")(error)),
        }
    }
}
