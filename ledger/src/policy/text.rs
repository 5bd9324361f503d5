//! The text form of policies (C2SP tlog-policy), as far as one group of witnesses with a threshold goes:
//!
//! ```text
//! log <vkey> [<url>]
//! witness <name> <vkey> [<url>]
//! group <name> <k> <witness>…
//! quorum <name>
//! ```
//!
//! Groups within groups and `quorum none` are refused: what a quorum's time is, and how many faulty members it bears, is
//! defined for k of n alone.

use super::{Log, Policy, Witness};
use crate::{
    Error,
    text::{decimal, within},
};
use core::fmt;

/// Largest policy in bytes: [`MAX_MEMBERS`](super::MAX_MEMBERS) logs and witnesses with ML-DSA-44 keys have about 60 kB.
const MAX_BYTES: usize = 128 * 1024;
/// The name of the group that [`Policy`]'s own text has.
pub(super) const GROUP: &str = "members";

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
        let quorum = reader.quorum.ok_or(malformed(0, "no quorum"))?;
        Self::new(reader.logs, reader.witnesses, quorum)
    }
}

#[derive(Default)]
struct Reader {
    logs: Vec<Log>,
    witnesses: Vec<Witness>,
    /// Name and threshold.
    group: Option<(String, usize)>,
    quorum: Option<usize>,
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
        if self.group.is_some() {
            return Err("a witness outside the group");
        }
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
        if self.group.is_some() {
            return Err("a second group");
        }
        let known = |member: &&str| self.witnesses.iter().any(|witness| witness.name == **member);
        if !members.iter().all(known) {
            return Err("the group has an unknown member");
        }
        if super::any_twice(members, |a, b| a == b) {
            return Err("the group has a member twice");
        }
        if members.len() != self.witnesses.len() {
            return Err("a witness outside the group");
        }
        let threshold = match threshold {
            "any" => 1,
            "all" => members.len(),
            number => decimal(number)
                .and_then(|number| usize::try_from(number).ok())
                .ok_or("the threshold is not a decimal")?,
        };
        self.group = Some((name.to_owned(), threshold));
        Ok(())
    }

    fn quorum(&mut self, name: &str) -> Result<(), &'static str> {
        if self.quorum.is_some() {
            return Err("a second quorum");
        }
        let threshold = match &self.group {
            Some((group, threshold)) => (group == name).then_some(*threshold),
            None => (self.witnesses.len() == 1 && self.witnesses[0].name == name).then_some(1),
        };
        self.quorum = Some(threshold.ok_or("the quorum is not the group of all witnesses")?);
        Ok(())
    }

    fn new_name(&self, name: &str) -> Result<(), &'static str> {
        let group = self.group.iter().map(|(group, _)| group);
        let mut taken = self.witnesses.iter().map(|witness| &witness.name).chain(group);
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
        for witness in &self.witnesses {
            writeln!(f, "witness {} {}{}", witness.name, witness.key, url(&witness.url))?;
        }
        write!(f, "group {GROUP} {}", self.quorum)?;
        for witness in &self.witnesses {
            write!(f, " {}", witness.name)?;
        }
        writeln!(f, "\nquorum {GROUP}")
    }
}
