//! Reads a roster: TOML, in which every key is known and every fault has a place. Pure.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::source::{Found, RosterError, Source};
use super::students::Students;
use super::{Roster, values};
use crate::class::member::{Account, Member};
use crate::class::name;
use crate::cloud::NamedValues;
use crate::wording::{alternatives, nearest};

const CLASS_KEYS: [&str; 10] = [
    "class",
    "target",
    "endpoint-url",
    "region",
    "profile",
    "role",
    "accounts",
    "expires",
    "defaults",
    "student",
];
const STUDENT_KEYS: [&str; 5] = ["name", "profile", "role", "region", "parameters"];

const TARGETS: [&str; 2] = ["sandbox", "aws"];
const EXPECTED_ROLE: &str =
    "expected the ARN of a role, such as `arn:aws:iam::123456789012:role/Instructor`";
/// The role that Organizations makes in each account that it creates.
///
/// Source: AWS Organizations user guide, "Accessing member accounts".
const ROLE_OF_ORGANIZATIONS: &str = "OrganizationAccountAccessRole";

/// A value with its place in the text.
type Placed<T> = Option<(T, usize)>;

pub fn read(file: &str, bytes: &[u8]) -> Result<Roster, RosterError> {
    let source = Source::read(file, bytes)?;
    let table = DeTable::parse(source.text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let expected = "expected TOML, such as `class = \"monday\"`";
        source.error(vec![Found::new(
            at,
            error.message().replace('\n', ", "),
            expected,
        )])
    })?;
    let mut reader = Reader {
        source: &source,
        found: Vec::new(),
    };
    let roster = reader.roster(table.get_ref());
    source.check(reader.found)?;
    Ok(roster)
}

struct Reader<'s> {
    source: &'s Source<'s>,
    found: Vec<Found>,
}

