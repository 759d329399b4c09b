//! Rewrites any bytes as an ONNX file: the result is a file or an error, never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sansfond_matting::onnx::{self, Outputs};

fuzz_target!(|bytes: &[u8]| {
    for widen in [false, true] {
        for wanted in [Outputs::First, Outputs::Named(&["output"])] {
            if let Ok(simplified) = onnx::simplify(bytes, widen, wanted) {
                // Our own output can be read again, and simplifying it again changes nothing.
                assert_eq!(onnx::simplify(&simplified, widen, wanted).as_deref(), Ok(&simplified[..]));
            }
        }
    }
});
