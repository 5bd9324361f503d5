//! Stands in for `encoding_rs` below the QR decoder, with the few names that it uses.
//!
//! A code can say that its bytes are in one of thirty character sets. Their tables would be a quarter of the scanner page,
//! and a credential's text is ASCII in every format that is read here. So every set is read as UTF-8: ASCII stays what it
//! is, and what is not UTF-8 is an error, never another text.

use std::borrow::Cow;

/// A character set.
#[derive(Debug)]
pub struct Encoding(());

macro_rules! encodings {
    ($($name:ident)*) => {$(
        /// Read as UTF-8.
        pub static $name: &Encoding = &Encoding(());
    )*};
}

encodings! {
    BIG5 EUC_KR GB18030 GBK SHIFT_JIS UTF_8 UTF_16BE UTF_16LE
    ISO_8859_2 ISO_8859_3 ISO_8859_4 ISO_8859_5 ISO_8859_6 ISO_8859_7 ISO_8859_8 ISO_8859_10 ISO_8859_13 ISO_8859_14
    ISO_8859_15 ISO_8859_16 WINDOWS_874 WINDOWS_1250 WINDOWS_1251 WINDOWS_1252 WINDOWS_1254 WINDOWS_1256
}

impl Encoding {
    /// The character set of a name.
    #[must_use]
    pub fn for_label(_label: &[u8]) -> Option<&'static Self> {
        Some(UTF_8)
    }

    /// The bytes of a text, and whether it has characters that another set may write otherwise.
    #[must_use]
    pub fn encode<'a>(&'static self, text: &'a str) -> (Cow<'a, [u8]>, &'static Self, bool) {
        (Cow::Borrowed(text.as_bytes()), self, !text.is_ascii())
    }

    /// The text of bytes, and whether they were no UTF-8.
    #[must_use]
    pub fn decode<'a>(&'static self, bytes: &'a [u8]) -> (Cow<'a, str>, &'static Self, bool) {
        let text = String::from_utf8_lossy(bytes);
        let had_errors = matches!(text, Cow::Owned(_));
        (text, self, had_errors)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ascii_is_what_it_is_and_the_rest_is_no_other_text() {
        assert_eq!(SHIFT_JIS.decode(b"HC1:6BF").0, "HC1:6BF");
        assert!(!SHIFT_JIS.decode(b"HC1:6BF").2);
        assert!(SHIFT_JIS.decode(b"\x83\x41").2);
        let (bytes, _, is_doubtful) = UTF_8.encode("ä");
        assert_eq!((&*bytes, is_doubtful), ("ä".as_bytes(), true));
    }
}
