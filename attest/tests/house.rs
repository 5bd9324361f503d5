//! The house rules that a compiler does not check: which crate may see which, and what the pure crates may pull in.

use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::Command,
};

/// Which house crates each pure crate may depend on.
const PURE: [(&str, &[&str]); 5] = [
    ("schemas", &[]),
    ("ledger", &["schemas"]),
    ("issuer", &["ledger", "schemas"]),
    ("wallet-core", &["ledger", "schemas"]),
    ("verifier", &["ledger", "schemas"]),
];

/// What edges share, besides what their roles see.
const SHARED: [(&str, &[&str]); 3] = [
    ("web", &[]),
    ("serve", &["schemas", "web"]),
    ("ledger-evm", &["ledger", "schemas"]),
];

/// Which pure role each edge crate wraps; besides it, an edge may see `ledger`, `schemas`, `serve` and `web`.
const EDGES: [(&str, &str); 8] = [
    ("ledger-node", "ledger"),
    ("issuer-server", "issuer"),
    ("wallet-file", "wallet-core"),
    ("wallet-page", "wallet-core"),
    ("wallet-bindings", "wallet-core"),
    ("verifier-server", "verifier"),
    ("scanner-page", "verifier"),
    ("verifier-bindings", "verifier"),
];

/// Crates that do I/O; none may stand below a pure crate.
const IMPURE: [&str; 6] = ["tokio", "mio", "hyper", "reqwest", "sqlx-core", "axum"];

/// The sources whose codes an operator sees: of failures, of alarms, and of services that are not ready.
const OPERATORS_SEE: [&str; 6] = [
    include_str!("../../ledger/node/src/error.rs"),
    include_str!("../../ledger/node/src/key/token/error.rs"),
    include_str!("../../ledger/node/src/storage/mod.rs"),
    include_str!("../../ledger/node/src/monitor/alarm.rs"),
    include_str!("../../ledger/node/src/log/reader.rs"),
    include_str!("../../ledger/node/src/monitor/http.rs"),
];

#[test]
fn the_runbook_has_an_entry_for_every_code() {
    // `=> "code"` of a match, and `"code: text` of `/readyz`.
    let is_code = |text: &&str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
    let of_match = |line: &'static str| line.split_once("=> \"")?.1.split('"').next().filter(is_code);
    let of_ready = |line: &'static str| {
        line.split_once('"')?
            .1
            .split_once(": ")
            .map(|(code, _)| code)
            .filter(is_code)
    };
    let lines = || OPERATORS_SEE.iter().flat_map(|source| source.lines());
    let mut codes: BTreeSet<&str> = lines().filter_map(of_match).collect();
    codes.extend(
        lines()
            .skip_while(|line| !line.contains("GET /readyz"))
            .filter_map(of_ready),
    );
    // The one code of an issuer that its operator must act on and that nobody else sees.
    codes.insert("issuer-behind");
    for known in [
        "log-stalled",
        "token-pin-refused",
        "storage-damaged",
        "quorum-missing",
        "logs-unread",
    ] {
        assert!(codes.contains(known), "{known}: {codes:?}");
    }

    let (_, runbook) = include_str!("../../docs/operators.md")
        .split_once("# Runbook")
        .expect("a runbook");
    let entries: BTreeMap<&str, &str> = runbook
        .split("\n### ")
        .skip(1)
        .filter_map(|entry| entry.split_once('\n'))
        .collect();
    for code in &codes {
        let entry = entries
            .get(code)
            .unwrap_or_else(|| panic!("docs/operators.md has no entry for {code}"));
        assert!(entry.contains("**Do:**") && entry.contains("**Over:**"), "{code}");
    }
    let stale: Vec<_> = entries.keys().filter(|code| !codes.contains(*code)).collect();
    assert!(stale.is_empty(), "codes of nothing: {stale:?}");
}

