//! The tables of the rules by name. The rules apply to texts only, which a constant decides.

/// Names of credentials (ST0012), matched on whole words.
const CREDENTIALS: &[&str] = &[
    "access_key",
    "api_key",
    "apikey",
    "auth",
    "authorization",
    "bearer",
    "client_secret",
    "cookie",
    "credential",
    "credentials",
    "cvc",
    "cvv",
    "encryption_key",
    "jwt",
    "otp",
    "passphrase",
    "passwd",
    "password",
    "private_key",
    "pwd",
    "secret",
    "secret_key",
    "secrets",
    "seed_phrase",
    "signing_key",
    "ssh_key",
    "token",
];

/// Names that contain such a word and are harmless.
const NO_CREDENTIALS: &[&str] = &[
    "auth_method",
    "change_token",
    "continuation_token",
    "cookie_consent",
    "cookie_policy",
    "cursor_token",
    "max_token",
    "next_page_token",
    "next_token",
    "page_token",
    "pagination_token",
    "password_policy",
    "resume_token",
    "secret_name",
    "sync_token",
    "token_budget",
    "token_count",
    "token_limit",
    "token_symbol",
    "token_type",
];

/// Names of recipients of an effect (ST0025), matched on whole words.
const RECIPIENTS: &[&str] = &[
    "account",
    "accounts",
    "addressee",
    "addressees",
    "assignee",
    "assignees",
    "attendee",
    "attendees",
    "bcc",
    "beneficiary",
    "cc",
    "channel",
    "channels",
    "deliver_to",
    "destination",
    "destinations",
    "email",
    "emails",
    "forward_to",
    "iban",
    "invitee",
    "invitees",
    "participant",
    "participants",
    "payee",
    "payees",
    "phone",
    "recipient",
    "recipients",
    "reply_to",
    "send_to",
    "share_with",
    "user",
    "users",
    "wallet",
    "webhook",
    "webhooks",
];

/// Matched against the whole name only, because they are common inside other names (`valid_to`,
/// `add_to_cart`).
const RECIPIENTS_ALONE: &[&str] = &["mail", "mails", "to"];

/// Last words that make the name mean something other than a recipient: `email_subject`,
/// `account_type`, `user_agent`.
const ASPECTS: &[&str] = &[
    "agent",
    "body",
    "count",
    "description",
    "format",
    "kind",
    "language",
    "note",
    "status",
    "subject",
    "text",
    "title",
    "topic",
    "type",
];

/// Returns whether a field has the name of a credential.
pub(super) fn is_credential(name: &str) -> bool {
    let words = words(name);
    CREDENTIALS.iter().any(|phrase| holds(&words, phrase))
        && !NO_CREDENTIALS.iter().any(|phrase| holds(&words, phrase))
}

/// Returns whether a field has the name of a recipient.
pub(super) fn is_recipient(name: &str) -> bool {
    let words = words(name);
    let aspect =
        words.len() > 1 && words.last().is_some_and(|last| ASPECTS.contains(&last.as_str()));
    RECIPIENTS_ALONE.contains(&words.join("_").as_str())
        || !aspect && RECIPIENTS.iter().any(|phrase| holds(&words, phrase))
}

/// Splits `snake_case`, `camelCase` and `kebab-case` into words.
fn words(name: &str) -> Vec<String> {
    super::case::snake(name)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

fn holds(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split('_').collect();
    words
        .windows(phrase.len())
        .any(|window| window.iter().zip(&phrase).all(|(word, wanted)| word == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_are_told_from_names_that_only_sound_like_them() {
        for name in [
            "api_key",
            "apiKey",
            "user_password",
            "token",
            "access_token",
            "X-Api-Key",
            "client_secret",
            "auth",
        ] {
            assert!(is_credential(name), "{name}");
        }
        for name in [
            "page_token",
            "nextPageToken",
            "max_tokens",
            "author",
            "tokenizer",
            "secretary",
            "sync_token",
            "key",
            "authority",
        ] {
            assert!(!is_credential(name), "{name}");
        }
    }

    #[test]
    fn recipients_are_told_from_names_that_only_sound_like_them() {
        for name in [
            "to",
            "cc",
            "reply_to",
            "userId",
            "account",
            "account_number",
            "slack_channel",
            "webhook_url",
            "payee",
            "mail",
            "mails",
        ] {
            assert!(is_recipient(name), "{name}");
        }
        for name in [
            "valid_to",
            "add_to_cart",
            "email_subject",
            "user_agent",
            "usage",
            "accounting",
            "phonetic",
            "account_type",
            "mail_body",
            "mail_id",
            "mail_folder",
        ] {
            assert!(!is_recipient(name), "{name}");
        }
    }
}
