//! What a language must have, and that one more language is one more file.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::{fs, iter};

use sansfond_domain::{JobState, Language};

use crate::texts::{LONGEST_TEXT, Texts};
use crate::{FILES, find, languages, link, mail, problem, refusal, request};

#[path = "../build/languages.rs"]
#[allow(dead_code, reason = "the build uses the rest")]
mod listing;
#[path = "../build/messages.rs"]
#[allow(dead_code, reason = "the build uses the rest")]
mod reading;

use reading::{Message, read, variables};

const ENGLISH: Language = Language::ENGLISH;

fn french() -> Language {
    find("fr").expect("French")
}

fn english() -> &'static str {
    FILES.iter().find(|(code, _)| *code == "en").expect("English").1
}

/// What is wrong with a translation, beside its words.
fn faults(code: &str, translation: &str) -> Vec<String> {
    let (english, translated) = match (read(english()), read(translation)) {
        (Ok(english), Ok(translated)) => (english, translated),
        (_, Err(error)) | (Err(error), _) => return vec![format!("{code}: {error}")],
    };
    let ids = |messages: &[Message]| messages.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let mut faults = Vec::new();
    if ids(&english) != ids(&translated) {
        let (there, here): (BTreeSet<_>, BTreeSet<_>) =
            (ids(&english).into_iter().collect(), ids(&translated).into_iter().collect());
        let [missing, extra] = [there.difference(&here), here.difference(&there)].map(Vec::from_iter);
        faults.push(format!("{code}: missing {missing:?}, not in English {extra:?}, or another order"));
    }
    match (variables(&english), variables(&translated)) {
        (Ok(there), Ok(here)) => {
            let others =
                here.iter().filter(|(id, found)| there.get(*id).is_some_and(|wanted| wanted != *found));
            faults.extend(others.map(|(id, found)| format!("{code} {id}: has the variables {found:?}")));
        }
        (_, Err(error)) | (Err(error), _) => faults.push(format!("{code}: {error}")),
    }
    for message in &translated {
        if message.text.trim().is_empty() {
            faults.push(format!("{code} {}: is empty", message.id));
        }
    }
    faults
}

#[test]
fn every_language_has_every_message_with_its_variables() {
    let all: Vec<_> = FILES.iter().flat_map(|(code, source)| faults(code, source)).collect();
    assert!(all.is_empty(), "{all:#?}");
    assert_eq!(
        FILES.iter().map(|(code, _)| code.parse()).collect::<Result<Vec<_>, _>>(),
        Ok(languages().collect())
    );
}

#[test]
fn a_translation_that_lacks_a_message_or_has_a_misspelled_variable_is_found() {
    let with = |from: &str, to: &str| {
        let broken = english().replacen(from, to, 1);
        assert_ne!(broken, english(), "{from}");
        faults("xx", &broken)
    };
    for (from, to, found) in [
        (
            "problem-busy =",
            "problem-bussy =",
            "missing [\"problem-busy\"], not in English [\"problem-bussy\"]",
        ),
        (
            "files of up to { $megabytes }",
            "files of up to { $megabites }",
            "upload-too_large: has the variables",
        ),
        ("renews on { part-date }", "renews on { part-day }", "“part-day” is used"),
        ("problem-busy = ", "problem-busy ", "line "),
    ] {
        let faults = with(from, to);
        assert!(faults.iter().any(|fault| fault.contains(found)), "{to}: {faults:?}");
    }
}

/// A variable that is a name of ours has a variant for each name; plurals have all the forms of their language.
#[test]
fn every_variant_is_there() {
    let states: Vec<_> = JobState::ALL.map(JobState::name).to_vec();
    for (code, source) in FILES {
        let messages = read(source).expect("messages");
        for message in &messages {
            for (variable, keys) in &message.selections {
                let keys: Vec<_> = keys.iter().map(String::as_str).collect();
                let months: Vec<_> = (1..=12).map(|month: u8| month.to_string()).collect();
                match variable.as_str() {
                    "state" => assert_eq!(keys, states, "{code} {}", message.id),
                    "month" => assert_eq!(keys, months, "{code} {}", message.id),
                    _ => assert!(keys.contains(&"other"), "{code} {}: {keys:?}", message.id),
                }
            }
        }
    }
}

