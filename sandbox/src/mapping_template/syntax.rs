//! The syntax tree of a template.

use std::sync::Arc;

/// What stands between two directives that belong together, or the whole template.
pub(super) type Block = Arc<Vec<Node>>;

#[derive(Debug, PartialEq)]
pub(super) enum Node {
    Text(String),
    Reference(Reference),
    Set(Reference, Expression),
    If {
        offset: usize,
        branches: Vec<(Expression, Block)>,
        otherwise: Option<Block>,
    },
    Foreach {
        offset: usize,
        variable: Arc<str>,
        items: Expression,
        body: Block,
    },
    /// `#define($name)`: the block is rendered where the name is.
    Define(Arc<str>, Block),
    Break,
    Stop,
}

#[derive(Debug, PartialEq)]
pub(super) enum Expression {
    Text(Arc<str>),
    /// A string in double quotes with references or directives in it.
    Template(Block),
    Int(i128),
    Float(f64),
    Bool(bool),
    List(Vec<Expression>),
    Range(Box<(Expression, Expression)>),
    Map(Vec<(Expression, Expression)>),
    Reference(Reference),
    Not(Box<Expression>),
    /// Operators of one level, from left to right: flat, so that a long sum is not deep.
    Chain {
        first: Box<Expression>,
        rest: Vec<(Operator, Expression)>,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

/// `$name.property.method(…)[index]`.
#[derive(Debug, PartialEq)]
pub(super) struct Reference {
    /// The byte of the template where it starts.
    pub offset: usize,
    pub name: Arc<str>,
    pub steps: Vec<Step>,
}

#[derive(Debug, PartialEq)]
pub(super) enum Step {
    Property(Arc<str>),
    Method(Arc<str>, Vec<Expression>),
    Index(Expression),
}
