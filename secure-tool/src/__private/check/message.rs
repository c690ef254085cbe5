//! Error messages built at compile time.
#![expect(
    clippy::panic,
    clippy::indexing_slicing,
    reason = "runs while compiling: a panic is the error that the developer reads, and each shape has its row"
)]

/// An error message built at compile time.
pub(super) struct Message {
    bytes: [u8; 1024],
    length: usize,
}

impl Message {
    pub(super) const fn new(code: &str) -> Self {
        Self { bytes: [0; 1024], length: 0 }.add(code).add(": ")
    }

    pub(super) const fn add(mut self, text: &str) -> Self {
        let text = text.as_bytes();
        let mut i = 0;
        while i < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text[i];
            self.length += 1;
            i += 1;
        }
        self
    }

    pub(super) const fn quote(self, text: &str) -> Self {
        self.add("`").add(text).add("`")
    }

    #[track_caller]
    pub(super) const fn stop(&self) -> ! {
        match core::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => panic!("{}", text),
            Err(_) => panic!("a rule is broken"), // the message was cut within a character
        }
    }
}

pub(super) const fn same(a: &str, b: &str) -> bool {
    let (a, b) = (a.as_bytes(), b.as_bytes());
    if a.len() != b.len() {
        return false;
    }
    let mut i = 0;
    while i < a.len() {
        if a[i] != b[i] {
            return false;
        }
        i += 1;
    }
    true
}
