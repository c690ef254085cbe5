//! Delimits and parses regions: takes untrusted text, returns it between delimiters; and the
//! inverse.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::{Marks, Spotlighting, datamark};
use crate::error::Error;
use crate::hex::encode as hex;
use crate::hidden;

/// A delimited text, as [`regions`] parses it.
///
/// ```
/// use secure_tool_text::{Region, regions};
///
/// let prompt = format!("Summarize: {}", Region::wrap("Boils fast.")?);
/// let found = regions(&prompt).expect("well-formed");
/// assert_eq!(found[0].text, "Boils fast.");
/// # Ok::<(), secure_tool_text::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Region {
    /// The form of the text.
    pub form: Spotlighting,
    /// The text, with marks removed and base64 decoded.
    pub text: String,
}

impl Region {
    /// Delimits an untrusted text with an unpredictable nonce, in the form
    /// [`Spotlighting::Markers`].
    ///
    /// It first removes hidden characters (see [`hidden`](crate::hidden)) and replaces the brackets
    /// `⟦` and `⟧` with `[` and `]`. So the text can't end its region. The nonce has 64 bits from
    /// the operating system. The length of the text is limited by memory only.
    ///
    /// # Errors
    ///
    /// If the operating system provides no random bytes.
    ///
    /// ```
    /// use secure_tool_text::spotlighting::{Region, regions};
    ///
    /// let wrapped = Region::wrap("Boils fast.")?; // ⟦untrusted 0c6f…⟧Boils fast.⟦end 0c6f…⟧
    /// assert_eq!(regions(&wrapped).expect("well-formed")[0].text, "Boils fast.");
    /// assert_ne!(wrapped, Region::wrap("Boils fast.")?);
    /// # Ok::<(), secure_tool_text::Error>(())
    /// ```
    pub fn wrap(text: &str) -> Result<String, Error> {
        Self::wrap_as(Spotlighting::Markers, text)
    }

    /// Delimits an untrusted text like [`wrap`](Self::wrap), in another form.
    ///
    /// # Errors
    ///
    /// If the operating system provides no random bytes.
    ///
    /// ```
    /// use secure_tool_text::spotlighting::{Region, Spotlighting, regions};
    ///
    /// for form in Spotlighting::ALL {
    ///     let wrapped = Region::wrap_as(form, "Boils fast.")?;
    ///     let found = regions(&wrapped).expect("well-formed");
    ///     assert_eq!((found[0].form, found[0].text.as_str()), (form, "Boils fast."));
    /// }
    /// # Ok::<(), secure_tool_text::Error>(())
    /// ```
    pub fn wrap_as(form: Spotlighting, text: &str) -> Result<String, Error> {
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce)
            .map_err(|_| Error::new("the operating system provides no random bytes"))?;
        let text = hidden::clean(text, &mut hidden::Counts::default());
        let datamarks = form == Spotlighting::Datamarking;
        let (marks, _) = Marks::new(hex(&nonce), &text, datamarks);
        Ok(format!("{}{}{}", marks.open(form), marks.encode(form, &text), marks.close()))
    }
}

/// Returns the delimited regions of a text.
///
/// Returns `None` if the delimiters are not well-formed: a delimiter without its pair, nested
/// delimiters, two nonces, a space without a mark, invalid base64. So a text with regions of
/// several calls of [`Region::wrap`] is read one region at a time.
///
/// ```
/// use secure_tool_text::spotlighting::{Spotlighting, regions};
///
/// let found = regions("⟦base64 0a⟧aGk=⟦end 0a⟧").expect("well-formed");
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

/// Returns the texts between delimiters of the form [`Spotlighting::Markers`].
///
/// Returns `None` where [`regions`] does, and if a region has another form.
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

/// A region before decoding.
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

/// Parses an opening delimiter: form, nonce, mark.
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
