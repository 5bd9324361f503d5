//! Texts at a door, each with one fault.

mod accepted;
mod certificate;
mod expect;
pub(crate) mod foreign;
mod ledger;
mod policy;
mod post_quantum;
mod presentation;
mod text;

use crate::{
    Files,
    case::{DoorCase, Expected},
    flag::Flag,
    json,
    world::{NOW, World},
};
use serde_json::Value as Json;

/// A vector with the name of its file.
pub(crate) struct Case {
    name: &'static str,
    case: DoorCase,
}

impl Case {
    /// A text that is scanned now, at a door that has synced.
    fn new(name: &'static str, description: &str, flags: &[Flag], text: String, expect: Expected) -> Self {
        let case = DoorCase {
            description: description.into(),
            flags: flags.into(),
            text,
            clock: NOW.0,
            view: Some("views/current".into()),
            policy: Json::Null,
            trust: None,
            rules: None,
            challenge: None,
            already_seen: vec![],
            others_seen: 0,
            expect,
        };
        Self { name, case }
    }

    fn with(mut self, change: impl FnOnce(&mut DoorCase)) -> Self {
        change(&mut self.case);
        self
    }

    /// Another view.
    fn view(self, name: &str) -> Self {
        self.with(|case| case.view = Some(format!("views/{name}")))
    }

    fn clock(self, clock: schemas::UnixTime) -> Self {
        self.with(|case| case.clock = clock.0)
    }

    fn policy(self, policy: Json) -> Self {
        self.with(|case| case.policy = policy)
    }
}

/// The vectors as files.
///
/// # Panics
/// On two of one name.
#[must_use]
pub fn files(world: &World) -> Files {
    let cases = [
        accepted::cases(world),
        text::cases(world),
        certificate::cases(world),
        presentation::cases(world),
        ledger::cases(world),
        policy::cases(world),
        post_quantum::cases(world),
        foreign::cases(world),
    ];
    let mut files = foreign::files();
    for Case { name, case } in cases.into_iter().flatten() {
        let before = files.insert(format!("door/{name}.json"), json(&case));
        assert!(before.is_none(), "{name} stands twice");
    }
    files
}
