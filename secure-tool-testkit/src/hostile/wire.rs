//! Reads the requests of one HTTP/1.1 connection, one after the other.

use tokio::io::{AsyncRead, AsyncReadExt};

use super::request::{Framing, Head, Request, Why};

const MAX_HEAD: usize = 64 * 1024;
/// Includes chunk framing.
pub(super) const MAX_BODY: usize = 64 * 1024 * 1024;
/// The memory limit of a connection: one request, and trailers of the same size as the headers.
const MAX_BUFFER: usize = MAX_HEAD + MAX_BODY + MAX_HEAD;
const READ: usize = 16 * 1024;

/// A connection from which requests are read.
#[derive(Debug)]
pub(super) struct Wire<S> {
    pub(super) stream: S,
    /// Received bytes that are not yet part of a request.
    buffer: Vec<u8>,
    /// The SHA-256 of the client certificate.
    client: Option<[u8; 32]>,
}

/// The reason why there is no further request.
#[derive(Debug)]
pub(super) enum Unread {
    /// The client closed the connection between two requests.
    Closed,
    /// The client closed the connection within a request. These bytes arrived before.
    Cut(Vec<u8>),
    /// These bytes are not a request.
    Refused(Vec<u8>, Why),
}

enum Stop {
    Closed,
    Refused(Why),
}

impl From<Why> for Stop {
    fn from(why: Why) -> Self {
        Self::Refused(why)
    }
}

impl<S: AsyncRead + Unpin> Wire<S> {
    /// `early` is the early data of the handshake.
    pub(super) fn new(stream: S, early: Vec<u8>, client: Option<[u8; 32]>) -> Self {
        Self { stream, buffer: early, client }
    }

    /// Reads the next request.
    pub(super) async fn request(&mut self) -> Result<Request, Unread> {
        match self.next().await {
            Ok((head, body, end)) => {
                let raw = self.buffer.drain(..end.min(self.buffer.len())).collect();
                Ok(Request::new(raw, head, body, self.client))
            }
            Err(stop) => {
                let bytes = std::mem::take(&mut self.buffer);
                Err(match stop {
                    Stop::Refused(why) => Unread::Refused(bytes, why),
                    Stop::Closed if bytes.is_empty() => Unread::Closed,
                    Stop::Closed => Unread::Cut(bytes),
                })
            }
        }
    }

    /// Waits until the client closes the connection, and keeps the bytes that arrive.
    ///
    /// The future can be cancelled without a loss of bytes.
    pub(super) async fn closed(&mut self) {
        while self.fill().await.is_ok() {}
    }

    /// Returns the parts of the next request and its end in the buffer.
    async fn next(&mut self) -> Result<(Head, Vec<u8>, usize), Stop> {
        let start = self
            .until_found(b"\r\n\r\n", 0, MAX_HEAD, "the request line and headers are too long")
            .await?;
        let head = Head::parse(self.between(0, start))?;
        match head.framing()? {
            Framing::Length(length) if length > MAX_BODY => {
                Err(Stop::Refused("the body is too long"))
            }
            Framing::Length(length) => {
                let end = start + length;
                self.until(end).await?;
                let body = self.between(start, end).to_vec();
                Ok((head, body, end))
            }
            Framing::Chunked => {
                let (body, end) = self.chunks(start).await?;
                Ok((head, body, end))
            }
        }
    }

    async fn chunks(&mut self, start: usize) -> Result<(Vec<u8>, usize), Stop> {
        let mut body = Vec::new();
        let mut at = start;
        loop {
            let data = self.line(at).await?;
            let size = chunk_size(self.between(at, data))?;
            if size == 0 {
                return Ok((body, self.trailers(data).await?));
            }
            let end = data.saturating_add(size);
            if end - start > MAX_BODY {
                return Err(Stop::Refused("the body is too long"));
            }
            at = end + 2;
            self.until(at).await?;
            if self.between(end, at) != b"\r\n" {
                return Err(Stop::Refused("a chunk is longer than its size"));
            }
            body.extend_from_slice(self.between(data, end));
        }
    }

    async fn trailers(&mut self, start: usize) -> Result<usize, Stop> {
        let mut at = start;
        loop {
            let next = self.line(at).await?;
            if self.between(at, next) == b"\r\n" {
                return Ok(next);
            }
            if next - start > MAX_HEAD {
                return Err(Stop::Refused("the trailers are too long"));
            }
            at = next;
        }
    }

    async fn line(&mut self, from: usize) -> Result<usize, Stop> {
        self.until_found(b"\r\n", from, MAX_HEAD, "a line of the body is too long").await
    }

    /// Reads until the buffer contains `what`, and returns the position after it.
    async fn until_found(
        &mut self,
        what: &[u8],
        from: usize,
        max: usize,
        why: Why,
    ) -> Result<usize, Stop> {
        let mut searched = from;
        loop {
            let unsearched = self.between(searched, self.buffer.len());
            if let Some(found) = unsearched.windows(what.len()).position(|window| window == what) {
                let end = searched + found + what.len();
                return if end - from > max { Err(Stop::Refused(why)) } else { Ok(end) };
            }
            if self.buffer.len().saturating_sub(from) > max {
                return Err(Stop::Refused(why));
            }
            // The last bytes may be the beginning of `what`, so they are searched again.
            searched = searched.max((self.buffer.len() + 1).saturating_sub(what.len()));
            self.fill().await?;
        }
    }

    async fn until(&mut self, length: usize) -> Result<(), Stop> {
        while self.buffer.len() < length {
            self.fill().await?;
        }
        Ok(())
    }

    async fn fill(&mut self) -> Result<(), Stop> {
        if self.buffer.len() >= MAX_BUFFER {
            return Err(Stop::Refused("the request is too long"));
        }
        self.buffer.reserve(READ);
        // A reset or a missing `close_notify` also ends the connection.
        match self.stream.read_buf(&mut self.buffer).await {
            Ok(0) | Err(_) => Err(Stop::Closed),
            Ok(_) => Ok(()),
        }
    }

    fn between(&self, from: usize, to: usize) -> &[u8] {
        self.buffer.get(from..to).unwrap_or_default()
    }
}

/// Parses the size of a chunk: the digits before the first semicolon of its first line.
fn chunk_size(line: &[u8]) -> Result<usize, Why> {
    const NOT: Why = "the size of a chunk is not a number";
    let line = line.strip_suffix(b"\r\n").unwrap_or(line);
    let digits = line.split(|&b| b == b';').next().unwrap_or_default();
    let text = std::str::from_utf8(digits).map_err(|_| NOT)?;
    // `from_str_radix` accepts a sign; the grammar does not. Eight digits exceed the limit of a
    // body and can't overflow.
    if text.is_empty() || text.len() > 8 || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
        return Err(NOT);
    }
    usize::from_str_radix(text, 16).map_err(|_| NOT)
}
