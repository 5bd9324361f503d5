use super::*;
use crate::{Hash, crypto::aws_lc::AwsLc};
use base64::{Engine, engine::general_purpose::STANDARD};
use coset::iana::Algorithm;
use proptest::prelude::*;

/// The key of the first three certificates, compressed.
const POINT: &str = "0381c58081b933c60b0b8bd823c20d38022dd7b163cd7d1773ea6e3a21b844e7aa";

/// DE, issued by AT; for tests and (as certificates of servers do) for TLS clients.
const TESTS_ONLY: &str = "MIIBLDCB06ADAgECAgEHMAoGCCqGSM49BAMCMA0xCzAJBgNVBAYTAkFUMB4XDTI2MDEwMTAwMDAwMFoXDTI3MDEwMTAwMDAw\
     MFowDTELMAkGA1UEBhMCREUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASBxYCBuTPGCwuL2CPCDTgCLdexY819F3Pqbjoh\
     uETnqry2omlQ4R9a2Qrni+n5FSWJvgcFzTR8CIaSkEBwp0ZvoyQwIjAgBgNVHSUEGTAXBgsrBgEEAY43j2UBAQYIKwYBBQUH\
     AwIwCgYIKoZIzj0EAwIDSAAwRQIgUd0x8ODpOV5jLQCNF7Wmptet4O15VhYzUoJ2yFvOeikCIQDRVgXb6scQmf7on/X1CKhD\
     4i6kqeAXP+1uck2QVJaffA==";

/// For recoveries, by the mistaken arc.
const OLD_ARC: &str = "MIIBJDCByqADAgECAgEHMAoGCCqGSM49BAMCMA0xCzAJBgNVBAYTAkFUMB4XDTI2MDEwMTAwMDAwMFoXDTI3MDEwMTAwMDAw\
     MFowDTELMAkGA1UEBhMCREUwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASBxYCBuTPGCwuL2CPCDTgCLdexY819F3Pqbjoh\
     uETnqry2omlQ4R9a2Qrni+n5FSWJvgcFzTR8CIaSkEBwp0ZvoxswGTAXBgNVHSUEEDAOBgwrBgEEAQCON49lAQMwCgYIKoZI\
     zj0EAwIDSQAwRgIhAMg+eNt9Bu2plvC+oXz7NLKN0blRiNApKBd8ud256ExKAiEA/Goj09qIEZby0a0/zFQxojEOqJBGNNrP\
     r831bYROJio=";

/// No country, an empty list of usages, and `cA=FALSE` written out.
const EMPTY_USAGES: &str = "MIIBIDCByKADAgECAgEHMAoGCCqGSM49BAMCMAwxCjAIBgNVBAMMAXgwHhcNMjYwMTAxMDAwMDAwWhcNMjcwMTAxMDAwMDAw\
     WjAMMQowCAYDVQQDDAF4MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEgcWAgbkzxgsLi9gjwg04Ai3XsWPNfRdz6m46IbhE\
     56q8tqJpUOEfWtkK54vp+RUlib4HBc00fAiGkpBAcKdGb6MbMBkwCQYDVR0lBAIwADAMBgNVHRMEBTADAQEAMAoGCCqGSM49\
     BAMCA0cAMEQCIF037HiSqa8orAutJZFMHqiqz6+xm+dRy2neKMUVE+RoAiAcTseugSrutAiXJAKXKS8tKDXMT4uTqLvejT5B\
     iIZz4A==";

/// RSA with 2048 bits, for TLS clients alone.
const RSA: &str = "MIIB6zCCAZGgAwIBAgIBBzAKBggqhkjOPQQDAjANMQswCQYDVQQGEwJERTAeFw0yNjAxMDEwMDAwMDBaFw0yNzAxMDEwMDAw\
     MDBaMA0xCzAJBgNVBAYTAkRFMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAlc60egw+3j/byda1U3pRV7s1bxSD\
     uBKYexx0iMyKuYr+teeI4eyYkxR+obDlRFoskD9C4D4Mldd4A52cqJGKVKgk6WOh+XJ+0Q/7IPx8zGGaLPJBOaCf+TvVG8/a\
     YeGXNMVCeBkYIevZdQnjx1Y4987JKUBx4qDhs6N5eKC9tEQ30lcFOncihNySpK9Yegg1CgYCtKAkFiWiY5ZldUIPRsKRbUtf\
     r1tTbSurLt5HXU4Gzf6oJiGcYjdibMBqvFk4TIaTdlsde7583TDZVOjpaVNi+9/a78vj3ydgZVAt7pWLAJLxPvyR0Qjm1sBA\
     yzflzZixW0paiV077+9aveUw9QIDAQABoxcwFTATBgNVHSUEDDAKBggrBgEFBQcDAjAKBggqhkjOPQQDAgNIADBFAiEA8xvZ\
     nGNvHAaHPIDEhGtl6oreg4UGf6WAcB1M8OQ5hGUCIDFBFbMRgr1SOsmm7xK9FgHIb3nNg6HANFTDn03ST/1f";