/// The Rust files of the repository outside this crate.
fn sources() -> Vec<String> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).expect("a folder").flatten() {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && name != "target" && name != "node_modules" && name != "texts" {
                collect(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the repository");
    let mut found = Vec::new();
    for folder in ["shared", "functions", "batch-worker", "infra"] {
        collect(&root.join(folder), &mut found);
    }
    found.iter().map(|path| fs::read_to_string(path).expect("text")).collect()
}

/// Whether a text has a word, and no longer word around it.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |character: Option<char>| character.is_some_and(|one| one.is_alphanumeric() || one == '_');
    text.match_indices(word).any(|(at, _)| {
        !inside(text[..at].chars().next_back()) && !inside(text[at + word.len()..].chars().next())
    })
}

#[test]
fn no_message_is_unused() {
    let (messages, sources) = (read(english()).expect("messages"), sources());
    let in_messages: BTreeSet<_> = messages.iter().flat_map(|message| &message.uses).collect();
    let is_used = |message: &Message| {
        let (group, name) = message.group_and_name().expect("a name");
        // A macro joins the group with a name that stands elsewhere in its file.
        let (direct, by_macro) = (format!("{group}::{name}"), format!("{group}::$"));
        sources
            .iter()
            .any(|source| has_word(source, &direct) || (source.contains(&by_macro) && has_word(source, name)))
    };
    let unused: Vec<_> = messages
        .iter()
        .filter(|message| message.id != crate::texts::SEPARATOR && !in_messages.contains(&message.id))
        .filter(|message| !is_used(message))
        .map(|message| &message.id)
        .collect();
    assert!(unused.is_empty(), "{unused:?}");
}

/// Places where a text is not set as French is: a thin space that does not break before “;”, “!” and “?”, a space that
/// does not break before “:” and inside guillemets, ’ as the apostrophe.
fn misset_in_french(text: &str) -> Vec<String> {
    const THIN: char = '\u{202f}';
    const WIDE: char = '\u{a0}';
    let characters: Vec<_> = iter::once('\n').chain(text.chars()).chain(iter::once('\n')).collect();
    let wrong = characters.windows(3).filter(|three| {
        let [before, sign, after] = three[..] else { return false };
        match sign {
            ';' | '!' | '?' => before != THIN,
            // Without a space it is part of a header or an address.
            ':' => before == ' ' || before == THIN,
            '»' => before != WIDE,
            '«' => after != WIDE,
            '\'' => before.is_alphabetic() && after.is_alphabetic(),
            '"' | '“' | '”' => true,
            _ => false,
        }
    });
    wrong.map(|three| three.iter().collect()).collect()
}

#[test]
fn french_is_set_as_french_is() {
    let (_, source) = FILES.iter().find(|(code, _)| *code == "fr").expect("French");
    for message in read(source).expect("messages") {
        let wrong = misset_in_french(&message.text);
        assert!(wrong.is_empty(), "{}: {wrong:?}", message.id);
    }
    for right in ["l’e-mail\u{202f}!", "Ici\u{a0}: «\u{a0}a\u{a0}»", "Origin: x", "https://a.example"] {
        assert!(misset_in_french(right).is_empty(), "{right}");
    }
    for wrong in ["l'e-mail", "Quoi ?", "Quoi?", "a\u{a0};", "Ici : a", "« a »", "“a”"] {
        assert!(!misset_in_french(wrong).is_empty(), "{wrong}");
    }
}

#[test]
fn english_has_its_own_quotes_and_apostrophes() {
    for message in read(english()).expect("messages") {
        assert!(!message.text.contains(['"', '\'', '«', '»']), "{}: {}", message.id, message.text);
    }
}

#[test]
fn numbers_dates_and_plurals_are_written_as_the_language_does() {
    let variables = |left: f64| refusal::TooFewCredits {
        left: left.into(),
        day: 1_u8.into(),
        month: 8_u8.into(),
        year: 2026.into(),
    };
    for (left, english, french) in [
        (1.0, "You have 1 credit left, ", "Il vous reste 1 crédit, "),
        (0.25, "You have 0.25 credits left, ", "Il vous reste 0,25 crédit, "),
        (2.5, "You have 2.5 credits left, ", "Il vous reste 2,5 crédits, "),
    ] {
        let message = refusal::too_few_credits(variables(left));
        let (in_english, in_french) = (message.in_language(ENGLISH), message.in_language(self::french()));
        assert!(
            in_english.starts_with(english) && in_english.ends_with(" on August 1, 2026."),
            "{in_english}"
        );
        assert!(in_french.starts_with(french) && in_french.ends_with(" le 1er août 2026."), "{in_french}");
    }
    assert_eq!(
        link::status(404_u16).in_language(french()),
        "Le serveur à cette adresse a répondu avec le code 404."
    );
    assert_eq!(request::try_again_later(1_u64).in_language(ENGLISH), "Please try again in one minute.");
}

#[test]
fn what_a_customer_wrote_is_never_read_as_a_message() {
    let name = "{ problem-busy } { $x }\n# a = b";
    let ready = mail::VideoReadyText { file: name.to_owned(), history: "https://a.example".to_owned() };
    let text = mail::video_ready_text(ready).in_language(ENGLISH);
    assert!(text.contains(&format!("“{name}”")) && text.ends_with("\n\nSansfond"), "{text}");
}

#[test]
fn the_most_wanted_language_with_texts_wins() {
    for (header, wanted) in [
        ("de, fr-CH;q=0.9, en;q=0.8", french()),
        ("fr;q=0.2, en;q=0.8", ENGLISH),
        ("FR; q=0.4", french()),
        ("de", ENGLISH),
        ("fr;q=0", ENGLISH),
        ("fr;q=x", ENGLISH),
        ("*, fr;q=0.5", french()),
        ("", ENGLISH),
    ] {
        assert_eq!(crate::negotiate(header), wanted, "{header}");
    }
}

/// English with a word before every text.
fn german() -> String {
    let mut indented = false;
    let lines = english().lines().map(|line| {
        let first = line.bytes().next();
        let starts = first.is_some_and(|byte| byte.is_ascii_lowercase());
        let begins =
            indented && line.starts_with("    ") && !line.trim_start().starts_with(['{', '[', '*', '}']);
        indented = starts && line.ends_with('=');
        match line.split_once(" = ") {
            _ if line.starts_with("part-") => line.to_owned(),
            Some((id, text)) if starts => format!("{id} = Deutsch: {text}"),
            _ if begins => format!("    Deutsch: {}", line.trim_start()),
            _ => line.to_owned(),
        }
    });
    lines.collect::<Vec<_>>().join("\n").replace("decimal_separator = .", "decimal_separator = ,") + "\n"
}

#[test]
fn a_third_language_is_one_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let files: BTreeMap<_, _> = FILES.iter().map(|(code, source)| (*code, (*source).to_owned())).collect();
    for (code, source) in files.iter().chain(iter::once((&"de", &german()))) {
        fs::write(folder.path().join(code).with_extension("ftl"), source).expect("written");
    }
    let listed = listing::list(folder.path()).expect("languages");
    let sources: Vec<_> = listed
        .iter()
        .map(|(code, path)| (code.as_str(), &*fs::read_to_string(path).expect("text").leak()))
        .collect();
    let codes: BTreeSet<_> = FILES.iter().map(|(code, _)| *code).chain(iter::once("de")).collect();
    assert_eq!(sources.iter().map(|(code, _)| *code).collect::<Vec<_>>(), Vec::from_iter(codes.clone()));
    assert!(listing::table(&listed).contains("(\"de\", include_str!("));
    let all: Vec<_> = sources.iter().flat_map(|(code, source)| faults(code, source)).collect();
    assert!(all.is_empty(), "{all:#?}");

    let texts = Texts::new(&sources);
    let german = texts.negotiate("de-AT, en;q=0.5");
    assert_eq!((german.code(), texts.languages().count()), ("de", codes.len()));
    assert_eq!(
        texts.write(&problem::busy(), german),
        format!("Deutsch: {}", problem::busy().in_language(ENGLISH))
    );
    let limit = crate::upload::too_large(4.5);
    assert_eq!(texts.write(&limit, german), "Deutsch: Your plan accepts files of up to 4,5 MB.");
    let feedback = mail::feedback_from_visitor("Hm.");
    assert!(texts.write(&feedback, german).starts_with("Deutsch: From a visitor"));
}

#[test]
fn a_file_that_is_not_named_after_a_language_stops_the_build() {
    for name in ["german.ftl", "de.txt", "DE.ftl", ".ftl"] {
        let folder = tempfile::tempdir().expect("a folder");
        fs::write(folder.path().join(name), "").expect("written");
        let refused = listing::list(folder.path()).expect_err(name);
        assert!(refused.contains("name the file after the language’s code"), "{refused}");
    }
}

#[test]
fn an_account_whose_language_has_no_texts_reads_english() {
    let removed: Language = "de".parse().expect("a language");
    assert_eq!(
        (find("de"), problem::busy().in_language(removed)),
        (None, problem::busy().in_language(ENGLISH))
    );
}

#[test]
fn a_text_that_a_client_sent_is_shortened() {
    let long = "é".repeat(LONGEST_TEXT + 1);
    let written = request::unreadable(long.clone()).in_language(ENGLISH);
    assert!(
        written.contains(&format!("{}…", "é".repeat(LONGEST_TEXT))) && !written.contains(&long),
        "{written}"
    );
    let fits = "é".repeat(LONGEST_TEXT);
    assert!(request::unreadable(fits.clone()).in_language(ENGLISH).contains(&fits));
}
