//! From the text of a QR code to the verdict.

use crate::{
    contest::Contest,
    foreign::Foreign,
    input::{Input, Raw},
    scale::Scale,
    table::Row,
    world::World,
};
use generate::world::NOW;
use schemas::{crypto::aws_lc::AwsLc, sd_cwt::profile::Audience};
use std::{sync::LazyLock, time::Instant};
use verifier::{
    Door, Policy, Verdict, foreign::CountryRules, replay::ReplayMemory, rules::RuleSet, trust::TrustList,
};

/// Most that the verdict on a certificate may take, in raw verifications.
const CERTIFICATE: f64 = 1.2;
/// Most that the verdict on a presentation may take, which has two signatures.
const PRESENTATION: f64 = 2.3;

/// The rows of the door.
pub fn measure(world: &World, foreign: &Foreign, scale: &Scale) -> Vec<Row> {
    let policy = Policy::from_json(r#"{"foreign": {"by-rules-of": "DE"}}"#).expect("a policy");
    let rules = RuleSet::read(include_bytes!("../../rules/de.json")).expect("rules");
    let rules = CountryRules {
        rules,
        ..CountryRules::default()
    };
    let door = |trust| Door {
        policy: &policy,
        view: Some(&world.view),
        trust,
        rules: &rules,
        audience: Audience::AnyDoor,
        crypto: &AwsLc,
        stopwatch: nanoseconds,
    };
    let nobody = TrustList::default();
    let (ours, theirs) = (door(&nobody), door(&foreign.trust));
    let mut rows = vec![against_raw(
        "own certificate",
        &ours,
        &world.certificates,
        CERTIFICATE,
        scale,
    )];
    rows.push(against_raw(
        "foreign certificate",
        &theirs,
        &foreign.certificates,
        CERTIFICATE,
        scale,
    ));
    rows.push(against_dgc(&theirs, foreign, scale));
    rows.push(against_raw(
        "presentation",
        &ours,
        &world.presentations,
        PRESENTATION,
        scale,
    ));
    rows
}

/// Against a raw verification: where there are two signatures, the mean of theirs.
fn against_raw(what: &str, door: &Door<'_>, inputs: &[Input], limit: f64, scale: &Scale) -> Row {
    let contest = Contest::hold(
        scale.rounds,
        inputs.len(),
        [
            &mut |at| examine(door, &inputs[at]),
            &mut |at| inputs[at].signatures.iter().for_each(Raw::verify),
            &mut |at| inputs[at].signatures[0].verify(),
        ],
    );
    let signatures = inputs[0].signatures.len() as f64;
    let ratio = contest.ratio(0, 1) * signatures;
    let mut said = format!(
        "{ratio:.2} × raw ES256 ({:.1} µs)",
        contest.median(1) / signatures
    );
    if signatures > 1.0 {
        said += &format!(
            ", with the same key parsing; {:.2} × without any",
            contest.ratio(0, 2)
        );
    }
    Row {
        what: format!("{what}, QR text to verdict, {} inputs", inputs.len()),
        figure: format!("{:.1} µs", contest.median(0)),
        ratio: said,
        limit: format!("≤ {limit}"),
        holds: ratio <= limit,
    }
}

/// Against another verifier on the same texts.
fn against_dgc(door: &Door<'_>, foreign: &Foreign, scale: &Scale) -> Row {
    let inputs = &foreign.certificates;
    let contest = Contest::hold(
        scale.rounds,
        inputs.len(),
        [&mut |at| examine(door, &inputs[at]), &mut |at| {
            let (_, validity) = dgc::validate(&inputs[at].text, &foreign.peer).expect("it reads it");
            assert!(validity.is_valid(), "a signature of a trusted signer");
        }],
    );
    let ratio = contest.ratio(0, 1);
    Row {
        what: format!("the same against dgc 0.0.7, {} inputs", inputs.len()),
        figure: format!("{:.1} µs", contest.median(0)),
        ratio: format!("{ratio:.2} × dgc ({:.1} µs)", contest.median(1)),
        limit: "< 1".into(),
        holds: ratio < 1.0,
    }
}

/// One door, one text, nothing remembered of those before.
pub fn examine(door: &Door<'_>, input: &Input) {
    let examined = door.examine(&input.text, NOW, &mut ReplayMemory::default());
    let verdict = examined.report.verdict();
    assert!(matches!(verdict, Verdict::Accept(_)), "{verdict:?}");
}

/// What the door's stopwatch reads.
pub fn nanoseconds() -> u64 {
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    u64::try_from(START.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
