//! Random bytes of the operating system, for IDs and keys.

use crate::{Code, Problem};

/// `N` random bytes.
///
/// # Errors
/// [`Code::Internal`] if the system provides none.
pub fn random_bytes<const N: usize>() -> Result<[u8; N], Problem> {
    let mut bytes = [0; N];
    match getrandom::fill(&mut bytes) {
        Ok(()) => Ok(bytes),
        Err(error) => {
            tracing::error!(%error, "the operating system provides no random bytes");
            Err(Problem::new(Code::Internal))
        }
    }
}
