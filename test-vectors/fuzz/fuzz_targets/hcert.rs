//! The COSE structure of an EU certificate, its claims and its content: what a strict reader takes, a lenient one
//! takes too and reads alike, and what was read can be written and read again.
#![no_main]

use fuzz::ES256;
use libfuzzer_sys::fuzz_target;
use schemas::{
    cbor::{Lengths, read},
    crypto::VerifyingKey,
    hcert::{Certificate, Decoded, Draft, Reading},
};

fuzz_target!(|bytes: &[u8]| {
    let strict = certificate(bytes, Reading::Strict);
    let lenient = certificate(bytes, Reading::Lenient);
    if let Some(strict) = strict {
        assert!(lenient.is_some_and(|lenient| lenient == strict));
    }
});

fn certificate(bytes: &[u8], reading: Reading) -> Option<Certificate> {
    let decoded = Decoded::from_cose(bytes, reading).ok()?;
    let _ = (decoded.key_id(), decoded.commitment(), decoded.proof());
    let _ = (decoded.unverified_claims(), decoded.unverified_json());
    let certificate = decoded.unverified_certificate().ok()?;
    let item = certificate.to_item().encode();
    let item = read(&item, Lengths::DefiniteOnly).expect("what was written");
    assert!(Certificate::from_item(&item, reading).is_ok_and(|again| again == certificate));
    let json = certificate.to_json_value();
    assert!(Certificate::from_json_value(&json, reading).is_ok_and(|again| again == certificate));
    if let Ok(draft) = Draft::new(&certificate) {
        // What can be issued, a strict reader takes.
        assert!(Certificate::from_item(&draft.certificate().to_item(), Reading::Strict).is_ok());
    }
    let signed = decoded.verify_signature([&ES256 as &dyn VerifyingKey]);
    if let Ok((verified, _json)) = signed.and_then(|(signed, _)| signed.read_for_rules()) {
        let _ = (verified.kind(), verified.proof());
        assert!(
            verified
                .certificate()
                .is_ok_and(|verified| *verified == certificate)
        );
    }
    Some(certificate)
}
