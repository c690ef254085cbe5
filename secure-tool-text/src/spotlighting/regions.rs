//! Delimited text in, what stands between the delimiters out, as a reader who knows the format
//! finds it. For tests, and for programs that show answers.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Spotlighting, datamark};

/// What stands between two delimiters.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Region {
    /// The form that it was in.
    pub form: Spotlighting,
    /// The text, with marks taken off and base64 decoded.
    pub text: String,
}

/// The delimited regions of a text: of one value of `Answer::structured`, or of a string in
/// `Answer::for_model` where its JSON has one.
///
/// `None` if the text is not soundly delimited: a delimiter without its pair, one within another,
/// two nonces, a space that is not marked, base64 that is none.
///
/// ```
/// use secure_tool_text::spotlighting::{Spotlighting, regions};
///
/// let found = regions("⟦base64 0a⟧aGk=⟦end 0a⟧").expect("soundly delimited");
/// assert_eq!((found[0].form, found[0].text.as_str()), (Spotlighting::Base64, "hi"));
/// assert_eq!(regions("⟦base64 0a⟧hi⟦end 0a⟧"), None);
/// ```
#[must_use]
pub fn regions(text: &str) -> Option<Vec<Region>> {
    let decoded = |raw: &Raw<'_>| {
        let text = match raw.form {
            Spotlighting::Markers => raw.text.to_owned(),
            Spotlighting::Datamarking => datamark::decode(raw.text, raw.mark?)?,
            Spotlighting::Base64 => String::from_utf8(STANDARD.decode(raw.text).ok()?).ok()?,
        };
        Some(Region { form: raw.form, text })
    };
    raw_regions(text)?.iter().map(decoded).collect()
}

/// The regions between plain markers: what stands between each pair of one nonce.
///
/// `None` if the text is not soundly marked: a marker without its pair, one within another, two
/// nonces, or a region in another form (see [`regions`]).
///
/// ```
/// assert_eq!(secure_tool_text::spotlighting::marked_regions("⟦untrusted 0a⟧\"hi\"⟦end 0a⟧"), Some(vec!["\"hi\""]));
/// assert_eq!(secure_tool_text::spotlighting::marked_regions("⟦untrusted 0a⟧\"hi\"⟦end 0b⟧"), None);
/// ```
#[must_use]
pub fn marked_regions(text: &str) -> Option<Vec<&str>> {
    raw_regions(text)?
        .into_iter()
        .map(|raw| (raw.form == Spotlighting::Markers).then_some(raw.text))
        .collect()
}

/// A region as it stands there.
struct Raw<'a> {
    form: Spotlighting,
    mark: Option<char>,
    text: &'a str,
}

fn raw_regions(text: &str) -> Option<Vec<Raw<'_>>> {
    let mut regions = Vec::new();
    let mut nonce = None;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('⟦') {
        if before.contains('⟧') {
            return None;
        }
        let (opening, inside) = after.split_once('⟧')?;
        let (form, found, mark) = opened(opening)?;
        if *nonce.get_or_insert(found) != found {
            return None;
        }
        let (text, after) = inside.split_once(&format!("⟦end {found}⟧"))?;
        if text.contains(['⟦', '⟧']) {
            return None;
        }
        regions.push(Raw { form, mark, text });
        rest = after;
    }
    (!rest.contains('⟧')).then_some(regions)
}

/// What an opening delimiter says: form, nonce, mark.
fn opened(opening: &str) -> Option<(Spotlighting, &str, Option<char>)> {
    let (word, rest) = opening.split_once(' ')?;
    let form = Spotlighting::ALL.into_iter().find(|form| form.word() == word)?;
    let (nonce, mark) = match form {
        Spotlighting::Datamarking => {
            let (nonce, mark) = rest.split_once(' ')?;
            let mut characters = mark.chars();
            let mark = characters
                .next()
                .filter(|mark| datamark::is_mark(*mark) && characters.next().is_none())?;
            (nonce, Some(mark))
        }
        Spotlighting::Markers | Spotlighting::Base64 => (rest, None),
    };
    (!nonce.is_empty() && !nonce.contains(char::is_whitespace)).then_some((form, nonce, mark))
}
