//! The pixels within a path.

use core::ops::Range;
use hayro_interpret::{
    FillRule,
    kurbo::{self, BezPath, PathEl, Point},
};

/// A curve's corners are so near to it, in pixels.
const TOLERANCE: f64 = 0.2;

/// Calls `paint` with the row and the columns of each run of pixels whose centres are within `path`, as far as they are
/// within `rows`. Returns false when that is more work than `budget`, of which it takes what it used.
pub(crate) fn fill(
    path: &BezPath,
    rule: FillRule,
    rows: Range<usize>,
    budget: &mut usize,
    mut paint: impl FnMut(usize, f64, f64),
) {
    // Where each row's centre line meets the path, and whether the path goes down there.
    let mut meetings: Vec<Vec<(f64, i32)>> = vec![Vec::new(); rows.len()];
    let mut edge = |from: Point, to: Point| {
        let (upper, lower, turn) = if from.y <= to.y {
            (from, to, 1)
        } else {
            (to, from, -1)
        };
        if !(from.is_finite() && to.is_finite()) {
            return;
        }
        let met = row(upper.y).max(rows.start)..row(lower.y).min(rows.end);
        *budget = budget.saturating_sub(1 + met.len());
        if *budget == 0 {
            return;
        }
        let slope = (lower.x - upper.x) / (lower.y - upper.y);
        for y in met {
            let x = upper.x + (y as f64 + 0.5 - upper.y) * slope;
            meetings[y - rows.start].push((x, turn));
        }
    };
    let (mut start, mut at) = (Point::ZERO, Point::ZERO);
    kurbo::flatten(path, TOLERANCE, |element| match element {
        PathEl::MoveTo(to) => {
            edge(at, start);
            (start, at) = (to, to);
        }
        PathEl::ClosePath => {
            edge(at, start);
            at = start;
        }
        PathEl::LineTo(to) | PathEl::QuadTo(_, to) | PathEl::CurveTo(_, _, to) => {
            edge(at, to);
            at = to;
        }
    });
    edge(at, start);
    for (y, mut row) in rows.zip(meetings) {
        row.sort_by(|(a, _), (b, _)| a.total_cmp(b));
        let mut winding = 0;
        for pair in row.windows(2) {
            winding += pair[0].1;
            let inside = match rule {
                FillRule::NonZero => winding != 0,
                FillRule::EvenOdd => winding % 2 != 0,
            };
            if inside {
                paint(y, pair[0].0, pair[1].0);
            }
        }
    }
}

/// The first row whose centre is at `y` or below.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "clamped by the conversion"
)]
pub(crate) fn row(y: f64) -> usize {
    (y - 0.5).ceil().max(0.0) as usize
}
