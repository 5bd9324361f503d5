//! ZLIB (RFC 1950) in memory, inflated only up to a limit: a few hundred characters of QR code can stand for hundreds of
//! megabytes.

use crate::Error;
use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

/// The data in one complete stream that fills `compressed`, at most `limit` bytes of it.
///
/// # Errors
/// [`Error::ZlibMalformed`], also for a stream that ends early or does not fill `compressed`, and [`Error::TooLong`].
pub fn inflate(compressed: &[u8], limit: usize) -> Result<Vec<u8>, Error> {
    // Text of a few hundred bytes compresses by less than 4; longer input comes in further rounds.
    let first = compressed.len().saturating_mul(4).max(64);
    // One byte of room above the limit shows that a stream goes beyond it.
    let most = limit.saturating_add(1);
    let mut data = Vec::with_capacity(first.min(most));
    // A new state costs 0.3 µs more than a reset one (2.0 against 1.7 µs): not worth keeping one.
    let mut state = Decompress::new(true);
    loop {
        let read = usize::try_from(state.total_in()).map_err(|_| Error::ZlibMalformed)?;
        let (input, before) = (&compressed[read..], data.len());
        let status = state
            .decompress_vec(input, &mut data, FlushDecompress::Finish)
            .map_err(|_| Error::ZlibMalformed)?;
        if data.len() > limit {
            return Err(Error::TooLong {
                what: "inflated data in bytes",
                length: data.len(),
                limit,
            });
        }
        match status {
            Status::StreamEnd if state.total_in() == compressed.len() as u64 => return Ok(data),
            Status::StreamEnd => return Err(Error::ZlibMalformed),
            // With room to spare, a stream that does not go on has ended early.
            _ if data.len() < data.capacity() && data.len() == before => return Err(Error::ZlibMalformed),
            _ => data.reserve_exact(data.len().max(64).min(most - data.len())),
        }
    }
}

/// `data` as one stream, as small as the algorithm makes it.
#[must_use]
pub fn deflate(data: &[u8]) -> Vec<u8> {
    let mut state = Compress::new(Compression::best(), true);
    // The bound of RFC 1950's reference implementation for data that does not compress.
    let mut compressed = Vec::with_capacity(data.len() + (data.len() >> 8) + 64);
    loop {
        let read = usize::try_from(state.total_in()).unwrap_or(data.len());
        match state.compress_vec(&data[read..], &mut compressed, FlushCompress::Finish) {
            Ok(Status::StreamEnd) => return compressed,
            Ok(_) => compressed.reserve(64),
            Err(_) => unreachable!("a new state takes any data"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn code(compressed: &[u8], limit: usize) -> &'static str {
        inflate(compressed, limit).unwrap_err().code()
    }

    #[test]
    fn stops_at_the_limit() {
        let bomb = deflate(&vec![0; 100_000]);
        assert!(bomb.len() < 200);
        assert_eq!(inflate(&bomb, 100_000).unwrap().len(), 100_000);
        assert_eq!(code(&bomb, 99_999), "too-long");
        assert_eq!(code(&bomb, 0), "too-long");
        assert_eq!(inflate(&deflate(b""), 0), Ok(vec![]));
    }

    #[test]
    fn takes_exactly_one_whole_stream() {
        let stream = deflate(b"a certificate");
        assert_eq!(code(&[&stream[..], &[0]].concat(), 99), "zlib-malformed");
        for end in 0..stream.len() {
            assert_eq!(code(&stream[..end], 99), "zlib-malformed", "{end}");
        }
        for index in 0..stream.len() {
            let mut damaged = stream.clone();
            damaged[index] ^= 0x10;
            // The bits that pad the last byte of the data stand for nothing.
            let read = inflate(&damaged, 99);
            assert!(read.is_err() || read == inflate(&stream, 99), "{index}");
        }
        assert_eq!(code(b"not compressed", 99), "zlib-malformed");
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(data: Vec<u8>, repeats in 1usize..50) {
            let data = data.repeat(repeats);
            prop_assert_eq!(inflate(&deflate(&data), data.len()), Ok(data));
        }

        #[test]
        fn any_bytes_return(bytes: Vec<u8>) {
            let _ = inflate(&bytes, 1000);
        }
    }
}
