//! Reads mounted secrets: one file per secret in one folder, as orchestrators mount them.
//!
//! Kubernetes updates a mounted secret by swapping the symbolic link `..data`. Therefore each read
//! opens the file again and takes kind, size, time and text from the same open file. The guard
//! reads a secret at most once per second.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::{Secret, Secrets};
use crate::error::Error;

/// The maximum size of a file in bytes. No credential is longer.
const MOST: u64 = 64 * 1024;

/// A store that reads each secret from a file in a folder and rereads it while the guard runs.
///
/// The name of a secret is the name of its file: 1 to 128 ASCII letters, digits, `_`, `-` and `.`,
/// without a dot at the start. Line breaks at the end of the file are not part of the value. A file
/// may have at most 64 KiB.
///
/// The modification time of the file counts as the time of issue. If an orchestrator rewrites the
/// files at each start, that is the time when the secret was mounted.
///
/// If a file disappears, is empty or cannot be read, the last known value stays in use until its
/// age limit. The guard reports this in tracing and in the audit log. Replace a file by renaming
/// another file over it: a file that is overwritten in place can be read half-written.
///
/// ```
/// use secure_tool::FileSecrets;
///
/// let secrets = FileSecrets::new("/run/secrets"); // `/run/secrets/SHOP_API_KEY`
/// # let _ = secrets;
/// ```
#[derive(Debug, Clone)]
pub struct FileSecrets {
    folder: PathBuf,
}

impl FileSecrets {
    /// Creates a store over the files of this folder. It reads nothing yet; building the guard
    /// fails if a secret is missing.
    ///
    /// ```
    /// use secure_tool::{FileSecrets, Guard};
    ///
    /// let builder = Guard::builder().secrets(FileSecrets::new("/run/secrets"));
    /// # let _ = builder;
    /// ```
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Secrets for FileSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        if !is_file_name(name) {
            return Err(Error::secret(format!(
                "the name of secret `{}` cannot be a file name",
                name.escape_default()
            )));
        }
        match read(&self.folder.join(name)) {
            Ok(secret) => Ok(Some(secret)),
            Err(Unread::Io(error)) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(unread) => Err(unread.into_error(name)),
        }
    }
}

/// Accepts names that stay within the folder and do not collide with the orchestrator's own files
/// (`..data`).
fn is_file_name(name: &str) -> bool {
    let letters = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=128).contains(&name.len()) && !name.starts_with('.') && name.bytes().all(letters)
}

enum Unread {
    Io(io::Error),
    NotAFile,
    TooLong,
    NotText,
    Empty,
}

impl Unread {
    fn into_error(self, name: &str) -> Error {
        let error = |what: &str| Error::secret(format!("the file of secret `{name}` {what}"));
        match self {
            Self::Io(source) => error("cannot be read").because(source),
            Self::NotAFile => error("is not a regular file"),
            Self::TooLong => error("is longer than 64 KiB"),
            Self::NotText => error("is not valid UTF-8"),
            Self::Empty => error("is empty"),
        }
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn read(path: &std::path::Path) -> Result<Secret, Unread> {
    // Checked before the open as well: opening a named pipe would block until its other end opens.
    if !std::fs::metadata(path)?.is_file() {
        return Err(Unread::NotAFile);
    }
    let file = File::open(path)?;
    let metadata = file.metadata()?;
    if !metadata.is_file() {
        return Err(Unread::NotAFile);
    }
    let mut bytes =
        Vec::with_capacity(usize::try_from(metadata.len().min(MOST)).unwrap_or_default());
    file.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST {
        return Err(Unread::TooLong);
    }
    let text = String::from_utf8(bytes).map_err(|_| Unread::NotText)?;
    let value = text.trim_end_matches(['\r', '\n']);
    if value.is_empty() {
        return Err(Unread::Empty);
    }
    let secret = Secret::new(value.to_owned());
    Ok(match metadata.modified() {
        Ok(modified) => secret.issued(modified),
        Err(_) => secret,
    })
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    /// A folder that is removed at the end of the test.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir()
                .join(format!("secure-tool-files-{name}-{}", std::process::id()));
            let _ = std::fs::remove_dir_all(&path);
            std::fs::create_dir_all(&path).expect("a folder");
            Self(path)
        }

        fn write(&self, name: &str, text: impl AsRef<[u8]>) {
            std::fs::write(self.0.join(name), text).expect("written");
        }

        fn secrets(&self) -> FileSecrets {
            FileSecrets::new(&self.0)
        }

        fn value(&self, name: &str) -> Option<String> {
            self.secrets()
                .secret(name)
                .expect("readable")
                .map(|secret| secret.value.expose_secret().to_owned())
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = std::fs::remove_dir_all(&self.0);
        }
    }

