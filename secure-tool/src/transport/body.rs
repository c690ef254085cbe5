//! Reads the body of a response: within its size limits on the wire and decoded, at the minimum
//! rate, and within the guard's memory budget.

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use tokio::time::{Instant, timeout_at};

use super::failure::{self, Failure};
use super::gzip::{Gunzip, Sink};
use super::pace::Pace;
use super::request::{Request, Response};
use crate::quota::{COST, Reservation};
use crate::refusal::Rule;
use crate::spec::Limits;

/// The maximum buffer allocated before a body arrives. A larger announced length is not trusted.
const RESERVED: usize = 64 * 1024;
/// A decoded body up to this size is not checked for its compression ratio.
const ALLOWANCE: usize = 64 * 1024;
/// The bytes on the wire that are decoded at a time.
const DECODED: usize = 512;

/// Reads the body. If the status is not a success, a body that cannot be read counts as empty:
/// nothing of an error's body is used.
pub(super) async fn read(
    mut response: reqwest::Response,
    request: &Request,
) -> Result<Response, Failure> {
    let status = response.status();
    let text = |name| {
        response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
    let (body, held) = match bytes(&mut response, request).await {
        Ok(DecodedBody { bytes, held, .. }) => (bytes, held),
        Err(_) if !status.is_success() => (Vec::new(), None),
        Err(failure) => return Err(failure),
    };
    let headers = std::mem::take(response.headers_mut());
    Ok(Response {
        status: status.as_u16(),
        content_type,
        location,
        headers,
        body,
        held,
        ..Response::default()
    })
}

async fn bytes(
    response: &mut reqwest::Response,
    request: &Request,
) -> Result<DecodedBody, Failure> {
    let limits = &request.limits;
    let announced =
        response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > limits.response_bytes {
        return Err(too_large(limits));
    }
    let coding = coding(response.headers(), request.gzip);
    // The announced length is that of the encoded body, not of the decoded one.
    let store =
        DecodedBody::new(request, if matches!(coding, Coding::Plain) { announced } else { 0 })?;
    let mut body = if matches!(coding, Coding::Gzip) {
        Body::Gzip(Box::new(Gunzip::new(store)))
    } else {
        Body::Plain(store)
    };
    let mut pace = Pace::new(limits.rate_bytes, limits.rate_window, Instant::now());
    let mut wire = 0_usize;
    loop {
        let Ok(piece) = timeout_at(pace.by(), response.chunk()).await else {
            let (bytes, window) = (limits.rate_bytes, limits.rate_window);
            return Err(Failure::new(
                Rule::Timeout,
                format!("the body arrived at less than {bytes} bytes per {window:?}"),
            ));
        };
        let Some(piece) = piece.map_err(|error| failure::of(&error))? else { break };
        pace.record(piece.len(), Instant::now());
        wire = wire.saturating_add(piece.len());
        if wire > limits.response_bytes {
            return Err(too_large(limits));
        }
        if let Coding::Other(what) = coding {
            return Err(Failure::new(Rule::Encoding, what));
        }
        body.take(&piece)?;
    }
    body.finish(wire)
}

fn too_large(limits: &Limits) -> Failure {
    Failure::new(
        Rule::AnswerTooLarge,
        format!("the body is longer than {} bytes", limits.response_bytes),
    )
}

/// The content encoding of a body, by its headers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Plain,
    Gzip,
    /// An encoding that was not requested. The text is for the operator and contains nothing from
    /// the server.
    Other(&'static str),
}

fn coding(headers: &HeaderMap, gzip: bool) -> Coding {
    let mut codings = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b','))
        .map(<[u8]>::trim_ascii)
        .filter(|coding| !coding.is_empty() && !coding.eq_ignore_ascii_case(b"identity"));
    match (codings.next(), codings.next()) {
        (None, _) => Coding::Plain,
        (Some(_), Some(_)) => Coding::Other("the body has more than one content encoding"),
        (Some(coding), None)
            if !coding.eq_ignore_ascii_case(b"gzip") && !coding.eq_ignore_ascii_case(b"x-gzip") =>
        {
            Coding::Other("the body has a content encoding that was not requested")
        }
        (Some(_), None) if gzip => Coding::Gzip,
        (Some(_), None) => Coding::Other(
            "the body is gzip, which was not requested; declare `gzip` on the API to request it",
        ),
    }
}

enum Body {
    Plain(DecodedBody),
    Gzip(Box<Gunzip<DecodedBody>>),
}

