//! Rice codes (R. F. Rice, JPL Publication 79-22) of the gaps between sorted numbers.
//!
//! A gap is coded as its quotient by 2^parameter in unary (zeros and a final one), then its remainder in `parameter`
//! bits, most significant first. The parameter is the smallest of those that give the fewest bits, so that one set of
//! numbers has one encoding. The last byte is filled with zeros.

use crate::Error;

/// Largest parameter: a gap has at most 32 bits.
const MAX_PARAMETER: u8 = 31;

/// The parameter and the codes of strictly ascending `numbers`.
pub(super) fn encode(numbers: &[u32]) -> (u8, Vec<u8>) {
    let parameter = best_parameter(numbers);
    let mut writer = BitWriter::default();
    for gap in gaps(numbers) {
        (0..gap >> parameter).for_each(|_| writer.push(false));
        writer.push(true);
        (0..parameter)
            .rev()
            .for_each(|bit| writer.push(gap >> bit & 1 == 1));
    }
    (parameter, writer.bytes)
}

/// Reads `count` numbers below `end` that fill `bytes`.
pub(super) fn decode(parameter: u8, count: usize, end: u64, bytes: &[u8]) -> Result<Vec<u32>, Error> {
    if parameter > MAX_PARAMETER {
        return Err(Error::StatusMalformed("the Rice parameter is too large"));
    }
    let short = Error::StatusMalformed("fewer codes than announced");
    // The shortest code has parameter + 1 bits; checked before memory is taken.
    if count.saturating_mul(usize::from(parameter) + 1) > bytes.len().saturating_mul(8) {
        return Err(short);
    }
    let mut reader = BitReader::new(bytes);
    let mut numbers = Vec::with_capacity(count);
    let mut next = 0u64;
    for _ in 0..count {
        let quotient = reader.unary().ok_or(short.clone())?;
        let remainder = reader.bits(parameter).ok_or(short.clone())?;
        // The quotient is at most the input's length in bits, the shift at most 31: no overflow.
        let number = next + (quotient << parameter | remainder);
        let fits = u32::try_from(number).ok().filter(|_| number < end);
        numbers.push(fits.ok_or(Error::StatusMalformed("a place after the window"))?);
        next = number + 1;
    }
    if !reader.is_at_end() {
        return Err(Error::StatusMalformed("something follows the last code"));
    }
    if best_parameter(&numbers) != parameter {
        return Err(Error::StatusMalformed("another Rice parameter is shorter"));
    }
    Ok(numbers)
}

fn gaps(numbers: &[u32]) -> impl Iterator<Item = u64> + '_ {
    numbers.iter().scan(0u64, |next, number| {
        let gap = u64::from(*number) - *next;
        *next = u64::from(*number) + 1;
        Some(gap)
    })
}

/// One more bit of remainder costs a bit per number and saves half of every quotient, rounded up. What it saves never
/// grows from one parameter to the next, so the first parameter that is not improved is the best.
fn best_parameter(numbers: &[u32]) -> u8 {
    let count = numbers.len() as u64;
    let saved_by_next =
        |parameter: u8| -> u64 { gaps(numbers).map(|gap| (gap >> parameter).div_ceil(2)).sum() };
    (0..MAX_PARAMETER)
        .find(|parameter| saved_by_next(*parameter) <= count)
        .unwrap_or(MAX_PARAMETER)
}

#[derive(Default)]
struct BitWriter {
    bytes: Vec<u8>,
    used: u8,
}

impl BitWriter {
    fn push(&mut self, bit: bool) {
        if self.used == 0 {
            self.bytes.push(0);
        }
        if let Some(last) = self.bytes.last_mut() {
            *last |= u8::from(bit) << (7 - self.used);
        }
        self.used = (self.used + 1) % 8;
    }
}

/// Reads bits, most significant first, from `held` bits at the top of `buffer`.
struct BitReader<'a> {
    rest: core::slice::Iter<'a, u8>,
    buffer: u64,
    held: u32,
}

