//! The heads of the issuer's chains, signed with ML-DSA-44.

use crate::world::World;
use issuer_server::{clock::Clock as _, key_store::KeyStore};
use ledger::heads::{Chain, SIGNED_EVERY};

#[tokio::test]
async fn heads_are_signed_hourly_and_hold_nothing_up() {
    let world = World::new().await;
    let service = world.service();
    let key = KeyStore::open(world.config.data.join("keys")).unwrap();
    let ours = key.post_quantum_key().unwrap().unwrap().public();
    let registrar = world.registrar.post_quantum.public();
    let chains = |heads: &[ledger::heads::SignedHead]| -> Vec<(Chain, u32)> {
        heads
            .iter()
            .map(|head| (head.unverified().chain, head.unverified().number))
            .collect()
    };

    // 1. Nothing is on the ledger yet.
    service.sign_heads().await.unwrap();
    assert_eq!(world.ledger.heads(), []);

    // 2. The registrar's head and the issuer's, once there is something; again only when it is time.
    world.submit(1).await;
    world.anchor_all().await;
    service.sign_heads().await.unwrap();
    let heads = world.ledger.heads();
    let last = || u32::try_from(world.ledger.entries(1).len()).unwrap() - 1;
    assert_eq!(chains(&heads), [(Chain::KeyEvents, 0), (Chain::Batches, last())]);
    assert_eq!(
        heads[0].verify(&registrar).unwrap().entry,
        world.ledger.entries(3)[0].id()
    );
    let head = heads[1].verify(&ours).unwrap();
    let entry = world.ledger.entries(1).last().unwrap().id();
    assert_eq!((head.entry, head.time), (entry, world.clock.now()));
    service.sign_heads().await.unwrap();
    world.submit(2).await;
    world.anchor_all().await;
    service.sign_heads().await.unwrap();
    assert_eq!(world.ledger.heads(), []);

    // 3. After an hour, though the log is away at first: results are taken all the same.
    world.clock.advance(SIGNED_EVERY);
    world.ledger.refuse(true);
    let refused = service.sign_heads().await.unwrap_err();
    assert_eq!(refused.code(), "issuer-ledger");
    world.submit(3).await;
    world.ledger.refuse(false);
    service.sign_heads().await.unwrap();
    let heads = world.ledger.heads();
    assert_eq!(chains(&heads), [(Chain::KeyEvents, 0), (Chain::Batches, last())]);
    assert_eq!(heads[1].verify(&ours).unwrap().time, world.clock.now());
}
