//! Mounted secrets: the name of a file in, what it holds out.
//!
//! As orchestrators mount them: one file a secret, in one folder. Kubernetes changes a mounted
//! secret by swapping the symbolic link `..data`, so a file is opened anew each time and everything
//! is asked of what was opened: its kind, its size, its time and its text are of one file, whatever
//! is swapped meanwhile. The guard asks at most once a second.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use super::{Secret, Secrets};
use crate::error::Error;

/// The most bytes of a file. Longer than any credential.
const MOST: u64 = 64 * 1024;

/// Secrets from the files of a folder, reread while the guard runs.
///
/// The name of a secret is the name of its file: letters, digits, `_`, `-` and inner dots. Line
/// ends at the end of the file are not part of the value. The value counts as issued when the file
/// was last changed; where an orchestrator writes the files anew at each start, that is when the
/// secret was mounted.
///
/// A file that vanishes, is empty or can't be read leaves the value in use that was known, until
/// its age limit, and the guard says so in tracing and in the audit. Replace a file by renaming
/// another over it: one that is written in place is read half-written.
///
/// ```
/// use secure_tool::FileSecrets;
///
/// let secrets = FileSecrets::new("/run/secrets"); // `SHOP_API_KEY` is in `/run/secrets/SHOP_API_KEY`
/// # let _ = secrets;
/// ```
#[derive(Debug, Clone)]
pub struct FileSecrets {
    folder: PathBuf,
}

impl FileSecrets {
    /// The files of this folder. Nothing is read yet; a secret that is missing is an error when the
    /// guard is built.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

impl Secrets for FileSecrets {
    fn secret(&self, name: &str) -> Result<Option<Secret>, Error> {
        if !is_file_name(name) {
            return Err(Error::secret(format!(
                "secret `{}` can't be the name of a file",
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

/// Names that stay within the folder, and are none of the orchestrator's own (`..data`).
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
        let what = |what: &str| Error::secret(format!("the file of secret `{name}` {what}"));
        match self {
            Self::Io(error) => what("can't be read").because(error),
            Self::NotAFile => what("is no file"),
            Self::TooLong => what("is longer than 64 KiB"),
            Self::NotText => what("is not text"),
            Self::Empty => what("is empty"),
        }
    }
}

impl From<io::Error> for Unread {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn read(path: &std::path::Path) -> Result<Secret, Unread> {
    // What is there before it is opened: opening a pipe would wait for its other end.
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

    /// A folder that is gone at the end of the test.
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
    fn a_file_is_a_secret_without_its_last_line_end() {
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
    fn a_name_does_not_leave_the_folder() {
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
            assert!(error.to_string().contains("can't be the name of a file"), "{name:?}: {error}");
        }
    }

    #[test]
    fn what_is_no_short_text_is_an_error_that_shows_nothing_of_it() {
        let folder = Folder::new("unfit");
        folder.write("LONG", "CANARY".repeat(20_000));
        folder.write("BYTES", [b"CANARY".as_slice(), &[0xff, 0xfe]].concat());
        folder.write("EMPTY", "\n\n");
        std::fs::create_dir(folder.0.join("FOLDER")).expect("a folder");
        for (name, words) in [
            ("LONG", "longer than 64 KiB"),
            ("BYTES", "is not text"),
            ("EMPTY", "is empty"),
            ("FOLDER", "is no file"),
        ] {
            let error = folder.secrets().secret(name).expect_err(name);
            let all = format!("{error} {error:?}");
            assert!(all.contains(words) && all.contains(name) && !all.contains("CANARY"), "{all}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn a_swap_of_the_link_as_kubernetes_makes_it_is_seen_whole() {
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
