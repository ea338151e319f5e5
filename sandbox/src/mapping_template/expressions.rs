//! Parses expressions and references, as the grammar of Velocity 1.7 has them: operators only in `#set`,
//! `#if` and `#elseif`, while arguments, items and indexes are literals or references.

use std::sync::Arc;

use super::blocks;
use super::cursor::Cursor;
use super::fault::{Outcome, problem};
use super::syntax::{Expression, Operator, Reference, Step};

/// The operators of each level, the loosest first.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("eq", Operator::Equal),
        ("ne", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        (">=", Operator::GreaterOrEqual),
        ("<", Operator::Less),
        (">", Operator::Greater),
        ("le", Operator::LessOrEqual),
        ("ge", Operator::GreaterOrEqual),
        ("lt", Operator::Less),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Modulo),
    ],
];

pub(super) fn expression(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    level(cursor, 0)
}

fn level(cursor: &mut Cursor<'_>, number: usize) -> Outcome<Expression> {
    let Some(operators) = LEVELS.get(number) else {
        return unary(cursor);
    };
    let first = level(cursor, number + 1)?;
    let mut rest = Vec::new();
    while let Some(operator) = operator(cursor, operators) {
        rest.push((operator, level(cursor, number + 1)?));
    }
    if rest.is_empty() {
        return Ok(first);
    }
    let first = Box::new(first);
    Ok(Expression::Chain { first, rest })
}

fn operator(cursor: &mut Cursor<'_>, operators: &[(&str, Operator)]) -> Option<Operator> {
    cursor.skip_whitespace();
    // `-1` is a number even behind another, and then a mistake.
    if number_length(cursor.rest()).is_some() {
        return None;
    }
    let (text, operator) = operators.iter().find(|(text, _)| is_token(cursor, text))?;
    cursor.position += text.len();
    Some(*operator)
}

/// Whether the whole token here is `text`: `or` is not the start of `orange`.
fn is_token(cursor: &Cursor<'_>, text: &str) -> bool {
    let Some(rest) = cursor.rest().strip_prefix(text) else {
        return false;
    };
    let is_word = text.starts_with(|char: char| char.is_ascii_alphabetic());
    !(is_word && rest.starts_with(is_directive_char))
}

pub(super) fn is_directive_char(char: char) -> bool {
    char.is_ascii_alphanumeric() || matches!(char, '_' | '@')
}

fn unary(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    cursor.skip_whitespace();
    for not in ["!", "not"] {
        if is_token(cursor, not) {
            cursor.position += not.len();
            let negated = cursor.nested(unary)?;
            return Ok(Expression::Not(Box::new(negated)));
        }
    }
    let primary = if cursor.take("(") {
        let inner = cursor.nested(expression)?;
        cursor.skip_whitespace();
        cursor.expect(")")?;
        inner
    } else {
        operand(cursor)?
    };
    cursor.skip_whitespace();
    Ok(primary)
}

/// A literal or a reference, with the white space around it.
pub(super) fn operand(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    cursor.skip_whitespace();
    let operand = match cursor.peek() {
        Some('$') => reference_operand(cursor)?,
        Some('"' | '\'') => string(cursor)?,
        Some('[') => cursor.nested(list)?,
        Some('{') => cursor.nested(map)?,
        _ => word_or_number(cursor)?,
    };
    cursor.skip_whitespace();
    Ok(operand)
}

fn reference_operand(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    match reference(cursor)? {
        Some(reference) => Ok(Expression::Reference(reference)),
        None => Err(cursor.unexpected("a reference")),
    }
}

fn word_or_number(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    for (word, value) in [("true", true), ("false", false)] {
        if is_token(cursor, word) {
            cursor.position += word.len();
            return Ok(Expression::Bool(value));
        }
    }
    let Some((length, is_float)) = number_length(cursor.rest()) else {
        return Err(cursor
            .unexpected("a value: a reference, a string, a number, true, false, [list] or {map}"));
    };
    let text = &cursor.rest()[..length];
    let number = if is_float {
        text.parse().map(Expression::Float).ok()
    } else {
        text.parse().map(Expression::Int).ok()
    };
    let number = number.ok_or_else(|| cursor.wrong("the number is too long"))?;
    cursor.position += length;
    Ok(number)
}

/// How long the number is that `text` starts with, and whether it is one with a fraction or an exponent.
fn number_length(text: &str) -> Option<(usize, bool)> {
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    let sign = usize::from(text.starts_with('-'));
    let whole = digits(sign);
    let mut end = sign + whole;
    let mut is_float = false;
    // In `[1..3]` the dots are those of the range.
    if text[end..].starts_with('.') && !text[end..].starts_with("..") {
        let fraction = digits(end + 1);
        if whole + fraction > 0 {
            is_float = true;
            end += 1 + fraction;
        }
    }
    if whole == 0 && !is_float {
        return None;
    }
    if text[end..].starts_with(['e', 'E']) {
        let sign = usize::from(text[end + 1..].starts_with(['+', '-']));
        let exponent = digits(end + 1 + sign);
        if exponent > 0 {
            return Some((end + 1 + sign + exponent, true));
        }
    }
    Some((end, is_float))
}

