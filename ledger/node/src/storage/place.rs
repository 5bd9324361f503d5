//! Where a log keeps its files, as its configuration says it.

use super::{Files, Objects, S3Config, Storage, StorageError};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::{fmt, path::PathBuf, sync::Arc};

/// A folder, or a bucket: `files = "folder"`, or a table `[files.s3]`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Place {
    /// A local folder.
    Folder(PathBuf),
    /// An object store.
    Store(Store),
}

/// The kinds of object stores there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Store {
    /// S3, or what speaks like it.
    pub s3: S3Config,
}

impl Place {
    /// Opens it for the one process that may write there.
    ///
    /// # Errors
    /// [`StorageError`].
    pub fn open(&self) -> Result<Arc<dyn Storage>, StorageError> {
        Ok(match self {
            Self::Folder(folder) => Arc::new(Files::open(folder)?),
            Self::Store(store) => Arc::new(Objects::open(&store.s3)?),
        })
    }

    /// The path of this machine in it, if there is one.
    pub fn path(&mut self) -> Option<&mut PathBuf> {
        match self {
            Self::Folder(folder) => Some(folder),
            Self::Store(store) => store.s3.credentials_file.as_mut(),
        }
    }
}

impl From<S3Config> for Place {
    fn from(s3: S3Config) -> Self {
        Self::Store(Store { s3 })
    }
}

impl<'de> Deserialize<'de> for Place {
    /// By hand, since a refusal by serde's untagged enumerations names no setting.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Place;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the path of a folder, or a table `s3`")
            }

            fn visit_str<E>(self, folder: &str) -> Result<Place, E> {
                Ok(Place::Folder(folder.into()))
            }

            fn visit_map<A: MapAccess<'de>>(self, table: A) -> Result<Place, A::Error> {
                Store::deserialize(MapAccessDeserializer::new(table)).map(Place::Store)
            }
        }
        deserializer.deserialize_any(Either)
    }
}
