//! Deltas between status snapshots: one encoding for each, and a delta that leads from one snapshot to another is the
//! difference of the two.
#![no_main]

use fuzz::files::parts;
use libfuzzer_sys::fuzz_target;
use schemas::status::{Delta, Snapshot};

fuzz_target!(|bytes: &[u8]| {
    let mut parts = parts(bytes).map(|(_, part)| part);
    let (Some(earlier), Some(bytes)) = (parts.next(), parts.next()) else {
        return;
    };
    let Ok(delta) = Delta::decode(bytes) else { return };
    assert_eq!(delta.encode().as_deref(), Ok(bytes));
    let Ok(earlier) = Snapshot::decode(earlier) else {
        return;
    };
    let Ok(later) = earlier.after(&delta) else { return };
    assert_eq!(earlier.check_successor(&later), Ok(()));
    assert_eq!(earlier.delta_to(&later), Ok(delta));
    assert!(
        later
            .encode()
            .and_then(|bytes| Snapshot::decode(&bytes))
            .is_ok_and(|again| again == later)
    );
});