/// A key on another curve.
const P384: &str = "MIIBIjCByqADAgECAgEHMAoGCCqGSM49BAMCMA0xCzAJBgNVBAYTAkRFMB4XDTI2MDEwMTAwMDAwMFoXDTI3MDEwMTAwMDAw\
     MFowDTELMAkGA1UEBhMCREUwdjAQBgcqhkjOPQIBBgUrgQQAIgNiAAQs2Sg261S8RJVskBByWV4Ltkob1qpHCIpbU29zcu9E\
     8U/d7KC1XdCKzNKE1Bi1pkByJkx8hxM2wXnottAEtVWg5/kYIM3Msi02pZuREX9zBYMfugZkakHCfTJTUJrtc1kwCgYIKoZI\
     zj0EAwIDRwAwRAIgV/IYMxmyBrby1218eiVNsmdEY1xu3uHyb05zm3+57vACIC1vfBJjGmR0IxIKdDA8KBYKaydwkCRnj9ac\
     0sv+SJPR";

fn read(base64: &str) -> Result<SignerCertificate, Error> {
    SignerCertificate::from_der(&STANDARD.decode(base64).unwrap())
}

fn permitted(certificate: &SignerCertificate) -> Vec<EntryKind> {
    let all = [EntryKind::Test, EntryKind::Vaccination, EntryKind::Recovery];
    all.into_iter()
        .filter(|kind| certificate.permits(*kind).is_ok())
        .collect()
}

#[test]
fn reads_the_facts() {
    let certificate = read(TESTS_ONLY).unwrap();
    let der = STANDARD.decode(TESTS_ONLY).unwrap();
    assert_eq!(certificate.key_id.0, Hash::of(&[&der]).as_bytes()[..8]);
    let PublicKey::P256(point) = &certificate.key else {
        panic!("not a P-256 key");
    };
    assert_eq!(hex::encode(point.as_bytes()), POINT);
    assert_eq!(certificate.subject_country.as_deref(), Some("DE"));
    assert_eq!(certificate.issuer_country.as_deref(), Some("AT"));
    assert_eq!(certificate.not_before, UnixTime(1_767_225_600));
    assert_eq!(certificate.not_after, UnixTime(1_798_761_600));
    assert_eq!(read(EMPTY_USAGES).unwrap().subject_country, None);
}

#[test]
fn keys_verify_with_their_algorithm() {
    let algorithm = |base64| {
        let key = read(base64).unwrap().key;
        key.verifying_key(&AwsLc).unwrap().algorithm()
    };
    assert_eq!(algorithm(OLD_ARC), Algorithm::ES256);
    assert_eq!(algorithm(RSA), Algorithm::PS256);
    assert_eq!(read(P384), Err(Error::AlgorithmUnsupported));
}

#[test]
fn usages_limit_the_kinds() {
    let all = [EntryKind::Test, EntryKind::Vaccination, EntryKind::Recovery];
    assert_eq!(permitted(&read(TESTS_ONLY).unwrap()), [EntryKind::Test]);
    assert_eq!(permitted(&read(OLD_ARC).unwrap()), [EntryKind::Recovery]);
    assert_eq!(permitted(&read(EMPTY_USAGES).unwrap()), all);
    // Usages of other purposes say nothing about certificates.
    assert_eq!(permitted(&read(RSA).unwrap()), all);
    let refusal = read(TESTS_ONLY)
        .unwrap()
        .permits(EntryKind::Recovery)
        .unwrap_err();
    assert_eq!(refusal.code(), "x509-key-usage");
}

#[test]
fn covers_what_lies_within_its_validity() {
    let certificate = read(TESTS_ONLY).unwrap();
    let (first, last) = (certificate.not_before, certificate.not_after);
    assert_eq!(certificate.covers(first, last), Ok(()));
    assert_eq!(certificate.covers(first.plus(-1), last), Err(Error::X509Validity));
    assert_eq!(certificate.covers(first, last.plus(1)), Err(Error::X509Validity));
}

#[test]
fn refuses_what_is_not_a_certificate() {
    let der = STANDARD.decode(TESTS_ONLY).unwrap();
    let code = |der: &[u8]| SignerCertificate::from_der(der).unwrap_err().code();
    assert_eq!(code(&[]), "x509-malformed");
    assert_eq!(code(&der[..der.len() - 1]), "x509-malformed");
    assert_eq!(code(&[&der[..], &[0]].concat()), "x509-malformed");
    assert_eq!(code(&[0; MAX_CERTIFICATE_BYTES + 1]), "too-long");
}

proptest! {
    #[test]
    fn any_bytes_return(bytes: Vec<u8>, position: prop::sample::Index, flip in 1u8..) {
        let _ = SignerCertificate::from_der(&bytes);
        let mut der = STANDARD.decode(TESTS_ONLY).unwrap();
        let position = position.index(der.len());
        der[position] ^= flip;
        let _ = SignerCertificate::from_der(&der);
    }
}
