//! A hash chain in a file: one line per record, readable only by its owner.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::{Audit, Broken, Head, Record, chain};

/// An audit log in a file of JSON lines with a SHA-256 hash chain. Creates the file with mode 0600.
///
/// Each record is written to the operating system; each durable record also to the disk
/// (`fdatasync`). Only one process may write a file.
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
    /// A write failed in the middle, so a further line would break the chain.
    torn: bool,
}

impl JsonlAudit {
    /// Starts a chain in a new file.
    ///
    /// ```no_run
    /// use secure_tool::audit::JsonlAudit;
    ///
    /// let audit = JsonlAudit::create("audit-2026-12.jsonl")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if the file exists or can't be created.
    pub fn create(path: impl AsRef<Path>) -> io::Result<Self> {
        Self::with(path.as_ref(), options().create_new(true), Head::default())
    }

    /// Verifies and continues the chain of a file, or starts one if there is no file.
    ///
    /// ```no_run
    /// use secure_tool::audit::JsonlAudit;
    ///
    /// let audit = JsonlAudit::open("audit.jsonl")?;
    /// # Ok::<(), secure_tool::audit::Broken>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Broken`] if the chain is invalid or can't be read. Move the file away, keep it,
    /// and find out who changed it.
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

    /// Returns the current end of the chain. Keep it elsewhere:
    /// [`verify_against`](super::verify_against) then detects a truncated file.
    ///
    /// ```
    /// # fn example(audit: &secure_tool::audit::JsonlAudit) {
    /// let head = audit.head(); // export it to another machine
    /// println!("{} {}", head.records, head.hash);
    /// # }
    /// ```
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

/// Removes the access of other users from an existing file.
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

/// A shared log, so that the program can keep a clone and read the head.
impl<A: Audit + ?Sized> Audit for std::sync::Arc<A> {
    fn append(&self, record: &Record, durable: bool) -> io::Result<()> {
        (**self).append(record, durable)
    }

    fn describe(&self) -> String {
        (**self).describe()
    }
}
