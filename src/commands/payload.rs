//! The payload of a call: JSON that was typed, or that is in a file or in standard input.

use std::io::{ErrorKind, Read, stdin};
use std::path::Path;

use serde_json::Value;

use crate::error::Error;
use crate::render;
use crate::wording::{nearest, shortened};

/// The payload of a call without one.
const NONE: &str = "{}";

const QUOTES: &str = r#"in a shell, quote all of the JSON, such as '{"Name": "John"}'"#;
const IN_QUOTES: &str = r#"in JSON, names and texts have double quotes, such as {"Name": "John"}"#;
const IN_A_FILE: &str = "or write it to a file, such as event.json, and use @event.json";
const BYTE_ORDER_MARK: char = '\u{feff}';

/// A payload, and what to tell the person about it.
#[derive(Debug)]
pub struct Payload {
    /// Valid JSON.
    pub json: Vec<u8>,
    pub remark: Option<String>,
}

/// Reads the payload from the words that were typed after `command`, such as `mafia invoke judgement`, or from where they
/// say.
pub fn read(command: &str, words: &[String]) -> Result<Payload, Error> {
    match words {
        [] => parsed("the payload", NONE.to_owned()),
        [word] if word == "-" || word == "@-" => standard_input(command),
        [word] => match word.strip_prefix('@') {
            Some("") => Err(Error::usage("@ needs the name of a file")
                .hint("write it without a space, such as @event.json")),
            Some(file) => parsed(file, contents(file)?),
            None => typed(command, word),
        },
        [at, file] if at == "@" => Err(Error::usage("@ needs the name of a file")
            .hint(format!("write it without a space: @{file}"))),
        words => typed(command, &words.join(" ")),
    }
}

/// Whether something waits in standard input that nobody has asked for: a pipe or a file, not a terminal.
pub fn waits_in_standard_input() -> bool {
    !render::reads_a_terminal() && rustix::io::ioctl_fionread(stdin()).is_ok_and(|bytes| bytes > 0)
}

fn standard_input(command: &str) -> Result<Payload, Error> {
    let source = "standard input";
    if render::reads_a_terminal() {
        return Err(Error::usage("standard input is this terminal")
            .hint(format!("send a file, such as `{command} - < event.json`"))
            .hint(QUOTES));
    }
    let mut bytes = Vec::new();
    let read = stdin().read_to_end(&mut bytes);
    read.map_err(|error| Error::usage(format!("cannot read {source}: {error}")))?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::usage(format!("{source} is empty"))
            .hint("omit the `-` to call the function without a payload"));
    }
    parsed(source, text(source, bytes)?)
}

/// A payload from the command line, where a shell may have taken its quotes away.
fn typed(command: &str, text: &str) -> Result<Payload, Error> {
    parsed("the payload", text.to_owned()).map_err(|_| {
        let error = Error::usage(format!("the payload is not JSON: {}", shortened(text)));
        if Path::new(text).is_file() {
            return error.hint(format!(
                "did you mean @{text}? That sends what is in the file"
            ));
        }
        match with_quotes(text) {
            Some(json) => error.hint(format!("did you mean `{command} '{json}'`?")),
            None => error.hint(QUOTES),
        }
        .hint(IN_A_FILE)
    })
}

fn parsed(source: &str, text: String) -> Result<Payload, Error> {
    let json = text.trim_start_matches(BYTE_ORDER_MARK);
    let remark = (json.len() < text.len())
        .then(|| format!("{source} begins with a byte order mark (BOM), which is not sent"));
    match serde_json::from_str::<Value>(json) {
        Ok(_) => Ok(Payload {
            json: json.as_bytes().to_vec(),
            remark,
        }),
        Err(error) => Err(Error::usage(format!("{source} is not JSON: {error}")).hint(IN_QUOTES)),
    }
}

fn contents(file: &str) -> Result<String, Error> {
    let bytes = std::fs::read(file).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::usage(format!("file {file} does not exist"))
            .hints(similar_file(file).map(|similar| format!("did you mean @{similar}?")))
            .hint("@FILE is relative to the current folder"),
        ErrorKind::IsADirectory => Error::usage(format!("{file} is a folder")).hint(format!(
            "name a file in it, such as @{}/event.json",
            file.trim_end_matches('/')
        )),
        _ => Error::usage(format!("cannot read {file}: {error}"))
            .hint("use a file that you can read"),
    })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(Error::usage(format!("{file} is empty"))
            .hint(r#"write JSON to it, such as {"Name": "John"}"#));
    }
    text(file, bytes)
}

/// The file in the same folder whose name is most like that of `file`.
fn similar_file(file: &str) -> Option<String> {
    let path = Path::new(file);
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let entries = std::fs::read_dir(folder.unwrap_or(Path::new("."))).ok()?;
    let files = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let files: Vec<String> = files.collect();
    let similar = nearest(
        path.file_name()?.to_str()?,
        files.iter().map(String::as_str),
    )?;
    Some(path.with_file_name(similar).to_string_lossy().into_owned())
}

/// The bytes as text; an error that names the encoding that they seem to have.
fn text(source: &str, bytes: Vec<u8>) -> Result<String, Error> {
    let is_utf16 = bytes.starts_with(&[0xff, 0xfe])
        || bytes.starts_with(&[0xfe, 0xff])
        || bytes.get(..2).is_some_and(|start| start.contains(&0));
    if is_utf16 {
        return Err(
            Error::usage(format!("{source} is in UTF-16, not in UTF-8")).hint(
                "save it as UTF-8 in your editor, or convert it with `iconv -f UTF-16 -t UTF-8`",
            ),
        );
    }
    String::from_utf8(bytes).map_err(|_| {
        Error::usage(format!("{source} is not text in UTF-8"))
            .hint("save it as UTF-8 in your editor")
    })
}

