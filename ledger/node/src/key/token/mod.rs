//! An Ed25519 key in a token that speaks PKCS#11 (OASIS PKCS#11 3.0 section 6.3, CKM_EDDSA). It never leaves the token.

mod config;
mod error;
mod module;

pub use config::Pkcs11Config;
pub use error::TokenError;

use self::module::Run;
use cryptoki::{
    context::Pkcs11,
    error::{Error as Refusal, RvError},
    mechanism::{
        Mechanism,
        eddsa::{EddsaParams, EddsaSignatureScheme},
    },
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
};
use ledger::ed25519::PublicKey;
use std::{
    fmt,
    sync::{Mutex, PoisonError},
};

/// CKA_EC_PARAMS of Ed25519: the curve's name as a PrintableString, `edwards25519`.
const EDWARDS25519: &[u8] = b"\x13\x0cedwards25519";

/// The key, found in its token and logged in to.
pub(super) struct TokenKey {
    config: Pkcs11Config,
    public: PublicKey,
    held: Mutex<Held>,
}

/// What a process has of the token.
enum Held {
    Open(Open),
    /// It failed; the next signature looks for it again.
    Away,
    /// It refused the PIN; this process does not give it again.
    Refused(TokenError),
}

/// A session that is logged in, and the private key in it.
struct Open {
    session: Session,
    key: ObjectHandle,
    run: Run,
}

impl TokenKey {
    /// Finds the key in the token.
    pub(super) fn open(config: &Pkcs11Config) -> Result<Self, TokenError> {
        Self::found(
            config,
            module::with(&config.module, |module, run| find(module, run, config))?,
        )
    }

    /// Finds the key in the token, or makes it there.
    pub(super) fn create(config: &Pkcs11Config) -> Result<Self, TokenError> {
        module::with(&config.module, |module, _| {
            let session = log_in(module, config, Access::Write)?;
            let made = match objects(&session, config, ObjectClass::PRIVATE_KEY)?.is_empty() {
                true => generate(&session, config),
                false => Ok(()),
            };
            let _ = session.close();
            made
        })?;
        Self::open(config)
    }

    fn found(config: &Pkcs11Config, (open, public): (Open, PublicKey)) -> Result<Self, TokenError> {
        Ok(Self {
            config: config.clone(),
            public,
            held: Mutex::new(Held::Open(open)),
        })
    }

    pub(super) fn public(&self) -> PublicKey {
        self.public
    }

    /// Signs with the key. A token that failed is looked for once more, since it may be back.
    pub(super) fn sign(&self, message: &[u8]) -> Result<[u8; 64], TokenError> {
        let held = &mut *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let signature = match self.signature(held, message) {
            Err(error) if error.passes() => {
                tracing::warn!(%error, code = error.code(), "looking for the token again");
                self.look_again(held)?;
                self.signature(held, message)?
            }
            other => other?,
        };
        let unfit = |_| unfit(&self.config, "its signatures do not have 64 bytes");
        signature.as_slice().try_into().map_err(unfit)
    }

    /// Looks for a token that failed.
    pub(super) fn ready(&self) -> Result<(), TokenError> {
        let held = &mut *self.held.lock().unwrap_or_else(PoisonError::into_inner);
        match held {
            Held::Open(_) => Ok(()),
            Held::Away => self.look_again(held),
            Held::Refused(error) => Err(error.clone()),
        }
    }

    /// Signs in the session that is open, or has none open afterwards.
    fn signature(&self, held: &mut Held, message: &[u8]) -> Result<Vec<u8>, TokenError> {
        module::with(&self.config.module, |_, now| {
            let open = match std::mem::replace(held, Held::Away) {
                Held::Open(open) if open.run == now => open,
                Held::Open(_) | Held::Away => {
                    return Err(TokenError::Missing {
                        token: self.config.token.clone(),
                    });
                }
                Held::Refused(error) => {
                    *held = Held::Refused(error.clone());
                    return Err(error);
                }
            };
            let scheme = EddsaParams::new(EddsaSignatureScheme::Ed25519);
            match open.session.sign(&Mechanism::Eddsa(scheme), open.key, message) {
                Ok(signature) => {
                    *held = Held::Open(open);
                    Ok(signature)
                }
                Err(error) => {
                    let _ = open.session.close();
                    Err(TokenError::failed(&self.config, &error))
                }
            }
        })
    }

    /// Finds the key anew, if need be in a module that was started anew.
    fn look_again(&self, held: &mut Held) -> Result<(), TokenError> {
        let config = &self.config;
        let look = || module::with(&config.module, |module, run| Ok((run, find(module, run, config))));
        let (run, mut found) = look()?;
        if found.as_ref().is_err_and(TokenError::passes) {
            module::restart(&config.module, run)?;
            found = look()?.1;
        }
        match found {
            Ok((_, public)) if public != self.public => {
                Err(unfit(config, "it is another key than at the start"))
            }
            Ok((open, _)) => {
                *held = Held::Open(open);
                Ok(())
            }
            Err(error @ TokenError::PinRefused { .. }) => {
                *held = Held::Refused(error.clone());
                Err(error)
            }
            Err(error) => Err(error),
        }
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenKey(…)")
    }
}

