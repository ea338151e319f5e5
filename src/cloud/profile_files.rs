//! The text of AWS's config and credentials files, read as AWS's command line reads them.
//!
//! The SDK's parser knows fewer names of profiles, gives no reason for a file that it cannot read, and
//! takes no mark at a file's start. So the files are read here, checked, and given to it with names that
//! it knows.

use std::fmt::Write;
use std::io::ErrorKind;
use std::path::Path;

use aws_runtime::env_config::file::EnvConfigFileKind;

use super::misconfigured::Misconfigured;
use crate::wording::without_number;

/// The key of a profile that names another one, from which it takes its keys.
pub(super) const SOURCE_PROFILE: &str = "source_profile";
pub(super) const CORRECT_THE_FILE: &str =
    "correct the file in an editor; `aws configure list` shows what AWS's command line reads";

/// The text of a file; empty if there is none.
pub(super) fn text(path: &Path) -> Result<String, Misconfigured> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(String::new()),
        Err(error) => {
            let reason = error.to_string();
            let problem = format!(
                "cannot read {}: {}",
                path.display(),
                without_number(&reason)
            );
            return Err(Misconfigured::new(
                problem,
                "make it a file that you may read, or remove it",
            ));
        }
    };
    let is_utf_16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
    let text = String::from_utf8(bytes).ok().filter(|_| !is_utf_16);
    let text = text.ok_or_else(|| {
        let written = if is_utf_16 {
            "in UTF-16"
        } else {
            "in another encoding"
        };
        let problem = format!("{} is written {written}, not in UTF-8", path.display());
        Misconfigured::new(problem, "save it as UTF-8 in an editor")
    })?;
    let without_mark = text.strip_prefix('\u{feff}').map(str::to_owned);
    Ok(without_mark.unwrap_or(text))
}

/// The text of a file as the SDK can read it: with the same lines, and names that it knows.
pub(super) fn readable(
    kind: EnvConfigFileKind,
    path: &Path,
    text: &str,
) -> Result<String, Misconfigured> {
    let mut readable = String::new();
    let (mut in_section, mut after_setting) = (false, false);
    for (index, line) in text.lines().enumerate() {
        let wrong = |what: &str| {
            let (number, path) = (index + 1, path.display());
            let problem = format!("line {number} of {path} cannot be read: {what}");
            Misconfigured::new(problem, CORRECT_THE_FILE)
        };
        let content = line.trim_start();
        // The SDK takes an indented comment for a part of the value before it.
        let line = if content.is_empty() || content.starts_with(['#', ';']) {
            String::new()
        } else if let Some(rest) = line.strip_prefix('[') {
            let end = rest
                .rfind(']')
                .ok_or_else(|| wrong("expected `]` at its end"))?;
            (in_section, after_setting) = (true, false);
            format!("[{}]", section(kind, &rest[..end]))
        } else if !in_section {
            return Err(wrong("expected a section before it, such as `[default]`"));
        } else if line.starts_with([' ', '\t']) {
            if !after_setting {
                return Err(wrong("it is indented, but there is no setting before it"));
            }
            line.to_owned()
        } else {
            after_setting = true;
            let setting = line.split_once('=').map(|(key, value)| (key.trim(), value));
            match setting.filter(|(key, _)| !key.is_empty()) {
                None => return Err(wrong("expected KEY = VALUE")),
                Some((key, value)) if key.eq_ignore_ascii_case(SOURCE_PROFILE) => {
                    format!("{key} = {}", sdk_name(value.trim()))
                }
                Some(_) => line.to_owned(),
            }
        };
        readable.push_str(&line);
        readable.push('\n');
    }
    Ok(readable)
}

/// The name of a section. A profile's is in quotes in the config file if it has spaces, and as it is in
/// the credentials file.
fn section(kind: EnvConfigFileKind, name: &str) -> String {
    let name = name.trim();
    match (kind, name.split_once([' ', '\t'])) {
        (EnvConfigFileKind::Credentials, _) => sdk_name(name),
        (_, Some(("profile", name))) => match unquoted(name.trim()) {
            Some(name) => format!("profile {}", sdk_name(&name)),
            None => format!("profile {name}"),
        },
        _ => name.to_owned(),
    }
}

/// One word of a shell's command line without its quotes; `None` if it is several words.
fn unquoted(word: &str) -> Option<String> {
    let mut plain = String::new();
    let mut quote = None;
    let mut letters = word.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"')) => plain.extend(letters.next()),
            ('"' | '\'', None) => quote = Some(letter),
            (letter, Some(end)) if letter == end => quote = None,
            (' ' | '\t', None) => return None,
            (letter, _) => plain.push(letter),
        }
    }
    Some(plain)
}

