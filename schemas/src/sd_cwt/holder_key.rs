//! The confirmation claim: a P-256 public key as a COSE_Key (RFC 8747 section 3.2, RFC 9053 section 7.1.1).

use crate::{
    Error,
    cbor::{FALSE, Item, TRUE},
    crypto::P256Point,
};

/// COSE_Key in a confirmation claim (RFC 8747 section 7.2).
const COSE_KEY: i64 = 1;
/// COSE_Key parameters and values (RFC 9052 section 7.1, RFC 9053 section 7.1.1).
const KEY_TYPE: (i64, i64) = (1, 2);
const KEY_ALGORITHM: (i64, i64) = (3, -7);
const CURVE: (i64, i64) = (-1, 1);
const X: i64 = -2;
const Y: i64 = -3;

/// The confirmation claim of a holder's key, with a compressed point: x, and the sign of y as a boolean.
#[must_use]
pub fn confirmation(point: &P256Point) -> Item<'static> {
    let [form, x @ ..] = point.as_bytes();
    let int = |(label, value): (i64, i64)| (Item::Int(label.into()), Item::Int(value.into()));
    let key = vec![
        int(KEY_TYPE),
        int(CURVE),
        (Item::Int(X.into()), Item::Bytes(x.to_vec().into())),
        (Item::Int(Y.into()), if *form == 3 { TRUE } else { FALSE }),
    ];
    Item::Map(vec![(Item::Int(COSE_KEY.into()), Item::Map(key))])
}

/// The key in a confirmation claim. Whether it lies on the curve shows when it is used.
pub fn holder_key(confirmation: &Item<'_>) -> Result<P256Point, Error> {
    parse(confirmation).ok_or(Error::SdCwtHolderKey)
}

fn parse(confirmation: &Item<'_>) -> Option<P256Point> {
    let key = confirmation.get(COSE_KEY)?;
    let is = |(label, value)| key.get(label).is_some_and(|item| item.as_int() == Some(value));
    let algorithm_fits = key.get(KEY_ALGORITHM.0).is_none() || is(KEY_ALGORITHM);
    if !(is(KEY_TYPE) && is(CURVE) && algorithm_fits) {
        return None;
    }
    let x: &[u8; 32] = key.get(X)?.as_bytes()?.try_into().ok()?;
    let sec1 = match key.get(Y)? {
        Item::Bytes(y) if y.len() == 32 => [&[4], &x[..], y].concat(),
        y if *y == FALSE => [&[2], &x[..]].concat(),
        y if *y == TRUE => [&[3], &x[..]].concat(),
        _ => return None,
    };
    P256Point::from_sec1(&sec1).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        for form in [2, 3] {
            let mut bytes = [form; 33];
            bytes[1] = 9;
            let point = P256Point::from_sec1(&bytes).unwrap();
            assert_eq!(holder_key(&confirmation(&point)), Ok(point));
        }
    }

    #[test]
    fn refuses_other_keys() {
        let point = P256Point::from_sec1(&[2; 33]).unwrap();
        let with = |label: i64, value: Item<'static>| {
            let Item::Map(mut entries) = confirmation(&point).get(COSE_KEY).unwrap().clone() else {
                panic!()
            };
            entries.retain(|(key, _)| key.as_int() != Some(label));
            entries.push((Item::Int(label.into()), value));
            Item::Map(vec![(Item::Int(1), Item::Map(entries))])
        };
        assert_eq!(holder_key(&with(3, Item::Int(-7))), Ok(point));
        let others = [
            with(1, Item::Int(1)),
            with(-1, Item::Int(2)),
            with(3, Item::Int(-8)),
            with(-2, Item::bytes(&[2; 31])),
            with(-3, Item::bytes(&[2; 33])),
            with(-3, Item::Int(1)),
            Item::Map(vec![(Item::Int(3), Item::bytes(b"kid"))]),
            Item::Int(1),
        ];
        for other in others {
            assert_eq!(holder_key(&other), Err(Error::SdCwtHolderKey));
        }
    }
}
