//! Refusals as the page's script sees them.

use wallet_core::Error;
use web::Refusal;

/// What the issuers' services say that the page has words of its own for; the rest is `issuer-refused`.
const SAID_BY_ISSUERS: [&str; 8] = [
    "issuer-tx-code-wrong",
    "issuer-tx-code-locked",
    "issuer-tx-code-missing",
    "issuer-code-used",
    "issuer-code-invalid",
    "issuer-result-not-standing",
    "issuer-copies-exhausted",
    "issuer-busy",
];

/// With the code of the service behind an issuer's refusal, which stands in brackets at its end (`schemas/spec/pick-up.md`).
pub fn refused(error: impl Into<Error>) -> Refusal {
    let error = error.into();
    let of_service = match &error {
        Error::IssuerRefused { said, .. } => SAID_BY_ISSUERS
            .into_iter()
            .find(|code| said.ends_with(&format!("({code})"))),
        _ => None,
    };
    Refusal {
        code: of_service.unwrap_or(error.code()),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_issuers_refusal_has_the_services_code() {
        let of = |said: &str| {
            let said = said.to_owned();
            refused(Error::IssuerRefused { status: 400, said }).code
        };
        assert_eq!(of("wrong (issuer-tx-code-wrong)"), "issuer-tx-code-wrong");
        assert_eq!(of("wrong (issuer-other)"), "issuer-refused");
        assert_eq!(of(""), "issuer-refused");
    }
}
