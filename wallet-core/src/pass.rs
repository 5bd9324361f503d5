//! A result as single-use copies.

use crate::{
    Error, Home, KeyHandle, OrderedKey, Receipt, Stock,
    record::{self, Record, Rest},
};
use core::fmt;
use schemas::{
    Day, UnixTime,
    cbor::Item,
    sd_cwt::profile::{Contents, HeldCopy},
};

/// Most copies of one pass, spent ones and ordered ones included: a record of the vault stays within the limit of CBOR.
pub const MAX_COPIES: usize = 48;

/// One result of one person: the receipt, the copies that it brought, and the keys that copies are awaited for.
#[derive(Clone)]
pub struct Pass {
    pub(crate) receipt: Receipt,
    pub(crate) contents: Option<Contents>,
    pub(crate) ordered: Vec<OrderedKey>,
    pub(crate) copies: Vec<StoredCopy>,
    pub(crate) home: Home,
    pub(crate) rest: Rest,
}

/// One copy, and what became of it.
#[derive(Clone)]
pub struct StoredCopy {
    pub(crate) copy: HeldCopy,
    pub(crate) key: OrderedKey,
    pub(crate) state: CopyState,
    rest: Rest,
}

/// Whether a copy was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyState {
    /// Never.
    Fresh,
    /// So many times, the last time at that instant.
    Spent {
        /// How many showings it was used for.
        showings: u32,
        /// When the last one began.
        last: UnixTime,
    },
}

impl StoredCopy {
    pub(crate) fn new(copy: HeldCopy, key: OrderedKey) -> Self {
        Self {
            copy,
            key,
            state: CopyState::Fresh,
            rest: Rest::new(),
        }
    }

    /// The copy as received.
    #[must_use]
    pub fn copy(&self) -> &HeldCopy {
        &self.copy
    }

    /// The key that it is bound to.
    #[must_use]
    pub fn key(&self) -> &KeyHandle {
        &self.key.handle
    }

    /// Whether its proof is here, so that a door finds it on the ledger.
    #[must_use]
    pub fn is_anchored(&self) -> bool {
        self.copy.proof().is_some()
    }

    /// Whether it was never shown and has not expired.
    fn is_left(&self, now: UnixTime) -> bool {
        self.state == CopyState::Fresh && now < self.copy.expires().start()
    }

    /// Whether it was shown.
    #[must_use]
    pub fn state(&self) -> CopyState {
        self.state
    }

    pub(crate) fn spend(&mut self, now: UnixTime) {
        let showings = match self.state {
            CopyState::Fresh => 1,
            CopyState::Spent { showings, .. } => showings.saturating_add(1),
        };
        self.state = CopyState::Spent { showings, last: now };
    }

    const COPY: i64 = 1;
    const KEY: i64 = 2;
    const SHOWINGS: i64 = 3;
    const LAST: i64 = 4;

    fn write(&self) -> Item<'_> {
        let (showings, last) = match self.state {
            CopyState::Fresh => (0, UnixTime(0)),
            CopyState::Spent { showings, last } => (showings, last),
        };
        let fields = [
            (Self::COPY, Item::Bytes(self.copy.encode().into())),
            (Self::KEY, self.key.write()),
            (Self::SHOWINGS, record::int(showings)),
            (Self::LAST, record::int(last.0)),
        ];
        record::write(fields, &self.rest)
    }

    fn read(item: Item<'_>) -> Result<Self, Error> {
        let mut record = Record::read(item)?;
        let last = record.time(Self::LAST)?;
        let state = match record.number(Self::SHOWINGS)? {
            0 => CopyState::Fresh,
            showings => CopyState::Spent { showings, last },
        };
        Ok(Self {
            copy: HeldCopy::decode(&record.bytes(Self::COPY)?)?,
            key: OrderedKey::read(record.take(Self::KEY)?)?,
            state,
            rest: record.rest(),
        })
    }
}

impl Pass {
    pub(crate) fn new(receipt: Receipt) -> Self {
        Self {
            receipt,
            contents: None,
            ordered: Vec::new(),
            copies: Vec::new(),
            home: Home::Here,
            rest: Rest::new(),
        }
    }

    /// Where it came from.
    #[must_use]
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    /// What all the copies say, checked when the first arrived; `None` before.
    #[must_use]
    pub fn contents(&self) -> Option<&Contents> {
        self.contents.as_ref()
    }

