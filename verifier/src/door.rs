//! The door check, from the scanned text to the verdict.

use crate::{
    Error,
    clock::Reading,
    foreign::{CountryRules, ReadForRules, verify_foreign},
    policy::{Grace, Policy, Signatures},
    registered::{Checked, Signed, verify_certificate, verify_presentation},
    replay::{ReplayMemory, Seen},
    scanned::{Decoded, Scanned},
    shown::Shown,
    trust::{Signer, TrustList},
    verdict::{Anchoring, Basis, Check, Checklist, Missing, Report, Stopwatch},
    view::{LedgerView, Vouched},
};
use ledger::state::KeyAnswer;
use schemas::{
    IssuerNumber, KeyId, UnixTime,
    crypto::{Crypto, VerifyingKey},
    hcert,
    sd_cwt::profile::Audience,
};

/// What a door decides by.
#[derive(Clone, Copy)]
pub struct Door<'a> {
    /// What is accepted.
    pub policy: &'a Policy,
    /// What the ledger says; without it, only certificates of other countries can be judged.
    pub view: Option<&'a LedgerView>,
    /// Signers of EU certificates whom the ledger does not know.
    pub trust: &'a TrustList,
    /// What countries demand of their certificates.
    pub rules: &'a CountryRules,
    /// Whom a presentation has to be for.
    pub audience: Audience,
    /// Checks signatures.
    pub crypto: &'a dyn Crypto,
    /// Times the checks.
    pub stopwatch: Stopwatch,
}

/// A verdict, and what was shown.
#[derive(Debug)]
pub struct Examination {
    /// The verdict, with every check.
    pub report: Report,
    /// What the credential disclosed, once its signatures held.
    pub shown: Option<Shown>,
}

