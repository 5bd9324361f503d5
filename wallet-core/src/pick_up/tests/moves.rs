//! A lost device: a backup brings the result to another one, whatever gets lost on the way.

use super::*;
use crate::Restored;
use std::collections::BTreeMap;

/// Keys that the devices of one test need at most.
const KEYS: usize = 24;

/// An issuer's service as `schemas/spec/pick-up.md` has it. A receipt is `own.based`; the first is `0.0`.
struct Office {
    room: Room,
    in_force: String,
    /// Receipts and keys that were given out.
    given: (usize, usize),
    /// Which of the room's keys have a copy, and whether it has ended.
    ended: BTreeMap<usize, bool>,
}

/// One wallet, and what it has on its disk.
struct Device {
    vault: Vault,
    disk: Vec<u8>,
}

/// How a pick-up ended.
#[derive(Debug, PartialEq)]
enum End {
    Done,
    /// The device went off after this many wishes; an answer was lost.
    Off,
    Refused(&'static str),
}

impl Office {
    fn new() -> Self {
        Self {
            room: Room::new(KEYS),
            in_force: "0".into(),
            given: (0, 0),
            ended: BTreeMap::new(),
        }
    }

    /// What an order with a receipt does; `None` when the result has moved away from it.
    fn moves(&self, receipt: &str) -> Option<bool> {
        let (own, based_on) = receipt.split_once('.').unwrap();
        match &*self.in_force {
            id if id == own => Some(false),
            id if id == based_on => Some(true),
            _ => None,
        }
    }

    fn serve(&mut self, request: &Request) -> (u16, String) {
        let body = request.body.as_ref().map_or("", |body| body.parts().0);
        let refused = json!({ "error_description": "it lives elsewhere (issuer-receipt-moved)" });
        let answer = match request.url.strip_prefix(SERVICE).unwrap() {
            "/.well-known/openid-credential-issuer" => {
                json!({ "credential_issuer": SERVICE, "attest_issuer_number": ISSUER.0 })
            }
            "/token" if body.contains("pre-authorized_code=") => {
                json!({ "access_token": "0.0", "refresh_token": "0.0" })
            }
            "/token" => {
                let form = body.strip_prefix("grant_type=refresh_token&refresh_token=");
                let (receipt, moves) = match form.unwrap().split_once('&') {
                    Some((receipt, asked)) => (receipt, asked == "attest_moves=true"),
                    None => (form.unwrap(), false),
                };
                if self.moves(receipt).is_none() {
                    return (400, refused.to_string());
                }
                self.given.0 += 1;
                let receipt = match moves {
                    true => format!("{}.{}", self.given.0, self.in_force),
                    false => receipt.to_owned(),
                };
                json!({ "access_token": receipt, "refresh_token": receipt, "attest_moves": moves })
            }
            "/nonce" => json!({ "c_nonce": "n" }),
            "/credential" => {
                let receipt = request.token.as_deref().unwrap();
                match self.moves(receipt) {
                    None => return (400, refused.to_string()),
                    Some(true) => {
                        self.ended.values_mut().for_each(|ended| *ended = true);
                        receipt.split_once('.').unwrap().0.clone_into(&mut self.in_force);
                    }
                    Some(false) => {}
                }
                let asked: Value = serde_json::from_str(body).unwrap();
                let proofs = asked["proofs"]["jwt"].as_array().unwrap().clone();
                let copies = proofs.iter().map(|proof| self.issue(proof.as_str().unwrap()));
                json!({ "credentials": copies.collect::<Vec<_>>(), "notification_id": "q" })
            }
            "/notification" => Value::Null,
            other => panic!("{other}"),
        };
        (200, answer.to_string())
    }

