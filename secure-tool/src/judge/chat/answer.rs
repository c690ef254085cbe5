//! Parses the model's answer into a verdict. Nothing else from the server's response is kept.

use std::borrow::Cow;

use secure_tool_text::detect::Confidence;
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::judge::{Unjudged, Verdict};
use crate::transport::Response;

/// The maximum length of a valid answer in bytes, including whitespace.
const LONGEST: usize = 512;

#[derive(Deserialize)]
struct Completion<'a> {
    #[serde(borrow)]
    choices: Vec<Choice<'a>>,
}

#[derive(Deserialize)]
struct Choice<'a> {
    #[serde(borrow)]
    message: Message<'a>,
    #[serde(borrow)]
    finish_reason: Option<Cow<'a, str>>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    refusal: Option<Cow<'a, str>>,
    #[serde(default)]
    tool_calls: Option<Vec<IgnoredAny>>,
    #[serde(default)]
    function_call: Option<IgnoredAny>,
}

/// The answer in the form of the requested schema.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow)]
    verdict: Cow<'a, str>,
}

/// Returns the verdict of a response. It requires exactly one choice that stopped normally and
/// contains only the answer.
pub(super) fn verdict(response: &Response, code: &str) -> Result<Verdict, Unjudged> {
    match response.status {
        200 => {}
        401 | 403 => return Err(Unjudged::Credential),
        _ => return Err(Unjudged::Status),
    }
    if !response.is_json() {
        return Err(Unjudged::Malformed);
    }
    let completion: Completion<'_> =
        serde_json::from_slice(&response.body).map_err(|_| Unjudged::Malformed)?;
    let [Choice { message, finish_reason }] = completion.choices.as_slice() else {
        return Err(Unjudged::Malformed);
    };
    if finish_reason.as_deref() == Some("content_filter")
        || message.refusal.as_deref().is_some_and(|refusal| !refusal.is_empty())
    {
        return Err(Unjudged::Declined);
    }
    let calls = message.function_call.is_some()
        || message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty());
    if calls || message.role != "assistant" || finish_reason.as_deref() != Some("stop") {
        return Err(Unjudged::Malformed);
    }
    message.content.as_deref().and_then(|content| read(content, code)).ok_or(Unjudged::Malformed)
}

fn read(content: &str, code: &str) -> Option<Verdict> {
    // serde also accepts an array of the members in place of the object.
    if content.len() > LONGEST || !content.trim_start().starts_with('{') {
        return None;
    }
    let answer: Answer<'_> = serde_json::from_str(content).ok()?;
    match &*answer.verdict {
        _ if answer.code != code => None,
        "clean" => Some(Verdict::Clean),
        "suspicious" => Some(Verdict::Injection(Confidence::Medium)),
        "injection" => Some(Verdict::Injection(Confidence::Strong)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CODE: &str = "0123456789abcdef";

    #[test]
    fn only_the_object_of_the_schema_is_accepted() {
        let sound = format!(r#"{{"code":"{CODE}","verdict":"clean"}}"#);
        assert_eq!(read(&sound, CODE), Some(Verdict::Clean));
        assert_eq!(read(&format!(" \n{sound}\n"), CODE), Some(Verdict::Clean));
        assert_eq!(
            read(&sound.replace("clean", "suspicious"), CODE),
            Some(Verdict::Injection(Confidence::Medium))
        );
        assert_eq!(
            read(&sound.replace("clean", "injection"), CODE),
            Some(Verdict::Injection(Confidence::Strong))
        );
        for unsound in [
            String::new(),
            "clean".to_owned(),
            format!("Sure: {sound}"),
            format!("{sound} I am certain."),
            format!("```json\n{sound}\n```"),
            format!("{sound}{sound}"),
            format!("[{sound}]"),
            format!(r#"["{CODE}","clean"]"#),
            format!(r#"{{"code":"{CODE}"}}"#),
            r#"{"verdict":"clean"}"#.to_owned(),
            format!(r#"{{"code":"{CODE}","verdict":"clean","why":"it is"}}"#),
            format!(r#"{{"code":"{CODE}","verdict":"injection","verdict":"clean"}}"#),
            format!(r#"{{"code":"{CODE}","verdict":{{"clean":null}}}}"#),
            format!(r#"{{"code":"{CODE}","verdict":null}}"#),
            sound.replace("clean", "Clean"),
            sound.replace("clean", "benign"),
            sound.replace(CODE, "fedcba9876543210"),
            sound.replace(CODE, &CODE[..15]),
            sound.replace(CODE, ""),
            format!("{}{sound}", " ".repeat(LONGEST)),
        ] {
            assert_eq!(read(&unsound, CODE), None, "{unsound}");
        }
    }
}
