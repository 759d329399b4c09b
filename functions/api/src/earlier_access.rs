//! What a new password ends.

use std::sync::Arc;
use std::time::Duration;

use sansfond_boot::Boot;
use sansfond_domain::ports::{Accounts, ApiKeys, Scope, Sessions, TransactionError, Transactions};
use sansfond_domain::rules::{Refusal, password_changed};
use sansfond_domain::{AccountId, Timestamp};
use sansfond_texts::account;
use sansfond_web::{Problem, now};

/// Ends what an earlier password began.
#[derive(Clone)]
pub(crate) struct EarlierAccess {
    sessions: Arc<dyn Sessions>,
    accounts: Arc<dyn Accounts>,
    keys: Arc<dyn ApiKeys>,
    transactions: Arc<dyn Transactions>,
}

impl EarlierAccess {
    pub(crate) fn new(boot: &Boot) -> anyhow::Result<Self> {
        let table = boot.table()?;
        Ok(Self { sessions: boot.pool()?, accounts: table.clone(), keys: table.clone(), transactions: table })
    }

    /// Tells the owner that the password has changed, ends all sessions of the account, and revokes its API keys if
    /// `with_api_keys`. Returns when a new session can begin.
    ///
    /// # Errors
    /// The password has been changed in any case, but something that is older may still be valid.
    pub(crate) async fn end(&self, account: &AccountId, with_api_keys: bool) -> Result<(), Problem> {
        self.tell_owner(account).await;
        let ended = self.end_sessions(account).await;
        let revoked = if with_api_keys { self.revoke_keys(account).await } else { Ok(()) };
        ended.and(revoked).map_err(|problem| problem.detail(account::old_access_still_valid()))
    }

    /// Access tokens that were issued before stay valid for up to a quarter of an hour. They can no longer create an API
    /// key, which would outlive them. Tokens have whole seconds, so this waits for the next one: it tells the tokens
    /// of the ended sessions from those of new ones.
    async fn end_sessions(&self, account: &AccountId) -> Result<(), Problem> {
        let signed_out = self.sessions.end_all(account.as_ref()).await;
        let ended_at = now();
        let next = Timestamp::from_millis((ended_at.seconds() + 1) * 1000);
        self.accounts.end_sessions_before(account, next).await?;
        let left = u64::try_from(next.millis() - ended_at.millis()).unwrap_or_default();
        tokio::time::sleep(Duration::from_millis(left)).await;
        Ok(signed_out?)
    }

    async fn revoke_keys(&self, account: &AccountId) -> Result<(), Problem> {
        for key in self.keys.keys(account).await? {
            self.keys.revoke(account, &key.id).await?;
        }
        Ok(())
    }

    /// If this fails, it is only logged: the change stands.
    async fn tell_owner(&self, account: &AccountId) {
        let scope = Scope::of_records(account.clone(), Vec::new());
        match self.transactions.apply(&scope, &|seen| password_changed(seen, now())).await {
            // Nobody has signed in yet, so there is no account to protect.
            Ok(_) | Err(TransactionError::Refused(Refusal::NoAccount)) => {}
            Err(error) => tracing::error!(?error, "the owner was not told of a new password"),
        }
    }
}
