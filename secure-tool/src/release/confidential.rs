//! Removes values that the readers may not see.

use std::sync::Arc;

use super::spans::{merge, replace};
use super::stage::Stage;
use crate::conversation::Search;
use crate::spec::Class;

/// The step that removes them.
#[derive(Debug)]
pub(super) struct Removal {
    search: Arc<Search>,
    within_word: bool,
}

impl Removal {
    pub(super) fn new(search: Arc<Search>) -> Self {
        Self { search, within_word: false }
    }
}

impl Stage for Removal {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        let spans = self.search.spans(text, end, self.within_word);
        let found = spans.found.into_iter().map(|(range, (_, class))| (range, class));
        let found: Vec<_> = merge(found.collect(), Ord::max)
            .into_iter()
            .map(|(range, class)| (range, words(class)))
            .collect();
        let settled = replace(text, spans.settled, &found, out);
        if let Some(last) = text.get(..settled).and_then(|settled| settled.chars().next_back()) {
            self.within_word = last.is_alphanumeric();
        }
        settled
    }
}

fn words(class: Class) -> &'static str {
    match class {
        Class::Pii => "[personal data removed]",
        Class::Secret => "[secret removed]",
        _ => "[internal data removed]",
    }
}
