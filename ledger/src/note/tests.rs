use super::*;
use proptest::prelude::*;

fn signer(name: &str, seed: u8) -> SignerKey {
    SignerKey::from_seed(name.parse().unwrap(), &[seed; 32])
}

fn signed(text: &str, by: &[&SignerKey]) -> Note {
    let mut note = Note::new(text.to_owned()).unwrap();
    for key in by {
        note.add(key.sign(&note)).unwrap();
    }
    note
}

fn refusal(note: &str) -> &'static str {
    Note::parse(note.as_bytes()).unwrap_err().code()
}

#[test]
fn signs_and_verifies() {
    let (log, other) = (signer("example.com/log", 1), signer("example.com/other", 2));
    let note = signed("first\n\nsecond\n", &[&log, &other]);
    let read = Note::parse(note.to_string().as_bytes()).unwrap();
    assert_eq!(read, note);
    assert_eq!(read.unverified_text(), "first\n\nsecond\n");
    assert_eq!(read.verify(&[log.verifier()]), Ok(()));
    assert_eq!(
        read.verify(&[signer("example.com/log", 3).verifier()]),
        Err(Error::NoteUnsigned)
    );
    assert_eq!(
        read.verify(&[signer("example.com/third", 1).verifier()]),
        Err(Error::NoteUnsigned)
    );
}

#[test]
fn a_bad_signature_by_a_known_key_refuses() {
    let (log, other) = (signer("log", 1), signer("other", 2));
    let mut note = signed("text\n", &[&log]);
    let mut forged = other.sign(&note);
    forged.bytes[0] ^= 1;
    note.add(forged).unwrap();
    assert_eq!(note.verify(&[log.verifier()]), Ok(()));
    let both = [log.verifier(), other.verifier()];
    assert_eq!(note.verify(&both).unwrap_err().code(), "note-signature-invalid");
    // A key id that says the same by chance is no forgery of the name.
    let mut renamed = note.signatures[0].clone();
    renamed.name = "somebody".parse().unwrap();
    assert_eq!(signed("text\n", &[]).verify(&both), Err(Error::NoteUnsigned));
    note.add(renamed).unwrap();
    assert_eq!(note.verify(&[log.verifier()]), Ok(()));
}

#[test]
fn refuses_what_is_no_note() {
    let line = signer("log", 1)
        .sign(&Note::new("text\n".to_owned()).unwrap())
        .to_string();
    assert!(Note::parse(format!("text\n\n{line}").as_bytes()).is_ok());
    for note in [
        String::new(),
        "text\n".to_owned(),
        "text\n\n".to_owned(),
        format!("text\n{line}"),
        format!("text\n\n{}", line.trim_end()),
        format!("text\n\n{line}\n"),
        format!("\n\n{line}x\n"),
        format!("te\txt\n\n{line}"),
        format!("text\r\n\r\n{line}"),
        format!("text\n\n{}", line.replace('\u{2014}', "-")),
        format!("text\n\n{}", line.replace("log", "")),
        format!("text\n\n{}", line.replace("log", "l+g")),
        format!("text\n\n{}", line.replace("log", "l\u{2003}g")),
        format!("text\n\n{}", line.replace("log ", "log  ")),
        "text\n\n\u{2014} log AAAAAA==\n".to_owned(),
        "text\n\n\u{2014} log AAAAAAB=\n".to_owned(),
        "text\n\n\u{2014} log AAAAAAE\n".to_owned(),
    ] {
        assert_eq!(refusal(&note), "note-malformed", "{note:?}");
    }
    assert_eq!(
        refusal(&format!("text\n\n{}", line.repeat(MAX_SIGNATURES + 1))),
        "too-long"
    );
    assert_eq!(refusal(&"x".repeat(MAX_NOTE_BYTES + 1)), "too-long");
    assert_eq!(Note::parse(b"\xff\n\n").unwrap_err().code(), "note-malformed");
}

