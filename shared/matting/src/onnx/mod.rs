//! Rewrites ONNX files without parsing all of their content.
//!
//! A published graph is changed in two ways before it is optimized. Measure both again when you add a model:
//! - Unused outputs are dropped: all but the first, or all but those that are named ([`Outputs`]). ISNet
//!   publishes twelve, and all twelve are computed and kept in memory unless the graph drops them.
//! - Half-precision weights are widened to 32 bits if the provider computes in 32 bits. Otherwise ONNX
//!   Runtime's CPU provider casts between every two nodes: 1.2 × the time and 1.5 × the memory.
//!
//! The format is Protocol Buffers. Only the few fields that must change are decoded; all other bytes are
//! copied, so fields of newer ONNX versions are kept.

mod wire;

use half::f16;
use wire::{Field, Message, Value};

/// The file is invalid, or has a form that is not rewritten.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OnnxError {
    /// The bytes are not a protocol buffer.
    #[error("this is not an ONNX file")]
    Malformed,
    /// The weights are in another file, which is not rewritten.
    #[error("the graph keeps its weights in another file")]
    ExternalData,
    /// A required output does not exist.
    #[error("the graph has no output “{0}”")]
    NoOutput(&'static str),
}

/// The outputs of a graph that are used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outputs {
    /// The first, whatever its name.
    First,
    /// Those with these names, in the graph's own order.
    Named(&'static [&'static str]),
}

// Numbers of fields and values, from onnx.proto3 of ONNX 1.17.
const MODEL_GRAPH: u32 = 7;
const GRAPH_NODE: u32 = 1;
const GRAPH_INITIALIZER: u32 = 5;
const GRAPH_INPUT: u32 = 11;
const GRAPH_OUTPUT: u32 = 12;
const GRAPH_VALUE_INFO: u32 = 13;
const NODE_OP_TYPE: u32 = 4;
const NODE_ATTRIBUTE: u32 = 5;
const ATTRIBUTE_INT: u32 = 3;
const ATTRIBUTE_TENSOR: u32 = 5;
const ATTRIBUTE_GRAPH: u32 = 6;
const ATTRIBUTE_TENSORS: u32 = 10;
const ATTRIBUTE_GRAPHS: u32 = 11;
const TENSOR_DATA_TYPE: u32 = 2;
const TENSOR_FLOAT_DATA: u32 = 4;
const TENSOR_INT32_DATA: u32 = 5;
const TENSOR_RAW_DATA: u32 = 9;
const TENSOR_EXTERNAL_DATA: u32 = 13;
const VALUE_INFO_NAME: u32 = 1;
const VALUE_INFO_TYPE: u32 = 2;
const TYPE_TENSOR: u32 = 1;
const TYPE_TENSOR_ELEMENT: u32 = 1;
const FLOAT: u64 = 1;
const FLOAT16: u64 = 10;

/// Returns the same network with only the requested outputs and, if `widen`, with 32-bit weights.
///
/// # Errors
/// [`OnnxError`]; if weights are in another file, the caller can run the file unchanged.
pub fn simplify(model: &[u8], widen: bool, requested: Outputs) -> Result<Vec<u8>, OnnxError> {
    let mut has_graph = false;
    let simplified = rewrite(model, |field| match field.value {
        Value::Bytes(graph) if field.number == MODEL_GRAPH => {
            has_graph = true;
            Ok(Some(Message::bytes(MODEL_GRAPH, &simplify_graph(graph, widen, Some(requested))?)))
        }
        _ => Ok(None),
    })?;
    if has_graph { Ok(simplified) } else { Err(OnnxError::Malformed) }
}

/// A graph inside a node keeps all its outputs; then `requested` is `None`.
fn simplify_graph(graph: &[u8], widen: bool, requested: Option<Outputs>) -> Result<Vec<u8>, OnnxError> {
    let mut kept = Vec::new();
    let simplified = rewrite(graph, |field| {
        let Value::Bytes(body) = field.value else { return Ok(None) };
        Ok(match field.number {
            GRAPH_OUTPUT if !is_requested(body, requested, &mut kept)? => Some(Message::default()),
            GRAPH_INPUT | GRAPH_OUTPUT | GRAPH_VALUE_INFO => {
                if widen {
                    Some(Message::bytes(field.number, &widen_value_info(body)?))
                } else {
                    None
                }
            }
            GRAPH_INITIALIZER => {
                let tensor = widen_tensor(body, widen)?;
                if widen { Some(Message::bytes(field.number, &tensor)) } else { None }
            }
            GRAPH_NODE => Some(Message::bytes(field.number, &widen_node(body, widen)?)),
            _ => None,
        })
    })?;
    match requested {
        Some(Outputs::Named(names)) => {
            match names.iter().find(|name| !kept.iter().any(|kept| kept == name.as_bytes())) {
                Some(missing) => Err(OnnxError::NoOutput(missing)),
                None => Ok(simplified),
            }
        }
        Some(Outputs::First) | None => Ok(simplified),
    }
}

