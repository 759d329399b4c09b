//! What becomes of sessions when a password changes.

use sansfond_domain::ports::Sessions;

/// Ends somebody's sessions, after a new password. The password stays changed whatever happens here, so
/// trouble is for the operator's eyes.
pub(crate) async fn end_all(sessions: &dyn Sessions, who: &str) {
    if let Err(error) = sessions.end_all(who).await {
        tracing::error!(?error, "old sessions outlived a change of password");
    }
}
