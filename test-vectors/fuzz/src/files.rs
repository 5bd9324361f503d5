//! Several byte strings in one input: each has a byte that says what it is, two bytes of length, and its bytes.

/// The parts of an input; what is cut off at the end is shorter.
pub fn parts(mut bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> {
    core::iter::from_fn(move || {
        let ([kind, high, low], rest) = bytes.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(rest.len());
        let (part, rest) = rest.split_at(length);
        bytes = rest;
        Some((*kind, part))
    })
}

/// The input of these parts.
///
/// # Panics
/// On a part of more than 64 KiB.
#[must_use]
pub fn join<'a>(parts: impl IntoIterator<Item = (u8, &'a [u8])>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (kind, part) in parts {
        let length = u16::try_from(part.len()).expect("a short part");
        bytes.push(kind);
        bytes.extend(length.to_be_bytes());
        bytes.extend(part);
    }
    bytes
}
