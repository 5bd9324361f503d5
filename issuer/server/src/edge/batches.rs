//! `/.well-known/attest-batches`: which batches this issuer made, for monitors (`schemas/spec/monitor.md`).

use super::respond::Problem;
use crate::{
    Error,
    anchor::Standing,
    service::Shared,
    store::{EntryKind, EntryRow},
};
use axum::{
    Extension,
    extract::State,
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use ledger::{
    declaration::{Declaration, Last, MAX_DAYS},
    entry::Leaf,
};
use schemas::{BatchNumber, Day, UnixTime};
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// For how many seconds a declaration is given out again: nobody makes the issuer sign by asking.
const SIGNED_FOR: i64 = 30;
/// Entries looked through for the last one of each expiry day, and for the last anchored one: a minute of the busiest issuer.
const LOOK_BACK: u32 = 256;

/// The declaration that was signed last, and when.
#[derive(Default)]
pub(super) struct Declared(Mutex<Option<(UnixTime, Arc<str>)>>);

/// What this issuer made, signed: a monitor holds it against the logs.
#[utoipa::path(
    get, path = "/.well-known/attest-batches", tag = "status",
    responses((status = 200, description = "A compact JWS.", content_type = "application/attest-batches+jwt"))
)]
pub(super) async fn declaration(
    State(shared): State<Arc<Shared>>,
    Extension(declared): Extension<Arc<Declared>>,
) -> Result<Response, Problem> {
    let now = shared.clock.now();
    let text = match declared.find(now) {
        Some(text) => text,
        None => declared.keep(now, shared.declare(now).await?),
    };
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/attest-batches+jwt"),
        ),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_static("public, max-age=30"),
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    Ok((headers, text.to_string()).into_response())
}

impl Declared {
    fn find(&self, now: UnixTime) -> Option<Arc<str>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, text) = kept.as_ref()?;
        (0..SIGNED_FOR).contains(&now.since(*at)).then(|| text.clone())
    }

    fn keep(&self, now: UnixTime, text: String) -> Arc<str> {
        let text: Arc<str> = text.into();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some((now, text.clone()));
        text
    }
}

impl Shared {
    async fn declare(&self, now: UnixTime) -> Result<String, Error> {
        let key = self.keys.current(now)?;
        // An older copy would declare too few.
        if !matches!(*self.standing.borrow(), Standing::Level) {
            return Err(Error::LedgerSilent);
        }
        // 1. The last batch that the ledger has: those after it wait.
        let mut row = self.store.last_entry(EntryKind::Batch).await?;
        let mut looked = 0;
        while let Some(waiting) = row.as_ref().filter(|row| row.anchored.is_none()) {
            looked += 1;
            row = match waiting.number.checked_sub(1) {
                Some(before) if looked < LOOK_BACK => self.store.entry(EntryKind::Batch, before).await?,
                _ => None,
            };
        }
        let batches = row.as_ref().map_or(0, |row| u64::from(row.number) + 1);
        // 2. The last one of each expiry day among those before it.
        let mut last: BTreeMap<Day, Last> = BTreeMap::new();
        for _ in 0..LOOK_BACK {
            let Some(anchored) = row else { break };
            let found = of_row(&anchored)?;
            if last.len() < MAX_DAYS {
                last.entry(found.expiry).or_insert(found);
            }
            row = match anchored.number.checked_sub(1) {
                Some(before) => self.store.entry(EntryKind::Batch, before).await?,
                None => None,
            };
        }
        // 3. Signed with the key in force.
        let declaration = Declaration {
            issuer: self.settings.number,
            at: now,
            batches,
            last: last.into_values().collect(),
        };
        let request = declaration.to_be_signed(key.id);
        let signature = key.key.sign(request.bytes()).map_err(Error::Signing)?;
        Ok(request.signed(signature))
    }
}

fn of_row(row: &EntryRow) -> Result<Last, Error> {
    let Ok(Leaf::Entry(entry)) = Leaf::decode(&row.entry) else {
        return Err(Error::StoreDamaged("entry"));
    };
    Ok(Last {
        expiry: entry.unverified().expiry(),
        number: BatchNumber(row.number),
        root: entry.unverified().root(),
    })
}
