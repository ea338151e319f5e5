//! What a lesson tells a student to do: files to write, commands to run and what they print. Pure.
//!
//! A lesson is Markdown. What a program can follow has a fixed form:
//!
//! | in the lesson | means |
//! |---|---|
//! | ``Put this into `PATH`:`` and a block of code | the whole file |
//! | ``Add this at the end of `PATH`:`` and a block of code | more lines of the file |
//! | ``In `PATH`, replace this:``, a block, `with this:`, a block | lines of the file that change |
//! | a block `sh` | a command in each line |
//! | a block `sh fails` | the same, but the last command finds something wrong |
//! | a block `text` | lines that the commands above print, where `…` stands for anything |
//!
//! Any other block of code is only shown, if its language is none of [`CODE`] or `example` follows it.

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

/// The languages of files that a student writes.
const CODE: [&str; 4] = ["rust", "toml", "yaml", "python"];
/// Stands for anything in an expected line, and alone for any lines.
const ANYTHING: &str = "…";

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Step {
    /// Where the lesson says so, from 1.
    pub line: usize,
    pub action: Action,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Action {
    Edit(Edit),
    Run(Commands),
}

/// A change of a file of the workshop folder.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Edit {
    pub path: String,
    change: Change,
}

#[derive(Clone, Debug, Eq, PartialEq)]
enum Change {
    Whole(String),
    Added(String),
    Replaced { old: String, new: String },
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Commands {
    pub lines: Vec<String>,
    /// Whether the last one ends with another exit code than 0.
    pub last_fails: bool,
    /// Lines that they print.
    pub output: Vec<String>,
}

#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct LessonError {
    pub line: usize,
    pub problem: String,
}

/// The steps of a lesson in their order.
pub fn steps(lesson: &str) -> Result<Vec<Step>, LessonError> {
    let mut reader = Reader::default();
    let mut block = None;
    let mut paragraph = 0;
    for (event, place) in Parser::new(lesson).into_offset_iter() {
        let line = 1 + lesson[..place.start].matches('\n').count();
        match event {
            Event::Start(Tag::Paragraph) => paragraph = place.start,
            Event::End(TagEnd::Paragraph) => {
                lesson[paragraph..place.end]
                    .trim()
                    .clone_into(&mut reader.said);
            }
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(language))) => {
                block = Some((language.to_string(), line, String::new()));
            }
            Event::Text(text) => {
                if let Some((_, _, code)) = &mut block {
                    code.push_str(&text);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((language, line, code)) = block.take() {
                    reader
                        .block(&language, line, code)
                        .map_err(|problem| LessonError { line, problem })?;
                }
            }
            _ => {}
        }
    }
    match reader.old {
        Some((line, _, _)) => Err(LessonError {
            line,
            problem: "`with this:` and a block of code are missing after it".to_owned(),
        }),
        None => Ok(reader.steps),
    }
}

/// The title of a lesson: its first heading.
pub fn title(lesson: &str) -> Option<&str> {
    lesson.lines().find_map(|line| line.strip_prefix("# "))
}

/// The file at `path` after the edits of it in a text that has nothing but edits. The error is what is wrong.
pub fn edited(text: &str, path: &str, file: &str) -> Result<String, String> {
    let mut edited = file.to_owned();
    for step in steps(text).map_err(|error| error.to_string())? {
        match step.action {
            Action::Edit(edit) if edit.path == path => edited = edit.apply(Some(&edited))?,
            Action::Edit(_) => {}
            Action::Run(_) => return Err(format!("line {}: has to change a file", step.line)),
        }
    }
    if edited == file {
        return Err(format!("does not change {path}"));
    }
    Ok(edited)
}

/// The file at `path` with which a lab begins, made of the one with which it ends: by the edits in its `starter.md`,
/// or, if that has none, without the edits of its lesson. The error is what is wrong.
pub fn begun(starter: &str, lesson: &str, path: &str, ended: &str) -> Result<String, String> {
    let steps_of = |text| steps(text).map_err(|error| error.to_string());
    if !steps_of(starter)?.is_empty() {
        return edited(starter, path, ended);
    }
    let mut begun = ended.to_owned();
    for step in steps_of(lesson)?.into_iter().rev() {
        match step.action {
            Action::Edit(edit) if edit.path == path => {
                begun = edit.reversed()?.apply(Some(&begun))?;
            }
            _ => {}
        }
    }
    if begun == ended {
        return Err(format!("neither this nor the lesson changes {path}"));
    }
    Ok(begun)
}

#[derive(Default)]
struct Reader {
    steps: Vec<Step>,
    /// The paragraph before.
    said: String,
    /// What is to be replaced, until it is known by what.
    old: Option<(usize, String, String)>,
}