/// The JSON object that was typed without its quotes, or with others: `{"Name": "Joanna"}` for
/// `{Name: Joanna}`, `{'Name': 'Joanna'}` or `Name=Joanna`.
fn with_quotes(text: &str) -> Option<String> {
    let inside = match text.trim().strip_prefix('{') {
        Some(rest) => rest.strip_suffix('}').unwrap_or(rest),
        None if text.contains(['=', ':']) => text,
        None => return None,
    };
    let bare = |word: &str| word.trim().trim_matches(['"', '\'']).to_owned();
    let pairs = inside.split(',').map(|pair| {
        let (name, value) = pair.split_once([':', '='])?;
        let value = bare(value);
        let value = match serde_json::from_str::<Value>(&value) {
            Ok(plain @ (Value::Number(_) | Value::Bool(_) | Value::Null)) => plain.to_string(),
            _ => Value::String(value).to_string(),
        };
        Some(format!("{}: {value}", Value::String(bare(name))))
    });
    let json = format!("{{{}}}", pairs.collect::<Option<Vec<_>>>()?.join(", "));
    let is_flat = json.matches('{').count() == 1 && !json.contains(['[', '\'']);
    (is_flat && serde_json::from_str::<Value>(&json).is_ok()).then_some(json)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(typed: &[&str]) -> Result<Payload, Error> {
        let words: Vec<String> = typed.iter().map(|&word| word.to_owned()).collect();
        read("mafia invoke judgement", &words)
    }

    #[test]
    fn what_is_json_is_sent_as_it_is() {
        for (typed, json) in [
            (&[][..], "{}"),
            (&[r#"{"Name":"Ann"}"#], r#"{"Name":"Ann"}"#),
            (&["[1,", "2]"], "[1, 2]"),
            (&["null"], "null"),
        ] {
            let payload = words(typed).expect("it is JSON");
            assert_eq!(payload.json, json.as_bytes());
            assert_eq!(payload.remark, None);
        }
    }

    #[test]
    fn json_that_has_lost_its_quotes_is_shown_with_them() {
        for (typed, json) in [
            (&["{Name: Joanna}"][..], r#"{"Name": "Joanna"}"#),
            (&["{Name:", "Joanna}"], r#"{"Name": "Joanna"}"#),
            (&["{Name:Joanna}"], r#"{"Name": "Joanna"}"#),
            (&["{'Name': 'Joanna'}"], r#"{"Name": "Joanna"}"#),
            (&["Name=Joanna"], r#"{"Name": "Joanna"}"#),
            (
                &["{Name: Joanna, Age: 7}"],
                r#"{"Name": "Joanna", "Age": 7}"#,
            ),
            (&[r#"{"Name": "Joanna""#], r#"{"Name": "Joanna"}"#),
        ] {
            let refused = words(typed).expect_err("it is no JSON");
            let meant = format!("did you mean `mafia invoke judgement '{json}'`?");
            assert_eq!(refused.hints[0], meant, "{typed:?}");
        }
        for typed in ["Joanna", "{Name}", "{a: {b: c}}", "{a: [1]}", "it's: x"] {
            let refused = words(&[typed]).expect_err("it is no JSON");
            assert_eq!(refused.hints[0], QUOTES, "{typed}");
        }
    }

    #[test]
    fn files_say_what_is_wrong_with_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("event.json");
        let path = file.to_str().expect("text");
        let at = format!("@{path}");
        let read = |bytes: &[u8]| {
            std::fs::write(&file, bytes).expect("written");
            words(&[&at])
        };
        let json = "{\"Name\": \"Ann\"}";
        let with_mark = read(format!("{BYTE_ORDER_MARK}{json}").as_bytes()).expect("sound");
        assert_eq!(with_mark.json, json.as_bytes());
        assert!(
            with_mark
                .remark
                .is_some_and(|remark| remark.contains("byte order mark"))
        );
        let utf16: Vec<u8> = [0xfeff]
            .into_iter()
            .chain(json.encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        for (bytes, problem) in [
            (&utf16[..], "UTF-16"),
            (&utf16[2..], "UTF-16"),
            (b"{\"Name\": \"J\xf3zef\"}", "not text in UTF-8"),
            (b" \n", "is empty"),
            (b"{'Name'}", "is not JSON"),
        ] {
            let refused = read(bytes).expect_err(problem);
            assert!(refused.message.contains(problem), "{refused:?}");
        }
        let refused = words(&[path]).expect_err("no JSON");
        assert!(
            refused.hints[0].starts_with(&format!("did you mean @{path}?")),
            "{refused:?}"
        );
        let folder = folder.path().to_str().expect("text");
        assert!(
            words(&[&format!("@{folder}")])
                .expect_err("a folder")
                .message
                .contains("is a folder")
        );
        assert!(
            words(&["@no/such/file"])
                .expect_err("no file")
                .message
                .contains("no/such/file")
        );
        assert!(
            words(&["@", "event.json"]).expect_err("no file").hints[0].ends_with("@event.json")
        );
    }
}
