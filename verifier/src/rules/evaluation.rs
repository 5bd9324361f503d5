//! Evaluation of CertLogic expressions: total, and bounded by a number of steps.

use super::{
    expression::{Comparison, MAX_INTEGER, Node, Operands},
    instant::Instant,
    uvci,
    value::Value,
};
use crate::Error;
use serde_json::Value as Json;

/// Steps of one evaluation: a node visited, an item compared, a fold, 64 bytes of text looked at. Searching the longest
/// value set (2,000 rapid tests) takes 2,000; all of them take 1 to 8 ms, folds over dates the longest.
pub const EFFORT_LIMIT: usize = 100_000;

/// What is left of the steps of one evaluation.
pub(super) struct Effort(usize);

impl Effort {
    pub fn spend(&mut self, steps: usize) -> Result<(), Error> {
        self.0 = self.0.checked_sub(steps).ok_or(Error::RuleEffortExceeded)?;
        Ok(())
    }

    fn spend_on_text(&mut self, text: &str) -> Result<(), Error> {
        self.spend(text.len() / 64)
    }
}

pub(super) fn to_json(node: &Node, data: &Value<'_>) -> Result<Json, Error> {
    let mut effort = Effort(EFFORT_LIMIT);
    evaluate(node, data, &mut effort)?.to_json(&mut effort)
}

pub(super) fn holds(node: &Node, data: &Value<'_>) -> Result<bool, Error> {
    let value = evaluate(node, data, &mut Effort(EFFORT_LIMIT))?;
    Ok(matches!(value, Value::Bool(true)))
}

fn evaluate<'a>(node: &'a Node, data: &Value<'a>, effort: &mut Effort) -> Result<Value<'a>, Error> {
    effort.spend(1)?;
    match node {
        Node::Bool(value) => Ok(Value::Bool(*value)),
        Node::Integer(value) => Ok(Value::Integer(*value)),
        Node::Text(text) => Ok(Value::Text(text)),
        Node::Array(items) => Value::array(all(items, data, effort)?),
        Node::Var(path) => {
            effort.spend(path.len())?;
            Ok(path
                .iter()
                .fold(data.clone(), |value, fragment| value.child(fragment)))
        }
        Node::If(branches) => {
            let [guard, then, otherwise] = &**branches;
            let taken = if truth(&evaluate(guard, data, effort)?)? {
                then
            } else {
                otherwise
            };
            evaluate(taken, data, effort)
        }
        Node::And(operands) => and(operands, data, effort),
        Node::Same(operands) => {
            let [left, right] = both(operands, data, effort)?;
            same(&left, &right, effort).map(Value::Bool)
        }
        Node::In(operands) => {
            let [member, set] = both(operands, data, effort)?;
            is_in(&member, &set, effort).map(Value::Bool)
        }
        Node::Plus(operands) => plus(&both(operands, data, effort)?),
        Node::Compare(comparison, operands) => compare(*comparison, &all(operands, data, effort)?),
        Node::Not(operand) => Ok(Value::Bool(!truth(&evaluate(operand, data, effort)?)?)),
        Node::PlusTime(date, amount, unit) => {
            let date = text(&evaluate(date, data, effort)?, effort)?;
            let instant = Instant::parse(date).ok_or(ERROR_DATE)?;
            instant
                .plus(*amount, *unit)
                .map(Value::Instant)
                .ok_or(ERROR_RANGE)
        }
        Node::DateOfBirth(date) => {
            let date = text(&evaluate(date, data, effort)?, effort)?;
            Instant::of_birth(date).map(Value::Instant).ok_or(ERROR_DATE)
        }
        Node::ExtractFromUvci(operand, index) => match evaluate(operand, data, effort)? {
            Value::Null => Ok(Value::Null),
            uvci => Ok(uvci::fragment(text(&uvci, effort)?, *index).map_or(Value::Null, Value::Text)),
        },
        Node::Reduce(operands) => reduce(operands, data, effort),
    }
}

const ERROR_DATE: Error = Error::RuleEvaluation("not a date or date-time of an allowed format");
const ERROR_RANGE: Error = Error::RuleEvaluation("a number or date out of range");

fn all<'a>(nodes: &'a [Node], data: &Value<'a>, effort: &mut Effort) -> Result<Vec<Value<'a>>, Error> {
    nodes.iter().map(|node| evaluate(node, data, effort)).collect()
}