/// What a session may do to the token.
#[derive(Clone, Copy)]
enum Access {
    Read,
    Write,
}

/// A session in which the user is logged in. It is not closed when dropped: in a later run of the module its number is
/// another's.
fn log_in(module: &Pkcs11, config: &Pkcs11Config, access: Access) -> Result<Session, TokenError> {
    let pin = config.pin()?;
    let failed = |error: Refusal| TokenError::failed(config, &error);
    let slot = slot(module, config)?;
    let session = match access {
        Access::Read => module.open_ro_session_no_drop(slot),
        Access::Write => module.open_rw_session_no_drop(slot),
    };
    let session = session.map_err(failed)?;
    let refused = |reason| TokenError::PinRefused {
        token: config.token.clone(),
        reason,
    };
    match session.login(UserType::User, Some(&pin)) {
        // The login is the process's: another key in the same token was there first.
        Ok(()) | Err(Refusal::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
        Err(Refusal::Pkcs11(code, _)) => Err(match code {
            RvError::PinIncorrect | RvError::PinInvalid | RvError::PinLenRange => refused("it is wrong"),
            RvError::PinLocked => refused("it is locked: the token's security officer unlocks it"),
            RvError::PinExpired => refused("it has expired: give the token a new one"),
            RvError::UserPinNotInitialized => refused("the token has no user's PIN yet"),
            code => failed(Refusal::Pkcs11(code, cryptoki::context::Function::Login)),
        }),
        Err(error) => Err(failed(error)),
    }
}

/// The slot of the one token with the label.
fn slot(module: &Pkcs11, config: &Pkcs11Config) -> Result<Slot, TokenError> {
    let failed = |error: Refusal| TokenError::failed(config, &error);
    let mut found = Vec::new();
    for slot in module.get_slots_with_token().map_err(failed)? {
        // A token may go while others are looked at.
        if let Ok(info) = module.get_token_info(slot)
            && info.label() == config.token
        {
            found.push(slot);
        }
    }
    match found[..] {
        [slot] => Ok(slot),
        [] => Err(TokenError::Missing {
            token: config.token.clone(),
        }),
        _ => Err(TokenError::Ambiguous {
            token: config.token.clone(),
        }),
    }
}

/// A session with the private key, and the public key.
fn find(module: &Pkcs11, run: Run, config: &Pkcs11Config) -> Result<(Open, PublicKey), TokenError> {
    let session = log_in(module, config, Access::Read)?;
    match pair(&session, config) {
        Ok((key, public)) => Ok((Open { session, key, run }, public)),
        Err(error) => {
            let _ = session.close();
            Err(error)
        }
    }
}

/// The private key's handle and the public key.
fn pair(session: &Session, config: &Pkcs11Config) -> Result<(ObjectHandle, PublicKey), TokenError> {
    let missing = || TokenError::KeyMissing {
        token: config.token.clone(),
        label: config.label.clone(),
    };
    let one = |class, several| match objects(session, config, class)?[..] {
        [] => Err(missing()),
        [key] => Ok(key),
        _ => Err(unfit(config, several)),
    };
    let private = one(ObjectClass::PRIVATE_KEY, "there are several private keys of it")?;
    let public = one(ObjectClass::PUBLIC_KEY, "there are several public keys of it")?;
    let attributes = session
        .get_attributes(public, &[AttributeType::EcPoint])
        .map_err(|error| TokenError::failed(config, &error))?;
    let point = attributes.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => Some(point.as_slice()),
        _ => None,
    });
    // PKCS#11 3.0 says the bytes alone, 2.40 and many tokens put them into an OCTET STRING.
    let point = point.map(|point| point.strip_prefix(&[0x04, 32]).unwrap_or(point));
    let key = point
        .and_then(|point| point.try_into().ok())
        .and_then(|point| PublicKey::from_bytes(point).ok());
    let key = key.ok_or_else(|| unfit(config, "its public key is not one of Ed25519"))?;
    Ok((private, key))
}

fn objects(
    session: &Session,
    config: &Pkcs11Config,
    class: ObjectClass,
) -> Result<Vec<ObjectHandle>, TokenError> {
    let template = [
        Attribute::Class(class),
        Attribute::KeyType(KeyType::EC_EDWARDS),
        Attribute::Label(config.label.clone().into_bytes()),
    ];
    session
        .find_objects(&template)
        .map_err(|error| TokenError::failed(config, &error))
}

/// Makes the key pair, which cannot be read out of the token.
fn generate(session: &Session, config: &Pkcs11Config) -> Result<(), TokenError> {
    let label = Attribute::Label(config.label.clone().into_bytes());
    let public = [
        Attribute::Token(true),
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(EDWARDS25519.to_vec()),
        label.clone(),
    ];
    let private = [
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
        label,
    ];
    session
        .generate_key_pair(&Mechanism::EccEdwardsKeyPairGen, &public, &private)
        .map(drop)
        .map_err(|error| TokenError::failed(config, &error))
}

fn unfit(config: &Pkcs11Config, problem: &'static str) -> TokenError {
    TokenError::KeyUnfit {
        token: config.token.clone(),
        label: config.label.clone(),
        problem,
    }
}
