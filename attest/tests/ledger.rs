//! `attest ledger`: a mirror of a running log, a look at one that was stopped, its repair, and a log in an object store.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

#[path = "../../ledger/node/tests/common/s3.rs"]
mod s3;
#[path = "roles/world.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod world;

use axum::{Router, http::StatusCode, http::Uri};
use ledger_node::storage::S3Config;
use s3::S3Server;
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    time::Duration,
};
use world::{Place, QUORUM, found, found_with, open_issuer};

const CHECK: [&str; 4] = ["ledger", "check", "--config", "log/log.toml"];

/// Copies until the issuer's key event is in the copy.
fn mirror(place: &Place, url: &str) {
    let command = [
        "ledger",
        "mirror",
        url,
        "--into",
        "mirror",
        "--network",
        "network/network.toml",
    ];
    // For a minute.
    for _ in 0..300 {
        let output = place.run(&command);
        let said = world::text(&output.stdout);
        if output.status.success() && place.path("mirror/object").is_dir() {
            assert!(said.starts_with("mirror: "), "{said}");
            return;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("nothing was copied: {:?}", place.run(&command));
}

/// The log starts, answers, and stops when it is told to.
async fn runs(place: &Place) {
    let (log, url) = place.start(&["ledger", "--config", "log/log.toml"]);
    let answer = reqwest::get(format!("{url}/healthz")).await.unwrap();
    assert!(answer.status().is_success());
    assert!(log.stop().success());
}

/// The files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found.sort();
    found
}

/// A static server of a folder, as any would do.
async fn serve(folder: PathBuf) -> String {
    let file = move |uri: Uri| async move {
        fs::read(folder.join(&uri.path()[1..])).map_err(|_| StatusCode::NOT_FOUND)
    };
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, Router::new().fallback(file)).await });
    url
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_mirrored_and_mended_from_its_mirror() {
    let place = Place::new();
    let cooperative = found(&place);
    let issuer = open_issuer(&place, &cooperative);
    mirror(&place, &cooperative.log_url);
    let said = place.refused(&CHECK, "storage-locked");
    assert!(said.contains("stop that one first"), "{said}");
    assert!(issuer.process.stop().success());
    mirror(&place, &cooperative.log_url);
    assert!(cooperative.log.stop().success());
    mirror(&place, "log/files");
    let said = place.ok(&[
        "ledger",
        "mirror",
        "log/files",
        "--into",
        "mirror",
        "--network",
        "network/network.toml",
    ]);
    assert!(said.contains("of which 0 are new"), "{said}");
    let other = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
    place.refused(
        &[
            "ledger",
            "mirror",
            "log/files",
            "--into",
            "other",
            "--vkey",
            other,
        ],
        "checkpoint-origin-unknown",
    );
    assert!(place.ok(&CHECK).contains("entries signed"));

    // A damaged copy with post-quantum cosignatures is named; no mirror has it, and the log does without it.
    let copy = place.path("log/files/checkpoint-post-quantum");
    let whole = fs::read(&copy).unwrap();
    fs::write(&copy, &whole[..whole.len() - 9]).unwrap();
    let output = place.run(&CHECK);
    let said = world::text(&output.stdout);
    assert!(
        said.contains("checkpoint-post-quantum: it is cut off or changed; remove it"),
        "{said}"
    );
    fs::remove_file(&copy).unwrap();
    place.ok(&CHECK);

    // Everything that is not the log's own is damaged in one of three ways, and mended from a folder and over HTTP.
    let own = ["head", "lock"];
    let root = place.path("log/files");
    let whole: Vec<(PathBuf, Vec<u8>)> = files(&root)
        .into_iter()
        .filter(|path| !own.iter().any(|own| path.ends_with(own)))
        .map(|path| (path.clone(), fs::read(path).unwrap()))
        .collect();
    assert!(whole.len() > 4, "{whole:?}");
    let url = serve(place.path("mirror")).await;
    for from in ["mirror", &url] {
        for (at, (path, bytes)) in whole.iter().enumerate() {
            match at % 3 {
                0 => fs::write(path, &bytes[..bytes.len() / 2]).unwrap(),
                1 => fs::remove_file(path).unwrap(),
                _ => {
                    let mut flipped = bytes.clone();
                    flipped[bytes.len() / 2] ^= 1;
                    fs::write(path, flipped).unwrap();
                }
            }
        }
        place.refused(&CHECK, "ledger-damaged");
        place.refused(&["ledger", "--config", "log/log.toml"], "storage-damaged");
        let repair = [
            "ledger",
            "repair",
            "--config",
            "log/log.toml",
            "--from-mirror",
            from,
        ];
        let said = place.ok(&repair);
        assert!(said.contains(": mended"), "{said}");
        place.ok(&CHECK);
        for (path, bytes) in &whole {
            // A narrow tile that nobody needs may stay away.
            assert!(
                fs::read(path).map_or(true, |now| now == *bytes),
                "{}",
                path.display()
            );
        }
    }
    runs(&place).await;

    // What the log alone has.
    let head = root.join("head");
    let mut bytes = fs::read(&head).unwrap();
    bytes[40] ^= 1;
    fs::write(&head, &bytes).unwrap();
    let repair = [
        "ledger",
        "repair",
        "--config",
        "log/log.toml",
        "--from-mirror",
        "mirror",
    ];
    place.refused(&repair, "ledger-damaged");
    assert_eq!(fs::read(&head).unwrap(), bytes);
    place.refused(&["ledger", "--config", "log/log.toml"], "storage-damaged");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_made_and_run_in_an_object_store() {
    let Some(server) = tokio::task::spawn_blocking(|| S3Server::start(1)).await.unwrap() else {
        return;
    };
    let place = Place::new();
    let config = server.config(None);
    let credentials = config.credentials_file.unwrap();
    let endpoint = config.endpoint.unwrap();
    let store = [
        "--s3-bucket",
        &config.bucket,
        "--s3-prefix",
        "some/log",
        "--s3-endpoint",
        &endpoint,
    ];
    let store = [&store[..], &["--s3-credentials", credentials.to_str().unwrap()]].concat();
    let cooperative = found_with(&place, QUORUM, &store);
    assert!(!place.path("log/files").exists());
    let issuer = open_issuer(&place, &cooperative);
    mirror(&place, &cooperative.log_url);
    assert!(issuer.process.stop().success());
    mirror(&place, &cooperative.log_url);
    assert!(cooperative.log.stop().success());

    let said = place.ok(&["ledger", "--config", "log/log.toml", "--print-config"]);
    assert!(
        said.contains("[files.s3]") && said.contains("prefix = \"some/log\""),
        "{said}"
    );
    assert!(!said.contains("not-a-secret"), "{said}");
    place.ok(&CHECK);
    server.put("some/log/checkpoint", b"damaged");
    place.refused(&CHECK, "ledger-damaged");
    place.ok(&[
        "ledger",
        "repair",
        "--config",
        "log/log.toml",
        "--from-mirror",
        "mirror",
    ]);
    runs(&place).await;

    // Settings that cannot be used are named, and no secret is.
    fs::set_permissions(&credentials, fs::Permissions::from_mode(0o644)).unwrap();
    let said = place.refused(&CHECK, "storage-config");
    assert!(
        said.contains("`credentials_file`") && said.contains("make it 600"),
        "{said}"
    );
    let text = fs::read_to_string(place.path("log/log.toml")).unwrap();
    place.write("log/wrong.toml", text.replace("prefix =", "prefixes ="));
    let said = place.refused(
        &["ledger", "check", "--config", "log/wrong.toml"],
        "config-malformed",
    );
    assert!(said.contains("prefixes"), "{said}");
}
