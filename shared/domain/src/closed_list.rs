//! Enums whose variants have names in the API. The list is written once: table, description and tests
//! are made from it.

/// The enum, `ALL` of its variants, and a function that names them. `serde` writes the same names.
macro_rules! closed_list {
    ($(#[$about:meta])* enum $list:ident, $named:ident {
        $($(#[$what:meta])* $variant:ident $name:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ::serde::Serialize, ::serde::Deserialize)]
        pub enum $list { $($(#[$what])* #[serde(rename = $name)] $variant,)* }

        impl $list {
            /// All of them.
            pub const ALL: [Self; [$($name),*].len()] = [$(Self::$variant),*];

            /// Its name in the API.
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
