//! The text form of policies (C2SP tlog-policy), as far as one group of witnesses with a threshold goes, and beside it the
//! group `post-quantum` of the same members' ML-DSA-44 keys:
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> <k> <witness>…
//! quorum <name>
//! group post-quantum <k> <witness>…
//! ```
//!
//! Groups within groups and `quorum none` are refused: what a quorum's time is, and how many faulty members it bears, is
//! defined for k of n alone. Whoever knows tlog-policy alone reads the same logs, the same quorum, and a group that has no part in it.

use super::{Log, Policy, Witness, refused};
use crate::{
    Error,
    text::{decimal, within},
};
use core::fmt;

/// Largest policy in bytes: [`MAX_MEMBERS`](super::MAX_MEMBERS) logs and witnesses with ML-DSA-44 keys have about 60 kB.
const MAX_BYTES: usize = 128 * 1024;
/// The name of the quorum's group in [`Policy`]'s own text.
const GROUP: &str = "members";
/// The name of the group of ML-DSA-44 keys.
const POST_QUANTUM: &str = "post-quantum";

/// Whether a witness cannot have this name.
pub(super) fn is_taken(name: &str) -> bool {
    ["none", GROUP, POST_QUANTUM].contains(&name)
}

impl Policy {
    /// Reads a policy.
    ///
    /// # Errors
    /// [`Error::PolicyMalformed`] with the line, from 1, where it is one line's fault; [`schemas::Error::TooLong`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        within("policy in bytes", bytes.len(), MAX_BYTES)?;
        let malformed = |line, reason| Error::PolicyMalformed { line, reason };
        let text = core::str::from_utf8(bytes).map_err(|_| malformed(0, "not UTF-8"))?;
        let mut reader = Reader::default();
        for (at, line) in text.split_terminator('\n').enumerate() {
            reader.line(line).map_err(|reason| malformed(at + 1, reason))?;
        }
        reader.finish()
    }
}

#[derive(Default)]
struct Reader {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    groups: Vec<Named>,
    /// Names of witnesses, and how many of them.
    quorum: Option<(Vec<String>, usize)>,
}

struct Named {
    name: String,
    threshold: usize,
    members: Vec<String>,
}

impl Reader {
    fn line(&mut self, line: &str) -> Result<(), &'static str> {
        if line.chars().any(|c| (c < ' ' && c != '\t') || c == '\u{7f}') {
            return Err("a control character");
        }
        let items: Vec<&str> = line.split([' ', '\t']).filter(|item| !item.is_empty()).collect();
        match *items {
            [] => Ok(()),
            [first, ..] if first.starts_with('#') => Ok(()),
            ["log", vkey] => self.log(vkey, None),
            ["log", vkey, url] => self.log(vkey, Some(url)),
            ["witness", name, vkey] => self.witness(name, vkey, None),
            ["witness", name, vkey, url] => self.witness(name, vkey, Some(url)),
            ["group", name, threshold, ref members @ ..] => self.group(name, threshold, members),
            ["quorum", name] => self.quorum(name),
            _ => Err("not a line of a policy"),
        }
    }

    fn log(&mut self, vkey: &str, url: Option<&str>) -> Result<(), &'static str> {
        self.logs.push(Log {
            key: vkey.parse().map_err(|_| "not a log's vkey")?,
            url: url.map(str::to_owned),
        });
        Ok(())
    }

    fn witness(&mut self, name: &str, vkey: &str, url: Option<&str>) -> Result<(), &'static str> {
        self.new_name(name)?;
        self.witnesses.push(Witness {
            name: name.to_owned(),
            key: vkey.parse().map_err(|_| "not a witness's vkey")?,
            url: url.map(str::to_owned),
        });
        Ok(())
    }

    fn group(&mut self, name: &str, threshold: &str, members: &[&str]) -> Result<(), &'static str> {
        self.new_name(name)?;
        let known = |member: &&str| self.witnesses.iter().any(|witness| witness.name == **member);
        if !members.iter().all(known) {
            return Err("the group has an unknown member");
        }
        if super::any_twice(members, |a, b| a == b) {
            return Err("the group has a member twice");
        }
        let threshold = match threshold {
            "any" => 1,
            "all" => members.len(),
            number => decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or("the threshold is not a decimal")?,
        };
        self.groups.push(Named {
            name: name.to_owned(),
            threshold,
            members: members.iter().map(|&member| member.to_owned()).collect(),
        });
        Ok(())
    }

    fn quorum(&mut self, name: &str) -> Result<(), &'static str> {
        if self.quorum.is_some() {
            return Err("a second quorum");
        }
        let group = self.groups.iter().position(|group| group.name == name);
        let group = group.map(|at| self.groups.remove(at));
        let group = group.map(|group| (group.members, group.threshold));
        let alone = || {
            let witness = self.witnesses.iter().find(|witness| witness.name == name)?;
            Some((vec![witness.name.clone()], 1))
        };
        self.quorum = Some(
            group
                .or_else(alone)
                .ok_or("the quorum is neither a group nor a witness")?,
        );
        Ok(())
    }

    /// The policy, once every line was read.
    fn finish(mut self) -> Result<Policy, Error> {
        let (names, quorum) = self.quorum.take().ok_or(refused("no quorum"))?;
        let members = self.take(&names)?;
        let policy = Policy::new(self.logs.split_off(0), members, quorum)?;
        let post_quantum = self.groups.iter().position(|group| group.name == POST_QUANTUM);
        let policy = match post_quantum.map(|at| self.groups.remove(at)) {
            None => policy,
            Some(group) => policy.with_post_quantum(self.take(&group.members)?, group.threshold)?,
        };
        // Of what is left it is not defined what it means.
        match self.witnesses.is_empty() && self.groups.is_empty() {
            true => Ok(policy),
            false => Err(refused("a witness or group that has no part in the quorum")),
        }
    }

    /// The witnesses of these names, out of those that were read.
    fn take(&mut self, names: &[String]) -> Result<Vec<Witness>, Error> {
        let mut take = |name: &String| {
            let at = self.witnesses.iter().position(|witness| witness.name == *name)?;
            Some(self.witnesses.remove(at))
        };
        let taken: Option<Vec<Witness>> = names.iter().map(&mut take).collect();
        taken.ok_or(refused("a witness in two groups"))
    }

    fn new_name(&self, name: &str) -> Result<(), &'static str> {
        let groups = self.groups.iter().map(|group| &group.name);
        let mut taken = self.witnesses.iter().map(|witness| &witness.name).chain(groups);
        if name == "none" || taken.any(|taken| taken == name) {
            return Err("the name is taken");
        }
        Ok(())
    }
}

impl fmt::Display for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = |url: &Option<String>| url.as_ref().map_or(String::new(), |url| format!(" {url}"));
        for log in &self.logs {
            writeln!(f, "log {}{}", log.key, url(&log.url))?;
        }
        let groups = [(GROUP, Some(&self.members)), (POST_QUANTUM, self.post_quantum())];
        for (name, group) in groups {
            let Some(group) = group else { continue };
            for witness in group.witnesses() {
                writeln!(f, "witness {} {}{}", witness.name, witness.key, url(&witness.url))?;
            }
            write!(f, "group {name} {}", group.quorum())?;
            for witness in group.witnesses() {
                write!(f, " {}", witness.name)?;
            }
            writeln!(f)?;
        }
        writeln!(f, "quorum {GROUP}")
    }
}
