//! Texts from a grammar: takes a file of names with alternatives and a seed, returns reproducible
//! sentences.

use std::collections::HashMap;

/// A reproducible source of numbers (`SplitMix64`).
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Creates a source from a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Returns the next number.
    pub const fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `limit`, which must not be 0.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from((self.roll() >> 11) % (limit.max(1) as u64)).unwrap_or_default()
    }

    /// Shuffles a list.
    pub fn shuffle<T>(&mut self, list: &mut [T]) {
        for at in (1..list.len()).rev() {
            list.swap(at, self.below(at + 1));
        }
    }
}

/// A parsed grammar.
#[derive(Debug, Clone)]
pub struct Grammar<'a>(HashMap<&'a str, Vec<&'a str>>);

/// The maximum nesting of names.
const DEEPEST: usize = 12;

impl<'a> Grammar<'a> {
    /// Parses a grammar: lines of `name = one | another`, in which `$name` refers to another line
    /// and `\n` is a line break.
    ///
    /// # Errors
    ///
    /// If a line is malformed, with its number; or if a name is not defined.
    pub fn read(file: &'a str) -> Result<Self, String> {
        let mut rules = HashMap::new();
        for (number, line) in
            file.lines().enumerate().filter(|(_, line)| !line.is_empty() && !line.starts_with("# "))
        {
            let (name, alternatives) = line
                .split_once(" = ")
                .ok_or_else(|| format!("line {}: not `name = alternatives`", number + 1))?;
            rules.insert(name, alternatives.split(" | ").collect::<Vec<_>>());
        }
        for alternative in rules.values().flatten() {
            for (_, name) in pieces(alternative).filter(|(_, name)| !name.is_empty()) {
                if !rules.contains_key(name) {
                    return Err(format!("no line defines `{name}`"));
                }
            }
        }
        Ok(Self(rules))
    }

    /// Returns one text that starts at a name, or an empty text for an undefined name.
    #[must_use]
    pub fn text(&self, name: &str, dice: &mut Dice) -> String {
        let mut out = String::new();
        self.write(name, dice, &mut out, DEEPEST);
        out.replace("\\n", "\n")
    }

    fn write(&self, name: &str, dice: &mut Dice, out: &mut String, depth: usize) {
        let Some(alternatives) = self.0.get(name).filter(|_| depth > 0) else { return };
        let Some(alternative) = alternatives.get(dice.below(alternatives.len())) else { return };
        for (before, name) in pieces(alternative) {
            out.push_str(before);
            self.write(name, dice, out, depth - 1);
        }
    }
}

/// Splits an alternative into texts, each with the name after it, which is empty at the end.
fn pieces(alternative: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut rest = Some(alternative);
    std::iter::from_fn(move || {
        let text = rest?;
        let Some((before, after)) = text.split_once('$') else {
            rest = None;
            return Some((text, ""));
        };
        let end = after.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(after.len());
        let (name, after) = after.split_at_checked(end)?;
        rest = Some(after);
        Some((before, name))
    })
}
