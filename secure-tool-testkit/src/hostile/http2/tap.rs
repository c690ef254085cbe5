//! A stream in; out the same, into which frames can be put between the frames of somebody else, and
//! which can be cut at any byte.
//!
//! The library that speaks HTTP/2 for us writes no frame that it should not. What it would not
//! write is put between its frames here; it goes on as if nothing had been.

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

/// The stream, for the library.
pub(super) struct Tap(Arc<Mutex<Shared>>);

/// The same stream, for who has something to put in.
#[derive(Clone)]
pub(super) struct Hand(Arc<Mutex<Shared>>);

struct Shared {
    stream: TlsStream<TcpStream>,
    /// What came before the handshake was done, and was not read yet.
    early: VecDeque<u8>,
    /// What is known of the head of the frame that the library is writing.
    head: Vec<u8>,
    /// How much of its payload is still to be written.
    payload: usize,
    waiting: VecDeque<Put>,
    /// How many bytes may still be written, and what comes then.
    cut: Option<(u64, Ending)>,
    /// How the connection shall end, now.
    end: Option<Ending>,
    /// The task of the connection.
    waker: Option<Waker>,
}

/// Bytes to be put in, and who waits until they are written.
struct Put {
    bytes: Vec<u8>,
    written: usize,
    done: oneshot::Sender<()>,
}

pub(super) fn tap(stream: TlsStream<TcpStream>, early: Vec<u8>) -> (Tap, Hand) {
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
    (Tap(Arc::clone(&shared)), Hand(shared))
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

    /// Writes some of these bytes, and no more than may be written.
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

    /// Puts in what waits.
    fn poll_put(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(mut put) = self.waiting.pop_front() {
            while let Some(rest) = put.bytes.get(put.written..).filter(|rest| !rest.is_empty()) {
                match self.poll_write(cx, rest) {
                    Poll::Ready(Ok(written)) => put.written += written,
                    other => {
                        self.waiting.push_front(put);
                        return other.map_ok(|_| ());
                    }
                }
            }
            // Nobody may wait for it any more.
            let _ = put.done.send(());
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// How many of the library's bytes go no further than the end of its frame.
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

    /// Follows what the library has written.
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
        if shared.is_between_frames() && shared.waiting.front().is_some_and(|put| put.written > 0) {
            // What was begun is brought to its end.
            ready!(shared.poll_put(cx))?;
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

impl Hand {
    /// Puts bytes in before the library's next frame; returns when they are written.
    pub(super) async fn put(&self, bytes: Vec<u8>) {
        let (done, written) = oneshot::channel();
        {
            let mut shared = lock(&self.0);
            shared.waiting.push_back(Put { bytes, written: 0, done });
            shared.wake();
        }
        // An error says that the connection is no more; then this task is no more either.
        let _ = written.await;
    }

    /// Returns when the library has written what it was given before.
    pub(super) async fn written(&self) {
        self.put(Vec::new()).await;
    }

    /// Ends the connection after so many bytes from here.
    pub(super) fn cut_after(&self, n: u64, ending: Ending) {
        lock(&self.0).cut = Some((n, ending));
    }

    /// Ends the connection: nothing more is written.
    pub(super) fn end(&self, ending: Ending) {
        let mut shared = lock(&self.0);
        shared.cut = Some((0, ending));
        shared.end = Some(ending);
        shared.wake();
    }

    /// Puts in what there is to put in, until the connection has to end. For the task of the
    /// connection alone: two tasks that write would take each other's turn.
    pub(super) async fn work(&self) -> io::Result<Ending> {
        poll_fn(|cx| {
            let mut shared = lock(&self.0);
            shared.waker = Some(cx.waker().clone());
            if shared.is_between_frames() && !shared.waiting.is_empty() {
                ready!(shared.poll_put(cx))?;
            }
            shared.end.map_or(Poll::Pending, |ending| Poll::Ready(Ok(ending)))
        })
        .await
    }

    /// Ends it so. Nobody else may use the connection any more.
    pub(super) async fn close(&self, ending: Ending) -> io::Result<()> {
        poll_fn(|cx| Pin::new(&mut lock(&self.0).stream).poll_flush(cx)).await?;
        match ending {
            Ending::Close => {
                poll_fn(|cx| Pin::new(&mut lock(&self.0).stream).poll_shutdown(cx)).await
            }
            Ending::HangUp => {
                poll_fn(|cx| Pin::new(lock(&self.0).stream.get_mut().0).poll_shutdown(cx)).await
            }
            // The system sends the reset when the connection is dropped.
            Ending::Reset => lock(&self.0).stream.get_mut().0.set_zero_linger(),
        }
    }
}
