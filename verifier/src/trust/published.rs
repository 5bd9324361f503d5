//! Lists in JSON: as member states publish them, and in our own form (`json/trust-list.schema.json`).

use super::{import::Listed, pem::base64};
use crate::{CountryCode, Error, table::table};
use schemas::key_id::KeyId;
use serde::{Deserialize, Deserializer};

/// What a list holds at `certificateType` for keys that sign certificates of people.
const DOCUMENT_SIGNER: &str = "DSC";

/// Longest first line that is looked at as a signature; ES256 takes 88 characters.
const MAX_SIGNATURE_LINE: usize = 1_024;

/// One entry. Other members (thumbprint, time stamp, the country's own signature) are let pass: the thumbprint follows
/// from the certificate, and the signature is by an authority that only the gateway's members know.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Entry {
    #[serde(alias = "rawData")]
    certificate: String,
    kid: Option<String>,
    country: Option<String>,
    certificate_type: Option<String>,
}

/// An object that holds the list.
#[derive(Deserialize)]
struct Document {
    #[serde(deserialize_with = "entries")]
    certificates: Vec<Entry>,
}

/// The list alone.
fn entries<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Entry>, D::Error> {
    struct FromObject(Entry);
    impl<'de> Deserialize<'de> for FromObject {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            table(deserializer).map(Self)
        }
    }
    let entries = Vec::<FromObject>::deserialize(deserializer)?;
    Ok(entries.into_iter().map(|FromObject(entry)| entry).collect())
}

/// The signature on the first line, in base64, and the list after it; `None` for a file that begins otherwise.
pub(super) fn split_signature(file: &[u8]) -> Option<(Vec<u8>, &[u8])> {
    let end = file
        .iter()
        .take(MAX_SIGNATURE_LINE)
        .position(|byte| *byte == b'\n')?;
    let (line, list) = (file.get(..end)?, file.get(end + 1..)?);
    let is_json = matches!(list.trim_ascii_start(), [b'{' | b'[', ..]);
    let signature = base64(core::str::from_utf8(line).ok()?).ok()?;
    (is_json && !signature.is_empty()).then_some((signature, list))
}

/// Reads the list.
pub(super) fn read(json: &[u8]) -> Result<Vec<Listed>, Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(json);
    let mut track = serde_path_to_error::Track::new();
    let tracked = serde_path_to_error::Deserializer::new(&mut deserializer, &mut track);
    let read = match json.trim_ascii_start() {
        [b'[', ..] => entries(tracked),
        _ => table(tracked).map(|Document { certificates }| certificates),
    };
    let malformed = |path: String, error: serde_json::Error| Error::TrustListMalformed {
        path,
        reason: error.to_string(),
    };
    let entries = read.map_err(|error| malformed(track.path().to_string(), error))?;
    deserializer.end().map_err(|error| malformed(".".into(), error))?;
    Ok(entries.into_iter().map(Listed::from).collect())
}

impl From<Entry> for Listed {
    fn from(entry: Entry) -> Self {
        let key_id = entry
            .kid
            .map(|kid| base64(&kid).map(|kid| KeyId::try_from(kid.as_slice()).ok()));
        let der = match entry.certificate_type.as_deref() {
            None | Some(DOCUMENT_SIGNER) => base64(&entry.certificate),
            Some(_) => Err(Error::NotASigner),
        };
        Self {
            // An identifier of another length is no reason to distrust the certificate; nothing can refer to it.
            key_id: key_id.and_then(Result::ok).flatten(),
            country: entry.country.as_deref().and_then(CountryCode::parse),
            der,
        }
    }
}
