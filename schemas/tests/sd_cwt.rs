//! The tokens of draft-ietf-spice-sd-cwt: read, verified, and made again byte for byte.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

mod common;
mod edn;

use aws_lc_rs::signature::{ECDSA_P384_SHA384_FIXED, UnparsedPublicKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use coset::iana::Algorithm;
use schemas::{
    Error, Hash, UnixTime,
    cbor::{self, Item, Lengths, NULL},
    crypto::{Es256Signature, P256Point, VerifyingKey, aws_lc::AwsLc},
    sd_cwt::{
        BindingClaims, Disclosure, Expected, ExpectedNonce, Freshness, KeyBound, REDACT, REDACT_DECOY, Salt,
        SdCwt, ToBeIssued, claim, redact,
    },
};
use std::{collections::HashMap, fs, path::Path};

/// The draft's issuer signs with ES384, which the system itself does not accept.
struct Es384(Vec<u8>);

impl VerifyingKey for Es384 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::ES384
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Error> {
        let key = UnparsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, &self.0);
        key.verify(message, signature)
            .map_err(|_| Error::SignatureInvalid)
    }
}

struct Keys {
    issuer: Es384,
    holder: P256Point,
}

fn keys(folder: &Path) -> Keys {
    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(folder.join("public-keys.json")).unwrap()).unwrap();
    let sec1 = |party: &str| {
        let coordinate = |name: &str| {
            URL_SAFE_NO_PAD
                .decode(json[party][name].as_str().unwrap())
                .unwrap()
        };
        [vec![4], coordinate("x"), coordinate("y")].concat()
    };
    Keys {
        issuer: Es384(sec1("issuer")),
        holder: P256Point::from_sec1(&sec1("holder")).unwrap(),
    }
}

fn bytes(folder: &Path, name: &str) -> Vec<u8> {
    fs::read(folder.join(name)).unwrap()
}

fn notation(folder: &Path, name: &str) -> Item<'static> {
    edn::parse(&fs::read_to_string(folder.join(name)).unwrap())
}

/// The four parts of a COSE_Sign1, the byte strings among them decoded.
struct Parts {
    protected: Item<'static>,
    unprotected: Item<'static>,
    payload: Item<'static>,
    signature: Vec<u8>,
}

fn decoded(item: &Item<'_>) -> Item<'static> {
    cbor::read(item.as_bytes().unwrap(), Lengths::DefiniteOnly)
        .unwrap()
        .into_owned()
}

fn parts(token: &Item<'_>) -> Parts {
    let Item::Tag(18, array) = token else {
        panic!("no tag 18")
    };
    let [protected, unprotected, payload, signature] = array.as_array().unwrap() else {
        panic!("not four")
    };
    Parts {
        protected: decoded(protected),
        unprotected: unprotected.clone().into_owned(),
        payload: decoded(payload),
        signature: signature.as_bytes().unwrap().to_vec(),
    }
}

/// The SD-CWT itself, or the one in a key binding token.
fn issued(token: &Item<'_>) -> Parts {
    let outer = parts(token);
    match outer.protected.get(13) {
        Some(inner) => parts(inner),
        None => outer,
    }
}

type Disclosures = HashMap<Vec<u8>, Vec<Item<'static>>>;

/// The disclosures `[salt, value, key]` of a token in diagnostic notation, by their digest.
fn disclosures(issued: &Parts) -> Disclosures {
    let listed = issued.unprotected.get(17).unwrap().as_array().unwrap();
    let pair = |encoded: &Item<'_>| {
        let digest = Hash::of(&[&encoded.encode()]).as_bytes().to_vec();
        (digest, decoded(encoded).as_array().unwrap().to_vec())
    };
    listed.iter().map(pair).collect()
}

