//! Settings from the environment. An error always names the variable.

use std::str::FromStr;

/// A setting cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum SettingError {
    /// It is there but cannot be read.
    #[error("the environment variable {name} is set to “{value}”: {reason}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// What it says.
        value: String,
        /// Why that cannot be.
        reason: String,
    },
    /// It has to be there.
    #[error("the environment variable {name} must be set")]
    Missing {
        /// The variable.
        name: &'static str,
    },
}

/// A setting that nobody may read in a log.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// What it is.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a secret")
    }
}

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

/// A setting that may be absent. An empty variable counts as absent.
///
/// # Errors
/// [`SettingError::Invalid`].
#[expect(clippy::disallowed_methods, reason = "this is where the environment is read")]
pub fn optional<T: FromStr<Err: ToString>>(name: &'static str) -> Result<Option<T>, SettingError> {
    parse(name, std::env::var_os(name))
}

/// A setting that must be there.
///
/// # Errors
/// [`SettingError`].
pub fn required<T: FromStr<Err: ToString>>(name: &'static str) -> Result<T, SettingError> {
    optional(name)?.ok_or(SettingError::Missing { name })
}

fn parse<T: FromStr<Err: ToString>>(
    name: &'static str,
    value: Option<std::ffi::OsString>,
) -> Result<Option<T>, SettingError> {
    let Some(value) = value.filter(|value| !value.is_empty()) else { return Ok(None) };
    let invalid =
        |reason: String| SettingError::Invalid { name, value: value.to_string_lossy().into_owned(), reason };
    let text = value.to_str().ok_or_else(|| invalid("it is not UTF-8".to_owned()))?;
    text.parse().map(Some).map_err(|error: T::Err| invalid(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_absent() {
        assert_eq!(parse::<u32>("N", Some("".into())).expect("absent"), None);
        assert_eq!(parse::<u32>("N", Some("7".into())).expect("valid"), Some(7));
    }

    #[test]
    fn a_secret_is_not_written_down() {
        let secret = parse::<Secret>("S", Some("hunter2".into())).expect("valid").expect("set");
        assert_eq!((format!("{secret:?}").as_str(), secret.reveal()), ("a secret", "hunter2"));
        assert_eq!(parse::<Secret>("S", Some("".into())).expect("absent"), None);
    }

    #[test]
    fn an_error_names_variable_and_value() {
        let error = parse::<u32>("THREADS", Some("many".into())).expect_err("no number").to_string();
        assert!(error.contains("THREADS") && error.contains("many"), "{error}");
        assert!(matches!(required::<u32>("SANSFOND_NO_SUCH_VARIABLE"), Err(SettingError::Missing { .. })));
    }
}
