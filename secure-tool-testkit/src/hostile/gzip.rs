//! Compresses bytes with gzip, and builds gzip bombs that expand by a factor of 1,000.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// The number of letters in the block that a bomb repeats. Compressed, it is about 1/1000 of that.
const BLOCK: usize = 1 << 20;
/// The header of a gzip file (RFC 1952, 2.3): no name, no time, no system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // Writing to a vector can't fail.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// Returns a compressed JSON string of `unpacked` bytes, including its quotes.
///
/// Only one block is compressed and then repeated, so that building a bomb is as fast as a copy.
pub(super) fn bomb(unpacked: u64) -> Vec<u8> {
    let letters = unpacked.saturating_sub(2);
    let block = vec![b'a'; BLOCK];
    let (blocks, rest) =
        (letters / BLOCK as u64, usize::try_from(letters % BLOCK as u64).unwrap_or(0));
    let end = [block.get(..rest).unwrap_or_default(), b"\""].concat();

    let mut crc = Crc::new();
    crc.update(b"\"");
    let mut file = [&HEAD[..], &deflated(b"\"", FlushCompress::Full)].concat();
    let (packed, block) = (deflated(&block, FlushCompress::Full), crc_of(&block));
    for _ in 0..blocks {
        file.extend(&packed);
        crc.combine(&block);
    }
    file.extend(deflated(&end, FlushCompress::Finish));
    crc.combine(&crc_of(&end));
    file.extend(crc.sum().to_le_bytes());
    file.extend(crc.amount().to_le_bytes());
    file
}

/// Compresses a piece of a deflate stream that has no back-references and ends on a byte boundary.
fn deflated(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    // More than the worst case: 5 bytes for 16 KiB that can't be compressed (RFC 1951, 3.2.4), and
    // the end of the stream.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1024 + 64);
    // The output has enough capacity, so this can't fail.
    let _ = Compress::new(Compression::best(), false).compress_vec(bytes, &mut out, flush);
    out
}

fn crc_of(bytes: &[u8]) -> Crc {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::GzDecoder;

    use super::*;

    #[test]
    fn bomb_expands_to_the_given_size_by_a_factor_of_1000() {
        for unpacked in [2_usize, 3, BLOCK + 1, BLOCK + 2, 3 * BLOCK + 2, 8 * BLOCK + 77] {
            let packed = bomb(unpacked as u64);
            let mut text = String::new();
            GzDecoder::new(packed.as_slice()).read_to_string(&mut text).unwrap();
            assert_eq!(text.len(), unpacked);
            assert!(
                text.starts_with('"')
                    && text.ends_with('"')
                    && text.trim_matches('"').bytes().all(|b| b == b'a')
            );
        }
        let packed = bomb(100_000_000).len();
        assert!((90_000..=100_000).contains(&packed), "{packed}");
        let twice = gzip(&bomb(100_000_000)).len();
        assert!(twice < 1_000, "{twice}");
    }
}
