//! The cooperative as a verifier knows it: who registers issuers, and whose word about the logs is enough.

use crate::{
    Error,
    table::{self, table},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use ledger::policy::Policy;
use schemas::crypto::P256Point;
use serde::{Deserialize, Serialize};

/// Largest document in bytes; one with ten members and ML-DSA keys has about 30 kB.
const MAX_DOCUMENT: usize = 128 << 10;

/// The registrar and the members. Everything else is learned from the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    /// The key that registers issuers.
    pub registrar: P256Point,
    /// Logs, witnesses and quorum (C2SP tlog-policy).
    pub members: Policy,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    registrar: String,
    members: String,
}

impl Network {
    /// Reads the TOML document: `registrar`, the compressed point in base64url, and `members`, a tlog-policy.
    ///
    /// # Errors
    /// [`schemas::Error::TooLong`], [`Error::NetworkMalformed`], and the ledger's `policy-malformed`.
    pub fn from_toml(text: &str) -> Result<Self, Error> {
        schemas::Error::at_most("network document in bytes", text.len(), MAX_DOCUMENT)?;
        let document: Document =
            toml::from_str(text).map_err(|error| Error::NetworkMalformed(table::reason(text, &error)))?;
        Self::read(&document)
    }

    /// Reads the same document in JSON.
    ///
    /// # Errors
    /// As [`from_toml`](Self::from_toml).
    pub fn from_json(text: &str) -> Result<Self, Error> {
        schemas::Error::at_most("network document in bytes", text.len(), MAX_DOCUMENT)?;
        let mut document = serde_json::Deserializer::from_str(text);
        let read = table(&mut document).and_then(|read| document.end().map(|()| read));
        let read: Document = read.map_err(|error| Error::NetworkMalformed(error.to_string()))?;
        Self::read(&read)
    }

    fn read(document: &Document) -> Result<Self, Error> {
        let registrar = URL_SAFE_NO_PAD
            .decode(document.registrar.trim())
            .map_err(|_| Error::NetworkMalformed("the registrar's key is not base64url".into()))?;
        Ok(Self {
            registrar: P256Point::from_sec1(&registrar)?,
            members: Policy::parse(document.members.as_bytes())?,
        })
    }

    /// The JSON document.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let registrar = URL_SAFE_NO_PAD.encode(self.registrar.as_bytes());
        serde_json::json!({ "registrar": registrar, "members": self.members.to_string() })
    }

    /// The TOML document.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let registrar = URL_SAFE_NO_PAD.encode(self.registrar.as_bytes());
        let members = self.members.to_string();
        let members = match members.contains("'''") {
            false => format!("'''\n{members}'''"),
            // A member's name may hold the end of a literal string. A JSON string without DEL is a TOML basic string.
            true => serde_json::Value::from(members).to_string(),
        };
        format!("registrar = \"{registrar}\"\nmembers = {members}\n")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{
        cosignature::CosignerKey,
        note::SignerKey,
        policy::{Log, Witness},
    };

    #[test]
    fn reads_what_it_writes() {
        let log = SignerKey::from_seed("example.com/log".parse().unwrap(), &[1; 32]).verifier();
        let witness = CosignerKey::from_seed("example.com/witness".parse().unwrap(), &[2; 32]).witness();
        let members = Policy::new(
            vec![Log {
                key: log,
                url: Some("http://127.0.0.1:1/".into()),
            }],
            vec![Witness {
                name: "one".into(),
                key: witness,
                url: None,
            }],
            1,
        );
        let mut point = [7; 33];
        point[0] = 2;
        let network = Network {
            registrar: P256Point::from_sec1(&point).unwrap(),
            members: members.unwrap(),
        };
        assert_eq!(Network::from_toml(&network.to_toml()), Ok(network.clone()));
        let json = network.to_json().to_string();
        assert_eq!(Network::from_json(&json), Ok(network.clone()));
        for refused in ["[]", "{}", &json.replace("}", ", \"more\": 1}"), &(json + " {}")] {
            assert_eq!(
                Network::from_json(refused).unwrap_err().code(),
                "network-malformed",
                "{refused}"
            );
        }
        let quoted = Network {
            members: Policy::parse(network.members.to_string().replace(" one", " '''\"\\").as_bytes())
                .unwrap(),
            ..network.clone()
        };
        assert_eq!(quoted.members.witnesses()[0].name, "'''\"\\");
        assert_eq!(Network::from_toml(&quoted.to_toml()), Ok(quoted));
        let unknown = format!("{}more = 1\n", network.to_toml());
        assert_eq!(
            Network::from_toml(&unknown).unwrap_err().code(),
            "network-malformed"
        );
        assert_eq!(
            Network::from_toml("registrar = \"!\"\nmembers = \"\"")
                .unwrap_err()
                .code(),
            "network-malformed"
        );
    }
}