impl Reader {
    fn block(&mut self, language: &str, line: usize, code: String) -> Result<(), String> {
        let said = std::mem::take(&mut self.said);
        let mut words = language.split_whitespace();
        let (language, more) = (words.next().unwrap_or_default(), words.next());
        let action = match language {
            "sh" => Action::Run(Commands {
                lines: code.lines().map(str::to_owned).collect(),
                last_fails: more == Some("fails"),
                output: Vec::new(),
            }),
            "text" => return self.output(&code),
            _ if CODE.contains(&language) && more != Some("example") => {
                let Some(edit) = self.edit(&said, line, code)? else {
                    return Ok(());
                };
                Action::Edit(edit)
            }
            _ => return Ok(()),
        };
        self.steps.push(Step { line, action });
        Ok(())
    }

    fn output(&mut self, expected: &str) -> Result<(), String> {
        let Some(Step {
            action: Action::Run(commands),
            ..
        }) = self.steps.last_mut()
        else {
            return Err("the output stands behind no command".to_owned());
        };
        let lines = expected.lines().filter(|line| !line.trim().is_empty());
        commands.output.extend(lines.map(str::to_owned));
        Ok(())
    }

    fn edit(&mut self, said: &str, line: usize, code: String) -> Result<Option<Edit>, String> {
        // The lines of a paragraph are one text.
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        if let Some((_, path, old)) = self.old.take() {
            if !said.to_lowercase().ends_with("with this:") {
                return Err(format!(
                    "the paragraph before has to end with `with this:`, which replaces lines of {path}"
                ));
            }
            let change = Change::Replaced { old, new: code };
            return Ok(Some(Edit { path, change }));
        }
        let named = |end: &str| {
            let rest = said.strip_suffix(end)?;
            let (before, path) = rest.rsplit_once('`')?;
            Some((before.trim_end().to_lowercase(), path.to_owned()))
        };
        if let Some((before, path)) = named("`, replace this:")
            && before.ends_with("in")
        {
            self.old = Some((line, path, code));
            return Ok(None);
        }
        match named("`:") {
            Some((before, path)) if before.ends_with("put this into") => Ok(Some(Edit {
                path,
                change: Change::Whole(code),
            })),
            Some((before, path)) if before.ends_with("add this at the end of") => Ok(Some(Edit {
                path,
                change: Change::Added(code),
            })),
            _ => Err(
                "the paragraph before names no file, as in ``Put this into `PATH`:``; \
                      a block that is only shown has the word `example` behind its language"
                    .to_owned(),
            ),
        }
    }
}

impl Edit {
    /// The edit that takes this one back.
    fn reversed(self) -> Result<Self, String> {
        match self.change {
            Change::Replaced { old, new } => Ok(Self {
                path: self.path,
                change: Change::Replaced { old: new, new: old },
            }),
            _ => Err(format!(
                "the lesson does not only replace lines of {}, so its edits cannot be taken back",
                self.path
            )),
        }
    }

    /// The file after the edit, from the file before it. The error is what is wrong.
    pub fn apply(&self, file: Option<&str>) -> Result<String, String> {
        let there = || file.ok_or_else(|| format!("there is no file {}", self.path));
        match &self.change {
            Change::Whole(text) => Ok(text.clone()),
            Change::Added(text) => Ok(format!("{}{text}", there()?)),
            Change::Replaced { old, new } => {
                let file = format!("\n{}", there()?);
                let old = format!("\n{old}");
                // Also where two of them overlap.
                let begins = |(at, _): &(usize, char)| file[*at..].starts_with(&old);
                match file.char_indices().filter(begins).count() {
                    1 => Ok(file.replacen(&old, &format!("\n{new}"), 1)[1..].to_owned()),
                    times => Err(format!(
                        "the lines to replace occur {times} times in {}, and not once:{}",
                        self.path,
                        old.trim_end()
                    )),
                }
            }
        }
    }
}

impl Commands {
    /// The first expected line that does not follow in `printed`, if there is one.
    pub fn missing_in(&self, printed: &str) -> Option<&str> {
        let mut printed = printed.lines().map(in_one_form);
        self.output.iter().map(String::as_str).find(|expected| {
            let expected = in_one_form(expected);
            expected != ANYTHING && !printed.any(|line| fits(&expected, &line))
        })
    }
}

/// The columns of a table may be wider.
fn in_one_form(line: &str) -> String {
    line.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn fits(expected: &str, line: &str) -> bool {
    let mut parts = expected.split(ANYTHING).map(str::trim);
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap_or_default()) else {
        return false;
    };
    let mut parts = parts.peekable();
    let mut is_open = false;
    while let Some(part) = parts.next() {
        is_open = part.is_empty();
        if parts.peek().is_none() {
            return is_open || rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    is_open || rest.is_empty()
}

#[cfg(test)]
#[path = "lesson_tests.rs"]
mod tests;