impl Door<'_> {
    /// Examines scanned text. `clock` is what the door's clock shows; `memory` holds what was accepted here before.
    pub fn examine(&self, text: &str, clock: UnixTime, memory: &mut ReplayMemory) -> Examination {
        let mut list = Checklist::timed(self.stopwatch);
        let mut shown = None;
        let basis = self.steps(text, clock, memory, &mut list, &mut shown);
        Examination {
            report: list.conclude(basis),
            shown,
        }
    }

    /// `None` as soon as a check failed; the list says which.
    fn steps(
        &self,
        text: &str,
        clock: UnixTime,
        memory: &mut ReplayMemory,
        list: &mut Checklist,
        shown: &mut Option<Shown>,
    ) -> Option<Basis> {
        // 1. The text, of a shape that the policy accepts. Nobody is believed yet.
        let decoded = self.decode(text, list)?;

        // 2. The time: the ledger's is a floor under the clock.
        let vouched = self
            .view
            .and_then(|view| view.vouched(self.policy.ledger.signatures));
        let time = Reading::of(clock, vouched.map(|vouched| vouched.as_of));
        let now = time.now;

        // 3. The view of the ledger, and the signatures. A certificate may be of an issuer that the ledger does not know.
        let (view, signed) = match decoded {
            Decoded::Presentation(presentation) => {
                let view = self.view(&time, list)?;
                let (state, audience) = (view.state(), &self.audience);
                let signed = verify_presentation(*presentation, state, self.crypto, audience, now, list)?;
                (view, signed)
            }
            Decoded::Certificate(certificate) => match self.verify_signature(*certificate, &time, list)? {
                SignedCertificate::Registered(verified, signer) => {
                    let view = self.view(&time, list)?;
                    let signed = verify_certificate(&verified, signer, view.state(), now, list)?;
                    (view, signed)
                }
                SignedCertificate::Foreign(..)
                    if self.policy.ledger.signatures == Signatures::PostQuantum =>
                {
                    list.failed(Check::Signature, Error::ClassicalSignature);
                    return None;
                }
                SignedCertificate::Foreign(read, signer) => {
                    let (entry, rules) =
                        verify_foreign(read, signer, self.policy, self.rules, now, list, shown)?;
                    return Some(Basis::Foreign { entry, rules });
                }
            },
        };
        *shown = Some(signed.shown().clone());

        // 4. The credential's place on the ledger, and whether that was revoked.
        let checked = self.look_up(signed, view, now, list)?;

        // 5. What the policy says of it.
        self.decide(&checked, view, now, memory, list)
    }

    fn decode(&self, text: &str, list: &mut Checklist) -> Option<Decoded> {
        let scanned = list.keep(Check::Decoding, Scanned::new(text))?;
        list.keep(Check::Shape, self.policy.shape(scanned.shape()))?;
        list.passed(Check::Shape, scanned.shape().name());
        let decoded = list.keep(Check::Decoding, scanned.decode(self.policy.reading))?;
        list.passed(Check::Decoding, format!("{} characters", text.len()));
        Some(decoded)
    }

    fn look_up(
        &self,
        signed: Signed,
        view: &LedgerView,
        now: UnixTime,
        list: &mut Checklist,
    ) -> Option<Checked> {
        let grace = match self.policy.ledger.signatures {
            Signatures::Any => self.policy.ledger.grace,
            Signatures::PostQuantum => Grace::Off,
        };
        let anchored = signed.verify_anchor(view.state(), grace, now);
        let anchored = list.keep(Check::Anchor, anchored)?;
        match anchored.anchoring() {
            // Waived, not passed: the basis says so.
            Ok(Anchoring::Grace(_)) => {}
            Ok(_) => list.passed(Check::Anchor, "in a batch on the ledger"),
            Err(missing) => list.unknown(Check::Anchor, missing),
        }
        let checked = list.keep(Check::Status, anchored.check_status(view.state()))?;
        list.found(Check::Status, checked.not_revoked().map(|()| "not revoked"));
        Some(checked)
    }

    /// Finds who signed: a key of a registered issuer, or one on the trust list.
    fn verify_signature(
        &self,
        certificate: hcert::Decoded,
        time: &Reading,
        list: &mut Checklist,
    ) -> Option<SignedCertificate<'_>> {
        let key_id = list.keep(
            Check::Issuer,
            certificate.key_id().ok_or(schemas::Error::KeyUnknown),
        )?;
        let state = self.view.map(LedgerView::state);
        let mut candidates: Vec<(Candidate<'_>, &dyn VerifyingKey)> = Vec::new();
        for (state, issuer) in state
            .into_iter()
            .flat_map(|s| s.issuers_with_key(key_id).map(move |i| (s, i)))
        {
            match state.key(issuer, &key_id) {
                KeyAnswer::Listed(key) => {
                    candidates.push((Candidate::Registered(issuer, key_id), key.verifying()));
                }
                // Another list that has the key must not speak for it now.
                KeyAnswer::Frozen => {
                    list.failed(Check::Issuer, Error::IssuerFrozen);
                    return None;
                }
                KeyAnswer::Unknown => {}
            }
        }
        let foreign = self.trust.candidates(key_id).iter();
        candidates.extend(foreign.map(|signer| (Candidate::Foreign(signer), &**signer.key())));
        if candidates.is_empty() {
            // Only a view that is good enough can say that the issuer is not registered.
            self.view(time, list)?;
            if !list.is_troubled() {
                list.failed(Check::Issuer, schemas::Error::KeyUnknown.into());
            }
            return None;
        }
        let keys = candidates.iter().map(|(_, key)| *key);
        let read = certificate.verify_signature(keys).and_then(|(signed, index)| {
            let (candidate, key) = candidates[index];
            Ok((SignedCertificate::read(signed, candidate)?, key.algorithm()))
        });
        match read {
            Ok((certificate, algorithm)) => {
                list.passed(Check::Signature, format!("{algorithm:?}"));
                Some(certificate)
            }
            Err(error) => {
                list.failed(check_of(&error), error.into());
                None
            }
        }
    }

    /// The view of the ledger, with what is to be said of it; `None` when nothing was ever synced.
    fn view(&self, time: &Reading, list: &mut Checklist) -> Option<&LedgerView> {
        let Some(view) = self.view.filter(|view| view.as_of().is_some()) else {
            list.unknown(Check::View, Missing::View);
            return None;
        };
        let Some(Vouched { as_of, cosigners }) = view.vouched(self.policy.ledger.signatures) else {
            list.unknown(Check::View, Missing::PostQuantumQuorum);
            return Some(view);
        };
        list.found(Check::Clock, time.check().map(|()| "agrees with the ledger"));
        let good = self.policy.view(as_of, cosigners, time.now);
        let good = good.and_then(|()| view.network().in_force(time.now));
        let good = good.and_then(|()| self.policy.on_chain(view.on_chain(), time.now));
        list.found(
            Check::View,
            good.map(|()| format!("cosigned by {cosigners} members")),
        );
        Some(view)
    }

    /// The policy's own checks, and the memory of what was accepted at this door.
    fn decide(
        &self,
        checked: &Checked,
        view: &LedgerView,
        now: UnixTime,
        memory: &mut ReplayMemory,
        list: &mut Checklist,
    ) -> Option<Basis> {
        let signed = checked.signed();
        list.found(
            Check::Disclosure,
            self.policy.disclosure(signed.disclosed()).map(|()| "enough"),
        );
        let test = match self.policy.test(signed.result()?, now) {
            Ok(test) => test,
            Err(error) => {
                let check = if error == Error::ResultDetected {
                    Check::Outcome
                } else {
                    Check::Test
                };
                list.failed(check, error);
                return None;
            }
        };
        list.passed(Check::Outcome, "not detected");
        list.passed(Check::Test, format!("{} h old", test.age() / 3_600));
        let anchoring = checked.anchored_by(self.policy, view, now, list)?;
        check_replay(signed, now, memory, list)?;
        Some(Basis::Registered {
            shape: signed.shape(),
            test,
            anchoring,
        })
    }
}

