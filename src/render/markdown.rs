//! Markdown for the terminal: a lesson, a hint.
//!
//! It reads well without colours too: headings are underlined, and code keeps its backticks.

use std::io;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::prose::{columns, wrapped};
use super::style::{bold, dim};
use super::table::Table;
use super::terminal;
use crate::invocation::Invocation;

/// The columns in which a text is easy to read.
const PAGE_WIDTH: usize = 80;
const INDENT: &str = "    ";
/// Before each line of a remark.
const BAR: &str = "| ";
const COMMANDS: &str = "sh";
const DIAGRAM: &str = "diagram";

/// A text for standard output, with the commands in it as they have to be typed.
pub fn markdown(text: &str, invocation: &Invocation) -> String {
    let width = terminal::width(&io::stdout()).map(|width| width.min(PAGE_WIDTH));
    in_width(text, width, invocation)
}

fn in_width(text: &str, width: Option<usize>, invocation: &Invocation) -> String {
    let mut page = Page::new(width, invocation);
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        page.add(event);
    }
    page.blocks.join("\n\n")
}

struct Page<'i> {
    width: Option<usize>,
    invocation: &'i Invocation,
    blocks: Vec<String>,
    /// The text of the block that is being read.
    text: String,
    /// The language of a block of code.
    code: Option<String>,
    /// The numbers of the lists around the text; `None` for bullets.
    lists: Vec<Option<u64>>,
    /// The lines of the list that is being read.
    items: Vec<String>,
    is_remark: bool,
    is_strong: bool,
    rows: Vec<Vec<String>>,
}

impl<'i> Page<'i> {
    fn new(width: Option<usize>, invocation: &'i Invocation) -> Self {
        Self {
            width,
            invocation,
            blocks: Vec::new(),
            text: String::new(),
            code: None,
            lists: Vec::new(),
            items: Vec::new(),
            is_remark: false,
            is_strong: false,
            rows: Vec::new(),
        }
    }

    fn add(&mut self, event: Event<'_>) {
        match event {
            Event::Start(tag) => self.start(tag),
            Event::End(tag) => self.end(tag),
            Event::Text(text) if self.is_strong => self.text += &strong(&text),
            Event::Text(text) => self.text += &text,
            Event::Code(code) => {
                let code = self.invocation.in_text(&format!("`{code}`"));
                self.text += &code;
            }
            Event::SoftBreak => self.text.push(' '),
            Event::HardBreak => self.text.push('\n'),
            Event::Rule => self.blocks.push(dim("---")),
            _ => {}
        }
    }

    fn start(&mut self, tag: Tag<'_>) {
        match tag {
            Tag::CodeBlock(kind) => {
                self.code = Some(match kind {
                    CodeBlockKind::Fenced(language) => language.to_string(),
                    CodeBlockKind::Indented => String::new(),
                });
            }
            Tag::List(number) => {
                self.end_item();
                self.lists.push(number);
            }
            Tag::BlockQuote(_) => self.is_remark = true,
            Tag::Strong => self.is_strong = true,
            Tag::TableHead | Tag::TableRow => self.rows.push(Vec::new()),
            _ => {}
        }
    }