#[test]
fn dependencies_point_one_way() {
    let graph = Graph::read();
    for (name, allowed) in PURE.into_iter().chain(SHARED) {
        let seen = graph.house_dependencies(name);
        assert!(
            seen.iter().all(|dep| allowed.contains(&&**dep)),
            "{name} sees {seen:?}, may see {allowed:?}"
        );
    }
    for (name, role) in EDGES {
        let seen = graph.house_dependencies(name);
        let mut allowed = vec![role, "ledger", "schemas", "serve", "web"];
        // The door's server has its page; the issuer's has none of a wallet, which the binary puts beside it.
        if name == "verifier-server" {
            allowed.push("scanner-page");
        }
        // A chain is for those who have a ledger at hand; no page and no issuer or wallet talks to one.
        if matches!(name, "verifier-server" | "ledger-node") {
            allowed.push("ledger-evm");
        }
        assert!(
            seen.iter().all(|dep| allowed.contains(&&**dep)),
            "{name} sees {seen:?}, may see {allowed:?}"
        );
    }
}

#[test]
fn pure_crates_pull_in_nothing_that_does_io() {
    let graph = Graph::read();
    for (name, _) in PURE {
        let below = graph.all_below(name);
        let impure: Vec<_> = IMPURE.iter().filter(|dep| below.contains(**dep)).collect();
        assert!(impure.is_empty(), "{name} pulls in {impure:?}");
    }
}

/// `docs/privacy.md` names what shows each claim: a file, or a file and the name of a test or function in it.
#[test]
fn what_the_privacy_page_names_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let page = fs::read_to_string(root.join("docs/privacy.md")).expect("the page");
    let named: Vec<&str> = page.split('`').skip(1).step_by(2).collect();
    let between: Vec<&str> = page.split('`').step_by(2).skip(1).collect();
    let is_path = |name: &str| name.contains('/') && !name.contains(' ');
    let mut paths = 0;
    for (index, path) in named.iter().enumerate().filter(|(_, name)| is_path(name)) {
        let file = ["", "issuer/server/src"]
            .map(|folder| root.join(folder).join(path))
            .into_iter()
            .find(|file| file.exists());
        let file = file.unwrap_or_else(|| panic!("{path} is not there"));
        paths += 1;
        if between[index].trim() == ":"
            && let Some(name) = named.get(index + 1)
        {
            let text = fs::read_to_string(file).expect("a text");
            assert!(text.contains(name), "{path} has no {name}");
        }
    }
    assert!(paths > 30, "{paths}");
}

struct Graph {
    /// Normal dependencies by package name.
    edges: BTreeMap<String, BTreeSet<String>>,
    house: BTreeSet<String>,
}

impl Graph {
    fn read() -> Self {
        let output = Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--locked"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .expect("cargo runs");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
        let array = |value: &Value| value.as_array().expect("an array").clone();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let names: BTreeMap<String, String> = array(&metadata["packages"])
            .iter()
            .map(|p| (text(&p["id"]), text(&p["name"])))
            .collect();
        let members: BTreeSet<String> = array(&metadata["workspace_members"]).iter().map(text).collect();
        let edges = array(&metadata["resolve"]["nodes"])
            .iter()
            .map(|node| {
                let normal = array(&node["deps"]).into_iter().filter(|dep| {
                    array(&dep["dep_kinds"])
                        .iter()
                        .any(|kind| kind["kind"].is_null() && !is_for_wasm(&kind["target"]))
                });
                let targets = normal.map(|dep| names[&text(&dep["pkg"])].clone()).collect();
                (names[&text(&node["id"])].clone(), targets)
            })
            .collect();
        Self {
            edges,
            house: members.iter().map(|id| names[id].clone()).collect(),
        }
    }

    fn house_dependencies(&self, name: &str) -> BTreeSet<String> {
        self.edges[name].intersection(&self.house).cloned().collect()
    }

    fn all_below(&self, name: &str) -> BTreeSet<String> {
        let mut below = BTreeSet::new();
        let mut open = vec![name.to_owned()];
        while let Some(next) = open.pop() {
            for dep in &self.edges[&next] {
                if below.insert(dep.clone()) {
                    open.push(dep.clone());
                }
            }
        }
        below
    }
}

fn is_for_wasm(target: &Value) -> bool {
    target
        .as_str()
        .is_some_and(|target| target == "cfg(target_family = \"wasm\")")
}
