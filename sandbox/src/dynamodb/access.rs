//! What DynamoDB's operations act on.
//!
//! Source: its page in the Service Authorization Reference, and "Using IAM with DynamoDB
//! transactions" and "IAM policies with PartiQL" in the Developer Guide.

use std::ops::Range;
use std::vec;

use serde_json::Value;

use super::DynamoDb;
use crate::authorise::{Access, text};

type Accesses = Vec<Access>;

pub fn table(_: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, arn(text(parameters, "TableName")))]
}

/// A query or a scan of an index is on the index alone.
pub fn table_or_index(tables: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    match parameters["IndexName"].as_str() {
        Some(index) => {
            let table = arn(text(parameters, "TableName"));
            vec![Access::new(action, format!("{table}/index/{index}"))]
        }
        None => table(tables, action, parameters),
    }
}

pub fn batch(_: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    let tables = parameters["RequestItems"].as_object().into_iter().flatten();
    tables
        .map(|(table, _)| Access::new(action, arn(table)))
        .collect()
}

/// Each item needs what it would need by itself.
pub fn transaction(_: &DynamoDb, _: &'static str, parameters: &Value) -> Accesses {
    const ITEMS: [(&str, &str); 5] = [
        ("ConditionCheck", "dynamodb:ConditionCheckItem"),
        ("Delete", "dynamodb:DeleteItem"),
        ("Get", "dynamodb:GetItem"),
        ("Put", "dynamodb:PutItem"),
        ("Update", "dynamodb:UpdateItem"),
    ];
    let items = parameters["TransactItems"].as_array().into_iter().flatten();
    items
        .flat_map(|item| {
            ITEMS.iter().filter_map(|(kind, action)| {
                let table = item.get(kind)?["TableName"].as_str()?;
                Some(Access::new(action, arn(table)))
            })
        })
        .collect()
}

/// Of PartiQL: one statement, or several.
pub fn statements(_: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    let several = ["Statements", "TransactStatements"].map(|name| parameters[name].as_array());
    let several = several.into_iter().flatten().flatten();
    let one = parameters.get("Statement").map(|_| parameters);
    several
        .chain(one)
        .map(|statement| {
            let found = of_statement(text(statement, "Statement"));
            // The library may still understand it.
            found.unwrap_or_else(|| Access::any(action))
        })
        .collect()
}

/// `SELECT … FROM "table"."index" …`, `INSERT INTO "table" …`, `UPDATE "table" …`,
/// `DELETE FROM "table" …`, each with or without the quotation marks.
fn of_statement(statement: &str) -> Option<Access> {
    let (action, mut tokens) = up_to_table(statement)?;
    let table = arn(tokens.next()?.trim_matches('"'));
    let resource = match (tokens.next(), tokens.next()) {
        (Some("."), Some(index)) => format!("{table}/index/{}", index.trim_matches('"')),
        _ => table,
    };
    Some(Access::new(action, resource))
}

/// Where in a statement its table is, with the quotation marks.
pub fn table_of_statement(statement: &str) -> Option<Range<usize>> {
    let (_, mut tokens) = up_to_table(statement)?;
    let table = tokens.next()?;
    let start = table.as_ptr().addr() - statement.as_ptr().addr();
    Some(start..start + table.len())
}

/// The action of a statement, and its tokens from the table on.
fn up_to_table(statement: &str) -> Option<(&'static str, vec::IntoIter<&str>)> {
    let mut tokens = tokens(statement).into_iter();
    let verb = tokens.next()?.to_ascii_uppercase();
    let (action, before_table) = match verb.as_str() {
        "SELECT" => ("dynamodb:PartiQLSelect", Some("FROM")),
        "INSERT" => ("dynamodb:PartiQLInsert", Some("INTO")),
        "UPDATE" => ("dynamodb:PartiQLUpdate", None),
        "DELETE" => ("dynamodb:PartiQLDelete", Some("FROM")),
        _ => return None,
    };
    if let Some(keyword) = before_table {
        tokens.find(|token| token.eq_ignore_ascii_case(keyword))?;
    }
    Some((action, tokens))
}

/// Words, texts and names with their quotation marks, and other characters one by one.
fn tokens(statement: &str) -> Vec<&str> {
    let mut tokens = Vec::new();
    let mut rest = statement.trim_start();
    while let Some(first) = rest.chars().next() {
        let is_word = |c: char| c.is_alphanumeric() || "_-:".contains(c);
        let end = match first {
            '\'' | '"' => rest[1..].find(first).map_or(rest.len(), |end| end + 2),
            c if is_word(c) => rest.find(|c| !is_word(c)).unwrap_or(rest.len()),
            c => c.len_utf8(),
        };
        let (token, after) = rest.split_at(end);
        tokens.push(token);
        rest = after.trim_start();
    }
    tokens
}

/// Of the operations on tags.
pub fn resource(_: &DynamoDb, action: &'static str, parameters: &Value) -> Accesses {
    vec![Access::new(action, text(parameters, "ResourceArn"))]
}

pub fn any(_: &DynamoDb, action: &'static str, _: &Value) -> Accesses {
    vec![Access::any(action)]
}

/// A table may be named by its ARN.
fn arn(table: &str) -> String {
    if table.starts_with("arn:") {
        table.to_owned()
    } else {
        DynamoDb::table_arn(table)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_statement_is_on_its_table_or_index() {
        let arn = "arn:aws:dynamodb:us-east-1:000000000000:table/players";
        let of = |statement: &str| {
            let access = of_statement(statement)?;
            let resource = access.resource.strip_prefix(arn)?.to_owned();
            Some((access.action, resource))
        };
        let select = Some(("dynamodb:PartiQLSelect", String::new()));
        assert_eq!(of("SELECT * FROM players WHERE Name = ?"), select);
        assert_eq!(of("select a,'FROM' from\"players\""), select);
        let indexed = Some(("dynamodb:PartiQLSelect", "/index/Masked".to_owned()));
        assert_eq!(of(r#"SELECT * FROM "players"."Masked""#), indexed);
        let insert = Some(("dynamodb:PartiQLInsert", String::new()));
        assert_eq!(of("INSERT INTO players VALUE {'Name': 'a'}"), insert);
        let update = Some(("dynamodb:PartiQLUpdate", String::new()));
        assert_eq!(of(r#"UPDATE "players" SET a = 1"#), update);
        let delete = Some(("dynamodb:PartiQLDelete", String::new()));
        assert_eq!(of("DELETE FROM players WHERE a = 1"), delete);
        assert_eq!(of("DROP players"), None);
        assert_eq!(of("SELECT"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_a_statement_or_none(text: String) {
            let _ = of_statement(&format!("SELECT {text}"));
        }
    }
}
