//! Any bytes as an ONNX file: rewritten or refused, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sansfond_matting::onnx;

fuzz_target!(|bytes: &[u8]| {
    for widen in [false, true] {
        if let Ok(simplified) = onnx::simplify(bytes, widen) {
            // What we have written ourselves can be read again, and there is nothing left to do.
            assert_eq!(onnx::simplify(&simplified, widen).as_deref(), Ok(&simplified[..]));
        }
    }
});
