//! Texts that are no credential, or hide one badly.

use super::{
    Case,
    expect::{CERTIFICATE, PRESENTATION, fails, without},
};
use crate::{
    case::Expected,
    flag::Flag,
    token::{int, put},
    world::{
        NOW, World,
        credential::{compressed_text, paper_text, presentation_text},
    },
};
use schemas::{
    base45,
    cbor::Item,
    hcert,
    sd_cwt::profile::{Audience, Group, PREFIX},
    zlib,
};
use verifier::verdict::Check;

pub(super) fn cases(world: &World) -> Vec<Case> {
    let decoding = |code: &str| fails(PRESENTATION, Check::Decoding, code);
    let unread = |code: &str| without(decoding(code), &[Check::Shape]);
    let show = || {
        world.copy("pcr").show(
            &[Group::Result, Group::Initials],
            &Audience::AnyDoor,
            NOW.plus(-10),
        )
    };
    let token = || {
        world.copy("pcr").token(
            &[Group::Result, Group::Initials],
            &Audience::AnyDoor,
            NOW.plus(-10),
        )
    };
    let raw = |bytes: &[u8]| PREFIX.to_owned() + &base45::encode(bytes);
    let paper = world.paper("pcr");
    let case = |name, description: &str, flag, text: String, expect: Expected| {
        Case::new(name, description, &[flag], text, expect)
    };
    let presentation = token().encode();
    let deep = (0..17).fold(int(1), |inner, _| Item::Array(vec![inner]));
    let wide = Item::Map((0..257).map(|key| (int(key), int(0))).collect());
    let compressed = zlib::deflate(&paper.encode());
    vec![
        case(
            "not-a-credential",
            "A web address.",
            Flag::Structure,
            "https://example.com/".into(),
            unread("not-a-credential"),
        ),
        case(
            "not-a-credential-empty",
            "No text.",
            Flag::Structure,
            String::new(),
            unread("not-a-credential"),
        ),
        case(
            "not-a-credential-lower-case",
            "The prefix in lower case.",
            Flag::Encoding,
            paper_text(&paper).replacen("HC1", "hc1", 1),
            unread("not-a-credential"),
        ),
        case(
            "not-a-credential-next-version",
            "A certificate of a later version.",
            Flag::Structure,
            paper_text(&paper).replacen("HC1", "HC2", 1),
            unread("not-a-credential"),
        ),
        case(
            "too-long-text",
            "One character more than the largest QR code holds.",
            Flag::Limit,
            PREFIX.to_owned() + &"0".repeat(4_293),
            unread("too-long"),
        ),
        case(
            "too-long-inflated",
            "A certificate of some hundred bytes that inflates to 64 KiB and one byte.",
            Flag::Limit,
            compressed_text(&vec![0; (64 << 10) + 1]),
            decoding("too-long"),
        ),
        case(
            "too-long-map",
            "A map of 257 entries.",
            Flag::Limit,
            raw(&wide.encode()),
            decoding("too-long"),
        ),
        case(
            "base45-malformed",
            "A character that base45 does not have.",
            Flag::Encoding,
            show().replacen(PREFIX, "AT1:a", 1),
            decoding("base45-malformed"),
        ),
        case(
            "base45-malformed-overflow",
            "A group of three that stands for 65,536.",
            Flag::Encoding,
            format!("{PREFIX}GGW"),
            decoding("base45-malformed"),
        ),
        case(
            "base45-malformed-single",
            "One character left over.",
            Flag::Encoding,
            format!("{PREFIX}0000"),
            decoding("base45-malformed"),
        ),
        case(
            "base45-malformed-stripped-space",
            "Something on the way took a space out of the middle.",
            Flag::Encoding,
            {
                let text = paper_text(&paper);
                let at = text.find(' ').unwrap_or(hcert::PREFIX.len());
                text[..at].to_owned() + &text[at + 1..]
            },
            decoding("base45-malformed"),
        ),
        case(
            "zlib-malformed-short",
            "The compressed stream ends early.",
            Flag::Encoding,
            hcert::PREFIX.to_owned() + &base45::encode(&compressed[..compressed.len() - 5]),
            decoding("zlib-malformed"),
        ),
        case(
            "zlib-malformed-checksum",
            "The checksum of the compressed stream is another.",
            Flag::Encoding,
            hcert::PREFIX.to_owned() + &base45::encode(&changed_last(&compressed)),
            decoding("zlib-malformed"),
        ),
        case(
            "zlib-malformed-trailing",
            "A byte follows the compressed stream.",
            Flag::Encoding,
            hcert::PREFIX.to_owned() + &base45::encode(&[&compressed[..], &[0]].concat()),
            decoding("zlib-malformed"),
        ),
        case(
            "zlib-malformed-not-compressed",
            "A certificate that is not compressed.",
            Flag::Structure,
            hcert::PREFIX.to_owned() + &base45::encode(&paper.encode()),
            decoding("zlib-malformed"),
        ),
        case(
            "cbor-malformed",
            "The presentation ends early.",
            Flag::Encoding,
            raw(&presentation[..presentation.len() - 1]),
            decoding("cbor-malformed"),
        ),
        case(
            "cbor-malformed-paper",
            "The certificate's structure ends early.",
            Flag::Encoding,
            {
                let encoded = paper.encode();
                compressed_text(&encoded[..encoded.len() - 1])
            },
            fails(CERTIFICATE, Check::Decoding, "cbor-malformed"),
        ),
        case(
            "cbor-malformed-utf8",
            "A text that is not UTF-8.",
            Flag::Encoding,
            raw(&[0xd2, 0x62, 0xc3, 0x28]),
            decoding("cbor-malformed"),
        ),
        case(
            "cbor-too-deep",
            "17 arrays in one another.",
            Flag::Limit,
            raw(&deep.encode()),
            decoding("cbor-too-deep"),
        ),
        case(
            "cbor-duplicate-key",
            "A header with the algorithm twice.",
            Flag::Encoding,
            {
                let mut token = token();
                token.change_protected(|header| header.push((int(1), int(-7))));
                token.sign(&world.copy("pcr").holder);
                presentation_text(&token)
            },
            decoding("cbor-duplicate-key"),
        ),
        case(
            "cbor-indefinite-length",
            "An array of indefinite length, which an SD-CWT must not have.",
            Flag::Encoding,
            {
                let mut bytes = presentation.clone();
                bytes[1] = 0x9f;
                bytes.push(0xff);
                raw(&bytes)
            },
            decoding("cbor-indefinite-length"),
        ),
        case(
            "cbor-trailing-bytes",
            "A byte follows the presentation.",
            Flag::Encoding,
            raw(&[&presentation[..], &[0]].concat()),
            decoding("cbor-trailing-bytes"),
        ),
        case(
            "cbor-trailing-bytes-paper",
            "A byte follows the certificate's structure.",
            Flag::Encoding,
            compressed_text(&[&paper.encode()[..], &[0]].concat()),
            fails(CERTIFICATE, Check::Decoding, "cbor-trailing-bytes"),
        ),
        case(
            "proof-malformed",
            "A proof of 255 bytes.",
            Flag::Structure,
            {
                let mut token = token();
                token.change_inner(|copy| {
                    put(
                        &mut copy.unprotected,
                        schemas::proof::PROOF_HEADER,
                        Item::Bytes(vec![0; 255].into()),
                    );
                });
                token.sign(&world.copy("pcr").holder);
                presentation_text(&token)
            },
            decoding("proof-malformed"),
        ),
    ]
}

fn changed_last(bytes: &[u8]) -> Vec<u8> {
    let mut changed = bytes.to_vec();
    if let Some(last) = changed.last_mut() {
        *last ^= 1;
    }
    changed
}
