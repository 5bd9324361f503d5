//! Codes, tokens and identifiers that are derived from the key store's secret, so that none of them has to be stored.
//!
//! Each is an HMAC-SHA-256 (RFC 2104) under the one secret, with a label that separates what it is for. What is sent
//! out is `base64url(payload ‖ MAC[..16])`: 128 bits that cannot be guessed. Whoever has the secret can pick up every
//! credential that was not yet acknowledged; it lies in the key store and nowhere else.

use crate::{
    Error,
    account::AccountNumber,
    receipt::{Receipt, ReceiptId},
    result::{RequestId, ResultId},
    store::SecretCheck,
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use schemas::UnixTime;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// How long an access token is good for: a wallet uses it at once, and gets another one with the same code.
pub const ACCESS_TOKEN_SECONDS: i64 = 600;
/// How long a nonce may stand in a proof.
pub const NONCE_SECONDS: i64 = 300;
/// Digits of a transaction code; with five attempts a guess succeeds once in 200,000.
pub const TX_CODE_DIGITS: usize = 6;

const MAC_BYTES: usize = 16;
const RECEIPT_BYTES: usize = 32;

/// What a derived value is for; no value of one purpose is ever accepted for another.
#[derive(Clone, Copy)]
enum Purpose {
    ResultId = 1,
    PreAuthorizedCode = 2,
    TxCode = 3,
    AccessToken = 4,
    Nonce = 5,
    Notification = 6,
    RefreshToken = 7,
    MovedRefreshToken = 8,
    Check = 9,
}

/// Derives and checks.
#[derive(Clone)]
pub struct Derivation {
    keyed: Hmac<Sha256>,
}

impl Derivation {
    /// From the key store's secret.
    #[must_use]
    pub fn new(secret: &[u8; 32]) -> Self {
        let keyed =
            Hmac::new_from_slice(secret).expect("HMAC takes a key of any length (RFC 2104 section 2)");
        Self { keyed }
    }

    /// What tells the secret from another, to be kept where the secret is not.
    #[must_use]
    pub fn check(&self) -> SecretCheck {
        self.mac(Purpose::Check, &[])
    }

    /// The identifier of the result of a request: the same request always finds the same result.
    #[must_use]
    pub fn result_id(&self, account: AccountNumber, request: RequestId) -> ResultId {
        ResultId(self.mac(Purpose::ResultId, &[&account.0.to_be_bytes(), &request.0]))
    }

    /// The pre-authorized code of a result (OpenID4VCI 1.0 section 4.1.1).
    #[must_use]
    pub fn pre_authorized_code(&self, id: ResultId) -> String {
        self.seal(Purpose::PreAuthorizedCode, &id.0)
    }

    /// The result of a pre-authorized code.
    ///
    /// # Errors
    /// [`Error::CodeInvalid`].
    pub fn open_pre_authorized_code(&self, code: &str) -> Result<ResultId, Error> {
        self.open(Purpose::PreAuthorizedCode, code)
            .map(ResultId)
            .ok_or(Error::CodeInvalid)
    }

    /// The transaction code of a result: [`TX_CODE_DIGITS`] decimal digits.
    #[must_use]
    pub fn tx_code(&self, id: ResultId) -> String {
        let mac = u128::from_be_bytes(self.mac(Purpose::TxCode, &[&id.0]));
        format!("{:0width$}", mac % 10u128.pow(6), width = TX_CODE_DIGITS)
    }

    /// Whether `presented` is the transaction code of a result.
    #[must_use]
    pub fn tx_code_matches(&self, id: ResultId, presented: &str) -> bool {
        self.tx_code(id).as_bytes().ct_eq(presented.as_bytes()).into()
    }

    /// An access token of a receipt, good for [`ACCESS_TOKEN_SECONDS`].
    #[must_use]
    pub fn access_token(&self, receipt: Receipt, now: UnixTime) -> String {
        let until = now.plus(ACCESS_TOKEN_SECONDS).0.to_be_bytes();
        self.seal(Purpose::AccessToken, &[&write(receipt)[..], &until].concat())
    }

    /// The receipt that an access token is of.
    ///
    /// # Errors
    /// [`Error::TokenInvalid`], also when it has expired.
    pub fn open_access_token(&self, token: &str, now: UnixTime) -> Result<Receipt, Error> {
        let payload: [u8; RECEIPT_BYTES + 8] = self
            .open(Purpose::AccessToken, token)
            .ok_or(Error::TokenInvalid)?;
        let (receipt, until) = payload.split_first_chunk().ok_or(Error::TokenInvalid)?;
        if now >= time(until).ok_or(Error::TokenInvalid)? {
            return Err(Error::TokenInvalid);
        }
        Ok(read(receipt))
    }

    /// The refresh token of a receipt (RFC 6749 section 1.5). The first one of a result names the result alone, as it did
    /// before results could move.
    #[must_use]
    pub fn refresh_token(&self, receipt: Receipt) -> String {
        match receipt == Receipt::first(receipt.result) {
            true => self.seal(Purpose::RefreshToken, &receipt.result.0),
            false => self.seal(Purpose::MovedRefreshToken, &write(receipt)),
        }
    }

    /// The receipt of a refresh token.
    ///
    /// # Errors
    /// [`Error::CodeInvalid`].
    pub fn open_refresh_token(&self, token: &str) -> Result<Receipt, Error> {
        let first = self.open(Purpose::RefreshToken, token);
        let first = first.map(|id| Receipt::first(ResultId(id)));
        let moved = || {
            self.open(Purpose::MovedRefreshToken, token)
                .map(|bytes| read(&bytes))
        };
        first.or_else(moved).ok_or(Error::CodeInvalid)
    }

    /// A nonce for proofs, good for [`NONCE_SECONDS`] (OpenID4VCI 1.0 section 7).
    #[must_use]
    pub fn nonce(&self, now: UnixTime) -> String {
        self.seal(Purpose::Nonce, &now.plus(NONCE_SECONDS).0.to_be_bytes())
    }

    /// Checks a nonce.
    ///
    /// # Errors
    /// [`Error::NonceInvalid`], also when it has expired.
    pub fn check_nonce(&self, nonce: &str, now: UnixTime) -> Result<(), Error> {
        let until: [u8; 8] = self.open(Purpose::Nonce, nonce).ok_or(Error::NonceInvalid)?;
        let good = time(&until).is_some_and(|until| now < until);
        good.then_some(()).ok_or(Error::NonceInvalid)
    }

    /// The notification identifier of a result's credentials (OpenID4VCI 1.0 section 11).
    #[must_use]
    pub fn notification_id(&self, id: ResultId) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(self.mac(Purpose::Notification, &[&id.0]))
    }

    fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; MAC_BYTES] {
        let mut mac = self.keyed.clone();
        mac.update(b"attest/derive/v1");
        mac.update(&[purpose as u8]);
        parts.iter().for_each(|part| mac.update(part));
        let whole = mac.finalize().into_bytes();
        *whole.first_chunk().expect("SHA-256 has 32 bytes")
    }

    fn seal(&self, purpose: Purpose, payload: &[u8]) -> String {
        let mac = self.mac(purpose, &[payload]);
        BASE64_URL_SAFE_NO_PAD.encode([payload, &mac[..]].concat())
    }

    fn open<const N: usize>(&self, purpose: Purpose, text: &str) -> Option<[u8; N]> {
        if text.len() > 2 * (N + MAC_BYTES) {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
        let (payload, presented) = bytes.split_first_chunk::<N>()?;
        let same: bool = self.mac(purpose, &[payload]).ct_eq(presented).into();
        same.then_some(*payload)
    }
}

