//! A loopback listener in, its connections and an exact count of them out.
//!
//! A test that says "nobody connected" must not pass because a task was late to accept. The count
//! therefore takes every connection out of the system's queue first: whatever was established
//! before the call is in it.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::net::{TcpSocket, TcpStream};

/// Small, so that what a server has "sent" is close to what the client has taken: the system's
/// default lets megabytes disappear into its own buffer.
const SEND_BUFFER: u32 = 64 * 1024;
const BACKLOG: u32 = 1024;

#[derive(Debug)]
pub(super) struct Listener {
    addr: SocketAddr,
    socket: tokio::net::TcpListener,
    /// The same socket, for taking connections outside of a task.
    twin: std::net::TcpListener,
    queue: Mutex<Queue>,
}

#[derive(Debug, Default)]
struct Queue {
    accepted: usize,
    /// Connections taken by `count`, not yet given to `accept`.
    waiting: VecDeque<std::net::TcpStream>,
    waker: Option<Waker>,
}

impl Listener {
    /// Must be called in a runtime.
    pub(super) fn bind() -> io::Result<Self> {
        let socket = TcpSocket::new_v4()?;
        socket.set_send_buffer_size(SEND_BUFFER)?; // accepted sockets inherit it
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let twin = socket.listen(BACKLOG)?.into_std()?;
        let socket = tokio::net::TcpListener::from_std(twin.try_clone()?)?;
        Ok(Self { addr: twin.local_addr()?, socket, twin, queue: Mutex::default() })
    }

    pub(super) fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The next connection. One task only may wait here.
    pub(super) async fn accept(&self) -> io::Result<TcpStream> {
        poll_fn(|cx| self.poll_accept(cx)).await
    }

    // INVARIANT: taking a connection and counting it happen under one lock, here and in `count`.
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
            // `count` may take the connection before the runtime sees it; then nobody but `count`
            // would wake this task.
            Poll::Pending => queue.waker = Some(cx.waker().clone()),
        }
        accepted.map_ok(|(stream, _)| stream)
    }

    /// How many connections were established so far.
    pub(super) fn count(&self) -> usize {
        self.take_all().accepted
    }

    /// Counts from zero again.
    pub(super) fn forget(&self) {
        self.take_all().accepted = 0;
    }

    fn take_all(&self) -> MutexGuard<'_, Queue> {
        let mut queue = self.queue();
        while let Ok((stream, _)) = self.twin.accept() {
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
