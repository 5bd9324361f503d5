//! What CertLogic expressions evaluate to: JSON, and date-times, which JSON has not.

use super::{evaluation::Effort, expression::MAX_INTEGER, instant::Instant};
use crate::Error;
use serde_json::{Map, Value as Json};
use std::rc::Rc;

/// How deep a value that an evaluation builds may nest; a `reduce` could otherwise nest once per item, and freeing
/// such a value would exhaust the stack. No published rule builds more than one level.
const MAX_BUILT_DEPTH: u8 = 16;

/// A value that borrows from the expression and the data as far as it can.
#[derive(Clone)]
pub(super) enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    /// A number that is no integer, or too large to be one everywhere: neither truthy nor falsy.
    OtherNumber(f64),
    Text(&'a str),
    Array(Items<'a>),
    Object(Fields<'a>),
    Instant(Instant),
}

/// An array's items, as received or as evaluated.
#[derive(Clone)]
pub(super) enum Items<'a> {
    Received(&'a [Json]),
    Built(Rc<Built<Vec<Value<'a>>>>),
}

/// An object's fields, as received or put together for an evaluation.
#[derive(Clone)]
pub(super) enum Fields<'a> {
    Received(&'a Map<String, Json>),
    Built(Rc<Built<Vec<(&'static str, Value<'a>)>>>),
}

/// What an evaluation built, shared and never changed.
pub(super) struct Built<T> {
    content: T,
    depth: u8,
}

impl<'a> Value<'a> {
    pub fn of(json: &'a Json) -> Self {
        match json {
            Json::Null => Self::Null,
            Json::Bool(value) => Self::Bool(*value),
            Json::Number(number) => Self::of_number(number),
            Json::String(text) => Self::Text(text),
            Json::Array(items) => Self::Array(Items::Received(items)),
            Json::Object(fields) => Self::Object(Fields::Received(fields)),
        }
    }

    /// Integers may be written as `2` or `2.0`: ECMA-262 knows no difference.
    fn of_number(number: &serde_json::Number) -> Self {
        const EXACT: std::ops::RangeInclusive<i64> = -MAX_INTEGER..=MAX_INTEGER;
        let float = number.as_f64().unwrap_or(f64::NAN);
        #[expect(
            clippy::cast_possible_truncation,
            reason = "saturates, and EXACT excludes what saturates"
        )]
        let of_float = (float.fract() == 0.0).then_some(float as i64);
        match number.as_i64().or(of_float) {
            Some(integer) if EXACT.contains(&integer) => Self::Integer(integer),
            _ => Self::OtherNumber(float),
        }
    }

    pub fn array(items: Vec<Self>) -> Result<Self, Error> {
        let built = Built::new(items, |items| items.iter().map(Self::built_depth).max())?;
        Ok(Self::Array(Items::Built(built)))
    }

    pub fn object(fields: Vec<(&'static str, Self)>) -> Result<Self, Error> {
        let built = Built::new(fields, |fields| {
            fields.iter().map(|(_, value)| value.built_depth()).max()
        })?;
        Ok(Self::Object(Fields::Built(built)))
    }

    /// Truthy, falsy, or neither (specification, "Truthy and falsy values").
    pub fn truth(&self) -> Option<bool> {
        match self {
            Self::Null => Some(false),
            Self::Bool(value) => Some(*value),
            Self::Integer(value) => Some(*value != 0),
            Self::Text(text) => Some(!text.is_empty()),
            Self::Array(items) => Some(items.len() != 0),
            Self::Object(fields) => Some(!fields.is_empty()),
            Self::OtherNumber(_) | Self::Instant(_) => None,
        }
    }

    /// Equality without coercion. None for two arrays, two objects or two date-times: the specification promises
    /// nothing there, and implementations differ (identity or content).
    pub fn same(&self, other: &Self) -> Option<bool> {
        match (self, other) {
            (Self::Null, Self::Null) => Some(true),
            (Self::Bool(left), Self::Bool(right)) => Some(left == right),
            (Self::Integer(left), Self::Integer(right)) => Some(left == right),
            (Self::Text(left), Self::Text(right)) => Some(left == right),
            (Self::OtherNumber(left), Self::OtherNumber(right)) => Some(left == right),
            (Self::Array(_), Self::Array(_))
            | (Self::Object(_), Self::Object(_))
            | (Self::Instant(_), Self::Instant(_)) => None,
            _ => Some(false),
        }
    }

    /// The element or field that a path's fragment names, or null (specification, "Data access").
    pub fn child(&self, fragment: &str) -> Self {
        let child = match self {
            Self::Array(items) => fragment.parse().ok().and_then(|index| items.at(index)),
            Self::Object(Fields::Received(fields)) => fields.get(fragment).map(Self::of),
            Self::Object(Fields::Built(built)) => built
                .content
                .iter()
                .find(|(name, _)| *name == fragment)
                .map(|(_, value)| value.clone()),
            _ => None,
        };
        child.unwrap_or(Self::Null)
    }

    /// The value as JSON, date-times as texts; each element costs a step.
    pub fn to_json(&self, effort: &mut Effort) -> Result<Json, Error> {
        effort.spend(1)?;
        Ok(match self {
            Self::Null => Json::Null,
            Self::Bool(value) => (*value).into(),
            Self::Integer(value) => (*value).into(),
            Self::OtherNumber(value) => (*value).into(),
            Self::Text(text) => (*text).into(),
            Self::Instant(instant) => instant.to_string().into(),
            Self::Array(items) => items
                .iter()
                .map(|item| item.to_json(effort))
                .collect::<Result<Vec<_>, _>>()?
                .into(),
            Self::Object(Fields::Received(fields)) => {
                let field =
                    |(name, value): (&String, &'a Json)| Ok((name.clone(), Self::of(value).to_json(effort)?));
                Json::Object(fields.iter().map(field).collect::<Result<_, Error>>()?)
            }
            Self::Object(Fields::Built(built)) => {
                let field = |(name, value): &(&str, Self)| Ok(((*name).into(), value.to_json(effort)?));
                Json::Object(built.content.iter().map(field).collect::<Result<_, Error>>()?)
            }
        })
    }

    fn built_depth(&self) -> u8 {
        match self {
            Self::Array(Items::Built(built)) => built.depth,
            Self::Object(Fields::Built(built)) => built.depth,
            _ => 0,
        }
    }
}

impl<'a> Items<'a> {
    pub fn len(&self) -> usize {
        match self {
            Self::Received(items) => items.len(),
            Self::Built(built) => built.content.len(),
        }
    }

    pub fn at(&self, index: usize) -> Option<Value<'a>> {
        match self {
            Self::Received(items) => items.get(index).map(Value::of),
            Self::Built(built) => built.content.get(index).cloned(),
        }
    }

    pub fn iter(&self) -> impl Iterator<Item = Value<'a>> {
        (0..self.len()).filter_map(|index| self.at(index))
    }
}

impl Fields<'_> {
    fn is_empty(&self) -> bool {
        match self {
            Self::Received(fields) => fields.is_empty(),
            Self::Built(built) => built.content.is_empty(),
        }
    }
}

impl<T> Built<T> {
    fn new(content: T, deepest_child: impl Fn(&T) -> Option<u8>) -> Result<Rc<Self>, Error> {
        match deepest_child(&content).unwrap_or(0) {
            MAX_BUILT_DEPTH.. => Err(Error::RuleEvaluation("a value nests too deeply")),
            depth => Ok(Rc::new(Self {
                content,
                depth: depth + 1,
            })),
        }
    }
}
