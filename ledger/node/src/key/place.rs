//! Where a key is, as a configuration says it.

use super::{Held, Key, Pkcs11Config, Seed, token::TokenKey};
use crate::Error;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};

/// A file, or a token: `key = "log.key"`, or a table `[log.key.pkcs11]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum KeyPlace {
    /// A file with the seed ([`Seed`]).
    File(PathBuf),
    /// A token.
    Token(TokenTable),
}

/// The kinds of tokens there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenTable {
    /// One that speaks PKCS#11.
    pub pkcs11: Pkcs11Config,
}

impl KeyPlace {
    /// Makes the key. In a token, the key that is there under the label already is taken: whoever set the token up may have
    /// made it. A file is never overwritten.
    ///
    /// # Errors
    /// [`Error::KeyFile`], [`Error::Token`].
    pub fn create(&self) -> Result<Key, Error> {
        match self {
            Self::File(path) => Ok(Key::from(&Seed::create(path)?)),
            Self::Token(table) => Ok(Key(Held::Token(Arc::new(TokenKey::create(&table.pkcs11)?)))),
        }
    }

    /// Opens the key that is there.
    ///
    /// # Errors
    /// [`Error::KeyFile`] and its kin, [`Error::Token`].
    pub fn open(&self) -> Result<Key, Error> {
        match self {
            Self::File(path) => Ok(Key::from(&Seed::read(path)?)),
            Self::Token(table) => Ok(Key(Held::Token(Arc::new(TokenKey::open(&table.pkcs11)?)))),
        }
    }

    /// The file of the key, if it is in one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Token(_) => None,
        }
    }

    /// The path in it that a configuration file's folder goes before. A token's module is not one: its name alone is looked
    /// up by the system's loader.
    pub fn path(&mut self) -> &mut PathBuf {
        match self {
            Self::File(path) => path,
            Self::Token(table) => &mut table.pkcs11.pin_file,
        }
    }
}

impl From<PathBuf> for KeyPlace {
    fn from(path: PathBuf) -> Self {
        Self::File(path)
    }
}

impl From<Pkcs11Config> for KeyPlace {
    fn from(pkcs11: Pkcs11Config) -> Self {
        Self::Token(TokenTable { pkcs11 })
    }
}

impl<'de> Deserialize<'de> for KeyPlace {
    /// By hand, since a refusal by serde's untagged enumerations names no setting.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = KeyPlace;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the path of a key file, or a table `pkcs11`")
            }

            fn visit_str<E>(self, file: &str) -> Result<KeyPlace, E> {
                Ok(KeyPlace::File(file.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<KeyPlace, A::Error> {
                TokenTable::deserialize(MapAccessDeserializer::new(table)).map(KeyPlace::Token)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
