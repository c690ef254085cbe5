//! Training of the shipped model: labelled texts in, one signed byte a feature out; the same texts
//! give the same bytes.
//!
//! A linear model over hashed n-grams, fitted with the hinge loss to the best stretch of each text
//! (the stretch that it would be judged by), with steps that shrink for features that were moved
//! often, with decay, and with a third of the features and half of the rules left out at each look,
//! so that no single one carries a class. All arithmetic is of IEEE 754 single precision in a fixed
//! order: additions, multiplications, divisions and square roots, which are exact everywhere.

use secure_tool_text::detect::THRESHOLD;
use secure_tool_text::detect::training::{FEATURES, HEADER, Prepared, STRETCH, penalty, prepare};

use super::grammar::Dice;

/// The score from which on a text is flagged.
#[expect(clippy::cast_precision_loss, reason = "a small constant")]
pub const LIMIT: f32 = THRESHOLD as f32;

/// What the model is trained with.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Settings {
    /// How often each text is looked at.
    pub epochs: u32,
    /// The first step, in points.
    pub step: f32,
    /// How far beyond the threshold attacks shall score, and honest texts below it, in points.
    pub margin: f32,
    /// What is taken off each weight at the end of an epoch, as a part of it.
    pub decay: f32,
    /// The most that one feature may weigh, in points.
    pub limit: f32,
    /// What each word costs, in points.
    pub drift: f32,
    /// The part of the fitted weights that is kept: on sources that it has not seen, a fit is too
    /// sure of itself.
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

/// One text to learn from, and how much it counts.
#[derive(Debug)]
#[non_exhaustive]
pub struct Example<'a> {
    /// The text, prepared.
    pub text: &'a Prepared,
    /// Whether it is an attack.
    pub label: bool,
    /// How much it counts beside others.
    pub weight: f32,
}

/// The weights, in points.
#[derive(Debug, Clone)]
pub struct Weights(Vec<f32>, f32);

/// Which words of a text score best, and how much.
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

/// Whether a feature is left out of this look.
const fn left_out(feature: u16, salt: u32) -> bool {
    let mixed = (feature as u32 ^ salt).wrapping_mul(0x9E37_79B1);
    mixed >> 24 < 77 // of 256
}

impl Weights {
    fn weight(&self, feature: u16) -> f32 {
        self.0.get(usize::from(feature)).copied().unwrap_or_default()
    }

    /// The best stretch; `salt` leaves out features, and 0 none.
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

    /// The score of a text, in points.
    #[must_use]
    pub fn score(&self, text: &Prepared) -> f32 {
        self.best(text, 0, true).score
    }

    /// The score of a text that was not prepared.
    #[must_use]
    pub fn score_text(&self, text: &str) -> f32 {
        self.score(&prepare(text))
    }

    /// The file of the shipped model: two numbers and one signed byte a feature.
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

/// The stretch of at most so many words with the largest sum, given the sums up to each word.
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

/// Fits weights to examples, in an order that the seed decides.
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

/// Some stretch of a text, for attacks of which nothing is known yet.
fn anywhere(text: &Prepared, dice: &mut Dice) -> Stretch {
    let words = text.ends.len();
    let from = if words > STRETCH { dice.below(words - STRETCH) } else { 0 };
    Stretch { from, to: words.min(from + STRETCH), score: 0.0 }
}
