//! Finds the patterns in the corners of QR codes (ISO/IEC 18004 section 6.3.3).

use rxing::{
    Point,
    common::{
        BitMatrix,
        cpp_essentials::{ConcentricPattern, LocateConcentricPattern, Pattern},
    },
    point,
};

/// Dark, light, dark, light and dark modules on a line through a pattern's heart.
const PATTERN: Pattern<5> = [1, 1, 3, 1, 1];

/// Every third row is looked at: a heart is three modules high.
const EVERY: u32 = 3;

/// A picture with more finder patterns than this, three for each of three hundred codes, was made to waste time.
const MAX_PATTERNS: usize = 900;

/// And so was one with more places that look like a pattern along a row: a photograph that is all noise has a few
/// thousand.
const MAX_PLACES: usize = 20_000;

/// A picture is full of finder patterns: no attempt would read it, and all of them would take seconds.
pub(super) struct MadeToWasteTime;

/// The finder patterns with modules of at least `min_module` pixels.
pub(super) fn finder_patterns(
    matrix: &BitMatrix,
    min_module: f32,
) -> Result<Vec<ConcentricPattern>, MadeToWasteTime> {
    let mut patterns: Vec<ConcentricPattern> = Vec::new();
    let mut places = 0;
    let mut runs = Vec::new();
    let mut y = EVERY - 1;
    while y < matrix.height() {
        fill_runs(matrix, y, &mut runs);
        // Where the next window starts, as a run and as a pixel; the first run is a light one.
        let (mut at, mut left) = (1, runs.first().copied().unwrap_or(0));
        while let Some(window) = runs.get(at..).and_then(|runs| runs.first_chunk::<5>()) {
            let [first, second, heart, third, _] = *window;
            if is_pattern(window, min_module) {
                let from_left =
                    f32::from(left) + f32::from(first) + f32::from(second) + f32::from(heart) / 2.0;
                let centre = point(from_left, y as f32 + 0.5);
                if !patterns.iter().any(|known| is_within(known, centre)) {
                    places += 1;
                    // Three times as far, for patterns seen from the side.
                    let range = 3 * window.iter().map(|run| i32::from(*run)).sum::<i32>();
                    patterns.extend(LocateConcentricPattern::<true, 5, 7>(
                        matrix, &PATTERN, centre, range,
                    ));
                }
                if patterns.len() > MAX_PATTERNS || places > MAX_PLACES {
                    return Err(MadeToWasteTime);
                }
                // No pattern starts within a pattern's left half.
                at += 4;
                left += first + second + heart + third;
            } else {
                at += 2;
                left += first + second;
            }
        }
        y += EVERY;
    }
    Ok(patterns)
}

/// The lengths of light and dark runs of a row, in turn; the first is light and may be empty.
fn fill_runs(matrix: &BitMatrix, y: u32, runs: &mut Vec<u16>) {
    const BITS: u32 = usize::BITS;
    runs.clear();
    let (mut start, mut before) = (0, 0);
    for (word, first) in matrix
        .getRow(y)
        .getBitArray()
        .iter()
        .zip((0..).step_by(BITS as usize))
    {
        // A bit is set where the colour changes.
        let mut changes = word ^ (word << 1 | before);
        before = word >> (BITS - 1);
        while changes != 0 {
            let change = first + changes.trailing_zeros();
            runs.push(length(change - start));
            start = change;
            changes &= changes - 1;
        }
    }
    runs.push(length(matrix.width().saturating_sub(start)));
}

/// Pictures are scaled to sides that 16 bits hold.
fn length(pixels: u32) -> u16 {
    u16::try_from(pixels).unwrap_or(u16::MAX)
}

/// Whether runs are about 1:1:3:1:1. Dark ones and light ones are measured apart: ink runs, and screens glow.
fn is_pattern(window: &[u16; 5], min_module: f32) -> bool {
    let [first, second, heart, third, last] = *window;
    if heart < 3 || heart < 2 * first.max(last) || heart < second.max(third) {
        return false;
    }
    let [first, second, heart, third, last] = window.map(f32::from);
    let dark = (first + heart + last) / 5.0;
    let light = (second + third) / 2.0;
    let is_near = |run: f32, expected: f32, tolerance: f32| (run - expected).abs() <= tolerance;
    dark.max(light) <= 4.0 * dark.min(light)
        && (dark + light) / 2.0 >= min_module
        && [first, last]
            .into_iter()
            .all(|run| is_near(run, dark, dark * 0.75 + 0.5))
        && is_near(heart, 3.0 * dark, dark * 0.75 + 0.5)
        && [second, third]
            .into_iter()
            .all(|run| is_near(run, light, light / 3.0 + 0.5))
}

fn is_within(known: &ConcentricPattern, at: Point) -> bool {
    let [across, down] = [at.x - known.p.x, at.y - known.p.y];
    let reach = known.size as f32 / 2.0;
    across * across + down * down < reach * reach
}
