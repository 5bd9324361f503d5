//! Network documents, and the notes by which the next one comes into force.

use super::{Case, Document};
use crate::{
    case::Format::{Network, NetworkNote},
    world::{NOW, OFFICES, World, office},
};
use ledger::note::Note;
use verifier::network;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let good = world.network().to_toml();
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} stands in the document");
        good.replacen(from, to, 1)
    };
    let line = |start: &str| {
        let found = good.lines().find(|line| line.starts_with(start));
        format!("{}\n", found.unwrap_or_default())
    };
    let registrar = &*line("registrar = ");
    let registrar = registrar.trim_end();
    let refused =
        |name, description, text: String, code| Case::refused((Network, name), description, text, code);
    vec![
        Case::good(
            (Network, "accept"),
            "The cooperative of all vectors.",
            good.clone(),
        ),
        refused(
            "network-malformed",
            "An unknown word.",
            format!("{good}quorum = 1\n"),
            "network-malformed",
        ),
        refused(
            "network-malformed-registrar",
            "A registrar's key in standard base64, with its padding.",
            replaced(
                registrar,
                "registrar = \"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\"",
            ),
            "network-malformed",
        ),
        refused(
            "network-malformed-members",
            "No members.",
            format!("{registrar}\n"),
            "network-malformed",
        ),
        refused(
            "network-malformed-version",
            "A version after the first that names none before it.",
            replaced("version = 0", "version = 1"),
            "network-malformed",
        ),
        refused(
            "network-malformed-age",
            "Good for 801 days.",
            replaced("max-age-days = 400", "max-age-days = 801"),
            "network-malformed",
        ),
        refused(
            "signatories-malformed-quorum",
            "Two of four signatures, of which there could be two sets that have nobody in common.",
            replaced("signatures = 3", "signatures = 2"),
            "signatories-malformed",
        ),
        refused(
            "signatories-malformed-twice",
            "A key that stands twice, and would count twice.",
            {
                let key = line("  \"office-0.example");
                replaced(&key, &[key.clone(), key.clone()].concat())
            },
            "signatories-malformed",
        ),
        refused(
            "vkey-malformed",
            "The key of a witness in the place of a signatory's.",
            {
                let witness = line("witness member-0 ");
                let vkey = witness.trim_end().split(' ').nth(2).unwrap_or_default();
                replaced(&line("  \"office-0.example"), &format!("  \"{vkey}\",\n"))
            },
            "vkey-malformed",
        ),
        refused(
            "key-malformed",
            "A registrar's key of 32 bytes.",
            replaced(
                registrar,
                "registrar = \"AgAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"",
            ),
            "key-malformed",
        ),
        refused(
            "policy-malformed-quorum",
            "A quorum of five of ten, of which there could be two at once.",
            replaced("group members 7 ", "group members 5 "),
            "policy-malformed",
        ),
        refused(
            "policy-malformed-twice",
            "A witness under two names, who would count twice.",
            {
                let witness = line("witness member-0 ");
                let again = witness.replacen("member-0", "member-10", 1);
                replaced(&line("group "), &line("group ").replace('\n', " member-10\n")).replacen(
                    &witness,
                    &[witness.clone(), again].concat(),
                    1,
                )
            },
            "policy-malformed",
        ),
        refused(
            "policy-malformed-key",
            "A key whose identifier is another key's.",
            replaced("witness-0.example+", "witness-0.example+0"),
            "policy-malformed",
        ),
        refused(
            "policy-malformed-no-quorum",
            "No quorum.",
            replaced(&line("quorum "), ""),
            "policy-malformed",
        ),
        Case::refused(
            (Network, "too-long"),
            "128 KiB and one byte.",
            Document::Spaces((128 << 10) + 1),
            "too-long",
        ),
    ]
}

/// Notes of the version after the cooperative's first.
pub(super) fn notes(world: &World) -> Vec<Case> {
    let first = world.network();
    let second = first.propose(first.terms().clone(), NOW).expect("good terms");
    let third = second.propose(first.terms().clone(), NOW).expect("good terms");
    let text = second.to_toml();
    let quorum = OFFICES - 1;
    let of = |mut case: Case| {
        case.case.before = Some(first.to_toml());
        case
    };
    let refused = |name, description, note: String, code| {
        of(Case::refused((NetworkNote, name), description, note, code))
    };
    let good = |name, description, note: String| of(Case::good((NetworkNote, name), description, note));
    let whole = signed(&text, 0..quorum, 0..2);
    vec![
        good(
            "accept",
            "The next version, signed by three of four offices.",
            whole.clone(),
        ),
        good(
            "accept-known",
            "The version in force, as it stands on the ledger: there is nothing to do.",
            first.to_toml(),
        ),
        refused(
            "signatures-missing",
            "Signed by two of four offices.",
            signed(&text, 0..quorum - 1, 0..2),
            "signatures-missing",
        ),
        refused(
            "signatures-missing-post-quantum",
            "Signed by three of four Ed25519 keys, and by no key of ML-DSA-44.",
            signed(&text, 0..quorum, 0..1),
            "signatures-missing",
        ),
        refused(
            "signatures-missing-strangers",
            "Signed by four offices that this version has not.",
            signed(&text, OFFICES..2 * OFFICES, 0..2),
            "signatures-missing",
        ),
        refused(
            "note-signature-invalid",
            "Changed after it was signed.",
            whole.replacen("max-age-days = 400", "max-age-days = 401", 1),
            "note-signature-invalid",
        ),
        refused(
            "network-not-next",
            "The version after the next.",
            signed(&third.to_toml(), 0..quorum, 0..2),
            "network-not-next",
        ),
        refused(
            "network-not-next-history",
            "A next version that follows another one than this.",
            signed(&other_history(&second), 0..quorum, 0..2),
            "network-not-next",
        ),
        refused(
            "network-malformed-comment",
            "Signed with a comment, so that it has another hash than what it says.",
            signed(&format!("# Agreed on.\n{text}"), 0..quorum, 0..2),
            "network-malformed",
        ),
    ]
}

fn signed(text: &str, offices: core::ops::Range<u8>, kinds: core::ops::Range<usize>) -> String {
    let mut note = Note::new(text.into()).expect("a text");
    for member in offices {
        for signatory in &office(member)[kinds.clone()] {
            note.add(signatory.sign(&note)).expect("few signatures");
        }
    }
    note.to_string()
}

/// The same with another version before it.
fn other_history(network: &network::Network) -> String {
    let text = network.to_toml();
    let line = text.lines().find(|line| line.starts_with("previous = "));
    let line = line.expect("a version before it");
    text.replacen(line, &format!("previous = \"{}\"", "ab".repeat(32)), 1)
}
