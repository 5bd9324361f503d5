//! What the issuer declares of its batches, for monitors.

use crate::world::{DAY, NOW, World};
use ledger::declaration::Declaration;
use schemas::{
    IssuerNumber,
    crypto::{Crypto as _, VerifyingKey, aws_lc::AwsLc},
    key_event::KeyEvent,
};

/// The declaration, as a monitor reads it: by a key of the registrar's event.
async fn declared(world: &World) -> Declaration {
    let reply = world.get("", "/.well-known/attest-batches").await;
    assert_eq!(reply.status, 200, "{}", reply.text);
    let event = world.ledger.entries(3).last().unwrap().root();
    let event = KeyEvent::decode(&world.ledger.object(&event)).unwrap();
    let keys: Vec<Box<dyn VerifyingKey>> = event
        .keys()
        .iter()
        .map(|key| AwsLc.es256(key.point()).unwrap())
        .collect();
    Declaration::read(&reply.text, keys.iter().map(|key| &**key)).unwrap()
}

#[tokio::test]
async fn declares_what_it_has_anchored_and_nothing_else() {
    let world = World::new().await;
    world.submit(1).await;
    world.anchor_all().await;
    let first = declared(&world).await;
    assert_eq!((first.issuer, first.batches), (IssuerNumber(7), 1));
    let anchored = world.ledger.entries(1);
    assert_eq!(first.last.len(), 1);
    assert_eq!(
        (first.last[0].root, first.last[0].expiry),
        (anchored[0].root(), anchored[0].expiry())
    );

    // Nobody makes it sign by asking: for a while the same is said again.
    let again = world.get("", "/.well-known/attest-batches").await.text;
    assert_eq!(world.get("", "/.well-known/attest-batches").await.text, again);

    // A batch that the ledger has not taken is not declared.
    world.ledger.refuse(true);
    world.submit(2).await;
    for _ in 0..20 {
        world.clock.advance(60);
        world.service().close_due_batches().await.unwrap();
    }
    assert!(world.service().anchor_waiting().await.is_err());
    assert_eq!(declared(&world).await.batches, 1);

    // Another expiry day has a line of its own, and the last batch of each day is the one that is named.
    world.ledger.refuse(false);
    world.clock.advance(60);
    world.anchor_all().await;
    world.clock.advance(DAY);
    world.submit(3).await;
    world.anchor_all().await;
    let later = declared(&world).await;
    let entries = world.ledger.entries(1);
    assert_eq!(later.batches, entries.len() as u64);
    assert_eq!(later.last.len(), 2);
    for last in &later.last {
        let of_day = entries.iter().rev().find(|entry| entry.expiry() == last.expiry);
        let of_day = of_day.unwrap();
        assert_eq!(
            (of_day.root(), of_day.subject().number()),
            (last.root, last.number.0)
        );
    }
    assert!(later.at > NOW);
}

#[tokio::test]
async fn without_a_key_it_declares_nothing() {
    let world = World::unaccredited().await;
    let refused = world.get("", "/.well-known/attest-batches").await.refused();
    assert_eq!(refused, (503, "issuer-not-accredited".into()));
}
