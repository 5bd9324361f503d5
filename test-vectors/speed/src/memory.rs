//! What a verifier takes of the machine's memory once it has a million batch roots, measured on a process of its own that
//! does nothing but sync a log's static files.

use crate::{
    child::{Child, memory},
    scale::Scale,
    table::Row,
    world::write,
};
use generate::{
    seed::key,
    world::{
        EXPIRES, NOW,
        issuer::Issuer,
        members::{Members, WITNESSES},
        said::Said,
    },
};
use ledger::{checkpoint::Checkpoint, entry::Subject, tile::Edge};
use schemas::{
    BatchNumber, Hash, UnixTime,
    crypto::{
        SigningKey as _,
        aws_lc::{AwsLc, SigningKey},
    },
    key_event::IssuerKey,
};
use std::{
    fs,
    io::{self, BufRead as _},
    path::Path,
    sync::RwLock,
};
use verifier::{network::Network, policy::Signatures, view::LedgerView};

/// Most that it may take, in bytes.
const LIMIT: u64 = 80_000_000;

/// What the role is called on the command line.
pub const ROLE: &str = "verifier";

/// What the verifier tells after each sync.
#[derive(serde::Serialize, serde::Deserialize)]
struct Told {
    roots: usize,
    /// Before the first sync.
    empty: u64,
    resident: u64,
    peak: u64,
}

/// The row of the memory: the log grows as it does over days, and the verifier follows it step by step.
pub fn measure(scale: &Scale) -> Row {
    let folder = tempfile::tempdir().expect("a folder");
    let mut log = Log::new(scale.keys);
    write(
        &folder.path().join("network.toml"),
        log.network().to_toml().as_bytes(),
    );
    let path = folder.path().display().to_string();
    let mut verifier = Child::start(&[ROLE, &path]);
    let mut told: Option<Told> = None;
    while told.as_ref().is_none_or(|told| told.roots < scale.roots) {
        let done = told.map_or(0, |told| told.roots);
        log.grow(scale.step.min(scale.roots - done), folder.path());
        told = Some(verifier.ask("sync"));
    }
    let told = told.expect("it was asked");
    Row {
        what: format!(
            "memory of a verifier with {} batch roots of {} issuers",
            told.roots, scale.keys
        ),
        figure: format!("{:.1} MB", told.resident as f64 / 1e6),
        ratio: format!(
            "without roots {:.1} MB, peak while syncing {:.1} MB",
            told.empty as f64 / 1e6,
            told.peak as f64 / 1e6
        ),
        limit: format!("≤ {} MB", LIMIT / 1_000_000),
        holds: told.resident <= LIMIT,
    }
}

/// A log of issuers that close batch after batch.
struct Log {
    members: Members,
    edge: Edge,
    issuers: Vec<(Issuer, SigningKey)>,
    closed: usize,
    as_of: UnixTime,
}

impl Log {
    fn new(issuers: u32) -> Self {
        let issuers = (1..=issuers).map(|number| {
            let key = SigningKey::generate().expect("randomness");
            (Issuer::new(number, "Testzentrum Nord"), key)
        });
        Self {
            members: Members::default(),
            edge: Edge::default(),
            issuers: issuers.collect(),
            closed: 0,
            as_of: NOW,
        }
    }

    fn network(&self) -> Network {
        generate::world::network(key("registrar").public(), self.members.policy())
    }

    /// Appends so many batches and writes the files.
    fn grow(&mut self, batches: usize, folder: &Path) {
        let mut said = Vec::with_capacity(batches);
        if self.closed == 0 {
            said.push(Said::nothing());
            for (issuer, key) in &mut self.issuers {
                let end = NOW.plus(30 * 86_400);
                let listed =
                    IssuerKey::new(key.public(), NOW.plus(-86_400), end, None).expect("times in order");
                said.push(issuer.event(&generate::seed::key("registrar"), vec![listed]));
            }
        }
        for _ in 0..batches {
            let at = self.closed % self.issuers.len();
            let (issuer, key) = &mut self.issuers[at];
            let number = issuer.number;
            let root = Hash::of(&[&self.closed.to_be_bytes()]);
            let subject = |batch| Subject::Batch(number, BatchNumber(batch));
            said.push(issuer.batches.say(subject, (EXPIRES, root), None, key));
            self.closed += 1;
        }
        let leaves: Vec<&[u8]> = said.iter().map(|said| &*said.leaf).collect();
        for file in self.edge.grow(&leaves).expect("entries are short") {
            write(&folder.join(file.tile.to_string()), &file.bytes);
        }
        for object in said.iter().filter_map(|said| said.object.as_ref()) {
            write(&folder.join(format!("object/{}", Hash::of(&[object]))), object);
        }
        self.as_of = self.as_of.plus(1);
        let name = self.members.log.verifier();
        let checkpoint = Checkpoint::new(name.name(), self.edge.head()).sign(&self.members.log);
        let cosigned = self.members.cosigned(checkpoint, self.as_of, WITNESSES);
        write(&folder.join("checkpoint"), cosigned.to_string().as_bytes());
    }
}

/// The verifier's process: syncs whenever it is asked, and tells what it takes.
pub async fn verify(folder: &str) {
    let network = fs::read_to_string(Path::new(folder).join("network.toml")).expect("a network document");
    let network = Network::from_toml(&network).expect("a network document");
    let view = LedgerView::new(network, &AwsLc).expect("a point of the curve");
    let (view, source) = (RwLock::new(view), folder.parse().expect("a folder"));
    let empty = memory("self", "VmRSS:");
    for line in io::stdin().lock().lines() {
        assert_eq!(line.expect("the parent lives"), "sync");
        let (synced, _) = verifier_server::sync(&view, Signatures::Any, &source)
            .await
            .expect("a log");
        assert!(synced.strange.is_empty(), "an honest log");
        let roots = view.read().expect("nothing panicked").state().root_count();
        let told = Told {
            roots,
            empty,
            resident: memory("self", "VmRSS:"),
            peak: memory("self", "VmHWM:"),
        };
        println!("{}", serde_json::to_string(&told).expect("numbers"));
    }
}
