//! Hashes, identifiers and keys in lower-case hexadecimal.

/// Reads exactly `N` bytes; nothing else and in no other case.
#[must_use]
pub fn read<const N: usize>(text: &str) -> Option<[u8; N]> {
    let is_digit = |digit: &u8| matches!(digit, b'0'..=b'9' | b'a'..=b'f');
    if text.len() != 2 * N || !text.as_bytes().iter().all(is_digit) {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(core::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(bytes)
}

/// Writes bytes.
#[must_use]
pub fn write(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_way_to_write() {
        assert_eq!(read("00ff"), Some([0, 255]));
        assert_eq!(write(&[0, 255]), "00ff");
        for other in ["", "00f", "00fff", "00FF", "+0ff", "0 ff", "é0f"] {
            assert_eq!(read::<2>(other), None, "{other}");
        }
    }
}
