//! Checkpoints that nobody may believe, and histories that do not continue.

use super::{Bench, Case, refused, taken};
use crate::{
    case::LogState,
    flag::Flag,
    seed::seed,
    world::{
        AS_OF, EXPIRES,
        batch::Batch,
        members::{WITNESSES, grown},
        said::Said,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::{
    checkpoint::{Checkpoint, SignedCheckpoint},
    merkle::TreeHead,
    note::{Note, NoteSignature, SignerKey},
};

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    [notes(bench), quorums(bench), histories(bench)]
        .into_iter()
        .flatten()
        .collect()
}

/// Where a log of one batch is said to stand.
fn one_batch(bench: &Bench<'_>) -> Vec<Said> {
    let (mut said, mut issuer) = bench.registered();
    said.push(issuer.batch(&bench.key, Batch::new(1, 0).root(), EXPIRES));
    said
}

fn with_checkpoint(state: &LogState, checkpoint: String) -> Vec<LogState> {
    vec![LogState {
        checkpoint,
        files: state.files.clone(),
    }]
}

fn notes(bench: &Bench<'_>) -> Vec<Case> {
    let members = &bench.world.members;
    let said = one_batch(bench);
    let good = bench.published(&said);
    let (head, _) = grown(&said);
    let by = |key: &SignerKey, text: String| {
        let mut note = Note::new(text).expect("lines");
        note.add(key.sign(&note)).expect("one signature");
        with_checkpoint(&good, note.to_string())
    };
    let text = Checkpoint::new(members.log.verifier().name(), head).to_string();
    let stranger = |name: &str| SignerKey::from_seed(name.parse().expect("a name"), &seed("a stranger"));
    let origin = members.log.verifier().name().as_str().to_owned();
    vec![
        taken(
            "accept",
            "A log with one batch.",
            Flag::Good,
            vec![good.clone()],
            &[],
        ),
        refused(
            "note-malformed",
            "A checkpoint without signatures.",
            Flag::Structure,
            with_checkpoint(&good, text.clone()),
            "note-malformed",
        ),
        refused(
            "checkpoint-malformed",
            "A size with a leading zero.",
            Flag::Encoding,
            by(&members.log, text.replacen("\n3\n", "\n03\n", 1)),
            "checkpoint-malformed",
        ),
        refused(
            "checkpoint-malformed-root",
            "A root of 31 bytes.",
            Flag::Structure,
            by(
                &members.log,
                format!("{origin}\n3\n{}\n", STANDARD.encode([7; 31])),
            ),
            "checkpoint-malformed",
        ),
        refused(
            "checkpoint-origin-unknown",
            "A checkpoint of a log that is no member's.",
            Flag::View,
            by(
                &stranger("log.example/other"),
                text.replacen(&origin, "log.example/other", 1),
            ),
            "checkpoint-origin-unknown",
        ),
        refused(
            "note-unsigned",
            "A stranger's key with the log's name.",
            Flag::Signature,
            by(&stranger(&origin), text.clone()),
            "note-unsigned",
        ),
        refused(
            "note-unsigned-by-the-log",
            "Ten witnesses cosigned, and the log did not sign.",
            Flag::Signature,
            with_checkpoint(&good, without_line(&good.checkpoint, 0)),
            "note-unsigned",
        ),
        refused(
            "note-signature-invalid",
            "The log's signature is of another checkpoint.",
            Flag::Signature,
            {
                let other = bench.published(&said[..2]);
                let line = signature_lines(&other.checkpoint)[0].clone();
                with_checkpoint(&good, with_line(&good.checkpoint, 0, &line))
            },
            "note-signature-invalid",
        ),
        refused(
            "note-signature-invalid-cosignature",
            "A witness's cosignature is of another checkpoint.",
            Flag::Signature,
            {
                let other = bench.published(&said[..2]);
                let line = signature_lines(&other.checkpoint)[10].clone();
                with_checkpoint(&good, with_line(&good.checkpoint, 10, &line))
            },
            "note-signature-invalid",
        ),
    ]
}

fn quorums(bench: &Bench<'_>) -> Vec<Case> {
    let members = &bench.world.members;
    let said = one_batch(bench);
    let good = bench.published(&said);
    let by = |cosigners| members.publish(&said, AS_OF, cosigners).to_state();
    let six = || by(6);
    let strangers = || {
        let mut checkpoint = SignedCheckpoint::parse(six().checkpoint.as_bytes()).expect("made here");
        let verified = checkpoint
            .verify(&[members.log.verifier()])
            .expect("the log signed it");
        for number in 0..4 {
            let name = format!("stranger-{number}.example").parse().expect("a name");
            let key = ledger::cosignature::CosignerKey::from_seed(name, &seed(&format!("stranger {number}")));
            checkpoint
                .add(key.cosign(&verified, AS_OF))
                .expect("few signatures");
        }
        with_checkpoint(&good, checkpoint.to_string())
    };
    let twice = || {
        let mut checkpoint = SignedCheckpoint::parse(six().checkpoint.as_bytes()).expect("made here");
        let verified = checkpoint
            .verify(&[members.log.verifier()])
            .expect("the log signed it");
        let again: Vec<NoteSignature> = members.witnesses[..4]
            .iter()
            .map(|key| key.cosign(&verified, AS_OF.plus(60)))
            .collect();
        for line in again {
            checkpoint.add(line).expect("few signatures");
        }
        with_checkpoint(&good, checkpoint.to_string())
    };
    vec![
        taken(
            "accept-seven",
            "Seven of ten members cosigned.",
            Flag::Good,
            vec![by(7)],
            &[],
        ),
        refused(
            "quorum-missing",
            "Six of ten members cosigned.",
            Flag::View,
            vec![six()],
            "quorum-missing",
        ),
        refused(
            "quorum-missing-strangers",
            "Six members and four strangers cosigned.",
            Flag::View,
            strangers(),
            "quorum-missing",
        ),
        refused(
            "quorum-missing-twice",
            "Six members cosigned, four of them twice.",
            Flag::View,
            twice(),
            "quorum-missing",
        ),
    ]
}

fn histories(bench: &Bench<'_>) -> Vec<Case> {
    let members = &bench.world.members;
    let (mut early, mut issuer) = bench.registered();
    early.push(issuer.batch(&bench.key, Batch::new(1, 0).root(), EXPIRES));
    let mut late = early.clone();
    let mut other_issuer = issuer.clone();
    late.push(issuer.batch(&bench.key, Batch::new(1, 1).root(), EXPIRES));
    let mut other = early[..2].to_vec();
    other.push(late[3].clone());
    let mut other_late = other.clone();
    other_late.push(other_issuer.batch(&bench.key, Batch::new(1, 1).root(), EXPIRES));
    let state = |said: &[Said]| bench.published(said);
    let bundle = "tile/entries/000.p/3".to_owned();
    let with_bundle = |change: fn(&mut Vec<u8>)| {
        let mut state = state(&early);
        let mut bytes = STANDARD.decode(&state.files[&bundle]).expect("made here");
        change(&mut bytes);
        state.files.insert(bundle.clone(), STANDARD.encode(bytes));
        vec![state]
    };
    let empty = members.cosigned(
        Checkpoint::new(members.log.verifier().name(), TreeHead::empty()).sign(&members.log),
        AS_OF,
        WITNESSES,
    );
    let empty = LogState {
        checkpoint: empty.to_string(),
        files: [].into(),
    };
    vec![
        taken(
            "accept-grown",
            "A log that has grown.",
            Flag::Good,
            vec![state(&early), state(&late)],
            &[],
        ),
        taken(
            "accept-same",
            "A log that has not grown.",
            Flag::Good,
            vec![state(&early), state(&early)],
            &[],
        ),
        taken(
            "accept-empty",
            "A log without entries.",
            Flag::Good,
            vec![empty],
            &[],
        ),
        refused(
            "checkpoint-went-back",
            "A mirror shows an old checkpoint, from before a revocation perhaps.",
            Flag::View,
            vec![state(&late), state(&early)],
            "checkpoint-went-back",
        ),
        refused(
            "consistency-invalid",
            "Another history of the same length.",
            Flag::TwoStories,
            vec![state(&early), state(&other)],
            "consistency-invalid",
        ),
        refused(
            "consistency-invalid-longer",
            "Another history, which is longer.",
            Flag::TwoStories,
            vec![state(&early), state(&other_late)],
            "consistency-invalid",
        ),
        refused(
            "consistency-invalid-entry",
            "A mirror changed a bit of an entry.",
            Flag::View,
            with_bundle(|bytes| bytes[200] ^= 1),
            "consistency-invalid",
        ),
        refused(
            "tile-malformed",
            "A bundle with an entry too few.",
            Flag::Structure,
            with_bundle(|bytes| bytes.truncate(2 * 146)),
            "tile-malformed",
        ),
        refused(
            "tile-malformed-trailing",
            "A byte follows a bundle.",
            Flag::Encoding,
            with_bundle(|bytes| bytes.push(0)),
            "tile-malformed",
        ),
    ]
}

/// The lines of signatures, the log's first.
fn signature_lines(note: &str) -> Vec<String> {
    note.lines()
        .filter(|line| line.starts_with('—'))
        .map(str::to_owned)
        .collect()
}

/// The note with another signature line in place of one.
fn with_line(note: &str, at: usize, line: &str) -> String {
    note.replacen(&signature_lines(note)[at], line, 1)
}

fn without_line(note: &str, at: usize) -> String {
    note.replacen(&format!("{}\n", signature_lines(note)[at]), "", 1)
}
