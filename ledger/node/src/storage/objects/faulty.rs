//! An object store for tests, in memory, whose writes fail, lose their answers, or arrive late. Its versions are hashes of the
//! bytes, as those of S3 are, so that the same bytes have the same version again.

use crate::storage::{Objects, Storage, StorageError, simulated::Dice};
use futures_util::stream::BoxStream;
use object_store::{
    CopyOptions, Error, GetOptions, GetResult, ListResult, MultipartUpload, ObjectMeta, ObjectStore,
    ObjectStoreExt as _, PutMode, PutMultipartOptions, PutOptions, PutPayload, PutResult, Result,
    memory::InMemory, path::Path,
};
use schemas::Hash;
use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard},
};

/// What goes wrong at a chosen write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// The store takes nothing: it is full, or cannot be reached.
    Refused,
    /// The store takes it, and the answer is lost.
    AnswerLost,
    /// The answer is that it took too long, and it arrives later, when [`FaultyStore::arrive`] is called.
    Late,
    /// It took too long and arrives later, and so do all that are sent after it: the process has died, with requests on the
    /// line.
    Death,
}

/// A store in memory. Clones are the same store.
#[derive(Clone, Debug, Default)]
pub(crate) struct FaultyStore(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    store: InMemory,
    faults: Mutex<Faults>,
}

#[derive(Debug, Default)]
struct Faults {
    /// Writes still to go before the fault.
    armed: Option<(u64, Fault)>,
    dead: bool,
    careless: bool,
    /// Bytes that can still be written; none is no limit.
    room: Option<usize>,
    late: Vec<(Path, PutPayload, PutOptions)>,
}

impl FaultyStore {
    /// Lets `fault` happen at the `steps`-th write from now; 0 is the next one.
    pub(crate) fn arm(&self, steps: u64, fault: Fault) {
        self.faults().armed = Some((steps, fault));
    }

    /// A process begins: nothing fails until it is told to.
    pub(crate) fn restart(&self) {
        let mut faults = self.faults();
        (faults.armed, faults.dead) = (None, false);
    }

    /// From now on every write is taken, whatever its condition.
    pub(crate) fn ignore_conditions(&self) {
        self.faults().careless = true;
    }

    /// Leaves room for so many bytes, as a quota does; a write that needs more is refused.
    pub(crate) fn leave_room(&self, bytes: Option<usize>) {
        self.faults().room = bytes;
    }

    /// Whether the process has died.
    pub(crate) fn is_dead(&self) -> bool {
        self.faults().dead
    }

    /// Lets what is late arrive, in an order that the dice choose. Returns how many of them had an effect.
    pub(crate) fn arrive(&self, dice: &mut Dice) -> usize {
        let mut late = std::mem::take(&mut self.faults().late);
        let mut effects = 0;
        while !late.is_empty() {
            let (path, payload, options) = late.swap_remove(dice.below(late.len()));
            effects += usize::from(wait(self.take(&path, payload, options)).is_ok());
        }
        effects
    }

    /// Changes an object behind the back of whoever uses the store.
    pub(crate) fn damage(&self, path: &str, damage: impl FnOnce(&mut Vec<u8>)) {
        let path = Path::from(path);
        let mut bytes = wait(async {
            self.0
                .store
                .get(&path)
                .await
                .unwrap()
                .bytes()
                .await
                .unwrap()
                .to_vec()
        });
        damage(&mut bytes);
        wait(self.0.store.put(&path, bytes.into())).unwrap();
    }

    /// A process's view of it.
    pub(crate) fn open(&self) -> Result<Arc<dyn Storage>, StorageError> {
        Ok(Arc::new(Objects::on(Arc::new(self.clone()), Path::default())?))
    }

    /// A write that arrives.
    async fn take(&self, path: &Path, payload: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        if let PutMode::Update(wanted) = &options.mode {
            if self.version(path).await? != wanted.e_tag {
                let (path, source) = (path.to_string(), "another version".into());
                return Err(Error::Precondition { path, source });
            }
            options.mode = PutMode::Overwrite;
        }
        let mut result = self.0.store.put_opts(path, payload, options).await?;
        result.e_tag = self.version(path).await?;
        Ok(result)
    }

    /// A hash of what is there.
    async fn version(&self, path: &Path) -> Result<Option<String>> {
        match self.0.store.get(path).await {
            Ok(found) => Ok(Some(Hash::of(&[&found.bytes().await?]).to_string())),
            Err(Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.0.faults.lock().unwrap()
    }

    /// The fault of the write that comes now.
    fn due(&self) -> Option<Fault> {
        let mut faults = self.faults();
        if faults.dead {
            return Some(Fault::Late);
        }
        match &mut faults.armed {
            Some((0, fault)) => {
                let fault = *fault;
                faults.armed = None;
                faults.dead = fault == Fault::Death;
                Some(fault)
            }
            Some((steps, _)) => {
                *steps -= 1;
                None
            }
            None => None,
        }
    }
}

/// The store in memory never waits.
fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(future)
}

fn failure(text: &'static str) -> Error {
    Error::Generic {
        store: "simulated",
        source: text.into(),
    }
}

impl fmt::Display for FaultyStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("simulated")
    }
}

#[async_trait::async_trait]
impl ObjectStore for FaultyStore {
    async fn put_opts(&self, path: &Path, payload: PutPayload, mut options: PutOptions) -> Result<PutResult> {
        if self.faults().careless {
            options.mode = PutMode::Overwrite;
        }
        if let Some(room) = &mut self.faults().room {
            match room.checked_sub(payload.content_length()) {
                Some(left) => *room = left,
                None => return Err(failure("simulated: the quota is used up")),
            }
        }
        match self.due() {
            None => self.take(path, payload, options).await,
            Some(Fault::Refused) => Err(failure("simulated: the store is full")),
            Some(Fault::AnswerLost) => {
                self.take(path, payload, options).await?;
                Err(failure("simulated: the answer is lost"))
            }
            Some(Fault::Late | Fault::Death) => {
                self.faults().late.push((path.clone(), payload, options));
                Err(failure("simulated: it took too long"))
            }
        }
    }

    async fn put_multipart_opts(&self, _: &Path, _: PutMultipartOptions) -> Result<Box<dyn MultipartUpload>> {
        unreachable!("files are written in one piece")
    }

    async fn get_opts(&self, path: &Path, options: GetOptions) -> Result<GetResult> {
        let mut result = self.0.store.get_opts(path, options).await?;
        result.meta.e_tag = self.version(path).await?;
        Ok(result)
    }

    fn delete_stream(&self, paths: BoxStream<'static, Result<Path>>) -> BoxStream<'static, Result<Path>> {
        self.0.store.delete_stream(paths)
    }

    fn list(&self, prefix: Option<&Path>) -> BoxStream<'static, Result<ObjectMeta>> {
        self.0.store.list(prefix)
    }

    async fn list_with_delimiter(&self, prefix: Option<&Path>) -> Result<ListResult> {
        self.0.store.list_with_delimiter(prefix).await
    }

    async fn copy_opts(&self, _: &Path, _: &Path, _: CopyOptions) -> Result<()> {
        unreachable!("files are not copied")
    }
}
