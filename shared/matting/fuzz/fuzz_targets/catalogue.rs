//! Parses any text: the result is a valid catalog or an error.

#![no_main]

use libfuzzer_sys::fuzz_target;
use sansfond_matting::Catalog;

fuzz_target!(|text: &str| {
    if let Ok(catalog) = Catalog::parse(text) {
        assert!(catalog.model(&catalog.default).is_ok());
        for model in &catalog.models {
            assert!(!model.name.contains(['/', '\\']) && !model.name.starts_with('.'));
        }
        let _unknown = catalog.model(text);
    }
});
