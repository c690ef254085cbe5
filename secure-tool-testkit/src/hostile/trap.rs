//! An address that nobody may reach in, the number of those who did out.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::listener::Listener;

/// A plain TCP listener on loopback, the internal address that nobody may reach: it counts who
/// connects.
///
/// Whoever connects is hung up on at once. Dropping the trap frees its port.
///
/// # Examples
///
/// ```
/// use secure_tool_testkit::hostile::Trap;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let trap = Trap::start().await?;
/// assert_eq!(trap.hits(), 0);
///
/// let _connection = std::net::TcpStream::connect(trap.addr())?;
/// assert_eq!(trap.hits(), 1);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Trap {
    listener: Arc<Listener>,
    _task: JoinSet<()>,
}

impl Trap {
    /// Listens on a free port of 127.0.0.1.
    ///
    /// # Errors
    ///
    /// When the system refuses the socket.
    #[expect(
        clippy::unused_async,
        reason = "it needs the runtime of its caller, and a server that starts is awaited"
    )]
    pub async fn start() -> io::Result<Self> {
        let listener = Arc::new(Listener::bind()?);
        let mut task = JoinSet::new();
        let door = Arc::clone(&listener);
        task.spawn(async move {
            // The connection is dropped, and so closed, as soon as it was counted.
            while door.accept().await.is_ok() {}
        });
        Ok(Self { listener, _task: task })
    }

    /// Where it listens.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// How many connections were made. A connection that was established before this call is in the
    /// count.
    #[must_use]
    pub fn hits(&self) -> usize {
        self.listener.count()
    }
}
