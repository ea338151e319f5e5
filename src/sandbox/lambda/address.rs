//! How clients name a function: by its name, by a part of its ARN or by all of it, each with or
//! without a qualifier.

use crate::sandbox::fault::Fault;
use crate::sandbox::{ACCOUNT, REGION};

/// The one version of a function that there is here.
pub const LATEST: &str = "$LATEST";
/// In characters.
const LONGEST_NAME: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    pub name: String,
    pub qualifier: Option<String>,
}

impl Address {
    /// Reads `FunctionName` and `Qualifier` as operations take them.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>
    pub fn read(text: &str, qualifier: Option<&str>) -> Result<Self, Fault> {
        let parts: Vec<&str> = text.split(':').collect();
        let (owner, named) = match parts[..] {
            [
                "arn",
                partition,
                "lambda",
                region,
                account,
                "function",
                ref named @ ..,
            ] if partition.starts_with("aws") => (Some((region, account)), named),
            [region, account, "function", ref named @ ..] => (Some((region, account)), named),
            [account, "function", ref named @ ..] => (Some((REGION, account)), named),
            ["function", ref named @ ..] if !named.is_empty() => (None, named),
            ref named => (None, named),
        };
        let (name, own) = match *named {
            [name] => (name, None),
            [name, qualifier] => (name, Some(qualifier)),
            _ => return Err(malformed(text)),
        };
        let is_word = |word: &str| {
            let letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
            !word.is_empty() && word.chars().all(letter)
        };
        if !is_word(name) || own.is_some_and(|own| own != LATEST && !is_word(own)) {
            return Err(malformed(text));
        }
        if name.len() > LONGEST_NAME {
            return Err(Fault::invalid(
                "ValidationException",
                format!(
                    "1 validation error detected: Value '{name}' at 'functionName' failed to \
                     satisfy constraint: Member must have length less than or equal to \
                     {LONGEST_NAME}"
                ),
            ));
        }
        if owner.is_some_and(|owner| owner != (REGION, ACCOUNT)) {
            return Err(missing(text));
        }
        if let (Some(own), Some(qualifier)) = (own, qualifier)
            && own != qualifier
        {
            return Err(Fault::invalid(
                "InvalidParameterValueException",
                "The derived qualifier from the function name does not match the specified \
                 qualifier.",
            ));
        }
        Ok(Self {
            name: name.to_owned(),
            qualifier: own.or(qualifier).map(str::to_owned),
        })
    }

    /// The ARN, qualified as it was asked for.
    pub fn arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", arn(&self.name)),
            None => arn(&self.name),
        }
    }

    /// Whether it can be there: no versions are published here, and no aliases made.
    pub fn is_latest(&self) -> bool {
        self.qualifier
            .as_deref()
            .is_none_or(|qualifier| qualifier == LATEST)
    }

    pub fn not_found(&self) -> Fault {
        missing(&self.arn())
    }
}

/// The ARN of the function with this name.
pub fn arn(name: &str) -> String {
    format!("arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")
}

fn missing(arn: &str) -> Fault {
    Fault::not_found(
        "ResourceNotFoundException",
        format!("Function not found: {arn}"),
    )
}

fn malformed(text: &str) -> Fault {
    Fault::invalid(
        "ValidationException",
        format!(
            "1 validation error detected: Value '{text}' at 'functionName' failed to satisfy \
             constraint: it is no function's name (letters, digits, - and _), ARN or partial ARN"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_function_is_found_by_name_and_by_all_forms_of_its_arn() {
        let whole = arn("game");
        let partial = format!("{ACCOUNT}:function:game");
        let regional = format!("{REGION}:{partial}");
        for text in ["game", "function:game", &partial, &regional, &whole] {
            let address = Address::read(text, None).expect(text);
            assert_eq!((address.name.as_str(), address.qualifier), ("game", None));
            let qualified = format!("{text}:$LATEST");
            let address = Address::read(&qualified, None).expect(text);
            assert_eq!(address.arn(), format!("{whole}:$LATEST"));
            assert!(address.is_latest());
        }
        let odd = Address::read("function", Some("prod")).expect("a name");
        assert_eq!(odd.arn(), format!("{}:prod", arn("function")));
        assert!(!odd.is_latest());
    }

    #[test]
    fn what_names_no_function_of_this_account_is_refused() {
        for text in [
            "",
            "a b",
            "a:b:c",
            "arn:aws:lambda",
            "a:",
            ":a",
            "ä",
            "../x",
        ] {
            let refused = Address::read(text, None).expect_err(text);
            assert_eq!(refused.code, "ValidationException", "{text}");
        }
        let long = "x".repeat(65);
        assert!(Address::read(&long, None).is_err());
        let theirs = "arn:aws:lambda:us-east-1:123456789012:function:game";
        let refused = Address::read(theirs, None).expect_err("somebody else's");
        assert_eq!(refused.code, "ResourceNotFoundException");
        let refused = Address::read("game:1", Some("2")).expect_err("two qualifiers");
        assert_eq!(refused.code, "InvalidParameterValueException");
    }
}
