//! Trigger words. Almost every text that addresses a model contains one. The model scans
//! only their surroundings. They are also searched for in disguise.

use super::letters::{reversed, rot13};
use super::literals::SHORTEST;

/// The meanings of a trigger.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Trigger {
    /// The model scans its surroundings.
    pub(crate) plain: bool,
    /// It is a word in ROT13.
    pub(crate) rot13: bool,
    /// It is a reversed word.
    pub(crate) reversed: bool,
}

impl Trigger {
    /// Combines two triggers.
    pub(crate) const fn and(self, other: Self) -> Self {
        Self {
            plain: self.plain | other.plain,
            rot13: self.rot13 | other.rot13,
            reversed: self.reversed | other.reversed,
        }
    }
}

/// Words of instructions. All but 1 % of the training attacks contain one.
const WORDS: &str = "you review document please kindly your yours yourself previous prior instead immediately always never must should exactly simply ensure remember important urgent \
attention notice warning critical system prompt instruction direction directive guideline command rules policy task todo goal answer reply respond \
response output print display show reveal repeat tell write send forward mail email post upload share transfer wire delete remove erase cancel grant \
give access allow permission admin assistant agent model language chatgpt claude gemini ignore disregard forget override bypass stop pretend imagine \
roleplay character developer mode call tool execute command book reserve purchase buy schedule change reset modify disable enable unlock visit \
retrieve fetch install secret password token credential execute translate summar ending begin granted hacked generate schreibe gib vergiss ignorier \
oublie instruc olvida dimentica esque игнор забудь инструкц 忽略 忘记 指令 無視 指示 무시 지시 تجاهل confirmed approved verified adjust perform conduct manage \
examine prescribe administer allocate assess authori collect develop design draft disclose dispatch enroll evaluate expose facilitate gather inform \
initiate interfere invite launch leak manipulate notify optimi prepare propose provide reallocate register reschedule restrict revoke sell settle \
suspend terminate trade alter arrange block disseminate edit establish";

/// Words that are also searched for in disguise.
const DISGUISED: &str = "please ignore disregard forget previous above instruction prompt system answer reply respond print reveal repeat password secret transfer delete \
access message assistant before immediately important should would language model pretend character developer always never everything execute translate would about question generate \
write content information your chatgpt rules guideline human without request command following character provide email account";

/// Returns all triggers: each literal with its meaning.
pub(crate) fn triggers() -> Vec<(Vec<u8>, Trigger)> {
    let mut all = Vec::new();
    for word in WORDS.split_ascii_whitespace() {
        // A short word must be followed by a space.
        let literal = if word.len() < SHORTEST { format!("{word} ") } else { word.to_owned() };
        all.push((literal.into_bytes(), Trigger { plain: true, ..Trigger::default() }));
    }
    for word in DISGUISED
        .split(' ')
        .chain(WORDS.split(' '))
        .filter(|word| word.len() >= 5 && word.is_ascii())
    {
        all.push((rot13(word).into_bytes(), Trigger { rot13: true, ..Trigger::default() }));
        all.push((reversed(word).into_bytes(), Trigger { reversed: true, ..Trigger::default() }));
    }
    all
}
