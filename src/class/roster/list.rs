//! Reads a list of students from a table of CSV: what a registration form or a spreadsheet exports. Pure.

use csv::{ReaderBuilder, StringRecord};

use super::students::Students;
use crate::class::name::EXPECTED;
use crate::source::{FileError, Found, Source, values};

/// What a column can be, with the names that it can have.
const NAME: [&str; 2] = ["student", "name"];
const PROFILE: &str = "profile";
const ROLE: &str = "role";
const REGION: &str = "region";

const EXPECTED_HEADER: &str =
    "expected a first line with the names of the columns, one of them `name` or `student`";

/// The students of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    pub students: Vec<ListedStudent>,
    /// The columns that a roster has no use for.
    pub ignored: Vec<String>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedStudent {
    /// Normalised.
    pub name: String,
    /// As the list has it.
    pub written: String,
    pub profile: Option<String>,
    pub role: Option<String>,
    pub region: Option<String>,
}

/// The students of `class` in the text of a `file`. Its columns are separated by commas, semicolons or
/// tabs, and quoted where they contain one.
pub fn list(file: &str, bytes: &[u8], class: &str) -> Result<Listed, FileError> {
    let source = Source::read(file, bytes)?;
    let delimiter = delimiter(source.text);
    if let Some(at) = unclosed(source.text, delimiter) {
        let message = "the quotation mark is not closed";
        let expected = "expected `\"` at the end of the field, or none at its start";
        return Err(source.error(vec![Found::new(at, message, expected)]));
    }
    let mut reader = ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(source.text.as_bytes());
    let rows: Vec<StringRecord> = reader.records().map_while(Result::ok).collect();
    let mut rows = rows.iter().map(|fields| Row {
        start: start(source.text, fields),
        fields,
        text: source.text,
        delimiter,
    });
    let header = rows.next().ok_or_else(|| empty(&source))?;
    let columns = Columns::of(&header).map_err(|found| source.error(vec![found]))?;
    let mut students = Students::of(class);
    let mut found = Vec::new();
    let mut listed = Vec::new();
    for row in rows.filter(|row| !row.is_blank()) {
        let (written, at) = row.field(columns.name);
        match students.add(written, at, &source) {
            Ok(name) => listed.push(ListedStudent {
                name,
                written: written.to_owned(),
                profile: row.optional(columns.profile, &mut found, |_| None),
                role: row.optional(columns.role, &mut found, |role| {
                    (!values::is_role(role)).then_some("expected the ARN of a role")
                }),
                region: row.optional(columns.region, &mut found, |region| {
                    (!values::is_region(region))
                        .then_some("expected a region such as `eu-central-1`")
                }),
            }),
            Err(fault) => found.push(fault),
        }
    }
    if listed.is_empty() && found.is_empty() {
        found.push(empty_list(source.text.len()));
    }
    source.check(found)?;
    Ok(Listed {
        students: listed,
        ignored: columns.ignored,
    })
}

fn empty(source: &Source<'_>) -> FileError {
    source.error(vec![Found::new(0, "the list is empty", EXPECTED_HEADER)])
}

fn empty_list(at: usize) -> Found {
    let expected = format!("expected a line for each student, with a name of {EXPECTED}");
    Found::new(at, "the list has no students", expected)
}

/// The separator that the first line has most of.
fn delimiter(text: &str) -> u8 {
    let first = text.trim_start().lines().next().unwrap_or_default();
    let count = |delimiter: &u8| first.bytes().filter(|b| b == delimiter).count();
    // Of equally many, the last one counts.
    [b'\t', b';', b',']
        .into_iter()
        .max_by_key(count)
        .unwrap_or(b',')
}

/// Where a quoted field starts that does not end: it would take in the rest of the list. Quotation marks
/// quote only at the start of a field; inside, two of them are one.
fn unclosed(text: &str, delimiter: u8) -> Option<usize> {
    let (mut quoted, mut closed, mut begins, mut start) = (false, false, true, 0);
    for (at, byte) in text.bytes().enumerate() {
        let was_quoted = quoted;
        // Behind a mark that closed, another one belongs to the text, which goes on.
        if byte == b'"' && (quoted || begins || closed) {
            start = if begins { at } else { start };
            quoted = !quoted;
        }
        closed = was_quoted && !quoted;
        begins = !quoted && (byte == delimiter || byte == b'\n' || byte == b'\r');
    }
    quoted.then_some(start)
}

/// Where a row's text starts, behind blank lines.
fn start(text: &str, fields: &StringRecord) -> usize {
    let at = fields.position().map_or(0, |position| position.byte());
    let at = usize::try_from(at).unwrap_or(text.len()).min(text.len());
    at + text[at..].len() - text[at..].trim_start_matches(['\r', '\n']).len()
}

struct Row<'a> {
    start: usize,
    fields: &'a StringRecord,
    text: &'a str,
    delimiter: u8,
}

impl<'a> Row<'a> {
    /// A field and its place; an empty one if the row is too short.
    fn field(&self, column: usize) -> (&'a str, usize) {
        (
            self.fields.get(column).unwrap_or_default().trim(),
            self.place(column),
        )
    }

    fn is_blank(&self) -> bool {
        self.fields.iter().all(|field| field.trim().is_empty())
    }

    /// A field, unless it is empty; a fault if `refusal` says so.
    fn optional(
        &self,
        column: Option<usize>,
        found: &mut Vec<Found>,
        refusal: impl Fn(&str) -> Option<&'static str>,
    ) -> Option<String> {
        let (text, at) = self.field(column?);
        if text.is_empty() {
            return None;
        }
        if let Some(expected) = refusal(text) {
            found.push(Found::new(
                at,
                format!("the value `{text}` cannot be used"),
                expected,
            ));
        }
        Some(text.to_owned())
    }

    /// Where the field of this column starts: behind as many delimiters outside of quotes.
    fn place(&self, column: usize) -> usize {
        let mut is_quoted = false;
        let mut left = column;
        for (at, byte) in self.text.bytes().enumerate().skip(self.start) {
            if left == 0 || (byte == b'\n' && !is_quoted) {
                return at;
            }
            is_quoted ^= byte == b'"';
            left -= usize::from(byte == self.delimiter && !is_quoted);
        }
        self.text.len()
    }
}

/// Where the columns are that a roster uses.
struct Columns {
    name: usize,
    profile: Option<usize>,
    role: Option<usize>,
    region: Option<usize>,
    ignored: Vec<String>,
}

impl Columns {
    fn of(header: &Row<'_>) -> Result<Self, Found> {
        let titles: Vec<String> = header
            .fields
            .iter()
            .map(|it| it.trim().to_lowercase())
            .collect();
        let find = |name: &str| titles.iter().position(|title| title == name);
        let name = NAME.into_iter().find_map(find).ok_or_else(|| {
            let message = "the list has no column with the students' names";
            Found::new(header.start, message, EXPECTED_HEADER)
        })?;
        let used = [Some(name), find(PROFILE), find(ROLE), find(REGION)];
        let ignored = header.fields.iter().enumerate();
        Ok(Self {
            name,
            profile: used[1],
            role: used[2],
            region: used[3],
            ignored: ignored
                .filter(|(column, _)| !used.contains(&Some(*column)))
                .map(|(_, title)| title.trim().to_owned())
                .collect(),
        })
    }
}
