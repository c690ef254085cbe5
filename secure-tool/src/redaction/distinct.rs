//! Keeps the redacted keys of a map distinct. Parsers disagree about objects with duplicate keys.

use std::collections::HashMap;

/// The keys of one map, with how often each was requested.
#[derive(Debug, Default)]
pub(crate) struct Distinct(HashMap<String, u32>);

impl Distinct {
    /// Returns the key, with a number appended if it already exists: `***`, `*** (2)`.
    pub(crate) fn distinct(&mut self, key: String) -> String {
        let Some(count) = self.0.get(&key).copied() else {
            self.0.insert(key.clone(), 1);
            return key;
        };
        // Each number is tried once per key, so the total cost is linear in the number of keys.
        let mut number = count;
        let other = loop {
            number = number.saturating_add(1);
            let other = format!("{key} ({number})");
            if !self.0.contains_key(&other) {
                break other;
            }
        };
        self.0.insert(key, number);
        self.0.insert(other.clone(), 1);
        other
    }
}

#[cfg(test)]
mod tests {
    use super::Distinct;

    #[test]
    fn redacted_keys_stay_distinct() {
        let mut keys = Distinct::default();
        let made: Vec<String> = ["*", "* (2)", "*", "*", "* (2)", "a"]
            .map(|key| keys.distinct(key.to_owned()))
            .to_vec();
        assert_eq!(made, ["*", "* (2)", "* (3)", "* (4)", "* (2) (2)", "a"]);
        let many: std::collections::HashSet<String> =
            (0..50_000).map(|_| keys.distinct("*".to_owned())).collect();
        assert_eq!(many.len(), 50_000);
    }
}
