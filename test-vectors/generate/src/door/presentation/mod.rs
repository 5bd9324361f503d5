//! Presentations that their issuer or their holder did not sign so, or not now.

mod copy;
mod disclosure;
mod holder;
mod issuer;
mod structure;
mod time;

use super::{
    Case,
    expect::{PRESENTATION, fails},
};
use crate::{
    case::Expected,
    flag::Flag,
    seed::bytes,
    token::{Entries, Token, int, put},
    world::{GOOD, NOW, World, credential::presentation_text},
};
use schemas::{
    Hash,
    cbor::Item,
    crypto::p256::SigningKey,
    sd_cwt::profile::{Audience, Group},
};
use verifier::verdict::Check;

/// COSE header parameters and CWT claims that faults are about.
const ALGORITHM: i64 = 1;
const KEY_ID: i64 = 4;
const TYPE: i64 = 16;
const SD_CLAIMS: i64 = 17;
const SD_ALGORITHM: i64 = 170;
const ISSUER: i64 = 1;
const SUBJECT: i64 = 2;
const AUDIENCE: i64 = 3;
const EXPIRY: i64 = 4;
const ISSUED_AT: i64 = 6;
const CONFIRMATION: i64 = 8;
const NONCE: i64 = 39;

struct Bench<'w> {
    world: &'w World,
}

impl Bench<'_> {
    fn token(&self) -> Token {
        let groups = [Group::Result, Group::Initials];
        self.world
            .copy("pcr")
            .token(&groups, &Audience::AnyDoor, NOW.plus(-10))
    }

    fn holder(&self) -> &SigningKey {
        &self.world.copy("pcr").holder
    }

    fn issuer(&self) -> &SigningKey {
        &self.world.keys[GOOD]
    }

    /// The text after a change of the copy, which its issuer and its holder then sign.
    fn issued(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut token = self.token();
        token.change_inner(|copy| {
            change(copy);
            copy.sign(self.issuer());
        });
        token.sign(self.holder());
        presentation_text(&token)
    }

    /// The text after a change of what the copy's issuer does not sign, which its holder then signs.
    fn shown(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut token = self.token();
        token.change_inner(change);
        token.sign(self.holder());
        presentation_text(&token)
    }

    /// The text after a change of the key binding token, which the holder then signs.
    fn bound(&self, change: impl FnOnce(&mut Token)) -> String {
        let mut token = self.token();
        change(&mut token);
        token.sign(self.holder());
        presentation_text(&token)
    }

    /// The text after a change of the copy's claims.
    fn claimed(&self, change: impl FnOnce(&mut Entries)) -> String {
        self.issued(|copy| copy.change_claims(change))
    }

    /// The text of a copy in which other claims are disclosed, each with its value.
    fn disclosing(&self, claims: &[(i64, Item<'static>)]) -> String {
        self.issued(|copy| {
            let disclosures: Vec<Vec<u8>> = (0..)
                .zip(claims)
                .map(|(number, (claim, value))| {
                    let salt = bytes::<16>(&format!("another salt {number}"));
                    Item::Array(vec![Item::bytes(&salt), value.clone(), int(*claim)]).encode()
                })
                .collect();
            let digest = |disclosure: &Vec<u8>| Item::Bytes(digest(disclosure).0.to_vec().into());
            let digests = disclosures.iter().map(digest).collect();
            copy.change_claims(|entries| {
                entries.retain(|(key, _)| *key != Item::Simple(59));
                entries.push((Item::Simple(59), Item::Array(digests)));
            });
            let listed = disclosures
                .into_iter()
                .map(|disclosure| Item::Bytes(disclosure.into()));
            put(&mut copy.unprotected, SD_CLAIMS, Item::Array(listed.collect()));
        })
    }
}

/// The digest of a disclosure: of the byte string that holds it (section "SD-CWT Definition").
fn digest(disclosure: &[u8]) -> Hash {
    Hash::of(&[&Item::bytes(disclosure).encode()])
}

pub(super) fn cases(world: &World) -> Vec<Case> {
    let bench = Bench { world };
    [
        structure::cases(&bench),
        issuer::cases(&bench),
        disclosure::cases(&bench),
        holder::cases(&bench),
        time::cases(&bench),
        copy::cases(&bench),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn decoding(code: &str) -> Expected {
    fails(PRESENTATION, Check::Decoding, code)
}

fn case(name: &'static str, description: &str, flag: Flag, text: String, expect: Expected) -> Case {
    Case::new(name, description, &[flag], text, expect)
}
