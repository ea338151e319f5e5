//! How clients name a function: by its name, by a part of its ARN or by all of it, each with or
//! without a qualifier.

use super::settings::{constraint, invalid};
use crate::fault::Fault;
use crate::{ACCOUNT, REGION};

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
        let Some((owner, name, own)) = taken_apart(text) else {
            return Err(malformed(text));
        };
        if name.len() > LONGEST_NAME {
            let expected = format!("a name of at most {LONGEST_NAME} characters");
            return Err(constraint("functionName", name, &expected));
        }
        if owner.is_some_and(|owner| owner != (REGION, ACCOUNT)) {
            return Err(missing(text));
        }
        if let (Some(own), Some(qualifier)) = (own, qualifier)
            && own != qualifier
        {
            return Err(invalid(
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

/// Region and account where they are said, the name, and the qualifier.
type Parts<'a> = (Option<(&'a str, &'a str)>, &'a str, Option<&'a str>);

fn taken_apart(text: &str) -> Option<Parts<'_>> {
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
        [account, "function", ref named @ ..] if !named.is_empty() => {
            (Some((REGION, account)), named)
        }
        ["function", ref named @ ..] if !named.is_empty() => (None, named),
        ref named => (None, named),
    };
    let (name, qualifier) = match *named {
        [name] => (name, None),
        [name, qualifier] => (name, Some(qualifier)),
        _ => return None,
    };
    let is_word = |word: &str| {
        let letter = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
        !word.is_empty() && word.chars().all(letter)
    };
    let fits = is_word(name) && qualifier.is_none_or(|own| own == LATEST || is_word(own));
    fits.then_some((owner, name, qualifier))
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
    let expected = "a function's name (letters, digits, - and _), ARN or partial ARN";
    constraint("functionName", text, expected)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

        #[test]
        fn any_text_is_refused_or_names_a_function_plainly(
            text in "(arn:aws:lambda:|us-east-1:|000000000000:|function:|[a-z$:/.]{0,3}){0,6}",
            qualifier in proptest::option::of("[$A-Z]{0,7}"),
        ) {
            if let Ok(address) = Address::read(&text, qualifier.as_deref()) {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
                prop_assert!(!address.name.is_empty() && address.name.chars().all(plain));
                prop_assert!(text.contains(&address.name));
            }
        }
    }

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
