//! Names of results: the client's request, the service's identifier, the state, and why a result was revoked.

use crate::Error;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A client's name for one submission: a UUID (RFC 9562 section 4) of its own choosing.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestId(pub [u8; 16]);

impl FromStr for RequestId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let groups = text.split('-').map(str::len);
        let digits: String = text.split('-').collect();
        if !groups.eq([8, 4, 4, 4, 12]) {
            return Err(Error::RequestIdMalformed);
        }
        from_hex(&digits).map(Self).ok_or(Error::RequestIdMalformed)
    }
}

/// The service's name for a result: derived from station and request, and not to be guessed from them.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ResultId(pub [u8; 16]);

impl fmt::Display for ResultId {
    /// Lower-case hexadecimal, 32 characters.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ResultId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResultId(…)")
    }
}

impl FromStr for ResultId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        from_hex(text).map(Self).ok_or(Error::ResultUnknown)
    }
}

fn from_hex(digits: &str) -> Option<[u8; 16]> {
    if digits.len() != 32 || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    u128::from_str_radix(digits, 16).ok().map(u128::to_be_bytes)
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Its credentials stand.
    Issued,
    /// Its credentials are revoked, and nothing replaces them.
    Revoked,
    /// Its credentials are revoked, and a corrected result has taken its place.
    Replaced,
}

/// Why a result was revoked: a closed set, so that nothing personal is ever written into a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Reason {
    /// The result was entered for another person, or with the person's data wrong.
    WrongPerson,
    /// The result, the test or the time was entered wrong.
    WrongResult,
    /// The laboratory withdrew the result.
    LaboratoryError,
    /// The result was obtained or entered dishonestly.
    Fraud,
    /// The person asked for it.
    RequestedByPerson,
}

/// Each value beside its number in the database; the numbers never change.
pub(crate) trait Stored: Copy + PartialEq + 'static {
    const NUMBERS: &'static [(Self, i64)];

    fn number(self) -> i64 {
        let found = Self::NUMBERS.iter().find(|(value, _)| *value == self);
        found
            .expect("every value has its line in NUMBERS; a test counts them")
            .1
    }

    fn from_number(number: i64) -> Option<Self> {
        Self::NUMBERS
            .iter()
            .find_map(|(value, n)| (*n == number).then_some(*value))
    }
}

impl Stored for State {
    const NUMBERS: &'static [(Self, i64)] = &[(Self::Issued, 0), (Self::Revoked, 1), (Self::Replaced, 2)];
}

impl Stored for Reason {
    const NUMBERS: &'static [(Self, i64)] = &[
        (Self::WrongPerson, 1),
        (Self::WrongResult, 2),
        (Self::LaboratoryError, 3),
        (Self::Fraud, 4),
        (Self::RequestedByPerson, 5),
    ];
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_ids_are_uuids() {
        let id: RequestId = "f81d4fae-7dec-11d0-A765-00a0c91e6bf6".parse().unwrap();
        assert_eq!(id.0[..3], [0xf8, 0x1d, 0x4f]);
        let wrong = [
            "",
            "f81d4fae7dec11d0a76500a0c91e6bf6",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf",
            "f81d4fae-7dec-11d0-a765-00a0c91e6bf6-",
            "+81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        ];
        for text in wrong {
            let refused = text.parse::<RequestId>().err().unwrap();
            assert_eq!(refused.code(), "issuer-request-id-malformed", "{text}");
        }
    }

    #[test]
    fn result_ids_are_read_as_written() {
        let id = ResultId([0xa0; 16]);
        assert_eq!(id.to_string().parse::<ResultId>().unwrap(), id);
        assert_eq!(
            "a0".parse::<ResultId>().unwrap_err().code(),
            "issuer-result-unknown"
        );
    }

    #[test]
    fn stored_numbers_are_distinct() {
        for (reason, number) in Reason::NUMBERS {
            assert_eq!(reason.number(), *number);
            assert_eq!(Reason::from_number(*number), Some(*reason));
        }
        for (state, number) in State::NUMBERS {
            assert_eq!(State::from_number(*number), Some(*state));
        }
        assert_eq!(State::from_number(9), None);
    }
}