/// A receipt in a token: its result, its own identity, and the one that it is based on.
fn write(receipt: Receipt) -> [u8; RECEIPT_BYTES] {
    let mut bytes = [0; RECEIPT_BYTES];
    bytes[..16].copy_from_slice(&receipt.result.0);
    bytes[16..24].copy_from_slice(&receipt.own.0);
    bytes[24..].copy_from_slice(&receipt.based_on.0);
    bytes
}

fn read(bytes: &[u8; RECEIPT_BYTES]) -> Receipt {
    let (mut result, mut own, mut based_on) = ([0; 16], [0; 8], [0; 8]);
    result.copy_from_slice(&bytes[..16]);
    own.copy_from_slice(&bytes[16..24]);
    based_on.copy_from_slice(&bytes[24..]);
    Receipt {
        result: ResultId(result),
        own: ReceiptId(own),
        based_on: ReceiptId(based_on),
    }
}

fn time(bytes: &[u8]) -> Option<UnixTime> {
    bytes
        .try_into()
        .ok()
        .map(|bytes| UnixTime(i64::from_be_bytes(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime(1_795_000_000);

    fn derivation() -> Derivation {
        Derivation::new(&[7; 32])
    }

    #[test]
    fn codes_open_what_they_were_made_for() {
        let derivation = derivation();
        let id = derivation.result_id(AccountNumber(1), RequestId([1; 16]));
        assert_eq!(id, derivation.result_id(AccountNumber(1), RequestId([1; 16])));
        assert_ne!(id, derivation.result_id(AccountNumber(2), RequestId([1; 16])));

        let code = derivation.pre_authorized_code(id);
        assert_eq!(derivation.open_pre_authorized_code(&code).unwrap(), id);
        assert!(Derivation::new(&[8; 32]).open_pre_authorized_code(&code).is_err());
        let tx_code = derivation.tx_code(id);
        assert_eq!(tx_code.len(), TX_CODE_DIGITS);
        assert!(derivation.tx_code_matches(id, &tx_code));
        assert!(!derivation.tx_code_matches(id, "00000"));
    }

    #[test]
    fn tokens_expire_and_have_one_purpose() {
        let derivation = derivation();
        let id = ResultId([3; 16]);
        let first = Receipt::first(id);
        let moved = Receipt {
            own: ReceiptId([5; 8]),
            ..first
        };
        let token = derivation.access_token(moved, NOW);
        let last = NOW.plus(ACCESS_TOKEN_SECONDS - 1);
        assert_eq!(derivation.open_access_token(&token, last).unwrap(), moved);
        assert!(derivation.open_access_token(&token, last.plus(1)).is_err());
        assert!(derivation.open_pre_authorized_code(&token).is_err());

        for receipt in [first, moved] {
            let refresh = derivation.refresh_token(receipt);
            assert_eq!(derivation.open_refresh_token(&refresh).unwrap(), receipt);
            assert!(derivation.open_pre_authorized_code(&refresh).is_err());
            assert!(derivation.open_access_token(&refresh, NOW).is_err());
        }
        assert!(derivation.open_refresh_token(&token).is_err());
        assert!(
            derivation
                .open_refresh_token(&derivation.pre_authorized_code(id))
                .is_err()
        );

        let nonce = derivation.nonce(NOW);
        assert!(
            derivation
                .check_nonce(&nonce, NOW.plus(NONCE_SECONDS - 1))
                .is_ok()
        );
        assert!(derivation.check_nonce(&nonce, NOW.plus(NONCE_SECONDS)).is_err());
        assert!(derivation.check_nonce(&token, NOW).is_err());
        for junk in ["", "A", "====", &"A".repeat(1000)] {
            assert!(derivation.check_nonce(junk, NOW).is_err());
            assert!(derivation.open_access_token(junk, NOW).is_err());
        }
    }
}
