//! A storage in an object store that has conditional writes (S3 and what speaks like it).
//!
//! There is no lock in an object store, so every write has a condition. What never changes is created if it is absent.
//! What changes is written only over the version that this process saw last: if two processes both think that the log is
//! theirs, the first to write goes on, and the other learns that it is [superseded](StorageError::Superseded) and stops.
//! A write that was given up and arrives late fails its condition as soon as anything newer is there.

mod config;
#[cfg(test)]
pub(crate) mod faulty;
mod seen;
#[cfg(test)]
mod tests;

pub use config::S3Config;

use self::seen::{Known, Seen};
use super::{File, Mode, Name, Storage, StorageError, alone::is_watched};
use futures_util::{StreamExt as _, stream};
use object_store::{
    Error as StoreError, ObjectStore, ObjectStoreExt as _, PutMode, UpdateVersion, path::Path as ObjectPath,
};
use schemas::Hash;
use std::{fmt, io, sync::Arc};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Mutex,
};

/// Requests at once: a checkpoint adds about five files, one with thousands of entries a hundred.
const AT_ONCE: usize = 16;
/// Largest file that is read. The largest that a log writes is `head`, with 2.4 MB, or an object, with 4 MiB.
const MAX_FILE_BYTES: u64 = 16 << 20;
/// What shows that the store keeps conditions.
const PROBE: &str = "conditions";
const PROBE_BYTES: &[u8] = b"Shows at each start that this store keeps the conditions of writes.\n";

/// Files in an object store.
///
/// Of files that change (a log's `head` and `checkpoint`, a witness's records) the version is remembered from the first read
/// on. Another file that is replaced is written over the version that is there at that time.
pub struct Objects {
    inner: Arc<Inner>,
    /// Where requests run: callers wait for them as they would for a disk. `None` once it is dropped.
    runtime: Option<Runtime>,
}

struct Inner {
    store: Arc<dyn ObjectStore>,
    prefix: ObjectPath,
    /// Held while a file that changes is read or written.
    seen: Mutex<Seen>,
}

impl Objects {
    /// The storage that `config` names.
    ///
    /// # Errors
    /// [`StorageError::Config`], [`StorageError::Unconditional`], [`StorageError::Io`].
    pub fn open(config: &S3Config) -> Result<Self, StorageError> {
        Self::on(config.store()?, config.prefix()?)
    }

    /// The files below `prefix` of a store, after a look at whether it keeps conditions.
    ///
    /// # Errors
    /// [`StorageError::Unconditional`], [`StorageError::Io`].
    pub(crate) fn on(store: Arc<dyn ObjectStore>, prefix: ObjectPath) -> Result<Self, StorageError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("objects")
            .enable_all()
            .build();
        let runtime = runtime.map_err(|source| StorageError::Io {
            step: "start a thread for",
            path: PROBE.to_owned(),
            source,
        })?;
        let objects = Self {
            inner: Arc::new(Inner {
                store,
                prefix,
                seen: Mutex::default(),
            }),
            runtime: Some(runtime),
        };
        objects.wait(|inner| async move { inner.probe().await })?;
        Ok(objects)
    }

    /// The one place where a caller that waits meets requests that do not. It blocks its thread, like any storage.
    fn wait<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
        &self,
        work: impl FnOnce(Arc<Inner>) -> F,
    ) -> T {
        let (sender, done) = std::sync::mpsc::sync_channel(1);
        let work = work(Arc::clone(&self.inner));
        let runtime = self.runtime.as_ref().expect("it is there until the drop");
        runtime.spawn(async move { sender.send(work.await) });
        done.recv().expect("requests do not panic")
    }
}

impl Drop for Objects {
    /// Without waiting, which an asynchronous caller must not.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Storage for Objects {
    fn read(&self, name: &Name) -> Result<Option<Vec<u8>>, StorageError> {
        let name = name.clone();
        self.wait(|inner| async move { inner.read(&name).await })
    }

