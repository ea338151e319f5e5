//! The ways in which new code got to Lambda, beside each other.

use std::time::Duration;

use super::table::Table;
use super::units::{elapsed, size};
use crate::deploy::{FunctionOutcome, Way};

/// A table with a row for each way of each function; `None` where none were compared.
pub fn ways(functions: &[FunctionOutcome]) -> Option<String> {
    let mut table = Table::new(&["FUNCTION", "WAY", ">SENT", ">TIME"]);
    let mut is_empty = true;
    for function in functions {
        let Some(ways) = function.ways else { continue };
        is_empty = false;
        let rows = [
            ("whole, in the request", ways.inline),
            ("whole, through the bucket", Some(ways.bucket)),
            ("only changes, QuickBuild", ways.quickbuild),
        ];
        for (name, way) in rows {
            let shown = |show: fn(Way) -> String| way.map_or_else(|| "-".to_owned(), show);
            table.row([
                function.function.clone(),
                name.to_owned(),
                shown(|way| size(way.bytes)),
                shown(|way| {
                    let milliseconds = way.milliseconds.try_into().unwrap_or(u64::MAX);
                    elapsed(Duration::from_millis(milliseconds))
                }),
            ]);
        }
    }
    (!is_empty).then(|| table.render())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::deploy::{Action, Ways};

    #[test]
    fn each_way_has_a_row() {
        let way = |bytes, milliseconds| Way {
            bytes,
            milliseconds,
        };
        let mut function = FunctionOutcome {
            function: "01-one".to_owned(),
            action: Action::Patched,
            bytes: 3_000_000,
            digest: String::new(),
            milliseconds: None,
            files: None,
            difference: None,
            ways: None,
        };
        assert_eq!(ways(std::slice::from_ref(&function)), None);
        function.ways = Some(Ways {
            inline: Some(way(4_000_000, 90)),
            bucket: way(3_000_000, 1_200),
            quickbuild: None,
        });
        let table = ways(&[function]).expect("a table");
        let table = anstream::adapter::strip_str(&table).to_string();
        insta::assert_snapshot!(table, @"
        FUNCTION  WAY                          SENT   TIME
        01-one    whole, in the request      4.0 MB  90 ms
        01-one    whole, through the bucket  3.0 MB  1.2 s
        01-one    only changes, QuickBuild        -      -
        ");
    }
}
