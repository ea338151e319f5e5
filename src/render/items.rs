//! The items in a table, as AWS's console shows them.

use serde_json::Value;

use super::style::bold;
use super::table::Table;
use crate::functions::TableItems;
use crate::wording::{count, shortened};

pub fn table_items(shown: &TableItems) -> String {
    let place = match &shown.index {
        Some(index) => format!("index {} of table {}", bold(index), shown.table),
        None => format!("table {}", bold(&shown.table)),
    };
    if shown.items.is_empty() {
        return format!("{place} is empty");
    }
    let headings: Vec<&str> = shown.attributes.iter().map(String::as_str).collect();
    let mut table = Table::new(&headings);
    for item in &shown.items {
        let cells = shown.attributes.iter().map(|name| item.get(name));
        table.row(cells.map(cell));
    }
    let number = count(shown.items.len(), "item");
    let number = match shown.complete {
        true => number,
        false => format!("the first {number}; there are more"),
    };
    format!("{}\n\n{place}: {number}", table.render())
}

/// A text as it is, anything else as JSON. Without a style, which has no place in a table.
fn cell(value: Option<&Value>) -> String {
    match value {
        None => "-".to_owned(),
        Some(Value::String(text)) => shortened(text),
        Some(value) => shortened(&value.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn items_of_any_shape_have_their_columns() {
        let items = json!([
            { "Name": "Ann", "Tags": ["a", 1], "Alive": true },
            { "Name": "Bo", "Nothing": null, "Nested": { "k": "v" } },
        ]);
        let shown = TableItems {
            stack: "game".to_owned(),
            table: "game-Table-1".to_owned(),
            index: None,
            indexes: Vec::new(),
            attributes: ["Name", "Alive", "Nested", "Nothing", "Tags"]
                .map(str::to_owned)
                .to_vec(),
            items: serde_json::from_value(items).expect("items are objects"),
            complete: true,
        };
        let plain =
            |shown: &TableItems| anstream::adapter::strip_str(&table_items(shown)).to_string();
        assert_eq!(
            plain(&shown),
            "\
Name  Alive  Nested     Nothing  Tags
Ann   true   -          -        [\"a\",1]
Bo    -      {\"k\":\"v\"}  null     -

table game-Table-1: 2 items"
        );
        let first = TableItems {
            complete: false,
            index: Some("Masked".to_owned()),
            ..shown.clone()
        };
        assert!(
            plain(&first)
                .ends_with("index Masked of table game-Table-1: the first 2 items; there are more")
        );
        let empty = TableItems {
            items: Vec::new(),
            ..shown
        };
        assert_eq!(plain(&empty), "table game-Table-1 is empty");
    }
}
