//! The catalog of models, read from `models/catalog.toml`.
//!
//! A model is data: the sources of its weights, its licenses, its input and its output. Code exists only for
//! kinds of networks that behave differently ([`Kind`]).

use serde::Deserialize;

/// The catalog that is built into the program.
const SHIPPED: &str = include_str!("../../../models/catalog.toml");

/// All models, in the order of the list.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// The name of the default model.
    pub default: String,
    /// The models.
    #[serde(rename = "model")]
    pub models: Vec<Model>,
}

/// One network and all its properties.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// The name in options and requests; rembg's name where rembg has the model.
    pub name: String,
    /// How the network behaves.
    pub kind: Kind,
    /// One sentence for the user who chooses a model.
    pub about: String,
    /// The license of code and weights.
    pub license: License,
    /// How pixels become the network's input.
    pub input: Input,
    /// How the network's output becomes alpha.
    pub output: Output,
    /// The files of the model; empty for an entry that runs the user's own file.
    #[serde(default)]
    pub files: Vec<WeightFile>,
}

/// How a network behaves. Each kind but `Saliency` has a file in `models/`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// The input is a picture, the output one plane of alpha.
    Saliency,
    /// The input is a picture, the output one plane for each class of clothing.
    Cloth,
    /// Segment Anything: an encoder for the picture, a decoder for points and boxes.
    Sam,
    /// Robust Video Matting: a recurrent network that keeps a state from frame to frame.
    Rvm,
}

/// Licenses, as far as we could find them out. Not legal advice; the sources are in the note.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct License {
    /// SPDX name for the authors' code.
    pub code: String,
    /// SPDX name for the weights, or our findings about them.
    pub weights: String,
    /// Whether a business may use the weights.
    pub commercial: Commercial,
    /// The reason, in one sentence.
    pub note: String,
}

/// Whether commercial use is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Commercial {
    /// Code and weights are under a permissive license.
    Clear,
    /// A license is not stated, or the training data is restricted.
    Unclear,
    /// Forbidden without a contract.
    No,
}

impl std::fmt::Display for Commercial {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(match self {
            Self::Clear => "clear",
            Self::Unclear => "unclear",
            Self::No => "no",
        })
    }
}

/// How pixels become a tensor: resize, scale to 0…1, then `(x − mean) / std` for each channel.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Input {
    /// Size of the network's input.
    pub size: InputSize,
    /// Means of red, green and blue.
    pub mean: [f32; 3],
    /// Standard deviations of red, green and blue.
    pub std: [f32; 3],
}

/// Size of the network's input.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum InputSize {
    /// Exactly this width and height; the aspect ratio is not kept.
    Squash([u32; 2]),
    /// The shorter side has this length, both sides are rounded to multiples of 32.
    ShortSide(u32),
    /// The picture's own size, unless its longer side is longer than this.
    AtMost(u32),
}

/// How a tensor becomes alpha.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Output {
    /// The activation that is applied to the network's output.
    pub activation: Activation,
    /// Whether values are then stretched to the full range.
    pub min_max: bool,
    /// A picture with a maximum below this has no subject.
    pub empty_below: f32,
}

/// The activation that is applied to the network's output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Activation {
    /// The output is alpha.
    None,
    /// The output is logits.
    Sigmoid,
}

/// One file of weights with its sources, the best first.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WeightFile {
    /// The name on disk.
    pub name: String,
    /// Sources of the file. They may differ in precision, hence in bytes.
    pub sources: Vec<Source>,
}

/// A source of a file, and the hash that verifies it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Source {
    /// The location of the source.
    pub from: Origin,
    /// SHA-256 in hex, published by upstream or computed by us.
    pub sha256: Option<String>,
    /// MD5 in hex, if upstream publishes nothing better. It verifies the first download only: the SHA-256 of
    /// that download is pinned beside the file.
    pub md5: Option<String>,
}

/// The location of a source.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// A file at an HTTPS address.
    Https(String),
    /// A resource of an npm package, cut into chunks that `dist/resources.json` lists. The package
    /// is only unpacked; its code is not run.
    Npm {
        /// Package name.
        package: String,
        /// Exact version.
        version: String,
        /// Key in `resources.json`.
        resource: String,
    },
}

/// The catalog cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file does not have the catalog's format.
    #[error("the model catalog cannot be read: {message}")]
    Malformed {
        /// The parser's message, with the line.
        message: String,
    },
    /// Entries of the list contradict each other.
    #[error("the model catalog is inconsistent: {0}")]
    Inconsistent(String),
    /// The catalog has no model of that name.
    #[error("there is no model “{name}”; `sansfond models list` shows all{}", did_you_mean.as_ref().map(|near| format!(". Did you mean {near}?")).unwrap_or_default())]
    UnknownModel {
        /// The requested name.
        name: String,
        /// A model with a similar name.
        did_you_mean: Option<String>,
    },
}

impl Catalog {
    /// The catalog that is built into the program.
    ///
    /// # Panics
    /// When `models/catalog.toml` is broken, which a test prevents.
    #[must_use]
    pub fn shipped() -> Self {
        Self::parse(SHIPPED).expect("models/catalog.toml is checked by a test. This is a bug.")
    }

