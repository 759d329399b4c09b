//! The wire format of Protocol Buffers: tags, varints, lengths. It does not depend on ONNX.

use super::OnnxError;

/// One field of a message.
pub(super) struct Field<'a> {
    pub(super) number: u32,
    pub(super) value: Value<'a>,
    /// Tag, length and content, as in the message.
    pub(super) raw: &'a [u8],
}

/// The content of a field.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// Integers, booleans, enums.
    Varint(u64),
    /// Strings, bytes, messages, packed arrays.
    Bytes(&'a [u8]),
    /// Fixed-width numbers, which are never decoded.
    Fixed,
}

/// One encoded field, or none.
#[derive(Default)]
pub(super) struct Message(pub(super) Vec<u8>);

impl Message {
    /// A field with a length.
    pub(super) fn bytes(number: u32, body: &[u8]) -> Self {
        let mut encoded = Vec::with_capacity(body.len() + 12);
        push_varint(&mut encoded, u64::from(number) << 3 | 2);
        push_varint(&mut encoded, body.len() as u64);
        encoded.extend_from_slice(body);
        Self(encoded)
    }

    /// A field with an integer.
    pub(super) fn varint(number: u32, value: u64) -> Self {
        let mut encoded = Vec::new();
        push_varint(&mut encoded, u64::from(number) << 3);
        push_varint(&mut encoded, value);
        Self(encoded)
    }
}

/// Splits a message into its fields.
pub(super) fn fields(message: &[u8]) -> Result<Vec<Field<'_>>, OnnxError> {
    let mut found = Vec::new();
    let mut rest = message;
    while !rest.is_empty() {
        let start = rest;
        let tag = take_varint(&mut rest)?;
        let number = u32::try_from(tag >> 3).map_err(|_| OnnxError::Malformed)?;
        let value = match tag & 7 {
            0 => Value::Varint(take_varint(&mut rest)?),
            1 => {
                take(&mut rest, 8)?;
                Value::Fixed
            }
            2 => {
                let length = usize::try_from(take_varint(&mut rest)?).map_err(|_| OnnxError::Malformed)?;
                Value::Bytes(take(&mut rest, length)?)
            }
            5 => {
                take(&mut rest, 4)?;
                Value::Fixed
            }
            _ => return Err(OnnxError::Malformed),
        };
        found.push(Field { number, value, raw: &start[..start.len() - rest.len()] });
    }
    Ok(found)
}

/// The integers of a packed array.
pub(super) fn packed_varints(mut packed: &[u8]) -> Result<Vec<u64>, OnnxError> {
    let mut values = Vec::new();
    while !packed.is_empty() {
        values.push(take_varint(&mut packed)?);
    }
    Ok(values)
}

fn take<'a>(rest: &mut &'a [u8], length: usize) -> Result<&'a [u8], OnnxError> {
    let (taken, left) = rest.split_at_checked(length).ok_or(OnnxError::Malformed)?;
    *rest = left;
    Ok(taken)
}

fn take_varint(rest: &mut &[u8]) -> Result<u64, OnnxError> {
    let mut value = 0;
    for shift in (0..64).step_by(7) {
        let byte = take(rest, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(value);
        }
    }
    Err(OnnxError::Malformed)
}

fn push_varint(encoded: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        encoded.push(value as u8 | 0x80);
        value >>= 7;
    }
    encoded.push(value as u8);
}
