//! Photographs with one fault each.

use crate::photo::{Conditions, Random};

/// What may be wrong with a photograph.
#[derive(Clone, Copy, Debug)]
pub enum Fault {
    Rotation,
    Perspective,
    Blur,
    Motion,
    Glare,
    Noise,
    Contrast,
    Moire,
    Shade,
}

impl Fault {
    pub const ALL: [Self; 9] = [
        Self::Rotation,
        Self::Perspective,
        Self::Blur,
        Self::Motion,
        Self::Glare,
        Self::Noise,
        Self::Contrast,
        Self::Moire,
        Self::Shade,
    ];

    /// A photograph with one fault, from bad to very bad, and what no photograph is without.
    pub fn conditions(self, random: &mut Random) -> Conditions {
        let mut c = Conditions {
            share: random.between(0.75, 1.0),
            rotation: random.between(-0.1, 0.1),
            tilt: [random.between(-0.05, 0.05), random.between(-0.05, 0.05)],
            ink: 25.0,
            paper: 225.0,
            shade: 0.1,
            glare: 0.0,
            glare_at: [random.between(0.3, 0.7), random.between(0.2, 0.8)],
            glare_radius: random.between(0.05, 0.2),
            grid: 0.0,
            grid_pitch: random.between(2.0, 7.0),
            blur: 0.5,
            motion: 0,
            noise: 3.0,
        };
        match self {
            Self::Rotation => c.rotation = random.between(0.0, std::f32::consts::TAU),
            Self::Perspective => {
                c.tilt = [0, 1].map(|_| random.between(0.15, 0.4) * [-1.0, 1.0][random.below(2)])
            }
            Self::Blur => c.blur = random.between(1.0, 2.2),
            Self::Motion => c.motion = 2 + random.below(4),
            Self::Glare => c.glare = random.between(150.0, 400.0),
            Self::Noise => c.noise = random.between(15.0, 45.0),
            Self::Contrast => [c.ink, c.paper] = [random.between(90.0, 110.0), random.between(122.0, 150.0)],
            Self::Moire => c.grid = random.between(0.3, 0.8),
            Self::Shade => c.shade = random.between(0.6, 0.95),
        }
        c
    }
}
