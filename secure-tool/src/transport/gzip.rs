//! Decodes a gzip body (RFC 1952) piece by piece, and stops when the sink rejects more bytes.
//!
//! A body is exactly one gzip member. A body with several members, with data after its end, with an
//! early end or with a wrong checksum is rejected. No honest server sends one, and two readers
//! could decode it differently.

use std::io::{self, Write};

use flate2::write::GzDecoder;

use super::failure::Failure;
use crate::refusal::Rule;

/// The receiver of decoded bytes.
pub(super) trait Sink {
    /// Takes a piece, or returns why not.
    fn take(&mut self, piece: &[u8]) -> Result<(), Failure>;
}

/// Adapts a sink to the decoder. It stores the failure of the sink, because an I/O error cannot
/// carry it.
struct SinkWriter<S> {
    sink: S,
    refused: Option<Failure>,
}

impl<S: Sink> Write for SinkWriter<S> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        // The decoder writes again when it is dropped.
        if self.refused.is_none() {
            self.refused = self.sink.take(piece).err();
        }
        if self.refused.is_some() {
            Err(io::Error::other("the sink is full"))
        } else {
            Ok(piece.len())
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A decoder in front of a sink.
pub(super) struct Gunzip<S: Sink>(GzDecoder<SinkWriter<S>>);

impl<S: Sink> Gunzip<S> {
    pub(super) fn new(sink: S) -> Self {
        Self(GzDecoder::new(SinkWriter { sink, refused: None }))
    }

    pub(super) fn sink(&mut self) -> &mut S {
        &mut self.0.get_mut().sink
    }

    /// Decodes a piece.
    pub(super) fn take(&mut self, mut piece: &[u8]) -> Result<(), Failure> {
        while !piece.is_empty() {
            match self.0.write(piece) {
                // The decoder accepts no bytes after the end of the member.
                Ok(0) => {
                    return Err(broken("there is data after the end of the gzip member"));
                }
                Ok(taken) => piece = piece.get(taken..).unwrap_or_default(),
                Err(_) => return Err(self.why("the gzip data is invalid")),
            }
        }
        Ok(())
    }

    /// Returns the sink at the end of the body.
    pub(super) fn finish(mut self) -> Result<S, Failure> {
        match self.0.try_finish() {
            Ok(()) => self
                .0
                .finish()
                .map(|writer| writer.sink)
                .map_err(|_| broken("the gzip data is invalid")),
            Err(_) => Err(self.why("the gzip data ended early, or its checksum is wrong")),
        }
    }

    fn why(&mut self, otherwise: &str) -> Failure {
        self.0.get_mut().refused.take().unwrap_or_else(|| broken(otherwise))
    }
}

fn broken(what: &str) -> Failure {
    Failure::new(Rule::Encoding, what)
}

#[cfg(test)]
mod tests {
    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    /// Accepts at most this many bytes.
    struct Cap(Vec<u8>, usize);

    impl Sink for Cap {
        fn take(&mut self, piece: &[u8]) -> Result<(), Failure> {
            self.0.extend_from_slice(piece);
            if self.0.len() > self.1 { Err(Failure::new(Rule::AnswerTooLarge, "")) } else { Ok(()) }
        }
    }

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(text).expect("memory");
        encoder.finish().expect("memory")
    }

    fn gunzip(bytes: &[u8], piece: usize) -> Result<Vec<u8>, Rule> {
        let mut gunzip = Gunzip::new(Cap(Vec::new(), 1 << 20));
        for piece in bytes.chunks(piece) {
            gunzip.take(piece).map_err(|failure| failure.rule)?;
        }
        gunzip.finish().map(|sink| sink.0).map_err(|failure| failure.rule)
    }

    #[test]
    fn decoding_does_not_depend_on_the_sizes_of_the_pieces() {
        let text: Vec<u8> =
            (0..50_000_u32).flat_map(|number| number.to_string().into_bytes()).collect();
        let named = flate2::GzBuilder::new()
            .filename("a.json")
            .comment("c")
            .extra(vec![1, 2])
            .write(Vec::new(), Compression::best());
        let mut named = named;
        named.write_all(&text).expect("memory");
        for bytes in [gzip(&text), named.finish().expect("memory")] {
            for piece in [1, 2, 7, 1_000, 16_384, usize::MAX] {
                assert_eq!(gunzip(&bytes, piece).as_deref(), Ok(text.as_slice()), "{piece}");
            }
        }
        assert_eq!(gunzip(&gzip(b""), 3).as_deref(), Ok(b"".as_slice()));
    }

    #[test]
    fn truncated_and_trailing_data_is_rejected() {
        let whole = gzip(&b"kettle ".repeat(1_000));
        for length in 0..whole.len() {
            for piece in [1, usize::MAX] {
                assert_eq!(
                    gunzip(&whole[..length], piece),
                    Err(Rule::Encoding),
                    "{length} of {}",
                    whole.len()
                );
            }
        }
        let twice = [whole.clone(), whole.clone()].concat();
        let garbage = [whole.as_slice(), b"\0"].concat();
        for piece in [1, 13, usize::MAX] {
            assert_eq!(
                (gunzip(&twice, piece), gunzip(&garbage, piece)),
                (Err(Rule::Encoding), Err(Rule::Encoding))
            );
        }
    }

    #[test]
    fn a_flipped_bit_is_rejected_or_leaves_the_text_unchanged() {
        let text = b"kettle ".repeat(100);
        let whole = gzip(&text);
        for at in 0..whole.len() {
            for bit in 0..8 {
                let mut changed = whole.clone();
                changed[at] ^= 1 << bit;
                // Time and system in the header, and the padding of the last byte, do not affect
                // the text.
                let read = gunzip(&changed, 64);
                assert!(
                    read == Err(Rule::Encoding) || read.as_ref() == Ok(&text),
                    "byte {at}, bit {bit}"
                );
            }
        }
    }

    #[test]
    fn a_decompression_bomb_stops_at_the_sink() {
        let bomb = gzip(&vec![0; 64 << 20]);
        assert!(bomb.len() < 100_000);
        let mut gunzip = Gunzip::new(Cap(Vec::new(), 100_000));
        let refused = gunzip.take(&bomb).expect_err("it is too large");
        assert_eq!(refused.rule, Rule::AnswerTooLarge);
        assert!(gunzip.sink().0.len() < 200_000, "{} bytes were decoded", gunzip.sink().0.len());
        drop(gunzip);
        assert_eq!(self::gunzip(&bomb, 1_000), Err(Rule::AnswerTooLarge));
    }
}
