//! The languages, each read when its first text is asked for.

use std::borrow::Cow;
use std::sync::OnceLock;

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use sansfond_domain::Language;

use crate::{Message, Value};

type Bundle = FluentBundle<FluentResource>;

/// The maximum length of a text in a message, in characters. Some texts are what a client sent, which may be megabytes.
pub(crate) const LONGEST_TEXT: usize = 1000;

/// The message that says how numbers are written.
pub(crate) const SEPARATOR: &str = "part-decimal_separator";

pub(crate) struct Texts {
    files: Vec<File>,
}

struct File {
    language: Language,
    source: &'static str,
    /// Reading takes 0.3 ms in a new process: no start of a function and no answer without a text should pay for it.
    bundle: OnceLock<Bundle>,
}

impl Texts {
    /// Of files by the codes of their languages.
    pub(crate) fn new(files: &[(&str, &'static str)]) -> Self {
        let files = files.iter().map(|&(code, source)| {
            let language = code.parse().expect("the build names files after languages. This is a bug.");
            File { language, source, bundle: OnceLock::new() }
        });
        Self { files: files.collect() }
    }

    pub(crate) fn languages(&self) -> impl Iterator<Item = Language> {
        self.files.iter().map(|file| file.language)
    }

    pub(crate) fn find(&self, tag: &str) -> Option<Language> {
        let language = tag.parse().ok()?;
        self.languages().find(|one| *one == language)
    }

    /// By no crate (looked at in December 2026): `accept-language` 3.1 sorts by weights that may be `nan`, and panics on such a
    /// header; `fluent-langneg` 0.14 ignores the weights; `headers` has no type for it.
    pub(crate) fn negotiate(&self, accept_language: &str) -> Language {
        let mut best = (Language::ENGLISH, 0.0_f32);
        for choice in accept_language.split(',') {
            let (tag, parameters) = choice.split_once(';').unwrap_or((choice, ""));
            let weight = parameters.trim().strip_prefix("q=");
            let weight = weight.map_or(1.0, |weight| weight.trim().parse().unwrap_or(0.0));
            if let Some(language) = self.find(tag.trim())
                && weight > best.1
            {
                best = (language, weight);
            }
        }
        best.0
    }

    pub(crate) fn write(&self, message: &Message, language: Language) -> String {
        let mut variables = FluentArgs::with_capacity(message.variables.len());
        for (name, value) in &message.variables {
            variables.set(
                *name,
                match value {
                    Value::Text(text) => FluentValue::from(shortened(text)),
                    Value::Number(number) => FluentValue::from(number.0),
                },
            );
        }
        let written = [language, Language::ENGLISH].into_iter().find_map(|language| {
            let bundle = self.files.iter().find(|file| file.language == language)?.bundle();
            let text = bundle.get_message(message.id)?.value()?;
            // What could go wrong is a missing variable or message, which the tests of this crate exclude.
            Some(bundle.format_pattern(text, Some(&variables), &mut Vec::new()).into_owned())
        });
        written.expect("every message is in English. This is a bug.")
    }
}

impl File {
    fn bundle(&self) -> &Bundle {
        self.bundle.get_or_init(|| {
            // What is not understood is left out; a test finds it.
            let resource = FluentResource::try_new(self.source.to_owned()).unwrap_or_else(|(some, _)| some);
            let mut bundle = Bundle::new_concurrent(self.language.code().parse().into_iter().collect());
            // Marks around variables for right-to-left text are nothing for JSON, subjects of mails and links.
            bundle.set_use_isolating(false);
            bundle.add_resource_overriding(resource);
            if text(&bundle, SEPARATOR).as_deref() == Some(",") {
                bundle.set_formatter(Some(|value, _| match value {
                    FluentValue::Number(number) => Some(number.as_string().replace('.', ",")),
                    _ => None,
                }));
            }
            bundle
        })
    }
}

fn text(bundle: &Bundle, id: &str) -> Option<String> {
    let text = bundle.get_message(id)?.value()?;
    Some(bundle.format_pattern(text, None, &mut Vec::new()).into_owned())
}

/// The first characters of a text that is too long for a message, and an ellipsis.
fn shortened(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(LONGEST_TEXT) {
        None => Cow::Borrowed(text),
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
    }
}
