//! `attest version`: which version this is, and what the ledger says of it.

use crate::{
    Error,
    print::say,
    release::{Manifest, Sha256, hash_of, pages},
};
use clap::Args;
use ledger::{entry::Subject, state::Contradiction};
use schemas::{Hash, IssuerNumber};
use std::path::PathBuf;
use verifier_server::{DoorFiles, OpenDoor, now};

/// Longest time that a view of the ledger may be old: releases are rare, and a stick travels.
const MAX_VIEW_SECONDS: i64 = 3 * 86_400;

/// Print the version. With `--verify`, hash this executable and its pages, and ask the ledger which release they are. Exit codes:
/// 0 a known release, 1 none, 2 wrong input, 3 cannot be told.
#[derive(Args, Debug)]
pub struct Version {
    /// Ask the ledger.
    #[arg(long, requires = "network")]
    verify: bool,
    /// The cooperative's network document (TOML): the registrar's key and the members.
    #[arg(long, value_name = "FILE", requires = "verify")]
    network: Option<PathBuf>,
    /// The ledger's static files: a URL, or a folder such as a USB stick. Default: the first log of the network document.
    #[arg(long, value_name = "URL|FOLDER", requires = "verify")]
    ledger: Option<String>,
}

/// What the ledger says of an executable.
enum Answer {
    /// It is this release, and the latest there is for its machines or not.
    Known {
        manifest: Manifest,
        newer: Option<String>,
    },
    /// No release that the ledger names is this executable. Its pages may be those of one.
    Unknown { pages_of: Option<String> },
    /// The registrar said two things about a release.
    Contradicted,
    /// What is known of the ledger is too old, or not all there.
    CannotBeTold { code: &'static str, reason: String },
}

impl Answer {
    /// The stable code.
    fn code(&self) -> &'static str {
        match self {
            Self::Known { .. } => "release-known",
            Self::Unknown { .. } => "release-unknown",
            Self::Contradicted => "release-contradicted",
            Self::CannotBeTold { code, .. } => code,
        }
    }

    fn exit(&self) -> u8 {
        match self {
            Self::Known { .. } => 0,
            Self::Unknown { .. } | Self::Contradicted => 1,
            Self::CannotBeTold { .. } => 3,
        }
    }
}

impl Version {
    pub async fn run(&self) -> Result<u8, Error> {
        say!("attest {}", env!("CARGO_PKG_VERSION"));
        let Some(network) = self.network.as_ref().filter(|_| self.verify) else {
            return Ok(0);
        };
        let executable = std::env::current_exe().map_err(|source| Error::Unreadable {
            path: "the executable".into(),
            source,
        })?;
        let binary = hash_of(&executable)?;
        say!("executable  sha256 {}", binary.0);
        let door = OpenDoor::open(&DoorFiles {
            network: Some(network.clone()),
            ledger: self.ledger.clone(),
            ..DoorFiles::default()
        })?;
        let answer = match door.sync().await {
            Ok(_) => ask(&door, binary).await,
            Err(error) => Answer::CannotBeTold {
                code: error.code(),
                reason: error.to_string(),
            },
        };
        say!("{}  {}", answer.code(), explain(&answer));
        Ok(answer.exit())
    }
}

async fn ask(door: &OpenDoor, binary: Sha256) -> Answer {
    // 1. The entries, as of when.
    let (releases, as_of, contradicted, in_force) = {
        let view = door.view().expect("the network was named");
        let of_releases = |(issuer, evidence): (IssuerNumber, &Contradiction)| {
            let forked = match evidence {
                Contradiction::Forked { later, .. } => Some(later.entry().subject()),
                _ => None,
            };
            issuer == IssuerNumber(0) && matches!(forked, Some(Subject::Release(_)))
        };
        let state = view.state();
        let releases: Vec<Hash> = state.releases().map(|(_, hash)| hash).collect();
        let contradicted = state.evidence().any(of_releases);
        let in_force = view.network().in_force(now());
        (releases, view.as_of(), contradicted, in_force)
    };
    if contradicted {
        return Answer::Contradicted;
    }
    if let Err(too_old) = in_force {
        return Answer::CannotBeTold {
            code: too_old.code(),
            reason: too_old.to_string(),
        };
    }
    let age = as_of.map_or(i64::MAX, |as_of| now().since(as_of));
    if age > MAX_VIEW_SECONDS {
        return Answer::CannotBeTold {
            code: "view-stale",
            reason: format!(
                "these files of the ledger were cosigned {} hours ago, and at most {} are enough: fetch newer ones",
                age / 3_600,
                MAX_VIEW_SECONDS / 3_600
            ),
        };
    }
    // 2. Their manifests, the latest first.
    let source = door.source().expect("the network was named");
    let (own, mut newer, mut pages_of) = (pages(), None, None);
    for hash in releases {
        let manifest = match source.read(&format!("object/{hash}")).await {
            Ok(bytes) if Hash::of(&[&bytes]) == hash => Manifest::parse(&bytes),
            Ok(_) | Err(_) => {
                return Answer::CannotBeTold {
                    code: "release-manifest-missing",
                    reason: format!(
                        "object/{hash} is not there or is another one: ask another log or mirror"
                    ),
                };
            }
        };
        // What a later version of this software writes is not ours to judge.
        let Some(manifest) = manifest else { continue };
        if manifest.binary == binary {
            return Answer::Known { newer, manifest };
        }
        if manifest.pages == own && pages_of.is_none() {
            pages_of = Some(manifest.version.clone());
        }
        newer = newer.or(Some(manifest.version));
    }
    Answer::Unknown { pages_of }
}

fn explain(answer: &Answer) -> String {
    match answer {
        Answer::Known { manifest, newer } => {
            let latest = match newer {
                None => "the latest".to_owned(),
                Some(version) => format!("the latest is {version}"),
            };
            format!("release {} for {}; {latest}", manifest.version, manifest.target)
        }
        Answer::Unknown { pages_of } => {
            let pages = match pages_of {
                Some(version) => format!("its pages are those of release {version}"),
                None => "nor are its pages those of one".to_owned(),
            };
            format!(
                "this executable is no release that the ledger names; {pages}. If it should be one, do not run it: install a release \
                 and tell the members"
            )
        }
        Answer::Contradicted => {
            "the registrar said two things about one release: run neither and ask the members".to_owned()
        }
        Answer::CannotBeTold { reason, .. } => reason.clone(),
    }
}