    fn has(&self, name: &Name) -> Result<bool, StorageError> {
        let name = name.clone();
        self.wait(|inner| async move {
            match inner.store.head(&inner.path(&name)).await {
                Ok(_) => Ok(true),
                Err(StoreError::NotFound { .. }) => Ok(false),
                Err(error) => Err(failed("look for", &name, &error)),
            }
        })
    }

    fn list(&self, folder: &Name) -> Result<Vec<Name>, StorageError> {
        let folder = folder.clone();
        self.wait(|inner| async move { inner.list(&folder).await })
    }

    fn write(&self, files: &[File]) -> Result<(), StorageError> {
        let files = files.to_vec();
        self.wait(|inner| async move {
            let writes = files.into_iter().map(|file| {
                let inner = Arc::clone(&inner);
                async move { inner.write(&file).await }
            });
            // All of them end before the answer: one that was left behind could arrive after the caller's next step.
            let results: Vec<Result<(), StorageError>> =
                stream::iter(writes).buffer_unordered(AT_ONCE).collect().await;
            results.into_iter().collect()
        })
    }

    fn remove(&self, file: &Name) -> Result<(), StorageError> {
        let file = file.clone();
        self.wait(|inner| async move {
            match inner.store.delete(&inner.path(&file)).await {
                Ok(()) | Err(StoreError::NotFound { .. }) => Ok(()),
                Err(error) => Err(failed("remove", &file, &error)),
            }
        })
    }
}

impl Inner {
    fn path(&self, name: &Name) -> ObjectPath {
        self.prefix
            .parts()
            .chain(ObjectPath::from(name.as_str()).parts())
            .collect()
    }

    async fn read(&self, name: &Name) -> Result<Option<Vec<u8>>, StorageError> {
        if !is_watched(name) {
            return Ok(self.fetch(name).await?.map(|(bytes, _)| bytes));
        }
        let mut seen = self.seen.lock().await;
        let found = self.fetch(name).await?;
        seen.saw(name, found.as_ref().map(|(bytes, tag)| (&**bytes, tag)))?;
        Ok(found.map(|(bytes, _)| bytes))
    }

    /// The file's bytes and version.
    async fn fetch(&self, name: &Name) -> Result<Option<(Vec<u8>, UpdateVersion)>, StorageError> {
        let result = match self.store.get(&self.path(name)).await {
            Ok(result) => result,
            Err(StoreError::NotFound { .. }) => return Ok(None),
            Err(error) => return Err(failed("read", name, &error)),
        };
        if result.meta.size > MAX_FILE_BYTES {
            return Err(StorageError::Io {
                step: "read",
                path: name.to_string(),
                source: io::Error::other("it is longer than any file of a log"),
            });
        }
        let version = UpdateVersion {
            e_tag: result.meta.e_tag.clone(),
            version: result.meta.version.clone(),
        };
        let bytes = result
            .bytes()
            .await
            .map_err(|error| failed("read", name, &error))?;
        Ok(Some((bytes.to_vec(), version)))
    }

    async fn list(&self, folder: &Name) -> Result<Vec<Name>, StorageError> {
        let listed = self.store.list_with_delimiter(Some(&self.path(folder))).await;
        let listed = listed.map_err(|error| failed("list", folder, &error))?;
        let names = listed
            .objects
            .iter()
            .filter_map(|object| object.location.filename());
        Ok(names.map(|name| folder.join(name)).collect())
    }

    async fn write(&self, file: &File) -> Result<(), StorageError> {
        match file.mode {
            Mode::IfAbsent => self.create(file).await,
            Mode::Replace => self.replace(file).await,
        }
    }

