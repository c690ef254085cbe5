//! A chain in a file: one line a record, readable by its owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Audit, Broken, Head, Record, chain};

/// Records in a file of JSON lines, in a SHA-256 chain. The file is made with mode 0600.
///
/// A line reaches the system with each record, and the disk (`fdatasync`) with each durable one.
/// One process writes one file.
///
/// ```no_run
/// use secure_tool::audit::JsonlAudit;
///
/// let audit = JsonlAudit::open("audit.jsonl")?;
/// # Ok::<(), secure_tool::audit::Broken>(())
/// ```
#[derive(Debug)]
pub struct JsonlAudit {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    file: File,
    head: Head,
    /// A write failed in the middle: what follows would not be a chain.
    torn: bool,
}

impl JsonlAudit {
    /// Begins a chain in a new file.
    ///
    /// # Errors
    ///
    /// If the file exists or can't be made.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::with(path.as_ref(), options().create_new(true), Head::default())
    }

    /// Goes on with the chain of a file, after verifying it, or begins one if there is none.
    ///
    /// # Errors
    ///
    /// [`Broken`] if the chain does not hold together or can't be read: move the file away, keep
    /// it, and find out who changed it.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, Broken> {
        let path = path.as_ref();
        match File::open(path) {
            Ok(file) => {
                only_the_owners(&file).map_err(Broken::Io)?;
                let head = chain::verify_lines(file)?.head;
                Self::with(path, &mut options(), head).map_err(Broken::Io)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Self::create(path).map_err(Broken::Io)
            }
            Err(error) => Err(Broken::Io(error)),
        }
    }

    fn with(path: &Path, options: &mut OpenOptions, head: Head) -> io::Result<Self> {
        let file = options.open(path)?;
        Ok(Self { path: path.to_owned(), state: Mutex::new(State { file, head, torn: false }) })
    }

    /// The end of the chain now. Keep it elsewhere; [`verify_against`](super::verify_against) then
    /// shows whether the file was cut.
    #[must_use]
    pub fn head(&self) -> Head {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).head.clone()
    }
}

fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// A file that others could read is theirs no longer.
#[cfg(unix)]
fn only_the_owners(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

#[cfg(not(unix))]
fn only_the_owners(_: &File) -> io::Result<()> {
    Ok(())
}

impl Audit for JsonlAudit {
    fn append(&self, record: &Record, durable: bool) -> io::Result<()> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.torn {
            return Err(io::Error::other("an earlier record was written in part"));
        }
        let (line, head) = chain::link(&state.head, record)?;
        if let Err(error) = state.file.write_all(line.as_bytes()) {
            state.torn = true;
            return Err(error);
        }
        state.head = head;
        if durable { state.file.sync_data() } else { Ok(()) }
    }

    fn describe(&self) -> String {
        format!("JSON lines in a SHA-256 chain at `{}`", self.path.display())
    }
}

/// A shared log, so that the program can keep the other end and read the head.
impl<A: Audit + ?Sized> Audit for std::sync::Arc<A> {
    fn append(&self, record: &Record, durable: bool) -> io::Result<()> {
        (**self).append(record, durable)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}
