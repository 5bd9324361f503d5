//! From a draft to a certificate and its proof, on every core, without a service around it. The text of the QR code is
//! made when somebody asks for it, and is not part of this.

use crate::{
    contest::quantile,
    scale::Scale,
    table::Row,
    world::{draft, profile},
};
use generate::world::NOW;
use getrandom::{SysRng, rand_core::UnwrapErr};
use issuer::{Draft, Issued, IssuerKey, Profile, batch::OpenBatches};
use ledger::batch::BatchSeed;
use rand_core::Rng as _;
use schemas::{
    BatchNumber, IssuerNumber, KeyId, Place,
    cbor::Lengths,
    cose::Sign1,
    crypto::{SigningKey as _, aws_lc::SigningKey},
};
use std::{
    hint::black_box,
    sync::Barrier,
    thread,
    time::{Duration, Instant},
};

/// Least share of the raw signing rate.
const LIMIT: f64 = 0.6;

/// The row of the pipeline.
pub fn measure(scale: &Scale) -> Row {
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut lines: Vec<Line> = (0..cores).map(|core| Line::new(core, scale)).collect();
    let mut rates = Vec::new();
    for _ in 0..=scale.rounds {
        let pipeline = on_all(&mut lines, scale.moment, Line::issue_batch);
        let raw = on_all(&mut lines, scale.moment, Line::sign_batch);
        rates.push([pipeline, raw, pipeline / raw]);
    }
    // The first round warms up.
    let median = |which: usize| {
        quantile(
            &mut rates[1..].iter().map(|round| round[which]).collect::<Vec<_>>(),
            0.5,
        )
    };
    let share = median(2);
    Row {
        what: format!(
            "library: draft, sign, batch, proof on {cores} cores, {} keys",
            scale.keys
        ),
        figure: format!("{:.0}/s", median(0)),
        ratio: format!("{:.0} % of raw ES256 signing ({:.0}/s)", 100.0 * share, median(1)),
        limit: format!("≥ {:.0} %", 100.0 * LIMIT),
        holds: share >= LIMIT,
    }
}

/// Credentials a second of all lines together, each working on a thread of its own.
fn on_all(lines: &mut [Line], moment: Duration, work: fn(&mut Line) -> usize) -> f64 {
    let start = Barrier::new(lines.len());
    let rate = |line: &mut Line| {
        start.wait();
        let (before, mut done) = (Instant::now(), 0);
        while before.elapsed() < moment {
            done += work(line);
        }
        done as f64 / before.elapsed().as_secs_f64()
    };
    thread::scope(|scope| {
        let threads: Vec<_> = lines.iter_mut().map(|line| scope.spawn(|| rate(line))).collect();
        threads
            .into_iter()
            .map(|thread| thread.join().expect("it issues"))
            .sum()
    })
}

/// What one core works on: issuers, each with a key, an open batch and people in line.
struct Line {
    issuers: Vec<Issuer>,
    next: usize,
}

struct Issuer {
    key: IssuerKey,
    profile: Profile,
    batches: OpenBatches,
    drafts: Vec<Draft>,
    /// As many bytes to sign as a certificate has, for the raw rate.
    messages: Vec<Vec<u8>>,
}

impl Line {
    fn new(core: usize, scale: &Scale) -> Self {
        let issuers = (0..scale.keys).map(|number| Issuer::new(core, number)).collect();
        Self { issuers, next: 0 }
    }

    fn issuer(&mut self) -> &mut Issuer {
        self.next = (self.next + 1) % self.issuers.len();
        &mut self.issuers[self.next]
    }

    /// A whole batch of the next issuer: all of its certificates with their proofs.
    fn issue_batch(&mut self) -> usize {
        let issuer = self.issuer();
        let mut rng = UnwrapErr(SysRng);
        let mut issued: Vec<(Place, Issued)> = Vec::with_capacity(issuer.drafts.len());
        for draft in &issuer.drafts {
            let (mut identifier, mut id) = ([0; 10], [0; 16]);
            rng.fill_bytes(&mut identifier);
            rng.fill_bytes(&mut id);
            let hcert = draft
                .to_hcert(&issuer.profile, &identifier)
                .expect("it can be issued");
            let place = issuer.batches.reserve(1, &[], &mut rng)[0];
            let country = issuer.profile.country;
            let signed = issuer::sign_hcert(&hcert, country, place, NOW, id, &issuer.key);
            let signed = signed.expect("a key in memory signs");
            issuer
                .batches
                .fill(place, signed.commitment, issuer::expiry(NOW).start(), NOW);
            issued.push((place, signed));
        }
        let closed = issuer.batches.close(&BatchSeed([7; 32]), NOW);
        assert_eq!(closed.credentials, issuer.drafts.len());
        for (place, signed) in &issued {
            black_box((closed.tree.proof(place.slot), &signed.bytes));
        }
        issued.len()
    }

    /// As many signatures of the next issuer, and nothing else.
    fn sign_batch(&mut self) -> usize {
        let issuer = self.issuer();
        for message in &issuer.messages {
            black_box(issuer.key.key.sign(message).expect("a key in memory signs"));
        }
        issuer.messages.len()
    }
}

impl Issuer {
    fn new(core: usize, number: u32) -> Self {
        let key = SigningKey::generate().expect("randomness");
        let key = IssuerKey {
            id: KeyId::of_point(&key.public()),
            key: Box::new(key),
        };
        let first = 256 * (core * 64 + number as usize);
        let mut issuer = Self {
            key,
            profile: profile(),
            batches: OpenBatches::new(IssuerNumber(number + 1), BatchNumber(0)),
            drafts: (first..first + 256).map(draft).collect(),
            messages: Vec::new(),
        };
        issuer.messages = issuer.drafts.iter().map(|draft| issuer.message(draft)).collect();
        issuer
    }

    fn message(&self, draft: &Draft) -> Vec<u8> {
        let hcert = draft.to_hcert(&self.profile, &[1; 10]).expect("it can be issued");
        let place = Place {
            issuer: IssuerNumber(1),
            batch: BatchNumber(0),
            slot: schemas::Slot(0),
        };
        let signed = issuer::sign_hcert(&hcert, self.profile.country, place, NOW, [1; 16], &self.key);
        let bytes = signed.expect("a key in memory signs").bytes;
        let sign1 = Sign1::decode(&bytes, Lengths::DefiniteOnly).expect("issued above");
        sign1.signed_bytes().expect("it is attached")
    }
}
