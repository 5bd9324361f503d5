//! Photographs of QR codes that were never taken: what stands between a code and a cheap camera, drawn from a seed.
#![expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "light is reckoned in floating point, within the picture"
)]

/// A small generator of random numbers (SplitMix64, Steele et al. 2014), so that a picture is named by its seed.
pub struct Random(pub u64);

impl Random {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Evenly from `low` to `high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (self.next() >> 40) as f32 / (1 << 24) as f32 * (high - low)
    }

    /// One of so many.
    pub fn below(&mut self, count: usize) -> usize {
        (self.next() % count as u64) as usize
    }

    fn chance(&mut self, probability: f32) -> bool {
        self.between(0.0, 1.0) < probability
    }

    /// Normal with mean 0 and deviation 1, nearly (Irwin-Hall of four).
    fn normal(&mut self) -> f32 {
        (0..4).map(|_| self.between(-0.5, 0.5)).sum::<f32>() * 1.73
    }
}

/// What is photographed: modules on a side, and which are dark.
pub struct Subject<'a> {
    pub modules: usize,
    pub is_dark: &'a dyn Fn(usize, usize) -> bool,
}

/// What stands between the code and the sensor.
#[derive(Clone, Debug)]
pub struct Conditions {
    /// The code's share of the picture's height.
    pub share: f32,
    /// Radians, clockwise.
    pub rotation: f32,
    /// Perspective in x and y: how much nearer one edge is than the other.
    pub tilt: [f32; 2],
    /// Brightness of ink and paper.
    pub ink: f32,
    pub paper: f32,
    /// The loss of light from one edge of the picture to the other.
    pub shade: f32,
    /// Brightness added by a lamp's reflection, its centre and radius as shares of the picture.
    pub glare: f32,
    pub glare_at: [f32; 2],
    pub glare_radius: f32,
    /// A screen's pixel grid: depth of its dark lines, and lines to a module.
    pub grid: f32,
    pub grid_pitch: f32,
    /// Out of focus, as a deviation in pixels; and moved, in pixels to the right.
    pub blur: f32,
    pub motion: usize,
    /// The sensor's noise, as a deviation in brightness.
    pub noise: f32,
}

impl Conditions {
    /// A scanner's day: most pictures have two or three of the faults.
    pub fn draw(random: &mut Random) -> Self {
        let turned = random.chance(0.2);
        let mut some = |probability: f32, low: f32, high: f32| {
            let value = random.between(low, high);
            if random.chance(probability) { value } else { 0.0 }
        };
        Self {
            share: some(1.0, 0.75, 1.0),
            rotation: if turned {
                some(1.0, 0.0, std::f32::consts::TAU)
            } else {
                some(1.0, -0.35, 0.35)
            },
            tilt: [some(0.5, -0.25, 0.25), some(0.5, -0.25, 0.25)],
            ink: 15.0 + some(0.4, 10.0, 80.0),
            paper: 235.0 - some(0.4, 10.0, 80.0),
            shade: some(0.4, 0.1, 0.6),
            glare: some(0.35, 40.0, 260.0),
            glare_at: [some(1.0, 0.1, 0.9), some(1.0, 0.1, 0.9)],
            glare_radius: some(1.0, 0.04, 0.3),
            grid: some(0.4, 0.1, 0.6),
            grid_pitch: some(1.0, 2.0, 7.0),
            blur: some(0.7, 0.4, 1.6),
            motion: some(0.2, 2.0, 4.9) as usize,
            noise: some(0.8, 2.0, 16.0),
        }
    }
}

/// Photographs `subject`; the picture's brightness, row by row.
pub fn take(subject: &Subject, width: usize, height: usize, c: &Conditions, random: &mut Random) -> Vec<u8> {
    let mut light = sensor(subject, width, height, c);
    if c.blur > 0.0 {
        // Three boxes make nearly a Gaussian.
        for _ in 0..3 {
            light = smear(&light, width, 1, c.blur);
            light = smear(&light, width, width, c.blur);
        }
    }
    if c.motion > 0 {
        light = smear(&light, width, 1, c.motion as f32);
    }
    light
        .iter()
        .map(|value| (value + c.noise * random.normal()).clamp(0.0, 255.0) as u8)
        .collect()
}

/// The light that falls on each pixel, before lens and sensor spoil it.
fn sensor(subject: &Subject, width: usize, height: usize, c: &Conditions) -> Vec<f32> {
    const SUB: usize = 2;
    let (sine, cosine) = c.rotation.sin_cos();
    let code = subject.modules as f32;
    // Turned codes need more room.
    let zoom = (code + 8.0) * (sine.abs() + cosine.abs()) / (c.share * height as f32);
    let mut light = Vec::with_capacity(width * height);
    for y in 0..height {
        for x in 0..width {
            let (from_left, from_top) = (x as f32 / width as f32, y as f32 / height as f32);
            let mut sum = 0.0;
            for sub in 0..SUB * SUB {
                let across = x as f32 + ((sub % SUB) as f32 + 0.5) / SUB as f32 - width as f32 / 2.0;
                let down = y as f32 + ((sub / SUB) as f32 + 0.5) / SUB as f32 - height as f32 / 2.0;
                let depth = 1.0 + (c.tilt[0] * across + c.tilt[1] * down) / height as f32;
                let u = (across * cosine + down * sine) * zoom / depth + code / 2.0;
                let v = (down * cosine - across * sine) * zoom / depth + code / 2.0;
                sum += surface(subject, u, v, c);
            }
            let shade = 1.0 - c.shade * from_left;
            let far =
                [from_left - c.glare_at[0], from_top - c.glare_at[1]].map(|d| d / c.glare_radius.max(0.01));
            let glare = c.glare * (-(far[0] * far[0] + far[1] * far[1])).exp();
            light.push(sum / (SUB * SUB) as f32 * shade + glare);
        }
    }
    light
}

/// The brightness of the point (u, v), counted in modules from the code's corner.
fn surface(subject: &Subject, u: f32, v: f32, c: &Conditions) -> f32 {
    let inside = |from: f32, to: f32| (from..to).contains(&u) && (from..to).contains(&v);
    let code = subject.modules as f32;
    let plain = if inside(0.0, code) {
        if (subject.is_dark)(u as usize, v as usize) {
            c.ink
        } else {
            c.paper
        }
    } else if inside(-4.0, code + 4.0) {
        c.paper
    } else {
        // The hand, the desk, the rest of the phone: stripes of changing width.
        90.0 + 60.0 * (u * 0.13 + (v * 0.05).sin() * 3.0).sin()
    };
    let line = |at: f32| (at * c.grid_pitch).rem_euclid(1.0) < 0.25;
    if c.grid > 0.0 && (line(u) || line(v)) {
        plain * (1.0 - c.grid)
    } else {
        plain
    }
}

/// A box average over `reach` pixels to each side, along rows (`step` 1) or columns (`step` = width).
fn smear(light: &[f32], width: usize, step: usize, reach: f32) -> Vec<f32> {
    let (whole, part) = (reach as usize, reach.fract());
    let (starts, length) = if step == 1 {
        (light.len() / width, width)
    } else {
        (width, light.len() / width)
    };
    let mut smeared = vec![0.0; light.len()];
    for start in 0..starts {
        let start = if step == 1 { start * width } else { start };
        let at = |place: isize| light[start + place.clamp(0, length as isize - 1) as usize * step];
        for place in 0..length as isize {
            let reach = whole as isize;
            let inner: f32 = (-reach..=reach).map(|distance| at(place + distance)).sum();
            let outer = at(place - reach - 1) + at(place + reach + 1);
            smeared[start + place as usize * step] =
                (inner + part * outer) / (1.0 + 2.0 * (whole as f32 + part));
        }
    }
    smeared
}