    /// Which wallet it lives in.
    #[must_use]
    pub fn home(&self) -> Home {
        self.home
    }

    /// The copies.
    #[must_use]
    pub fn copies(&self) -> &[StoredCopy] {
        &self.copies
    }

    /// The keys that copies are awaited for: ask the issuer again with these.
    #[must_use]
    pub fn ordered(&self) -> &[OrderedKey] {
        &self.ordered
    }

    /// How many copies were never shown, have not expired, and have their proof.
    #[must_use]
    pub fn stock(&self, now: UnixTime) -> Stock {
        let left = self.copies.iter().filter(|copy| copy.is_left(now));
        Stock::of(left.filter(|copy| copy.is_anchored()).count())
    }

    /// How many copies were never shown, have not expired, and wait for their proof.
    #[must_use]
    pub fn waiting(&self, now: UnixTime) -> usize {
        let left = self.copies.iter().filter(|copy| copy.is_left(now));
        left.filter(|copy| !copy.is_anchored()).count()
    }

    /// Whether new copies should be ordered: none are awaited, at most [`LOW_STOCK`](crate::LOW_STOCK) were never shown, and
    /// it does not live in another wallet.
    #[must_use]
    pub fn runs_low(&self, now: UnixTime) -> bool {
        let left = self.copies.iter().filter(|copy| copy.is_left(now)).count();
        let may_order = self.home != Home::MovedAway && self.ordered.is_empty();
        may_order && !matches!(Stock::of(left), Stock::Enough(_))
    }

    /// The day at whose start the last copy expires; `None` while there is none.
    #[must_use]
    pub fn expires(&self) -> Option<Day> {
        self.copies.iter().map(|copy| copy.copy.expires()).max()
    }

    /// All keys, of copies and of orders.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &OrderedKey> {
        self.copies.iter().map(|copy| &copy.key).chain(&self.ordered)
    }

    /// The pass as it goes into an export: without copies and keys. Where it lives, the wallet decides that takes it in.
    pub(crate) fn without_copies(&self) -> Self {
        Self {
            ordered: Vec::new(),
            copies: Vec::new(),
            home: Home::Here,
            ..self.clone()
        }
    }

    const RECEIPT: i64 = 21;
    const CONTENTS: i64 = 22;
    const ORDERED: i64 = 23;
    const COPIES: i64 = 24;
    const HOME: i64 = 25;

    pub(crate) fn fields(&self) -> impl Iterator<Item = (i64, Item<'_>)> {
        let ordered = self.ordered.iter().map(OrderedKey::write).collect();
        let copies = self.copies.iter().map(StoredCopy::write).collect();
        let contents = self
            .contents
            .as_ref()
            .map(|contents| (Self::CONTENTS, contents.to_item()));
        let fields = [
            Some((Self::RECEIPT, self.receipt.write())),
            contents,
            Some((Self::ORDERED, Item::Array(ordered))),
            Some((Self::COPIES, Item::Array(copies))),
            self.home.number().map(|home| (Self::HOME, record::int(home))),
        ];
        fields.into_iter().flatten()
    }

    pub(crate) fn read(mut record: Record) -> Result<Self, Error> {
        let contents = record
            .optional(Self::CONTENTS)
            .map(|item| read_contents(&item))
            .transpose()?;
        let home = match record.has(Self::HOME) {
            true => Home::from_number(record.int(Self::HOME)?)?,
            false => Home::Here,
        };
        Ok(Self {
            receipt: Receipt::read(record.take(Self::RECEIPT)?)?,
            contents,
            ordered: record
                .array(Self::ORDERED)?
                .into_iter()
                .map(OrderedKey::read)
                .collect::<Result<_, _>>()?,
            copies: record
                .array(Self::COPIES)?
                .into_iter()
                .map(StoredCopy::read)
                .collect::<Result<_, _>>()?,
            home,
            rest: record.rest(),
        })
    }
}

/// Reads contents that hold nothing but what this version knows.
fn read_contents(item: &Item<'_>) -> Result<Contents, Error> {
    let contents = Contents::from_item(item)?;
    match contents.to_item() == *item {
        true => Ok(contents),
        false => Err(Error::VaultMalformed("contents of a later version")),
    }
}

impl fmt::Debug for Pass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pass(…)")
    }
}

impl fmt::Debug for StoredCopy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StoredCopy(…)")
    }
}
