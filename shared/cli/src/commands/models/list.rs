//! Prints the catalog as a table, with the license of each model.

use sansfond_matting::{Catalog, Commercial, Model, WeightStore};
use serde_json::json;

use crate::commands::print;

pub(super) fn run(catalog: &Catalog, store: &WeightStore, as_json: bool) {
    if as_json {
        let models: Vec<_> = catalog.models.iter().map(|model| describe(model, catalog, store)).collect();
        return print(&format!("{:#}", json!(models)));
    }
    let mut table =
        format!("{:<22} {:<9} {:<15} {:<11} ABOUT\n", "MODEL", "INSTALLED", "WEIGHTS", "COMMERCIAL");
    for model in &catalog.models {
        let here = if store.has(model) { "yes" } else { "" };
        let default = if model.name == catalog.default { " (default)" } else { "" };
        let license = &model.license;
        table += &format!(
            "{:<22} {here:<9} {:<15} {:<11} {}{default}\n",
            model.name, license.weights, license.commercial, model.about
        );
    }
    table +=
        "\nOur findings about commercial use are not legal advice. Models for which they are not clear:\n";
    for model in &catalog.models {
        if model.license.commercial != Commercial::Clear && !model.files.is_empty() {
            table += &format!("  {}: {}\n", model.name, model.license.note);
        }
    }
    print(&table);
}

fn describe(model: &Model, catalog: &Catalog, store: &WeightStore) -> serde_json::Value {
    json!({
        "name": model.name,
        "about": model.about,
        "default": model.name == catalog.default,
        "here": store.has(model),
        "code_license": model.license.code,
        "weights_license": model.license.weights,
        "commercial_use": model.license.commercial.to_string(),
        "license_note": model.license.note,
    })
}
