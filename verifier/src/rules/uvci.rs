//! Fragments of a Unique Certificate Identifier (CertLogic specification, `extractFromUVCI`).

/// The fragment with the given index between the separators `/`, `#` and `:`; the prefix `URN:UVCI:` does not count.
pub(super) fn fragment(uvci: &str, index: i64) -> Option<&str> {
    let index = usize::try_from(index).ok()?;
    let fragments = uvci.strip_prefix("URN:UVCI:").unwrap_or(uvci);
    fragments.split(['/', '#', ':']).nth(index)
}