impl Reader<'_> {
    fn fault(&mut self, at: usize, message: impl Into<String>, expected: impl Into<String>) {
        self.found.push(Found::new(at, message, expected));
    }

    fn roster(&mut self, table: &DeTable<'_>) -> Roster {
        self.check_keys(table, "a roster", &CLASS_KEYS);
        let target = self.choice(table, "target", &TARGETS);
        let endpoint_url = self.checked(
            table,
            "endpoint-url",
            "expected a URL, such as `http://127.0.0.1:4566`",
            values::is_url,
        );
        if let (Some((name, _)), Some((_, at))) = (&target, &endpoint_url)
            && name == "sandbox"
        {
            let message = "the target cannot be both the sandbox and another server";
            self.fault(*at, message, "omit `target` or `endpoint-url`");
        }
        let class = self.class(table);
        let region = self.region(table);
        let defaults = self.parameters(table, "defaults");
        let accounts = self.accounts(table, region.as_deref());
        let members = self.members(table, &class, &accounts, &defaults);
        Roster {
            class,
            target: target.map(|(target, _)| target),
            endpoint_url: endpoint_url.map(|(url, _)| url),
            region,
            profile: self.text(table, "profile").map(|(profile, _)| profile),
            expires: self.expires(table),
            members,
        }
    }

    fn class(&mut self, table: &DeTable<'_>) -> String {
        let Some((written, at)) = self.text(table, "class") else {
            if !table.contains_key("class") {
                self.fault(0, "the class has no name", "expected `class = \"monday\"`");
            }
            return String::new();
        };
        name::class(&written).unwrap_or_else(|problem| {
            self.fault(at, problem.to_string(), problem.expected());
            String::new()
        })
    }

    /// The accounts that students without a place of their own are distributed over.
    fn accounts(&mut self, table: &DeTable<'_>, region: Option<&str>) -> Vec<Account> {
        let role = self.text(table, "role");
        let Some(listed) = table.get("accounts") else {
            let Some((role, at)) = role else {
                return vec![Account::default()];
            };
            if !values::is_role(&role) {
                self.fault(
                    at,
                    format!("`{role}` is not the ARN of a role"),
                    EXPECTED_ROLE,
                );
            }
            return vec![Account {
                role: Some(role),
                ..Account::default()
            }];
        };
        let name = match role {
            Some((role, at)) if !values::is_role_name(&role) => {
                let message = format!("`{role}` is not the name of a role");
                let expected = format!(
                    "expected a name that the role has in each account, such as `{ROLE_OF_ORGANIZATIONS}`"
                );
                self.fault(at, message, expected);
                role
            }
            role => role.map_or(ROLE_OF_ORGANIZATIONS.to_owned(), |(role, _)| role),
        };
        let expected = "expected the numbers of accounts, such as `accounts = [\"123456789012\"]`";
        let numbers = listed
            .get_ref()
            .as_array()
            .filter(|numbers| !numbers.is_empty());
        if numbers.is_none() {
            self.fault(listed.span().start, "`accounts` names no account", expected);
        }
        let mut accounts: Vec<Account> = Vec::new();
        for number in numbers.into_iter().flatten() {
            let (at, text) = (number.span().start, number.get_ref().as_str());
            let Some(number) = text.filter(|text| values::is_account(text)) else {
                self.fault(at, "this is not the number of an account", expected);
                continue;
            };
            let role = Some(values::role_in(number, region, &name));
            if accounts.iter().any(|account| account.role == role) {
                let message = format!("the account {number} is there twice");
                self.fault(at, message, "name each account once");
            }
            accounts.push(Account {
                role,
                ..Account::default()
            });
        }
        accounts
    }

    fn members(
        &mut self,
        table: &DeTable<'_>,
        class: &str,
        accounts: &[Account],
        defaults: &NamedValues,
    ) -> Vec<Member> {
        let expected = "expected `[[student]]`, and below it `name = \"ann\"`";
        let listed = table.get("student");
        let rows = listed.and_then(|listed| listed.get_ref().as_array());
        let rows = rows.filter(|rows| !rows.is_empty());
        let is_misspelt = |key: &str| nearest(key, CLASS_KEYS) == Some("student");
        let mut keys = table.keys().map(|key| key.get_ref().as_ref());
        // One fault: where they are in a key that is not known, that is said of it.
        if rows.is_none() && (listed.is_some() || !keys.any(is_misspelt)) {
            let at = listed.map_or(0, |listed| listed.span().start);
            self.fault(at, "the roster has no students", expected);
        }
        let mut students = Students::of(class);
        let mut distributed = accounts.iter().cycle();
        let mut members = Vec::new();
        for row in rows.into_iter().flatten() {
            let at = row.span().start;
            let Some(student) = row.get_ref().as_table() else {
                self.fault(at, "the student is not a table", expected);
                continue;
            };
            self.check_keys(student, "a student", &STUDENT_KEYS);
            if !student.contains_key("name") {
                self.fault(at, "the student has no name", "expected `name = \"ann\"`");
            }
            let account = match self.own_account(student) {
                // Only students without an account of their own count.
                Account {
                    profile: None,
                    role: None,
                    region,
                } => Account {
                    region,
                    ..distributed.next().cloned().unwrap_or_default()
                },
                own => own,
            };
            let mut parameters = defaults.clone();
            parameters.extend(self.parameters(student, "parameters"));
            let Some((written, at)) = self.text(student, "name") else {
                continue;
            };
            match students.add(&written, at, self.source) {
                Err(found) => self.found.push(found),
                Ok(name) => members.push(Member {
                    stack: name::stack(class, &name),
                    student: name,
                    account,
                    parameters,
                }),
            }
        }
        members
    }

    /// Where a student's stack is, as the student's own keys say.
    fn own_account(&mut self, student: &DeTable<'_>) -> Account {
        let profile = self.text(student, "profile").map(|(profile, _)| profile);
        let role = self.checked(student, "role", EXPECTED_ROLE, values::is_role);
        let region = self.region(student);
        Account {
            profile,
            role: role.map(|(role, _)| role),
            region,
        }
    }

    /// The last day of the class: a date, or the same in quotes.
    fn expires(&mut self, table: &DeTable<'_>) -> Option<String> {
        let value = table.get("expires")?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Datetime(date) => date.to_string(),
            _ => String::new(),
        };
        if values::date(&text).is_none() {
            let message = format!("`{}` is not a date", self.written(value));
            self.fault(
                value.span().start,
                message,
                "expected a day, such as `expires = 2026-12-24`",
            );
        }
        Some(text)
    }

    fn region(&mut self, table: &DeTable<'_>) -> Option<String> {
        let expected = "expected the name of a region, such as `eu-central-1`";
        let region = self.checked(table, "region", expected, values::is_region);
        region.map(|(region, _)| region)
    }

    /// Parameters of the template.
    fn parameters(&mut self, table: &DeTable<'_>, key: &str) -> NamedValues {
        let mut parameters = NamedValues::new();
        let Some(value) = table.get(key) else {
            return parameters;
        };
        let Some(values) = value.get_ref().as_table() else {
            let message = format!("`{key}` is not a table");
            self.fault(
                value.span().start,
                message,
                format!("expected `{key} = {{ Players = 7 }}`"),
            );
            return parameters;
        };
        for (name, value) in values {
            let text = match value.get_ref() {
                DeValue::String(text) => text.to_string(),
                DeValue::Integer(number) => number.to_string(),
                DeValue::Float(number) => number.to_string(),
                DeValue::Boolean(is_on) => is_on.to_string(),
                _ => {
                    let message = format!(
                        "the parameter {} is neither a text nor a number",
                        name.get_ref()
                    );
                    self.fault(
                        value.span().start,
                        message,
                        "expected a value such as `Players = 7`",
                    );
                    continue;
                }
            };
            parameters.insert(name.get_ref().to_string(), text);
        }
        parameters
    }

    fn check_keys(&mut self, table: &DeTable<'_>, of: &str, known: &[&str]) {
        for key in table
            .keys()
            .filter(|key| !known.contains(&key.get_ref().as_ref()))
        {
            let name = key.get_ref().as_ref();
            let expected = match nearest(name, known.iter().copied()) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None if CLASS_KEYS.contains(&name) => {
                    format!("write `{name}` before the first table of the file")
                }
                None => format!("the keys of {of} are {}", known.join(", ")),
            };
            let message = format!("{of} has no key `{name}`");
            self.fault(key.span().start, message, expected);
        }
    }

    fn choice(&mut self, table: &DeTable<'_>, key: &str, known: &[&str]) -> Placed<String> {
        let expected = format!("expected {}", alternatives(known));
        self.checked(table, key, &expected, |text| known.contains(&text))
    }

    fn checked(
        &mut self,
        table: &DeTable<'_>,
        key: &str,
        expected: &str,
        is_valid: impl Fn(&str) -> bool,
    ) -> Placed<String> {
        let (text, at) = self.text(table, key)?;
        if !is_valid(&text) {
            self.fault(at, format!("`{key}` cannot be `{text}`"), expected);
        }
        Some((text, at))
    }

    fn text(&mut self, table: &DeTable<'_>, key: &str) -> Placed<String> {
        let value = table.get(key)?;
        let at = value.span().start;
        let expected = || format!("expected a text in quotes, such as `{key} = \"…\"`");
        match value.get_ref().as_str() {
            Some(text) if text.is_empty() && !["name", "class"].contains(&key) => {
                self.fault(
                    at,
                    format!("`{key}` is empty"),
                    "give it a value, or omit it",
                );
                None
            }
            Some(text) => Some((text.to_owned(), at)),
            None => {
                self.fault(at, format!("`{key}` is not a text"), expected());
                None
            }
        }
    }

    /// A value as the file has it.
    fn written(&self, value: &Spanned<DeValue<'_>>) -> &str {
        self.source.text.get(value.span()).unwrap_or_default()
    }
}