#[test]
fn a_vkey_is_split_at_its_first_two_plus_signs() {
    let golden = "ledger.govdigital.example/member-03+95f94154+AQOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4";
    let key: VerifierKey = golden.parse().unwrap();
    assert_eq!(key.name().as_str(), "ledger.govdigital.example/member-03");
    assert_eq!(key.to_string(), golden);
    let seed = core::array::from_fn(|i| u8::try_from(i).unwrap());
    assert_eq!(SignerKey::from_seed(key.name().clone(), &seed).verifier(), key);

    let code = |vkey: &str| vkey.parse::<VerifierKey>().unwrap_err().code();
    for vkey in [
        "",
        "log",
        "log+95f94154",
        &golden.replace("95f94154", "95f94155"),
        &golden.replace("95f94154", "95F94154"),
        &golden.replace("95f94154", "+95f9415"),
        &golden.replace("member-03", "member-04"),
        &golden.replace("AQOh", "BAOh"),
        &golden[..golden.len() - 4],
        &golden.replace("/member", " member"),
    ] {
        assert_eq!(code(vkey), "vkey-malformed", "{vkey}");
    }
}

#[test]
fn a_key_that_signs_everything_is_no_key() {
    let name: KeyName = "log".parse().unwrap();
    let mut identity = [0; 32];
    identity[0] = 1;
    let vkey = Vkey::new(&name, 1, &identity);
    assert_eq!(
        vkey.to_string().parse::<VerifierKey>().unwrap_err().code(),
        "key-malformed"
    );
}

proptest! {
    #[test]
    fn reads_what_it_writes(lines in prop::collection::vec("[^\\x00-\\x1f]{0,20}", 1..5), seeds in prop::collection::vec(any::<u8>(), 1..5)) {
        let keys: Vec<SignerKey> = seeds.iter().map(|seed| signer(&format!("key-{seed}"), *seed)).collect();
        let note = signed(&(lines.join("\n") + "\n"), &keys.iter().collect::<Vec<_>>());
        prop_assert_eq!(Note::parse(note.to_string().as_bytes()), Ok(note.clone()));
        for key in keys {
            prop_assert_eq!(note.verify(&[key.verifier()]), Ok(()));
            prop_assert_eq!(key.verifier().to_string().parse(), Ok(key.verifier()));
        }
    }

    #[test]
    fn any_flipped_bit_refuses(bit in 0usize..10_000) {
        let key = signer("log", 1);
        let mut bytes = signed("some text\nof two lines\n", &[&key]).to_string().into_bytes();
        let bit = bit % (bytes.len() * 8);
        bytes[bit / 8] ^= 1 << (bit % 8);
        let verified = Note::parse(&bytes).and_then(|note| note.verify(&[key.verifier()]));
        prop_assert!(verified.is_err());
    }

    #[test]
    fn any_bytes_return(bytes: Vec<u8>, text in "(\u{2014} |\n|[a-z]| |[A-Za-z0-9+/=]{4}){0,40}", vkey in "[a-z]{0,3}\\+[0-9a-f]{0,8}\\+[A-Za-z0-9+/=]{0,48}") {
        let _ = Note::parse(&bytes);
        if let Ok(note) = Note::parse(text.as_bytes()) {
            prop_assert_eq!(note.to_string(), text);
        }
        let _ = vkey.parse::<VerifierKey>();
    }
}

#[test]
fn a_signature_made_elsewhere_is_checked() {
    let key = signer("example.com/key", 1);
    let note = Note::new("a text\n".to_owned()).unwrap();
    let line = key.sign(&note);
    assert_eq!(key.verifier().signed(&note, line.bytes()), Ok(line));
    let other = signer("example.com/key", 2).sign(&note);
    let refused = key.verifier().signed(&note, other.bytes()).unwrap_err();
    assert_eq!(refused.code(), "note-signature-invalid");
}
