//! Network documents.

use super::{Case, Document};
use crate::{case::Format::Network, world::World};

pub(super) fn cases(world: &World) -> Vec<Case> {
    let good = world.network().to_toml();
    let replaced = |from: &str, to: &str| {
        assert!(good.contains(from), "{from} stands in the document");
        good.replacen(from, to, 1)
    };
    let registrar = good.lines().next().unwrap_or_default();
    let line = |start: &str| {
        let found = good.lines().find(|line| line.starts_with(start));
        format!("{}\n", found.unwrap_or_default())
    };
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
