//! What ends when a password changes.

use std::time::Duration;

use sansfond_domain::ports::{Accounts, ApiKeys, PortError, Scope, Sessions, TransactionError, Transactions};
use sansfond_domain::rules::{Refusal, password_changed};
use sansfond_domain::{AccountId, Timestamp};
use sansfond_web::now;

/// Ends all sessions of an account after a password change. Returns when a new session can begin.
///
/// Access tokens that were issued before stay valid for up to a quarter of an hour. They can no longer create an API
/// key, which would outlive them. Tokens have whole seconds, so this waits for the next one: it tells the tokens of
/// the ended sessions from those of new ones.
///
/// # Errors
/// The password has been changed in any case.
pub(crate) async fn end_all(
    sessions: &dyn Sessions,
    accounts: &dyn Accounts,
    account: &AccountId,
) -> Result<(), PortError> {
    if let Err(error) = sessions.end_all(account.as_ref()).await {
        tracing::error!(?error, "sessions were not ended after a password change");
    }
    let (ended_at, next) = {
        let now = now();
        (now, Timestamp::from_millis((now.seconds() + 1) * 1000))
    };
    accounts.end_sessions_before(account, next).await?;
    let left = u64::try_from(next.millis() - ended_at.millis()).unwrap_or_default();
    tokio::time::sleep(Duration::from_millis(left)).await;
    Ok(())
}

/// Revokes all API keys of an account.
///
/// # Errors
/// Some keys may still be valid.
pub(crate) async fn revoke_keys(keys: &dyn ApiKeys, account: &AccountId) -> Result<(), PortError> {
    for key in keys.keys(account).await? {
        keys.revoke(account, &key.id).await?;
    }
    Ok(())
}

/// Tells the owner by email that the password has changed. If this fails, it is only logged: the change stands.
pub(crate) async fn tell_owner(transactions: &dyn Transactions, account: &AccountId) {
    let scope = Scope::of_records(account.clone(), Vec::new());
    match transactions.apply(&scope, &|seen| password_changed(seen, now())).await {
        // Nobody has signed in yet, so there is no account to protect.
        Ok(_) | Err(TransactionError::Refused(Refusal::NoAccount)) => {}
        Err(error) => tracing::error!(?error, "the owner was not told of a new password"),
    }
}
