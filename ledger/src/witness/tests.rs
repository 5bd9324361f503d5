use super::*;
use crate::{
    checkpoint::Checkpoint,
    cosignature::CosignerKey,
    merkle::{leaf_hash, root_of},
    note::SignerKey,
};
use proptest::prelude::*;
use schemas::{Hash, UnixTime};

fn log() -> SignerKey {
    SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32])
}

fn leaves(size: usize) -> Vec<Hash> {
    (0..size).map(|i| leaf_hash(&i.to_be_bytes())).collect()
}

fn head(size: usize) -> TreeHead {
    TreeHead {
        size: TreeSize(size as u64),
        root: root_of(&leaves(size)),
    }
}

fn checkpoint(head: TreeHead) -> SignedCheckpoint {
    Checkpoint::new(log().verifier().name(), head).sign(&log())
}

fn record(size: usize) -> Record {
    Record {
        keys: vec![log().verifier()],
        latest: head(size),
    }
}

fn request(old: usize, new: usize) -> Request {
    let proof = match old {
        0 => ConsistencyProof::default(),
        old => {
            let (old, new) = (TreeSize(old as u64), TreeSize(new as u64));
            ConsistencyProof::generate(&leaves(64)[..], old, new).unwrap_or_default()
        }
    };
    Request {
        old: TreeSize(old as u64),
        proof,
        checkpoint: checkpoint(head(new)),
    }
}

#[test]
fn follows_a_log_as_it_grows() {
    let mut record = record(0);
    for (old, new) in [(0, 0), (0, 1), (1, 1), (1, 3), (3, 8), (8, 8), (8, 64)] {
        let request = request(old, new);
        let read = Request::parse(request.to_string().as_bytes()).unwrap();
        assert_eq!(read, request);
        let accepted = add_checkpoint(Some(&record), &read).unwrap();
        assert_eq!(accepted.latest(), head(new));
        record.latest = accepted.latest();
    }
}

#[test]
fn refuses_with_the_status_of_the_specification() {
    let status = |record: Option<&Record>, request: &Request| {
        let refusal = add_checkpoint(record, request).unwrap_err();
        (refusal.status(), refusal.size().map(|size| size.0))
    };
    let at_5 = record(5);
    assert_eq!(status(None, &request(5, 8)), (404, None));
    let renamed = SignerKey::from_seed("example.com/other".parse().unwrap(), &[1; 32]);
    let of_another = Record {
        keys: vec![renamed.verifier()],
        ..record(5)
    };
    assert_eq!(status(Some(&of_another), &request(5, 8)), (404, None));

    let rotated = SignerKey::from_seed("example.com/log".parse().unwrap(), &[2; 32]);
    let by_another = Record {
        keys: vec![rotated.verifier()],
        ..record(5)
    };
    assert_eq!(status(Some(&by_another), &request(5, 8)), (403, None));

    assert_eq!(status(Some(&at_5), &request(8, 5)), (400, None));
    assert_eq!(status(Some(&at_5), &request(4, 8)), (409, Some(5)));
    assert_eq!(status(Some(&at_5), &request(0, 8)), (409, Some(5)));
    assert_eq!(status(Some(&at_5), &request(6, 8)), (409, Some(5)));

    let other = TreeHead {
        root: leaf_hash(b"other"),
        ..head(5)
    };
    let fork = Request {
        checkpoint: checkpoint(other),
        ..request(5, 5)
    };
    assert_eq!(status(Some(&at_5), &fork), (409, Some(5)));

    let unproven = Request {
        proof: ConsistencyProof::default(),
        ..request(5, 8)
    };
    assert_eq!(status(Some(&at_5), &unproven), (422, None));
    let idle = Request {
        proof: request(5, 8).proof,
        ..request(5, 5)
    };
    assert_eq!(status(Some(&at_5), &idle), (422, None));
    let first = Request {
        proof: request(5, 8).proof,
        ..request(0, 8)
    };
    assert_eq!(status(Some(&record(0)), &first), (422, None));
    let another = TreeHead {
        root: leaf_hash(b"other"),
        ..head(8)
    };
    let rewritten = Request {
        checkpoint: checkpoint(another),
        ..request(5, 8)
    };
    assert_eq!(status(Some(&at_5), &rewritten), (422, None));
}

