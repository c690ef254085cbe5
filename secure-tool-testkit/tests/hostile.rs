//! What the hostile counterparts promise to the tests that use them.

use std::error::Error;

use secure_tool_testkit::hostile::Trap;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

type Outcome<T = ()> = Result<T, Box<dyn Error>>;

#[tokio::test]
async fn a_trap_counts_who_has_connected_before_its_task_runs() -> Outcome {
    let trap = Trap::start().await?;
    assert_eq!(trap.hits(), 0);
    for hits in 1..=3 {
        // Blocking calls: the trap's own task has no turn between them.
        let _stream = std::net::TcpStream::connect(trap.addr())?;
        assert_eq!(trap.hits(), hits);
    }
    // Whoever connects is hung up on.
    let mut stream = TcpStream::connect(trap.addr()).await?;
    assert_eq!(stream.read(&mut [0]).await?, 0);
    assert_eq!(trap.hits(), 4);
    Ok(())
}
