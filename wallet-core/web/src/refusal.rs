//! Refusals as the page's script sees them.

use wallet_core::Error;
use web::Refusal;

/// With the code of the service behind an issuer's refusal, which stands in brackets at its end (`schemas/spec/pick-up.md`).
pub fn refused(error: impl Into<Error>) -> Refusal {
    let error = error.into();
    Refusal {
        code: error.of_service().unwrap_or(error.code()),
        text: error.to_string(),
    }
}

/// A call that needs what is not there.
pub fn not_open() -> Refusal {
    Refusal {
        code: "wallet-not-open",
        text: "there is no open vault, or nothing on its way".to_owned(),
    }
}

/// Too few random bytes, or too many.
pub fn no_randomness() -> Refusal {
    Refusal {
        code: "randomness-missing",
        text: "48 random bytes are needed".to_owned(),
    }
}
