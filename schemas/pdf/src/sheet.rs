//! A page as it is drawn.

use crate::{
    fill::{fill, row},
    picture::{Picture, brightness_of},
};
use core::ops::Range;
use hayro_interpret::{
    BlendMode, ClipPath, Device, DrawMode, DrawProps, FillRule, Image, ImageDrawProps, Paint, SoftMask,
    StrokeProps,
    font::GlyphRun,
    kurbo::{self, Affine, BezPath, Point, Rect, Shape, Stroke, StrokeOpts},
};
use schemas::qr::{Effort, Luma, read_luma};

/// So many pictures of a page are read by themselves, at the size they have; all are drawn.
const MAX_PICTURES: usize = 8;

/// A picture with a shorter side has no code in it.
const MIN_SIDE: usize = 21;

/// A path with more elements is no code: one of version 40 drawn module by module has 80,000.
const MAX_ELEMENTS: usize = 200_000;

/// White paper, and what was drawn on it.
pub(crate) struct Sheet {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
    /// What may still be drawn, in pixels.
    left: usize,
    /// The rectangles around the paths that drawing is clipped to, each within the one before.
    clips: Vec<Rect>,
    /// How many pictures were read by themselves, and what was found.
    pictures: usize,
    texts: Vec<String>,
}

impl Sheet {
    /// An empty sheet. `left` is how much may be drawn.
    pub(crate) fn new(width: f64, height: f64, left: usize) -> Self {
        let [width, height] = [width, height].map(|side| row(side).max(1));
        Self {
            width,
            height,
            pixels: vec![255; width * height],
            left: left.saturating_sub(width * height),
            clips: Vec::new(),
            pictures: 0,
            texts: Vec::new(),
        }
    }

    pub(crate) fn size(&self) -> [usize; 2] {
        [self.width, self.height]
    }

    pub(crate) fn left(&self) -> usize {
        self.left
    }

    /// What was read from pictures by themselves, then from the whole.
    pub(crate) fn into_texts(mut self) -> Vec<String> {
        self.read_luma(&self.pixels, self.width, self.height)
            .into_iter()
            .for_each(|text| self.texts.push(text));
        self.texts
    }

    fn read_luma(&self, pixels: &[u8], width: usize, height: usize) -> Vec<String> {
        let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
            return Vec::new();
        };
        Luma::new(width, height, pixels).map_or_else(|_| Vec::new(), |luma| read_luma(luma, Effort::Photo))
    }

    fn clip(&self) -> Rect {
        let whole = Rect::new(0.0, 0.0, self.width as f64, self.height as f64);
        self.clips.last().copied().unwrap_or(whole)
    }

    /// The columns and rows of `area`, within the clip.
    fn within(&self, area: Rect) -> (Range<usize>, Range<usize>) {
        let area = area.intersect(self.clip());
        let range = |from: f64, to: f64, length: usize| {
            let from = row(from).min(length);
            from..row(to).clamp(from, length)
        };
        (
            range(area.x0, area.x1, self.width),
            range(area.y0, area.y1, self.height),
        )
    }

    fn fill(&mut self, path: &BezPath, rule: FillRule, paint: &Paint<'_>) {
        let Paint::Color(color) = paint else { return };
        // What is nearly clear is a watermark.
        if color.to_rgba().to_rgba8()[3] < 128 || path.elements().len() > MAX_ELEMENTS {
            return;
        }
        let ink = brightness_of(paint);
        let (columns, rows) = self.within(path.bounding_box());
        let (mut left, width) = (self.left, self.width);
        let mut painted = 0;
        let pixels = &mut self.pixels;
        fill(path, rule, rows, &mut left, |y, from, to| {
            let from = row(from).clamp(columns.start, columns.end);
            let run = &mut pixels[y * width..][from..row(to).clamp(from, columns.end)];
            painted += run.len();
            run.fill(ink);
        });
        // Filling a run is quick.
        self.left = left.saturating_sub(painted / 8);
    }

    fn stroke(&mut self, path: &BezPath, transform: Affine, props: &StrokeProps, paint: &Paint<'_>) {
        // Dashes are left out: they could be without number.
        if path.elements().len() > MAX_ELEMENTS / 10 {
            return;
        }
        let style = Stroke::new(f64::from(props.line_width))
            .with_caps(props.line_cap)
            .with_join(props.line_join);
        let outline = kurbo::stroke(path.iter(), &style, &StrokeOpts::default(), 0.1);
        self.fill(&(transform * outline), FillRule::NonZero, paint);
    }

    fn paint(&mut self, picture: &Picture, transform: Affine) {
        let [across, down] = picture.stretch;
        let transform = transform * Affine::scale_non_uniform(across, down);
        let area = Rect::new(0.0, 0.0, picture.width as f64, picture.height as f64);
        let (columns, rows) = self.within(transform.transform_rect_bbox(area));
        self.left = self.left.saturating_sub(columns.len() * rows.len());
        if self.left == 0 || transform.determinant() == 0.0 {
            return;
        }
        let back = transform.inverse();
        for y in rows {
            for x in columns.clone() {
                let at = back * Point::new(x as f64 + 0.5, y as f64 + 0.5);
                if area.contains(at) {
                    let [from_left, from_top] = [at.x, at.y].map(|place| row(place.floor() + 0.5));
                    self.pixels[y * self.width + x] = picture.pixels[from_top * picture.width + from_left];
                }
            }
        }
    }
}

impl<'a> Device<'a> for Sheet {
    fn draw_path(&mut self, path: &BezPath, props: DrawProps<'a>, mode: &DrawMode) {
        if self.left == 0 {
            return;
        }
        if let DrawMode::Fill(rule) | DrawMode::FillAndStroke(rule, _) = mode {
            self.fill(&(props.transform * path.clone()), *rule, &props.paint);
        }
        if let DrawMode::Stroke(stroke) | DrawMode::FillAndStroke(_, stroke) = mode {
            self.stroke(path, props.transform, stroke, &props.paint);
        }
    }

    fn draw_image(&mut self, image: Image<'a, '_>, props: ImageDrawProps<'a>) {
        let stated = image.width() as usize * image.height() as usize;
        self.left = self.left.saturating_sub(stated);
        if self.left == 0 {
            return;
        }
        let Some(picture) = Picture::of(&image) else {
            return;
        };
        if self.pictures < MAX_PICTURES && picture.width.min(picture.height) >= MIN_SIDE {
            self.pictures += 1;
            let texts = self.read_luma(&picture.pixels, picture.width, picture.height);
            self.texts.extend(texts);
        }
        self.paint(&picture, props.transform);
    }

    fn push_clip_path(&mut self, clip: &ClipPath) {
        self.clips.push(self.clip().intersect(clip.path.bounding_box()));
    }

    fn pop_clip(&mut self) {
        self.clips.pop();
    }

    fn push_transparency_group(&mut self, _: f32, _: Option<SoftMask<'a>>, _: BlendMode) {}

    fn pop_transparency_group(&mut self) {}

    fn draw_glyph_run(&mut self, _: &GlyphRun<'_, 'a>, _: DrawProps<'a>, _: &DrawMode) {}
}
