//! The modules of a process: a library may be started once in it, whoever uses it.

use super::TokenError;
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::{PoisonError, RwLock},
};

/// Those that were started, by their names. They stay until the process ends, as libraries do. Whoever uses one holds the
/// lock for reading: a module that is started again forgets all sessions, and gives their numbers to new ones.
static STARTED: RwLock<BTreeMap<PathBuf, Started>> = RwLock::new(BTreeMap::new());

struct Started {
    module: Pkcs11,
    run: Run,
}

/// How often a module was started: a session is good in the run that it was opened in, and is nobody's in another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Run(u32);

/// Uses the module, started if it was not.
pub(super) fn with<T>(
    path: &Path,
    work: impl FnOnce(&Pkcs11, Run) -> Result<T, TokenError>,
) -> Result<T, TokenError> {
    let started = STARTED.read().unwrap_or_else(PoisonError::into_inner);
    let started = match started.contains_key(path) {
        true => started,
        false => {
            drop(started);
            start(path)?;
            STARTED.read().unwrap_or_else(PoisonError::into_inner)
        }
    };
    let Started { module, run } = started.get(path).expect("modules stay");
    work(module, *run)
}

fn start(path: &Path) -> Result<(), TokenError> {
    let mut started = STARTED.write().unwrap_or_else(PoisonError::into_inner);
    if !started.contains_key(path) {
        let module = Pkcs11::new(path).map_err(refused(path))?;
        initialize(&module).map_err(refused(path))?;
        started.insert(path.to_owned(), Started { module, run: Run(0) });
    }
    Ok(())
}

/// Starts the module again, unless that was done since `run`: some look for tokens at their start alone.
pub(super) fn restart(path: &Path, run: Run) -> Result<(), TokenError> {
    let mut started = STARTED.write().unwrap_or_else(PoisonError::into_inner);
    if let Some(started) = started.get_mut(path)
        && started.run == run
    {
        started.run = Run(run.0.wrapping_add(1));
        // It may have ended of itself, and says so then.
        let _ = started.module.clone().finalize();
        initialize(&started.module).map_err(refused(path))?;
    }
    Ok(())
}

fn initialize(module: &Pkcs11) -> Result<(), cryptoki::error::Error> {
    module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK))
}

fn refused(path: &Path) -> impl FnOnce(cryptoki::error::Error) -> TokenError {
    move |error| TokenError::Module {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}