/// Whether an output is kept; `kept` collects the names of those.
fn is_requested(
    output: &[u8],
    requested: Option<Outputs>,
    kept: &mut Vec<Vec<u8>>,
) -> Result<bool, OnnxError> {
    let fields = wire::fields(output)?;
    let name = fields.iter().find_map(|field| match field.value {
        Value::Bytes(name) if field.number == VALUE_INFO_NAME => Some(name),
        _ => None,
    });
    let name = name.unwrap_or_default();
    let is_requested = match requested {
        None => true,
        Some(Outputs::First) => kept.is_empty(),
        Some(Outputs::Named(names)) => names.iter().any(|requested| requested.as_bytes() == name),
    };
    if is_requested {
        kept.push(name.to_vec());
    }
    Ok(is_requested)
}

fn widen_node(node: &[u8], widen: bool) -> Result<Vec<u8>, OnnxError> {
    if !widen {
        return Ok(node.to_vec());
    }
    let casts = wire::fields(node)?.iter().any(|field| {
        field.number == NODE_OP_TYPE && matches!(field.value, Value::Bytes(b"Cast" | b"ConstantOfShape"))
    });
    rewrite(node, |field| match field.value {
        Value::Bytes(attribute) if field.number == NODE_ATTRIBUTE => {
            Ok(Some(Message::bytes(NODE_ATTRIBUTE, &widen_attribute(attribute, casts)?)))
        }
        _ => Ok(None),
    })
}

/// `casts`: the node's only integer attribute names a type.
fn widen_attribute(attribute: &[u8], casts: bool) -> Result<Vec<u8>, OnnxError> {
    rewrite(attribute, |field| {
        Ok(match (field.number, field.value) {
            (ATTRIBUTE_INT, Value::Varint(FLOAT16)) if casts => Some(Message::varint(ATTRIBUTE_INT, FLOAT)),
            (ATTRIBUTE_TENSOR | ATTRIBUTE_TENSORS, Value::Bytes(tensor)) => {
                Some(Message::bytes(field.number, &widen_tensor(tensor, true)?))
            }
            (ATTRIBUTE_GRAPH | ATTRIBUTE_GRAPHS, Value::Bytes(graph)) => {
                Some(Message::bytes(field.number, &simplify_graph(graph, true, None)?))
            }
            _ => None,
        })
    })
}

fn widen_tensor(tensor: &[u8], widen: bool) -> Result<Vec<u8>, OnnxError> {
    let fields = wire::fields(tensor)?;
    if fields.iter().any(|field| field.number == TENSOR_EXTERNAL_DATA) {
        return Err(OnnxError::ExternalData);
    }
    let half = fields
        .iter()
        .any(|field| field.number == TENSOR_DATA_TYPE && matches!(field.value, Value::Varint(FLOAT16)));
    if !half || !widen {
        return Ok(tensor.to_vec());
    }
    rewrite(tensor, |field| {
        Ok(match (field.number, field.value) {
            (TENSOR_DATA_TYPE, _) => Some(Message::varint(TENSOR_DATA_TYPE, FLOAT)),
            (TENSOR_RAW_DATA, Value::Bytes(halves)) => {
                let (halves, []) = halves.as_chunks::<2>() else { return Err(OnnxError::Malformed) };
                let wide: Vec<u8> =
                    halves.iter().flat_map(|half| f16::from_le_bytes(*half).to_f32().to_le_bytes()).collect();
                Some(Message::bytes(TENSOR_RAW_DATA, &wide))
            }
            // Without raw data, ONNX stores the bits of each half in an integer.
            (TENSOR_INT32_DATA, Value::Bytes(packed)) => {
                let wide: Vec<u8> = wire::packed_varints(packed)?
                    .into_iter()
                    .flat_map(|bits| f16::from_bits(bits as u16).to_f32().to_le_bytes())
                    .collect();
                Some(Message::bytes(TENSOR_FLOAT_DATA, &wide))
            }
            (TENSOR_INT32_DATA, Value::Varint(bits)) => {
                Some(Message::bytes(TENSOR_FLOAT_DATA, &f16::from_bits(bits as u16).to_f32().to_le_bytes()))
            }
            _ => None,
        })
    })
}

