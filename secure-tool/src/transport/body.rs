//! An answer whose head has come in, its body within the cap out.

use reqwest::header::{CONTENT_TYPE, HeaderName, LOCATION};

use super::failure::{self, Failure};
use super::request::Response;
use crate::refusal::Rule;

/// What is reserved for a body before it comes, at the most: a server's word for its length is not taken for more.
const RESERVED: usize = 64 * 1024;

pub(super) async fn read(mut response: reqwest::Response, cap: usize) -> Result<Response, Failure> {
    let too_large = || Failure::new(Rule::AnswerTooLarge, format!("the body is longer than {cap} bytes"));
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > cap {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced.min(RESERVED));
    while let Some(chunk) = response.chunk().await.map_err(|error| failure::of(&error))? {
        if body.len() + chunk.len() > cap {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    let text = |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let (content_type, location) = (text(CONTENT_TYPE), text(LOCATION));
    let headers = std::mem::take(response.headers_mut());
    Ok(Response { status: response.status().as_u16(), content_type, location, headers, body, unverified: None, remark: None })
}
