//! Reads a roster: TOML, in which every key is known and every fault has a place. Pure.

use toml::de::{DeTable, DeValue};

use super::students::Students;
use super::{Roster, SetParameter};
use crate::class::member::{Account, Member};
use crate::class::name;
use crate::cloud::NamedValues;
use crate::source::{FileError, Reader, Source, values};
use crate::wording::nearest;

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

pub fn read(file: &str, bytes: &[u8]) -> Result<Roster, FileError> {
    let source = Source::read(file, bytes)?;
    let table = source.table("class = \"monday\"")?;
    let mut reader = RosterReader(Reader::new(&source), Vec::new());
    let mut roster = reader.roster(&table);
    source.check(reader.0.found)?;
    roster.set = reader.1;
    roster.set.sort_by_key(|set| set.place);
    Ok(roster)
}

/// What is read of a roster, beside single values; and the parameters that it sets.
struct RosterReader<'s>(Reader<'s>, Vec<SetParameter>);

impl RosterReader<'_> {
    fn roster(&mut self, table: &DeTable<'_>) -> Roster {
        self.0.check_keys(table, "a roster", &CLASS_KEYS, &[]);
        let target = self.0.choice(table, "target", &TARGETS);
        let endpoint_url = self.0.checked(
            table,
            "endpoint-url",
            "expected a URL, such as `http://127.0.0.1:4566`",
            values::is_url,
        );
        if let (Some((name, _)), Some((_, at))) = (&target, &endpoint_url)
            && name == "sandbox"
        {
            let message = "the target cannot be both the sandbox and another server";
            self.0
                .fault(*at, message, "omit `target` or `endpoint-url`");
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
            profile: self.0.text(table, "profile").map(|(profile, _)| profile),
            expires: self.expires(table),
            members,
            file: self.0.source.file.to_owned(),
            set: Vec::new(),
        }
    }

    fn class(&mut self, table: &DeTable<'_>) -> String {
        let Some((written, at)) = self.0.text(table, "class") else {
            if !table.contains_key("class") {
                self.0
                    .fault(0, "the class has no name", "expected `class = \"monday\"`");
            }
            return String::new();
        };
        name::class(&written).unwrap_or_else(|problem| {
            self.0.fault(at, problem.to_string(), problem.expected());
            String::new()
        })
    }

    /// The accounts that students without a place of their own are distributed over.
    fn accounts(&mut self, table: &DeTable<'_>, region: Option<&str>) -> Vec<Account> {
        let role = self.0.text(table, "role");
        let Some(listed) = table.get("accounts") else {
            let Some((role, at)) = role else {
                return vec![Account::default()];
            };
            if !values::is_role(&role) {
                self.0.fault(
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
                self.0.fault(at, message, expected);
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
            self.0
                .fault(listed.span().start, "`accounts` names no account", expected);
        }
        let mut accounts: Vec<Account> = Vec::new();
        for number in numbers.into_iter().flatten() {
            let (at, text) = (number.span().start, number.get_ref().as_str());
            let Some(number) = text.filter(|text| values::is_account(text)) else {
                self.0
                    .fault(at, "this is not the number of an account", expected);
                continue;
            };
            let role = Some(values::role_in(number, region, &name));
            if accounts.iter().any(|account| account.role == role) {
                let message = format!("the account {number} is there twice");
                self.0.fault(at, message, "name each account once");
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
            self.0.fault(at, "the roster has no students", expected);
        }
        let mut students = Students::of(class);
        let mut distributed = accounts.iter().cycle();
        let mut members = Vec::new();
        for row in rows.into_iter().flatten() {
            let at = row.span().start;
            let Some(student) = row.get_ref().as_table() else {
                self.0.fault(at, "the student is not a table", expected);
                continue;
            };
            self.0
                .check_keys(student, "a student", &STUDENT_KEYS, &CLASS_KEYS);
            if !student.contains_key("name") {
                self.0
                    .fault(at, "the student has no name", "expected `name = \"ann\"`");
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
            let Some((written, at)) = self.0.text(student, "name") else {
                continue;
            };
            match students.add(&written, at, self.0.source) {
                Err(found) => self.0.found.push(found),
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
        let profile = self.0.text(student, "profile").map(|(profile, _)| profile);
        let role = self
            .0
            .checked(student, "role", EXPECTED_ROLE, values::is_role);
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
            let message = format!("`{}` is not a date", self.0.written(value));
            self.0.fault(
                value.span().start,
                message,
                "expected a day, such as `expires = 2026-12-24`",
            );
        }
        Some(text)
    }

    fn region(&mut self, table: &DeTable<'_>) -> Option<String> {
        let expected = "expected the name of a region, such as `eu-central-1`";
        let region = self.0.checked(table, "region", expected, values::is_region);
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
            self.0.fault(
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
                    self.0.fault(
                        value.span().start,
                        message,
                        "expected a value such as `Players = 7`",
                    );
                    continue;
                }
            };
            self.1.push(SetParameter {
                name: name.get_ref().to_string(),
                value: text.clone(),
                place: self.0.source.place(name.span().start),
            });
            parameters.insert(name.get_ref().to_string(), text);
        }
        parameters
    }
}
