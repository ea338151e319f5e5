//! Renders a template's blocks.

use std::collections::HashMap;
use std::sync::Arc;

use super::fault::{Outcome, problem};
use super::limits::{ITERATIONS, RENDER_DEPTH};
use super::syntax::{Block, Expression, Node, Reference, Step};
use super::values::{Heap, Key, Value};
use super::variables::Input;

#[derive(Debug)]
pub(super) struct Interpreter {
    pub heap: Heap,
    pub input: Input,
    variables: HashMap<Arc<str>, Value>,
    loops: Vec<Loop>,
    depth: usize,
}

/// `$foreach`
#[derive(Debug)]
pub(super) struct Loop {
    pub index: usize,
    pub has_next: bool,
}

/// What follows a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Flow {
    Next,
    /// `#break`: the loop ends.
    Break,
    /// `#stop`: the template ends.
    Stop,
}

impl Interpreter {
    pub(super) fn new(heap: Heap, input: Input) -> Self {
        let mut interpreter = Self {
            heap,
            input,
            variables: HashMap::new(),
            loops: Vec::new(),
            depth: 0,
        };
        interpreter.set("input", Value::Input);
        interpreter.set("util", Value::Util);
        interpreter
    }

    pub(super) fn set(&mut self, name: &str, value: Value) {
        match self.variables.get_mut(name) {
            Some(variable) => *variable = value,
            None => drop(self.variables.insert(name.into(), value)),
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<&Value> {
        self.variables.get(name)
    }

    /// `$foreach` with this index, if its loop has not ended.
    pub(super) fn foreach(&self, index: usize) -> Option<&Loop> {
        self.loops.get(index)
    }

    pub(super) fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Outcome<T>) -> Outcome<T> {
        self.heap.budget.step()?;
        if self.depth == RENDER_DEPTH {
            return Err(problem(format!(
                "rendering is nested more than {RENDER_DEPTH} deep"
            )));
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    pub(super) fn render(&mut self, block: &Block, out: &mut String) -> Outcome<Flow> {
        self.nested(|this| {
            for node in block.iter() {
                let flow = this.node(node, out)?;
                if flow != Flow::Next {
                    return Ok(flow);
                }
            }
            Ok(Flow::Next)
        })
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Outcome<Flow> {
        self.heap.budget.step()?;
        match node {
            Node::Text(text) => self.heap.budget.write(text, out)?,
            Node::Reference(reference) => {
                let value = self.reference(reference)?;
                let shown = self.show(&value, out);
                shown.map_err(|problem| problem.at(reference.offset))?;
            }
            Node::Set(target, value) => {
                let value = self.value(value);
                let value = value.map_err(|problem| problem.at(target.offset))?;
                self.assign(target, value)
                    .map_err(|problem| problem.at(target.offset))?;
            }
            Node::If {
                offset,
                branches,
                otherwise,
            } => {
                let flow = self.choose(branches, otherwise.as_ref(), out);
                return flow.map_err(|problem| problem.at(*offset));
            }
            Node::Foreach {
                offset,
                variable,
                items,
                body,
            } => {
                let flow = self.iterate(variable, items, body, out);
                return flow.map_err(|problem| problem.at(*offset));
            }
            Node::Define(name, block) => self.set(name, Value::Block(block.clone())),
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
        }
        Ok(Flow::Next)
    }

    fn choose(
        &mut self,
        branches: &[(Expression, Block)],
        otherwise: Option<&Block>,
        out: &mut String,
    ) -> Outcome<Flow> {
        for (condition, block) in branches {
            if self.is_true(condition)? {
                return self.render(block, out);
            }
        }
        otherwise.map_or(Ok(Flow::Next), |block| self.render(block, out))
    }

    fn iterate(
        &mut self,
        variable: &Arc<str>,
        items: &Expression,
        body: &Block,
        out: &mut String,
    ) -> Outcome<Flow> {
        let iterated = self.value(items)?;
        let items = self.iterated(&iterated)?;
        let size = self.size(&iterated);
        let saved = [&**variable, "foreach"].map(|name| (name, self.variables.get(name).cloned()));
        self.set("foreach", Value::Loop(self.loops.len()));
        let mut result = Flow::Next;
        for (index, item) in items.iter().take(ITERATIONS).enumerate() {
            let has_next = index + 1 < items.len();
            self.loops.push(Loop { index, has_next });
            let is_null = *item == Value::Null;
            self.set(
                variable,
                if is_null {
                    Value::nothing()
                } else {
                    item.clone()
                },
            );
            let flow = self.render(body, out);
            self.loops.pop();
            match flow? {
                Flow::Next if self.size(&iterated) == size => {}
                Flow::Next if has_next => {
                    return Err(problem(
                        "a list or a map changes while #foreach goes through it",
                    ));
                }
                Flow::Next | Flow::Break => break,
                Flow::Stop => {
                    result = Flow::Stop;
                    break;
                }
            }
        }
        for (name, value) in saved {
            match value {
                Some(value) => self.set(name, value),
                None => drop(self.variables.remove(name)),
            }
        }
        Ok(result)
    }

    /// What `#foreach` goes through: the items of a list, the values of a map, and nothing of anything else.
    /// One more than the largest number of iterations, for `hasNext`.
    fn iterated(&mut self, value: &Value) -> Outcome<Vec<Value>> {
        let items: Vec<_> = match value {
            Value::List(list) => self
                .heap
                .items(*list)
                .iter()
                .take(ITERATIONS + 1)
                .cloned()
                .collect(),
            Value::Map(map) => self
                .heap
                .entries(*map)
                .values()
                .take(ITERATIONS + 1)
                .cloned()
                .collect(),
            _ => Vec::new(),
        };
        self.heap.budget.spend(items.len() / 8)?;
        Ok(items)
    }

    /// How many items there are to go through now.
    fn size(&self, value: &Value) -> usize {
        match value {
            Value::List(list) => match self.heap.viewed(*list) {
                Some(map) => self.heap.entries(map).len(),
                None => self.heap.items(*list).len(),
            },
            Value::Map(map) => self.heap.entries(*map).len(),
            _ => 0,
        }
    }

    /// Appends what a reference is rendered as.
    fn show(&mut self, value: &Value, out: &mut String) -> Outcome<()> {
        match value {
            Value::Null => Ok(()),
            Value::Block(block) => {
                // `#stop` in a block ends the block.
                self.render(block, out)?;
                Ok(())
            }
            value => self.heap.show(value, out),
        }
    }

    /// The value as text, where it is part of one.
    pub(super) fn shown(&mut self, value: &Value) -> Outcome<Arc<str>> {
        if let Value::Block(_) = value {
            let mut text = String::new();
            self.show(value, &mut text)?;
            self.heap.budget.allocate(text.len())?;
            return Ok(text.into());
        }
        self.heap.shown(value)
    }

    fn variable(&self, name: &str) -> Option<Value> {
        if let Some(value) = self.variables.get(name) {
            return Some(value.clone());
        }
        // The names that loops had before `$foreach`.
        let current = self.loops.last()?;
        match name {
            "velocityCount" => Some(Value::Int(current.index as i128 + 1)),
            "velocityHasNext" => Some(Value::Bool(current.has_next)),
            _ => None,
        }
    }

    /// The value of a reference; an empty text where it refers to nothing.
    pub(super) fn reference(&mut self, reference: &Reference) -> Outcome<Value> {
        let Some(mut value) = self.variable(&reference.name) else {
            return Ok(Value::nothing());
        };
        for step in &reference.steps {
            let next = self.step(&value, step);
            value = next.map_err(|problem| problem.at(reference.offset))?;
            if value == Value::Null {
                return Ok(Value::nothing());
            }
        }
        Ok(value)
    }

    fn step(&mut self, value: &Value, step: &Step) -> Outcome<Value> {
        self.heap.budget.step()?;
        match step {
            Step::Property(name) => self.property(value, name),
            Step::Method(name, arguments) => {
                let arguments = arguments.iter().map(|argument| self.value(argument));
                let arguments = arguments.collect::<Outcome<Vec<_>>>()?;
                self.call(value, name, &arguments)
            }
            Step::Index(index) => {
                let index = self.value(index)?;
                self.indexed(value, &index)
            }
        }
    }

    fn indexed(&mut self, value: &Value, index: &Value) -> Outcome<Value> {
        match (value, index) {
            (Value::List(list), Value::Int(index)) => {
                let items = self.heap.items(*list);
                Ok(items[position(*index, items.len())?].clone())
            }
            (Value::Map(_), _) => self.call(value, "get", std::slice::from_ref(index)),
            _ => Ok(Value::Null),
        }
    }

    /// `#set`. What has no place is forgotten, and a null changes nothing, as in Velocity.
    fn assign(&mut self, target: &Reference, value: Value) -> Outcome<()> {
        if value == Value::Null {
            return Ok(());
        }
        let Some((last, steps)) = target.steps.split_last() else {
            self.set(&target.name, value);
            return Ok(());
        };
        let Some(mut holder) = self.variables.get(&target.name).cloned() else {
            return Ok(());
        };
        for step in steps {
            holder = self.step(&holder, step)?;
        }
        let key = match last {
            Step::Property(name) => Value::Text(name.clone()),
            Step::Index(index) => self.value(index)?,
            Step::Method(..) => return Ok(()),
        };
        match (holder, key) {
            (Value::List(list), Value::Int(index)) => {
                let items = self.heap.items_mut(list);
                let position = position(index, items.len())?;
                items[position] = value;
            }
            (Value::Map(map), key) => {
                let key: Key = self.heap.key(&key)?;
                self.heap.put(map, key, value)?;
            }
            _ => {}
        }
        Ok(())
    }
}

/// Where the item with this index is; counted from the end if it is negative.
fn position(index: i128, length: usize) -> Outcome<usize> {
    let from_start = if index < 0 {
        index.saturating_add(length as i128)
    } else {
        index
    };
    usize::try_from(from_start)
        .ok()
        .filter(|position| *position < length)
        .ok_or_else(|| {
            problem(format!(
                "index {index} is out of bounds for length {length}"
            ))
        })
}