/// Which check a refusal of a certificate's signature, or of the claims under it, belongs to.
fn check_of(error: &schemas::Error) -> Check {
    use schemas::Error as E;
    match error {
        E::AlgorithmUnsupported | E::SignatureInvalid | E::KeyUnknown => Check::Signature,
        _ => Check::Decoding,
    }
}

/// Remembers what would be accepted, and only that: who was told to come back after a sync shows the same code again.
/// `None` when there is nothing to accept.
fn check_replay(
    signed: &Signed,
    now: UnixTime,
    memory: &mut ReplayMemory,
    list: &mut Checklist,
) -> Option<()> {
    if list.is_troubled() {
        return None;
    }
    if let Some(token) = signed.token() {
        match memory.observe(token, now) {
            Seen::First => list.passed(Check::Replay, "not seen here before"),
            Seen::Again { first } => list.failed(
                Check::Replay,
                Error::TokenSeen {
                    seconds_ago: now.since(first),
                },
            ),
            Seen::Full => list.unknown(Check::Replay, Missing::ReplayMemory),
        }
    }
    Some(())
}

/// Whose key may have signed a certificate.
#[derive(Clone, Copy)]
enum Candidate<'a> {
    Registered(IssuerNumber, KeyId),
    Foreign(&'a Signer),
}

/// A certificate with whose key signed it.
enum SignedCertificate<'a> {
    Registered(hcert::Verified, (IssuerNumber, KeyId)),
    Foreign(ReadForRules, &'a Signer),
}

impl<'a> SignedCertificate<'a> {
    fn read(signed: hcert::Signed, candidate: Candidate<'a>) -> Result<Self, schemas::Error> {
        Ok(match candidate {
            Candidate::Registered(issuer, key_id) => Self::Registered(signed.read()?, (issuer, key_id)),
            Candidate::Foreign(signer) => Self::Foreign(signed.read_for_rules()?, signer),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::verdict::{Verdict, stopped};
    use schemas::crypto::aws_lc::AwsLc;

    #[test]
    fn a_door_that_never_synced_does_not_say_that_an_issuer_is_unknown() {
        // 18([<< {1: -7, 4: h'0102030405060708'} >>, {}, << {} >>, 64 zeros])
        let head = [
            0xd2, 0x84, 0x4d, 0xa2, 1, 0x26, 4, 0x48, 1, 2, 3, 4, 5, 6, 7, 8, 0xa0, 0x41, 0xa0, 0x58, 0x40,
        ];
        let compressed = schemas::zlib::deflate(&[&head[..], &[0; 64]].concat());
        let text = [hcert::PREFIX, &schemas::base45::encode(&compressed)].concat();
        let door = Door {
            policy: &Policy::default(),
            view: None,
            trust: &TrustList::default(),
            rules: &CountryRules::default(),
            audience: Audience::AnyDoor,
            crypto: &AwsLc,
            stopwatch: stopped,
        };
        let examined = door.examine(&text, UnixTime(0), &mut ReplayMemory::default());
        assert_eq!(
            *examined.report.verdict(),
            Verdict::Indeterminate(vec![Missing::View])
        );
    }
}
