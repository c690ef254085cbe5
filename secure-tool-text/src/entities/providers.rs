//! The keys of providers: prefix, alphabet, length and check. `keys.rs` uses this table.
//!
//! Sources: the documentation of the providers where it exists (GitHub's "Behind GitHub's new
//! authentication token formats", AWS's "IAM identifiers", Slack's "Token types", Stripe's "API
//! keys", GitLab's "Token overview", Google's "API keys", and so on), otherwise the public rules of
//! gitleaks and detect-secrets.

use super::bytes::{
    ALNUM, DASH, DIGIT, DOT, EQUALS, HEX, LOW, LOWER, LOWER_HEX, PLUS_SLASH, Set, UNDERSCORE, UPPER,
};
use super::kind::{Class, Kind, Label};

/// The check of the characters after a prefix.
#[derive(Debug, Clone, Copy)]
pub(super) enum Check {
    /// The last six characters are the CRC-32 of the others, in base62.
    Crc,
    /// A minimum entropy, in tenths of a bit for each character, and the changes between letters
    /// and digits that random characters have.
    Random(u32),
    /// A minimum entropy. For distinctive prefixes, and for alphabets with few classes.
    Entropy(u32),
    /// Parts of these lengths, separated by dots, dashes or underscores, and a minimum entropy.
    Parts(&'static [usize]),
    /// A form that a function checks, and a minimum entropy.
    Form(fn(&[u8]) -> bool),
    /// The number of characters before the prefix that belong to the key.
    Behind(usize),
}

/// A key of a provider.
#[derive(Debug)]
pub(super) struct Key {
    pub(super) kind: Kind,
    pub(super) prefix: &'static str,
    pub(super) body: Set,
    pub(super) least: usize,
    pub(super) most: usize,
    pub(super) check: Check,
}

const B62: Set = ALNUM;
const B64: Set = ALNUM | PLUS_SLASH | EQUALS;
const B64U: Set = ALNUM | DASH | UNDERSCORE;
const B64UD: Set = B64U | DOT;
const B32: Set = LOW | UPPER;
const WORD: Set = ALNUM | UNDERSCORE;
const SMALL: Set = LOWER | DIGIT;
const CAPITAL: Set = UPPER | DIGIT;
const HEXL: Set = DIGIT | LOWER_HEX;

macro_rules! keys {
    ($($provider:literal: $($prefix:literal $body:ident $(| $more:ident)* $least:literal..$most:literal $check:expr),+;)*) => {
        &[$($(Key {
            kind: {
                const KIND: Kind = Kind::of(&Label::new(concat!("api_key.", $provider), Class::Credential, concat!("[", $provider, " key removed]")));
                KIND
            },
            prefix: $prefix, body: $body $(| $more)*, least: $least, most: $most, check: $check,
        }),+),*]
    };
}

use Check::{Behind, Crc, Entropy, Form, Parts, Random};

/// The marker in the middle of an `OpenAI` key, in base64.
fn is_openai(body: &[u8]) -> bool {
    body.windows(8).any(|part| part == b"T3BlbkFJ")
        || (body.len() == 48 && super::entropy::tenths(body) >= 42)
}

/// Returns whether the characters are a UUID, which some providers use as a key.
fn is_uuid(body: &[u8]) -> bool {
    body.len() == 36
        && body
            .iter()
            .enumerate()
            .all(|(place, byte)| (*byte == b'-') == matches!(place, 8 | 13 | 18 | 23))
}

#[rustfmt::skip]
pub(super) static KEYS: &[Key] = keys! {
    "1password": "ops_eyJ" B64U | EQUALS 100..2000 Entropy(40), "A3-" CAPITAL | DASH 31..38 Random(35);
    "adobe": "p8e-" SMALL 32..32 Random(30);
    "age": "AGE-SECRET-KEY-1" CAPITAL 58..58 Entropy(35);
    "airtable": "pat" ALNUM | DOT 79..79 Parts(&[14, 64]);
    "alibaba": "LTAI" B62 16..24 Random(30);
    "anthropic": "sk-ant-" B64U 24..200 Random(35);
    "artifactory": "AKCp" B62 69..69 Random(40), "cmVmd" B62 59..59 Random(40);
    "atlassian": "ATATT3" B64U | EQUALS 100..300 Random(40), "ATCTT3" B64U | EQUALS 100..300 Random(40), "ATBB" B62 32..32 Random(35);
    "aws": "AKIA" B32 16..16 Entropy(25), "ASIA" B32 16..16 Entropy(25), "ABIA" B32 16..16 Entropy(25), "ACCA" B32 16..16 Entropy(25), "ABSK" B64 100..270 Random(40);
    "brevo": "xkeysib-" SMALL | DASH 81..81 Parts(&[64, 16]);
    "buildkite": "bkua_" HEXL 40..40 Entropy(28);
    "circleci": "CCIPAT_" WORD 40..90 Random(35), "CCIPRJ_" WORD 40..90 Random(35);
    "clojars": "CLOJARS_" SMALL 60..60 Random(35);
    "cloudflare": "v1.0-" HEXL | DASH 171..171 Parts(&[24, 146]);
    "contentful": "CFPAT-" B64U 43..43 Random(35);
    "crates.io": "cio" B62 32..32 Random(38);
    "databricks": "dapi" HEXL 32..32 Entropy(28);
    "deno": "ddp_" B62 36..40 Random(35), "ddo_" B62 36..40 Random(35);
    "digitalocean": "dop_v1_" HEXL 64..64 Entropy(30), "doo_v1_" HEXL 64..64 Entropy(30), "dor_v1_" HEXL 64..64 Entropy(30);
    "docker": "dckr_pat_" B64U 27..40 Random(33), "dckr_oat_" B64U 27..40 Random(33);
    "doppler": "dp.pt." B62 40..44 Random(35), "dp.st." B64UD 40..80 Random(35), "dp.ct." B62 40..44 Random(35), "dp.sa." B62 40..44 Random(35), "dp.scim." B62 40..44 Random(35), "dp.audit." B62 40..44 Random(35);
    "dropbox": "sl." B64UD 100..1500 Random(40);
    "duffel": "duffel_live_" B64U | EQUALS 43..43 Random(35), "duffel_test_" B64U | EQUALS 43..43 Random(35);
    "dynatrace": "dt0c01." B32 | DIGIT | DOT 89..89 Parts(&[24, 64]), "dt0s01." CAPITAL | DOT 73..89 Random(35);
    "easypost": "EZAK" B62 54..54 Random(40), "EZTK" B62 54..54 Random(40);
    "elastic": "essu_" B64U | EQUALS 32..200 Random(35);
    "figma": "figd_" B64U 36..64 Random(35), "figo_" B64U 36..64 Random(35);
    "flutterwave": "FLWSECK-" HEX 32..32 Entropy(28), "FLWSECK_TEST-" HEX 12..32 Entropy(25);
    "fly": "fo1_" B64U 43..43 Random(35), "fm1r_" B64 80..2000 Random(40), "fm1a_" B64 80..2000 Random(40), "fm2_" B64 80..2000 Random(40);
    "frame.io": "fio-u-" B64U 64..64 Random(40);
    // GitHub, "Behind GitHub's new authentication token formats", 2021.
    "github": "ghp_" B62 36..36 Crc, "gho_" B62 36..36 Crc, "ghu_" B62 36..36 Crc, "ghs_" B62 36..36 Crc, "ghr_" B62 36..76 Crc, "github_pat_" WORD 82..82 Parts(&[22, 59]);
    "gitlab": "glpat-" B64UD 20..300 Random(30), "gldt-" B64UD 20..64 Random(30), "glrt-" B64UD 20..64 Random(30), "glcbt-" B64U 20..64 Random(30), "glptt-" B64U 40..40 Random(30), "glft-" B64U 20..64 Random(30), "glsoat-" B64U 20..64 Random(30), "glagent-" B64U 50..1024 Random(30), "gloas-" B64U 64..64 Random(30), "glimt-" B64U 25..25 Random(30), "glffct-" B64U 20..64 Random(30), "GR1348941" B64U 20..50 Random(30);
    "google": "AIza" B64U 35..35 Random(33), "ya29." B64U 30..600 Random(35), "GOCSPX-" B64U 28..28 Random(30), "1//0" B64U 40..300 Random(38);
    "grafana": "glsa_" WORD 41..41 Parts(&[32, 8]), "glc_" B64 32..400 Random(35);
    "groq": "gsk_" B62 52..52 Random(38);
    "harness": "pat." B64UD 68..68 Parts(&[22, 24, 20]), "sat." B64UD 68..68 Parts(&[22, 24, 20]);
    "heroku": "HRKU-AA" B64U 58..60 Random(35), "HRKU-" HEXL | DASH 36..36 Form(is_uuid);
    "huggingface": "hf_" B62 34..40 Random(35), "api_org_" B62 34..40 Random(35);
    "infracost": "ico-" B62 32..32 Random(35);
    "langsmith": "lsv2_pt_" HEXL | UNDERSCORE 43..43 Parts(&[32, 10]), "lsv2_sk_" HEXL | UNDERSCORE 43..43 Parts(&[32, 10]);
    "linear": "lin_api_" B62 40..40 Random(35), "lin_oauth_" HEXL 64..64 Entropy(30);
    "mailgun": "key-" HEXL 32..32 Entropy(30), "pubkey-" HEXL 32..32 Entropy(30);
    "mapbox": "sk.eyJ" B64UD 60..200 Random(38);
    "meta": "EAA" B62 80..300 Random(40);
    "mongodb": "mdb_sa_sk_" B64U 40..64 Random(35);
    "netlify": "nfp_" B62 36..40 Random(35), "nfc_" B62 36..40 Random(35), "nfo_" B62 36..40 Random(35), "nfu_" B62 36..40 Random(35), "nfb_" B62 36..40 Random(35);
    "new relic": "NRAK-" CAPITAL 27..27 Entropy(30), "NRJS-" HEXL 19..19 Entropy(25), "NRII-" B64U 32..32 Random(30), "NRRA-" HEXL 42..42 Entropy(28);
    "notion": "ntn_" B62 40..50 Random(35), "secret_" B62 43..43 Random(38);
    // GitHub, "Announcing npm's new access token format", 2021: the last six characters are a
    // CRC-32 in base62, as in GitHub tokens.
    "npm": "npm_" B62 36..36 Crc;
    "nuget": "oy2" SMALL 43..43 Random(38);
    "nvidia": "nvapi-" B64U 60..70 Random(38);
    "openai": "sk-proj-" B64U 40..220 Random(38), "sk-svcacct-" B64U 40..220 Random(38), "sk-admin-" B64U 40..220 Random(38), "sk-" B62 20..64 Form(is_openai);
    "openrouter": "sk-or-v1-" HEXL 64..64 Entropy(30);
    "perplexity": "pplx-" B62 40..64 Random(35);
    "pinecone": "pcsk_" WORD 60..80 Random(38);
    "plaid": "access-sandbox-" HEXL | DASH 36..36 Form(is_uuid), "access-development-" HEXL | DASH 36..36 Form(is_uuid), "access-production-" HEXL | DASH 36..36 Form(is_uuid);
    "planetscale": "pscale_tkn_" B64UD 32..64 Random(33), "pscale_pw_" B64UD 32..64 Random(33), "pscale_oauth_" B64UD 32..64 Random(33);
    "postman": "PMAK-" HEX | DASH 59..59 Parts(&[24, 34]);
    "prefect": "pnu_" SMALL 36..36 Random(33);
    "pulumi": "pul-" HEXL 40..40 Entropy(28);
    "pypi": "pypi-AgE" B64U 50..2000 Random(38);
    "readme": "rdme_" SMALL 70..70 Random(35);
    "replicate": "r8_" B62 37..37 Random(35);
    "resend": "re_" WORD 33..33 Parts(&[8, 24]);
    "rubygems": "rubygems_" HEXL 48..48 Entropy(28);
    "sendgrid": "SG." B64UD 66..66 Parts(&[22, 43]);
    "sentry": "sntrys_" B64 | UNDERSCORE 80..600 Random(38), "sntryu_" HEXL 64..64 Entropy(30);
    "settlemint": "sm_aat_" B62 16..16 Random(30), "sm_pat_" B62 16..16 Random(30), "sm_sat_" B62 16..16 Random(30);
    "shippo": "shippo_live_" HEXL 40..40 Entropy(28), "shippo_test_" HEXL 40..40 Entropy(28);
    "shopify": "shpat_" HEX 32..32 Entropy(28), "shpca_" HEX 32..32 Entropy(28), "shppa_" HEX 32..32 Entropy(28), "shpss_" HEX 32..32 Entropy(28), "shpua_" HEX 32..32 Entropy(28);
    "slack": "xoxb-" ALNUM | DASH 20..255 Random(28), "xoxp-" ALNUM | DASH 20..255 Random(28), "xoxa-" ALNUM | DASH 20..255 Random(28), "xoxr-" ALNUM | DASH 20..255 Random(28), "xoxs-" ALNUM | DASH 20..255 Random(28), "xoxo-" ALNUM | DASH 20..255 Random(28), "xoxc-" ALNUM | DASH 20..255 Random(28), "xoxe-" ALNUM | DASH 20..255 Random(28), "xoxd-" B64U | PLUS_SLASH 20..400 Random(33), "xapp-" ALNUM | DASH 20..255 Random(28), "hooks.slack.com/services/" B62 | PLUS_SLASH 40..60 Random(33);
    "sourcegraph": "sgp_" WORD 40..64 Random(28), "slk_" HEXL 64..64 Entropy(30);
    "square": "sq0atp-" B64U 22..22 Random(33), "sq0csp-" B64U 43..43 Random(35), "EAAA" B64U 56..64 Random(38);
    "stripe": "sk_live_" B62 16..250 Random(30), "rk_live_" B62 16..250 Random(30), "sk_test_" B62 16..250 Random(30), "rk_test_" B62 16..250 Random(30), "sk_org_" WORD 16..250 Random(30), "whsec_" B64 24..100 Random(30);
    "supabase": "sbp_" HEXL 40..40 Entropy(28), "sb_secret_" B64U 28..48 Random(33);
    "tailscale": "tskey-auth-" ALNUM | DASH 20..100 Random(30), "tskey-api-" ALNUM | DASH 20..100 Random(30), "tskey-client-" ALNUM | DASH 20..100 Random(30), "tskey-" ALNUM | DASH 20..100 Random(35);
    "tavily": "tvly-" B64U 28..64 Random(33);
    "tencent": "AKID" B62 32..32 Random(35);
    "terraform": "atlasv1." B64U 60..70 Behind(15);
    "together": "tgp_v1_" B64U 43..43 Random(35);
    "twilio": "SK" HEXL 32..32 Entropy(30), "AC" HEXL 32..32 Entropy(30);
    "typeform": "tfp_" B64UD 44..60 Random(35);
    "vault": "hvs." B64U 24..200 Random(33), "hvb." B64U 60..300 Random(35), "hvr." B64U 24..200 Random(33);
    "vercel": "vcp_" B62 24..64 Random(35), "vci_" B62 24..64 Random(35), "vca_" B62 24..64 Random(35), "vcr_" B62 24..64 Random(35), "vck_" B62 24..64 Random(35), "vercel_blob_rw_" WORD 30..64 Random(35);
    "wakatime": "waka_" HEXL | DASH 36..36 Form(is_uuid);
    "xai": "xai-" B62 80..80 Random(40);
    "yandex": "AQVN" B64U 35..38 Random(35);
};
