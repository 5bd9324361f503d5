//! As much of CBOR's extended diagnostic notation as the SD-CWT examples use.

use schemas::cbor::{FALSE, Item, TRUE};

/// The one item that `text` writes. Commas count as space, as the newer drafts of the notation allow.
pub fn parse(text: &str) -> Item<'static> {
    let mut parser = Parser { rest: text };
    let item = parser.item();
    parser.skip();
    assert!(parser.rest.is_empty(), "left over: {:.40}", parser.rest);
    item
}

struct Parser<'a> {
    rest: &'a str,
}

impl<'a> Parser<'a> {
    /// Passes over space and both kinds of comments.
    fn skip(&mut self) {
        loop {
            self.rest = self.rest.trim_start_matches([' ', '\n', ',']);
            self.rest = match self.rest.as_bytes() {
                [b'/', ..] => self.rest[1..].split_once('/').unwrap().1,
                [b'#', ..] => self.rest.split_once('\n').unwrap_or_default().1,
                _ => return,
            };
        }
    }

    fn takes(&mut self, token: &str) -> bool {
        self.skip();
        match self.rest.strip_prefix(token) {
            Some(rest) => self.rest = rest,
            None => return false,
        }
        true
    }

    fn until(&mut self, end: char) -> &'a str {
        let (taken, rest) = self.rest.split_once(end).unwrap();
        self.rest = rest;
        taken
    }

    fn item(&mut self) -> Item<'static> {
        if self.takes("{") {
            let mut entries = Vec::new();
            while !self.takes("}") {
                let key = self.item();
                assert!(self.takes(":"));
                entries.push((key, self.item()));
            }
            return Item::Map(entries);
        }
        if self.takes("[") {
            let mut items = Vec::new();
            while !self.takes("]") {
                items.push(self.item());
            }
            return Item::Array(items);
        }
        if self.takes("<<") {
            let item = self.item();
            assert!(self.takes(">>"));
            return Item::Bytes(item.encode().into());
        }
        if self.takes("h'") {
            let hex = self.until('\'').split_whitespace().collect::<String>();
            return Item::Bytes(hex::decode(hex).unwrap().into());
        }
        if self.takes("'") {
            return Item::Bytes(self.until('\'').as_bytes().to_vec().into());
        }
        if self.takes("\"") {
            return Item::Text(self.until('"').to_owned().into());
        }
        for (word, item) in [("true", TRUE), ("false", FALSE), ("simple(59)", Item::Simple(59))] {
            if self.takes(word) {
                return item;
            }
        }
        let digits = self
            .rest
            .find(|c: char| !c.is_ascii_digit() && c != '-')
            .unwrap_or(self.rest.len());
        let (number, rest) = self.rest.split_at(digits);
        self.rest = rest;
        if self.takes("(") {
            let inner = self.item();
            assert!(self.takes(")"));
            return Item::Tag(number.parse().unwrap(), Box::new(inner));
        }
        Item::Int(number.parse().unwrap())
    }
}
