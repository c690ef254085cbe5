//! A loopback listener with an exact count of its connections.
//!
//! A test that expects no connection must not pass because a task accepts too late. The count
//! therefore first accepts all connections in the system's queue, so that it includes each
//! connection that was established before the call.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::net::{TcpSocket, TcpStream};

/// A small buffer keeps the count of sent bytes close to what the client has read. The system's
/// default buffers megabytes.
const SEND_BUFFER: u32 = 64 * 1024;
const BACKLOG: u32 = 1024;

#[derive(Debug)]
pub(super) struct Listener {
    addr: SocketAddr,
    socket: tokio::net::TcpListener,
    /// The same socket, which `count` accepts connections from.
    blocking: std::net::TcpListener,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    accepted: usize,
    /// Connections that `count` has accepted and that `accept` has not returned yet.
    waiting: VecDeque<std::net::TcpStream>,
    waker: Option<Waker>,
}

impl Listener {
    /// Binds a free port. It must be called in a runtime.
    pub(super) fn bind() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_send_buffer_size(SEND_BUFFER)?; // accepted sockets inherit it
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let blocking = socket.listen(BACKLOG)?.into_std()?;
        let socket = tokio::net::TcpListener::from_std(blocking.try_clone()?)?;
        Ok(Self { addr: blocking.local_addr()?, socket, blocking, queue: Mutex::default() })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Returns the next connection. Only one task may wait here.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    // INVARIANT: accepting a connection and counting it happen under one lock, here and in `count`.
    fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<TcpStream>> {
        let mut queue = self.queue();
        if let Some(stream) = queue.waiting.pop_front() {
            return Poll::Ready(
                stream.set_nonblocking(true).and_then(|()| TcpStream::from_std(stream)),
            );
        }
        let accepted = self.socket.poll_accept(cx);
        match &accepted {
            Poll::Ready(Ok(_)) => queue.accepted += 1,
            Poll::Ready(Err(_)) => {}
            // `count` may accept the connection before the runtime sees it. Then only `count` can
            // wake this task.
            Poll::Pending => queue.waker = Some(cx.waker().clone()),
        }
        accepted.map_ok(|(stream, _)| stream)
    }

    /// Returns the number of connections that were established so far.
    pub(super) fn count(&self) -> usize {
        self.take_all().accepted
    }

    /// Resets the count to zero.
    pub(super) fn forget(&self) {
        self.take_all().accepted = 0;
    }

    fn take_all(&self) -> MutexGuard<'_, Queue> {
        let mut queue = self.queue();
        while let Ok((stream, _)) = self.blocking.accept() {
            queue.accepted += 1;
            queue.waiting.push_back(stream);
        }
        if !queue.waiting.is_empty()
            && let Some(waker) = queue.waker.take()
        {
            waker.wake();
        }
        queue
    }

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
