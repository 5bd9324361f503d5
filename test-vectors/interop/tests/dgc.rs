//! The crate `dgc` 0.0.7, which verifies with `ring`.
//!
//! It accepts the proof in the unprotected header. It reads no certificate with a claim that it does not know, since it
//! passes over the claim's key but not over its value; so it refuses `cti` and the place, as it would refuse any other
//! claim of RFC 8392.

use dgc::TrustList;

fn trusted() -> TrustList {
    let mut trusted = TrustList::default();
    let added = trusted.add_key_from_certificate(&interop::signer());
    added.expect("a certificate that it reads");
    trusted
}

#[test]
fn accepts_what_holds_and_refuses_the_rest() {
    let trusted = trusted();
    for case in interop::cases_without_our_claims() {
        let read = dgc::validate(&case.text, &trusted);
        let holds = read.is_ok_and(|(_, validity)| validity.is_valid());
        let outcome = if holds == case.holds { "ok  " } else { "FAIL" };
        println!("{outcome} dgc: {}", case.name);
        assert_eq!(holds, case.holds, "{}", case.name);
    }
}

#[test]
fn reads_no_claim_that_it_does_not_know() {
    let trusted = trusted();
    for case in interop::cases() {
        let error = dgc::validate(&case.text, &trusted)
            .expect_err("not read")
            .to_string();
        assert!(error.contains("invalid type: bytes, expected integer"), "{error}");
    }
    println!("ok   dgc: refuses every certificate with cti or place inside, as known");
}
