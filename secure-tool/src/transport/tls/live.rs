//! A value that is made of files: paths in, the value out, made again when the files change.
//!
//! At most once a second of the guard's clock the files are looked at, on a thread that may block.
//! What can't be read or used changes nothing but the log.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretSlice};
use tracing::dispatcher;

use crate::error::Error;

/// How long what was seen is believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// Files up to this size are compared by what is in them, larger ones by length and time of change,
/// so that a list of megabytes is not read each second.
const SMALL: u64 = 64 * 1024;
/// A file that is larger is refused: nobody meant it.
const MOST: u64 = 256 << 20;

/// A value made of files.
pub(crate) struct Live<T>(Arc<Inner<T>>);

type Make<T> = dyn Fn(&[SecretSlice<u8>]) -> Result<T, Error> + Send + Sync;

struct Inner<T> {
    /// As events and errors name it.
    what: String,
    paths: Vec<PathBuf>,
    make: Box<Make<T>>,
    state: Mutex<State<T>>,
    /// Held by the one who reads.
    turn: Mutex<()>,
}

struct State<T> {
    value: Arc<T>,
    /// What the files were like when they were last read; `None` if they could not be.
    seen: Option<Vec<Stamp>>,
    looked: Duration,
}

/// What tells one content of a file from another.
#[derive(PartialEq, Eq)]
enum Stamp {
    Content(Vec<u8>),
    Outside { length: u64, changed: Option<SystemTime> },
}

impl<T: Send + Sync + 'static> Live<T> {
    /// Reads the files for the first time.
    pub(crate) fn new(
        what: String,
        paths: Vec<PathBuf>,
        now: Duration,
        make: impl Fn(&[SecretSlice<u8>]) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let seen = stamps(&paths).ok();
        let value =
            read(&paths).and_then(|contents| make(&contents)).map_err(|error| error.of(&what))?;
        let state = Mutex::new(State { value: Arc::new(value), seen, looked: now });
        Ok(Self(Arc::new(Inner { what, paths, make: Box::new(make), state, turn: Mutex::new(()) })))
    }

    /// The value as it was last made.
    pub(crate) fn value(&self) -> Arc<T> {
        self.0.state().value.clone()
    }

    /// Makes the value again if the files have changed, and nobody has looked within the last
    /// second.
    pub(crate) async fn look(&self, now: Duration) {
        let is_due = {
            let mut state = self.0.state();
            let is_due = now.saturating_sub(state.looked) >= BELIEVED;
            if is_due {
                state.looked = now;
            }
            is_due
        };
        if is_due {
            // The events are the caller's, not those of the thread.
            let (inner, dispatch) = (self.0.clone(), dispatcher::get_default(Clone::clone));
            // If it panics, the value stays as it was.
            let _ = tokio::task::spawn_blocking(move || {
                dispatcher::with_default(&dispatch, || inner.look());
            })
            .await;
        }
    }
}

impl<T> Inner<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn look(&self) {
        // Whoever reads will be done; where a file hangs, nobody waits beside them.
        let Ok(_turn) = self.turn.try_lock() else { return };
        // Before the reading: what is written meanwhile is seen as a change the next time.
        let stamps = stamps(&self.paths).ok();
        let was_readable = self.state().seen.is_some();
        if stamps.is_some() && stamps == self.state().seen {
            return;
        }
        let made = read(&self.paths).and_then(|contents| (self.make)(&contents));
        let mut state = self.state();
        match made {
            Ok(value) => {
                state.value = Arc::new(value);
                tracing::info!(target: "secure_tool::tls", what = self.what, "read again");
            }
            // Once for each content, and not once a second.
            Err(error) if stamps.is_some() || was_readable => {
                tracing::warn!(target: "secure_tool::tls", what = self.what, %error, "can't be read again, and what was read before stays in use");
            }
            Err(_) => {}
        }
        state.seen = stamps;
    }
}

fn stamps(paths: &[PathBuf]) -> io::Result<Vec<Stamp>> {
    paths.iter().map(|path| stamp(path)).collect()
}

fn stamp(path: &Path) -> io::Result<Stamp> {
    let metadata = fs::metadata(path)?;
    if metadata.len() > SMALL {
        return Ok(Stamp::Outside { length: metadata.len(), changed: metadata.modified().ok() });
    }
    let content = SecretSlice::from(fs::read(path)?);
    Ok(Stamp::Content(digest(&SHA256, content.expose_secret()).as_ref().to_vec()))
}

/// The contents, wiped when they are dropped: a key may be among them.
fn read(paths: &[PathBuf]) -> Result<Vec<SecretSlice<u8>>, Error> {
    let one = |path: &PathBuf| {
        let unreadable = |error: io::Error| {
            Error::start(format!("`{}` can't be read", path.display())).because(error)
        };
        if fs::metadata(path).map_err(unreadable)?.len() > MOST {
            return Err(Error::start(format!("`{}` is longer than {MOST} bytes", path.display())));
        }
        fs::read(path).map(SecretSlice::from).map_err(unreadable)
    };
    paths.iter().map(one).collect()
}
