//! A release on the ledger: the registrar signs its manifest, the log takes it, and an executable finds out what it is.

use super::world::*;
use std::{fs, os::unix::fs::PermissionsExt, process::Command};

const NETWORK: &str = "network/network.toml";
const VIEWS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/views");

/// What an executable says of itself: its exit code, and the line with the answer.
fn asked(place: &Place, executable: &str, more: &[&str]) -> (i32, String) {
    let output = Command::new(executable)
        .args(["version", "--verify"])
        .args(more)
        .current_dir(place.0.path())
        .output()
        .expect("it runs");
    let said = text(&output.stdout);
    let answer = said.lines().last().unwrap_or_default().to_owned();
    (
        output.status.code().expect("it exits"),
        format!("{answer}{}", text(&output.stderr)),
    )
}

fn manifest(place: &Place, sbom: &str) -> String {
    let binary = env!("CARGO_BIN_EXE_attest");
    let mut arguments = vec!["release", "manifest", "--binary", binary, "--sbom", sbom];
    arguments.extend(["--target", "x86_64-unknown-linux-gnu"]);
    arguments.extend(["--rustc", "rustc 1.95.0", "--cc", "cc 12.2.0"]);
    place.ok(&arguments)
}

#[test]
fn an_executable_is_a_known_release_or_is_not() {
    let place = Place::new();
    let cooperative = found(&place);
    let own = env!("CARGO_BIN_EXE_attest");
    let online = ["--network", NETWORK];
    let said = place.ok(&["version"]);
    assert_eq!(said, format!("attest {}\n", env!("CARGO_PKG_VERSION")));

    // Nothing is a release before one was published.
    let (code, said) = asked(&place, own, &online);
    assert_eq!(code, 1, "{said}");
    assert!(said.starts_with("release-unknown"), "{said}");

    // The registrar signs it, and says the same again when asked again.
    place.write("sbom.json", "{}");
    place.write("manifest.json", manifest(&place, "sbom.json"));
    let signed = place.ok(&["release", "sign", "registrar", "manifest.json"]);
    assert_eq!(
        signed,
        place.ok(&["release", "sign", "registrar", "manifest.json"])
    );
    place.write("signed.json", &signed);
    let publish = ["issuer-key", "publish", "signed.json", "--network", NETWORK];
    assert!(place.ok(&publish).ends_with(": entry 1\n"));
    assert!(
        place.ok(&publish).ends_with(": entry 1\n"),
        "it stays where it is"
    );
    let (code, said) = asked(&place, own, &online);
    assert_eq!(code, 0, "{said}");
    assert!(
        said.starts_with("release-known  release 0.1.0 for ") && said.ends_with("; the latest"),
        "{said}"
    );

    // One changed byte at its end, and it is none; its pages are.
    let mut bytes = fs::read(own).expect("a file");
    bytes.push(0);
    place.write("changed", bytes);
    let changed = place.path("changed");
    fs::set_permissions(&changed, fs::Permissions::from_mode(0o755)).expect("a file");
    let (code, said) = asked(&place, changed.to_str().expect("a name"), &online);
    assert_eq!(code, 1, "{said}");
    assert!(
        said.starts_with("release-unknown") && said.contains("its pages are those of release 0.1.0"),
        "{said}"
    );

    // A later release, and the files on a stick: the earlier one is still known, and says that there is a later one.
    let later =
        manifest(&place, "manifest.json").replace(&format!("\"{}\"", env!("CARGO_PKG_VERSION")), "\"0.2.0\"");
    let binary = later
        .lines()
        .find(|line| line.contains("\"binary\""))
        .expect("a line");
    place.write(
        "later.json",
        later.replace(binary, &format!("  \"binary\": \"{}\",", "ab".repeat(32))),
    );
    let signed = place.ok(&["release", "sign", "registrar", "later.json"]);
    place.write("signed.json", signed);
    assert!(place.ok(&publish).ends_with(": entry 2\n"));
    place.ok(&[
        "ledger",
        "mirror",
        &cooperative.log_url,
        "--into",
        "stick",
        "--network",
        NETWORK,
    ]);
    let stick = ["--network", NETWORK, "--ledger", "stick"];
    let (code, said) = asked(&place, own, &stick);
    assert_eq!(code, 0, "{said}");
    assert!(said.ends_with("; the latest is 0.2.0"), "{said}");

    // What cannot be told is not told.
    let objects = fs::read_dir(place.path("stick/object")).expect("a folder");
    for object in objects.flatten() {
        fs::write(object.path(), "{}").expect("a file");
    }
    let (code, said) = asked(&place, own, &stick);
    assert_eq!(code, 3, "{said}");
    assert!(said.starts_with("release-manifest-missing"), "{said}");
    assert!(cooperative.log.stop().success());
    let (code, said) = asked(&place, own, &online);
    assert_eq!(code, 3, "{said}");
    assert!(said.starts_with("source-unavailable"), "{said}");
    let [network, current] = [format!("{VIEWS}/network.toml"), format!("{VIEWS}/current")];
    let (code, said) = asked(&place, own, &["--network", &network, "--ledger", &current]);
    assert_eq!(code, 3, "{said}");
    assert!(said.starts_with("view-stale"), "{said}");

    // Nor is anything signed or published that is no release.
    place.refused(
        &["release", "sign", "registrar", "sbom.json"],
        "release-malformed",
    );
    place.refused(&publish, "not-everywhere");
}
