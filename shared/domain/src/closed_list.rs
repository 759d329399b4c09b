//! Enums with variants that have names in the API. Each list is written once; the stored names, the API's names and
//! the tests come from it.

/// Defines the enum, the list `ALL` of its variants, and a function that returns a variant's name. `serde` uses the
/// same names.
macro_rules! closed_list {
    ($(#[$about:meta])* enum $list:ident, $named:ident {
        $($(#[$what:meta])* $variant:ident $name:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $list { $($(#[$what])* #[serde(rename = $name)] $variant,)* }

        impl $list {
            /// All variants.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// The name in the API.
            #[must_use]
            pub const fn $named(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }
        }
    };
}

pub(crate) use closed_list;

#[cfg(test)]
mod tests {
    use crate::{Failure, JobKind, JobState};

    #[test]
    fn a_name_is_the_same_in_the_table_and_in_the_api() {
        for state in JobState::ALL {
            assert_eq!(serde_json::to_value(state).expect("JSON"), state.name());
        }
        let kinds = JobKind::ALL.map(|kind| serde_json::to_string(&kind).expect("JSON"));
        assert_eq!(kinds, [r#""image""#, r#""video""#]);
        assert_eq!(
            serde_json::from_str::<Failure>(r#""no_subject""#).expect("a failure"),
            Failure::NoSubject
        );
    }
}