impl Body {
    fn take(&mut self, piece: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Plain(store) => store.take(piece),
            // Small pieces, so that the ratio compares decoded bytes with the bytes that they were
            // decoded from.
            Self::Gzip(gunzip) => piece.chunks(DECODED).try_for_each(|piece| {
                gunzip.sink().count(piece.len());
                gunzip.take(piece)
            }),
        }
    }

    fn finish(self, wire: usize) -> Result<DecodedBody, Failure> {
        match self {
            // The response to HEAD, or one without content: there is nothing to decode.
            Self::Gzip(mut gunzip) if wire == 0 => Ok(std::mem::take(gunzip.sink())),
            Self::Gzip(gunzip) => gunzip.finish(),
            Self::Plain(store) => Ok(store),
        }
    }
}

/// The decoded bytes of a body.
#[derive(Debug, Default)]
struct DecodedBody {
    bytes: Vec<u8>,
    /// The maximum number of bytes.
    cap: usize,
    /// The maximum number of decoded bytes per byte on the wire.
    ratio: usize,
    /// The encoded bytes read so far. `None` for a body that is not encoded.
    wire: Option<usize>,
    held: Option<Reservation>,
    /// The number of bytes for which memory is reserved.
    paid: usize,
}

impl DecodedBody {
    /// Reserves memory for the announced length at once. If several responses arrive together and
    /// memory runs out, some are then rejected before they are read, instead of each at half its
    /// length.
    fn new(request: &Request, announced: usize) -> Result<Self, Failure> {
        let held = match &request.memory {
            Some(memory) => {
                Some(memory.reserve(announced.saturating_mul(COST)).ok_or_else(no_room)?)
            }
            None => None,
        };
        let bytes = Vec::with_capacity(announced.min(RESERVED));
        Ok(Self {
            bytes,
            cap: request.limits.response_bytes,
            ratio: request.limits.response_ratio,
            wire: None,
            held,
            paid: announced,
        })
    }

    /// Counts encoded bytes that are decoded next.
    fn count(&mut self, wire: usize) {
        self.wire = Some(self.wire.unwrap_or(0).saturating_add(wire));
    }
}

impl Sink for DecodedBody {
    fn take(&mut self, piece: &[u8]) -> Result<(), Failure> {
        let length = self.bytes.len().saturating_add(piece.len());
        if length > self.cap {
            return Err(Failure::new(
                Rule::AnswerTooLarge,
                format!("the decoded body is longer than {} bytes", self.cap),
            ));
        }
        if length > ALLOWANCE && self.wire.is_some_and(|wire| length / self.ratio.max(1) > wire) {
            return Err(Failure::new(
                Rule::Ratio,
                format!(
                    "the decoded body is more than {} times as long as the encoded one",
                    self.ratio
                ),
            ));
        }
        let unpaid = length.saturating_sub(self.paid);
        if unpaid > 0
            && self.held.as_mut().is_some_and(|held| !held.grow(unpaid.saturating_mul(COST)))
        {
            return Err(no_room());
        }
        self.paid += unpaid;
        self.bytes.extend_from_slice(piece);
        Ok(())
    }
}

fn no_room() -> Failure {
    Failure::new(Rule::AnswerMemory, "the responses in progress use up the guard's memory budget")
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn only_requested_encodings_are_decoded() {
        let of = |values: &[&str], gzip| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(
                    CONTENT_ENCODING,
                    HeaderValue::from_bytes(value.as_bytes()).expect("visible"),
                );
            }
            coding(&headers, gzip)
        };
        for plain in [&[][..], &["identity"], &[""], &["identity, IDENTITY"]] {
            assert_eq!(
                (of(plain, true), of(plain, false)),
                (Coding::Plain, Coding::Plain),
                "{plain:?}"
            );
        }
        for gzip in [&["gzip"][..], &["GZip"], &["x-gzip"], &[" gzip ,"], &["identity", "gzip"]] {
            assert_eq!(of(gzip, true), Coding::Gzip, "{gzip:?}");
            assert!(matches!(of(gzip, false), Coding::Other(_)), "{gzip:?}");
        }
        for other in [
            &["br"][..],
            &["deflate"],
            &["zstd"],
            &["gzip, gzip"],
            &["gzip", "gzip"],
            &["gzip", "br"],
            &["gzip;q=1"],
            &["gz\u{e4}"],
        ] {
            assert!(matches!(of(other, true), Coding::Other(_)), "{other:?}");
        }
    }
}
