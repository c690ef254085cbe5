//! A value that is loaded from files, and loaded again when they change.
//!
//! It checks the files at most once per second of the guard's clock, on a blocking thread. If the
//! new content is unreadable or invalid, the value stays and a warning is logged.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ring::digest::{SHA256, digest};
use secrecy::{ExposeSecret, SecretSlice};
use tracing::dispatcher;

use crate::error::Error;

/// The minimum time between two checks of the files.
const BELIEVED: Duration = Duration::from_secs(1);
/// Files up to this size are compared by content, larger ones by length and modification time, so
/// that a large list is not read every second.
const SMALL: u64 = 64 * 1024;
/// The maximum size of a file in bytes.
const MOST: u64 = 256 << 20;

/// A value loaded from files.
pub(crate) struct Reloadable<T>(Arc<Inner<T>>);

type Make<T> = dyn Fn(&[SecretSlice<u8>]) -> Result<T, Error> + Send + Sync;

struct Inner<T> {
    /// The name in events and errors.
    what: String,
    paths: Vec<PathBuf>,
    make: Box<Make<T>>,
    state: Mutex<State<T>>,
    /// Locked by the thread that reads the files.
    reading: Mutex<()>,
}

struct State<T> {
    value: Arc<T>,
    /// The fingerprints at the last read, or `None` if the files were unreadable.
    seen: Option<Vec<Stamp>>,
    checked: Duration,
}

/// The fingerprint of a file.
#[derive(PartialEq, Eq)]
enum Stamp {
    Content(Vec<u8>),
    Outside { length: u64, changed: Option<SystemTime> },
}

impl<T: Send + Sync + 'static> Reloadable<T> {
    /// Loads the value for the first time.
    pub(crate) fn new(
        what: String,
        paths: Vec<PathBuf>,
        now: Duration,
        make: impl Fn(&[SecretSlice<u8>]) -> Result<T, Error> + Send + Sync + 'static,
    ) -> Result<Self, Error> {
        let seen = stamps(&paths).ok();
        let value =
            read(&paths).and_then(|contents| make(&contents)).map_err(|error| error.of(&what))?;
        let state = Mutex::new(State { value: Arc::new(value), seen, checked: now });
        Ok(Self(Arc::new(Inner {
            what,
            paths,
            make: Box::new(make),
            state,
            reading: Mutex::new(()),
        })))
    }

    /// Returns the value as last loaded.
    pub(crate) fn value(&self) -> Arc<T> {
        self.0.state().value.clone()
    }

    /// Loads the value again if the files have changed and the last check is at least 1 second ago.
    pub(crate) async fn check(&self, now: Duration) {
        let is_due = {
            let mut state = self.0.state();
            let is_due = now.saturating_sub(state.checked) >= BELIEVED;
            if is_due {
                state.checked = now;
            }
            is_due
        };
        if is_due {
            // Events go to the subscriber of the caller, not to that of the blocking thread.
            let (inner, dispatch) = (self.0.clone(), dispatcher::get_default(Clone::clone));
            // If the task panics, the value stays as it was.
            let _ = tokio::task::spawn_blocking(move || {
                dispatcher::with_default(&dispatch, || inner.check());
            })
            .await;
        }
    }
}

impl<T> Inner<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) {
        // Another thread is reading. If a file system hangs, no further thread waits for it.
        let Ok(_reading) = self.reading.try_lock() else { return };
        // Taken before the read: a change during the read is then detected by the next check.
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
                tracing::info!(target: "secure_tool::tls", what = self.what, "reloaded");
            }
            // Logged once per content, not once per second.
            Err(error) if stamps.is_some() || was_readable => {
                tracing::warn!(
                    target: "secure_tool::tls",
                    what = self.what,
                    %error,
                    "cannot be reloaded; the previous content stays in use"
                );
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

/// Reads the files. The contents are wiped on drop, because one of them can be a key.
fn read(paths: &[PathBuf]) -> Result<Vec<SecretSlice<u8>>, Error> {
    let one = |path: &PathBuf| {
        let unreadable = |error: io::Error| {
            Error::start(format!("`{}` cannot be read", path.display())).because(error)
        };
        if fs::metadata(path).map_err(unreadable)?.len() > MOST {
            return Err(Error::start(format!("`{}` is longer than {MOST} bytes", path.display())));
        }
        fs::read(path).map(SecretSlice::from).map_err(unreadable)
    };
    paths.iter().map(one).collect()
}
