//! Logs to follow, each with one fault.

mod checkpoint;
mod entry;
mod head;
mod object;

use crate::{
    Files,
    case::{LogState, SyncCase, SyncExpected},
    flag::Flag,
    json,
    seed::key,
    world::{
        AS_OF, World,
        issuer::{Issuer, listed},
        members::WITNESSES,
        said::Said,
    },
};
use schemas::crypto::p256::SigningKey;

/// A vector with the name of its file.
pub(crate) struct Case {
    name: &'static str,
    case: SyncCase,
}

/// A log with one registered issuer, to which a fault is added.
pub(crate) struct Bench<'w> {
    world: &'w World,
    key: SigningKey,
}

impl<'w> Bench<'w> {
    fn new(world: &'w World) -> Self {
        Self {
            world,
            key: key("issuer 1, good"),
        }
    }

    /// The null entry and the issuer's registration.
    fn registered(&self) -> (Vec<Said>, Issuer) {
        let mut issuer = Issuer::new(1, "Testzentrum Nord");
        let event = issuer.event(&self.world.registrar, vec![listed(&self.key)]);
        (vec![Said::nothing(), event], issuer)
    }

    /// A good log of these entries.
    fn published(&self, said: &[Said]) -> LogState {
        self.world.members.publish(said, AS_OF, WITNESSES).to_state()
    }

    /// A log in which entries after the registration do not count.
    fn taken(
        &self,
        name: &'static str,
        description: &str,
        flag: Flag,
        said: &[Said],
        codes: &[&str],
    ) -> Case {
        taken(name, description, flag, vec![self.published(said)], codes)
    }
}

fn taken(name: &'static str, description: &str, flag: Flag, states: Vec<LogState>, codes: &[&str]) -> Case {
    let expect = SyncExpected::Taken(codes.iter().map(|code| (*code).to_owned()).collect());
    let case = SyncCase {
        description: description.into(),
        flags: vec![flag],
        states,
        expect,
    };
    Case { name, case }
}

fn refused(name: &'static str, description: &str, flag: Flag, states: Vec<LogState>, code: &str) -> Case {
    let expect = SyncExpected::Refused(code.into());
    let case = SyncCase {
        description: description.into(),
        flags: vec![flag],
        states,
        expect,
    };
    Case { name, case }
}

/// The vectors as files.
///
/// # Panics
/// On two of one name.
#[must_use]
pub fn files(world: &World) -> Files {
    let bench = Bench::new(world);
    let cases = [
        checkpoint::cases(&bench),
        entry::cases(&bench),
        head::cases(&bench),
        object::cases(&bench),
    ];
    let mut files = Files::new();
    for Case { name, case } in cases.into_iter().flatten() {
        let before = files.insert(format!("sync/{name}.json"), json(&case));
        assert!(before.is_none(), "{name} stands twice");
    }
    files
}
