//! What is alarming, of all that a monitor knows: the rules behind each alarm (`schemas/spec/monitor.md`, "Alarms").

use super::{
    alarm::{Conditions, Facts, Key, Kind},
    core::Core,
    issuers,
    watched::{self, Watched},
};
use ledger::state::Contradiction;
use schemas::UnixTime;

impl Core {
    /// What is the case now.
    pub(super) fn conditions(&self, now: UnixTime) -> Conditions {
        let mut conditions = Conditions::new();
        self.of_evidence(&mut conditions);
        self.of_logs(now, &mut conditions);
        self.of_witnesses(now, &mut conditions);
        self.of_chain(now, &mut conditions);
        let grace = self.settings.pace.grace();
        self.issuers.conditions(&self.state, grace, now, &mut conditions);
        conditions
    }

    fn of_evidence(&self, conditions: &mut Conditions) {
        let mut raise = |kind, who: String, id: String, mut facts: Facts| {
            if !self.settings.settled.contains(&id) {
                let subject = format!("{who} {}", &id[..8]);
                facts.insert("evidence".into(), id);
                conditions.insert(Key { kind, subject }, facts);
            }
        };
        for (id, conflict) in &self.conflicts {
            let [smaller, larger] = conflict.heads();
            let [few, many] = conflict.signers().each_ref().map(Vec::len);
            let facts = [
                ("log", conflict.origin().to_owned()),
                ("sizes", format!("{} / {}", smaller.size.0, larger.size.0)),
                ("cosignatures", format!("{few} / {many}")),
            ];
            let facts = facts.map(|(name, fact)| (name.to_owned(), fact)).into();
            raise(
                Kind::LogTwoHistories,
                conflict.origin().to_owned(),
                id.to_string(),
                facts,
            );
        }
        for (issuer, contradiction) in self.state.evidence() {
            let kind = match contradiction {
                Contradiction::Forked { .. } => Kind::IssuerForked,
                Contradiction::TakenBack { .. } => Kind::IssuerTookBack,
                Contradiction::KeyRestored { .. } => Kind::KeyRestored,
            };
            let (id, _) = issuers::evidence(issuer, contradiction);
            let facts = Facts::from([("issuer".into(), issuers::name(&self.state, issuer))]);
            raise(kind, issuer.0.to_string(), id.to_string(), facts);
        }
    }

    fn of_logs(&self, now: UnixTime, conditions: &mut Conditions) {
        let patience = self.settings.pace.patience();
        for (at, log) in self.logs.iter().enumerate() {
            let mut raise = |kind, facts: &[(&str, String)]| {
                let mut all = Facts::from([("log".into(), log.origin().to_owned())]);
                all.extend(
                    facts
                        .iter()
                        .map(|(name, fact)| ((*name).to_owned(), fact.clone())),
                );
                let subject = log.origin().to_owned();
                conditions.insert(Key { kind, subject }, all);
            };
            let alive = log.freshness().unwrap_or(self.started).max(self.started);
            let silent = now.since(log.freshness().unwrap_or(self.started));
            if now.since(alive) > patience {
                raise(Kind::LogStalled, &[("seconds", silent.to_string())]);
            }
            if let Some((code, since)) = &log.refused
                && now.since(*since) >= self.settings.pace.idle()
            {
                raise(Kind::LogRefused, &[("reason", code.clone())]);
            }
            let late = |since: UnixTime| now.since(since) > patience;
            if let Some(pending) = log.pending.iter().find(|pending| late(pending.since)) {
                let size = pending.checkpoint.unverified().head().size.0.to_string();
                raise(
                    Kind::LogUnproven,
                    &[("sizes", size), ("from", pending.from.clone())],
                );
            }
            for waiting in &self.waiting {
                if waiting.log == at && now.since(waiting.since) > self.settings.pace.grace() {
                    let facts = [
                        ("entry", waiting.index.0.to_string()),
                        ("reason", waiting.code.to_owned()),
                    ];
                    raise(Kind::EntryUnexplained, &facts);
                }
            }
            let answers = self.fresh_witnesses(at, now);
            let quorum = self.policy().quorum();
            if answers < quorum && now.since(self.started) > patience {
                raise(
                    Kind::WitnessesFew,
                    &[("answers", answers.to_string()), ("quorum", quorum.to_string())],
                );
            }
        }
    }

    /// How many witnesses answered lately with a cosignature of late.
    pub(super) fn fresh_witnesses(&self, log: usize, now: UnixTime) -> usize {
        let patience = self.settings.pace.patience();
        let is_fresh = |witness: &&Watched| {
            let answered = witness.answered.is_some_and(|then| now.since(then) <= patience);
            // A clock may be slow by what clocks may be.
            let late = |time: UnixTime| now.since(time) <= patience + watched::MAX_APART;
            answered && witness.seen(log).is_some_and(|seen| late(seen.time))
        };
        self.witnesses.iter().filter(is_fresh).count()
    }

    fn of_witnesses(&self, now: UnixTime, conditions: &mut Conditions) {
        let patience = self.settings.pace.patience();
        let mut raise = |kind, subject: &str, facts: &[(&str, String)]| {
            let facts = facts
                .iter()
                .map(|(name, fact)| ((*name).to_owned(), fact.clone()));
            let subject = subject.to_owned();
            conditions.insert(Key { kind, subject }, facts.collect());
        };
        for witness in &self.witnesses {
            let who = ("witness", witness.name.clone());
            let silent = now.since(witness.answered.unwrap_or(self.started).max(self.started)) > patience;
            if silent {
                let reason = witness.error.clone().unwrap_or_else(|| "no-address".into());
                raise(
                    Kind::WitnessSilent,
                    &witness.name,
                    &[who.clone(), ("reason", reason)],
                );
            }
            // Behind a log that goes on.
            let behind = self.logs.iter().enumerate().find(|(at, log)| {
                let fresh = log.freshness().is_some_and(|then| now.since(then) <= patience);
                let seen = witness.seen(*at).map_or(self.started, |seen| seen.time);
                fresh && !silent && now.since(seen.max(self.started)) > patience + watched::MAX_APART
            });
            if let Some((_, log)) = behind {
                let facts = [who, ("log", log.origin().to_owned())];
                raise(Kind::WitnessBehind, &witness.name, &facts);
            }
        }
        let offsets: Vec<_> = self.witnesses.iter().map(|witness| witness.offset).collect();
        let clocks = watched::compare(&offsets);
        if let Some(seconds) = clocks.own {
            raise(Kind::ClockOwn, "", &[("seconds", (-seconds).to_string())]);
        }
        for (at, seconds) in clocks.wrong {
            let name = &self.witnesses[at].name;
            let facts = [("witness", name.clone()), ("seconds", seconds.to_string())];
            raise(Kind::ClockWrong, name, &facts);
        }
    }
}