/// A second, plain reading of the draft's matching algorithm: what was disclosed, with the rest left out; or, given a
/// list for the salts, the claims as marked before they were redacted, in the order of their keys.
fn reveal(item: &Item<'_>, known: &Disclosures, marks: Option<&Marks>) -> Item<'static> {
    match item {
        Item::Array(items) => {
            let mut revealed = Vec::new();
            for item in items {
                match item {
                    Item::Tag(60, digest) => match known.get(digest.as_bytes().unwrap()).map(Vec::as_slice) {
                        Some([salt]) => revealed.extend(marks.map(|m| m.decoy(salt))),
                        Some([_, value]) => {
                            let value = reveal(value, known, marks);
                            revealed.push(match marks {
                                Some(_) => Marks::redact(value),
                                None => value,
                            });
                        }
                        _ => {}
                    },
                    item => revealed.push(reveal(item, known, marks)),
                }
            }
            Item::Array(revealed)
        }
        Item::Map(entries) => {
            let mut revealed = Vec::new();
            for (key, value) in entries.iter().filter(|(key, _)| *key != Item::Simple(59)) {
                revealed.push((key.clone().into_owned(), reveal(value, known, marks)));
            }
            let hidden = entries.iter().find(|(key, _)| *key == Item::Simple(59));
            for digest in hidden.map_or(&[][..], |(_, digests)| digests.as_array().unwrap()) {
                match known.get(digest.as_bytes().unwrap()).map(Vec::as_slice) {
                    Some([salt]) => revealed.extend(marks.map(|m| (m.decoy(salt), NULL))),
                    Some([_, value, key]) => {
                        let value = reveal(value, known, marks);
                        revealed.push(match marks {
                            Some(_) => (Marks::redact(key.clone()), value),
                            None => (key.clone(), value),
                        });
                    }
                    _ => {}
                }
            }
            revealed.sort_by_cached_key(|(key, _)| unmarked(key).encode());
            Item::Map(revealed)
        }
        Item::Tag(tag, inner) => Item::Tag(*tag, Box::new(reveal(inner, known, marks))),
        leaf => leaf.clone().into_owned(),
    }
}

/// A key without the mark around it; decoys, without a key of their own, go to the end of their map.
fn unmarked<'a>(key: &'a Item<'a>) -> &'a Item<'a> {
    match key {
        Item::Tag(REDACT, key) => key,
        key => key,
    }
}

/// The draft's marks: what to redact, and where to put which decoy.
struct Marks {
    decoys: HashMap<Vec<u8>, i128>,
}

