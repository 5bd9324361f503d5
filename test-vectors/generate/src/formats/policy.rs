//! Policies: whatever is not understood refuses the whole document.

use super::{Case, Document};
use crate::case::Format::{PolicyJson, PolicyToml};

const DEFAULTS: &str = r#"shapes = ["sd-cwt", "hcert"]
disclosure = "initials"
foreign = "refused"
reading = "strict"

[tests]
pcr = "48h"
rapid = "24h"

[ledger]
quorum = 7
max-view-age = "1h"
grace = "off"
chain = "off"
signatures = "any"
"#;

const CHAIN: &str = r#"[ledger.chain.required]
id = 1337
contract = "ADDRESS"
max-age = "72h"

[ledger.chain.required.anchored-by]
"ledger.example/log" = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"
"#;

pub(super) fn cases() -> Vec<Case> {
    let toml = |name, description, text: &str| {
        Case::refused((PolicyToml, name), description, text, "policy-malformed")
    };
    let json = |name, description, text: &str| {
        Case::refused((PolicyJson, name), description, text, "policy-malformed")
    };
    vec![
        Case::good((PolicyToml, "accept"), "The defaults, written out.", DEFAULTS),
        Case::good((PolicyToml, "accept-empty"), "Everything left out.", ""),
        Case::good(
            (PolicyToml, "accept-limits"),
            "Every limit at its edge.",
            "[tests]\npcr = \"168h\"\n[ledger]\nquorum = 255\nmax-view-age = \"72h\"\ngrace = \"10m\"\n",
        ),
        Case::good(
            (PolicyToml, "accept-chain"),
            "A chain that is required, by addresses in either case.",
            CHAIN.replace("ADDRESS", "0x5FbDB2315678afecb367f032d93F642f64180aa3"),
        ),
        toml(
            "policy-malformed-chain-address",
            "An address of 19 bytes.",
            &CHAIN.replace("ADDRESS", "0xFbDB2315678afecb367f032d93F642f64180aa3"),
        ),
        Case::good(
            (PolicyToml, "accept-post-quantum"),
            "Nothing counts but hashes and ML-DSA-44.",
            "[ledger]\nsignatures = \"post-quantum\"\n",
        ),
        toml(
            "policy-malformed-signatures",
            "Signatures that are not known.",
            "[ledger]\nsignatures = \"classical\"\n",
        ),
        toml(
            "policy-malformed-signatures-grace",
            "Grace rests on ES256, which is not to count.",
            "[ledger]\nsignatures = \"post-quantum\"\ngrace = \"10m\"\n",
        ),
        json(
            "policy-malformed-signatures-foreign",
            "Foreign certificates rest on ES256 or RSA, which is not to count.",
            r#"{ "foreign": { "by-rules-of": "DE" }, "ledger": { "signatures": "post-quantum" } }"#,
        ),
        toml("policy-malformed", "An unknown word.", "quorum = 7\n"),
        toml("policy-malformed-syntax", "No TOML.", "shapes = [\n"),
        toml(
            "policy-malformed-grace",
            "A grace of eleven minutes.",
            "[ledger]\ngrace = \"11m\"\n",
        ),
        toml(
            "policy-malformed-grace-seconds",
            "A grace of 601 seconds.",
            "[ledger]\ngrace = \"601s\"\n",
        ),
        toml(
            "policy-malformed-quorum",
            "A quorum of nobody.",
            "[ledger]\nquorum = 0\n",
        ),
        toml(
            "policy-malformed-view-age",
            "A view of 73 hours ago.",
            "[ledger]\nmax-view-age = \"73h\"\n",
        ),
        toml(
            "policy-malformed-test-age",
            "A test of 169 hours ago.",
            "[tests]\npcr = \"169h\"\n",
        ),
        toml(
            "policy-malformed-span",
            "A span of no time.",
            "[tests]\npcr = \"0h\"\n",
        ),
        toml(
            "policy-malformed-leading-zero",
            "A span with a leading zero.",
            "[tests]\npcr = \"048h\"\n",
        ),
        toml(
            "policy-malformed-outcome",
            "An outcome that is accepted: there is no word for one.",
            "[tests]\noutcome = \"detected\"\n",
        ),
        toml(
            "policy-malformed-disclosure",
            "An unknown disclosure.",
            "disclosure = \"nothing\"\n",
        ),
        toml(
            "policy-malformed-country",
            "A country of three letters.",
            "foreign = { by-rules-of = \"DEU\" }\n",
        ),
        Case::refused(
            (PolicyToml, "too-long"),
            "64 KiB and one byte.",
            Document::Spaces((64 << 10) + 1),
            "too-long",
        ),
        Case::good(
            (PolicyJson, "accept"),
            "A policy in JSON.",
            r#"{ "disclosure": "person", "ledger": { "grace": "90s" } }"#,
        ),
        json(
            "policy-malformed",
            "An unknown word.",
            r#"{ "tests": { "antibody": "24h" } }"#,
        ),
        json(
            "policy-malformed-array",
            "Values by their position, without their names.",
            r#"[["hcert"], "initials"]"#,
        ),
        json(
            "policy-malformed-array-inner",
            "Values by their position within a member.",
            r#"{ "tests": ["48h", "24h"] }"#,
        ),
        json(
            "policy-malformed-trailing",
            "Something after the document.",
            r#"{} { "disclosure": "result-only" }"#,
        ),
        json(
            "policy-malformed-twice",
            "A member twice.",
            r#"{ "disclosure": "person", "disclosure": "result-only" }"#,
        ),
        Case::refused(
            (PolicyJson, "too-long"),
            "64 KiB and one byte.",
            Document::Spaces((64 << 10) + 1),
            "too-long",
        ),
    ]
}
