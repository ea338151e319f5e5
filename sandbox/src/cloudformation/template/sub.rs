//! The text of `Fn::Sub`, taken apart.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    Text(&'a str),
    /// `${Name}`: a variable of the function's own, a parameter, a pseudo parameter or a resource.
    Name(&'a str),
    /// `${Name.Attribute}`, unless the function has a variable of this whole name.
    Attribute {
        whole: &'a str,
        resource: &'a str,
        attribute: &'a str,
    },
}

/// `${!Name}` stands for the text `${Name}`. A `${` that nothing closes is text.
pub fn pieces(text: &str) -> Result<Vec<Piece<'_>>, String> {
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, behind)) = after.split_once('}') else {
            break;
        };
        if !before.is_empty() {
            pieces.push(Piece::Text(before));
        }
        match name.strip_prefix('!') {
            Some(literal) => {
                pieces.extend([Piece::Text("${"), Piece::Text(literal), Piece::Text("}")]);
            }
            None => pieces.push(variable(name)?),
        }
        rest = behind;
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    Ok(pieces)
}

fn variable(name: &str) -> Result<Piece<'_>, String> {
    let allowed = |char: char| char.is_ascii_alphanumeric() || "_.:".contains(char);
    if name.is_empty() || !name.chars().all(allowed) {
        return Err(format!(
            "Template error: variable names in Fn::Sub syntax must contain only alphanumeric \
             characters, underscores, periods, and colons; `{name}` is not valid"
        ));
    }
    Ok(match name.split_once('.') {
        Some((resource, attribute)) => Piece::Attribute {
            whole: name,
            resource,
            attribute,
        },
        None => Piece::Name(name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_taken_apart() {
        let expected = vec![
            Piece::Text("a-"),
            Piece::Name("AWS::Region"),
            Piece::Attribute {
                whole: "Table.Stream.Arn",
                resource: "Table",
                attribute: "Stream.Arn",
            },
            Piece::Text("-$"),
            Piece::Text("${"),
            Piece::Text("Literal"),
            Piece::Text("}"),
            Piece::Text(" $x ${open"),
        ];
        let text = "a-${AWS::Region}${Table.Stream.Arn}-$${!Literal} $x ${open";
        assert_eq!(pieces(text), Ok(expected));
        assert_eq!(pieces(""), Ok(vec![]));
    }

    #[test]
    fn names_are_checked() {
        for name in ["${}", "${a b}", "${ a }", "${a-b}", "${${a}}"] {
            let error = pieces(name).expect_err(name);
            assert!(error.starts_with("Template error: variable names in Fn::Sub"));
        }
    }
}