fn both<'a>(nodes: &'a [Node; 2], data: &Value<'a>, effort: &mut Effort) -> Result<[Value<'a>; 2], Error> {
    let [left, right] = nodes;
    Ok([evaluate(left, data, effort)?, evaluate(right, data, effort)?])
}

fn truth(value: &Value<'_>) -> Result<bool, Error> {
    value
        .truth()
        .ok_or(Error::RuleEvaluation("a value that is neither truthy nor falsy"))
}

fn text<'a>(value: &Value<'a>, effort: &mut Effort) -> Result<&'a str, Error> {
    let Value::Text(text) = value else {
        return Err(Error::RuleEvaluation("not a string"));
    };
    effort.spend_on_text(text)?;
    Ok(text)
}

/// Evaluates operands in order until one is falsy; the last one evaluated is the result.
fn and<'a>(operands: &'a [Node], data: &Value<'a>, effort: &mut Effort) -> Result<Value<'a>, Error> {
    let mut result = Value::Bool(true);
    for operand in operands {
        result = evaluate(operand, data, effort)?;
        if !truth(&result)? {
            break;
        }
    }
    Ok(result)
}

fn same(left: &Value<'_>, right: &Value<'_>, effort: &mut Effort) -> Result<bool, Error> {
    if let (Value::Text(left), Value::Text(right)) = (left, right)
        && left.len() == right.len()
    {
        effort.spend_on_text(left)?;
    }
    left.same(right).ok_or(Error::RuleEvaluation(
        "=== of values that are neither strings nor integers",
    ))
}

/// Null as the set is an empty one (1.3.3, null-safety).
fn is_in(member: &Value<'_>, set: &Value<'_>, effort: &mut Effort) -> Result<bool, Error> {
    let items = match set {
        Value::Null => return Ok(false),
        Value::Array(items) => items,
        _ => return Err(Error::RuleEvaluation("in something that is not an array")),
    };
    for item in items.iter() {
        effort.spend(1)?;
        if same(member, &item, effort)? {
            return Ok(true);
        }
    }
    Ok(false)
}

fn plus<'a>(operands: &[Value<'a>; 2]) -> Result<Value<'a>, Error> {
    let [Value::Integer(left), Value::Integer(right)] = operands else {
        return Err(Error::RuleEvaluation("+ of values that are not integers"));
    };
    match left.checked_add(*right) {
        Some(sum) if sum.abs() <= MAX_INTEGER => Ok(Value::Integer(sum)),
        _ => Err(ERROR_RANGE),
    }
}

/// Two operands, or three that are pairwise in order.
fn compare<'a>(comparison: Comparison, operands: &[Value<'a>]) -> Result<Value<'a>, Error> {
    let in_order = match comparison.operands {
        Operands::Integers => {
            let integers = operands.iter().map(|operand| match operand {
                Value::Integer(value) => Ok(*value),
                _ => Err(Error::RuleEvaluation("an order of values that are not integers")),
            });
            let integers = integers.collect::<Result<Vec<_>, _>>()?;
            integers.is_sorted_by(|left, right| comparison.order.holds(left, right))
        }
        Operands::Instants => {
            let instants = operands.iter().map(|operand| match operand {
                Value::Instant(value) => Ok(*value),
                _ => Err(Error::RuleEvaluation(
                    "an order of values that are not date-times",
                )),
            });
            let instants = instants.collect::<Result<Vec<_>, _>>()?;
            instants.is_sorted_by(|left, right| comparison.order.holds(left, right))
        }
    };
    Ok(Value::Bool(in_order))
}

/// A left fold; null as the operand is an empty array.
fn reduce<'a>(operands: &'a [Node; 3], data: &Value<'a>, effort: &mut Effort) -> Result<Value<'a>, Error> {
    let [operand, lambda, initial] = operands;
    let operand = evaluate(operand, data, effort)?;
    let mut accumulator = evaluate(initial, data, effort)?;
    let items = match operand {
        Value::Null => return Ok(accumulator),
        Value::Array(items) => items,
        _ => return Err(Error::RuleEvaluation("reduce of something that is not an array")),
    };
    for current in items.iter() {
        effort.spend(1)?;
        let context = Value::object(vec![("current", current), ("accumulator", accumulator)])?;
        accumulator = evaluate(lambda, &context, effort)?;
    }
    Ok(accumulator)
}
