//! The names of the fields that serde reads into a structure.

use std::fmt;

use serde::de::value::Error;
use serde::de::{Deserialize, Deserializer, Error as _, Visitor};
use serde::forward_to_deserialize_any;

/// The names of the fields of `T`. Empty if `T` is not a structure.
#[must_use]
pub fn field_names<'de, T: Deserialize<'de>>() -> &'static [&'static str] {
    let mut names: &'static [&'static str] = &[];
    // Always fails, after recording the names.
    drop(T::deserialize(FieldNames(&mut names)));
    names
}

/// A deserializer without data that records the requested fields.
struct FieldNames<'a>(&'a mut &'static [&'static str]);

impl<'de> Deserializer<'de> for FieldNames<'_> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(Error::custom("there is no data"))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        *self.0 = fields;
        self.deserialize_any(visitor)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit
        unit_struct newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl fmt::Debug for FieldNames<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FieldNames").field(self.0).finish()
    }
}

/// The known name that a user most likely meant: at most two edits away.
#[must_use]
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let near = known.into_iter().map(|known| (strsim::damerau_levenshtein(name, known), known));
    near.filter(|(distance, known)| *distance <= 2 && *distance < known.len()).min().map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ImageOptions, Percent, VideoOptions};

    #[test]
    fn field_names_are_those_that_serde_reads() {
        #[derive(serde::Deserialize)]
        #[expect(dead_code, reason = "only the names are read")]
        struct Two {
            first: u8,
            #[serde(rename = "next")]
            second: u8,
        }
        assert_eq!(field_names::<Two>(), ["first", "next"]);
        assert!(field_names::<ImageOptions>().contains(&"crop_margin"));
        assert!(field_names::<VideoOptions>().contains(&"until_ms"));
        assert_eq!(field_names::<Percent>(), [""; 0]);
    }

    #[test]
    fn a_misspelled_name_has_a_nearest_one() {
        let known = || ["background", "crop", "crop_margin"].into_iter();
        assert_eq!(nearest("bakground", known()), Some("background"));
        assert_eq!(nearest("crop_margins", known()), Some("crop_margin"));
        assert_eq!(nearest("cropp", known()), Some("crop"));
        assert_eq!(nearest("colour", known()), None);
    }
}
