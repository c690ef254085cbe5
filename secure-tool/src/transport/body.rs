//! An answer whose head has come in, its body out: within its sizes on the wire and decoded, at no
//! less than its rate, and within the memory of the guard.

use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, LOCATION};
use tokio::time::{Instant, timeout_at};

use super::failure::{self, Failure};
use super::gzip::{Gunzip, Sink};
use super::pace::Pace;
use super::request::{Request, Response};
use crate::quota::{COST, Reservation};
use crate::refusal::Rule;
use crate::spec::Limits;

/// What is reserved for a body before it comes, at the most: a server's word for its length is not
/// taken for more.
const RESERVED: usize = 64 * 1024;
/// So many decoded bytes are no bomb, whatever they were on the wire.
const ALLOWANCE: usize = 64 * 1024;
/// What is decoded at once, on the wire.
const DECODED: usize = 512;

/// Reads the body. Of an answer that is no success, one that can't be read is empty: its status
/// says enough, and nothing of an error's body is used.
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
        Ok(Store { bytes, held, .. }) => (bytes, held),
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

async fn bytes(response: &mut reqwest::Response, request: &Request) -> Result<Store, Failure> {
    let limits = &request.limits;
    let announced =
        response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > limits.response_bytes {
        return Err(too_large(limits));
    }
    let coding = coding(response.headers(), request.gzip);
    // Of what is decoded nobody has said how long it is.
    let store = Store::new(request, if matches!(coding, Coding::Plain) { announced } else { 0 })?;
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
                format!("the body came at less than {bytes} bytes in {window:?}"),
            ));
        };
        let Some(piece) = piece.map_err(|error| failure::of(&error))? else { break };
        pace.came(piece.len(), Instant::now());
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

/// How a body is coded, by its head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Plain,
    Gzip,
    /// In a way that was not asked for; what the operator is told of it holds nothing that the
    /// server wrote.
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
        (Some(_), Some(_)) => Coding::Other("the body is coded more than once"),
        (Some(coding), None)
            if !coding.eq_ignore_ascii_case(b"gzip") && !coding.eq_ignore_ascii_case(b"x-gzip") =>
        {
            Coding::Other("the body has a coding that is never asked for")
        }
        (Some(_), None) if gzip => Coding::Gzip,
        (Some(_), None) => Coding::Other(
            "the body is in gzip, which was not asked for; `gzip` on the API asks for it",
        ),
    }
}

enum Body {
    Plain(Store),
    Gzip(Box<Gunzip<Store>>),
}

impl Body {
    fn take(&mut self, piece: &[u8]) -> Result<(), Failure> {
        match self {
            Self::Plain(store) => store.take(piece),
            // In small pieces, so that what is decoded is held against what was read for it, and
            // not against what came together with it.
            Self::Gzip(gunzip) => piece.chunks(DECODED).try_for_each(|piece| {
                gunzip.sink().count(piece.len());
                gunzip.take(piece)
            }),
        }
    }

    fn finish(self, wire: usize) -> Result<Store, Failure> {
        match self {
            // The answer to HEAD, or one without content: there is nothing to decode.
            Self::Gzip(mut gunzip) if wire == 0 => Ok(std::mem::take(gunzip.sink())),
            Self::Gzip(gunzip) => gunzip.finish(),
            Self::Plain(store) => Ok(store),
        }
    }
}

/// The decoded bytes of a body.
#[derive(Debug, Default)]
struct Store {
    bytes: Vec<u8>,
    /// The most of them.
    cap: usize,
    /// The most for each byte on the wire.
    ratio: usize,
    /// Of a body that is decoded, what was read of it.
    wire: Option<usize>,
    held: Option<Reservation>,
    /// How many of the bytes are paid for.
    paid: usize,
}

impl Store {
    /// For a body of an announced length it is paid at once: answers that come together and for
    /// which there is no room are then refused before they are read, and not each when it is half
    /// there.
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

    /// So many bytes on the wire are decoded next.
    fn count(&mut self, wire: usize) {
        self.wire = Some(self.wire.unwrap_or(0).saturating_add(wire));
    }
}

impl Sink for Store {
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
                format!("the body is more than {} times as long as it was on the wire", self.ratio),
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
    Failure::new(Rule::AnswerMemory, "the answers under way take the guard's memory up")
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn only_what_was_asked_for_is_decoded() {
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
