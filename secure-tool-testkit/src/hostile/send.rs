//! Writes responses over HTTP/1.1.

use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use super::response::{Body, Ending, Response};
use super::wire::Wire;

/// The size of one write of a body, in bytes.
const PIECE: usize = 16 * 1024;
/// The number of interim responses, or endless headers, in one write.
const AT_ONCE: u64 = 100;
/// An interim response (RFC 8297).
const INTERIM: &[u8] = b"HTTP/1.1 103 \r\nlink: </style.css>; rel=preload\r\n\r\n";

/// The state of the connection after a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The API waits for the next request.
    Next,
    /// The API ends the connection.
    End(Ending),
    /// The API sends nothing more.
    Silence,
}

/// The reason why the rest of a response is not written.
#[derive(Debug)]
enum Stop {
    Gone(io::Error),
    End(Ending),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Gone(error)
    }
}

/// Writes a response. `sent` counts the bytes of its body; `head_only` is for the method HEAD.
pub(super) async fn send<S>(
    wire: &mut Wire<S>,
    response: &Response,
    head_only: bool,
    sent: &AtomicU64,
) -> io::Result<After>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    match response.body {
        Body::Silence => return Ok(After::Silence),
        Body::ResetStream(_) => return Ok(After::End(Ending::Reset)),
        Body::GoAway(_) | Body::HeaderBomb(_) => return Ok(After::End(Ending::Close)),
        _ => {}
    }
    let mut out = Out {
        wire,
        sent,
        left: response.hang_up,
        cut: response.cut,
        chunked: response.is_chunked(),
    };
    let written = out.write(response, head_only).await;
    // TLS may still buffer bytes that belong to the response.
    out.wire.stream.flush().await?;
    match written {
        Ok(after) => Ok(response.cut.map_or(after, |(_, ending)| After::End(ending))),
        Err(Stop::End(ending)) => Ok(After::End(ending)),
        Err(Stop::Gone(error)) => Err(error),
    }
}

/// Writes one response to the connection.
struct Out<'a, S> {
    wire: &'a mut Wire<S>,
    sent: &'a AtomicU64,
    /// The number of body bytes left before the API hangs up, if it does.
    left: Option<u64>,
    /// The number of bytes left before the connection ends, and how it ends.
    cut: Option<(u64, Ending)>,
    chunked: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Out<'_, S> {
    async fn write(&mut self, response: &Response, head_only: bool) -> Result<After, Stop> {
        if !response.pace.delay.is_zero() {
            self.pause(response.pace.delay).await?;
        }
        self.interim(response.pace.interim).await?;
        if !matches!(response.body, Body::Raw(_)) {
            self.head(&response.head(), response.pace.headers).await?;
        }
        let pace = response.pace.body;
        let after = if response.closes() { After::End(Ending::Close) } else { After::Next };
        match &response.body {
            Body::Silence | Body::ResetStream(_) | Body::GoAway(_) | Body::HeaderBomb(_) => {
                Ok(After::Silence)
            }
            Body::EndlessHeaders => self.endless_headers().await,
            Body::Raw(bytes) => self.whole(bytes, pace).await.map(|()| After::End(Ending::Close)),
            _ if head_only => Ok(after),
            Body::Whole(bytes) => {
                self.whole(bytes, pace).await?;
                if self.chunked {
                    self.put(format!("0\r\n{}", response.tail()).as_bytes()).await?;
                }
                Ok(after)
            }
            Body::Endless => self.endless(pace).await,
        }
    }

    async fn interim(&mut self, mut left: u64) -> Result<(), Stop> {
        while left > 0 {
            let now = left.min(AT_ONCE);
            self.put(&INTERIM.repeat(usize::try_from(now).unwrap_or(1))).await?;
            left -= now;
        }
        Ok(())
    }

    async fn head(&mut self, head: &[u8], pace: Option<Duration>) -> Result<(), Stop> {
        let Some(interval) = pace else { return self.put(head).await };
        for byte in head.chunks(1) {
            self.put(byte).await?;
            self.pause(interval).await?;
        }
        Ok(())
    }

    /// Ends with a write error when the client disconnects.
    async fn endless_headers(&mut self) -> Result<After, Stop> {
        for number in 0_u64.. {
            let lines: Vec<String> =
                (0..AT_ONCE).map(|line| format!("x-{number}-{line}: a\r\n")).collect();
            self.put(lines.concat().as_bytes()).await?;
        }
        Ok(After::Silence)
    }

    async fn whole(&mut self, bytes: &[u8], pace: Option<(usize, Duration)>) -> Result<(), Stop> {
        if self.left == Some(0) {
            return Err(Stop::End(Ending::HangUp));
        }
        for (number, piece) in bytes.chunks(pace.map_or(PIECE, |(bytes, _)| bytes)).enumerate() {
            if let Some((_, interval)) = pace.filter(|_| number > 0) {
                self.pause(interval).await?;
            }
            self.piece(piece).await?;
        }
        Ok(())
    }

    /// Ends with a write error when the client disconnects.
    async fn endless(&mut self, pace: Option<(usize, Duration)>) -> Result<After, Stop> {
        let text = vec![b'a'; pace.map_or(PIECE, |(bytes, _)| bytes)];
        self.piece(b"\"").await?;
        loop {
            if let Some((_, interval)) = pace {
                self.pause(interval).await?;
            }
            self.piece(&text).await?;
        }
    }

    /// Flushes, then waits. Fails when the client disconnects.
    async fn pause(&mut self, interval: Duration) -> io::Result<()> {
        self.wire.stream.flush().await?;
        let mut pause = pin!(sleep(interval));
        tokio::select! {
            () = &mut pause => Ok(()),
            // A write detects the disconnect only at the second byte, and a pause may last an hour.
            () = self.wire.closed() => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// Writes a piece of the body, up to the byte at which the API hangs up.
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Stop> {
        let may = self.left.map_or(piece.len(), |left| usize::try_from(left).unwrap_or(usize::MAX));
        let (now, never) = piece.split_at_checked(may).unwrap_or((piece, &[]));
        if self.chunked {
            // The chunk announces the whole piece, so that the client detects the truncation.
            self.put(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
        }
        self.put(now).await?;
        let written = u64::try_from(now.len()).unwrap_or(u64::MAX);
        self.sent.fetch_add(written, Ordering::Relaxed);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(written);
        }
        if !never.is_empty() || self.left == Some(0) {
            return Err(Stop::End(Ending::HangUp));
        }
        if self.chunked {
            self.put(b"\r\n").await?;
        }
        Ok(())
    }

    /// Writes bytes, up to the byte at which the connection ends.
    async fn put(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        let Some((left, ending)) = &mut self.cut else {
            return Ok(self.wire.stream.write_all(bytes).await?);
        };
        let may = usize::try_from(*left).unwrap_or(usize::MAX);
        let (now, never) = bytes.split_at_checked(may).unwrap_or((bytes, &[]));
        self.wire.stream.write_all(now).await?;
        *left = left.saturating_sub(u64::try_from(now.len()).unwrap_or(u64::MAX));
        if never.is_empty() { Ok(()) } else { Err(Stop::End(*ending)) }
    }
}
