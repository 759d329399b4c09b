//! The messages of a file: their variables, and which other messages they use.

use std::collections::{BTreeMap, BTreeSet};

use fluent_syntax::ast::{
    CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement, VariantKey,
};

/// A message.
#[derive(Debug, Default)]
pub(crate) struct Message {
    /// `group-name`.
    pub(crate) id: String,
    /// The comment of its group.
    pub(crate) about_group: String,
    /// Its own comment.
    pub(crate) comment: String,
    /// The text, with its variables in braces.
    pub(crate) text: String,
    /// The variables in the text itself.
    pub(crate) variables: BTreeSet<String>,
    /// Messages in the text.
    pub(crate) uses: BTreeSet<String>,
    /// Variables that the text depends on, with the keys of their variants.
    pub(crate) selections: Vec<(String, Vec<String>)>,
}

impl Message {
    /// Both halves of its name.
    pub(crate) fn group_and_name(&self) -> Result<(&str, &str), String> {
        let plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
        let halves = self.id.split_once('-').filter(|(group, name)| plain(group) && plain(name));
        halves.ok_or_else(|| format!("“{}” is not named as in group-some_name", self.id))
    }
}

/// The messages of a file, in their order there.
///
/// # Errors
/// If the file is not written in Fluent's syntax, or uses what is not used here.
pub(crate) fn read(source: &str) -> Result<Vec<Message>, String> {
    let resource = fluent_syntax::parser::parse(source).map_err(|(_, errors)| {
        let line = |at: usize| 1 + source[..at].matches('\n').count();
        let each = errors.iter().map(|error| format!("line {}: {}", line(error.pos.start), error.kind));
        each.collect::<Vec<_>>().join("; ")
    })?;
    let mut about_group = String::new();
    let mut found = Vec::new();
    for entry in resource.body {
        match entry {
            Entry::Message(message) => {
                let mut one = Message {
                    id: message.id.name.to_owned(),
                    about_group: about_group.clone(),
                    comment: message.comment.map(|comment| comment.content.join("\n")).unwrap_or_default(),
                    ..Message::default()
                };
                match message.value {
                    Some(value) if message.attributes.is_empty() => one.pattern(&value)?,
                    _ => return Err(format!("{}: a message has a text and no attributes", one.id)),
                }
                found.push(one);
            }
            Entry::GroupComment(comment) => about_group = comment.content.join("\n"),
            Entry::Comment(_) | Entry::ResourceComment(_) => {}
            Entry::Term(term) => {
                return Err(format!("-{}: write a message of the group “part”", term.id.name));
            }
            Entry::Junk { content } => return Err(format!("not understood: {content}")),
        }
    }
    Ok(found)
}

/// The variables of each message, by its id: its own, and those of the messages that it uses.
///
/// # Errors
/// If a message uses one that is not there.
pub(crate) fn variables(messages: &[Message]) -> Result<BTreeMap<&str, BTreeSet<&str>>, String> {
    fn collect<'a>(
        id: &'a str,
        messages: &'a [Message],
        depth: usize,
        found: &mut BTreeSet<&'a str>,
    ) -> Result<(), String> {
        let message = messages.iter().find(|one| one.id == id).filter(|_| depth < 8);
        let message = message.ok_or_else(|| format!("“{id}” is used, and is not there or uses itself"))?;
        found.extend(message.variables.iter().map(String::as_str));
        message.uses.iter().try_for_each(|used| collect(used, messages, depth + 1, found))
    }
    let mut of_each = BTreeMap::new();
    for message in messages {
        let mut found = BTreeSet::new();
        collect(&message.id, messages, 0, &mut found)?;
        of_each.insert(message.id.as_str(), found);
    }
    Ok(of_each)
}

impl Message {
    fn pattern(&mut self, pattern: &Pattern<&str>) -> Result<(), String> {
        for element in &pattern.elements {
            match element {
                PatternElement::TextElement { value } => self.text.push_str(value),
                PatternElement::Placeable { expression } => self.expression(expression)?,
            }
        }
        Ok(())
    }

    fn expression(&mut self, expression: &Expression<&str>) -> Result<(), String> {
        match expression {
            Expression::Inline(inline) => self.inline(inline),
            Expression::Select { selector, variants } => {
                let InlineExpression::VariableReference { id } = selector else {
                    return Err(format!("{}: only a variable selects a variant", self.id));
                };
                self.variables.insert(id.name.to_owned());
                let key = |key: &VariantKey<&str>| match key {
                    VariantKey::Identifier { name } => (*name).to_owned(),
                    VariantKey::NumberLiteral { value } => (*value).to_owned(),
                };
                let keys = variants.iter().map(|variant| key(&variant.key)).collect();
                self.selections.push((id.name.to_owned(), keys));
                for (number, variant) in variants.iter().enumerate() {
                    self.text.push_str(if number == 0 { "" } else { " | " });
                    self.pattern(&variant.value)?;
                }
                Ok(())
            }
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>) -> Result<(), String> {
        match inline {
            InlineExpression::StringLiteral { value } | InlineExpression::NumberLiteral { value } => {
                self.text.push_str(value);
            }
            InlineExpression::VariableReference { id } => {
                self.variables.insert(id.name.to_owned());
                self.text += &format!("{{ ${} }}", id.name);
            }
            InlineExpression::MessageReference { id, attribute: None } => {
                self.uses.insert(id.name.to_owned());
                self.text += &format!("{{ {} }}", id.name);
            }
            InlineExpression::Placeable { expression } => self.expression(expression)?,
            InlineExpression::FunctionReference { id, arguments: CallArguments { .. } } => {
                return Err(format!("{}: there is no function {}", self.id, id.name));
            }
            InlineExpression::MessageReference { .. } | InlineExpression::TermReference { .. } => {
                return Err(format!("{}: there are neither attributes nor terms", self.id));
            }
        }
        Ok(())
    }
}
