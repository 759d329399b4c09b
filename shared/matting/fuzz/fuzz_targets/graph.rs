//! Any bytes as an ONNX file: rewritten or refused, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sansfond_matting::onnx::{self, Outputs};

fuzz_target!(|bytes: &[u8]| {
    for widen in [false, true] {
        for wanted in [Outputs::First, Outputs::Named(&["output"])] {
            if let Ok(simplified) = onnx::simplify(bytes, widen, wanted) {
                // What we have written ourselves can be read again, and there is nothing left to do.
                assert_eq!(onnx::simplify(&simplified, widen, wanted).as_deref(), Ok(&simplified[..]));
            }
        }
    }
});
