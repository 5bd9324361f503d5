//! What the camera has in sight. One showing is many frames: a text that never left the sight is not shown again.

use schemas::Hash;

/// How long a text may be unreadable, in milliseconds, without having left: a hand that shakes, a glare.
const GONE_AFTER: i64 = 1_500;
/// Most texts at a time; the oldest is forgotten.
const CAPACITY: usize = 8;

/// Whether a text came into sight just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sighting {
    /// It did.
    New,
    /// It was there before.
    Same,
}

/// The texts in sight, as hashes.
#[derive(Default)]
pub struct Sight(Vec<InSight>);

struct InSight {
    text: Hash,
    last: i64,
    is_open: bool,
}

impl Sight {
    /// Notes that a text is in a frame of this time.
    pub fn see(&mut self, text: &str, milliseconds: i64) -> Sighting {
        let is_gone = |seen: &InSight| !(0..=GONE_AFTER).contains(&(milliseconds - seen.last));
        self.0.retain(|seen| !is_gone(seen));
        let text = Hash::of(&[text.as_bytes()]);
        if let Some(seen) = self.0.iter_mut().find(|seen| seen.text == text) {
            seen.last = milliseconds;
            return Sighting::Same;
        }
        if self.0.len() == CAPACITY {
            self.0.remove(0);
        }
        self.0.push(InSight {
            text,
            last: milliseconds,
            is_open: false,
        });
        Sighting::New
    }

    /// Notes that it could not be told what this text is worth.
    pub fn leave_open(&mut self, text: &str) {
        let text = Hash::of(&[text.as_bytes()]);
        for seen in self.0.iter_mut().filter(|seen| seen.text == text) {
            seen.is_open = true;
        }
    }

    /// Forgets what was left open, so that it is new when it is still in sight.
    pub fn forget_open(&mut self) {
        self.0.retain(|seen| !seen.is_open);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_new_again_after_it_was_gone() {
        let mut sight = Sight::default();
        assert_eq!(sight.see("a", 0), Sighting::New);
        assert_eq!(sight.see("a", 1_500), Sighting::Same);
        assert_eq!(sight.see("b", 1_600), Sighting::New);
        assert_eq!(sight.see("a", 3_000), Sighting::Same);
        assert_eq!(sight.see("a", 4_501), Sighting::New);
        // A clock that was set back.
        assert_eq!(sight.see("a", 0), Sighting::New);
    }

    #[test]
    fn what_was_left_open_is_new_after_a_sync() {
        let mut sight = Sight::default();
        assert_eq!(sight.see("a", 0), Sighting::New);
        assert_eq!(sight.see("b", 0), Sighting::New);
        sight.leave_open("a");
        sight.forget_open();
        assert_eq!(sight.see("a", 1), Sighting::New);
        assert_eq!(sight.see("b", 1), Sighting::Same);
    }

    #[test]
    fn it_does_not_grow() {
        let mut sight = Sight::default();
        for number in 0..20 {
            sight.see(&number.to_string(), 0);
        }
        assert_eq!(sight.0.len(), CAPACITY);
    }
}