    fn issue(&mut self, proof: &str) -> Value {
        let jws = Jws::decode(proof).unwrap();
        let holds = |key: &OrderedKey| jws.verify(&*AwsLc.es256(&key.public).unwrap()).is_ok();
        let index = self.room.ordered().iter().position(holds).unwrap();
        assert!(!*self.ended.entry(index).or_insert(false), "an ended copy");
        let mut copy = self.room.copy(index);
        copy.set_proof(batch(&copy).proof(copy.place().slot));
        json!({ "credential": BASE64_URL_SAFE_NO_PAD.encode(copy.encode()) })
    }

    fn stands(&self, vault: &Vault, number: HoldingNumber) -> bool {
        let copies = vault.pass(number).unwrap().copies().iter();
        let handles: Vec<_> = copies.map(|held| held.key().clone()).collect();
        let ordered = self.room.ordered();
        let index = |handle: &KeyHandle| ordered.iter().position(|key| key.handle == *handle).unwrap();
        !handles.is_empty()
            && handles
                .iter()
                .all(|handle| self.ended.get(&index(handle)) == Some(&false))
    }
}

impl Device {
    fn new() -> Self {
        let vault = Vault::new();
        let disk = vault.encode().unwrap().to_vec();
        Self { vault, disk }
    }

    /// A device whose wallet was restored from a backup.
    fn restored(backup: &[u8]) -> Self {
        let mut device = Self::new();
        let restored = device.vault.restore(backup).unwrap();
        assert_eq!(restored.receipts, 1);
        device.save();
        device
    }

    fn save(&mut self) {
        self.disk = self.vault.encode().unwrap().to_vec();
    }

    /// What it has is what was saved.
    fn start_anew(&mut self) {
        self.vault = Vault::decode(&self.disk).unwrap();
    }

    fn pick_up(&mut self, office: &mut Office) -> HoldingNumber {
        let offer = Offer {
            issuer: SERVICE.to_owned(),
            code: "code".to_owned(),
        };
        let mut pick_up = PickUp::take_up(&offer, "123456");
        assert_eq!(self.go_on(office, &mut pick_up, usize::MAX), End::Done);
        pick_up.holding().unwrap()
    }

    fn refresh(&mut self, office: &mut Office, number: HoldingNumber) -> (End, bool) {
        match PickUp::resume(&self.vault, number) {
            Ok(mut pick_up) => {
                let end = self.go_on(office, &mut pick_up, usize::MAX);
                (end, pick_up.is_moved())
            }
            Err(refused) => (End::Refused(refused.code()), false),
        }
    }

