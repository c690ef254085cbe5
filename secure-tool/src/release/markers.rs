//! Removes delimiters such as `⟦untrusted …⟧` and `⟦end …⟧` that a model copied.

use secure_tool_text::internal::is_delimiter;
use secure_tool_text::internal::{CLOSE, OPEN};

use super::stage::Stage;

/// The maximum length of a delimiter after its opening bracket, in bytes. The search for the
/// closing bracket stops there.
const LONGEST: usize = 40;

#[derive(Debug)]
pub(super) struct Markers;

impl Stage for Markers {
    fn pass(&mut self, text: &str, end: bool, out: &mut String) -> usize {
        let mut rest = text;
        while let Some((before, after)) = rest.split_once(OPEN) {
            let near = after.get(..after.floor_char_boundary(LONGEST)).unwrap_or_default();
            let closed = near.split_once(CLOSE);
            if closed.is_none() && after.len() < LONGEST && !end {
                out.push_str(before);
                return text.len() - after.len() - OPEN.len_utf8();
            }
            out.push_str(before);
            rest = match closed.filter(|(inside, _)| is_delimiter(inside)) {
                Some((inside, _)) => {
                    after.get(inside.len() + CLOSE.len_utf8()..).unwrap_or_default()
                }
                None => {
                    out.push(OPEN);
                    after
                }
            };
        }
        out.push_str(rest);
        text.len()
    }
}
