//! What holds of a credential when ES256 and Ed25519 prove nothing (`schemas/spec/head.md`, "Verification").

use super::Checked;
use crate::{
    policy::{Policy, Signatures},
    verdict::{Anchoring, Check, Checklist, Missing},
    view::LedgerView,
};
use ledger::{heads::SIGNED_EVERY, state::HeadAnswer};
use schemas::UnixTime;

/// Evidence that the credential's contents, its issuer's keys and its status follow by hashes from what was signed with ML-DSA-44.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PostQuantum(());

impl Checked {
    /// How the credential is known to be on the ledger, by the signatures that count for the policy. What is missing is noted.
    pub(crate) fn anchored_by(
        &self,
        policy: &Policy,
        view: &LedgerView,
        now: UnixTime,
        list: &mut Checklist,
    ) -> Option<Anchoring> {
        let anchoring = self.anchoring().ok()?;
        match (policy.ledger.signatures, anchoring) {
            (Signatures::Any, anchoring) => Some(anchoring),
            (Signatures::PostQuantum, Anchoring::InView) => self
                .post_quantum(policy, view, now, list)
                .map(Anchoring::PostQuantum),
            // Grace rests on the issuer's ES256 signature.
            (Signatures::PostQuantum, _) => None,
        }
    }

    /// The view itself was held against the members' ML-DSA-44 quorum before ([`LedgerView::vouched`]), and the commitment against
    /// the batch's root ([`Anchoring::InView`]).
    fn post_quantum(
        &self,
        policy: &Policy,
        view: &LedgerView,
        now: UnixTime,
        list: &mut Checklist,
    ) -> Option<PostQuantum> {
        let (state, place) = (view.state(), self.signed().place());
        // 1. The registrar signed the event that names the issuer and its ML-DSA-44 key.
        let keys = match state.keys_signed(place.issuer) {
            HeadAnswer::Signed(_) => Ok(()),
            HeadAnswer::NotYet { .. } => Err(Missing::KeysNotSigned),
        };
        // 2. That key signed the batch, or one that leads to it by hashes.
        let batch = match state.batch_signed(place.issuer, place.batch) {
            HeadAnswer::Signed(_) => Ok(()),
            HeadAnswer::NotYet { latest } => Err(Missing::BatchNotSigned {
                minutes: latest.map_or(1, |latest| minutes_until(latest.plus(SIGNED_EVERY), now)),
            }),
        };
        // 3. And the status, lately.
        let status = match state.status_signed(place.issuer) {
            HeadAnswer::Signed(at) => policy.head(at, now),
            HeadAnswer::NotYet { .. } => Err(Missing::StatusNotSigned),
        };
        let held = keys.is_ok() && batch.is_ok() && status.is_ok();
        for (check, found) in [
            (Check::Issuer, keys),
            (Check::Anchor, batch),
            (Check::Status, status),
        ] {
            if let Err(missing) = found {
                list.unknown(check, missing);
            }
        }
        held.then_some(PostQuantum(()))
    }
}

/// At least one: a head that is due was not signed, or has not arrived.
fn minutes_until(due: UnixTime, now: UnixTime) -> i64 {
    (due.since(now).max(0) / 60 + 1).min(SIGNED_EVERY / 60)
}