    /// Carries out wishes, and goes off before the answer to the one after so many.
    fn go_on(&mut self, office: &mut Office, pick_up: &mut PickUp, wishes: usize) -> End {
        for wish in 0.. {
            let wished = pick_up.wish();
            let (mut response, mut keys, mut signatures) = (None, Vec::new(), Vec::new());
            match &wished {
                Wish::Ask(request) => response = Some(office.serve(request)),
                Wish::MakeKeys(count) => {
                    keys = office.room.ordered()[office.given.1..][..*count].to_vec();
                    office.given.1 += count;
                }
                Wish::Sign(requests) => {
                    let ordered = office.room.ordered();
                    let position =
                        |handle: &KeyHandle| ordered.iter().position(|key| key.handle == *handle).unwrap();
                    let sign = |(handle, bytes): &(KeyHandle, Vec<u8>)| {
                        office.room.keys[position(handle)].sign(bytes).unwrap()
                    };
                    signatures = requests.iter().map(sign).collect();
                }
                Wish::Save { .. } => self.save(),
                Wish::Vouch { .. } => {}
                Wish::Wait => panic!("every copy has its proof"),
                Wish::Done => return End::Done,
            }
            if wish == wishes {
                return End::Off;
            }
            let public = office.room.public();
            let issuance = Issuance {
                issuer: &*public,
                root: &no_roots,
            };
            let answer = match (&wished, &response) {
                (Wish::Ask(_), Some((status, body))) => Answer::Response(Response {
                    status: *status,
                    body: body.as_bytes(),
                }),
                (Wish::MakeKeys(_), _) => Answer::Keys(&keys),
                (Wish::Sign(_), _) => Answer::Signatures(&signatures),
                (Wish::Vouch { .. }, _) => Answer::Issuance(&issuance),
                _ => Answer::Saved,
            };
            if let Err(refused) = pick_up.answer(answer, &mut self.vault, NOW) {
                return End::Refused(refused.code());
            }
        }
        unreachable!("it ends or is refused")
    }
}

const MOVED: End = End::Refused("issuer-receipt-moved");

/// A device that a result was picked up with, and its backup.
fn lost(office: &mut Office) -> (Device, HoldingNumber, Vec<u8>) {
    let mut device = Device::new();
    let number = device.pick_up(office);
    let backup = device.vault.export().unwrap().to_vec();
    (device, number, backup)
}

#[test]
fn a_move_survives_the_loss_of_any_answer() {
    let mut lengths = Vec::new();
    for wishes in 0.. {
        let mut office = Office::new();
        let (mut old, number, backup) = lost(&mut office);
        let mut new = Device::restored(&backup);
        assert_eq!(new.vault.pass(number).unwrap().home(), Home::ToMove);
        let mut first = PickUp::resume(&new.vault, number).unwrap();
        let end = new.go_on(&mut office, &mut first, wishes);
        new.start_anew();
        let (again, is_moved) = new.refresh(&mut office, number);
        assert_eq!(again, End::Done, "after {wishes} wishes");
        assert!(
            first.is_moved() || is_moved,
            "after {wishes} wishes nobody is told to save a new backup"
        );
        assert!(office.stands(&new.vault, number), "after {wishes} wishes");
        let pass = new.vault.pass(number).unwrap();
        assert_eq!(
            (pass.home(), pass.stock(NOW)),
            (Home::Here, Stock::Enough(COPIES))
        );
        // The device that was lost is told, and shows nothing more.
        assert!(!office.stands(&old.vault, number));
        let keys = old.vault.keys().count();
        assert_eq!(old.refresh(&mut office, number), (MOVED, false));
        old.start_anew();
        assert_eq!((keys, old.vault.keys().count()), (COPIES, 0));
        assert_eq!(old.refresh(&mut office, number), (MOVED, false));
        assert_shows_nothing(&mut old.vault, number);
        lengths.push(wishes);
        if end == End::Done {
            break;
        }
    }
    // Token, keys, save, nonce, signatures, copies, the issuer's key, save, notification; and the last time nothing was lost.
    assert_eq!(lengths.len(), 10);
}

fn assert_shows_nothing(vault: &mut Vault, number: HoldingNumber) {
    let (consent, anchoring) = (Consent::ToReuse, crate::Anchoring::MayFollow);
    let shown = vault.show(number, &[], Audience::AnyDoor, consent, anchoring, NOW);
    assert_eq!(shown.unwrap_err(), Error::ResultMoved);
    let pass = vault.pass(number).unwrap();
    assert!(pass.contents().is_some(), "the person sees what it was");
    assert!(!pass.runs_low(NOW));
    assert_eq!(PickUp::paper(vault, number).unwrap_err(), Error::ResultMoved);
}

#[test]
fn of_two_restored_devices_one_has_the_result() {
    let mut office = Office::new();
    let (_, number, backup) = lost(&mut office);
    let (mut one, mut other) = (Device::restored(&backup), Device::restored(&backup));
    let begin = |device: &mut Device, office: &mut Office| {
        let mut pick_up = PickUp::resume(&device.vault, number).unwrap();
        // Both have saved their orders, and signed them.
        assert_eq!(device.go_on(office, &mut pick_up, 4), End::Off);
        pick_up
    };
    let (mut first, mut second) = (begin(&mut one, &mut office), begin(&mut other, &mut office));
    assert_eq!(other.go_on(&mut office, &mut second, usize::MAX), End::Done);
    assert_eq!(one.go_on(&mut office, &mut first, usize::MAX), MOVED);
    assert!(office.stands(&other.vault, number) && second.is_moved() && !first.is_moved());
    one.start_anew();
    assert_eq!(one.vault.keys().count(), 0);
    assert_shows_nothing(&mut one.vault, number);
}

#[test]
fn a_backup_is_good_until_it_has_moved_the_result() {
    let mut office = Office::new();
    let (old, number, backup) = lost(&mut office);
    // What is not lost needs no backup: it stays as it is.
    let mut same = old.vault.clone();
    assert_eq!(same.restore(&backup).unwrap().already_held, 1);
    assert_eq!(same.pass(number).unwrap().home(), Home::Here);

    let mut new = Device::restored(&backup);
    let mut pick_up = PickUp::resume(&new.vault, number).unwrap();
    // The order is saved, and goes out later: a backup made in between has the new receipt.
    assert_eq!(new.go_on(&mut office, &mut pick_up, 2), End::Off);
    let between = new.vault.export().unwrap().to_vec();
    assert_eq!(new.go_on(&mut office, &mut pick_up, usize::MAX), End::Done);
    // The old one again, in the wallet that it was restored in: that has the result already.
    let again = new.vault.restore(&backup).unwrap();
    assert_eq!(
        again,
        Restored {
            already_held: 1,
            ..Restored::default()
        }
    );
    let mut late = Device::restored(&backup);
    assert_eq!(late.refresh(&mut office, number), (MOVED, false));
    // A dead receipt is in no backup.
    assert_eq!(
        Vault::new().restore(&late.vault.export().unwrap()),
        Ok(Restored::default())
    );
    let mut third = Device::restored(&between);
    assert_eq!(third.refresh(&mut office, number), (End::Done, true));
    assert!(office.stands(&third.vault, number) && !office.stands(&new.vault, number));
    assert_eq!(third.refresh(&mut office, number), (End::Done, false));
}

#[test]
fn a_correction_on_the_way_is_moved_too() {
    let mut office = Office::new();
    let (_, number, backup) = lost(&mut office);
    let mut new = Device::restored(&backup);
    let mut pick_up = PickUp::resume(&new.vault, number).unwrap();
    let corrected =
        json!({ "access_token": "t", "refresh_token": "9.0", "attest_replaces": true, "attest_moves": true });
    let body = corrected.to_string();
    let response = Response {
        status: 200,
        body: body.as_bytes(),
    };
    pick_up
        .answer(Answer::Response(response), &mut new.vault, NOW)
        .unwrap();
    let pass = new.vault.pass(number).unwrap();
    assert!(pick_up.is_replaced() && pass.contents().is_none());
    assert_eq!(
        (pass.home(), pass.receipt().reference()),
        (Home::Moving, &b"9.0"[..])
    );
    // The backup from before both is still recognised.
    assert_eq!(new.vault.restore(&backup).unwrap().already_held, 1);
    assert_eq!(new.refresh(&mut office, number), (End::Done, true));
}

#[test]
fn a_service_that_moves_nothing_is_asked_again() {
    let mut office = Office::new();
    let (_, number, backup) = lost(&mut office);
    let mut new = Device::restored(&backup);
    let mut pick_up = PickUp::resume(&new.vault, number).unwrap();
    let body = br#"{"access_token":"0.0","refresh_token":"0.0"}"#;
    let response = Response { status: 200, body };
    pick_up
        .answer(Answer::Response(response), &mut new.vault, NOW)
        .unwrap();
    assert_eq!(new.go_on(&mut office, &mut pick_up, usize::MAX), End::Done);
    assert!(!pick_up.is_moved() && office.stands(&new.vault, number));
    // Once it does, the copies that it gave before the move end here too.
    let before: Vec<_> = new.vault.keys().cloned().collect();
    assert_eq!(new.refresh(&mut office, number), (End::Done, true));
    assert!(office.stands(&new.vault, number) && new.vault.keys().all(|key| !before.contains(key)));
}
