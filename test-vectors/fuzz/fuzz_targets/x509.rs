//! Certificates of signers, in DER.
#![no_main]

use libfuzzer_sys::fuzz_target;
use schemas::{KeyId, UnixTime, crypto::aws_lc::AwsLc, hcert::EntryKind, x509::SignerCertificate};

fuzz_target!(|der: &[u8]| {
    let Ok(certificate) = SignerCertificate::from_der(der) else {
        return;
    };
    assert_eq!(certificate.key_id, KeyId::of_certificate(der));
    let _ = certificate.key.verifying_key(&AwsLc);
    let (from, to) = (certificate.not_before, certificate.not_after);
    assert!(certificate.covers(from, to).is_ok());
    assert!(certificate.covers(from, to.plus(1)).is_err());
    assert!(certificate.covers(UnixTime(from.0 - 1), to).is_err());
    let kinds = [EntryKind::Test, EntryKind::Vaccination, EntryKind::Recovery];
    assert!(
        kinds.iter().any(|kind| certificate.permits(*kind).is_ok()),
        "a signer of nothing"
    );
});
