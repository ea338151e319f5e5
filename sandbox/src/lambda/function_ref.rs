//! How clients refer to a function: by name, partial ARN or ARN, each with or without a qualifier.

use super::fault::{constraint, invalid};
use crate::fault::Fault;
use crate::{ACCOUNT, REGION};

/// The version that is not published.
pub const LATEST: &str = "$LATEST";
/// In characters.
const MAX_NAME_LENGTH: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FunctionRef {
    pub name: String,
    pub qualifier: Option<String>,
}

impl FunctionRef {
    /// Parses `FunctionName` and `Qualifier`.
    ///
    /// Source: <https://docs.aws.amazon.com/lambda/latest/api/API_GetFunction.html>
    pub fn parse(text: &str, qualifier: Option<&str>) -> Result<Self, Fault> {
        let Some((owner, name, own)) = split(text) else {
            return Err(malformed(text));
        };
        if let Some(qualifier) = qualifier.filter(|qualifier| !is_qualifier(qualifier)) {
            let expected = "$LATEST, or letters, digits, -, _ and $";
            return Err(constraint("qualifier", qualifier, expected));
        }
        if name.len() > MAX_NAME_LENGTH {
            let expected = format!("a name of at most {MAX_NAME_LENGTH} characters");
            return Err(constraint("functionName", name, &expected));
        }
        match owner {
            Some((_, account)) if account != ACCOUNT => return Err(denied(text)),
            Some((region, _)) if region != REGION => return Err(not_found(text)),
            _ => {}
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

    /// The ARN, with the qualifier of the request.
    pub fn arn(&self) -> String {
        match &self.qualifier {
            Some(qualifier) => format!("{}:{qualifier}", arn(&self.name)),
            None => arn(&self.name),
        }
    }

    /// `$LATEST` by default.
    pub fn version(&self) -> &str {
        self.qualifier.as_deref().unwrap_or(LATEST)
    }

    /// The number of a published version.
    pub fn version_number(&self) -> Option<u64> {
        let version = self.version();
        let number = version.parse().ok()?;
        (version == format!("{number}")).then_some(number)
    }

    pub fn is_latest(&self) -> bool {
        self.version() == LATEST
    }

    /// The function as such, or the fault of operations that are for functions alone.
    pub fn unqualified(self) -> Result<Self, Fault> {
        match self.qualifier {
            None => Ok(self),
            Some(_) => Err(invalid(
                "This operation is permitted on Lambda functions only. Aliases and versions do not \
                 support this operation. Please specify either a function name or an unqualified \
                 function ARN.",
            )),
        }
    }

    pub fn not_found(&self) -> Fault {
        not_found(&self.arn())
    }
}

/// Region and account if given, the name, the qualifier if given.
type Parts<'a> = (Option<(&'a str, &'a str)>, &'a str, Option<&'a str>);

fn split(text: &str) -> Option<Parts<'_>> {
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
    let is_owner = |(region, account): (&str, &str)| {
        let is_account = account.len() == 12 && account.chars().all(|c| c.is_ascii_digit());
        is_account && is_word(region)
    };
    let fits = is_word(name)
        && qualifier.is_none_or(|own| own == LATEST || is_word(own))
        && owner.is_none_or(is_owner);
    fits.then_some((owner, name, qualifier))
}

/// The ARN of the function with this name.
pub fn arn(name: &str) -> String {
    crate::arn::regional("lambda", format!("function:{name}"))
}

fn not_found(arn: &str) -> Fault {
    Fault::not_found(
        "ResourceNotFoundException",
        format!("Function not found: {arn}"),
    )
}

/// Source: the pattern of `Qualifier` in Lambda's API reference.
fn is_qualifier(text: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || "-_$".contains(c);
    let is_known = !text.starts_with('$') || [LATEST, "$LATEST.PUBLISHED"].contains(&text);
    (1..=128).contains(&text.len()) && text.chars().all(letter) && is_known
}

fn denied(arn: &str) -> Fault {
    let message = format!(
        "User is not authorized to perform this operation on resource: {arn}: it belongs to another \
         account"
    );
    Fault::denied("AccessDeniedException", message)
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
            if let Ok(function_ref) = FunctionRef::parse(&text, qualifier.as_deref()) {
                let plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
                prop_assert!(!function_ref.name.is_empty() && function_ref.name.chars().all(plain));
                prop_assert!(text.contains(&function_ref.name));
            }
        }
    }

    #[test]
    fn a_function_is_found_by_name_and_by_all_forms_of_its_arn() {
        let whole = arn("game");
        let partial = format!("{ACCOUNT}:function:game");
        let regional = format!("{REGION}:{partial}");
        for text in ["game", "function:game", &partial, &regional, &whole] {
            let function_ref = FunctionRef::parse(text, None).expect(text);
            assert_eq!(
                (function_ref.name.as_str(), function_ref.qualifier),
                ("game", None)
            );
            let qualified = format!("{text}:$LATEST");
            let function_ref = FunctionRef::parse(&qualified, None).expect(text);
            assert_eq!(function_ref.arn(), format!("{whole}:$LATEST"));
            assert!(function_ref.is_latest());
        }
        let odd = FunctionRef::parse("function", Some("prod")).expect("a name");
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
            "arn:aws:lambda:us-east-1::function:f",
            "arn:aws:lambda::000000000000:function:f",
            "invalid-account:function:f",
        ] {
            let refused = FunctionRef::parse(text, None).expect_err(text);
            assert_eq!(refused.code, "ValidationException", "{text}");
        }
        let long = "x".repeat(65);
        assert!(FunctionRef::parse(&long, None).is_err());
        for (theirs, code) in [
            (
                "arn:aws:lambda:us-east-1:123456789012:function:game",
                "AccessDeniedException",
            ),
            (
                "arn:aws:lambda:eu-west-1:000000000000:function:game",
                "ResourceNotFoundException",
            ),
        ] {
            let refused = FunctionRef::parse(theirs, None).expect_err("somebody else's");
            assert_eq!(refused.code, code);
        }
        for qualifier in ["", "invalid!", "$OTHER", "a b"] {
            let refused = FunctionRef::parse("game", Some(qualifier)).expect_err(qualifier);
            assert_eq!(refused.code, "ValidationException");
        }
        let unqualified = |text| FunctionRef::parse(text, None).and_then(FunctionRef::unqualified);
        assert!(unqualified("game").is_ok());
        let refused = unqualified("game:$LATEST").expect_err("a version");
        assert_eq!(refused.code, "InvalidParameterValueException");
        let refused = FunctionRef::parse("game:1", Some("2")).expect_err("two qualifiers");
        assert_eq!(refused.code, "InvalidParameterValueException");
    }
}
