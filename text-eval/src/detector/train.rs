//! Trains the built-in model: takes labelled texts, returns one signed byte for each feature. The
//! same texts give the same bytes.
//!
//! The model is linear over hashed n-grams. It is fitted with the hinge loss to the best stretch of
//! each text, which is the stretch that decides its score. Steps shrink for frequently updated
//! features, and weights decay. Each update ignores a third of the features and half of the rules,
//! so that no single one decides a class. All arithmetic is IEEE 754 single precision in a fixed
//! order: additions, multiplications, divisions and square roots, which are exact on each platform.

use secure_tool_text::detect::THRESHOLD;
use secure_tool_text::detect::training::{FEATURES, HEADER, Prepared, STRETCH, penalty, prepare};

use super::grammar::Dice;

/// The score at which a text is flagged.
#[expect(clippy::cast_precision_loss, reason = "a small constant")]
pub const LIMIT: f32 = THRESHOLD as f32;

/// The hyperparameters of the training.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Settings {
    /// The number of passes over the texts.
    pub epochs: u32,
    /// The initial step, in points.
    pub step: f32,
    /// The margin by which attacks must exceed the threshold and honest texts stay below it, in
    /// points.
    pub margin: f32,
    /// The share by which each weight shrinks at the end of an epoch.
    pub decay: f32,
    /// The maximum weight of a feature, in points.
    pub limit: f32,
    /// The cost of each word, in points.
    pub drift: f32,
    /// The factor that is applied to the fitted weights, because a fit is too confident on sources
    /// outside of the training set.
    pub part: f32,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            epochs: 14,
            step: 28.0,
            margin: 400.0,
            decay: 0.03,
            limit: 400.0,
            drift: 8.0,
            part: 0.7,
        }
    }
}

/// A training example with its weight.
#[derive(Debug)]
#[non_exhaustive]
pub struct Example<'a> {
    /// The text, prepared.
    pub text: &'a Prepared,
    /// Whether it is an attack.
    pub label: bool,
    /// The relative weight.
    pub weight: f32,
}

/// The weights, in points.
#[derive(Debug, Clone)]
pub struct Weights(Vec<f32>, f32);

/// The words of a text with the highest score, and the score.
#[derive(Debug, Clone, Copy, Default)]
struct Stretch {
    from: usize,
    to: usize,
    score: f32,
}

fn features(text: &Prepared, word: usize) -> &[u16] {
    let end = |at: usize| text.ends.get(at).copied().unwrap_or_default() as usize;
    let start = word.checked_sub(1).map_or(0, end);
    text.features.get(start..end(word)).unwrap_or_default()
}

/// Returns whether an update ignores a feature.
const fn left_out(feature: u16, salt: u32) -> bool {
    let mixed = (feature as u32 ^ salt).wrapping_mul(0x9E37_79B1);
    mixed >> 24 < 77 // of 256
}

impl Weights {
    fn weight(&self, feature: u16) -> f32 {
        self.0.get(usize::from(feature)).copied().unwrap_or_default()
    }

    /// Returns the best stretch. `salt` selects the ignored features; 0 ignores none.
    fn best(&self, text: &Prepared, salt: u32, with_rules: bool) -> Stretch {
        let mut sums = Vec::with_capacity(text.ends.len() + 1);
        let mut sum = 0.0_f32;
        sums.push(sum);
        for word in 0..text.ends.len() {
            let weights: f32 = features(text, word)
                .iter()
                .filter(|&&f| salt == 0 || !left_out(f, salt))
                .map(|&f| self.weight(f))
                .sum();
            let points =
                if with_rules { text.points.get(word).copied().unwrap_or_default() } else { 0 };
            #[expect(clippy::cast_precision_loss, reason = "points are few")]
            let points = points as f32;
            sum += weights - self.1 + points;
            sums.push(sum);
        }
        let mut best = best_stretch(&sums);
        #[expect(clippy::cast_precision_loss, reason = "points are few")]
        let penalty = penalty(text.length) as f32;
        best.score -= penalty;
        best
    }

    /// Returns the score of a text, in points.
    #[must_use]
    pub fn score(&self, text: &Prepared) -> f32 {
        self.best(text, 0, true).score
    }

