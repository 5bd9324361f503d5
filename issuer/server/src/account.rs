//! Who may call the service: stations and people with an API key, a role and a daily quota. Closed by default: no key,
//! no service (design lesson: forged certificates came through open issuing portals, hcert-spec#103).

use crate::{Error, random};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use core::{fmt, str::FromStr};
use schemas::Hash;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};
use utoipa::ToSchema;
use zeroize::Zeroizing;

/// The service's own number of an account; stays when the account's key is renewed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
pub struct AccountNumber(pub u32);

/// What an account is for. The roles do not contain one another: who makes accounts cannot issue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Submits results, and revokes and corrects its own.
    Station,
    /// Revokes and corrects results of every station, and unlocks pick-up codes.
    Supervisor,
    /// Makes and closes accounts, and orders emergency publication. Sees no results.
    Admin,
}

impl Role {
    /// The role's name, as in JSON.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Station => "station",
            Self::Supervisor => "supervisor",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for Role {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [Self::Station, Self::Supervisor, Self::Admin]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or(())
    }
}

/// An account, as the service knows it. The key itself is not kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number.
    pub number: AccountNumber,
    /// Its name, unique; a place, such as "Station Nord", and never a patient.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// Most new results in one UTC day.
    pub daily_quota: u32,
    /// Whether its key is accepted.
    pub standing: Standing,
}

/// Whether an account's key is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Accepted.
    Open,
    /// Refused; what it issued stays valid.
    Closed,
}

/// What an API key starts with, so that a scanner for leaked secrets can find one.
const KEY_PREFIX: &str = "attest_";

/// An API key: 256 random bits. Shown once, when it is made.
#[derive(Clone)]
pub struct ApiKey(Zeroizing<String>);

impl ApiKey {
    /// A new key.
    ///
    /// # Errors
    /// [`Error::Randomness`].
    pub fn generate() -> Result<Self, Error> {
        let mut bytes = Zeroizing::new([0; 32]);
        random::fill(&mut *bytes)?;
        let mut text = Zeroizing::new(KEY_PREFIX.to_owned());
        BASE64_URL_SAFE_NO_PAD.encode_string(*bytes, &mut text);
        Ok(Self(text))
    }

    /// The key as it stands behind `Authorization: Bearer`.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    #[must_use]
    pub fn hash(&self) -> KeyHash {
        KeyHash::of(self.expose())
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(…)")
    }
}

/// SHA-256 of an API key. A key of 256 random bits needs no slow hash.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct KeyHash(pub Hash);

impl KeyHash {
    /// The hash of a key as presented.
    #[must_use]
    pub fn of(presented: &str) -> Self {
        Self(Hash::of(&[presented.as_bytes()]))
    }
}

impl fmt::Debug for KeyHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyHash(…)")
    }
}

/// The open accounts by key, in memory, so that a request costs no query. Written by the writer alone, after the change
/// is durable.
#[derive(Default)]
pub struct Directory {
    by_key: RwLock<HashMap<KeyHash, Arc<Account>>>,
}

impl Directory {
    /// The account whose key was presented. A table look-up by hash tells a guesser nothing through its time: the hash
    /// of a guess says nothing about the hash of the key.
    ///
    /// # Errors
    /// [`Error::KeyUnknown`].
    pub fn authenticate(&self, presented: &str) -> Result<Arc<Account>, Error> {
        let accounts = self.by_key.read().unwrap_or_else(PoisonError::into_inner);
        accounts
            .get(&KeyHash::of(presented))
            .cloned()
            .ok_or(Error::KeyUnknown)
    }

    /// Replaces the directory by the open ones of `accounts`.
    pub fn replace(&self, accounts: impl IntoIterator<Item = (KeyHash, Account)>) {
        let open = accounts
            .into_iter()
            .filter(|(_, account)| account.standing == Standing::Open)
            .map(|(hash, account)| (hash, Arc::new(account)))
            .collect();
        *self.by_key.write().unwrap_or_else(PoisonError::into_inner) = open;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_open_accounts_are_let_in() {
        let key = ApiKey::generate().unwrap();
        let account = Account {
            number: AccountNumber(1),
            name: "Station Nord".into(),
            role: Role::Station,
            daily_quota: 10,
            standing: Standing::Open,
        };
        let directory = Directory::default();
        assert_eq!(
            directory.authenticate(key.expose()).unwrap_err().code(),
            "issuer-key-unknown"
        );
        directory.replace([(key.hash(), account.clone())]);
        assert_eq!(*directory.authenticate(key.expose()).unwrap(), account);
        directory.replace([(
            key.hash(),
            Account {
                standing: Standing::Closed,
                ..account
            },
        )]);
        assert!(directory.authenticate(key.expose()).is_err());
    }

    #[test]
    fn keys_are_long_distinct_and_never_shown() {
        let (one, other) = (ApiKey::generate().unwrap(), ApiKey::generate().unwrap());
        assert_eq!(one.expose().len(), KEY_PREFIX.len() + 43);
        assert_ne!(one.expose(), other.expose());
        assert_eq!(format!("{one:?} {:?}", one.hash()), "ApiKey(…) KeyHash(…)");
    }
}