impl<'a> BitReader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self {
            rest: bytes.iter(),
            buffer: 0,
            held: 0,
        }
    }

    fn refill(&mut self) {
        while self.held <= 56
            && let Some(byte) = self.rest.next()
        {
            self.buffer |= u64::from(*byte) << (56 - self.held);
            self.held += 8;
        }
    }

    fn consume(&mut self, count: u32) {
        self.buffer = self.buffer.checked_shl(count).unwrap_or(0);
        self.held -= count;
    }

    /// Zeros before the next one.
    fn unary(&mut self) -> Option<u64> {
        let mut zeros = 0;
        loop {
            self.refill();
            let here = self.buffer.leading_zeros().min(self.held);
            zeros += u64::from(here);
            match (here < self.held, self.held) {
                (true, _) => {
                    self.consume(here + 1);
                    return Some(zeros);
                }
                (false, 0) => return None,
                (false, _) => self.consume(here),
            }
        }
    }

    /// The next `count` bits as a number; at most 31.
    fn bits(&mut self, count: u8) -> Option<u64> {
        self.refill();
        let count = u32::from(count);
        if self.held < count {
            return None;
        }
        let value = self.buffer.checked_shr(64 - count).unwrap_or(0);
        self.consume(count);
        Some(value)
    }

    /// Whether only the zeros that fill the last byte are left.
    fn is_at_end(&mut self) -> bool {
        self.refill();
        self.held < 8 && self.buffer == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn reads_what_it_writes(numbers in prop::collection::btree_set(any::<u32>(), 0..300)) {
            let numbers: Vec<u32> = numbers.into_iter().collect();
            let (parameter, bytes) = encode(&numbers);
            prop_assert_eq!(decode(parameter, numbers.len(), 1 << 32, &bytes), Ok(numbers));
        }

        #[test]
        fn dense_numbers_too(numbers in prop::collection::btree_set(0u32..2_000, 0..1_000)) {
            let numbers: Vec<u32> = numbers.into_iter().collect();
            let (parameter, bytes) = encode(&numbers);
            prop_assert_eq!(decode(parameter, numbers.len(), 2_000, &bytes), Ok(numbers));
        }

        #[test]
        fn one_set_has_one_encoding(parameter in 0u8..40, count in 0usize..40, bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(numbers) = decode(parameter, count, 1 << 32, &bytes) {
                prop_assert_eq!(encode(&numbers), (parameter, bytes));
            }
        }

        #[test]
        fn no_parameter_is_shorter(numbers in prop::collection::btree_set(0u32..1 << 20, 1..200)) {
            let numbers: Vec<u32> = numbers.into_iter().collect();
            let bits = |parameter: u8| -> u64 {
                gaps(&numbers).map(|gap| (gap >> parameter) + 1 + u64::from(parameter)).sum()
            };
            let best = bits(best_parameter(&numbers));
            prop_assert!((0..=MAX_PARAMETER).all(|parameter| bits(parameter) >= best));
        }
    }

    #[test]
    fn codes_are_as_specified() {
        // Gaps 3, 4 and 0 with parameter 1: 01|1, 001|0, 1|0, then zeros.
        assert_eq!(encode(&[3, 8, 9]), (1, vec![0b0110_0101, 0b0000_0000]));
        assert_eq!(encode(&[]), (0, vec![]));
        assert_eq!(decode(0, 0, 0, &[]), Ok(vec![]));
    }

    #[test]
    fn refuses_what_breaks_a_limit() {
        let refused = |parameter, count, end, bytes: &[u8]| decode(parameter, count, end, bytes).unwrap_err();
        let code = |parameter, count, end, bytes| refused(parameter, count, end, bytes).code();
        assert_eq!(code(0, usize::MAX, 9, &[0xff]), "status-malformed");
        assert_eq!(code(32, 0, 9, &[]), "status-malformed");
        assert_eq!(code(0, 9, 9, &[0xff]), "status-malformed");
        assert_eq!(code(0, 8, 7, &[0xff]), "status-malformed");
        assert_eq!(code(0, 1, 9, &[0b1100_0000]), "status-malformed");
        assert_eq!(code(0, 1, 9, &[0b1000_0000, 0]), "status-malformed");
        assert_eq!(code(1, 1, 9, &[0b1000_0000]), "status-malformed");
        assert_eq!(decode(0, 8, 8, &[0xff]), Ok((0..8).collect()));
    }
}
