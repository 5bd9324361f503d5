//! A credential offer (OpenID4VCI 1.0 section 4.1): what a station shows or prints for the wallet.

use crate::Error;
use reqwest::Url;
use serde_json::Value;

/// The name of the grant in an offer.
pub const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// How an offer begins in a QR code.
const SCHEME: &str = "openid-credential-offer:";
/// Longest address of an issuer in characters.
const MAX_URL: usize = 512;

/// An offer of copies of a result.
pub struct Offer {
    /// Where the issuer's service is, without a slash at the end.
    pub issuer: String,
    /// The pre-authorized code.
    pub code: String,
}

impl Offer {
    /// Reads an offer: its JSON, or the link of its QR code.
    ///
    /// # Errors
    /// [`Error::NotAnOffer`], [`Error::OfferInsecure`].
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if !text.starts_with(SCHEME) {
            return Self::from_json(text);
        }
        let link = Url::parse(text).map_err(|_| Error::NotAnOffer("it is not a link"))?;
        let mut parameters = link.query_pairs();
        let (_, offer) = parameters
            .find(|(name, _)| name == "credential_offer")
            .ok_or(Error::NotAnOffer("the link has no offer in it"))?;
        Self::from_json(&offer)
    }

    fn from_json(text: &str) -> Result<Self, Error> {
        let offer: Value = serde_json::from_str(text).map_err(|_| Error::NotAnOffer("it is not JSON"))?;
        let issuer = offer["credential_issuer"].as_str();
        let issuer = issuer.ok_or(Error::NotAnOffer("it names no issuer"))?;
        let code = offer["grants"][GRANT]["pre-authorized_code"].as_str();
        let code = code.ok_or(Error::NotAnOffer("it has no pre-authorized code"))?;
        check_address(issuer)?;
        Ok(Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            code: code.to_owned(),
        })
    }
}

/// Over plain HTTP every code is everybody's, save on this machine.
fn check_address(issuer: &str) -> Result<(), Error> {
    let url = Url::parse(issuer).ok().filter(|_| issuer.len() <= MAX_URL);
    let url = url.ok_or(Error::NotAnOffer("its issuer is not a URL"))?;
    let host = url.host_str().unwrap_or_default();
    let is_here = host == "localhost" || host == "[::1]" || host.starts_with("127.");
    match url.scheme() {
        "https" => Ok(()),
        "http" if is_here => Ok(()),
        _ => Err(Error::OfferInsecure(host.to_owned())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn json(issuer: &str) -> String {
        format!(r#"{{"credential_issuer":"{issuer}","grants":{{"{GRANT}":{{"pre-authorized_code":"nF"}}}}}}"#)
    }

    #[test]
    fn reads_an_offer_as_json_and_as_a_link() {
        let text = json("https://issuer.example");
        let link =
            Url::parse_with_params("openid-credential-offer://", [("credential_offer", &text)]).unwrap();
        for text in [text, format!(" {link}\n")] {
            let offer = Offer::read(&text).unwrap();
            assert_eq!((&*offer.issuer, &*offer.code), ("https://issuer.example", "nF"));
        }
        assert!(Offer::read(&json("http://127.0.0.1:80")).is_ok());
    }

    #[test]
    fn refuses_what_is_no_offer_or_would_tell_everybody() {
        let refused = |text: &str| Offer::read(text).err().unwrap().code();
        for text in [
            "",
            "{}",
            "HC1:…",
            "openid-credential-offer://?credential_offer_uri=https://x",
            &json("issuer"),
        ] {
            assert_eq!(refused(text), "offer-malformed", "{text}");
        }
        for issuer in [
            "http://issuer.example",
            "http://127.0.0.1.example@evil.example",
            "ftp://localhost",
        ] {
            assert_eq!(refused(&json(issuer)), "offer-not-https", "{issuer}");
        }
    }
}
