//! The wallet on the command line: what it asks, shows and refuses.

use super::world::*;
use std::fs;

/// On a terminal the passphrase is asked for and not echoed, and a code counts down to the next one.
pub fn asks_and_counts_down(place: &Place) {
    const ASK: &str = "Passphrase of the wallet: ";
    const AGAIN: &str = "Once more: ";
    let create = ["wallet", "--vault", "asked.age", "create"];
    let said = place.on_terminal(&create, &[(ASK, "a b c d\n"), (AGAIN, "a b c e\n")]);
    assert!(said.contains("[passphrases-differ]"), "{said}");
    assert!(!said.contains("a b c"), "{said}");
    assert!(!place.path("asked.age").exists());
    let said = place.on_terminal(&create, &[(ASK, "a b c d\n"), (AGAIN, "a b c d\n")]);
    assert!(said.contains("Nobody can open it"), "{said}");
    let list = ["wallet", "--vault", "asked.age", "list"];
    let said = place.on_terminal(&list, &[(ASK, "wrong\n")]);
    assert!(said.contains("[file-wrong-passphrase]"), "{said}");
    let said = place.on_terminal(&list, &[(ASK, "a b c d\n")]);
    assert!(!said.contains('['), "{said}");

    place.write("passphrase", PASSPHRASE);
    let show = [
        "wallet",
        "--vault",
        "wallet.age",
        "--passphrase-file",
        "passphrase",
        "show",
        "0",
        "--reuse",
    ];
    let said = place.on_terminal(&show, &[("A new code in 2", "\x03")]);
    assert!(said.contains("Ctrl-C ends it."), "{said}");
}

/// The print for travel is smaller, and says everything but that it is on the ledger.
pub fn prints_for_travel(place: &Place, network: &str) {
    place.ok(&["wallet", "--vault", "travel.age", "create"]);
    place.ok(&["wallet", "--vault", "travel.age", "import", "paper.txt"]);
    let show = |how: &[&'static str]| [&["wallet", "--vault", "travel.age", "show", "0"][..], how].concat();
    place.ok(&show(&["--png", "paper.png"]));
    place.ok(&show(&["--travel", "--png", "travel.png"]));
    place.refused(&show(&["--travel", "--png", "travel.png"]), "output-exists");
    let verify = |code| place.run(&["verify", "--network", network, "--ledger", "stick", code]);
    assert_eq!(
        verify("paper.png").status.code(),
        Some(0),
        "{}",
        text(&verify("paper.png").stdout)
    );
    let travel = verify("travel.png");
    assert_eq!(travel.status.code(), Some(3), "{}", text(&travel.stdout));
    assert!(
        text(&travel.stdout).contains("proof-missing"),
        "{}",
        text(&travel.stdout)
    );
}

pub fn is_never_written_over(place: &Place) {
    let wallet = |rest: &[&'static str]| [&["wallet", "--vault", "wallet.age"][..], rest].concat();
    let good = fs::read(place.path("wallet.age")).expect("a wallet");
    place.refused(&wallet(&["create"]), "file-exists");
    place.write("wrong", "another one\n");
    let wrong = [
        "wallet",
        "--vault",
        "wallet.age",
        "--passphrase-file",
        "wrong",
        "list",
    ];
    place.refused(&wrong, "file-wrong-passphrase");
    place.refused(&["wallet", "--vault", "none.age", "list"], "file-missing");
    place.refused(&wallet(&["show", "7"]), "not-held");
    place.refused(&wallet(&["import", "AT1:ABC"]), "import-is-a-presentation");
    place.refused(
        &wallet(&["pick-up", "{}", "--network", "network/network.toml"]),
        "offer-malformed",
    );
    assert_eq!(fs::read(place.path("wallet.age")).expect("a wallet"), good);
    // What goes to another device comes back there.
    place.ok(&wallet(&["export", "export.age"]));
    place.refused(&wallet(&["export", "wallet.age"]), "file-exists");
    place.ok(&["wallet", "--vault", "other.age", "create"]);
    place.ok(&["wallet", "--vault", "other.age", "restore", "export.age"]);
    assert!(
        place
            .ok(&["wallet", "--vault", "other.age", "list"])
            .contains("no copy left")
    );
    place.ok(&["wallet", "--vault", "other.age", "remove", "0"]);
    assert_eq!(place.ok(&["wallet", "--vault", "other.age", "list"]), "");
    // Damage is told, and left.
    let mut damaged = good;
    *damaged.last_mut().expect("a byte") ^= 1;
    place.write("wallet.age", &damaged);
    place.refused(&wallet(&["list"]), "file-damaged");
    assert_eq!(fs::read(place.path("wallet.age")).expect("a wallet"), damaged);
}
