//! CertLogic expressions (specification 1.3.3). Rules come from strangers: whatever is not an expression of the
//! specification is refused here, before anything is evaluated, so that an operator that is unknown in a branch not
//! taken cannot pass either.

use super::{evaluation, instant::Unit, value::Value};
use crate::Error;
use serde_json::Value as Json;

/// Operators within operators. The deepest published rule has 12; the JSON reader stops at 64 in any case (128 levels
/// of JSON, two for each operator).
pub const MAX_DEPTH: usize = 48;

/// Operators, literals and path fragments in one expression. The longest published rules list a few hundred vaccines.
pub const MAX_NODES: usize = 10_000;

/// Integers that every implementation holds exactly (ECMA-262, `Number.MAX_SAFE_INTEGER`).
pub(super) const MAX_INTEGER: i64 = (1 << 53) - 1;

/// A well-formed CertLogic expression within the limits of depth and size.
#[derive(Clone, Debug, PartialEq)]
pub struct Expression(Node);

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    /// [`Error::RuleOperatorUnknown`], [`Error::RuleLogicMalformed`] and [`Error::RuleLogicTooLarge`].
    pub fn parse(logic: &Json) -> Result<Self, Error> {
        let mut nodes_left = MAX_NODES;
        Parser {
            nodes_left: &mut nodes_left,
        }
        .node(logic, MAX_DEPTH)
        .map(Self)
    }

    /// Evaluates the expression over a data context.
    ///
    /// # Errors
    /// [`Error::RuleEvaluation`] where the specification says that evaluating is an error, and
    /// [`Error::RuleEffortExceeded`] after [`evaluation::EFFORT_LIMIT`] steps. Either counts as `false`.
    pub fn evaluate(&self, data: &Json) -> Result<Json, Error> {
        evaluation::to_json(&self.0, &Value::of(data))
    }

    /// Whether the expression evaluates to exactly `true`, which is what lets a rule pass.
    pub(super) fn holds(&self, data: &Value<'_>) -> Result<bool, Error> {
        evaluation::holds(&self.0, data)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node {
    Bool(bool),
    Integer(i64),
    Text(Box<str>),
    Array(Vec<Node>),
    /// `var`: the path's fragments; none for the whole context.
    Var(Vec<Box<str>>),
    If(Box<[Node; 3]>),
    And(Vec<Node>),
    Same(Box<[Node; 2]>),
    In(Box<[Node; 2]>),
    Plus(Box<[Node; 2]>),
    Compare(Comparison, Vec<Node>),
    Not(Box<Node>),
    PlusTime(Box<Node>, i64, Unit),
    Reduce(Box<[Node; 3]>),
    ExtractFromUvci(Box<Node>, i64),
    DateOfBirth(Box<Node>),
}

/// An order and what it is asked of.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Comparison {
    pub order: Order,
    pub operands: Operands,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Operands {
    Integers,
    Instants,
}

impl Order {
    pub fn holds<T: PartialOrd>(self, left: &T, right: &T) -> bool {
        match self {
            Self::Less => left < right,
            Self::LessOrEqual => left <= right,
            Self::Greater => left > right,
            Self::GreaterOrEqual => left >= right,
        }
    }
}

impl Comparison {
    fn named(operator: &str) -> Option<Self> {
        let (order, operands) = match operator {
            "<" => (Order::Less, Operands::Integers),
            "<=" => (Order::LessOrEqual, Operands::Integers),
            ">" => (Order::Greater, Operands::Integers),
            ">=" => (Order::GreaterOrEqual, Operands::Integers),
            "before" => (Order::Less, Operands::Instants),
            "not-after" => (Order::LessOrEqual, Operands::Instants),
            "after" => (Order::Greater, Operands::Instants),
            "not-before" => (Order::GreaterOrEqual, Operands::Instants),
            _ => return None,
        };
        Some(Self { order, operands })
    }
}

/// Reads nodes until none are left to spend.
struct Parser<'a> {
    nodes_left: &'a mut usize,
}

