//! The curve as a picture (SVG), readable in light and in dark.

use super::Built;
use std::fmt::Write as _;

/// What proofs of a tree of one size take.
#[derive(Clone, Copy)]
pub struct Point {
    /// The tree's entries.
    pub size: u64,
    /// What it takes to prove that an entry is in it,
    pub inclusion: Built,
    /// and that it goes on from an earlier size.
    pub consistency: Built,
}

/// Where the axes are, in a picture of 760 × 420.
const LEFT: f64 = 70.0;
const RIGHT: f64 = 590.0;
const TOP: f64 = 60.0;
const BOTTOM: f64 = 350.0;
/// The powers of ten at the ends of the lower axis.
const POWERS: core::ops::RangeInclusive<u32> = 3..=8;
const SUPERSCRIPT: [char; 10] = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

const HEAD: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 420" role="img" aria-labelledby="t d" font-family="system-ui, sans-serif" font-size="13">
  <title id="t">What a proof takes to build, by the size of the log</title>
  <desc id="d">Microseconds to build an inclusion proof and a consistency proof from tiles, for logs of a thousand to a hundred million entries on a logarithmic axis: both rise in steps along a straight line, that of the logarithm.</desc>
  <style>
    :root { color-scheme: light dark; }
    text { fill: #1b1f24; }
    .name { font-weight: 600; font-size: 16px; }
    .small { font-size: 12px; fill: #4a535c; }
    .axis { stroke: #6b7680; stroke-width: 1.5; }
    .grid { stroke: #6b7680; stroke-opacity: 0.25; }
    .line { fill: none; stroke-width: 2; }
    .inclusion { stroke: #1f5fbf; }
    .consistency { stroke: #b3261e; stroke-width: 7; stroke-opacity: 0.4; }
    .logarithm { stroke: #6b7680; stroke-dasharray: 7 5; }
    circle.inclusion { fill: #1f5fbf; }
    text.inclusion { fill: #1f5fbf; stroke: none; }
    text.consistency { fill: #b3261e; stroke: none; }
    text.logarithm { stroke: none; }
    @media (prefers-color-scheme: dark) {
      text { fill: #e8ecf0; }
      .small { fill: #aab4be; }
      .axis, .grid, .logarithm { stroke: #8c98a4; }
      .inclusion { stroke: #8ab4ff; }
      .consistency { stroke: #ff8a80; }
      circle.inclusion, text.inclusion { fill: #8ab4ff; }
      text.consistency { fill: #ff8a80; }
    }
  </style>
"##;

/// Draws both kinds of proof, and a multiple of the logarithm that fits them.
pub fn draw(points: &[Point]) -> String {
    let inclusion = series(points, |point| point.inclusion);
    let consistency = series(points, |point| point.consistency);
    let both = || inclusion.iter().chain(&consistency);
    // The multiple whose squared distance is least.
    let factor = both().map(|(log, y)| log * y).sum::<f64>() / both().map(|(log, _)| log * log).sum::<f64>();
    let logarithm: Vec<(f64, f64)> = inclusion.iter().map(|(log, _)| (*log, factor * log)).collect();
    let highest = both().chain(&logarithm).map(|(_, y)| *y).fold(0.0, f64::max);
    let step = step(highest);
    let axes = Axes {
        low: f64::from(*POWERS.start()) * 10f64.log2(),
        high: f64::from(*POWERS.end()) * 10f64.log2(),
        top: (highest / step).ceil() * step,
    };
    // The two kinds lie over one another, most of the time.
    let lines = [
        (&consistency, "consistency", "consistency".to_owned()),
        (&inclusion, "inclusion", "inclusion".to_owned()),
        (&logarithm, "logarithm", format!("{factor:.1} µs · log₂ n")),
    ];
    let end = |line: &[(f64, f64)]| line.last().map_or(0.0, |(_, y)| *y);
    let mut svg = HEAD.to_owned();
    axes.draw(&mut svg, step);
    let mut lowest_label = f64::NEG_INFINITY;
    for (line, class, label) in &lines {
        let at = |(log, y): &(f64, f64)| (axes.x(*log), axes.y(*y));
        let path: Vec<String> = line
            .iter()
            .map(at)
            .map(|(x, y)| format!("{x:.1},{y:.1}"))
            .collect();
        put(
            &mut svg,
            format_args!(r#"<polyline class="line {class}" points="{}"/>"#, path.join(" ")),
        );
        if *class == "inclusion" {
            for (x, y) in line.iter().map(at) {
                put(
                    &mut svg,
                    format_args!(r#"<circle class="{class}" cx="{x:.1}" cy="{y:.1}" r="3"/>"#),
                );
            }
        }
        // Labels at the ends, none over another.
        lowest_label = (axes.y(end(line)) + 4.0).max(lowest_label + 18.0);
        put(
            &mut svg,
            format_args!(
                r#"<text class="{class}" x="{:.0}" y="{lowest_label:.1}">{label}</text>"#,
                RIGHT + 10.0
            ),
        );
    }
    svg + "</svg>\n"
}

/// The binary logarithms of the sizes, and the times.
fn series(points: &[Point], kind: impl Fn(&Point) -> Built) -> Vec<(f64, f64)> {
    points
        .iter()
        .map(|point| ((point.size as f64).log2(), kind(point).microseconds))
        .collect()
}

/// A round distance between lines of the grid, about five of which lead to `highest`.
fn step(highest: f64) -> f64 {
    let power = 10f64.powf((highest / 5.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power);
    steps
        .into_iter()
        .find(|step| highest / step <= 6.0)
        .unwrap_or(10.0 * power)
}

/// From logarithms and microseconds to places in the picture.
struct Axes {
    low: f64,
    high: f64,
    top: f64,
}

impl Axes {
    fn x(&self, log: f64) -> f64 {
        LEFT + (log - self.low) / (self.high - self.low) * (RIGHT - LEFT)
    }

    fn y(&self, microseconds: f64) -> f64 {
        BOTTOM - microseconds / self.top * (BOTTOM - TOP)
    }

    fn draw(&self, svg: &mut String, step: f64) {
        put(
            svg,
            format_args!(r#"<text class="name" x="16" y="28">Building a proof from tiles</text>"#),
        );
        put(
            svg,
            format_args!(r#"<text class="small" x="16" y="48">microseconds, median</text>"#),
        );
        let mut tick = 0.0;
        while tick <= self.top + step / 2.0 {
            let y = self.y(tick);
            put(
                svg,
                format_args!(r#"<line class="grid" x1="{LEFT}" x2="{RIGHT}" y1="{y:.1}" y2="{y:.1}"/>"#),
            );
            put(
                svg,
                format_args!(
                    r#"<text class="small" x="{}" y="{:.1}" text-anchor="end">{tick}</text>"#,
                    LEFT - 8.0,
                    y + 4.0
                ),
            );
            tick += step;
        }
        for power in POWERS {
            let x = self.x(f64::from(power) * 10f64.log2());
            put(
                svg,
                format_args!(
                    r#"<line class="axis" x1="{x:.1}" x2="{x:.1}" y1="{BOTTOM}" y2="{}"/>"#,
                    BOTTOM + 5.0
                ),
            );
            let exponent = SUPERSCRIPT[power as usize];
            put(
                svg,
                format_args!(
                    r#"<text class="small" x="{x:.1}" y="{}" text-anchor="middle">10{exponent}</text>"#,
                    BOTTOM + 22.0
                ),
            );
        }
        put(
            svg,
            format_args!(r#"<line class="axis" x1="{LEFT}" x2="{RIGHT}" y1="{BOTTOM}" y2="{BOTTOM}"/>"#),
        );
        let middle = f64::midpoint(LEFT, RIGHT);
        put(
            svg,
            format_args!(
                r#"<text class="small" x="{middle}" y="{}" text-anchor="middle">entries of the log</text>"#,
                BOTTOM + 46.0
            ),
        );
    }
}

fn put(svg: &mut String, element: core::fmt::Arguments<'_>) {
    let _ = writeln!(svg, "  {element}");
}
