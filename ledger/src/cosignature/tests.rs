//! Both kinds of cosignatures.

use super::*;
use crate::{
    checkpoint::Checkpoint,
    merkle::TreeHead,
    note::{SignerKey, VerifierKey},
};

fn checkpoint() -> VerifiedCheckpoint {
    let log = SignerKey::from_seed("log".parse().unwrap(), &[1; 32]);
    let signed = Checkpoint::new(log.verifier().name(), TreeHead::empty()).sign(&log);
    signed.verify(&[log.verifier()]).unwrap()
}

fn cosigner() -> CosignerKey {
    CosignerKey::from_seed("witness".parse().unwrap(), &[2; 32])
}

fn post_quantum() -> CosignerKey {
    CosignerKey::ml_dsa_44_from_seed("witness".parse().unwrap(), &[2; 32])
}

#[test]
fn the_last_of_several_times_counts() {
    let (checkpoint, cosigner) = (checkpoint(), cosigner());
    let mut signed = checkpoint.signed().clone();
    assert_eq!(cosigner.key().cosigned(&signed), Ok(None));
    for time in [1_700_000_060, 1_700_000_120, 1_700_000_000] {
        signed.add(cosigner.cosign(&checkpoint, UnixTime(time))).unwrap();
    }
    assert_eq!(
        cosigner.key().cosigned(&signed),
        Ok(Some(UnixTime(1_700_000_120)))
    );
    let other = CosignerKey::from_seed("witness".parse().unwrap(), &[3; 32])
        .key()
        .clone();
    assert_eq!(other.cosigned(&signed), Ok(None));
}

#[test]
fn another_time_or_length_is_forged() {
    for cosigner in [cosigner(), post_quantum()] {
        refuses_forgeries(&cosigner);
    }
}

fn refuses_forgeries(cosigner: &CosignerKey) {
    let checkpoint = checkpoint();
    let genuine = cosigner.cosign(&checkpoint, UnixTime(1_700_000_000));
    let blob = genuine.bytes().to_vec();
    let mut later = blob.clone();
    later[7] += 1;
    let mut beyond = blob.clone();
    beyond[0] = 0x80;
    for forged in [
        later,
        beyond,
        blob[..blob.len() - 1].to_vec(),
        [&blob[..], &[0]].concat(),
        blob[..7].to_vec(),
    ] {
        let mut signed = checkpoint.signed().clone();
        signed
            .add(NoteSignature::new(genuine.name().clone(), genuine.id(), forged))
            .unwrap();
        let refused = cosigner.key().cosigned(&signed).unwrap_err();
        assert_eq!(refused.code(), "note-signature-invalid");
    }
}

#[test]
fn a_log_s_key_is_not_a_witness_s() {
    for witness in [cosigner().key().clone(), post_quantum().key().clone()] {
        assert_eq!(witness.to_string().parse(), Ok(witness.clone()));
        assert!(witness.to_string().parse::<VerifierKey>().is_err());
    }
    let log = SignerKey::from_seed("log".parse().unwrap(), &[1; 32]).verifier();
    assert_eq!(
        log.to_string().parse::<WitnessKey>().unwrap_err().code(),
        "vkey-malformed"
    );
}

#[test]
fn one_name_has_two_keys() {
    let (checkpoint, classical, quantum) = (checkpoint(), cosigner(), post_quantum());
    assert_ne!(classical.key().id(), quantum.key().id());
    let mut signed = checkpoint.signed().clone();
    for (key, time) in [(&classical, 5), (&quantum, 6)] {
        signed.add(key.cosign(&checkpoint, UnixTime(time))).unwrap();
    }
    assert_eq!(classical.key().cosigned(&signed), Ok(Some(UnixTime(5))));
    assert_eq!(quantum.key().cosigned(&signed), Ok(Some(UnixTime(6))));
}

#[test]
fn names_fit_the_message() {
    assert!("w".repeat(255).parse::<KeyName>().is_ok());
    assert!("w".repeat(256).parse::<KeyName>().is_err());
}

#[test]
fn a_cosignature_made_elsewhere_is_checked() {
    let checkpoint = checkpoint();
    let (key, now) = (cosigner(), UnixTime(1_700_000_000));
    let seeds = [[2; 32], [3; 32]].map(|seed| crate::ed25519::SecretKey::from_seed(&seed));
    let [own, other] = seeds.each_ref().map(|secret| {
        let sign = |message: &[u8]| Ok::<_, Error>(secret.sign(message));
        key.key().cosign_with(&checkpoint, now, sign)
    });
    assert_eq!(own, Ok(key.cosign(&checkpoint, now)));
    assert_eq!(other.unwrap_err().code(), "note-signature-invalid");
}
