//! The library that the functions of a stack share: a layer, whose code is a parameter. Pure.

use super::bundle_key::bundle_key;
use super::declared::functions;
use super::template::Template;
use super::template_values::Values;
use crate::bundle::{Digest, Library};
use crate::cloud::{NamedValues, Stack};

/// The parameter for the key of its code; empty where each function has all that it needs.
pub const LIBRARY: &str = "LibraryCode";
/// What it is called in keys.
const NAME: &str = "library";

/// Whether the stack's functions can share a library: all that have code of a package have layers.
pub fn takes_library(template: &Template) -> bool {
    template.declares(LIBRARY) && without_layers(template).is_empty()
}

/// The logical ids of the functions that have code of a package, and no layers.
pub fn without_layers(template: &Template) -> Vec<String> {
    let values = NamedValues::new();
    let declared = functions(template, &Values::new(template, "", &values));
    let with_code = declared.iter().filter(|function| function.code.is_some());
    let plain = with_code.filter(|function| function.properties.get("Layers").is_none());
    plain
        .map(|function| function.logical_id.to_owned())
        .collect()
}

pub fn library_key(digest: &Digest) -> String {
    bundle_key(NAME, digest)
}

/// The value of the parameter for functions with this library.
pub fn library_value(library: Option<&Library>) -> String {
    library.map_or_else(String::new, |library| library_key(&library.digest))
}

/// The key of the stack's library; empty if it has none.
pub fn library_of(stack: &Stack) -> &str {
    stack.parameters.get(LIBRARY).map_or("", String::as_str)
}

/// Whether functions that need this library run in the stack. Those that need none run in any.
pub fn has_library(stack: &Stack, library: Option<&Digest>) -> bool {
    library.is_none_or(|library| library_of(stack) == library_key(library))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FUNCTION: &str = "Type: AWS::Lambda::Function, Properties: {Code: {S3Key: !Ref ACode}";

    #[test]
    fn a_library_needs_a_parameter_and_layers_of_all_functions() {
        let with = |parameters: &str, resources: &str| {
            let text = format!("Parameters: {{{parameters}}}\nResources: {{{resources}}}\n");
            takes_library(&Template::new(text))
        };
        let layered = format!("A: {{{FUNCTION}, Layers: [!Ref L]}}}}");
        let plain = format!("A: {{{FUNCTION}}}}}");
        let parameter = "LibraryCode: {Type: String}";
        assert!(with(parameter, &layered));
        assert!(!with("", &layered));
        assert!(!with(parameter, &plain));
        let foreign = "B: {Type: AWS::Lambda::Function, Properties: {Code: {ZipFile: x}}}";
        assert!(with(parameter, &format!("{layered}, {foreign}")));
    }
}