    fn end(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::Heading(level) => {
                let line = match level as usize {
                    1 => "=",
                    _ => "-",
                };
                let text = self.take();
                let heading = wrapped(&text, self.width, 0, 0);
                let longest = heading.lines().map(columns).max().unwrap_or_default();
                let heading = heading.lines().map(bold).collect::<Vec<_>>().join("\n");
                self.blocks
                    .push(format!("{heading}\n{}", dim(line.repeat(longest))));
            }
            TagEnd::Paragraph if self.lists.is_empty() => self.paragraph(),
            TagEnd::CodeBlock => self.code_block(),
            TagEnd::Item => self.end_item(),
            TagEnd::List(_) => {
                self.lists.pop();
                if self.lists.is_empty() {
                    let items = std::mem::take(&mut self.items).join("\n");
                    self.blocks.push(items);
                }
            }
            TagEnd::BlockQuote(_) => self.is_remark = false,
            TagEnd::Strong => self.is_strong = false,
            TagEnd::TableCell => {
                let cell = self.take();
                if let Some(row) = self.rows.last_mut() {
                    row.push(cell);
                }
            }
            TagEnd::Table => self.table(),
            _ => {}
        }
    }

    fn take(&mut self) -> String {
        std::mem::take(&mut self.text)
    }

    fn paragraph(&mut self) {
        let text = self.take();
        if !self.is_remark {
            self.blocks.push(wrapped(&text, self.width, 0, 0));
            return;
        }
        let width = self.width.map(|width| width.saturating_sub(BAR.len()));
        let lines = wrapped(&text, width, 0, 0);
        let lines = lines.lines().map(|line| format!("{}{line}", dim(BAR)));
        self.blocks.push(lines.collect::<Vec<_>>().join("\n"));
    }

    /// Whatever is too wide stays as it is: who copies a line wants all of it. But a diagram with broken lines shows
    /// nothing.
    fn code_block(&mut self) {
        let language = self.code.take().unwrap_or_default();
        let is_command = language.split(' ').next() == Some(COMMANDS);
        let text = self.take();
        let longest = text.lines().map(columns).max().unwrap_or_default() + INDENT.len();
        if language == DIAGRAM && self.width.is_some_and(|width| longest > width) {
            let remark = format!("A diagram is here. It needs a window of {longest} columns.");
            self.blocks.push(wrapped(&remark, self.width, 0, 0));
            return;
        }
        let lines = text.trim_end().lines().map(|line| match line {
            "" => String::new(),
            line if is_command => format!("{INDENT}{}", bold(self.command(line))),
            line => format!("{INDENT}{line}"),
        });
        let block = lines.collect::<Vec<_>>().join("\n");
        self.blocks.push(block);
    }

    fn command(&self, line: &str) -> String {
        match line.strip_prefix("mafia ") {
            Some(command) => self.invocation.line(command),
            None => line.to_owned(),
        }
    }

    fn end_item(&mut self) {
        let text = self.take();
        let depth = self.lists.len().saturating_sub(1);
        let Some(number) = self.lists.last_mut() else {
            return;
        };
        if text.is_empty() {
            return;
        }
        let mark = match number {
            Some(number) => {
                *number += 1;
                format!("{}. ", *number - 1)
            }
            None => "- ".to_owned(),
        };
        let indent = "  ".repeat(depth);
        let before = indent.len() + mark.len();
        let text = wrapped(&text, self.width, before, before);
        self.items.push(format!("{indent}{mark}{text}"));
    }

    fn table(&mut self) {
        let mut rows = std::mem::take(&mut self.rows).into_iter();
        let headings = rows.next().unwrap_or_default();
        let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
        let mut table = Table::new(&headings);
        rows.for_each(|row| table.row(row));
        self.blocks
            .push(table.fitted(self.width.unwrap_or(usize::MAX)));
    }
}

/// Each word for itself, so that a line can be broken between them.
fn strong(text: &str) -> String {
    let words = text.split(' ').map(|word| match word {
        "" => String::new(),
        word => bold(word),
    });
    words.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::content;
    use crate::lab::manifest::Manifest;

    fn plain(text: &str, width: Option<usize>) -> String {
        let shown = in_width(text, width, &Invocation::default());
        let shown = super::super::style::shown(&shown);
        anstream::adapter::strip_str(&shown).to_string()
    }

    const TEXT: &str = "\
# A title

A *first* paragraph with `mafia deploy` and
**two words** in it.

1. one
2. two is longer than the others, and goes on
   in a second line

- a
- b

## More

> A remark that is long enough for two lines of forty columns.

| name | what it is |
|---|---|
| `a` | the first |

```sh
mafia lab check 01.1
```

```rust
fn a() {

}
```
";

    #[test]
    fn a_page_is_wrapped_to_the_terminal() {
        assert_eq!(
            plain(TEXT, Some(40)),
            "\
A title
=======

A first paragraph with `mafia deploy`
and two words in it.

1. one
2. two is longer than the others, and
   goes on in a second line

- a
- b

More
----

| A remark that is long enough for two
| lines of forty columns.

name  what it is
`a`   the first

    mafia lab check 01.1

    fn a() {

    }"
        );
    }

    #[test]
    fn a_diagram_is_whole_or_not_there() {
        let drawn = "a ------------------------------> b";
        let text = format!("```diagram\n{drawn}\n```\n");
        let shown = format!("    {drawn}");
        assert_eq!(plain(&text, Some(39)), shown);
        assert_eq!(plain(&text, None), shown);
        assert_eq!(
            plain(&text, Some(38)),
            "A diagram is here. It needs a window\nof 39 columns."
        );
    }

    #[test]
    fn a_pipe_gets_nothing_wrapped() {
        let text = plain(TEXT, None);
        assert!(text.contains("\nA first paragraph with `mafia deploy` and two words in it.\n"));
    }

    #[test]
    fn every_text_of_the_labs_fits_also_into_a_narrow_terminal() {
        let manifest = Manifest::read(content::manifest_text()).expect("it is right");
        for lab in &manifest.labs {
            for file in [
                "lesson.md",
                "hints/1.md",
                "hints/2.md",
                "hints/3.md",
                "afterwards.md",
            ] {
                let bytes = content::lesson_file(&lab.id, file).expect(file);
                let text = std::str::from_utf8(bytes).expect("it is text");
                for width in [40, 80] {
                    for line in plain(text, Some(width)).lines() {
                        let is_code = line.starts_with(INDENT);
                        let is_one_word = !line.trim_start_matches("- ").contains(' ');
                        assert!(
                            columns(line) <= width || is_code || is_one_word,
                            "{} {file} in {width}: {line}",
                            lab.id
                        );
                    }
                }
            }
        }
    }
}
