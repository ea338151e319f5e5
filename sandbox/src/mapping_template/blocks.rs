//! Parses what a template consists of: text, references, directives and comments.
//!
//! White space is Velocity 1.7's: a directive with parentheses, `#else` and `#end` take the line's end with
//! them when nothing else follows in the line, and `#set` also the white space before it where a line
//! starts behind such a directive.

use std::sync::Arc;

use super::cursor::Cursor;
use super::expressions::{expression, is_directive_char, operand, reference};
use super::fault::{Outcome, problem};
use super::syntax::{Block, Expression, Node};

/// Directives of Velocity that API Gateway does not offer.
const REFUSED: &[&str] = &["macro", "include", "parse", "evaluate"];
/// Directives that a backslash escapes.
const ESCAPABLE: &[&str] = &[
    "if", "elseif", "else", "end", "set", "foreach", "break", "stop", "define", "literal", "macro",
    "include", "parse", "evaluate",
];

/// What ends a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Terminator {
    Text,
    ElseIf,
    Else,
    End,
}

/// Parses all of the text.
pub(super) fn whole(cursor: &mut Cursor<'_>) -> Outcome<Vec<Node>> {
    let (nodes, end) = nodes(cursor)?;
    match end {
        Terminator::Text => Ok(nodes),
        _ => Err(cursor.wrong("an #else, #elseif or #end belongs to no directive")),
    }
}

/// Parses the block of a directive, up to its `#end`.
fn body(cursor: &mut Cursor<'_>, directive: &str, start: usize) -> Outcome<Block> {
    let (nodes, end) = cursor.nested(nodes)?;
    match end {
        Terminator::End => Ok(Arc::new(nodes)),
        Terminator::Text => Err(problem(format!("{directive} has no #end")).at(start)),
        Terminator::Else | Terminator::ElseIf => {
            Err(problem(format!("{directive} has no #else here")).at(start))
        }
    }
}

fn nodes(cursor: &mut Cursor<'_>) -> Outcome<(Vec<Node>, Terminator)> {
    let mut nodes = Nodes::default();
    loop {
        if take_set(cursor) {
            nodes.0.push(set(cursor)?);
            continue;
        }
        match cursor.peek() {
            None => return Ok((nodes.0, Terminator::Text)),
            Some('\\') => escapes(cursor, &mut nodes)?,
            Some('$') => dollar(cursor, &mut nodes)?,
            Some('#') => {
                if let Some(end) = hash(cursor, &mut nodes)? {
                    return Ok((nodes.0, end));
                }
            }
            Some(_) => nodes.text(cursor.take_while(|char| !matches!(char, '$' | '#' | '\\'))),
        }
    }
}

#[derive(Default)]
struct Nodes(Vec<Node>);

impl Nodes {
    fn text(&mut self, text: &str) {
        if let Some(Node::Text(last)) = self.0.last_mut() {
            last.push_str(text);
        } else if !text.is_empty() {
            self.0.push(Node::Text(text.to_owned()));
        }
    }
}

/// Backslashes escape a reference or a directive behind them; before anything else they are text.
fn escapes(cursor: &mut Cursor<'_>, nodes: &mut Nodes) -> Outcome<()> {
    let slashes = cursor.take_while(|char| char == '\\');
    let half = &slashes[..slashes.len() / 2];
    let is_escaped = slashes.len() % 2 == 1;
    if cursor.peek() == Some('$') {
        let start = cursor.position;
        let found = reference(cursor)?;
        nodes.text(if found.is_some() { half } else { slashes });
        match found {
            Some(_) if is_escaped => nodes.text(&cursor.text[start..cursor.position]),
            Some(reference) => nodes.0.push(Node::Reference(reference)),
            None => {}
        }
        return Ok(());
    }
    let is_directive = directive_name(cursor)
        .is_some_and(|(name, _)| ESCAPABLE.contains(&name) && (is_escaped || name != "set"));
    nodes.text(if is_directive { half } else { slashes });
    if is_escaped && let Some((_, length)) = directive_name(cursor) {
        nodes.text(&cursor.rest()[..length]);
        cursor.position += length;
    }
    Ok(())
}

