//! Reads a path.

use super::{Filter, Function, JsonPath, Operand, Selectors, Step};
use crate::mapping_template::fault::{Outcome, Problem, problem};
use crate::mapping_template::limits::TEMPLATE_DEPTH;
use crate::mapping_template::regexes::Pattern;
use crate::mapping_template::syntax::Operator;

const OPERATORS: &[(&str, Operator)] = &[
    ("==", Operator::Equal),
    ("!=", Operator::NotEqual),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
];

impl JsonPath {
    /// A path may leave out the `$.` at its start.
    pub(in crate::mapping_template) fn parse(text: &str) -> Outcome<Self> {
        let mut reader = Reader {
            whole: text,
            rest: text.trim(),
            depth: 0,
        };
        let path = if reader.take("$") || reader.rest.starts_with('[') {
            reader.path()?
        } else {
            let steps = vec![reader.named(false)?];
            reader.path_after(steps)?
        };
        if reader.rest.is_empty() {
            Ok(path)
        } else {
            Err(reader.wrong())
        }
    }
}

struct Reader<'a> {
    whole: &'a str,
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn wrong(&self) -> Problem {
        let (whole, rest) = (self.whole.escape_debug(), self.rest.escape_debug());
        problem(format!("the JSONPath `{whole}` is not valid at `{rest}`"))
    }

    fn take(&mut self, text: &str) -> bool {
        let rest = self.rest.strip_prefix(text);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Takes `text` and the white space around it.
    fn take_token(&mut self, text: &str) -> bool {
        self.rest = self.rest.trim_start();
        let is_here = self.take(text);
        self.rest = self.rest.trim_start();
        is_here
    }

    fn expect(&mut self, text: &str) -> Outcome<()> {
        if self.take_token(text) {
            Ok(())
        } else {
            Err(self.wrong())
        }
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> &'a str {
        let end = self
            .rest
            .find(|char| !fits(char))
            .unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }

    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        if self.depth == TEMPLATE_DEPTH {
            return Err(problem(format!(
                "the JSONPath is nested more than {TEMPLATE_DEPTH} deep"
            )));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }

    fn path(&mut self) -> Outcome<JsonPath> {
        self.path_after(Vec::new())
    }

    fn path_after(&mut self, mut steps: Vec<Step>) -> Outcome<JsonPath> {
        let mut function = None;
        loop {
            if self.rest.starts_with('[') {
                steps.push(self.bracketed(false)?);
            } else if self.take("..") {
                steps.push(if self.rest.starts_with('[') {
                    self.bracketed(true)?
                } else {
                    self.named(true)?
                });
            } else if self.take(".") {
                function = self.function();
                if function.is_some() {
                    break;
                }
                steps.push(self.named(false)?);
            } else {
                break;
            }
        }
        Ok(JsonPath { steps, function })
    }

    fn function(&mut self) -> Option<Function> {
        let functions = [
            ("length()", Function::Length),
            ("size()", Function::Length),
            ("keys()", Function::Keys),
            ("min()", Function::Min),
            ("max()", Function::Max),
            ("sum()", Function::Sum),
            ("avg()", Function::Average),
        ];
        let found = functions.into_iter().find(|(text, _)| self.take(text));
        found.map(|(_, function)| function)
    }

    fn named(&mut self, is_deep: bool) -> Outcome<Step> {
        if self.take("*") {
            let selectors = Selectors::All;
            return Ok(Step { selectors, is_deep });
        }
        let ends = |char: char| char.is_whitespace() || ".[]()'\"&|=<>!,*?@$~".contains(char);
        let name = self.take_while(|char| !ends(char));
        if name.is_empty() {
            return Err(self.wrong());
        }
        let selectors = Selectors::Names(vec![name.to_owned()]);
        Ok(Step { selectors, is_deep })
    }

    fn bracketed(&mut self, is_deep: bool) -> Outcome<Step> {
        self.expect("[")?;
        let selectors = if self.take_token("*") {
            Selectors::All
        } else if self.take_token("?") {
            self.expect("(")?;
            let filter = self.nested(Self::any)?;
            self.expect(")")?;
            Selectors::Filter(filter)
        } else if self.rest.starts_with(['\'', '"']) {
            let mut names = vec![self.quoted()?];
            while self.take_token(",") {
                names.push(self.quoted()?);
            }
            Selectors::Names(names)
        } else {
            self.numbers()?
        };
        self.rest = self.rest.trim_start();
        if !self.take("]") {
            return Err(self.wrong());
        }
        Ok(Step { selectors, is_deep })
    }

    fn numbers(&mut self) -> Outcome<Selectors> {
        let first = self.number()?;
        if self.take_token(":") {
            return Ok(Selectors::Slice(first, self.number()?));
        }
        let mut indexes = vec![first.ok_or_else(|| self.wrong())?];
        while self.take_token(",") {
            indexes.push(self.number()?.ok_or_else(|| self.wrong())?);
        }
        Ok(Selectors::Indexes(indexes))
    }

    fn number(&mut self) -> Outcome<Option<i64>> {
        let text = self.take_while(|char| char.is_ascii_digit() || char == '-');
        if text.is_empty() {
            return Ok(None);
        }
        text.parse().map(Some).map_err(|_| self.wrong())
    }

    fn quoted(&mut self) -> Outcome<String> {
        let quote = self
            .rest
            .chars()
            .next()
            .filter(|char| matches!(char, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.wrong())?;
        let mut text = String::new();
        let mut chars = self.rest.char_indices().skip(1);
        while let Some((position, char)) = chars.next() {
            if char == quote {
                self.rest = &self.rest[position + 1..];
                return Ok(text);
            }
            let char = if char == '\\' {
                chars.next().map(|(_, char)| char)
            } else {
                Some(char)
            };
            text.extend(char);
        }
        Err(self.wrong())
    }

    fn any(&mut self) -> Outcome<Filter> {
        let mut filters = vec![self.all()?];
        while self.take_token("||") {
            filters.push(self.all()?);
        }
        Ok(Filter::Or(filters))
    }

    fn all(&mut self) -> Outcome<Filter> {
        let mut filters = vec![self.one()?];
        while self.take_token("&&") {
            filters.push(self.one()?);
        }
        Ok(Filter::And(filters))
    }

    fn one(&mut self) -> Outcome<Filter> {
        if self.take_token("!") {
            return Ok(Filter::Not(Box::new(self.nested(Self::one)?)));
        }
        if self.take_token("(") {
            let filter = self.nested(Self::any)?;
            self.expect(")")?;
            return Ok(filter);
        }
        let left = self.operand()?;
        if self.take_token("=~") {
            return Ok(Filter::Matches(left, self.regex()?));
        }
        if let Some((_, operator)) = OPERATORS.iter().find(|(text, _)| self.take_token(text)) {
            return Ok(Filter::Compare(left, *operator, self.operand()?));
        }
        if self.take_token("in") {
            return Ok(Filter::In(left, self.operands()?));
        }
        if self.take_token("nin") {
            return Ok(Filter::Not(Box::new(Filter::In(left, self.operands()?))));
        }
        match left {
            Operand::Path {
                path,
                is_root: false,
            } => Ok(Filter::Exists(path)),
            _ => Err(self.wrong()),
        }
    }

    fn operand(&mut self) -> Outcome<Operand> {
        self.rest = self.rest.trim_start();
        for (sign, is_root) in [("@", false), ("$", true)] {
            if self.take(sign) {
                let path = self.nested(Self::path)?;
                return Ok(Operand::Path { path, is_root });
            }
        }
        if self.rest.starts_with(['\'', '"']) {
            return Ok(Operand::Text(self.quoted()?));
        }
        let word =
            self.take_while(|char| char.is_alphanumeric() || matches!(char, '-' | '+' | '.'));
        Ok(match word {
            "null" => Operand::Null,
            "true" => Operand::Bool(true),
            "false" => Operand::Bool(false),
            number => Operand::Number(number.parse().map_err(|_| self.wrong())?),
        })
    }

    fn operands(&mut self) -> Outcome<Vec<Operand>> {
        self.expect("[")?;
        let mut operands = Vec::new();
        while !self.take_token("]") {
            operands.push(self.operand()?);
            if !self.take_token(",") && !self.rest.starts_with(']') {
                return Err(self.wrong());
            }
        }
        Ok(operands)
    }

    /// `/pattern/`, or `/pattern/i`: it has to match the whole text.
    fn regex(&mut self) -> Outcome<Pattern> {
        self.expect("/")?;
        let end = self.rest.find('/').ok_or_else(|| self.wrong())?;
        let pattern = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        let flags = if self.take("i") { "(?i)" } else { "" };
        Pattern::new(&format!(r"{flags}\A(?:{pattern})\z"))
    }
}
