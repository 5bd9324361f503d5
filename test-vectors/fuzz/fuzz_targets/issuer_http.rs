//! Bodies that stations, supervisors, administrators and wallets post, of which the first byte chooses the call: the
//! service answers all of them, and none with a failure of its own.
#![no_main]

use fuzz::office::{self, FORM, JSON};
use libfuzzer_sys::fuzz_target;

/// Who calls, what, and with which type of body. No call spoils the office for later inputs: no result has this name.
const CALLS: [(usize, &str, &str); 9] = [
    (0, "/v1/results", JSON),
    (1, "/v1/results/00000000000000000000000000000000/correct", JSON),
    (1, "/v1/results/00000000000000000000000000000000/revoke", JSON),
    (2, "/v1/accounts", JSON),
    (2, "/v1/keys/accreditation", JSON),
    (3, "/token", FORM),
    (3, "/nonce", JSON),
    (3, "/credential", JSON),
    (3, "/notification", JSON),
];

fuzz_target!(|bytes: &[u8]| {
    let [choice, body @ ..] = bytes else { return };
    let Some((who, path, kind)) = CALLS.get(usize::from(*choice) % (CALLS.len() + 2)) else {
        return address(usize::from(*choice) % 2, body);
    };
    office::with(|office| {
        let body = match core::str::from_utf8(body) {
            Ok(text) => office.fill(text).into_bytes(),
            Err(_) => body.to_vec(),
        };
        let (status, _) = office.post(*who, path, kind, body);
        assert!(status.as_u16() < 500, "{path}: {status}");
    });
});

/// What is asked by an address or a key of the caller's own.
fn address(place: usize, text: &[u8]) {
    let Ok(text) = core::str::from_utf8(text) else {
        return;
    };
    office::with(|office| {
        let (path, bearer) = match place {
            0 => (text, "key"),
            _ => ("/v1/results/00000000000000000000000000000000", text),
        };
        let status = office.get(path, &office.fill(bearer));
        assert!(status.is_none_or(|status| status.as_u16() < 500), "{status:?}");
    });
}