fn dollar(cursor: &mut Cursor<'_>, nodes: &mut Nodes) -> Outcome<()> {
    if let Some(reference) = reference(cursor)? {
        nodes.0.push(Node::Reference(reference));
        return Ok(());
    }
    nodes.text("$");
    cursor.next();
    Ok(())
}

/// The name of the directive that starts with the `#` here, with or without braces, and the length of both.
fn directive_name<'a>(cursor: &Cursor<'a>) -> Option<(&'a str, usize)> {
    let rest = cursor.rest().strip_prefix('#')?;
    let (inner, braces) = match rest.strip_prefix('{') {
        Some(inner) => (inner, 2),
        None => (rest, 0),
    };
    let length = inner
        .find(|char| !is_directive_char(char))
        .unwrap_or(inner.len());
    let name = &inner[..length];
    let starts =
        |char: char| char.is_ascii_alphabetic() || char == '_' || (char == '@' && braces == 0);
    let is_closed = braces == 0 || inner[length..].starts_with('}');
    (name.starts_with(starts) && is_closed).then_some((name, 1 + braces + length))
}

/// Parses what starts with `#`; what ends the block, if it does.
fn hash(cursor: &mut Cursor<'_>, nodes: &mut Nodes) -> Outcome<Option<Terminator>> {
    if comment(cursor, nodes)? {
        return Ok(None);
    }
    let Some((name, length)) = directive_name(cursor) else {
        nodes.text("#");
        cursor.next();
        return Ok(None);
    };
    let start = cursor.position;
    let place = cursor.offset();
    if REFUSED.contains(&name) || name.starts_with('@') {
        return Err(cursor.wrong(format!("#{name} is not available in mapping templates")));
    }
    cursor.position += length;
    match name {
        "else" | "end" => {
            cursor.skip_line_end();
            return Ok(Some(if name == "end" {
                Terminator::End
            } else {
                Terminator::Else
            }));
        }
        "elseif" => return Ok(Some(Terminator::ElseIf)),
        "if" => nodes.0.push(branches(cursor, place)?),
        "foreach" => nodes.0.push(foreach(cursor, place)?),
        "define" => nodes.0.push(define(cursor, place)?),
        "literal" => literal(cursor, nodes, place)?,
        "break" | "stop" => {
            skip_arguments(cursor)?;
            nodes.0.push(if name == "stop" {
                Node::Stop
            } else {
                Node::Break
            });
        }
        _ => {
            skip_arguments(cursor)?;
            nodes.text(&cursor.text[start..cursor.position]);
        }
    }
    Ok(None)
}

/// Takes a comment, or text that is not parsed: `#[[ … ]]#`.
fn comment(cursor: &mut Cursor<'_>, nodes: &mut Nodes) -> Outcome<bool> {
    if cursor.rest().starts_with("#[[") {
        let inner = &cursor.rest()[3..];
        let Some(length) = inner.find("]]#") else {
            return Err(cursor.wrong("#[[ has no ]]#"));
        };
        nodes.text(&inner[..length]);
        cursor.position += 3 + length + 3;
    } else if cursor.take("##") {
        cursor.take_while(|char| !matches!(char, '\n' | '\r'));
        cursor.skip_line_end();
    } else if cursor.take("#*") {
        let rest = cursor.rest();
        cursor.position += rest.find("*#").map_or(rest.len(), |length| length + 2);
    } else {
        return Ok(false);
    }
    Ok(true)
}

/// Takes `#set(` with the white space before it.
fn take_set(cursor: &mut Cursor<'_>) -> bool {
    let start = cursor.position;
    cursor.take_while(|char| matches!(char, ' ' | '\t'));
    if cursor.take("#set") || cursor.take("#{set}") {
        cursor.take_while(|char| char == ' ');
        if cursor.take("(") {
            return true;
        }
    }
    cursor.position = start;
    false
}

