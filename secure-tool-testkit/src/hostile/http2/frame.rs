//! Encodes HTTP/2 frames without validation (RFC 9113, 4.1 and 6; RFC 7541, 6).

/// The longest payload that a client must accept, in bytes (RFC 9113, 4.2).
const PAYLOAD: usize = 16 * 1024;
/// The length of a frame header, in bytes.
pub(super) const HEAD: usize = 9;

const DATA: u8 = 0x0;
const HEADERS: u8 = 0x1;
const RST_STREAM: u8 = 0x3;
const PUSH_PROMISE: u8 = 0x5;
const PING: u8 = 0x6;
const GOAWAY: u8 = 0x7;
const WINDOW_UPDATE: u8 = 0x8;
const CONTINUATION: u8 = 0x9;
const UNKNOWN: u8 = 0x55;

const END_STREAM: u8 = 0x1;
const END_HEADERS: u8 = 0x4;

/// The bytes of consecutive frames.
#[derive(Debug, Default)]
pub(super) struct Frames(pub(super) Vec<u8>);

impl Frames {
    fn push(mut self, kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Self {
        let [_, .., high, middle, low] = payload.len().to_be_bytes();
        self.0.extend([high, middle, low, kind, flags]);
        self.0.extend(stream.to_be_bytes());
        self.0.extend(payload);
        self
    }

    /// Appends a header block, in as many frames as it needs.
    ///
    /// If `whole` is false, the block does not end, and [`more_headers`](Self::more_headers) may
    /// follow.
    pub(super) fn headers(self, stream: u32, block: &[u8], end_stream: bool, whole: bool) -> Self {
        let end_stream = if end_stream { END_STREAM } else { 0 };
        let mut pieces = block.chunks(PAYLOAD).peekable();
        let (mut frames, mut kind, mut flags) = (self, HEADERS, end_stream);
        while let Some(piece) = pieces.next() {
            let last = if whole && pieces.peek().is_none() { END_HEADERS } else { 0 };
            frames = frames.push(kind, flags | last, stream, piece);
            (kind, flags) = (CONTINUATION, 0);
        }
        frames
    }

    /// Appends a part of a header block that does not end.
    pub(super) fn more_headers(self, stream: u32, block: &[u8]) -> Self {
        self.push(CONTINUATION, 0, stream, block)
    }

    /// Appends a whole body, whatever the client's flow-control window is.
    pub(super) fn data(self, stream: u32, body: &[u8], end_stream: bool) -> Self {
        let frames =
            body.chunks(PAYLOAD).fold(self, |frames, piece| frames.push(DATA, 0, stream, piece));
        if end_stream { frames.push(DATA, END_STREAM, stream, &[]) } else { frames }
    }

    pub(super) fn empty_data(self, stream: u32) -> Self {
        self.push(DATA, 0, stream, &[])
    }

    pub(super) fn reset(self, stream: u32, code: u32) -> Self {
        self.push(RST_STREAM, 0, stream, &code.to_be_bytes())
    }

    pub(super) fn ping(self) -> Self {
        self.push(PING, 0, 0, b"testkit.")
    }

    /// Appends the promise of a response that the client did not request.
    pub(super) fn push_promise(self, stream: u32, promised: u32) -> Self {
        let block =
            block(&[(":method", "GET"), (":scheme", "https"), (":authority", "x"), (":path", "/")]);
        self.push(
            PUSH_PROMISE,
            END_HEADERS,
            stream,
            &[&promised.to_be_bytes()[..], &block].concat(),
        )
    }

    /// Appends a `GOAWAY` that claims that no request was processed.
    pub(super) fn go_away(self, code: u32) -> Self {
        self.push(GOAWAY, 0, 0, &[[0; 4], code.to_be_bytes()].concat())
    }

    pub(super) fn window(self, stream: u32) -> Self {
        self.push(WINDOW_UPDATE, 0, stream, &1_u32.to_be_bytes())
    }

    pub(super) fn unknown(self, stream: u32) -> Self {
        self.push(UNKNOWN, 0, stream, b"what is this")
    }
}

/// Encodes headers as literals without Huffman coding, which are not added to the dynamic table.
pub(super) fn block(fields: &[(&str, &str)]) -> Vec<u8> {
    fields
        .iter()
        .flat_map(|(name, value)| [vec![0], string(name), string(value)].concat())
        .collect()
}

/// Returns a header block in which each byte expands to 60 bytes of headers.
///
/// `accept-encoding: gzip, deflate` is entry 16 of the static table (RFC 7541, appendix A), and
/// each entry counts 32 bytes more (4.1).
pub(super) fn bomb(times: usize) -> Vec<u8> {
    vec![0x80 | 16; times]
}

/// Encodes a string literal without Huffman coding: its length and its bytes.
fn string(text: &str) -> Vec<u8> {
    const MAX: usize = 0x7f;
    let mut bytes = Vec::with_capacity(text.len() + 4);
    match u8::try_from(text.len()) {
        Ok(short) if usize::from(short) < MAX => bytes.push(short),
        _ => {
            bytes.push(0x7f);
            let mut rest = text.len().saturating_sub(MAX);
            while rest >= 0x80 {
                bytes.push(0x80 | u8::try_from(rest % 0x80).unwrap_or(0));
                rest /= 0x80;
            }
            bytes.push(u8::try_from(rest).unwrap_or(0));
        }
    }
    bytes.extend(text.as_bytes());
    bytes
}

/// Returns the payload length that a frame header announces.
pub(super) fn payload(head: &[u8]) -> usize {
    match head {
        [high, middle, low, ..] => {
            usize::from(*high) << 16 | usize::from(*middle) << 8 | usize::from(*low)
        }
        _ => 0,
    }
}