    /// Parses a catalog.
    ///
    /// # Errors
    /// [`CatalogError::Malformed`] and [`CatalogError::Inconsistent`].
    pub fn parse(text: &str) -> Result<Self, CatalogError> {
        let catalog: Self =
            toml::from_str(text).map_err(|error| CatalogError::Malformed { message: error.to_string() })?;
        catalog.check()?;
        Ok(catalog)
    }

    /// Finds a model by name.
    ///
    /// # Errors
    /// [`CatalogError::UnknownModel`], with the nearest name.
    pub fn model(&self, name: &str) -> Result<&Model, CatalogError> {
        self.models.iter().find(|model| model.name == name).ok_or_else(|| CatalogError::UnknownModel {
            name: name.to_owned(),
            did_you_mean: self.nearest(name),
        })
    }

    /// The model with the same beginning, or with a name that differs by a few letters.
    fn nearest(&self, name: &str) -> Option<String> {
        const ALIKE: f64 = 0.85;
        let plain = |text: &str| text.to_lowercase().replace(['_', ' '], "-");
        let likeness = |known: &String| strsim::jaro_winkler(&plain(known), &plain(name));
        let names = self.models.iter().map(|model| &model.name);
        let nearest = names.max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
        (likeness(nearest) >= ALIKE).then(|| nearest.clone())
    }

    /// Checks the rules that types cannot express.
    fn check(&self) -> Result<(), CatalogError> {
        let wrong = |what: String| Err(CatalogError::Inconsistent(what));
        if self.models.iter().all(|model| model.name != self.default) {
            return wrong(format!("the default “{}” is not in the list", self.default));
        }
        for (index, model) in self.models.iter().enumerate() {
            let name = &model.name;
            if self.models[..index].iter().any(|other| other.name == *name) {
                return wrong(format!("“{name}” is listed twice"));
            }
            // Names become folders and files.
            let plain = |text: &str| {
                !text.is_empty()
                    && !text.starts_with('.')
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
            };
            if !plain(name) || !model.files.iter().all(|file| plain(&file.name)) {
                return wrong(format!(
                    "the name of “{name}” or of one of its files is not a valid file name"
                ));
            }
            let size_is_sane = match model.input.size {
                InputSize::Squash([width, height]) => {
                    [width, height].iter().all(|side| (32..=4096).contains(side))
                }
                InputSize::ShortSide(side) | InputSize::AtMost(side) => (32..=4096).contains(&side),
            };
            if !size_is_sane || model.input.std.iter().any(|std| !(*std > 0.0 && std.is_finite())) {
                return wrong(format!("the input of “{name}” is invalid"));
            }
            for source in model.files.iter().flat_map(|file| &file.sources) {
                if let Origin::Https(address) = &source.from
                    && !address.starts_with("https://")
                {
                    return wrong(format!("“{name}” would be downloaded without TLS from {address}"));
                }
                let hex = |hash: &Option<String>, digits: usize| {
                    hash.as_ref().is_none_or(|hash| {
                        hash.len() == digits
                            && hash.chars().all(|c| c.is_ascii_digit() || matches!(c, 'a'..='f'))
                    })
                };
                if !hex(&source.sha256, 64) || !hex(&source.md5, 32) {
                    return wrong(format!("a hash of “{name}” is not lower-case hex of the right length"));
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_catalog_is_valid() {
        let catalog = Catalog::parse(SHIPPED).expect("valid");
        assert_eq!(catalog.default, "isnet-general-use");
        assert!(catalog.models.len() >= 20);
    }

    #[test]
    fn every_file_with_a_published_hash_has_it_in_the_catalog() {
        let unguarded: Vec<_> = Catalog::shipped()
            .models
            .into_iter()
            .filter(|model| {
                model
                    .files
                    .iter()
                    .flat_map(|file| &file.sources)
                    .any(|s| s.sha256.is_none() && s.md5.is_none())
            })
            .map(|model| model.name)
            .collect();
        // Upstream publishes no hash, so the first download is trusted.
        assert_eq!(unguarded, ["modnet", "rvm-mobilenetv3", "rvm-resnet50"]);
    }

    #[test]
    fn an_unknown_model_gives_the_nearest_name() {
        let error = Catalog::shipped().model("isnet_general").expect_err("unknown").to_string();
        assert!(error.contains("isnet_general") && error.contains("isnet-general-use"), "{error}");
    }

    #[test]
    fn contradictions_are_rejected() {
        for (from, to) in [
            ("default = \"isnet-general-use\"", "default = \"nothing\""),
            ("name = \"u2netp\"", "name = \"u2net\""),
            ("name = \"u2netp\"", "name = \"../u2netp\""),
            ("https://", "http://"),
            ("8e83ca70e441ab06c318d82300c84806", "not hex"),
            ("kind = \"saliency\"", "kind = \"magic\""),
        ] {
            let broken = SHIPPED.replacen(from, to, 1);
            assert_ne!(broken, SHIPPED, "{from}");
            assert!(Catalog::parse(&broken).is_err(), "{to}");
        }
    }
}
