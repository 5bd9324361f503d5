//! The calls of the page's script. `now` comes with each call that needs it, in seconds since 1970; bytes are in base64url.

use crate::{
    facts, keys,
    refusal::{no_randomness, not_open, refused},
    wishes,
};
use schemas::{
    UnixTime, hcert,
    qr::{Code, Effort, Level, read_pixels},
    sd_cwt::profile::{self, Asked, AskedGroups, Audience},
};
use serde::Deserialize;
use serde_json::{Value, json};
use wallet_core::{
    Anchoring, Consent, HoldingNumber, Presenter, Vault,
    pick_up::{Offer, PickUp},
    seal::{self, Passphrase},
};
use web::{Answer, Module, Refusal};

/// What the wallet page keeps in its module: the open vault, and what is on its way.
#[derive(Default)]
pub struct Wallet {
    pub(crate) vault: Option<Vault>,
    pub(crate) pick_up: Option<PickUp>,
    presenter: Option<Presenter>,
    /// When the presentation that waits for its signature was begun.
    made_at: i64,
}

/// A call of the page's script.
#[derive(Deserialize)]
#[serde(tag = "call", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Call {
    /// Reads the codes in a picture, whose pixels come with it.
    Read {
        /// Pixels in a row.
        width: u32,
        /// Rows.
        height: u32,
        /// Bytes from row to row of brightness alone; without it four bytes are a pixel.
        stride: Option<u32>,
        /// Whether it comes from a file, and not from a camera that shows another soon.
        #[serde(default)]
        is_file: bool,
    },
    /// Opens a vault, whose decrypted bytes come with it; none are an empty vault. Tells which keys it needs.
    Open,
    /// Gives the bytes to encrypt and keep.
    Encode,
    /// Everything in the wallet, by person.
    List {
        /// The time.
        now: i64,
    },
    /// Tells what a text from a code is: an offer, a door's challenge, or something to import.
    Recognise {
        /// The text.
        text: String,
    },
    /// Takes in a certificate. Save afterwards.
    Import {
        /// Its text.
        text: String,
        /// The time.
        now: i64,
    },
    /// Begins to pick up what an offer is for, and gives the first wish.
    TakeUp {
        /// The offer.
        offer: String,
        /// The code that came apart from it.
        code: String,
    },
    /// Begins to fetch what a result lacks, and gives the first wish.
    Refresh {
        /// Its number.
        number: u32,
    },
    /// Begins to fetch the certificate of a result, for paper, and gives the first wish.
    Paper {
        /// Its number.
        number: u32,
    },
    /// Answers the last wish, and gives the next.
    Answer {
        /// How it came out.
        answer: wishes::Given,
        /// The time.
        now: i64,
    },
    /// Begins a showing: a copy is spent. Save before anything is on the screen.
    Show {
        /// Which result.
        number: u32,
        /// What is disclosed.
        disclose: Disclose,
        /// The challenge of the door, if it has shown one.
        challenge: Option<String>,
        /// Whether the person agreed to show a copy again.
        reuse: bool,
        /// The time.
        now: i64,
    },
    /// The key and the bytes of the next presentation.
    Renew {
        /// The time.
        now: i64,
    },
    /// The code of the presentation, with its signature.
    Shown {
        /// The signature of the bytes that [`Call::Renew`] gave.
        signature: String,
    },
    /// Ends the showing.
    Hide,
    /// The code of a certificate.
    Certificate {
        /// Its number.
        number: u32,
        /// For which print, or for the screen.
        form: Form,
    },
    /// Takes a holding out, and tells which keys are to be destroyed with it. Save afterwards.
    Remove {
        /// Its number.
        number: u32,
    },
    /// Certificates and receipts, to be encrypted and kept elsewhere.
    Export,
    /// Takes in what [`Call::Export`] gave, which comes with it. Save afterwards.
    Restore,
    /// Encrypts what comes with it under a passphrase. Needs no open vault.
    Seal {
        /// The passphrase.
        passphrase: String,
        /// 48 random bytes.
        random: Vec<u8>,
    },
    /// Decrypts what comes with it. Needs no open vault.
    Unseal {
        /// The passphrase.
        passphrase: String,
    },
}

