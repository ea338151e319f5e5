//! From a value to the calls within it.

use std::collections::BTreeMap;

use serde_json::Value;

use super::intrinsic::Intrinsic;
use super::path::Path;

/// Tells `visit` every call within `value`, the outer one first. With `conditions`, leaves out the
/// branches of `Fn::If` that they do not take.
pub fn calls<'a>(
    value: &'a Value,
    path: &Path,
    conditions: Option<&BTreeMap<String, bool>>,
    visit: &mut dyn FnMut(&Path, &Intrinsic<'a>) -> Result<(), String>,
) -> Result<(), String> {
    if let Some(intrinsic) = Intrinsic::read(value).map_err(|error| path.wrong(error))? {
        visit(path, &intrinsic)?;
        for argument in intrinsic.arguments(conditions) {
            calls(argument, path, conditions, visit)?;
        }
        return Ok(());
    }
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                calls(item, &path.index(index), conditions, visit)?;
            }
        }
        Value::Object(entries) => {
            for (key, value) in entries {
                calls(value, &path.key(key), conditions, visit)?;
            }
        }
        _ => {}
    }
    Ok(())
}
