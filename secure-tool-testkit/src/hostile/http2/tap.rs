//! A stream that inserts extra frames between the frames of the `h2` crate, and that can end at any
//! byte.
//!
//! The `h2` crate writes valid frames only. This module inserts the invalid ones, which the crate
//! does not notice.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio_rustls::server::TlsStream;

use super::super::response::Ending;
use super::frame;

/// The stream that the library uses.
pub(super) struct Tap(Arc<Mutex<Shared>>);

/// A handle of the same stream that inserts frames.
#[derive(Clone)]
pub(super) struct Inserter(Arc<Mutex<Shared>>);

struct Shared {
    stream: TlsStream<TcpStream>,
    /// Early data of the handshake that the library has not read yet.
    early: VecDeque<u8>,
    /// The bytes so far of the header of the frame that the library is writing.
    head: Vec<u8>,
    /// The number of payload bytes of that frame that are not written yet.
    payload: usize,
    waiting: VecDeque<Insertion>,
    /// The number of bytes left before the connection ends, and how it ends.
    cut: Option<(u64, Ending)>,
    /// Set when the connection must end now.
    end: Option<Ending>,
    /// The task of the connection.
    waker: Option<Waker>,
}

/// Bytes to insert, and the channel that reports when they are written.
struct Insertion {
    bytes: Vec<u8>,
    written: usize,
    done: oneshot::Sender<()>,
}

pub(super) fn tap(stream: TlsStream<TcpStream>, early: Vec<u8>) -> (Tap, Inserter) {
    let shared = Arc::new(Mutex::new(Shared {
        stream,
        early: early.into(),
        head: Vec::new(),
        payload: 0,
        waiting: VecDeque::new(),
        cut: None,
        end: None,
        waker: None,
    }));
    (Tap(Arc::clone(&shared)), Inserter(shared))
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Shared {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn is_between_frames(&self) -> bool {
        self.head.is_empty() && self.payload == 0
    }

    /// Writes some of these bytes, up to the byte at which the connection ends.
    fn poll_write(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let may = self.cut.map_or(bytes.len(), |(left, _)| {
            usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len())
        });
        let Some(now) = bytes.get(..may).filter(|now| !now.is_empty()) else {
            self.end = self.cut.map(|(_, ending)| ending);
            self.wake();
            return Poll::Pending;
        };
        let written = ready!(Pin::new(&mut self.stream).poll_write(cx, now))?;
        if let Some((left, _)) = &mut self.cut {
            *left = left.saturating_sub(u64::try_from(written).unwrap_or(u64::MAX));
        }
        Poll::Ready(Ok(written))
    }

    /// Writes the waiting insertions.
    fn poll_insert(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(mut insertion) = self.waiting.pop_front() {
            while let Some(rest) =
                insertion.bytes.get(insertion.written..).filter(|rest| !rest.is_empty())
            {
                match self.poll_write(cx, rest) {
                    Poll::Ready(Ok(written)) => insertion.written += written,
                    other => {
                        self.waiting.push_front(insertion);
                        return other.map_ok(|_| ());
                    }
                }
            }
            // The receiver may have been dropped.
            let _ = insertion.done.send(());
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Returns the number of the library's bytes up to the end of its current frame.
    fn in_frame(&self, bytes: &[u8]) -> usize {
        let missing = frame::HEAD.saturating_sub(self.head.len());
        match self.payload {
            0 if self.head.is_empty() && bytes.len() >= frame::HEAD => {
                frame::HEAD + frame::payload(bytes)
            }
            0 => missing,
            left => left,
        }
    }

    /// Tracks the position within the library's frames.
    fn follow(&mut self, mut bytes: &[u8]) {
        if self.payload == 0 {
            let (head, payload) = bytes
                .split_at_checked(frame::HEAD.saturating_sub(self.head.len()))
                .unwrap_or((bytes, &[]));
            self.head.extend(head);
            bytes = payload;
            if self.head.len() < frame::HEAD {
                return;
            }
            self.payload = frame::payload(&self.head);
            self.head.clear();
        }
        self.payload = self.payload.saturating_sub(bytes.len());
    }
}

impl AsyncRead for Tap {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let mut shared = lock(&self.0);
        if shared.early.is_empty() {
            return Pin::new(&mut shared.stream).poll_read(cx, buf);
        }
        let now = shared.early.len().min(buf.remaining());
        let bytes: Vec<u8> = shared.early.drain(..now).collect();
        buf.put_slice(&bytes);
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Tap {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut shared = lock(&self.0);
        if shared.is_between_frames()
            && shared.waiting.front().is_some_and(|first| first.written > 0)
        {
            // A partly written insertion must be completed first.
            ready!(shared.poll_insert(cx))?;
        }
        let now = bytes.get(..shared.in_frame(bytes)).unwrap_or(bytes);
        let written = ready!(shared.poll_write(cx, now))?;
        shared.follow(now.get(..written).unwrap_or(now));
        Poll::Ready(Ok(written))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut lock(&self.0).stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut lock(&self.0).stream).poll_shutdown(cx)
    }
}

impl Inserter {
    /// Inserts bytes before the library's next frame, and returns when they are written.
    pub(super) async fn insert(&self, bytes: Vec<u8>) {
        let (done, written) = oneshot::channel();
        {
            let mut shared = lock(&self.0);
            shared.waiting.push_back(Insertion { bytes, written: 0, done });
            shared.wake();
        }
        // An error means that the connection has ended, which also ends this task.
        let _ = written.await;
    }

    /// Returns when the library has written its pending frames.
    pub(super) async fn written(&self) {
        self.insert(Vec::new()).await;
    }

    /// Ends the connection after `n` more bytes.
    pub(super) fn cut_after(&self, n: u64, ending: Ending) {
        lock(&self.0).cut = Some((n, ending));
    }

    /// Ends the connection without another byte.
    pub(super) fn end(&self, ending: Ending) {
        let mut shared = lock(&self.0);
        shared.cut = Some((0, ending));
        shared.end = Some(ending);
        shared.wake();
    }

    /// Writes the insertions until the connection must end.
    ///
    /// Only the task of the connection may call it: two writing tasks would overwrite each other's
    /// waker.
    pub(super) async fn work(&self) -> io::Result<Ending> {
        poll_fn(|cx| {
            let mut shared = lock(&self.0);
            shared.waker = Some(cx.waker().clone());
            if shared.is_between_frames() && !shared.waiting.is_empty() {
                ready!(shared.poll_insert(cx))?;
            }
            shared.end.map_or(Poll::Pending, |ending| Poll::Ready(Ok(ending)))
        })
        .await
    }

    /// Closes the connection in this way. No other task may use it any more.
    pub(super) async fn close(&self, ending: Ending) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut lock(&self.0).stream).poll_flush(cx)).await?;
        match ending {
            Ending::Close => {
                poll_fn(|cx| Pin::new(&mut lock(&self.0).stream).poll_shutdown(cx)).await
            }
            Ending::HangUp => {
                poll_fn(|cx| Pin::new(lock(&self.0).stream.get_mut().0).poll_shutdown(cx)).await
            }
            // The system sends RST when the connection is dropped.
            Ending::Reset => lock(&self.0).stream.get_mut().0.set_zero_linger(),
        }
    }
}
