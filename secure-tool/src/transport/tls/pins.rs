//! Pinned server keys, checked in addition to the certificate chain.
//!
//! A pin is the SHA-256 of the leaf's public key (`SubjectPublicKeyInfo`), as in RFC 7469, 2.4.
//! Only the leaf is checked: a server can send any additional certificate, so a pin on one of those
//! would prove nothing.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use ring::digest::{SHA256, digest};

use super::verifier::Rejected;
use secure_tool_text::internal::hex;

use crate::error::Error;

/// The warning period before the expiry.
const WARNED: Duration = Duration::from_hours(30 * 24);

/// The pinned keys of an API's server: one in use, at least one backup, and an expiry date. The
/// certificate chain is verified as well.
///
/// **After the expiry nothing is sent.** RFC 7469 ignores expired pins, because a browser cannot
/// ask the owner of the site. Here the operator can act, and a protection that ends silently on a
/// predictable date would protect little.
///
/// In the last 30 days a tracing event at level `WARN` reports the expiry, at most once per day.
/// [`Guard::posture`](crate::Guard::posture) always lists the date. If an outage is worse than a
/// missing pin, use [`dangerously_lapse`](Self::dangerously_lapse).
///
/// ```
/// use secure_tool::{Connection, Pins};
///
/// // openssl x509 -in leaf.pem -pubkey -noout | openssl pkey -pubin -outform der \
/// //   | openssl dgst -sha256 -binary | base64
/// let pins = Pins::new(
///     "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=", // in use
///     "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=", // backup, stored off the server
///     "2027-06-30",
/// )?;
/// let connection = Connection::new().pins(pins);
/// # let _ = connection;
/// # Ok::<(), secure_tool::Error>(())
/// ```
#[derive(Clone)]
pub struct Pins {
    /// The pin in use, then the others.
    keys: Vec<[u8; 32]>,
    /// Seconds since 1970.
    expires: u64,
    date: String,
    pub(crate) lapse: Option<String>,
}

impl Pins {
    /// Creates pins: the key in use, a backup for the next key change, and the date on which both
    /// expire, at 00:00 UTC.
    ///
    /// A pin is `sha256/` and the base64 of 32 bytes (`pin-sha256` of RFC 7469; curl's form with
    /// two slashes works too), or 64 hexadecimal digits. Keep the backup's private key off the
    /// server: you need it if the server's key is stolen.
    ///
    /// # Errors
    ///
    /// Returns an error if a pin is invalid, both are equal, or the date is not `YYYY-MM-DD`. A
    /// date in the past is an error of [`build`](crate::guard::Builder::build).
    ///
    /// ```
    /// use secure_tool::Pins;
    ///
    /// let pin = "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";
    /// assert!(Pins::new(pin, pin, "2027-06-30").is_err()); // the backup must be another key
    /// ```
    pub fn new(pin: &str, backup: &str, expires: &str) -> Result<Self, Error> {
        let invalid = || {
            Error::configuration(format!(
                "the expiry date of pins `{expires}` is not a date of the form YYYY-MM-DD since \
                    1970"
            ))
        };
        if !crate::value::is_date(expires) {
            return Err(invalid());
        }
        let date: jiff::civil::Date = expires.parse().map_err(|_| invalid())?;
        let moment = date.to_zoned(jiff::tz::TimeZone::UTC).map_err(|_| invalid())?.timestamp();
        let pins = Self {
            keys: vec![parse(pin)?],
            expires: u64::try_from(moment.as_second()).map_err(|_| invalid())?,
            date: expires.to_owned(),
            lapse: None,
        };
        pins.and(backup)
    }

