//! A QR code's modules to pictures: PNG, SVG and text for a terminal.

use super::Code;
use core::fmt::Write;
use image::{ExtendedColorType, ImageEncoder, codecs::png::PngEncoder};

/// Light modules on each side of the code (ISO/IEC 18004 section 9.1). Part of everything drawn here: codes printed
/// to the edge do not scan (cwa-documentation#644).
pub const QUIET_ZONE: usize = 4;

/// The largest module drawn into a PNG, in pixels: version 40 is then 6,176 pixels wide, more than 600 dpi on A4.
pub const MAX_MODULE_PIXELS: u8 = 32;

/// How to draw for a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Terminal {
    /// Black on white by escape sequences, whatever the terminal's own colours are.
    Colours,
    /// Characters alone. Light modules are drawn in the terminal's text colour: right on a dark terminal, inverted on
    /// a light one, which most readers accept, among them ours.
    Plain,
}

impl Code {
    /// A PNG, 8-bit greyscale, black on white, with `module_pixels` (from 1 to [`MAX_MODULE_PIXELS`]; other numbers
    /// go to the nearest) pixels to a module's side.
    #[must_use]
    pub fn to_png(&self, module_pixels: u8) -> Vec<u8> {
        let scale = usize::from(module_pixels.clamp(1, MAX_MODULE_PIXELS));
        let side = self.side() * scale;
        let mut pixels = Vec::with_capacity(side * side);
        for y in 0..self.side() {
            let row = (0..self.side()).flat_map(|x| core::iter::repeat_n(self.grey(x, y), scale));
            let row: Vec<u8> = row.collect();
            (0..scale).for_each(|_| pixels.extend_from_slice(&row));
        }
        let mut png = Vec::new();
        let side = u32::try_from(side).expect("185 modules of 32 pixels are within 32 bits");
        PngEncoder::new(&mut png)
            .write_image(&pixels, side, side, ExtendedColorType::L8)
            .expect("the buffer has the stated size, and a vector takes every write");
        png
    }

    /// An SVG of one module to a unit, one path on white. `title` is read out by screen readers.
    #[must_use]
    pub fn to_svg(&self, title: Option<&str>) -> String {
        let side = self.side();
        let mut svg = format!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges" role="img">"#
        );
        if let Some(title) = title {
            svg.push_str("<title>");
            title
                .chars()
                .for_each(|character| push_escaped(&mut svg, character));
            svg.push_str("</title>");
        }
        svg.push_str(r##"<rect width="100%" height="100%" fill="#fff"/><path d=""##);
        for y in 0..side {
            let mut x = 0;
            while x < side {
                let run = (x..side).take_while(|&x| self.is_drawn_dark(x, y)).count();
                if run > 0 {
                    write!(svg, "M{x} {y}h{run}v1h-{run}z").expect("a string takes every write");
                }
                x += run.max(1);
            }
        }
        svg.push_str(r#""/></svg>"#);
        svg
    }

    /// Lines of half blocks, each character one module wide and two high, ending in a line feed.
    #[must_use]
    pub fn to_terminal(&self, terminal: Terminal) -> String {
        // Colours 16 and 231 are the corners of the 6 × 6 × 6 cube, black and white, which themes leave alone.
        const BLACK_ON_WHITE: &str = "\x1b[38;5;16;48;5;231m";
        const RESET: &str = "\x1b[0m";
        let mut text = String::new();
        for y in (0..self.side()).step_by(2) {
            if terminal == Terminal::Colours {
                text.push_str(BLACK_ON_WHITE);
            }
            for x in 0..self.side() {
                let halves = (self.is_drawn_dark(x, y), self.is_drawn_dark(x, y + 1));
                text.push(match (terminal, halves) {
                    (Terminal::Colours, (true, true)) | (Terminal::Plain, (false, false)) => '█',
                    (Terminal::Colours, (true, false)) | (Terminal::Plain, (false, true)) => '▀',
                    (Terminal::Colours, (false, true)) | (Terminal::Plain, (true, false)) => '▄',
                    (Terminal::Colours, (false, false)) | (Terminal::Plain, (true, true)) => ' ',
                });
            }
            if terminal == Terminal::Colours {
                text.push_str(RESET);
            }
            text.push('\n');
        }
        text
    }

    /// Modules on a side with both quiet zones.
    fn side(&self) -> usize {
        self.width() + 2 * QUIET_ZONE
    }

    /// Whether a module is dark, counted from the quiet zone's corner.
    fn is_drawn_dark(&self, x: usize, y: usize) -> bool {
        x >= QUIET_ZONE && y >= QUIET_ZONE && self.is_dark(x - QUIET_ZONE, y - QUIET_ZONE)
    }

    fn grey(&self, x: usize, y: usize) -> u8 {
        if self.is_drawn_dark(x, y) { 0 } else { 255 }
    }
}

fn push_escaped(svg: &mut String, character: char) {
    match character {
        '<' => svg.push_str("&lt;"),
        '>' => svg.push_str("&gt;"),
        '&' => svg.push_str("&amp;"),
        // XML 1.0 has no other control characters.
        control if control.is_control() && !matches!(control, '\t' | '\n') => svg.push(' '),
        other => svg.push(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_cannot_leave_its_element() {
        let code = Code::new("A").unwrap();
        assert!(!code.to_svg(None).contains("<title>"));
        let svg = code.to_svg(Some("</title><script>\u{1b} & more"));
        assert!(
            svg.contains("<title>&lt;/title&gt;&lt;script&gt;  &amp; more</title>"),
            "{svg}"
        );
    }

    #[test]
    fn terminal_lines_are_as_wide_as_the_code_with_its_quiet_zone() {
        let code = Code::new("A").unwrap();
        let lines = code.to_terminal(Terminal::Plain);
        assert_eq!(lines.lines().count(), 15);
        assert!(lines.lines().all(|line| line.chars().count() == 29));
        assert!(lines.lines().take(2).all(|line| line.chars().all(|c| c == '█')));
    }
}
