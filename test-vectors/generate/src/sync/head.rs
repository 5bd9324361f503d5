//! Heads that say nothing.

use super::{Bench, Case, refused, taken};
use crate::{
    case::LogState,
    flag::Flag,
    seed::seed,
    world::{
        AS_OF, EXPIRES,
        batch::Batch,
        issuer::listed,
        post_quantum::{head, heads},
        said::Said,
    },
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ledger::heads::{Head, Heads};
use schemas::{UnixTime, crypto::ml_dsa};

pub(super) fn cases(bench: &Bench<'_>) -> Vec<Case> {
    let ours = ml_dsa::SecretKey::from_seed(&seed("issuer 7, ML-DSA-44"));
    let other = ml_dsa::SecretKey::from_seed(&seed("forger, ML-DSA-44"));
    let registrar = &bench.world.post_quantum().registrar;

    // An issuer with an ML-DSA-44 key, and a batch.
    let (_, mut issuer) = bench.registered();
    issuer.events = crate::world::said::Sequence::default();
    issuer.post_quantum = Some(ours.public());
    let event = issuer.event(&bench.world.registrar, vec![listed(&bench.key)]);
    let batch = issuer.batch(&bench.key, Batch::new(1, 0).root(), EXPIRES);
    let said = vec![Said::nothing(), event.clone(), batch.clone()];
    let state = |bytes: Vec<u8>| -> LogState {
        let mut state = bench.published(&said);
        state.files.insert("heads".into(), STANDARD.encode(bytes));
        state
    };
    let good = heads(&[(&event, AS_OF, registrar), (&batch, AS_OF, &ours)]);
    let one = |head: Head, key: &ml_dsa::SecretKey| {
        let mut heads = Heads::default();
        heads.replace(head.sign(key)).expect("one");
        heads.encode()
    };
    let of_batch = head(&batch, AS_OF);
    let code = |name, description, head: Head, key: &ml_dsa::SecretKey, code: &str| {
        taken(
            name,
            description,
            Flag::PostQuantum,
            vec![state(one(head, key))],
            &[code],
        )
    };
    let mut cut = good.encode();
    cut.pop();
    let negative = Head {
        time: UnixTime(-1),
        ..of_batch
    };
    vec![
        taken(
            "accept-heads",
            "The registrar's head and the issuer's.",
            Flag::Good,
            vec![state(good.encode())],
            &[],
        ),
        code(
            "head-unsigned",
            "By a key that the issuer does not have.",
            of_batch,
            &other,
            "head-unsigned",
        ),
        code(
            "head-unsigned-by-registrar",
            "A head of key events by the issuer's own key.",
            head(&event, AS_OF),
            &ours,
            "head-unsigned",
        ),
        code(
            "head-unknown",
            "Of an entry that is not there.",
            Head {
                number: 1,
                ..of_batch
            },
            &ours,
            "head-unknown",
        ),
        code(
            "head-unknown-entry",
            "Of another entry than the one with its number.",
            Head {
                entry: head(&event, AS_OF).entry,
                ..of_batch
            },
            &ours,
            "head-unknown",
        ),
        refused(
            "cbor-malformed-heads",
            "A list that is cut off.",
            Flag::Structure,
            vec![state(cut)],
            "cbor-malformed",
        ),
        refused(
            "head-malformed",
            "A time before 1970.",
            Flag::Structure,
            vec![state(one(negative, &ours))],
            "head-malformed",
        ),
    ]
}