    /// Adds a pin, for a server with several keys or during a key change.
    ///
    /// # Errors
    ///
    /// Returns an error if the pin is invalid or a duplicate.
    ///
    /// ```
    /// use secure_tool::Pins;
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let pins = Pins::new(
    ///     "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=",
    ///     "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=",
    ///     "2027-06-30",
    /// )?
    /// .and("sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=")?;
    /// # let _ = pins; Ok(())
    /// # }
    /// ```
    pub fn and(mut self, pin: &str) -> Result<Self, Error> {
        let key = parse(pin)?;
        if self.keys.contains(&key) {
            return Err(Error::configuration(format!(
                "pin `{pin}` is a duplicate; a backup must be another key"
            )));
        }
        self.keys.push(key);
        Ok(self)
    }

    /// Ignores the pins after their expiry, instead of blocking requests. An attacker with a
    /// certificate from any trusted authority can then impersonate the server.
    /// [`Guard::posture`](crate::Guard::posture) lists this with the reason.
    ///
    /// ```
    /// use secure_tool::Pins;
    ///
    /// # fn main() -> Result<(), secure_tool::Error> {
    /// let pins = Pins::new(
    ///     "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=",
    ///     "sha256/r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=",
    ///     "2027-06-30",
    /// )?
    /// .dangerously_lapse("an outage is worse for us");
    /// # let _ = pins; Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn dangerously_lapse(mut self, reason: impl Into<String>) -> Self {
        self.lapse = Some(reason.into());
        self
    }

    /// Returns whether the pins have expired.
    pub(crate) fn has_expired(&self, now: SystemTime) -> bool {
        now >= self.end()
    }

    /// Returns whether the pins expire within the warning period.
    pub(crate) fn expires_soon(&self, now: SystemTime) -> bool {
        now + WARNED >= self.end()
    }

    /// Returns the expiry date.
    pub(crate) fn until(&self) -> &str {
        &self.date
    }

    fn end(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(self.expires)
    }

    /// Checks a leaf with this key at this time in seconds since 1970.
    pub(super) fn check(&self, what: &str, public_key: &[u8], now: u64) -> Result<(), Rejected> {
        if now >= self.expires {
            return if self.lapse.is_some() { Ok(()) } else { Err(Rejected::PinsExpired) };
        }
        let key = digest(&SHA256, public_key);
        match self.keys.iter().position(|pin| pin.as_slice() == key.as_ref()) {
            Some(0) => Ok(()),
            Some(_) => {
                tracing::info!(target: "secure_tool::tls", what, "the server uses a key of the \
                    backup pins");
                Ok(())
            }
            None => Err(Rejected::NotPinned),
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
    let bytes = if bare.len() == 64 { hex::decode(bare) } else { STANDARD.decode(bare).ok() };
    bytes.and_then(|bytes| bytes.try_into().ok()).ok_or_else(|| {
        Error::configuration(format!(
            "`{text}` is not a pin; write `sha256/` and the base64 of 32 bytes, or 64 \
                hexadecimal digits"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = "sha256/7HIpactkIAq2Y49orFOOQKurWxmmSFZhBCoQYcRhJ3Y=";
    const TWO: &str = "sha256//r/mIkG3eEpVdm+u/ko/cwxzOMo1bk4TyHIlByibiA5E=";

    #[test]
    fn invalid_pins_backups_and_dates_are_rejected() {
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
    fn a_pin_expires_at_the_start_of_its_date() {
        let key = b"a key";
        let pin = base64::engine::general_purpose::STANDARD.encode(digest(&SHA256, key));
        let pins = Pins::new(&pin, TWO, "2026-03-01").expect("sound");
        let end = 1_772_323_200; // 2026-03-01T00:00:00Z
        assert_eq!(pins.check("", key, end - 1), Ok(()));
        assert_eq!(pins.check("", b"another key", end - 1), Err(Rejected::NotPinned));
        assert_eq!(pins.check("", key, end), Err(Rejected::PinsExpired));
        assert!(!pins.has_expired(UNIX_EPOCH + Duration::from_secs(end - 1)));
        assert!(pins.has_expired(UNIX_EPOCH + Duration::from_secs(end)));
        let lapsing = pins.dangerously_lapse("a test");
        assert_eq!(lapsing.check("", b"another key", end), Ok(()));
        assert_eq!(lapsing.check("", b"another key", end - 1), Err(Rejected::NotPinned));
    }
}