/// What a showing discloses.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Disclose {
    /// The result alone.
    Result,
    /// The result, the initials, and the birth day and month.
    Initials,
    /// The result, the name, and the date of birth.
    Name,
}

impl Disclose {
    fn asked(self) -> AskedGroups {
        match self {
            Self::Result => AskedGroups::Result,
            Self::Initials => AskedGroups::Initials,
            Self::Name => AskedGroups::Person,
        }
    }

    fn name(asked: AskedGroups) -> &'static str {
        match asked {
            AskedGroups::Result => "result",
            AskedGroups::Initials => "initials",
            AskedGroups::Person => "name",
        }
    }
}

/// What the code of a certificate is for.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Form {
    /// The screen, or paper: as it was imported.
    Whole,
    /// Paper that travels: without the ledger's proof, at level Q.
    Travel,
}

impl Module for Wallet {
    type Call = Call;

    fn call(&mut self, call: Call, body: &[u8]) -> Result<Answer, Refusal> {
        match call {
            Call::Read {
                width,
                height,
                stride,
                is_file,
            } => {
                let effort = if is_file { Effort::Photo } else { Effort::Frame };
                let texts = read_pixels(width, height, stride, body, effort).map_err(refused)?;
                Ok(Answer::json(&json!({ "texts": texts })))
            }
            Call::Open => self.open(body),
            Call::Encode => Ok(Answer::default().with_body(self.encode()?)),
            Call::List { now } => Ok(Answer::json(&facts::list(self.vault()?, UnixTime(now)))),
            Call::Recognise { text } => recognise(&text),
            Call::Import { text, now } => {
                let number = self.vault_mut()?.import_text(&text, UnixTime(now));
                Ok(Answer::json(&json!({ "number": number.map_err(refused)?.0 })))
            }
            Call::TakeUp { offer, code } => {
                self.vault()?;
                let offer = Offer::read(&offer).map_err(refused)?;
                self.pick_up = Some(PickUp::take_up(&offer, &code));
                self.next_wish()
            }
            Call::Refresh { number } => {
                let resumed = PickUp::resume(self.vault()?, HoldingNumber(number));
                self.pick_up = Some(resumed.map_err(refused)?);
                self.next_wish()
            }
            Call::Paper { number } => {
                let begun = PickUp::paper(self.vault()?, HoldingNumber(number));
                self.pick_up = Some(begun.map_err(refused)?);
                self.next_wish()
            }
            Call::Answer { answer, now } => self.answer(answer, body, UnixTime(now)),
            Call::Show {
                number,
                disclose,
                challenge,
                reuse,
                now,
            } => {
                let consent = if reuse {
                    Consent::ToReuse
                } else {
                    Consent::FreshOnly
                };
                self.show(number, disclose, challenge.as_deref(), consent, UnixTime(now))
            }
            Call::Renew { now } => self.renew(now),
            Call::Shown { signature } => self.shown(&signature),
            Call::Hide => {
                self.presenter = None;
                Ok(Answer::default())
            }
            Call::Certificate { number, form } => self.certificate(HoldingNumber(number), form),
            Call::Remove { number } => {
                let destroyed = self.vault_mut()?.remove(HoldingNumber(number)).map_err(refused)?;
                let destroyed: Vec<_> = destroyed.iter().map(keys::text).collect();
                Ok(Answer::json(&json!({ "destroy": destroyed })))
            }
            Call::Export => {
                let export = self.vault()?.export().map_err(refused)?;
                Ok(Answer::default().with_body(export.to_vec()))
            }
            Call::Restore => {
                let restored = self.vault_mut()?.restore(body).map_err(refused)?;
                Ok(Answer::json(&json!({
                    "certificates": restored.certificates,
                    "receipts": restored.receipts,
                    "already_held": restored.already_held,
                })))
            }
            Call::Seal { passphrase, random } => {
                let random = random.try_into().map_err(|_| no_randomness())?;
                let sealed = seal::seal(body, &Passphrase::new(passphrase), seal::WORK, &random);
                Ok(Answer::default().with_body(sealed))
            }
            Call::Unseal { passphrase } => {
                let plain = seal::open(body, &Passphrase::new(passphrase), seal::MAX_WORK);
                Ok(Answer::default().with_body(plain.map_err(refused)?.to_vec()))
            }
        }
    }
}

