//! A response in, its bytes on the wire out.

use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use super::response::{Body, Ending, Response};
use super::wire::Wire;

/// How much is written, and counted, at once.
const PIECE: usize = 16 * 1024;
/// How many interim responses, or headers without an end, are written at once.
const AT_ONCE: u64 = 100;
/// An interim response (RFC 8297).
const INTERIM: &[u8] = b"HTTP/1.1 103 \r\nlink: </style.css>; rel=preload\r\n\r\n";

/// What becomes of the connection after a response.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The next request is awaited.
    Next,
    /// It ends.
    End(Ending),
    /// Nobody responses on it any more.
    Silence,
}

/// Why no more of a response is written.
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

/// Writes a response. `sent` counts the bytes of its body as they are written; `head_only` is for
/// the method HEAD.
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
    // What was written before an end belongs to the response, and may still be on its way.
    out.wire.stream.flush().await?;
    match written {
        Ok(after) => Ok(response.cut.map_or(after, |(_, ending)| After::End(ending))),
        Err(Stop::End(ending)) => Ok(After::End(ending)),
        Err(Stop::Gone(error)) => Err(error),
    }
}

/// The way of a response to the wire.
struct Out<'a, S> {
    wire: &'a mut Wire<S>,
    sent: &'a AtomicU64,
    /// How many bytes of the body may still be written before the hanging up, if there shall be
    /// one.
    left: Option<u64>,
    /// How many bytes of all may still be written before the end, and which.
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
            self.head(&response.head(), response.pace.head).await?;
        }
        let pace = response.pace.body;
        let after = if response.closes() { After::End(Ending::Close) } else { After::Next };
        match &response.body {
            Body::Silence | Body::ResetStream(_) | Body::GoAway(_) | Body::HeaderBomb(_) => {
                Ok(After::Silence)
            }
            Body::EndlessHead => self.endless_head().await,
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

    /// Ends by an error of writing, when the client is gone.
    async fn endless_head(&mut self) -> Result<After, Stop> {
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

    /// Ends by an error of writing, when the client is gone.
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

    /// Shows what was written, and waits, but not for a client that is gone.
    async fn pause(&mut self, interval: Duration) -> io::Result<()> {
        self.wire.stream.flush().await?;
        let mut pause = pin!(sleep(interval));
        tokio::select! {
            () = &mut pause => Ok(()),
            // Writing would show it only at the second byte from here; an interval may be an hour.
            () = self.wire.closed() => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }

    /// Writes a piece of the body, or as much of it as may be written.
    async fn piece(&mut self, piece: &[u8]) -> Result<(), Stop> {
        let may = self.left.map_or(piece.len(), |left| usize::try_from(left).unwrap_or(usize::MAX));
        let (now, never) = piece.split_at_checked(may).unwrap_or((piece, &[]));
        if self.chunked {
            // The size of the whole piece: the client shall miss what is cut off.
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

    /// Writes bytes, or as many of them as are left before the cut.
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
