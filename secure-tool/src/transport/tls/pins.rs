//! Which keys a server may have, beside what its authority says of it: digests and a date in, yes
//! or no out.
//!
//! A pin is the SHA-256 of the leaf's public key (`SubjectPublicKeyInfo`), as RFC 7469, 2.4 has it.
//! Only the leaf is looked at: a server may send along any certificate that it likes, so that a pin
//! on "some certificate that was sent" would prove nothing.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use super::verifier::Unfit;
use crate::error::Error;

/// How long before the end a warning is given.
const WARNED: Duration = Duration::from_hours(30 * 24);

/// The keys that an API's server may have, beside that an authority vouches for it: one in use, a
/// backup, and the day on which both have to be looked at again.
///
/// **After the expiry nothing is sent any more.** RFC 7469 lets pins lapse, because a browser can't
/// ask the site's owner; here the operator can be asked, and a protection that ends without a word
/// on a day that an attacker can look up protects nobody. For thirty days before, each new
/// connection is an event of tracing at level `WARN` (at most one a day), and
/// [`Guard::posture`](crate::Guard::posture) shows the date from the start. Where an outage is
/// worse than a missing pin, say [`dangerously_lapse`](Self::dangerously_lapse).
///
/// ```
/// use secure_tool::{Connection, Pins};
///
/// // openssl x509 -in leaf.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
/// let pins = Pins::new(
///     "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", // in use
///     "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=", // its successor, whose private key is kept elsewhere
///     "2027-06-30",
/// )?;
/// let connection = Connection::new().pins(pins);
/// # let _ = connection;
/// # Ok::<(), secure_tool::Error>(())
/// ```
#[derive(Clone)]
pub struct Pins {
    /// The one in use, then the others.
    keys: Vec<[u8; 32]>,
    /// Seconds since 1970.
    expires: u64,
    date: String,
    pub(crate) lapse: Option<String>,
}

impl Pins {
    /// A pin in use, a backup for the day on which the server's key has to be changed, and the date
    /// on which both end: at its first moment, in UTC.
    ///
    /// A pin is `sha256/` and the base64 of 32 bytes (`pin-sha256` of RFC 7469, or what curl takes
    /// with two slashes), or the same in 64 hex digits. The key of the backup should not be on the
    /// server: it is for the case that the server's key was stolen.
    ///
    /// # Errors
    ///
    /// If one is no pin, both are the same, or the date is not `YYYY-MM-DD`. A date that is past is
    /// an error of [`build`](crate::guard::Builder::build).
    pub fn new(pin: &str, backup: &str, expires: &str) -> Result<Self, Error> {
        let unfit = || {
            Error::configuration(format!(
                "`{expires}` is no date of the form YYYY-MM-DD on which pins can expire"
            ))
        };
        if !crate::value::is_date(expires) {
            return Err(unfit());
        }
        let date: jiff::civil::Date = expires.parse().map_err(|_| unfit())?;
        let moment = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| unfit())?.timestamp();
        let pins = Self {
            keys: vec![parse(pin)?],
            expires: u64::try_from(moment.as_second()).map_err(|_| unfit())?,
            date: expires.to_owned(),
            lapse: None,
        };
        pins.and(backup)
    }

    /// One more key, for a server that has several, or while one takes the place of another.
    ///
    /// # Errors
    ///
    /// If it is no pin, or there already.
    pub fn and(mut self, pin: &str) -> Result<Self, Error> {
        let key = parse(pin)?;
        if self.keys.contains(&key) {
            return Err(Error::configuration(format!(
                "pin `{pin}` is there twice; a backup has to be another key"
            )));
        }
        self.keys.push(key);
        Ok(self)
    }

    /// After the expiry the pins are not looked at any more, instead of nothing being sent: whoever
    /// gets a certificate from any trusted authority can then be the server.
    #[must_use]
    pub fn dangerously_lapse(mut self, reason: impl Into<String>) -> Self {
        self.lapse = Some(reason.into());
        self
    }

    /// Whether they ended.
    pub(crate) fn has_expired(&self, now: SystemTime) -> bool {
        now >= self.end()
    }

    /// Whether they end soon.
    pub(crate) fn expires_soon(&self, now: SystemTime) -> bool {
        now + WARNED >= self.end()
    }

    /// The date of the expiry.
    pub(crate) fn until(&self) -> &str {
        &self.date
    }

    fn end(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires)
    }

    /// Whether a leaf with this key may be the server, at this time in seconds.
    pub(super) fn check(&self, what: &str, public_key: &[u8], now: u64) -> Result<(), Unfit> {
        if now >= self.expires {
            return if self.lapse.is_some() { Ok(()) } else { Err(Unfit::PinsExpired) };
        }
        let key = digest(&SHA256, public_key);
        match self.keys.iter().position(|pin| pin.as_slice() == key.as_ref()) {
            Some(0) => Ok(()),
            Some(_) => {
                tracing::info!(target: "secure_tool::tls", what, "the server has a key of the backup pins");
                Ok(())
            }
            None => Err(Unfit::OtherKey),
        }
    }
}