    /// Returns the score of an unprepared text, in points.
    #[must_use]
    pub fn score_text(&self, text: &str) -> f32 {
        self.score(&prepare(text))
    }

    /// Serializes the model file: two numbers and one signed byte for each feature.
    #[must_use]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the values are within the range of a byte, by the limit"
    )]
    pub fn to_bytes(&self) -> Vec<u8> {
        let largest = self.0.iter().fold(1.0_f32, |largest, weight| largest.max(weight.abs()));
        let step = largest / 127.0;
        let mut bytes = Vec::with_capacity(HEADER + FEATURES);
        bytes.extend_from_slice(&((step * 256.0).round() as i32).to_le_bytes());
        bytes.extend_from_slice(&((self.1 * 256.0).round() as i32).to_le_bytes());
        bytes.extend(
            self.0
                .iter()
                .map(|weight| ((weight / step).round().clamp(-127.0, 127.0) as i8).cast_unsigned()),
        );
        bytes
    }
}

/// Returns the stretch of bounded length with the largest sum, from the cumulative sums.
fn best_stretch(sums: &[f32]) -> Stretch {
    let mut starts: std::collections::VecDeque<(usize, f32)> = std::collections::VecDeque::new();
    let mut best = Stretch::default();
    for (at, &sum) in sums.iter().enumerate() {
        if let Some(&(from, before)) = starts.front()
            && sum - before > best.score
        {
            best = Stretch { from, to: at, score: sum - before };
        }
        while starts.back().is_some_and(|(_, before)| *before >= sum) {
            starts.pop_back();
        }
        starts.push_back((at, sum));
        if starts.front().is_some_and(|(from, _)| from + STRETCH <= at) {
            starts.pop_front();
        }
    }
    best
}

/// Fits weights to examples, in an order that depends on the seed.
#[must_use]
pub fn fit(examples: &[Example<'_>], settings: &Settings, seed: u64) -> Weights {
    let mut dice = Dice::new(seed);
    let mut weights = Weights(vec![0.0; FEATURES], settings.drift);
    let mut moved = vec![0.0_f32; FEATURES];
    let mut mean = vec![0.0_f32; FEATURES];
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let threshold = LIMIT;
    let mut kept = 0.0;
    for epoch in 0..settings.epochs {
        dice.shuffle(&mut order);
        for example in order.iter().filter_map(|&at| examples.get(at)) {
            let roll = dice.roll();
            #[expect(clippy::cast_possible_truncation, reason = "some bits of it")]
            let salt = (roll as u32) | 1;
            let mut best = weights.best(example.text, salt, (roll >> 40).is_multiple_of(4));
            let wrong = if example.label {
                best.score < threshold + settings.margin
            } else {
                best.score > threshold - settings.margin
            };
            if !wrong {
                continue;
            }
            if example.label && best.to <= best.from + 2 {
                best = anywhere(example.text, &mut dice);
            }
            let gradient = if example.label { example.weight } else { -example.weight };
            for word in best.from..best.to {
                for &feature in
                    features(example.text, word).iter().filter(|&&feature| !left_out(feature, salt))
                {
                    let at = usize::from(feature);
                    let (Some(weight), Some(moved)) = (weights.0.get_mut(at), moved.get_mut(at))
                    else {
                        continue;
                    };
                    *moved += gradient * gradient;
                    *weight = (*weight + settings.step * gradient / (1.0 + *moved).sqrt())
                        .clamp(-settings.limit, settings.limit);
                }
            }
        }
        weights.0.iter_mut().for_each(|weight| *weight *= 1.0 - settings.decay);
        if epoch * 2 >= settings.epochs {
            kept += 1.0;
            mean.iter_mut().zip(&weights.0).for_each(|(mean, weight)| *mean += *weight);
        }
    }
    for mean in &mut mean {
        *mean = *mean / f32::max(kept, 1.0) * settings.part;
    }
    Weights(mean, settings.drift * settings.part)
}

/// Returns a random stretch of a text, for attacks whose best stretch has at most two words.
fn anywhere(text: &Prepared, dice: &mut Dice) -> Stretch {
    let words = text.ends.len();
    let from = if words > STRETCH { dice.below(words - STRETCH) } else { 0 };
    Stretch { from, to: words.min(from + STRETCH), score: 0.0 }
}
