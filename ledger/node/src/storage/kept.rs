//! Where a machine of a simulation keeps its files: on a disk that forgets, or in an object store whose writes fail, lose their
//! answers or arrive late. The same suites run on both.

use super::{
    Files, Storage, StorageError,
    objects::faulty::{self, FaultyStore},
    simulated::{self, Dice, SimulatedDisk},
};
use std::sync::Arc;

/// Clones are the same place.
#[derive(Clone, Debug)]
pub(crate) enum Kept {
    Disk(SimulatedDisk),
    Objects(FaultyStore),
}

impl Kept {
    /// One of each kind, both empty.
    pub(crate) fn each(seed: u64) -> [Self; 2] {
        [
            Self::Disk(SimulatedDisk::new(seed)),
            Self::Objects(FaultyStore::default()),
        ]
    }

    /// A process's view of it.
    pub(crate) fn open(&self) -> Result<Arc<dyn Storage>, StorageError> {
        match self {
            Self::Disk(disk) => Ok(Arc::new(Files::on(disk.clone())?)),
            Self::Objects(store) => store.open(),
        }
    }

    /// Lets one of the next `steps` writes fail in any way.
    pub(crate) fn arm(&self, steps: u64, dice: &mut Dice) {
        let step = dice.roll() % steps;
        match self {
            Self::Disk(disk) => {
                use simulated::Fault::{Error, Kill, PowerLoss};
                disk.arm(step, [Error, Kill, PowerLoss][dice.below(3)]);
            }
            Self::Objects(store) => {
                use faulty::Fault::{AnswerLost, Death, Late, Refused};
                store.arm(step, [Refused, AnswerLost, Late, Death][dice.below(4)]);
            }
        }
    }

    /// Lets the write after `step` others fail, in each way that leaves the process alive.
    pub(crate) fn arm_each(&self, step: u64, way: usize) {
        match self {
            Self::Disk(disk) => disk.arm(step, simulated::Fault::Error),
            Self::Objects(store) => {
                use faulty::Fault::{AnswerLost, Late, Refused};
                store.arm(step, [Refused, AnswerLost, Late][way % 3]);
            }
        }
    }

    /// Leaves room for so many bytes, or as much as is asked for.
    pub(crate) fn leave_room(&self, bytes: Option<usize>) {
        match self {
            Self::Disk(disk) => disk.leave_room(bytes),
            Self::Objects(store) => store.leave_room(bytes),
        }
    }

    /// Whether the process or the machine has died.
    pub(crate) fn is_dead(&self) -> bool {
        match self {
            Self::Disk(disk) => disk.is_dead(),
            Self::Objects(store) => store.is_dead(),
        }
    }

    /// Starts the process again.
    pub(crate) fn restart(&self) {
        match self {
            Self::Disk(disk) => disk.restart(),
            Self::Objects(store) => store.restart(),
        }
    }

    /// What may come on top: the power goes, or what is late arrives.
    pub(crate) fn strike(&self, dice: &mut Dice) {
        match self {
            Self::Disk(disk) => disk.cut_power(),
            Self::Objects(store) => drop(store.arrive(dice)),
        }
    }

    /// What is late arrives; on a disk nothing is.
    pub(crate) fn arrive(&self, dice: &mut Dice) {
        if let Self::Objects(store) = self {
            store.arrive(dice);
        }
    }
}