    #[test]
    fn line_breaks_at_the_end_of_a_file_are_not_part_of_the_secret() {
        let folder = Folder::new("value");
        for (text, value) in [
            ("0123456789", "0123456789"),
            ("0123456789\n", "0123456789"),
            ("0123456789\r\n\n", "0123456789"),
            (" 0 1 ", " 0 1 "),
        ] {
            folder.write("A", text);
            assert_eq!(folder.value("A").as_deref(), Some(value), "{text:?}");
        }
        assert!(folder.secrets().secret("A").expect("readable").expect("there").issued.is_some());
        assert_eq!(folder.value("B"), None);
    }

    #[test]
    fn names_that_leave_the_folder_are_rejected() {
        let folder = Folder::new("names");
        std::fs::create_dir(folder.0.join("in")).expect("a folder");
        folder.write("outside", "CANARY-outside");
        let inside = FileSecrets::new(folder.0.join("in"));
        let absolute = folder.0.join("outside").display().to_string();
        for name in [
            "../outside",
            "..",
            ".",
            "",
            "in/../outside",
            "/etc/hostname",
            "..data",
            "a/b",
            "a\\b",
            "a\0b",
            "a:b",
            "\u{2025}",
            &absolute,
        ] {
            let error = inside.secret(name).expect_err(name);
            assert!(error.to_string().contains("cannot be a file name"), "{name:?}: {error}");
        }
    }

    #[test]
    fn unusable_files_are_rejected_without_showing_their_content() {
        let folder = Folder::new("unfit");
        folder.write("LONG", "CANARY".repeat(20_000));
        folder.write("BYTES", [b"CANARY".as_slice(), &[0xff, 0xfe]].concat());
        folder.write("EMPTY", "\n\n");
        std::fs::create_dir(folder.0.join("FOLDER")).expect("a folder");
        for (name, words) in [
            ("LONG", "longer than 64 KiB"),
            ("BYTES", "is not valid UTF-8"),
            ("EMPTY", "is empty"),
            ("FOLDER", "is not a regular file"),
        ] {
            let error = folder.secrets().secret(name).expect_err(name);
            let all = format!("{error} {error:?}");
            assert!(all.contains(words) && all.contains(name) && !all.contains("CANARY"), "{all}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_swap_of_the_kubernetes_data_link_is_read_consistently() {
        use std::os::unix::fs::symlink;
        let folder = Folder::new("swap");
        for (version, value) in
            [("..2026_01_01", "old-value-of-it"), ("..2026_02_01", "new-value-of-it")]
        {
            std::fs::create_dir(folder.0.join(version)).expect("a folder");
            folder.write(&format!("{version}/A"), value);
        }
        symlink("..2026_01_01", folder.0.join("..data")).expect("a link");
        symlink("..data/A", folder.0.join("A")).expect("a link");
        assert_eq!(folder.value("A").as_deref(), Some("old-value-of-it"));
        symlink("..2026_02_01", folder.0.join("..data_tmp")).expect("a link");
        std::fs::rename(folder.0.join("..data_tmp"), folder.0.join("..data"))
            .expect("swapped at once");
        assert_eq!(folder.value("A").as_deref(), Some("new-value-of-it"));
    }
}