impl Wallet {
    pub(crate) fn vault(&self) -> Result<&Vault, Refusal> {
        self.vault.as_ref().ok_or_else(not_open)
    }

    fn vault_mut(&mut self) -> Result<&mut Vault, Refusal> {
        self.vault.as_mut().ok_or_else(not_open)
    }

    fn open(&mut self, bytes: &[u8]) -> Result<Answer, Refusal> {
        let vault = match bytes {
            [] => Vault::new(),
            bytes => Vault::decode(bytes).map_err(refused)?,
        };
        let needed: Vec<_> = vault.keys().map(keys::text).collect();
        *self = Self {
            vault: Some(vault),
            ..Self::default()
        };
        Ok(Answer::json(&json!({ "keys": needed })))
    }

    pub(crate) fn encode(&self) -> Result<Vec<u8>, Refusal> {
        Ok(self.vault()?.encode().map_err(refused)?.to_vec())
    }

    fn show(
        &mut self,
        number: u32,
        disclose: Disclose,
        challenge: Option<&str>,
        consent: Consent,
        now: UnixTime,
    ) -> Result<Answer, Refusal> {
        let audience = match challenge {
            Some(text) => Audience::Door(Asked::decode_text(text).map_err(refused)?.challenge),
            None => Audience::AnyDoor,
        };
        let groups = disclose.asked().groups();
        let number = HoldingNumber(number);
        let shown = self
            .vault_mut()?
            .show(number, groups, audience, consent, Anchoring::Needed, now);
        self.presenter = Some(shown.map_err(refused)?.0);
        Ok(Answer::default())
    }

    fn renew(&mut self, now: i64) -> Result<Answer, Refusal> {
        let presenter = self.presenter.as_ref().ok_or_else(not_open)?;
        let renewal = presenter.renew(UnixTime(now)).map_err(refused)?;
        let asked = json!({ "key": keys::text(renewal.key()) });
        let bytes = renewal.bytes_to_sign();
        self.made_at = now;
        Ok(Answer::json(&asked).with_body(bytes))
    }

    fn shown(&self, signature: &str) -> Result<Answer, Refusal> {
        let presenter = self.presenter.as_ref().ok_or_else(not_open)?;
        let renewal = presenter.renew(UnixTime(self.made_at)).map_err(refused)?;
        let shown = renewal.answer(&keys::signature(signature)?);
        let code = Code::new(shown.text()).map_err(refused)?;
        Ok(Answer::json(&json!({
            "text": shown.text(),
            "svg": code.to_svg(None),
            "next_at": shown.next_at().0,
            "valid_until": shown.valid_until().0,
        })))
    }

    fn certificate(&self, number: HoldingNumber, form: Form) -> Result<Answer, Refusal> {
        let certificate = self.vault()?.certificate(number).map_err(refused)?;
        let (text, code) = match form {
            Form::Whole => {
                let text = certificate.text().to_owned();
                let code = Code::new(&text);
                (text, code)
            }
            Form::Travel => {
                let text = certificate.travel_text().map_err(refused)?;
                let code = Code::at_level(&text, Level::Q);
                (text, code)
            }
        };
        let svg = code.map_err(refused)?.to_svg(None);
        Ok(Answer::json(&json!({ "text": text, "svg": svg })))
    }
}

/// What a text is for. An import is only looked at when it is taken in.
fn recognise(text: &str) -> Result<Answer, Refusal> {
    let text = text.trim();
    let kind: Value = if text.starts_with(profile::CHALLENGE_PREFIX) {
        let asked = Asked::decode_text(text).map_err(refused)?;
        json!({ "kind": "challenge", "disclose": Disclose::name(asked.groups) })
    } else if text.starts_with(hcert::PREFIX) || text.starts_with(profile::PREFIX) {
        json!({ "kind": "import" })
    } else {
        let offer = Offer::read(text).map_err(refused)?;
        json!({ "kind": "offer", "issuer": offer.issuer() })
    };
    Ok(Answer::json(&kind))
}
