//! Bytes in, the same compressed out; and compressed bytes that are a thousand times as many when
//! they are unpacked.

use std::io::Write;

use flate2::write::GzEncoder;
use flate2::{Compress, Compression, Crc, FlushCompress};

/// What a bomb repeats: so many letters. Compressed, they are about a thousandth of it.
const BLOCK: usize = 1 << 20;
/// The head of a gzip file (RFC 1952, 2.3): no name, no time, no system.
const HEAD: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    // A vector takes all that it is given.
    let _ = encoder.write_all(bytes);
    encoder.finish().unwrap_or_default()
}

/// A JSON string of so many bytes, its quotes included. One block is compressed, and repeated as it
/// is: making it takes no longer than writing it.
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

/// A piece of a deflate stream that refers to nothing before it and ends with a whole byte.
fn deflated(bytes: &[u8], flush: FlushCompress) -> Vec<u8> {
    // More than the worst case: five bytes for 16 KiB that can't be compressed (RFC 1951, 3.2.4),
    // and the end.
    let mut out = Vec::with_capacity(bytes.len() + bytes.len() / 1024 + 64);
    // It can't fail: the output has room for all of it.
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
    fn a_bomb_is_what_it_says_and_a_thousandth_of_it() {
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