impl fmt::Debug for Pins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} pins until {}", self.keys.len(), self.date)
    }
}

fn parse(text: &str) -> Result<[u8; 32], Error> {
    let bare =
        text.strip_prefix("sha256//").or_else(|| text.strip_prefix("sha256/")).unwrap_or(text);
    let bytes = if bare.len() == 64 { from_hex(bare) } else { STANDARD.decode(bare).ok() };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Error::configuration(format!(
            "`{text}` is no pin: `sha256/` and the base64 of 32 bytes, or 64 hex digits"
        ))
    })
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = text
        .chars()
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    Some(
        digits?
            .chunks(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";
    const TWO: &str = "sha256//r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=";

    #[test]
    fn what_is_no_pin_no_backup_or_no_date_is_an_error() {
        assert!(Pins::new(ONE, TWO, "2027-06-30").is_ok());
        assert!(Pins::new(&"ab".repeat(32), TWO, "2027-06-30").is_ok());
        for (pin, backup, date) in [
            (ONE, ONE, "2027-06-30"),
            (ONE, "", "2027-06-30"),
            ("sha256/AAAA", TWO, "2027-06-30"),
            ("sha1/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", TWO, "2027-06-30"),
            (&"xy".repeat(32), TWO, "2027-06-30"),
            (ONE, TWO, "30.06.2027"),
            (ONE, TWO, "2027-06-30T00:00:00Z"),
            (ONE, TWO, "1969-12-31"),
        ] {
            assert!(Pins::new(pin, backup, date).is_err(), "{pin} {backup} {date}");
        }
        assert_eq!(
            format!("{:?}", Pins::new(ONE, TWO, "2027-06-30").expect("sound")),
            "2 pins until 2027-06-30"
        );
    }

    #[test]
    fn a_pin_ends_with_the_first_moment_of_its_date() {
        let key = b"a key";
        let pin = base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, key));
        let pins = Pins::new(&pin, TWO, "2026-03-01").expect("sound");
        let end = 1_772_323_200; // 2026-03-01T00:00:00Z
        assert_eq!(pins.check("", key, end - 1), Ok(()));
        assert_eq!(pins.check("", b"another key", end - 1), Err(Unfit::OtherKey));
        assert_eq!(pins.check("", key, end), Err(Unfit::PinsExpired));
        assert!(!pins.has_expired(UNIX_EPOCH + Duration::from_secs(end - 1)));
        assert!(pins.has_expired(UNIX_EPOCH + Duration::from_secs(end)));
        let lapsing = pins.dangerously_lapse("a test");
        assert_eq!(lapsing.check("", b"another key", end), Ok(()));
        assert_eq!(lapsing.check("", b"another key", end - 1), Err(Unfit::OtherKey));
    }
}
