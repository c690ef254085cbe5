//! Tests of the bytes on the wire when the API misbehaves.

use std::io::{ErrorKind, Read};
use std::time::Duration;

use flate2::read::GzDecoder;
use rustls::version::TLS13;
use secure_tool_testkit::hostile::{Ending, HostileApi, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{HOST, Outcome, client, connect, exchange, failure, url};

const GET: &str = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/// Returns the bytes that the API writes for one request.
async fn written(api: &HostileApi, response: Response) -> Outcome<String> {
    api.respond(response);
    exchange(api, GET).await
}

#[tokio::test]
async fn headers_framing_and_trailers_are_written_unchanged() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let json = "content-type: application/json\r\n";
    for (response, expected) in [
        (
            Response::json("{}").header("content-length", "2").header("content-length", "200"),
            format!("{json}content-length: 2\r\ncontent-length: 200\r\n\r\n{{}}"),
        ),
        (
            Response::json("{}").header("transfer-encoding", "chunked, identity").chunked(),
            format!("{json}transfer-encoding: chunked, identity\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
        ),
        (
            Response::json("{}").trailer("content-length", "5000").trailer("x", "y"),
            format!(
                "{json}transfer-encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\ncontent-length: 5000\r\nx: y\r\n\r\n"
            ),
        ),
        (
            Response::json("{}").header("a", "b\nc: d\r\n e\0"),
            format!("{json}a: b\nc: d\r\n e\0\r\ncontent-length: 2\r\n\r\n{{}}"),
        ),
        (
            Response::json("").many_headers(2, 3),
            format!("{json}x-0: aaa\r\nx-1: aaa\r\ncontent-length: 0\r\n\r\n"),
        ),
    ] {
        assert_eq!(written(&api, response).await?, format!("HTTP/1.1 200 \r\n{expected}"));
    }
    let interim = "HTTP/1.1 103 \r\nlink: </style.css>; rel=preload\r\n\r\n".repeat(250);
    assert_eq!(
        written(&api, Response::json("{}").interim(250)).await?,
        format!("{interim}HTTP/1.1 200 \r\n{json}content-length: 2\r\n\r\n{{}}")
    );
    Ok(())
}

#[tokio::test]
async fn compressed_response_decompresses_to_the_original() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let client = client(&api)?;
    let unpacked = async |response: Response, times: usize| -> Outcome<(String, Vec<u8>)> {
        api.respond(response);
        let response = client.get(url(&api, "/")).send().await?;
        let codings = response.headers()["content-encoding"].to_str()?.to_owned();
        let mut bytes = response.bytes().await?.to_vec();
        for _ in 0..times {
            let mut inside = Vec::new();
            GzDecoder::new(bytes.as_slice()).read_to_end(&mut inside)?;
            bytes = inside;
        }
        Ok((codings, bytes))
    };
    assert_eq!(
        unpacked(Response::gzip("[1, 2]"), 1).await?,
        ("gzip".to_owned(), b"[1, 2]".to_vec())
    );
    assert_eq!(
        unpacked(Response::gzip("[1, 2]").gzipped(), 2).await?,
        ("gzip, gzip".to_owned(), b"[1, 2]".to_vec())
    );
    let (_, bomb) = unpacked(Response::bomb(10_000_000).gzipped(), 2).await?;
    assert_eq!(bomb.len(), 10_000_000);
    Ok(())
}

#[tokio::test]
async fn connection_ends_at_the_given_byte_in_the_given_way() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let whole = written(&api, Response::json("{\"a\": 1}")).await?;
    for n in 0..=whole.len() {
        for ending in [Ending::Close, Ending::HangUp, Ending::Reset] {
            api.respond(Response::json("{\"a\": 1}").cut_after(n as u64, ending));
            let mut stream = connect(&api, &TLS13).await?;
            stream.write_all(GET.as_bytes()).await?;
            let mut response = Vec::new();
            let end = stream.read_to_end(&mut response).await.map_err(|error| error.kind());
            match ending {
                Ending::Close => assert_eq!(end, Ok(n)),
                Ending::HangUp => assert_eq!(end, Err(ErrorKind::UnexpectedEof)),
                _ => assert_eq!(end, Err(ErrorKind::ConnectionReset)),
            }
            // A reset discards bytes that the client has not read.
            if ending != Ending::Reset {
                assert_eq!(response, whole.as_bytes()[..n], "{n} {ending:?}");
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn endless_responses_last_until_the_client_disconnects() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    for (response, part) in [
        (Response::endless_headers(), "\r\nx-9-9: a\r\n"),
        (Response::json("{}").interim(u64::MAX), "HTTP/1.1 103 \r\n"),
    ] {
        api.respond(response);
        let mut stream = connect(&api, &TLS13).await?;
        stream.write_all(GET.as_bytes()).await?;
        let mut read = vec![0; 1_000_000];
        stream.read_exact(&mut read).await?;
        let text = String::from_utf8(read)?;
        assert!(text.contains(part) && !text.contains("{}") && !text.contains("\r\n\r\n\r\n"));
    }
    Ok(())
}

#[tokio::test]
async fn slow_responses_arrive_in_pieces() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let hour = Duration::from_hours(1);
    for (response, expected) in [
        (Response::json("{}").delayed(hour), ""),
        (Response::json("{}").slow_headers(hour), "H"),
        (Response::raw("HTTP/1.1 200 \r\n").trickled(5, hour), "HTTP/"),
        (Response::huge().header("content-length", "9").trickled(5, hour), "\r\n\r\n\""),
    ] {
        api.respond(response);
        let mut stream = connect(&api, &TLS13).await?;
        stream.write_all(GET.as_bytes()).await?;
        // Read the bytes before the first pause.
        let mut read = Vec::new();
        while !String::from_utf8_lossy(&read).ends_with(expected)
            || read.is_empty() && !expected.is_empty()
        {
            stream.read_buf(&mut read).await?;
        }
        failure(async { Ok(tokio::time::timeout(super::PATIENCE, stream.read_u8()).await?) })
            .await?;
    }
    let tick = Duration::from_micros(1);
    api.respond(Response::json("{\"a\": 1}").delayed(tick).slow_headers(tick).trickled(2, tick));
    assert_eq!(client(&api)?.get(url(&api, "/")).send().await?.text().await?, "{\"a\": 1}");
    Ok(())
}

#[tokio::test]
async fn responses_are_sent_in_turn_and_the_last_one_repeats() -> Outcome {
    let api = HostileApi::builder(HOST).start().await?;
    let client = client(&api)?;
    api.respond_in_turn([
        Response::json("").status(503).header("retry-after", "1"),
        Response::json("1"),
        Response::json("2"),
    ]);
    let mut seen = Vec::new();
    for _ in 0..4 {
        let response = client.get(url(&api, "/")).send().await?;
        seen.push((response.status().as_u16(), response.text().await?));
    }
    assert_eq!(
        seen,
        [(503, ""), (200, "1"), (200, "2"), (200, "2")]
            .map(|(status, text)| (status, text.to_owned()))
    );
    api.respond_in_turn([]);
    assert_eq!(client.get(url(&api, "/")).send().await?.text().await?, "{}");
    Ok(())
}
