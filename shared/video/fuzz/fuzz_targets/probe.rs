//! Probes and decodes any bytes: the result is a description within the limits or an error, and then frames
//! of one size, in order, or an error.

#![no_main]

use std::io::Cursor;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use sansfond_video::{Bytes, FrameSource, Item, Limits, SourceOptions, probe};

fuzz_target!(|bytes: &[u8]| {
    let limits = Limits { max_pixels: 1 << 18, max_fps: 240.0, max_seconds: 60.0, max_frames: 1000 };
    let open = || {
        let bytes = Bytes::new(Cursor::new(bytes.to_vec()));
        bytes.at_most(1 << 22).within(Duration::from_secs(5))
    };
    if let Ok(probe) = probe(open(), &limits) {
        assert!(u64::from(probe.width) * u64::from(probe.height) <= limits.max_pixels);
        assert!(probe.duration_s <= limits.max_seconds && probe.frames > 0);
    }
    let options = SourceOptions { until_s: Some(2.0), threads: 1, limits, ..SourceOptions::default() };
    let Ok(mut source) = FrameSource::open(open(), &options) else { return };
    let (size, base) = (source.size(), source.time_base());
    let mut end = 0;
    while let Ok(Some(item)) = source.next() {
        if let Item::Frame(frame) = item {
            assert_eq!(frame.picture.dimensions(), size);
            assert!(frame.at >= end && base.seconds(frame.at) < 2.0 + base.seconds(2));
            end = frame.at;
        }
    }
});