    /// An answer that was lost, also one that the client asked for again, leaves the file there with these bytes.
    async fn create(&self, file: &File) -> Result<(), StorageError> {
        match self.put(file, PutMode::Create).await {
            Ok(_) => Ok(()),
            Err(StoreError::AlreadyExists { .. }) => match self.fetch(&file.name).await? {
                Some((bytes, _)) if bytes == file.bytes => Ok(()),
                Some(_) => Err(StorageError::Differs {
                    name: file.name.clone(),
                }),
                None => Err(StorageError::Io {
                    step: "write",
                    path: file.name.to_string(),
                    source: io::Error::other("it was there and is gone: does somebody else remove files?"),
                }),
            },
            Err(error) => Err(failed("write", &file.name, &error)),
        }
    }

    async fn replace(&self, file: &File) -> Result<(), StorageError> {
        let name = &file.name;
        let mut seen = self.seen.lock().await;
        // 1. Over what: the version that this process saw last.
        if !seen.knows(name)? {
            let found = self.fetch(name).await?;
            seen.saw(name, found.as_ref().map(|(bytes, tag)| (&**bytes, tag)))?;
        }
        let over = seen.trying(name, Hash::of(&[&file.bytes]));
        let mode = over.clone().map_or(PutMode::Create, PutMode::Update);
        // 2. The write. If the answer is lost, the caller reads back; the attempt is remembered, since it may still arrive.
        match self.put(file, mode).await {
            Ok(now) => {
                seen.wrote(name, now);
                Ok(())
            }
            // 3. Something else is there: these very bytes, by an answer that was lost; an earlier attempt of this process;
            //    or what another process wrote.
            Err(StoreError::Precondition { .. } | StoreError::AlreadyExists { .. }) => {
                let found = self.fetch(name).await?;
                let known = seen.saw(name, found.as_ref().map(|(bytes, tag)| (&**bytes, tag)))?;
                match found {
                    Some((bytes, now)) if bytes == file.bytes => {
                        seen.wrote(name, now);
                        Ok(())
                    }
                    _ => {
                        debug_assert_eq!(known, Known::Own, "anything else is refused");
                        Err(StorageError::Io {
                            step: "write",
                            path: name.to_string(),
                            source: io::Error::other(
                                "an earlier write has arrived late: it must be read back",
                            ),
                        })
                    }
                }
            }
            Err(error) => Err(failed("write", name, &error)),
        }
    }

    async fn put(&self, file: &File, mode: PutMode) -> Result<UpdateVersion, StoreError> {
        let path = self.path(&file.name);
        let put = self.store.put_opts(&path, file.bytes.clone().into(), mode.into());
        Ok(put.await?.into())
    }

    /// A store that takes a write whose condition fails would let two processes sign two histories.
    async fn probe(&self) -> Result<(), StorageError> {
        let probe = File::once(Name::new(PROBE), PROBE_BYTES.to_vec());
        self.create(&probe).await?;
        let never = UpdateVersion {
            e_tag: Some("\"00000000000000000000000000000000\"".to_owned()),
            version: None,
        };
        for mode in [PutMode::Create, PutMode::Update(never)] {
            match self.put(&probe, mode).await {
                Err(StoreError::AlreadyExists { .. } | StoreError::Precondition { .. }) => {}
                Ok(_) | Err(StoreError::NotImplemented { .. }) => return Err(StorageError::Unconditional),
                Err(error) => return Err(failed("write", &probe.name, &error)),
            }
        }
        Ok(())
    }
}

/// A failure of the store, in so many words as a person can read. What a server answers may be a page long.
fn failed(step: &'static str, name: &Name, error: &StoreError) -> StorageError {
    let text = match error {
        StoreError::PermissionDenied { .. } | StoreError::Unauthenticated { .. } => {
            "the object store refuses these credentials".to_owned()
        }
        error => error.to_string().chars().take(300).collect(),
    };
    StorageError::Io {
        step,
        path: name.to_string(),
        source: io::Error::other(text),
    }
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Objects({})", self.inner.prefix)
    }
}