#[test]
fn refuses_what_is_no_request() {
    let good = request(5, 8).to_string();
    for body in [
        String::new(),
        good.replacen("old 5", "old 05", 1),
        good.replacen("old 5", "old -5", 1),
        good.replacen("old 5", "old  5", 1),
        good.replacen("old 5\n", "", 1),
        good.replacen("old 5\n", "old 5\n\n", 1),
        good.replacen("old 5\n", "old 5\nAAAA\n", 1),
        good.replacen("old 5\n", "old 5\n!\n", 1),
        good.replacen(
            "old 5\n",
            &format!(
                "old 5\n{}",
                "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n".repeat(64)
            ),
            1,
        ),
        good.trim_end().to_owned(),
        good.replacen("\n8\n", "\n08\n", 1),
    ] {
        assert!(Request::parse(body.as_bytes()).is_err(), "{body}");
    }
    let long = vec![b'x'; MAX_REQUEST_BYTES + 1];
    assert_eq!(Request::parse(&long).unwrap_err().code(), "too-long");
}

#[test]
fn its_client_reads_the_answers() {
    let cosigner = CosignerKey::from_seed("witness".parse().unwrap(), &[2; 32]);
    let mut request = request(5, 8);
    let accepted = add_checkpoint(Some(&record(5)), &request).unwrap();
    let line = cosigner.cosign(&accepted.recorded(), UnixTime(1_700_000_000));
    let answer = Answer::parse(200, "text/plain", line.to_string().as_bytes()).unwrap();
    assert_eq!(answer, Answer::Cosigned(vec![line.clone()]));
    request.checkpoint.add(line).unwrap();
    assert_eq!(
        cosigner.key().cosigned(&request.checkpoint),
        Ok(Some(UnixTime(1_700_000_000)))
    );

    let size = |content_type, body: &str| Answer::parse(409, content_type, body.as_bytes());
    assert_eq!(size(SIZE_CONTENT_TYPE, "5\n"), Ok(Answer::Conflict(TreeSize(5))));
    assert_eq!(size("text/plain", "5\n"), Ok(Answer::Refused(409)));
    for body in ["", "5", "05\n", "5\n\n", "five\n"] {
        assert!(size(SIZE_CONTENT_TYPE, body).is_err());
    }
    assert!(Answer::parse(200, "", b"").is_err());
    assert_eq!(Answer::parse(422, "", b"\xff"), Ok(Answer::Refused(422)));
}

proptest! {
    /// Whatever is asked in whatever order, what a witness accepts is one history.
    #[test]
    fn a_witness_never_cosigns_two_histories(asked in prop::collection::vec((0usize..12, 0usize..12, any::<bool>()), 0..30)) {
        let mut record = record(0);
        let mut cosigned: Vec<TreeHead> = Vec::new();
        for (old, new, honest) in asked {
            let mut request = request(old, new);
            if !honest && new > 0 {
                request.checkpoint = checkpoint(TreeHead { root: leaf_hash(&new.to_be_bytes()), ..head(new) });
            }
            if let Ok(accepted) = add_checkpoint(Some(&record), &request) {
                record.latest = accepted.latest();
                cosigned.push(accepted.latest());
            }
        }
        prop_assert!(cosigned.is_sorted_by_key(|head| head.size));
        for pair in cosigned.windows(2) {
            prop_assert!(pair[0].size != pair[1].size || pair[0].root == pair[1].root);
        }
        // A first checkpoint is taken on trust; from an honest one on, all are.
        if let Some(first) = cosigned.iter().position(|at| at.size.0 > 0)
            && cosigned[first] == head(usize::try_from(cosigned[first].size.0).unwrap())
        {
            for at in &cosigned[first..] {
                prop_assert_eq!(*at, head(usize::try_from(at.size.0).unwrap()));
            }
        }
    }

    #[test]
    fn any_body_returns(bytes: Vec<u8>, text in "old [0-9]{0,3}\n([A-Za-z0-9+/]{43}=\n){0,3}\n?(.{0,10}\n){0,5}") {
        let _ = Request::parse(&bytes);
        let _ = Request::parse(text.as_bytes());
        let _ = Answer::parse(200, "", &bytes);
    }
}
