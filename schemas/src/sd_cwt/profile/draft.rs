//! What an issuer signs.

use super::{
    Group, HeldCopy, ISSUED_STEP,
    group::{initials_item, person_item, result_item},
    signed::issuer_name,
};
use crate::{
    Day, Error, KeyId, UnixTime,
    cbor::Item,
    crypto::{Es256Signature, P256Point},
    health::{Person, TestResult},
    place::{PLACE_CLAIM, Place},
    sd_cwt::{REDACT, Salt, ToBeIssued, claim, confirmation, redact},
};
use coset::iana::Algorithm;

/// One single-use copy of a result, before it is signed. Times are rounded on the way.
#[derive(Clone, Debug)]
pub struct Draft {
    /// Where it will stand.
    pub place: Place,
    /// When it is issued.
    pub issued_at: UnixTime,
    /// The day at whose start it expires: the lifetime is the same for all, so that it does not tell the time of test.
    pub expires: Day,
    /// The key of this copy, in the wallet.
    pub holder: P256Point,
    /// The result.
    pub result: TestResult,
    /// The person.
    pub person: Person,
}

impl Draft {
    /// Asks the issuer's key to sign. `salts` are fresh for every copy ([`Salt::random`]).
    ///
    /// # Errors
    /// [`Error::SdCwtTimesContradict`] when it expires before it is issued, [`Error::SdCwtMalformed`] when salts are
    /// alike.
    pub fn to_be_signed(&self, key: KeyId, salts: [Salt; 3]) -> Result<Unsigned, Error> {
        let issued_at = self.issued_at.0.div_euclid(ISSUED_STEP) * ISSUED_STEP;
        let int = |value: i64| Item::Int(value.into());
        let group = |group: Group| match group {
            Group::Result => result_item(&self.result),
            Group::Person => person_item(&self.person),
            Group::Initials => initials_item(&self.person.initials()),
        };
        let mut claims = vec![
            (int(claim::ISSUER), Item::Text(issuer_name(self.place).into())),
            (int(claim::EXPIRY), int(self.expires.start().0)),
            (int(claim::ISSUED_AT), int(issued_at)),
            (int(claim::CONFIRMATION), confirmation(&self.holder)),
            (int(PLACE_CLAIM), self.place.to_item()),
        ];
        claims.extend(Group::ALL.map(|name| (Item::Tag(REDACT, Box::new(int(name.claim()))), group(name))));
        let redacted = redact(&Item::Map(claims), salts)?;
        ToBeIssued::new(redacted, Algorithm::ES256, &key.0).map(Unsigned)
    }
}

/// A copy that lacks its issuer's signature.
#[derive(Clone)]
pub struct Unsigned(ToBeIssued);

impl Unsigned {
    /// The bytes to sign; the commitment is to these.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.0.bytes()
    }

    /// The copy.
    #[must_use]
    pub fn signed(self, signature: &Es256Signature) -> HeldCopy {
        let token = self
            .0
            .signed(&signature.0)
            .expect("a token that was made as it should be can be read");
        HeldCopy::new(token).expect("a token that was made from a draft fits the profile")
    }
}
