//! What the pages read: challenges, offers, an issuer's answers, backups and PDFs.

use super::Seeds;
use generate::world::World;
use schemas::{
    Hash,
    qr::{Code, Level},
    sd_cwt::profile::{Asked, AskedGroups, Challenge},
};
use serde_json::json;
use wallet_core::seal::{Passphrase, seal};

pub fn collect(seeds: &mut Seeds) {
    for groups in [AskedGroups::Result, AskedGroups::Initials, AskedGroups::Person] {
        let challenge = Challenge {
            door: Hash([7; 32]),
            nonce: [9; 16],
        };
        seeds.add("challenge", Asked { challenge, groups }.to_text());
    }
    offers(seeds);
    for plain in [&b""[..], b"a wallet's backup", &[7; 1_000]] {
        let passphrase = Passphrase::new("passphrase".into());
        seeds.add("seal", seal(plain, &passphrase, 2, &[5; 48]));
    }
    let code = Code::at_level("HC1:6BFOXN", Level::M).expect("a code");
    seeds.add("pdf", pdf(&filled(&code)));
    seeds.add("pdf", pdf(&inline_picture(&code)));
}

fn offers(seeds: &mut Seeds) {
    let offer = json!({
        "credential_issuer": "https://issuer.example",
        "credential_configuration_ids": ["attest-sd-cwt"],
        "grants": { "urn:ietf:params:oauth:grant-type:pre-authorized_code": {
            "pre-authorized_code": "nF", "tx_code": { "input_mode": "numeric", "length": 6 } } },
    });
    seeds.add("offer", offer.to_string());
    let quoted = offer.to_string().replace('"', "%22");
    seeds.add(
        "offer",
        format!("openid-credential-offer://?credential_offer={quoted}"),
    );
    seeds.add(
        "offer",
        format!("https://issuer.example/wallet/#credential_offer={quoted}"),
    );
    let copy = crate::base64url(&World::new().copy("pcr").held.encode());
    let answers = [
        json!({
            "credential_issuer": "https://issuer.example",
            "token_endpoint": "https://issuer.example/token",
            "nonce_endpoint": "https://issuer.example/nonce",
            "credential_endpoint": "https://issuer.example/credential",
            "notification_endpoint": "https://issuer.example/notification",
            "attest_issuer_number": 1,
        }),
        json!({ "access_token": "p1", "token_type": "Bearer", "expires_in": 600, "refresh_token": "r0" }),
        json!({ "c_nonce": "k7" }),
        json!({ "credentials": [{ "credential": copy }, { "credential": copy }, { "credential": copy }, { "credential": copy }],
            "notification_id": "Qz" }),
    ];
    let answers = answers.map(|answer| answer.to_string());
    seeds.add("pick_up", answers.join("\0"));
    seeds.add("pick_up", answers[..2].join("\0"));
}

/// A page on which a code is drawn module by module.
fn filled(code: &Code) -> String {
    let modules = |y| (0..code.width()).filter(move |x| code.is_dark(*x, y));
    let squares = (0..code.width()).flat_map(|y| modules(y).map(move |x| format!("{x} {y} 1 1 re f\n")));
    format!("q 4 0 0 -4 100 200 cm\n{}Q\n", squares.collect::<String>())
}

/// A page with a code as a picture within its instructions, two digits to a module.
fn inline_picture(code: &Code) -> String {
    let side = code.width() + 8;
    let is_dark = |x: usize, y: usize| {
        let inside = (4..side - 4).contains(&x) && (4..side - 4).contains(&y);
        inside && code.is_dark(x - 4, y - 4)
    };
    let grey = |at| if is_dark(at % side, at / side) { "00" } else { "ff" };
    let pixels: String = (0..side * side).map(grey).collect();
    format!("q 200 0 0 200 100 100 cm\nBI /W {side} /H {side} /CS /G /BPC 8 /F /AHx ID {pixels}>\nEI Q\n")
}

/// A file of one page. What it says of places in itself is wrong, as in many; readers look for the objects then.
fn pdf(content: &str) -> String {
    format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
         3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 400 400] /Contents 4 0 R /Resources << >> >>\nendobj\n\
         4 0 obj\n<< /Length {} >>\nstream\n{content}\nendstream\nendobj\ntrailer\n<< /Size 5 /Root 1 0 R >>\n%%EOF\n",
        content.len()
    )
}