impl Marks {
    fn redact(content: Item<'static>) -> Item<'static> {
        Item::Tag(REDACT, Box::new(content))
    }

    fn decoy(&self, salt: &Item<'_>) -> Item<'static> {
        Item::Tag(
            REDACT_DECOY,
            Box::new(Item::Int(self.decoys[salt.as_bytes().unwrap()])),
        )
    }
}

/// The same claims in the order of their keys, so that they can be compared.
fn sorted(item: &Item<'_>) -> Item<'static> {
    reveal(item, &HashMap::new(), None)
}

const FRESHNESS: Freshness = Freshness {
    max_age: 90,
    max_ahead: 0,
};

#[test]
fn every_token_is_read_verified_and_disclosed() {
    let Some(folder) = common::vectors("sd-cwt", 3) else {
        return;
    };
    let keys = keys(&folder);
    let mut verified = 0;
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "cbor") {
            continue;
        }
        let token = fs::read(&path).unwrap();
        let expected = edn::parse(&fs::read_to_string(path.with_extension("edn")).unwrap());
        assert_eq!(
            hex::encode(expected.encode()),
            hex::encode(&token),
            "{}",
            path.display()
        );
        let outer = parts(&expected);
        let expected_claims = reveal(&issued(&expected).payload, &disclosures(&issued(&expected)), None);
        let clock = UnixTime(outer.payload.get(claim::ISSUED_AT).unwrap().as_int().unwrap());
        let claims = if outer.protected.get(13).is_some() {
            let bound = KeyBound::decode(&token).unwrap();
            let bound = bound
                .verify_issuer(&keys.issuer)
                .unwrap()
                .verify_binding(&AwsLc)
                .unwrap();
            let nonce = outer.payload.get(claim::NONCE).unwrap().as_bytes().unwrap();
            let audience = outer.payload.get(claim::AUDIENCE).unwrap().as_text().unwrap();
            let nonce = ExpectedNonce::Exactly(nonce);
            let asked = Expected {
                audience,
                nonce,
                freshness: FRESHNESS,
            };
            let validated = bound.validate(clock, &asked).unwrap();
            assert_eq!(validated.holder(), &keys.holder);
            assert_eq!(validated.presented_at(), Some(clock));
            validated.claims().clone()
        } else {
            let read = SdCwt::decode(&token).unwrap();
            assert_eq!(read.encode(), token);
            let signed = read.verify(&keys.issuer).unwrap();
            // One of the four was stripped down for a presentation; the holder received the other three.
            let received = signed.receive(&keys.holder, clock, 0).map(|_| ());
            let disclosed = signed.disclosed().unwrap();
            let complete = if disclosed.undisclosed() == 0 {
                Ok(())
            } else {
                Err(Error::SdCwtUndisclosed)
            };
            assert_eq!(received, complete);
            disclosed.claims().clone()
        };
        assert_eq!(sorted(&claims), expected_claims, "{}", path.display());
        verified += 1;
    }
    println!("sd-cwt: {verified} of 6 tokens read, verified and disclosed");
    assert_eq!(verified, 6);
}

#[test]
fn every_token_is_made_byte_for_byte() {
    let Some(folder) = common::vectors("sd-cwt", 3) else {
        return;
    };
    let table = |name: &str| -> HashMap<String, String> {
        let text = fs::read_to_string(folder.join(name)).unwrap();
        text.lines()
            .filter_map(|l| l.split_once(','))
            .map(|(k, v)| (k.to_owned(), v.to_owned()))
            .collect()
    };
    let (salts, decoys) = (table("salt_list.csv"), table("decoy_list.csv"));
    let decoys = decoys
        .iter()
        .map(|(n, salt)| (hex::decode(salt).unwrap(), n.parse().unwrap()))
        .collect();
    let marks = Marks { decoys };
    let mut made = 0;
    for name in ["issuer_cwt", "nested_issuer_cwt", "decoy"] {
        let expected = notation(&folder, &format!("{name}.edn"));
        let issued = issued(&expected);
        // The salts, in the order of the disclosures, are those that the draft's lists give for `[key, value]`.
        let listed = issued
            .unprotected
            .get(17)
            .unwrap()
            .as_array()
            .unwrap()
            .iter()
            .map(decoded);
        let salts: Vec<Salt> = listed
            .map(|disclosure| {
                let parts = disclosure.as_array().unwrap();
                let salt = parts[0].as_bytes().unwrap();
                if let Some(value) = parts.get(1) {
                    let key = parts.get(2).unwrap_or(&NULL).clone();
                    let index = Hash::of(&[&Item::Array(vec![key, value.clone()]).encode()]).to_string();
                    assert_eq!(salts[&index], hex::encode(salt));
                }
                Salt(salt.try_into().unwrap())
            })
            .collect();
        let claims = reveal(&issued.payload, &disclosures(&issued), Some(&marks));
        let redacted = redact(&claims, salts).unwrap();
        let key_id = issued.protected.get(4).unwrap().as_bytes().unwrap();
        let token = ToBeIssued::new(redacted, Algorithm::ES384, key_id).unwrap();
        let token = token.signed(&issued.signature).unwrap();
        let original = bytes(&folder, &format!("{name}.cbor"));
        assert_eq!(hex::encode(token.encode()), hex::encode(&original), "{name}");
        made += 1;
    }
    println!("sd-cwt: {made} of 3 tokens issued byte for byte");
}

#[test]
fn every_presentation_is_made_byte_for_byte() {
    let Some(folder) = common::vectors("sd-cwt", 3) else {
        return;
    };
    let chosen_of = |name: &str| disclosures(&issued(&notation(&folder, name)));
    let choose = |token: &SdCwt, chosen: &Disclosures| {
        token.disclosing(|disclosure: &Disclosure| chosen.contains_key(&disclosure.digest().as_bytes()[..]))
    };
    let mut made = 0;
    for (from, name) in [("issuer_cwt", "kbt"), ("nested_cwt", "nested_kbt")] {
        let token = SdCwt::decode(&bytes(&folder, &format!("{from}.cbor"))).unwrap();
        let expected = notation(&folder, &format!("{name}.edn"));
        let chosen = choose(&token, &chosen_of(&format!("{name}.edn")));
        let outer = parts(&expected);
        let request = chosen.bind(&BindingClaims {
            audience: outer.payload.get(claim::AUDIENCE).unwrap().as_text().unwrap(),
            issued_at: UnixTime(outer.payload.get(claim::ISSUED_AT).unwrap().as_int().unwrap()),
            nonce: outer.payload.get(claim::NONCE).unwrap().as_bytes(),
        });
        let signature = Es256Signature(outer.signature.try_into().unwrap());
        let original = bytes(&folder, &format!("{name}.cbor"));
        assert_eq!(
            hex::encode(request.answer(&signature)),
            hex::encode(original),
            "{name}"
        );
        made += 1;
    }
    // The order of disclosures is the holder's own; the draft's nested example does not keep the issuer's.
    let all = SdCwt::decode(&bytes(&folder, "nested_issuer_cwt.cbor")).unwrap();
    let nested = SdCwt::decode(&bytes(&folder, "nested_cwt.cbor")).unwrap();
    let digests = |token: &SdCwt| {
        let mut digests: Vec<_> = token.disclosures().iter().map(Disclosure::digest).collect();
        digests.sort();
        digests
    };
    assert_eq!(
        digests(&choose(&all, &chosen_of("nested_cwt.edn"))),
        digests(&nested)
    );
    println!("sd-cwt: {made} of 2 key binding tokens made byte for byte");
}
