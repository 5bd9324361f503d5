//! Contestants that do the same work in the same minutes: each in turn on the same few inputs, so that whatever slows the
//! machine slows all of them.

use std::time::Instant;

/// Inputs in a row for one contestant: few enough that the next one comes within a millisecond or two, enough that each
/// finds its own code in the caches, as at a door where people stand in line.
const IN_A_ROW: usize = 16;

/// One contestant: does its work on the input of this number, and panics when that does not come out right.
pub type Contestant<'a> = &'a mut dyn FnMut(usize);

/// What each of `N` contestants took, in microseconds: the median over the inputs, for each round.
pub struct Contest<const N: usize>(Vec<[f64; N]>);

impl<const N: usize> Contest<N> {
    /// Lets them work on `inputs` inputs, `rounds` times and once before to warm up.
    pub fn hold(rounds: usize, inputs: usize, mut contestants: [Contestant<'_>; N]) -> Self {
        let mut one = |turn: usize| {
            let mut took: [Vec<f64>; N] = core::array::from_fn(|_| Vec::with_capacity(inputs));
            for start in (0..inputs).step_by(IN_A_ROW) {
                for next in 0..N {
                    // Nobody is always the first.
                    let which = (next + turn + start / IN_A_ROW) % N;
                    for input in start..inputs.min(start + IN_A_ROW) {
                        let before = Instant::now();
                        contestants[which](input);
                        took[which].push(before.elapsed().as_secs_f64() * 1e6);
                    }
                }
            }
            took.map(|mut times| quantile(&mut times, 0.5))
        };
        one(0);
        Self((0..rounds).map(one).collect())
    }

    /// What one of them took, in microseconds: the median over the rounds.
    pub fn median(&self, which: usize) -> f64 {
        quantile(
            &mut self.0.iter().map(|round| round[which]).collect::<Vec<_>>(),
            0.5,
        )
    }

    /// How many times as long as `peer` it took: the median of what each round says.
    pub fn ratio(&self, which: usize, peer: usize) -> f64 {
        let ratios = self.0.iter().map(|round| round[which] / round[peer]);
        quantile(&mut ratios.collect::<Vec<_>>(), 0.5)
    }
}

/// The value below which this share of the values lies.
pub fn quantile(values: &mut [f64], share: f64) -> f64 {
    values.sort_by(f64::total_cmp);
    let last = values.len().saturating_sub(1);
    values
        .get((last as f64 * share).round() as usize)
        .copied()
        .unwrap_or(f64::NAN)
}
