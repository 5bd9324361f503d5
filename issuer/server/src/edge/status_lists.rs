//! `/status-lists/{number}`: the published revocations as Token Status Lists, for verifiers that do not read snapshots
//! (`schemas/spec/token-status-list.md`).

use super::respond::Problem;
use crate::{Error, service::Shared, store::EntryKind};
use axum::{
    extract::{Path, State, rejection::PathRejection},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use schemas::{
    UnixTime,
    status::Snapshot,
    status_list::{BATCHES_PER_LIST, Claims, ListNumber, StatusList},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// For how many seconds a verifier may use a list: as long as snapshots are apart.
const TIME_TO_LIVE: u64 = 300;
/// When a list no longer counts, in seconds after it was signed: an hour in which the issuer may be out of reach.
const LIFETIME: i64 = 3_600;
/// For how many seconds a signed list is given out again.
const SIGNED_FOR: i64 = 60;
/// Signed lists that are kept: those of a week at full speed, in both forms, with some 30 kB each.
const MAX_KEPT: usize = 128;

/// Signed lists.
#[derive(Default)]
pub(crate) struct StatusLists {
    kept: Mutex<HashMap<(u32, Form), Kept>>,
}

struct Kept {
    snapshot: u32,
    signed_at: UnixTime,
    body: Arc<[u8]>,
}

#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Form {
    Jwt,
    Cwt,
}

impl Form {
    fn media_type(self) -> &'static str {
        match self {
            Self::Jwt => "application/statuslist+jwt",
            Self::Cwt => "application/statuslist+cwt",
        }
    }

    /// The form that a verifier asks for; the JWT for one that does not say.
    fn wanted(headers: &HeaderMap) -> Self {
        let accept = headers
            .get(header::ACCEPT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        match accept.contains(Self::Cwt.media_type()) {
            true => Self::Cwt,
            false => Self::Jwt,
        }
    }
}

/// A list of the places of 4,096 batches, as the last snapshot has them. `Accept` chooses JWT or CWT.
#[utoipa::path(
    get, path = "/status-lists/{number}", tag = "status",
    params(("number" = u32, Path, description = "The batch number divided by 4,096.")),
    responses(
        (status = 200, description = "A Status List Token.", content_type = "application/statuslist+jwt"),
        (status = 404, description = "No batch of this list is in the last snapshot."),
    )
)]
pub(super) async fn list(
    State(shared): State<Arc<Shared>>,
    number: Result<Path<u32>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Path(number) = number.map_err(|_| Error::StatusListUnknown)?;
    let form = Form::wanted(&headers);
    let body = shared.status_list(number, form).await?;
    let max_age = format!("public, max-age={SIGNED_FOR}");
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(form.media_type())),
        (
            header::CACHE_CONTROL,
            HeaderValue::from_str(&max_age).expect("digits and letters"),
        ),
        (header::VARY, HeaderValue::from_static("accept")),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            HeaderValue::from_static("cross-origin"),
        ),
    ];
    Ok((headers, body.to_vec()).into_response())
}

impl Shared {
    async fn status_list(&self, number: u32, form: Form) -> Result<Arc<[u8]>, Error> {
        let now = self.clock.now();
        let last = self
            .store
            .last_entry(EntryKind::Snapshot)
            .await?
            .ok_or(Error::StatusListUnknown)?;
        if let Some(body) = self.status_lists.find(number, form, last.number, now) {
            return Ok(body);
        }
        let object = self
            .store
            .last_object(EntryKind::Snapshot)
            .await?
            .ok_or(Error::StoreDamaged("snapshot"))?;
        let snapshot = Snapshot::decode(&object).map_err(|_| Error::StoreDamaged("snapshot"))?;
        let window = snapshot.window();
        let first = u64::from(number) * u64::from(BATCHES_PER_LIST);
        if first >= window.end() || first + u64::from(BATCHES_PER_LIST) <= u64::from(window.first().0) {
            return Err(Error::StatusListUnknown);
        }
        let body: Arc<[u8]> = self.sign_list(&snapshot, number, form, now)?.into();
        let kept = Kept {
            snapshot: snapshot.number().0,
            signed_at: now,
            body: body.clone(),
        };
        self.status_lists.keep(number, form, kept);
        Ok(body)
    }

    fn sign_list(
        &self,
        snapshot: &Snapshot,
        number: u32,
        form: Form,
        now: UnixTime,
    ) -> Result<Vec<u8>, Error> {
        let key = self.keys.current(now)?;
        let claims = Claims {
            subject: format!("{}/status-lists/{number}", self.settings.url),
            issued_at: now,
            expires: Some(now.plus(LIFETIME)),
            time_to_live: Some(TIME_TO_LIVE),
            list: StatusList::of_snapshot(snapshot, ListNumber(number)).map_err(issuer::Error::from)?,
        };
        let sign = |bytes: &[u8]| key.key.sign(bytes).map_err(Error::Signing);
        match form {
            Form::Jwt => {
                let request = claims.to_jwt(&key.id.to_string()).map_err(issuer::Error::from)?;
                let signature = sign(request.bytes())?;
                Ok(request.signed(signature).into_bytes())
            }
            Form::Cwt => {
                let request = claims.to_cwt(&key.id).map_err(issuer::Error::from)?;
                let signature = sign(&request.bytes())?;
                Ok(request.signed(signature).encode())
            }
        }
    }
}

impl StatusLists {
    fn find(&self, number: u32, form: Form, snapshot: u32, now: UnixTime) -> Option<Arc<[u8]>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let kept = kept.get(&(number, form))?;
        let fresh = kept.snapshot == snapshot && (0..SIGNED_FOR).contains(&now.since(kept.signed_at));
        fresh.then(|| kept.body.clone())
    }

    fn keep(&self, number: u32, form: Form, list: Kept) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MAX_KEPT {
            kept.clear();
        }
        kept.insert((number, form), list);
    }
}
