//! Counts the connections to a loopback address that a client must not reach.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use tokio::task::JoinSet;

use super::listener::Listener;

/// A plain TCP listener on loopback that counts connections: an internal address that the client
/// under test must not reach.
///
/// The trap closes each connection immediately. Dropping the trap frees its port.
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
    /// Starts the trap on a free port of 127.0.0.1.
    ///
    /// Call it in a tokio runtime with I/O enabled, as `#[tokio::test]` provides one.
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system refuses the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Trap;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let trap = Trap::start().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[expect(
        clippy::unused_async,
        reason = "it needs the runtime of its caller, and a server that starts is awaited"
    )]
    pub async fn start() -> io::Result<Self> {
        let listener = Arc::new(Listener::bind()?);
        let mut task = JoinSet::new();
        let accepting = Arc::clone(&listener);
        task.spawn(async move {
            // Dropping the accepted connection closes it.
            while accepting.accept().await.is_ok() {}
        });
        Ok(Self { listener, _task: task })
    }

    /// Returns the address and port on which the trap listens.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::{Response, Trap};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let trap = Trap::start().await?;
    /// let redirect = Response::redirect(302, format!("http://{}/", trap.addr()));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.listener.addr()
    }

    /// Returns the number of connections so far.
    ///
    /// The count includes each connection that was established before this call.
    ///
    /// # Examples
    ///
    /// ```
    /// # use secure_tool_testkit::hostile::Trap;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// # let trap = Trap::start().await?;
    /// // … call the tool.
    /// assert_eq!(trap.hits(), 0, "the redirect was not followed");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn hits(&self) -> usize {
        self.listener.count()
    }
}