fn set(cursor: &mut Cursor<'_>) -> Outcome<Node> {
    cursor.skip_whitespace();
    let place = cursor.offset();
    let target = match cursor.peek() {
        Some('$') => reference(cursor)?,
        _ => None,
    };
    let target = target.ok_or_else(|| cursor.unexpected("a reference to set").at(place))?;
    cursor.skip_whitespace();
    cursor.expect("=")?;
    let value = expression(cursor)?;
    close(cursor)?;
    Ok(Node::Set(target, value))
}

/// The opening parenthesis of a directive.
fn open(cursor: &mut Cursor<'_>) -> Outcome<()> {
    cursor.skip_whitespace();
    cursor.expect("(")
}

/// The closing parenthesis of a directive, with the line's end.
fn close(cursor: &mut Cursor<'_>) -> Outcome<()> {
    cursor.skip_whitespace();
    cursor.expect(")")?;
    cursor.skip_line_end();
    Ok(())
}

fn branches(cursor: &mut Cursor<'_>, offset: usize) -> Outcome<Node> {
    let mut branches = Vec::new();
    loop {
        open(cursor)?;
        let condition = expression(cursor)?;
        close(cursor)?;
        let (block, end) = cursor.nested(nodes)?;
        branches.push((condition, Arc::new(block)));
        let otherwise = match end {
            Terminator::ElseIf => continue,
            Terminator::Else => Some(body(cursor, "#if", offset)?),
            Terminator::End => None,
            Terminator::Text => return Err(problem("#if has no #end").at(offset)),
        };
        return Ok(Node::If {
            offset,
            branches,
            otherwise,
        });
    }
}

fn foreach(cursor: &mut Cursor<'_>, offset: usize) -> Outcome<Node> {
    open(cursor)?;
    let variable = argument(cursor)?;
    cursor.skip_whitespace();
    cursor.expect("in")?;
    let items = operand(cursor)?;
    close(cursor)?;
    let body = body(cursor, "#foreach", offset)?;
    Ok(Node::Foreach {
        offset,
        variable,
        items,
        body,
    })
}

fn define(cursor: &mut Cursor<'_>, offset: usize) -> Outcome<Node> {
    open(cursor)?;
    let name = argument(cursor)?;
    close(cursor)?;
    Ok(Node::Define(name, body(cursor, "#define", offset)?))
}

/// The name of the variable that a directive sets.
fn argument(cursor: &mut Cursor<'_>) -> Outcome<Arc<str>> {
    match operand(cursor)? {
        Expression::Reference(reference) => Ok(reference.name),
        _ => Err(cursor.unexpected("a reference")),
    }
}

/// `#literal()`: what is up to its `#end` is text, but has to be correct.
fn literal(cursor: &mut Cursor<'_>, nodes: &mut Nodes, offset: usize) -> Outcome<()> {
    open(cursor)?;
    close(cursor)?;
    let start = cursor.position;
    body(cursor, "#literal", offset)?;
    let whole = &cursor.text[start..cursor.position];
    let end = whole.rfind('#').unwrap_or(whole.len());
    nodes.text(&whole[..end]);
    Ok(())
}

/// Skips what stands in parentheses behind an unknown directive: it has to look like arguments.
fn skip_arguments(cursor: &mut Cursor<'_>) -> Outcome<()> {
    let start = cursor.position;
    cursor.skip_whitespace();
    if !cursor.take("(") {
        cursor.position = start;
        return Ok(());
    }
    loop {
        cursor.skip_whitespace();
        cursor.take(",");
        cursor.skip_whitespace();
        if cursor.peek() == Some(')') {
            return close(cursor);
        }
        let is_word = cursor
            .peek()
            .is_some_and(|char| char.is_ascii_alphabetic() || matches!(char, '_' | '@'));
        if is_word {
            cursor.take_while(is_directive_char);
        } else {
            operand(cursor)?;
        }
    }
}
