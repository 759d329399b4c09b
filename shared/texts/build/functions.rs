//! A Rust function for each message. A message with several variables takes a struct, so that nobody mixes them up.

use std::fmt::Write;

use crate::messages::{Message, read, variables};

/// The group of what other messages use; Rust does not need it.
const PARTS: &str = "part";

#[derive(Clone, Copy)]
enum Kind {
    Text,
    Number,
}

/// The functions for a file, each in the module of its group.
///
/// # Errors
/// If a message cannot be a function.
pub(crate) fn of(source: &str) -> Result<String, String> {
    let messages = read(source)?;
    let used = variables(&messages)?;
    let mut code = String::new();
    let mut open = "";
    for message in &messages {
        let (group, name) = message.group_and_name()?;
        if group == PARTS {
            continue;
        }
        if group != open {
            code += if open.is_empty() { "" } else { "}\n" };
            if code.contains(&format!("pub mod {group} ")) {
                return Err(format!("the group “{group}” is in two places"));
            }
            let _ = writeln!(code, "\n{}pub mod {group} {{", documentation(&message.about_group, ""));
            open = group;
        }
        let kinds: Vec<_> = described(message, &messages)
            .into_iter()
            .filter(|(variable, _)| used[message.id.as_str()].contains(variable))
            .collect();
        if let Some(missing) =
            used[message.id.as_str()].iter().find(|one| !kinds.iter().any(|(variable, _)| variable == *one))
        {
            return Err(format!("{}: no comment says what ${missing} is", message.id));
        }
        code += &function(message, name, &kinds);
    }
    code += if open.is_empty() { "" } else { "}\n" };
    Ok(code)
}

fn function(message: &Message, name: &str, variables: &[(&str, Kind)]) -> String {
    let id = &message.id;
    let about = documentation(&format!("```text\n{}\n```", message.text), "    ");
    let values = |from: &str, convert: &str| {
        let each = variables.iter().map(|(variable, kind)| {
            let kind = match kind {
                Kind::Text => "Text",
                Kind::Number => "Number",
            };
            format!("({variable:?}, crate::Value::{kind}({from}{variable}{convert}))")
        });
        format!("vec![{}]", each.collect::<Vec<_>>().join(", "))
    };
    let mut code = String::new();
    let (parameter, values) = match variables {
        [] => (String::new(), "Vec::new()".to_owned()),
        [(variable, Kind::Text)] => (format!("{variable}: impl Into<String>"), values("", ".into()")),
        [(variable, Kind::Number)] => {
            (format!("{variable}: impl Into<crate::Number>"), values("", ".into()"))
        }
        [..] => {
            let record: String = name.split('_').map(|word| word[..1].to_uppercase() + &word[1..]).collect();
            let _ = writeln!(code, "    /// The variables of [`{name}`].\n    pub struct {record} {{");
            for (variable, kind) in variables {
                let kind = match kind {
                    Kind::Text => "String",
                    Kind::Number => "crate::Number",
                };
                let _ = writeln!(code, "        /// `{variable}`\n        pub {variable}: {kind},");
            }
            code += "    }\n";
            (format!("variables: {record}"), values("variables.", ""))
        }
    };
    let _ = writeln!(
        code,
        "{about}    #[must_use]\n    pub fn {name}({parameter}) -> crate::Message {{\n        \
         crate::Message::new({id:?}, {values})\n    }}"
    );
    code
}

/// What the comments of a message and of all that it uses say about variables.
fn described<'a>(message: &'a Message, messages: &'a [Message]) -> Vec<(&'a str, Kind)> {
    let lines = message.comment.lines().map(str::trim_start);
    let own = lines.filter_map(|line| {
        let (variable, rest) = line.strip_prefix('$')?.split_once(' ')?;
        match rest {
            _ if rest.starts_with("(String)") => Some((variable, Kind::Text)),
            _ if rest.starts_with("(Number)") => Some((variable, Kind::Number)),
            _ => None,
        }
    });
    let mut found: Vec<_> = own.collect();
    for used in &message.uses {
        let part = messages.iter().find(|one| one.id == *used);
        found.extend(part.into_iter().flat_map(|part| described(part, messages)));
    }
    found.sort_by_key(|(variable, _)| *variable);
    found.dedup_by_key(|(variable, _)| *variable);
    found
}

fn documentation(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}/// {line}").trim_end().to_owned() + "\n").collect()
}
