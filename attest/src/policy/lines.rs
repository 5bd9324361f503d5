//! The lines that members' `init` printed, collected into what the members agree on.

use crate::{Error, files};
use ledger::{
    cosignature::WitnessKey,
    policy::{Policy, default_quorum},
    signatory::{Signatories, SignatoryKey},
};
use std::path::PathBuf;

/// What a signatory's line begins with.
pub const SIGNATORY: &str = "signatory ";

/// Reads the lines of all files: the policy of logs and witnesses, and the signatories. Without numbers, quorum and
/// signatures are all but one less than a third.
pub fn read(
    members: &[PathBuf],
    quorum: Option<usize>,
    signatures: Option<usize>,
) -> Result<(Policy, Signatories), Error> {
    let (mut lines, mut keys) = (Vec::new(), Vec::new());
    for file in members {
        for line in files::read(file)?.lines() {
            match line.strip_prefix(SIGNATORY) {
                Some(key) => keys.push((file, key.trim().to_owned())),
                None => lines.push((file, line.to_owned())),
            }
        }
    }
    let of_file = |path: &PathBuf, reason: String| Error::MemberLine {
        path: path.clone(),
        reason,
    };
    let texts: Vec<String> = lines.iter().map(|(_, line)| line.clone()).collect();
    let policy = policy_of(&texts, quorum).map_err(|error| match error {
        Error::Ledger(ledger::Error::PolicyMalformed { line, reason })
            if (1..=lines.len()).contains(&line) =>
        {
            of_file(lines[line - 1].0, reason.to_owned())
        }
        error => error,
    })?;
    if policy.logs().is_empty() {
        return Err(of_file(&members[0], "no file has the line of a log".to_owned()));
    }
    let parsed = keys.iter().map(|(file, key)| {
        key.parse()
            .map_err(|error: ledger::Error| of_file(file, error.to_string()))
    });
    let keys: Vec<SignatoryKey> = parsed.collect::<Result<_, _>>()?;
    let offices = keys.iter().filter(|key| !key.is_post_quantum()).count();
    Ok((
        policy,
        Signatories::new(keys, signatures.unwrap_or_else(|| default_quorum(offices)))?,
    ))
}

/// The policy of members by the lines that their `init` printed. Without a quorum it is [`default_quorum`].
pub fn policy_of(lines: &[String], quorum: Option<usize>) -> Result<Policy, Error> {
    // 1. Who there is.
    let (post_quantum, witnesses) = witness_names(lines);
    let quorum = quorum.unwrap_or_else(|| default_quorum(witnesses.len()));
    let count = witnesses.len();
    if count > 0 && !(count / 2 + 1..=count).contains(&quorum) {
        return Err(Error::QuorumImpossible {
            quorum,
            witnesses: count,
        });
    }
    // 2. As many of the post-quantum keys as of the others: a quorum is a quorum.
    let mut groups = format!("group members {quorum} {}\nquorum members\n", witnesses.join(" "));
    if !post_quantum.is_empty() {
        if post_quantum.len() < quorum {
            return Err(Error::PostQuantumKeysFew {
                keys: post_quantum.len(),
                quorum,
            });
        }
        groups.push_str(&format!(
            "group post-quantum {quorum} {}\n",
            post_quantum.join(" ")
        ));
    }
    // 3. The lines first, so that a refusal's line is theirs.
    Ok(Policy::parse(
        format!("{}\n{groups}", lines.join("\n")).as_bytes(),
    )?)
}

/// The names of the witnesses with a key of ML-DSA-44, and of the others.
fn witness_names(lines: &[String]) -> (Vec<&str>, Vec<&str>) {
    let mut names = (Vec::new(), Vec::new());
    for line in lines {
        let Some(rest) = line.strip_prefix("witness ") else {
            continue;
        };
        let mut items = rest.split(' ');
        let Some(name) = items.next() else { continue };
        let key = items.next().and_then(|vkey| vkey.parse::<WitnessKey>().ok());
        match key.is_some_and(|key| key.is_post_quantum()) {
            true => names.0.push(name),
            false => names.1.push(name),
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::cosignature::CosignerKey;

    #[test]
    fn a_quorum_is_a_majority_of_the_witnesses() {
        let folder = tempfile::tempdir().unwrap();
        let lines = folder.path().join("witnesses");
        std::fs::write(&lines, "witness a x\nwitness b x\nwitness c x\n").unwrap();
        for quorum in [0, 1, 4] {
            let refused = read(std::slice::from_ref(&lines), Some(quorum), None).unwrap_err();
            assert_eq!(refused.code(), "quorum-impossible");
        }
    }

    #[test]
    fn a_post_quantum_group_is_as_large_as_a_quorum() {
        let line = |name: &str, key: CosignerKey| format!("witness {name} {}", key.key());
        let name = |n: u8| format!("attest.example/{n}").parse().unwrap();
        let mut lines: Vec<String> = (0..4)
            .map(|n| line(&n.to_string(), CosignerKey::from_seed(name(n), &[n; 32])))
            .collect();
        assert!(policy_of(&lines, None).unwrap().post_quantum().is_none());
        for n in 0..3 {
            let key = CosignerKey::ml_dsa_44_from_seed(name(n), &[n; 32]);
            lines.push(line(&format!("{n}-post-quantum"), key));
            let policy = policy_of(&lines, None);
            match n {
                2 => assert_eq!(policy.unwrap().post_quantum().unwrap().quorum(), 3),
                _ => assert_eq!(policy.unwrap_err().code(), "post-quantum-keys-few"),
            }
        }
    }
}
