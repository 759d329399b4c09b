//! Translates rembg's commands `i` and `p` to ours.
//!
//! rembg's short options have several letters after one dash, which our parser does not accept. Options that
//! have no equivalent here (rembg's server, its prompts in JSON) are passed on unchanged, and the parser's
//! error names them.

use std::ffi::OsString;

/// The translation of one of rembg's options.
enum Translation {
    /// Other arguments; values that follow stay in place.
    Arguments(&'static [&'static str]),
    /// The option is dropped together with its value.
    DropWithValue,
    /// The four numbers that follow become one color.
    Color,
}

/// rembg's option, long and short, and its translation.
const OPTIONS: &[(&str, &str, Translation)] = &[
    ("-a", "--alpha-matting", Translation::Arguments(&["--refine", "edges", "--foreground", "1"])),
    // Options of closed-form matting; our refinement finds the band of unknown pixels itself.
    ("-af", "--alpha-matting-foreground-threshold", Translation::DropWithValue),
    ("-ab", "--alpha-matting-background-threshold", Translation::DropWithValue),
    ("-ae", "--alpha-matting-erode-size", Translation::DropWithValue),
    ("-om", "--only-mask", Translation::Arguments(&["--only", "matte"])),
    ("-ppm", "--post-process-mask", Translation::Arguments(&["--post-process-mask"])),
    ("-dc", "--decontaminate", Translation::Arguments(&["--foreground", "1"])),
    ("-bgc", "--bgcolor", Translation::Color),
];

/// `sansfond i [OPTIONS] IN OUT` and `sansfond p [OPTIONS] IN OUT` become `sansfond image IN -o OUT`.
/// Other command lines are returned unchanged.
pub(crate) fn translate(arguments: Vec<OsString>) -> Vec<OsString> {
    let is_rembg = arguments.get(1).is_some_and(|word| word == "i" || word == "p");
    if !is_rembg {
        return arguments;
    }
    let mut rest = arguments.into_iter();
    let mut translated: Vec<OsString> = rest.by_ref().take(1).collect();
    translated.push("image".into());
    // rembg replaces an existing file, but skips existing files in a folder.
    if rest.next().is_some_and(|word| word == "i") {
        translated.push("--force".into());
    }
    let mut paths = Vec::new();
    while let Some(word) = rest.next() {
        let known = OPTIONS.iter().find(|(short, long, _)| word == *short || word == *long);
        match known {
            Some((_, _, Translation::Arguments(ours))) => translated.extend(ours.iter().map(OsString::from)),
            Some((_, _, Translation::DropWithValue)) => drop(rest.next()),
            Some((_, _, Translation::Color)) => {
                let numbers: Vec<OsString> = rest.by_ref().take(4).collect();
                translated.extend(["--bg-color".into(), color(&numbers)]);
            }
            None if word == "-m" || word == "--model" => {
                translated.push(word);
                translated.extend(rest.next());
            }
            None if word == "-" || !word.as_encoded_bytes().starts_with(b"-") => paths.push(word),
            None => translated.push(word),
        }
    }
    // Without paths rembg reads standard input and writes standard output.
    let mut paths = paths.into_iter();
    translated.push(paths.next().unwrap_or_else(|| "-".into()));
    translated.extend(["--output".into(), paths.next().unwrap_or_else(|| "-".into())]);
    translated.extend(paths);
    translated
}

/// Four decimal numbers as hex; invalid numbers are kept so that the error can show them.
fn color(numbers: &[OsString]) -> OsString {
    let parsed: Option<Vec<u8>> = numbers.iter().map(|number| number.to_str()?.parse().ok()).collect();
    match parsed {
        Some(channels) if channels.len() == 4 => {
            format!("#{}", channels.iter().map(|channel| format!("{channel:02x}")).collect::<String>()).into()
        }
        _ => numbers.join(" ".as_ref()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn translated(line: &str) -> String {
        let words = translate(line.split(' ').map(OsString::from).collect());
        words.iter().map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn files_and_folders_are_translated() {
        assert_eq!(translated("sansfond i in.jpg out.png"), "sansfond image --force in.jpg --output out.png");
        assert_eq!(translated("sansfond p -m u2net in out"), "sansfond image -m u2net in --output out");
        assert_eq!(translated("sansfond i"), "sansfond image --force - --output -");
    }

    #[test]
    fn options_with_one_dash_are_translated() {
        assert_eq!(
            translated("sansfond i -om -ppm -af 240 -bgc 255 0 16 255 in.jpg out.png"),
            "sansfond image --force --only matte --post-process-mask --bg-color #ff0010ff in.jpg --output out.png"
        );
    }

    #[test]
    fn our_own_commands_are_unchanged() {
        assert_eq!(translated("sansfond image -o x i"), "sansfond image -o x i");
        assert_eq!(translated("sansfond models list"), "sansfond models list");
    }
}