fn widen_value_info(value: &[u8]) -> Result<Vec<u8>, OnnxError> {
    within(value, VALUE_INFO_TYPE, |kind| within(kind, TYPE_TENSOR, widen_element_type))
}

fn widen_element_type(tensor: &[u8]) -> Result<Vec<u8>, OnnxError> {
    rewrite(tensor, |field| match (field.number, field.value) {
        (TYPE_TENSOR_ELEMENT, Value::Varint(FLOAT16)) => {
            Ok(Some(Message::varint(TYPE_TENSOR_ELEMENT, FLOAT)))
        }
        _ => Ok(None),
    })
}

/// Rewrites the messages in one field.
fn within(
    message: &[u8],
    number: u32,
    inner: impl Fn(&[u8]) -> Result<Vec<u8>, OnnxError>,
) -> Result<Vec<u8>, OnnxError> {
    rewrite(message, |field| match field.value {
        Value::Bytes(body) if field.number == number => Ok(Some(Message::bytes(number, &inner(body)?))),
        _ => Ok(None),
    })
}

/// Copies a message field by field; `change` returns the replacement of a field, or `None` to keep it.
fn rewrite(
    message: &[u8],
    mut change: impl FnMut(&Field<'_>) -> Result<Option<Message>, OnnxError>,
) -> Result<Vec<u8>, OnnxError> {
    let mut written = Vec::with_capacity(message.len());
    for field in wire::fields(message)? {
        match change(&field)? {
            Some(replacement) => written.extend_from_slice(&replacement.0),
            None => written.extend_from_slice(field.raw),
        }
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_precision_tensors_become_single_precision() {
        let halves: Vec<u8> = [1.5_f32, -0.25].iter().flat_map(|v| f16::from_f32(*v).to_le_bytes()).collect();
        let mut tensor = Message::varint(TENSOR_DATA_TYPE, FLOAT16).0;
        tensor.extend(Message::bytes(TENSOR_RAW_DATA, &halves).0);
        let wide = widen_tensor(&tensor, true).expect("valid");
        let mut expected = Message::varint(TENSOR_DATA_TYPE, FLOAT).0;
        expected.extend(
            Message::bytes(TENSOR_RAW_DATA, &[1.5_f32.to_le_bytes(), (-0.25_f32).to_le_bytes()].concat()).0,
        );
        assert_eq!(wide, expected);
    }

    #[test]
    fn half_precision_bits_in_integers_are_widened() {
        let bits = u64::from(f16::from_f32(0.5).to_bits());
        let mut tensor = Message::varint(TENSOR_DATA_TYPE, FLOAT16).0;
        tensor.extend(Message::varint(TENSOR_INT32_DATA, bits).0);
        let wide = widen_tensor(&tensor, true).expect("valid");
        assert!(wide.ends_with(&0.5_f32.to_le_bytes()));
    }

    #[test]
    fn bytes_that_are_not_onnx_are_rejected_without_a_panic() {
        let simplify = |bytes: &[u8]| simplify(bytes, true, Outputs::First);
        assert_eq!(simplify(b""), Err(OnnxError::Malformed));
        assert_eq!(simplify(b"this is a text, not a model"), Err(OnnxError::Malformed));
        // A length far beyond the end of the message.
        assert_eq!(simplify(&[0x3a, 0xff, 0xff, 0xff, 0xff, 0x7f]), Err(OnnxError::Malformed));
    }

    #[test]
    fn only_the_requested_outputs_are_kept() {
        let output =
            |name: &str| Message::bytes(GRAPH_OUTPUT, &Message::bytes(VALUE_INFO_NAME, name.as_bytes()).0).0;
        let model = |names: &[&str]| {
            let outputs: Vec<u8> = names.iter().flat_map(|name| output(name)).collect();
            Message::bytes(MODEL_GRAPH, &outputs).0
        };
        let whole = model(&["color", "alpha", "state"]);
        assert_eq!(simplify(&whole, false, Outputs::First), Ok(model(&["color"])));
        let named = Outputs::Named(&["state", "alpha"]);
        assert_eq!(simplify(&whole, false, named), Ok(model(&["alpha", "state"])));
        let strange = Outputs::Named(&["alpha", "depth"]);
        assert_eq!(simplify(&whole, false, strange), Err(OnnxError::NoOutput("depth")));
    }
}
