//! Which finder patterns may be the three corners of one code.

use core::cmp::Reverse;
use rxing::{common::cpp_essentials::ConcentricPattern, qrcode::cpp_port::detector::FinderPatternSet};

/// So many patterns near a larger one are put together with it.
const NEIGHBOURS: usize = 15;

/// A pattern is at most so many times the size of as another of its code: one edge of the code is nearer.
const MAX_RATIO: i32 = 3;

/// One side of a code is at most so many times as long as the other, as they are seen.
const MAX_STRETCH: f64 = 2.0;

/// The angle between a code's upper and left side is at most 30 degrees off a right one, as a cosine.
const MAX_COSINE: f64 = 0.5;

/// Modules on a side, as far as they can be told from the patterns' sizes.
const MODULES: core::ops::RangeInclusive<f64> = 21.0 * 0.9..=177.0 * 1.5;

/// All triples that may be a code's corners, the most plausible, which is the smallest and squarest, first.
///
/// As `GenerateFinderPatternSets` of rxing 0.9, which takes the neighbours in any order although what it measures is right
/// for patterns in the order of their sizes only: it loses most codes that are seen from the side.
pub(super) fn triples(mut patterns: Vec<ConcentricPattern>) -> Vec<FinderPatternSet> {
    patterns.sort_by_key(|pattern| Reverse(pattern.size));
    let mut found = Vec::new();
    for (number, largest) in patterns.iter().enumerate() {
        let mut near: Vec<&ConcentricPattern> = patterns[number + 1..]
            .iter()
            .filter(|other| largest.size <= other.size * MAX_RATIO)
            .collect();
        if near.len() > NEIGHBOURS {
            near.sort_by(|a, b| distance(largest, a).total_cmp(&distance(largest, b)));
            near.truncate(NEIGHBOURS);
            near.sort_by_key(|pattern| Reverse(pattern.size));
        }
        for (at, middle) in near.iter().enumerate() {
            let smaller = near[at + 1..].iter();
            found.extend(smaller.filter_map(|smallest| triple([smallest, middle, largest])));
        }
    }
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.into_iter().map(|(_, triple)| triple).collect()
}

/// The corners in their places, with how far they are from plausible, of patterns in the order of their sizes.
fn triple([a, b, c]: [&ConcentricPattern; 3]) -> Option<(f64, FinderPatternSet)> {
    // The upper left corner is opposite to the longest side.
    let [ab, bc, ac] = [distance(a, b), distance(b, c), distance(a, c)];
    let ([one, corner, other], [first, second, across]) = if bc >= ab && bc >= ac {
        ([b, a, c], [ab, ac, bc])
    } else if ab >= ac && ab >= bc {
        ([a, c, b], [ac, bc, ab])
    } else {
        ([a, b, c], [ab, bc, ac])
    };
    let cosine = (first * first + second * second - across * across) / (2.0 * first * second);
    let module = f64::from(a.size + b.size + c.size) / (3.0 * 7.0);
    let is_plausible = first <= MAX_STRETCH * second
        && second <= MAX_STRETCH * first
        && cosine.abs() <= MAX_COSINE
        && MODULES.contains(&((first + second) / (2.0 * module) + 7.0));
    let is_clockwise = ConcentricPattern::cross(*other - *corner, *one - *corner) >= 0.0;
    let [bl, tr] = if is_clockwise {
        [*one, *other]
    } else {
        [*other, *one]
    };
    let score = 2.0 * first.max(second);
    is_plausible.then_some((score, FinderPatternSet { bl, tl: *corner, tr }))
}

/// From the smaller pattern to the larger one, in pixels, longer as one is nearer than the other: what is seen from the side
/// looks shorter.
fn distance(smaller: &ConcentricPattern, larger: &ConcentricPattern) -> f64 {
    let [across, down] = [larger.p.x - smaller.p.x, larger.p.y - smaller.p.y].map(f64::from);
    across.hypot(down) * (f64::from(larger.size) / f64::from(smaller.size)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rxing::point;

    /// The corners of the only triple: upper left, upper right, lower left.
    fn corners(patterns: &[(f32, f32, i32)]) -> Option<[(f32, f32); 3]> {
        let pattern = |(x, y, size): &(f32, f32, i32)| ConcentricPattern {
            p: point(*x, *y),
            size: *size,
        };
        let [only] = triples(patterns.iter().map(pattern).collect()).try_into().ok()?;
        let FinderPatternSet { bl, tl, tr } = only;
        Some([tl, tr, bl].map(|corner| (corner.p.x, corner.p.y)))
    }

    #[test]
    fn corners_come_in_their_places_whatever_their_order() {
        let (tl, tr, bl) = ((100.0, 100.0, 30), (400.0, 100.0, 30), (100.0, 400.0, 30));
        let expected = Some([(100.0, 100.0), (400.0, 100.0), (100.0, 400.0)]);
        for order in [[tl, tr, bl], [bl, tl, tr], [tr, bl, tl], [bl, tr, tl]] {
            assert_eq!(corners(&order), expected);
        }
    }

    #[test]
    fn codes_that_are_seen_from_the_side_have_corners() {
        // Of a photograph; the right edge is nearer than the left one, the upper nearer than the lower.
        let seen = [(945.0, 33.0, 57), (375.0, 113.0, 43), (428.0, 588.0, 33)];
        assert_eq!(
            corners(&seen),
            Some([(375.0, 113.0), (945.0, 33.0), (428.0, 588.0)])
        );
    }

    #[test]
    fn what_cannot_be_a_code_has_none() {
        // In a row, too close, of sizes too different.
        assert_eq!(
            corners(&[(0.0, 0.0, 30), (300.0, 0.0, 30), (600.0, 0.0, 30)]),
            None
        );
        assert_eq!(corners(&[(0.0, 0.0, 30), (20.0, 0.0, 30), (0.0, 20.0, 30)]), None);
        assert_eq!(
            corners(&[(0.0, 0.0, 10), (300.0, 0.0, 40), (0.0, 300.0, 40)]),
            None
        );
    }

    #[test]
    fn many_patterns_make_few_triples() {
        let row = |y: i16| (0..30).map(move |x: i16| (f32::from(x) * 60.0, f32::from(y) * 60.0, 30));
        let patterns: Vec<ConcentricPattern> = (0..30)
            .flat_map(row)
            .map(|(x, y, size)| ConcentricPattern { p: point(x, y), size })
            .collect();
        let count = patterns.len();
        assert!(triples(patterns).len() <= count * NEIGHBOURS * (NEIGHBOURS - 1) / 2);
    }
}
