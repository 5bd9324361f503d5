use super::*;
use ledger::{
    cosignature::CosignerKey,
    note::{KeyName, SignerKey},
};
use schemas::crypto::{P256Point, SigningKey as _, aws_lc::SigningKey};

fn name(name: &str) -> KeyName {
    format!("attest.example/{name}").parse().unwrap()
}

/// The founding document of four members whose offices are in `folder`.
fn founded(folder: &Path, registrar: P256Point) -> (Network, PathBuf) {
    let mut lines = vec![format!(
        "log {}",
        SignerKey::from_seed(name("log"), &[1; 32]).verifier()
    )];
    for member in 1..=4 {
        let witness = CosignerKey::from_seed(name(&format!("witness-{member}")), &[member; 32]);
        lines.push(format!("witness {member} {}", witness.key()));
        let office = folder.join(format!("office-{member}"));
        lines.extend(office_lines(&office, &format!("attest.example/office-{member}")).unwrap());
    }
    let file = folder.join("lines");
    std::fs::write(&file, lines.join("\n") + "\n").unwrap();
    let found = Found {
        registrar_post_quantum: None,
        registrar: issuer_key::hex(&registrar),
        agreed: agreed(&file, 400),
        into: folder.join("founded"),
    };
    found.run().unwrap();
    let network = folder.join("founded/network.toml");
    (read_network(&network).unwrap(), network)
}

fn agreed(lines: &Path, max_age: u16) -> Agreed {
    Agreed {
        members: vec![lines.to_owned()],
        quorum: None,
        signatures: None,
        max_age,
    }
}

pub fn network(registrar: P256Point) -> Network {
    founded(tempfile::tempdir().unwrap().path(), registrar).0
}

fn registrar() -> P256Point {
    SigningKey::generate().unwrap().public()
}

/// The file of what an office prints when it signs.
fn signatures(folder: &Path, member: u8, proposal: &str) -> PathBuf {
    let office = Office::open(&folder.join(format!("office-{member}"))).unwrap();
    let lines = office.sign(&Note::new(proposal.into()).unwrap());
    let file = folder.join(format!("signature-{member}"));
    std::fs::write(&file, lines.map(|line| line.to_string()).concat()).unwrap();
    file
}

#[test]
fn a_ceremony_from_the_proposal_to_the_version_in_force() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (first, network) = founded(folder, registrar());
    let terms = agreed(&folder.join("lines"), 30)
        .terms(registrar(), None)
        .unwrap();
    let proposed = first.propose(terms, now()).unwrap();
    assert_eq!(
        changes(&first, &proposed).len(),
        2,
        "{:?}",
        changes(&first, &proposed)
    );
    let proposal = folder.join("proposal.toml");
    std::fs::write(&proposal, proposed.to_toml()).unwrap();
    sign(&folder.join("office-1"), &proposal, &network).unwrap();

    let files: Vec<PathBuf> = (1..=3)
        .map(|member| signatures(folder, member, &proposed.to_toml()))
        .collect();
    let into = folder.join("second");
    let few = enact(&proposal, &files[..2], &network, &into).unwrap_err();
    assert_eq!(few.code(), "signatures-missing");
    enact(&proposal, &files, &network, &into).unwrap();
    assert_eq!(read_network(&into.join("network.toml")).unwrap(), proposed);
    // The note is enough for whoever has the version before, and is not the version after itself.
    let note = into.join("network-1.note");
    enact(&note, &[], &network, &folder.join("elsewhere")).unwrap();
    let again = enact(&note, &[], &into.join("network.toml"), &folder.join("third")).unwrap_err();
    assert_eq!(again.code(), "network-not-next");
    let over = enact(&note, &[], &network, &into).unwrap_err();
    assert_eq!(over.code(), "output-exists");
}

#[test]
fn what_cannot_come_into_force_is_not_signed() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let (first, network) = founded(folder, registrar());
    let next = first.propose(first.terms().clone(), now()).unwrap();
    let after = next.propose(first.terms().clone(), now()).unwrap();
    let proposal = folder.join("proposal.toml");
    for wrong in [
        after.to_toml(),
        first.to_toml(),
        format!("# Now.\n{}", next.to_toml()),
    ] {
        std::fs::write(&proposal, wrong).unwrap();
        let refused = sign(&folder.join("office-1"), &proposal, &network).unwrap_err();
        assert_eq!(refused.code(), "network-not-next");
    }
}
