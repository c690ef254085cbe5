//! Secrets in use, searched for by value in whatever leaves: text in, text without them out.
//!
//! Each secret is looked for as it is, in base64 (both alphabets, at each of the three alignments), in hex and percent-encoded, all in one pass. It doesn't find a
//! secret that is cut in pieces or encoded twice.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret, SecretString};

use crate::error::Error;
use crate::keys::hex;

/// What stands where a secret stood.
pub(crate) const SCRUBBED: &str = "[secret removed]";

/// The fewest bytes of a secret. A shorter one is guessed, and removing it would cut honest text.
pub(crate) const SHORTEST: usize = 8;

pub(crate) struct Scrubber {
    needles: Option<AhoCorasick>,
}

impl Scrubber {
    pub(crate) fn new<'a>(secrets: impl Iterator<Item = &'a SecretString>) -> Result<Self, Error> {
        let needles: Vec<String> = secrets.flat_map(|secret| forms(secret.expose_secret())).collect();
        if needles.is_empty() {
            return Ok(Self { needles: None });
        }
        AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&needles)
            .map(|needles| Self { needles: Some(needles) })
            .map_err(|_| Error::configuration("the secrets are too many or too long to be searched for"))
    }

    /// Where secrets stand, in order and apart.
    pub(crate) fn find(&self, text: &str) -> Vec<Range<usize>> {
        self.needles.as_ref().map(|needles| needles.find_iter(text).map(|found| found.range()).collect()).unwrap_or_default()
    }

    /// The text without secrets.
    pub(crate) fn scrub<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let found = self.find(text);
        if found.is_empty() {
            return text.into();
        }
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for range in found {
            out.push_str(text.get(from..range.start).unwrap_or_default());
            out.push_str(SCRUBBED);
            from = range.end;
        }
        out.push_str(text.get(from..).unwrap_or_default());
        out.into()
    }
}

impl fmt::Debug for Scrubber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scrubber")
    }
}

/// How a secret may be written.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![
        secret.to_owned(),
        hex(secret.as_bytes()),
        hex(secret.as_bytes()).to_ascii_uppercase(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
    ];
    for alignment in 0..3 {
        // Within a longer text the secret may start at any byte of a group of three: the characters that its neighbours don't touch.
        let padded = [vec![0; alignment], secret.as_bytes().to_vec()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            let first = (alignment * 8).div_ceil(6);
            let last = padded.len() * 8 / 6;
            if let Some(core) = encoded.get(first..last) {
                forms.push(core.to_owned());
            }
        }
    }
    forms.retain(|form| form.len() >= SHORTEST);
    forms.sort_unstable();
    forms.dedup();
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "tk-7Q?x/ä0~secret";

    fn scrubber() -> Scrubber {
        Scrubber::new([SecretString::from(SECRET)].iter()).expect("one short needle")
    }

    #[test]
    fn a_secret_is_found_however_it_is_written() {
        for alignment in 0..3 {
            let text = format!("{}{SECRET} and more", "x".repeat(alignment));
            for encoded in [
                text.clone(),
                STANDARD_NO_PAD.encode(&text),
                URL_SAFE_NO_PAD.encode(&text),
                hex(text.as_bytes()),
                utf8_percent_encode(&text, NON_ALPHANUMERIC).to_string(),
            ] {
                assert!(scrubber().scrub(&encoded).contains(SCRUBBED), "{encoded}");
            }
        }
    }

    #[test]
    fn other_text_is_left_alone() {
        let text = "tk-7Q?x/0~secret, nearly";
        assert_eq!(scrubber().scrub(text), text);
    }
}
