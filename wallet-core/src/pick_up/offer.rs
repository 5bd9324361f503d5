//! A credential offer (OpenID4VCI 1.0 section 4.1): what a station shows or prints for the wallet.

use crate::Error;
use core::fmt;
use serde_json::Value;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The name of the grant in an offer.
pub(super) const GRANT: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// How an offer begins in a wallet-neutral QR code.
const SCHEME: &str = "openid-credential-offer:";
/// The name of the offer in a link.
const PARAMETER: &str = "credential_offer=";
/// Longest text of an offer in bytes: more than a QR code holds (2,953, ISO/IEC 18004 version 40-L).
const MAX_OFFER: usize = 4_096;
/// Longest address of an issuer in characters.
const MAX_ADDRESS: usize = 512;

/// An offer of copies of a result.
#[derive(Clone, PartialEq, Eq)]
pub struct Offer {
    pub(super) issuer: String,
    pub(super) code: String,
}

impl Offer {
    /// Reads an offer: its JSON, the link `openid-credential-offer:`, or the link of an issuer's wallet page that has the
    /// offer behind its `#`.
    ///
    /// # Errors
    /// [`Error::NotAnOffer`], [`Error::OfferInsecure`].
    pub fn read(text: &str) -> Result<Self, Error> {
        let text = text.trim();
        if text.len() > MAX_OFFER {
            return Err(Error::NotAnOffer("it is too long"));
        }
        if text.starts_with('{') {
            return Self::from_json(text);
        }
        let parameters = match text.strip_prefix(SCHEME) {
            Some(link) => link.split_once('?'),
            None if text.starts_with("http") => text.split_once('#'),
            None => return Err(Error::NotAnOffer("it is no link and no JSON")),
        };
        let (_, parameters) = parameters.ok_or(Error::NotAnOffer("the link has no offer in it"))?;
        let mut parameters = parameters.split(['&', '#']);
        let offer = parameters.find_map(|parameter| parameter.strip_prefix(PARAMETER));
        let offer = offer.ok_or(Error::NotAnOffer("the link has no offer in it"))?;
        Self::from_json(&unescaped(offer)?)
    }

    /// Where the issuer's service is, without a slash at the end.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
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
    let malformed = Error::NotAnOffer("its issuer is not an address");
    let (scheme, rest) = issuer.split_once("://").ok_or(malformed.clone())?;
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    match scheme {
        "https" => {}
        "http" if is_here(host(authority)) => {}
        _ => return Err(Error::OfferInsecure(host(authority).to_owned())),
    }
    // No user, no query, no fragment, and nothing that another reader of addresses would take for one.
    let plain = |text: &str, more: &[u8]| {
        text.bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
    };
    match issuer.len() <= MAX_ADDRESS
        && !host(authority).is_empty()
        && plain(authority, b".-:[]")
        && plain(path, b"/.-_~%")
    {
        true => Ok(()),
        false => Err(malformed),
    }
}

/// The host of `host:port`.
fn host(authority: &str) -> &str {
    match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
        _ => authority,
    }
}

fn is_here(host: &str) -> bool {
    let inner = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
    let v6 = inner.and_then(|inner| inner.parse::<Ipv6Addr>().ok());
    let v4 = host.parse::<Ipv4Addr>().ok();
    host == "localhost" || v4.is_some_and(|ip| ip.is_loopback()) || v6.is_some_and(|ip| ip.is_loopback())
}

/// A value of a link (WHATWG URL, application/x-www-form-urlencoded parsing).
fn unescaped(value: &str) -> Result<String, Error> {
    let malformed = Error::NotAnOffer("the link is damaged");
    let mut bytes = value.bytes();
    let mut plain = Vec::with_capacity(value.len());
    while let Some(byte) = bytes.next() {
        plain.push(match byte {
            b'+' => b' ',
            b'%' => {
                let mut digit = || char::from(bytes.next()?).to_digit(16);
                let (high, low) = (digit(), digit());
                let both = high
                    .zip(low)
                    .and_then(|(high, low)| u8::try_from(16 * high + low).ok());
                both.ok_or(malformed.clone())?
            }
            other => other,
        });
    }
    String::from_utf8(plain).map_err(|_| malformed)
}

impl fmt::Debug for Offer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Offer(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(issuer: &str) -> String {
        format!(r#"{{"credential_issuer":"{issuer}","grants":{{"{GRANT}":{{"pre-authorized_code":"nF"}}}}}}"#)
    }

    fn escaped(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02x}")).collect()
    }

    #[test]
    fn reads_an_offer_as_json_and_as_a_link() {
        let text = json("https://issuer.example/");
        let parameter = format!("credential_offer={}", escaped(&text));
        for text in [
            &text,
            &format!(" openid-credential-offer://?{parameter}\n"),
            &format!("openid-credential-offer://?a=b&{parameter}"),
            &format!("https://issuer.example/wallet/#{parameter}"),
        ] {
            let offer = Offer::read(text).unwrap();
            assert_eq!(
                (offer.issuer(), &*offer.code),
                ("https://issuer.example", "nF"),
                "{text}"
            );
        }
        for here in ["http://127.0.0.1:80", "http://localhost", "http://[::1]:8080"] {
            assert_eq!(Offer::read(&json(here)).unwrap().issuer(), here);
        }
    }

    #[test]
    fn refuses_what_is_no_offer_or_would_tell_everybody() {
        let refused = |text: &str| Offer::read(text).err().unwrap().code();
        for text in [
            "",
            "{}",
            "HC1:…",
            "openid-credential-offer://?credential_offer_uri=https://x",
            "https://issuer.example/wallet/?credential_offer={}",
            "https://issuer.example/wallet/#credential_offer=%7",
            &" ".repeat(MAX_OFFER + 1),
            &format!("{{{}", "x".repeat(MAX_OFFER)),
            &json("issuer"),
            &json("https://"),
            &json("https://user@issuer.example"),
            &json("https://issuer.example/?a"),
            &json("https://issuer.example#a"),
            &json("https://issuer.example\\\\@evil.example"),
            &json("http://localhost/#"),
        ] {
            assert_eq!(refused(text), "offer-malformed", "{text}");
        }
        for issuer in [
            "http://issuer.example",
            "http://127.0.0.1.example@evil.example",
            "http://127.evil.example",
            "ftp://localhost",
        ] {
            assert_eq!(refused(&json(issuer)), "offer-not-https", "{issuer}");
        }
    }

    proptest! {
        #[test]
        fn any_text_returns(text in "(openid-credential-offer://\\?credential_offer=|https://a/#credential_offer=|)[{}%+A-Za-z0-9&#]{0,64}|.*") {
            let _ = Offer::read(&text);
        }

        #[test]
        fn a_link_gives_back_what_went_in(text: String) {
            prop_assert_eq!(unescaped(&escaped(&text)), Ok(text));
        }
    }
}
