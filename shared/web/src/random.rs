//! Randomness from the operating system, for names and keys.

use crate::{Code, Problem};

/// `N` random bytes.
///
/// # Errors
/// If the system has none, which no request can mend.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            tracing::error!(%error, "there is no randomness");
            Err(Problem::new(Code::Internal))
        }
    }
}
