//! What stands in the files of the test vectors.

use super::Seeds;
use base64::{Engine, prelude::BASE64_STANDARD};
use generate::case::{DoorCase, Format, FormatCase};
use schemas::{
    base45,
    cbor::{Item, Lengths, read},
    hcert,
    sd_cwt::profile,
    zlib::inflate,
};
use serde_json::{Value, json};

pub fn collect(seeds: &mut Seeds) {
    for (path, bytes) in generate::files() {
        let folder = path.split('/').next().unwrap_or_default();
        match folder {
            "door" => door(seeds, &serde_json::from_slice(&bytes).expect("a vector")),
            "formats" => format(seeds, serde_json::from_slice(&bytes).expect("a vector")),
            "trust" => trust(seeds, bytes),
            "rules" => rules(seeds, bytes),
            _ => {}
        }
    }
}

fn door(seeds: &mut Seeds, case: &DoorCase) {
    seeds.add("door", case.text.as_bytes());
    let text = case.text.trim();
    if let Some(text) = text.strip_prefix(profile::PREFIX) {
        seeds.add("base45", text.as_bytes());
        if let Ok(bytes) = base45::decode(text) {
            for target in ["presentation", "door_presentation", "sd_cwt", "cbor"] {
                seeds.add(target, &*bytes);
            }
        }
    }
    if let Some(text) = text.strip_prefix(hcert::PREFIX) {
        seeds.add("hcert_text", case.text.as_bytes());
        let Ok(compressed) = base45::decode(text) else {
            return;
        };
        seeds.add("zlib", &*compressed);
        let Ok(bytes) = inflate(&compressed, hcert::MAX_INFLATED_BYTES) else {
            return;
        };
        for target in ["hcert", "cose", "door_certificate", "cbor"] {
            seeds.add(target, &*bytes);
        }
        if let Ok(decoded) = hcert::Decoded::from_cose(&bytes, hcert::Reading::Lenient) {
            if let Ok(json) = decoded.unverified_json() {
                seeds.add("hcert_json", json.to_string());
            }
            if let Ok(payload) = decoded.sign1().unverified_payload() {
                seeds.add("cbor", payload);
            }
        }
    }
}

fn format(seeds: &mut Seeds, case: FormatCase) {
    let bytes = match (case.text, case.base64) {
        (Some(text), _) => text.into_bytes(),
        (_, Some(text)) => BASE64_STANDARD.decode(text).expect("base64"),
        _ => return,
    };
    match case.format {
        Format::PolicyToml | Format::PolicyJson => seeds.add("door_policy", bytes),
        Format::Network => seeds.add("network", bytes),
        Format::NetworkNote => seeds.add("note", bytes),
        Format::TrustList => trust(seeds, bytes),
        Format::Rules => rules(seeds, bytes),
        Format::ValueSet => seeds.add("value_set", bytes),
    }
}

fn trust(seeds: &mut Seeds, file: Vec<u8>) {
    if let Ok(list) = serde_json::from_slice::<Value>(&file) {
        for entry in list["certificates"].as_array().into_iter().flatten() {
            let der = entry["certificate"]
                .as_str()
                .and_then(|text| BASE64_STANDARD.decode(text).ok());
            if let Some(der) = der {
                seeds.add("x509", &*der);
                seeds.add("trust_list", der);
            }
        }
    }
    seeds.add("trust_list", file);
}

fn rules(seeds: &mut Seeds, file: Vec<u8>) {
    if let Ok(rules) = serde_json::from_slice::<Vec<Value>>(&file) {
        let data = json!({
            "payload": { "t": [{ "sc": "2026-11-18T09:00:00Z", "tr": "260415000", "ci": "URN:UVCI:01:DE:A/B#C" }],
                "dob": "1964-08-12" },
            "external": { "validationClock": "2026-11-18T12:00:00Z", "valueSets": { "a": ["b"] } }
        });
        for rule in rules {
            seeds.add(
                "certlogic",
                json!({ "logic": rule["Logic"], "data": data }).to_string(),
            );
        }
    }
    seeds.add("rules", file);
}

/// The SD-CWT in a key binding token.
pub fn copy_in(presentation: &[u8]) -> Option<Vec<u8>> {
    let Item::Tag(18, token) = read(presentation, Lengths::DefiniteOnly).ok()? else {
        return None;
    };
    let protected = token.as_array()?.first()?.as_bytes()?.to_vec();
    let protected = read(&protected, Lengths::DefiniteOnly).ok()?;
    Some(protected.get(13)?.encode())
}