/// The name under which the SDK knows a profile: what it refuses in names is encoded as in URLs.
///
/// Source: `aws_runtime::env_config`, the identifiers of profiles.
pub(super) fn sdk_name(name: &str) -> String {
    let is_known = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    let mut known = String::new();
    for letter in name.chars() {
        if is_known(letter) {
            known.push(letter);
        } else {
            for byte in letter.encode_utf8(&mut [0; 4]).bytes() {
                let _ = write!(known, "%{byte:02X}");
            }
        }
    }
    known
}

/// The name that a person knows.
pub(super) fn shown_name(sdk_name: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = sdk_name;
    while let Some(letter) = rest.chars().next() {
        let code = rest.strip_prefix('%').and_then(|rest| rest.get(..2));
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &rest[3..];
            }
            None => {
                bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
                rest = &rest[letter.len_utf8()..];
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONFIG: EnvConfigFileKind = EnvConfigFileKind::Config;
    const CREDENTIALS: EnvConfigFileKind = EnvConfigFileKind::Credentials;

    #[test]
    fn a_profile_with_any_name_is_one_that_the_sdk_knows() {
        for (kind, header, known) in [
            (CONFIG, "[default]", "[default]"),
            (CONFIG, "[profile dev]", "[profile dev]"),
            (CONFIG, "[profile \"my dev\"]", "[profile my%20dev]"),
            (CONFIG, "[profile 'my dev']", "[profile my%20dev]"),
            (CONFIG, "[ profile  'dev' ] # mine", "[profile dev]"),
            (CONFIG, r#"[profile 'ann'"'"'s']"#, "[profile ann%27s]"),
            (CONFIG, r#"[profile "a\"b"]"#, "[profile a%22b]"),
            (CONFIG, "[profile zoë]", "[profile zo%C3%AB]"),
            // As for AWS's command line, this is no profile.
            (CONFIG, "[profile my dev]", "[profile my dev]"),
            (CONFIG, "[sso-session my]", "[sso-session my]"),
            (CREDENTIALS, "[my dev]", "[my%20dev]"),
            (CREDENTIALS, "[ann's]", "[ann%27s]"),
        ] {
            let read = readable(kind, Path::new("file"), header).expect(header);
            assert_eq!(read.trim_end(), known, "{header}");
        }
        for name in ["my dev", "ann's", "zoë", "100%", "a+b@c", "%"] {
            assert_eq!(shown_name(&sdk_name(name)), name);
        }
    }

    #[test]
    fn a_file_keeps_its_lines() {
        let text = "# mine\r\n[profile a]\nregion=eu-west-1\n  # home\ns3 =\n  max = 1\n\nSource_Profile = my b\n";
        let read = readable(CONFIG, Path::new("file"), text).expect("it is sound");
        assert_eq!(
            read,
            "\n[profile a]\nregion=eu-west-1\n\ns3 =\n  max = 1\n\nSource_Profile = my%20b\n"
        );
    }

    #[test]
    fn a_line_that_cannot_be_read_is_named() {
        for (text, line, what) in [
            ("region = a\n", 1, "a section before it"),
            ("  region = a\n", 1, "a section before it"),
            ("[default\n", 1, "expected `]`"),
            ("[default]\nregion\n", 2, "KEY = VALUE"),
            ("[default]\n\n= a\n", 3, "KEY = VALUE"),
            ("[default]\n  region = a\n", 2, "indented"),
        ] {
            let error = readable(CONFIG, Path::new("/aws/config"), text).expect_err(text);
            let place = format!("line {line} of /aws/config");
            let said = error.to_string();
            assert!(
                said.contains(&place) && said.contains(what),
                "{text}: {said}"
            );
        }
    }

    #[test]
    fn an_encoding_that_is_not_utf_8_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("config");
        let read = |bytes: &[u8]| {
            std::fs::write(&path, bytes).expect("written");
            text(&path)
        };
        assert_eq!(read(b"\xef\xbb\xbf[default]"), Ok("[default]".to_owned()));
        for (bytes, encoding) in [
            (&b"\xff\xfe[\0d\0"[..], "UTF-16"),
            (b"\xfe\xff\0[\0d", "UTF-16"),
            (b"[profile zo\xeb]", "another encoding"),
        ] {
            let said = read(bytes).expect_err(encoding).to_string();
            assert!(said.contains("config") && said.contains(encoding), "{said}");
        }
        assert_eq!(text(&folder.path().join("none")), Ok(String::new()));
        let said = text(folder.path()).expect_err("a folder").to_string();
        assert!(!said.contains("os error"), "{said}");
    }
}
