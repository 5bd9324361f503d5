//! Certificates of other countries.

use crate::token::int;
use schemas::cbor::Item;

/// A vaccination entry: dose `dose` of `doses`.
pub(super) fn vaccination(dose: i64, doses: i64) -> Item<'static> {
    let text = |key: &'static str, text: &'static str| (Item::text(key), Item::text(text));
    Item::Map(vec![
        text("ci", "URN:UVCI:01:AT:10807843F94AEE0EE5093FBC254BD813#B"),
        text("co", "AT"),
        (Item::text("dn"), int(dose)),
        text("dt", "2026-10-01"),
        text("is", "Ministry of Health, Austria"),
        text("ma", "ORG-100030215"),
        text("mp", "EU/1/20/1528"),
        (Item::text("sd"), int(doses)),
        text("tg", "840539006"),
        text("vp", "1119349007"),
    ])
}
