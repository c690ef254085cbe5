//! Keys of providers, tokens, private keys, and random values with secret names.

use crate::{B32, B62, HEX, found, is_found, is_left_alone, random, redacted};

/// A key of each format in the table of providers.
fn keys() -> Vec<(&'static str, String)> {
    let b62 = |seed, count| random(seed, B62, count);
    let hex = |seed, count| random(seed, HEX, count);
    vec![
        ("api_key.aws", format!("AKIA{}", random(3, B32, 16))),
        ("api_key.github", "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".to_owned()),
        ("api_key.github", format!("github_pat_{}_{}", b62(1, 22), b62(2, 59))),
        ("api_key.gitlab", format!("glpat-{}", b62(3, 20))),
        (
            "api_key.slack",
            format!(
                "xoxb-{}-{}-{}",
                random(4, "0123456789", 12),
                random(5, "0123456789", 12),
                b62(6, 24)
            ),
        ),
        (
            "api_key.slack",
            format!(
                "hooks.slack.com/services/T{}/B{}/{}",
                random(4, B32, 8),
                random(5, B32, 8),
                b62(6, 24)
            ),
        ),
        ("api_key.stripe", format!("sk_live_{}", b62(7, 24))),
        ("api_key.stripe", format!("rk_live_{}", b62(8, 24))),
        ("api_key.openai", format!("sk-proj-{}T3BlbkFJ{}", b62(9, 74), b62(10, 74))),
        ("api_key.openai", format!("sk-{}T3BlbkFJ{}", b62(11, 20), b62(12, 20))),
        ("api_key.anthropic", format!("sk-ant-api03-{}AA", b62(13, 93))),
        ("api_key.google", format!("AIza{}", b62(14, 35))),
        ("api_key.google", format!("ya29.{}", b62(15, 100))),
        ("api_key.google", format!("GOCSPX-{}", b62(16, 28))),
        ("api_key.azure", format!("{}8Q~{}", b62(17, 3), b62(18, 34))),
        ("api_key.pypi", format!("pypi-AgEIcHlwaS5vcmc{}", b62(19, 100))),
        ("api_key.twilio", format!("SK{}", hex(20, 32))),
        ("api_key.sendgrid", format!("SG.{}.{}", b62(21, 22), b62(22, 43))),
        ("api_key.mailgun", format!("key-{}", hex(23, 32))),
        ("api_key.mailchimp", format!("{}-us12", hex(24, 32))),
        ("api_key.digitalocean", format!("dop_v1_{}", hex(25, 64))),
        ("api_key.shopify", format!("shpat_{}", hex(26, 32))),
        ("api_key.square", format!("sq0atp-{}", b62(27, 22))),
        ("api_key.telegram", format!("7213808860:AA{}", b62(28, 33))),
        ("api_key.discord", format!("MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.{}", b62(29, 27))),
        ("api_key.huggingface", format!("hf_{}", b62(30, 34))),
        ("api_key.databricks", format!("dapi{}", hex(31, 32))),
        (
            "api_key.new relic",
            format!("NRAK-{}", random(32, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 27)),
        ),
        ("api_key.grafana", format!("glsa_{}_{}", b62(33, 32), hex(34, 8))),
        ("api_key.linear", format!("lin_api_{}", b62(35, 40))),
        ("api_key.notion", format!("ntn_{}", b62(36, 46))),
        ("api_key.figma", format!("figd_{}", b62(37, 40))),
        ("api_key.atlassian", format!("ATATT3{}", b62(38, 186))),
        ("api_key.doppler", format!("dp.pt.{}", b62(39, 43))),
        ("api_key.vault", format!("hvs.{}", b62(40, 90))),
        ("api_key.terraform", format!("{}.atlasv1.{}", b62(41, 14), b62(42, 67))),
        ("api_key.dropbox", format!("sl.{}", b62(43, 135))),
        ("api_key.heroku", format!("HRKU-AA{}", b62(44, 58))),
        ("api_key.fly", format!("fo1_{}", b62(45, 43))),
        ("api_key.vercel", format!("vcp_{}", b62(46, 56))),
        ("api_key.netlify", format!("nfp_{}", b62(47, 36))),
        ("api_key.supabase", format!("sbp_{}", hex(48, 40))),
        ("api_key.planetscale", format!("pscale_tkn_{}", b62(49, 43))),
        ("api_key.sentry", format!("sntryu_{}", hex(50, 64))),
        ("api_key.postman", format!("PMAK-{}-{}", hex(51, 24), hex(52, 34))),
        ("api_key.airtable", format!("pat{}.{}", b62(53, 14), hex(54, 64))),
        ("api_key.cloudflare", format!("v1.0-{}-{}", hex(55, 24), hex(56, 146))),
        (
            "api_key.age",
            format!("AGE-SECRET-KEY-1{}", random(57, "QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)),
        ),
        ("api_key.docker", format!("dckr_pat_{}", b62(58, 27))),
        ("api_key.groq", format!("gsk_{}", b62(59, 52))),
        ("api_key.rubygems", format!("rubygems_{}", hex(60, 48))),
    ]
}

#[test]
fn keys_of_more_than_thirty_providers_are_found() {
    let keys = keys();
    let providers: std::collections::BTreeSet<&str> = keys.iter().map(|(kind, _)| *kind).collect();
    assert!(providers.len() >= 40, "{}", providers.len());
    for (kind, key) in &keys {
        is_found(kind, key, "");
        is_found(kind, key, "token=");
        assert_eq!(found(&format!("https://x.example/?k={key}&a=1")), [(*kind, key.as_str())]);
    }
}

#[test]
fn keys_with_a_wrong_checksum_entropy_or_length_are_kept() {
    for text in [
        "ghp_wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUy",
        "npm_000000000000000000000000000000000000",
        "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx",
        "sk-learn-is-a-library-for-machine-learning-in-python",
        "AKIAAAAAAAAAAAAAAAAA",
        "akiaqylpmn5hhhfpzam2",
        "xoxb-your-token-here-please-replace",
        "hf_your_huggingface_token_goes_right_here",
        "SG.not-a-key.at-all",
        "hvs.short",
        "AIzaTooShort12",
        "glpat-aaaaaaaaaaaaaaaaaaaa",
        "key-value-store-for-the-rest-of-us-all",
        "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9",
        "eyJAAAA.eyJBBB.CCCC",
        "bm90X2pzb24.bm90X2pzb24.SflKxwRJSMeKKF2QT4",
    ] {
        is_left_alone(text);
    }
    // A letter before, or one more behind, is another word.
    is_left_alone("x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");
    is_left_alone("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x");
}

#[test]
fn tokens_private_keys_and_credentials_in_urls_are_found() {
    let jwt = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fwpMeJf36POk6yJV_adQssw5c";
    is_found("jwt", jwt, "");
    assert_eq!(
        redacted(&format!("Authorization: Bearer {jwt}")),
        "Authorization: Bearer [jwt removed]"
    );
    for name in [
        "PRIVATE KEY",
        "RSA PRIVATE KEY",
        "OPENSSH PRIVATE KEY",
        "EC PRIVATE KEY",
        "ENCRYPTED PRIVATE KEY",
    ] {
        let body = format!("{}\n{}\n", random(1, B62, 64), random(2, B62, 64));
        is_found("pem", &format!("-----BEGIN {name}-----\n{body}-----END {name}-----"), "");
        assert_eq!(
            redacted(&format!("-----BEGIN {name}-----\n{body} (cut)")),
            "[private key removed] (cut)",
            "without an end"
        );
    }
    is_left_alone("-----BEGIN CERTIFICATE----- and -----BEGIN PUBLIC KEY-----");
    assert_eq!(
        redacted("postgres://app:s3cr3t@db.example:5432/x"),
        "postgres://[url credentials removed]@db.example:5432/x"
    );
    assert_eq!(
        redacted("https://user:p@ss@host.example/"),
        "https://[url credentials removed]@host.example/"
    );
    for text in [
        "https://host.example:8080/@user",
        "https://user:***@host.example",
        "ssh://git@host.example/x.git",
        "git@github.com:octokit/rest.git",
        "@someone and @scope/package",
        "icon@2x.png",
    ] {
        is_left_alone(text);
    }
}

#[test]
fn random_values_with_secret_names_are_found() {
    let value = random(9, B62, 32);
    for text in [
        format!("password={value}"),
        format!("DB_PASSWORD: {value}"),
        format!("\"client_secret\": \"{value}\""),
        format!("apiKey = '{value}'"),
        format!("https://x.example/?access_token={value}&page=2"),
        format!("X-Api-Key: {value}"),
        format!("Authorization: Bearer {value}"),
        format!("Authorization: Basic {value}=="),
        "_authToken=743b294a-cd03-11ec-9d64-0242ac120002".to_owned(),
        "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKE".to_owned(),
    ] {
        assert_eq!(
            found(&text).iter().map(|(kind, _)| *kind).collect::<Vec<_>>(),
            ["secret_assignment"],
            "{text}"
        );
        assert!(!redacted(&text).contains(&value), "{text}");
    }
    for text in [
        format!("next_page_token={value}"),
        format!("\"etag\": \"{value}\""),
        format!("public_key = {value}"),
        format!("id: {value}"),
        "password=correct-horse-battery-staple".to_owned(),
        "token: string".to_owned(),
        "secret = ${SECRET_FROM_THE_ENVIRONMENT}".to_owned(),
    ] {
        assert_eq!(found(&text), [], "{text}");
    }
}