impl Parser<'_> {
    fn node(&mut self, json: &Json, depth: usize) -> Result<Node, Error> {
        self.spend(1)?;
        let depth = depth.checked_sub(1).ok_or(Error::RuleLogicTooLarge)?;
        match json {
            Json::Bool(value) => Ok(Node::Bool(*value)),
            Json::String(text) => Ok(Node::Text(text.as_str().into())),
            Json::Number(_) => integer(json).map(Node::Integer),
            Json::Array(items) => Ok(Node::Array(self.nodes(items, depth)?)),
            Json::Object(object) => match object.iter().next() {
                Some((operator, operands)) if object.len() == 1 => self.operation(operator, operands, depth),
                _ => Err(malformed("an operation has exactly one key")),
            },
            Json::Null => Err(malformed("null is no expression")),
        }
    }

    fn operation(&mut self, operator: &str, operands: &Json, depth: usize) -> Result<Node, Error> {
        if operator == "var" {
            return self.path(operands);
        }
        let Json::Array(operands) = operands else {
            return Err(match is_known(operator) {
                true => malformed("operands stand in an array"),
                false => unknown(operator),
            });
        };
        Ok(match (operator, operands.as_slice()) {
            ("plusTime", [date, amount, unit]) => {
                let unit = unit.as_str().and_then(Unit::named);
                let unit = unit.ok_or(malformed("plusTime counts in year, month, day or hour"))?;
                Node::PlusTime(Box::new(self.node(date, depth)?), integer(amount)?, unit)
            }
            ("extractFromUVCI", [uvci, index]) => {
                Node::ExtractFromUvci(Box::new(self.node(uvci, depth)?), integer(index)?)
            }
            ("if", _) => Node::If(self.exactly(operands, depth)?),
            ("reduce", _) => Node::Reduce(self.exactly(operands, depth)?),
            ("===", _) => Node::Same(self.exactly(operands, depth)?),
            ("in", _) => Node::In(self.exactly(operands, depth)?),
            ("+", _) => Node::Plus(self.exactly(operands, depth)?),
            ("!", [operand]) => Node::Not(Box::new(self.node(operand, depth)?)),
            ("dccDateOfBirth", [operand]) => Node::DateOfBirth(Box::new(self.node(operand, depth)?)),
            ("and", [_, _, ..]) => Node::And(self.nodes(operands, depth)?),
            (_, [_, _] | [_, _, _]) if let Some(comparison) = Comparison::named(operator) => {
                Node::Compare(comparison, self.nodes(operands, depth)?)
            }
            _ if is_known(operator) => return Err(malformed("wrong number of operands")),
            _ => return Err(unknown(operator)),
        })
    }

    fn path(&mut self, path: &Json) -> Result<Node, Error> {
        let path = path.as_str().ok_or(malformed("the path of var is a string"))?;
        if path.is_empty() {
            return Ok(Node::Var(Vec::new()));
        }
        let fragments: Vec<Box<str>> = path.split('.').map(Into::into).collect();
        self.spend(fragments.len())?;
        match fragments.iter().any(|fragment| fragment.is_empty()) {
            true => Err(malformed("the path of var has an empty fragment")),
            false => Ok(Node::Var(fragments)),
        }
    }

    fn nodes(&mut self, items: &[Json], depth: usize) -> Result<Vec<Node>, Error> {
        items.iter().map(|item| self.node(item, depth)).collect()
    }

    fn exactly<const N: usize>(&mut self, items: &[Json], depth: usize) -> Result<Box<[Node; N]>, Error> {
        let nodes = self.nodes(items, depth)?.into_boxed_slice();
        nodes
            .try_into()
            .map_err(|_| malformed("wrong number of operands"))
    }

    fn spend(&mut self, nodes: usize) -> Result<(), Error> {
        *self.nodes_left = self
            .nodes_left
            .checked_sub(nodes)
            .ok_or(Error::RuleLogicTooLarge)?;
        Ok(())
    }
}

fn integer(json: &Json) -> Result<i64, Error> {
    match Value::of(json) {
        Value::Integer(value) => Ok(value),
        _ => Err(malformed("numbers are integers of at most 53 bits")),
    }
}

fn is_known(operator: &str) -> bool {
    const OTHERS: [&str; 11] = [
        "var",
        "if",
        "and",
        "===",
        "in",
        "+",
        "!",
        "plusTime",
        "reduce",
        "extractFromUVCI",
        "dccDateOfBirth",
    ];
    OTHERS.contains(&operator) || Comparison::named(operator).is_some()
}

fn malformed(what: &'static str) -> Error {
    Error::RuleLogicMalformed(what)
}

fn unknown(operator: &str) -> Error {
    Error::RuleOperatorUnknown {
        operator: operator.chars().take(32).collect(),
    }
}
