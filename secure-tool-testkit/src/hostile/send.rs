//! An answer in, its bytes on the wire out.

use std::io;
use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use super::answer::{Answer, Body};
use super::wire::Wire;

/// How much is written, and counted, at once.
const PIECE: usize = 16 * 1024;

/// What becomes of the connection after an answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum After {
    /// The next request is awaited.
    Next,
    /// It ends as it should.
    Close,
    /// It ends in the middle.
    HangUp,
    /// Nobody answers on it any more.
    Silence,
}

/// Writes an answer. `sent` counts the bytes of its body as they are written; `head_only` is for the method HEAD.
pub(super) async fn send<S>(wire: &mut Wire<S>, answer: &Answer, head_only: bool, sent: &AtomicU64) -> io::Result<After>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let mut out = Out { wire, sent, left: answer.hang_up, chunked: answer.is_chunked() };
    if !matches!(answer.body, Body::Silence | Body::Raw(_)) {
        out.wire.stream.write_all(&answer.head()).await?;
    }
    let after = if answer.closes() { After::Close } else { After::Next };
    let after = match &answer.body {
        Body::Silence => return Ok(After::Silence),
        Body::Raw(bytes) => out.whole(bytes, After::Close).await?,
        _ if head_only => after,
        Body::Whole(bytes) => out.whole(bytes, after).await?,
        Body::Endless => out.endless().await?,
        Body::Drip(interval) => out.drip(*interval).await?,
    };
    out.wire.stream.flush().await?;
    Ok(after)
}

/// The way of a body to the wire.
struct Out<'a, S> {
    wire: &'a mut Wire<S>,
    sent: &'a AtomicU64,
    /// How many bytes may still be written before the hanging up, if there shall be one.
    left: Option<u64>,
    chunked: bool,
}

/// Whether more of the body may follow.
#[derive(PartialEq, Eq)]
enum More {
    Yes,
    HangUp,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Out<'_, S> {
    async fn whole(&mut self, bytes: &[u8], after: After) -> io::Result<After> {
        if self.left == Some(0) {
            return Ok(After::HangUp);
        }
        for piece in bytes.chunks(PIECE) {
            if self.piece(piece).await? == More::HangUp {
                return Ok(After::HangUp);
            }
        }
        Ok(after)
    }

    /// Ends by an error of writing, when the client is gone.
    async fn endless(&mut self) -> io::Result<After> {
        let mut more = self.piece(b"\"").await?;
        let text = vec![b'a'; PIECE];
        while more == More::Yes {
            more = self.piece(&text).await?;
        }
        Ok(After::HangUp)
    }

    async fn drip(&mut self, interval: Duration) -> io::Result<After> {
        let mut more = self.piece(b"\"").await?;
        while more == More::Yes {
            self.wire.stream.flush().await?;
            let mut pause = pin!(sleep(interval));
            tokio::select! {
                () = &mut pause => {}
                // Writing would show it only at the second byte from here; an interval may be an hour.
                () = self.wire.closed() => return Err(io::ErrorKind::ConnectionAborted.into()),
            }
            more = self.piece(b"a").await?;
        }
        Ok(After::HangUp)
    }

    /// Writes a piece of the body, or as much of it as may be written.
    async fn piece(&mut self, piece: &[u8]) -> io::Result<More> {
        let may = self.left.map_or(piece.len(), |left| usize::try_from(left).unwrap_or(usize::MAX));
        let (now, never) = piece.split_at_checked(may).unwrap_or((piece, &[]));
        if self.chunked {
            // The size of the whole piece: the client shall miss what is cut off.
            self.wire.stream.write_all(format!("{:x}\r\n", piece.len()).as_bytes()).await?;
        }
        self.wire.stream.write_all(now).await?;
        let written = u64::try_from(now.len()).unwrap_or(u64::MAX);
        self.sent.fetch_add(written, Ordering::Relaxed);
        if let Some(left) = &mut self.left {
            *left = left.saturating_sub(written);
        }
        if !never.is_empty() || self.left == Some(0) {
            return Ok(More::HangUp);
        }
        if self.chunked {
            self.wire.stream.write_all(b"\r\n").await?;
        }
        Ok(More::Yes)
    }
}
