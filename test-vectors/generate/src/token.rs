//! A COSE_Sign1 that is taken apart, changed and signed again.

use schemas::{
    cbor::{Item, Lengths, read},
    crypto::SigningKey,
};

/// The entries of a map.
pub type Entries = Vec<(Item<'static>, Item<'static>)>;

/// A COSE_Sign1 of which every part can be changed; the signature is over whatever stood there when it was signed.
#[derive(Clone)]
pub struct Token {
    /// The protected header's bytes.
    pub protected: Vec<u8>,
    /// The unprotected header.
    pub unprotected: Entries,
    /// The payload's bytes.
    pub payload: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

impl Token {
    /// Reads a token with tag 18.
    ///
    /// # Panics
    /// On anything else: what is read here was made here.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Self {
        Self::of(
            read(bytes, Lengths::DefiniteOnly)
                .expect("made here")
                .into_owned(),
        )
    }

    fn of(item: Item<'static>) -> Self {
        let Item::Tag(18, inner) = item else {
            panic!("no tag 18")
        };
        let Item::Array(parts) = *inner else {
            panic!("no array")
        };
        let [
            Item::Bytes(protected),
            Item::Map(unprotected),
            Item::Bytes(payload),
            Item::Bytes(signature),
        ] = <[Item<'static>; 4]>::try_from(parts).expect("four parts")
        else {
            panic!("parts of another type");
        };
        let [protected, payload, signature] =
            [protected, payload, signature].map(std::borrow::Cow::into_owned);
        Self {
            protected,
            unprotected,
            payload,
            signature,
        }
    }

    /// The token as an item.
    #[must_use]
    pub fn to_item(&self) -> Item<'static> {
        let bytes = |bytes: &[u8]| Item::Bytes(bytes.to_vec().into());
        let parts = vec![
            bytes(&self.protected),
            Item::Map(self.unprotected.clone()),
            bytes(&self.payload),
            bytes(&self.signature),
        ];
        Item::Tag(18, Box::new(Item::Array(parts)))
    }

    /// The encoding.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        self.to_item().encode()
    }

    /// Changes the protected header.
    pub fn change_protected(&mut self, change: impl FnOnce(&mut Entries)) {
        self.protected = changed(&self.protected, change);
    }

    /// Changes the claims.
    pub fn change_claims(&mut self, change: impl FnOnce(&mut Entries)) {
        self.payload = changed(&self.payload, change);
    }

    /// Changes the token that stands in a key binding token's header `kcwt`.
    pub fn change_inner(&mut self, change: impl FnOnce(&mut Self)) {
        self.change_protected(|header| {
            let inner = value(header, KCWT);
            let mut token = Self::of(inner.clone());
            change(&mut token);
            *inner = token.to_item();
        });
    }

    /// The bytes to sign (RFC 9052 section 4.4).
    #[must_use]
    pub fn signed_bytes(&self) -> Vec<u8> {
        let parts = [
            Item::text("Signature1"),
            Item::bytes(&self.protected),
            Item::bytes(&[]),
            Item::bytes(&self.payload),
        ];
        Item::Array(parts.into()).encode()
    }

    /// Signs what stands there now.
    pub fn sign(&mut self, key: &dyn SigningKey) {
        let signature = key.sign(&self.signed_bytes()).expect("a key in memory signs");
        self.signature = signature.0.to_vec();
    }

    /// Replaces the signature by the other one of the same message, r and n − s, which anybody can compute (SEC 1 section
    /// 4.1.4 accepts both).
    ///
    /// # Panics
    /// When there is none yet.
    pub fn malleate(&mut self) {
        let signature = p256::ecdsa::Signature::from_slice(&self.signature).expect("signed before");
        let (r, s) = signature.split_scalars();
        let other = p256::ecdsa::Signature::from_scalars(r, -s).expect("neither is 0");
        self.signature = other.to_bytes().to_vec();
    }
}

/// The header parameter of a key binding token with the token that it binds.
const KCWT: i64 = 13;

fn changed(map: &[u8], change: impl FnOnce(&mut Entries)) -> Vec<u8> {
    let Item::Map(mut entries) = read(map, Lengths::DefiniteOnly).expect("made here").into_owned() else {
        panic!("no map");
    };
    change(&mut entries);
    Item::Map(entries).encode()
}

/// An integer.
#[must_use]
pub fn int(value: i64) -> Item<'static> {
    Item::Int(value.into())
}

/// The value under a key that is there.
///
/// # Panics
/// When it is not.
pub fn value(entries: &mut Entries, key: i64) -> &mut Item<'static> {
    let found = entries.iter_mut().find(|(other, _)| *other == int(key));
    &mut found.expect("the key is there").1
}

/// Puts a value under a key, in place of one that is there.
pub fn put(entries: &mut Entries, key: i64, value: Item<'static>) {
    match entries.iter_mut().find(|(other, _)| *other == int(key)) {
        Some(entry) => entry.1 = value,
        None => entries.push((int(key), value)),
    }
}

/// Takes a key out.
pub fn remove(entries: &mut Entries, key: i64) {
    entries.retain(|(other, _)| *other != int(key));
}
