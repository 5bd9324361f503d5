//! Status snapshots: one encoding for each, and every place within the window.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{
    IssuerNumber,
    status::{MAX_REVOKED, Snapshot, Status},
};

fuzz_target!(|bytes: &[u8]| {
    let Ok(snapshot) = Snapshot::decode(bytes) else {
        return;
    };
    assert_eq!(snapshot.encode().as_deref(), Ok(bytes));
    assert!(snapshot.revoked_count() <= MAX_REVOKED);
    let mut last = None;
    for place in snapshot.places() {
        assert!(last < Some(place.index()), "places ascend");
        assert_eq!(snapshot.status(place.batch, place.slot), Status::Revoked);
        last = Some(place.index());
    }
    let (issuer, number, window) = (snapshot.issuer(), snapshot.number(), snapshot.window());
    assert_eq!(
        Snapshot::new(issuer, number, window, snapshot.places()),
        Ok(snapshot.clone())
    );
    let other = IssuerNumber(issuer.0 ^ 1);
    assert!(last.is_none() || Snapshot::new(other, number, window, snapshot.places()).is_err());
});
