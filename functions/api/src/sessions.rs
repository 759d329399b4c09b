//! Ends sessions when a password changes.

use sansfond_domain::ports::Sessions;

/// Ends all sessions of a user after a password change. The password is changed in any case, so an error here is only
/// logged.
pub(crate) async fn end_all(sessions: &dyn Sessions, user: &str) {
    if let Err(error) = sessions.end_all(user).await {
        tracing::error!(?error, "sessions were not ended after a password change");
    }
}