/// A quote is doubled to stand in a string of its own kind. `\uXXXX` is a character in double quotes; a
/// backslash is nothing special otherwise.
fn string(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    let place = cursor.offset();
    let quote = cursor.next().unwrap_or('"');
    let start = cursor.position;
    let end = loop {
        cursor.take_while(|char| char != quote);
        let end = cursor.position;
        if cursor.next().is_none() {
            let message = format!("expected `{quote}` at the end of the string");
            return Err(problem(message).at(place));
        }
        if cursor.peek() != Some(quote) {
            break end;
        }
        cursor.next();
    };
    let raw = &cursor.text[start..end];
    if quote == '\'' {
        return Ok(Expression::Text(raw.replace("''", "'").into()));
    }
    let text = unescaped(raw).replace("\"\"", "\"");
    if !text.contains(['$', '#']) {
        return Ok(Expression::Text(text.into()));
    }
    let block = cursor.nested(|cursor| {
        blocks::whole(&mut Cursor {
            text: &text,
            position: 0,
            place: Some(place),
            depth: cursor.depth,
        })
    })?;
    Ok(Expression::Template(Arc::new(block)))
}

fn unescaped(raw: &str) -> String {
    let mut text = String::new();
    let mut pieces = raw.split("\\u");
    text.extend(pieces.next());
    for piece in pieces {
        let code = piece
            .get(..4)
            .and_then(|digits| u32::from_str_radix(digits, 16).ok());
        if let Some(char) = code.and_then(char::from_u32) {
            text.push(char);
            text.push_str(&piece[4..]);
        } else {
            text.push_str("\\u");
            text.push_str(piece);
        }
    }
    text
}

/// A list, or the range `[a..b]`.
fn list(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    cursor.expect("[")?;
    if cursor.take("]") {
        return Ok(Expression::List(Vec::new()));
    }
    let first = operand(cursor)?;
    if cursor.take("..") {
        let last = operand(cursor)?;
        cursor.expect("]")?;
        return Ok(Expression::Range(Box::new((first, last))));
    }
    let mut items = vec![first];
    while cursor.take(",") {
        items.push(operand(cursor)?);
    }
    cursor.expect("]")?;
    Ok(Expression::List(items))
}

fn map(cursor: &mut Cursor<'_>) -> Outcome<Expression> {
    cursor.expect("{")?;
    cursor.skip_whitespace();
    let mut entries = Vec::new();
    if cursor.take("}") {
        return Ok(Expression::Map(entries));
    }
    loop {
        let key = operand(cursor)?;
        cursor.expect(":")?;
        entries.push((key, operand(cursor)?));
        if !cursor.take(",") {
            cursor.expect("}")?;
            return Ok(Expression::Map(entries));
        }
    }
}

/// The reference that starts with the `$` here, unless it is a dollar sign in a text.
pub(super) fn reference(cursor: &mut Cursor<'_>) -> Outcome<Option<Reference>> {
    let start = cursor.position;
    cursor.expect("$")?;
    cursor.take("!");
    let is_formal = cursor.take("{");
    let Some(name) = identifier(cursor) else {
        cursor.position = start;
        return Ok(None);
    };
    let steps = cursor.nested(steps)?;
    if is_formal {
        cursor.expect("}")?;
    }
    Ok(Some(Reference {
        offset: cursor.offset_of(start),
        name: name.into(),
        steps,
    }))
}

fn identifier<'a>(cursor: &mut Cursor<'a>) -> Option<&'a str> {
    let starts = |char: char| char.is_ascii_alphabetic() || char == '_';
    cursor.peek().filter(|char| starts(*char))?;
    Some(cursor.take_while(|char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-')))
}

fn steps(cursor: &mut Cursor<'_>) -> Outcome<Vec<Step>> {
    let mut steps = Vec::new();
    loop {
        if cursor.take("[") {
            let index = operand(cursor)?;
            if !matches!(
                index,
                Expression::Text(_)
                    | Expression::Template(_)
                    | Expression::Int(_)
                    | Expression::Bool(_)
                    | Expression::Reference(_)
            ) {
                return Err(cursor.wrong("an index is a number, a string or a reference"));
            }
            cursor.expect("]")?;
            steps.push(Step::Index(index));
            continue;
        }
        let mut behind = cursor.rest().chars();
        if behind.next() != Some('.')
            || !behind.next().is_some_and(|char| char.is_ascii_alphabetic())
        {
            return Ok(steps);
        }
        cursor.next();
        let name: Arc<str> = identifier(cursor).unwrap_or_default().into();
        if cursor.take("(") {
            steps.push(Step::Method(name, arguments(cursor)?));
        } else {
            steps.push(Step::Property(name));
        }
    }
}

fn arguments(cursor: &mut Cursor<'_>) -> Outcome<Vec<Expression>> {
    let mut arguments = Vec::new();
    if cursor.take(")") {
        return Ok(arguments);
    }
    loop {
        arguments.push(operand(cursor)?);
        if !cursor.take(",") {
            cursor.expect(")")?;
            return Ok(arguments);
        }
    }
}
