//! Tests of the hostile API over HTTP/2.

use std::io::ErrorKind;
use std::time::Duration;

use rustls::version::TLS13;
use secure_tool_testkit::hostile::{Ending, Flood, HostileApi, Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use super::{HOST, Outcome, PATIENCE, client, config, connect, connect_with, failure, url};

async fn start() -> Outcome<HostileApi> {
    Ok(HostileApi::builder(HOST).http2().start().await?)
}

#[derive(Debug, PartialEq, Eq)]
struct Frame {
    kind: u8,
    flags: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// Opens a raw HTTP/2 connection that requests `/` on stream 1. Its flow-control window stays at
/// 65,535 bytes.
async fn request_root(api: &HostileApi) -> Outcome<TlsStream<TcpStream>> {
    let mut stream = connect(api, &TLS13).await?;
    // The preface, empty settings, and HEADERS with END_STREAM and END_HEADERS: GET, https, `/`,
    // authority `x`.
    stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await?;
    stream.write_all(b"\0\0\x06\x01\x05\0\0\0\x01\x82\x87\x84\x41\x01x").await?;
    Ok(stream)
}

async fn frame(stream: &mut TlsStream<TcpStream>) -> Outcome<Frame> {
    let mut head = [0; 9];
    stream.read_exact(&mut head).await?;
    let [high, middle, low, kind, flags, rest @ ..] = head;
    let mut payload = vec![0; u32::from_be_bytes([0, high, middle, low]) as usize];
    stream.read_exact(&mut payload).await?;
    Ok(Frame { kind, flags, stream: u32::from_be_bytes(rest), payload })
}

/// Returns the frames of a response, until its stream or the connection ends.
async fn frames(api: &HostileApi, response: Response) -> Outcome<Vec<Frame>> {
    api.respond(response);
    let mut stream = request_root(api).await?;
    let mut frames = Vec::new();
    loop {
        match frame(&mut stream).await {
            // Settings and their acknowledgement are not part of the response.
            Ok(frame) if frame.kind == 4 => {}
            Ok(frame) => {
                let ends = frame.stream == 1
                    && (matches!(frame.kind, 0 | 1) && frame.flags & 1 == 1 || frame.kind == 3);
                frames.push(frame);
                if ends {
                    return Ok(frames);
                }
            }
            Err(_) => return Ok(frames),
        }
    }
}

fn count(frames: &[Frame], kind: u8, stream: u32) -> usize {
    frames.iter().filter(|frame| (frame.kind, frame.stream) == (kind, stream)).count()
}

#[tokio::test]
async fn responses_work_over_http2() -> Outcome {
    let api = start().await?;
    let client = client(&api)?;
    api.respond(Response::json(r#"{"items": []}"#).header("set-cookie", "a=b"));
    let response = client
        .post(url(&api, "/v1/a%2Fb?q=a+b"))
        .bearer_auth("s3cret")
        .body("{\"n\": 1}")
        .send()
        .await?;
    assert_eq!((response.version(), response.status().as_u16()), (reqwest::Version::HTTP_2, 200));
    assert_eq!(
        (response.headers()["set-cookie"].to_str()?, response.content_length()),
        ("a=b", Some(13))
    );
    assert_eq!(response.text().await?, r#"{"items": []}"#);
    let requests = api.requests();
    let request = requests.first().ok_or("no request")?;
    assert_eq!(
        (request.method(), request.path_segments(), request.body()),
        ("POST", vec!["v1".into(), "a/b".into()], &b"{\"n\": 1}"[..])
    );
    assert_eq!(request.header("authorization"), Some("Bearer s3cret"));
    assert!(request.header("host").is_some_and(|host| host.starts_with(HOST)));
    assert!(
        request.raw().windows(6).any(|window| window == b"s3cret")
            && request.raw().ends_with(b"{\"n\": 1}")
    );

    let together = (0..20).map(|number| client.get(url(&api, &format!("/{number}"))).send());
    for response in together.map(tokio::spawn).collect::<Vec<_>>() {
        assert_eq!(response.await??.text().await?, r#"{"items": []}"#);
    }
    assert_eq!(client.head(url(&api, "/")).send().await?.text().await?, "");
    assert_eq!((api.requests().len(), api.handshakes(), api.sent()), (22, 1, 21 * 13));
    // The API rejects a client that offers HTTP/1.1 only.
    let mut old = config(&api, &TLS13)?;
    old.alpn_protocols = vec![b"http/1.1".to_vec()];
    assert!(failure(connect_with(&api, old)).await?.to_string().contains("NoApplicationProtocol"));
    Ok(())
}

#[tokio::test]
async fn body_respects_flow_control_and_ends_with_its_stream() -> Outcome {
    let api = start().await?;
    api.respond(Response::huge());
    let mut stream = request_root(&api).await?;
    let mut read = 0;
    while read < 65_535 {
        let frame = frame(&mut stream).await?;
        read += if frame.kind == 0 { frame.payload.len() } else { 0 };
    }
    assert_eq!(
        (read, api.sent()),
        (65_535, 65_535),
        "the API stays within the flow-control window"
    );

    let client = client(&api)?;
    api.respond(Response::json(r#"{"paid": false}"#).hang_up_after(9));
    assert!(client.get(url(&api, "/")).send().await?.text().await.is_err());
    api.respond(Response::silence());
    assert!(
        client
            .get(url(&api, "/"))
            .timeout(PATIENCE)
            .send()
            .await
            .err()
            .ok_or("the request succeeded")?
            .is_timeout()
    );
    api.respond(
        Response::json("[1, 2]")
            .delayed(Duration::from_micros(1))
            .trickled(2, Duration::from_micros(1))
            .trailer("x", "y"),
    );
    assert_eq!(client.get(url(&api, "/")).send().await?.text().await?, "[1, 2]");
    api.respond(Response::drip(Duration::from_hours(1)));
    let mut response = client.get(url(&api, "/")).timeout(PATIENCE).send().await?;
    assert_eq!(response.chunk().await?.as_deref(), Some(&b"\""[..]));
    assert!(response.chunk().await.is_err());
    // All responses used the same connection.
    assert_eq!(api.handshakes(), 2);
    Ok(())
}

#[tokio::test]
async fn reset_ends_the_stream_and_go_away_the_connection() -> Outcome {
    let api = start().await?;
    assert_eq!(
        frames(&api, Response::reset_stream(7)).await?,
        [Frame { kind: 3, flags: 0, stream: 1, payload: vec![0, 0, 0, 7] }]
    );
    assert_eq!(
        frames(&api, Response::go_away(11)).await?,
        [Frame { kind: 7, flags: 0, stream: 0, payload: vec![0, 0, 0, 0, 0, 0, 0, 11] }]
    );
    let cut =
        frames(&api, Response::json("{}").header("connection", "close").hang_up_after(1)).await?;
    let [_, data, reset] = cut.as_slice() else { return Err("not three frames".into()) };
    assert_eq!((data.payload.as_slice(), reset.kind), (&b"{"[..], 3));
    api.clear();
    let client = client(&api)?;
    api.respond_in_turn([
        Response::json("1"),
        Response::reset_stream(2),
        Response::json("2"),
        Response::go_away(0),
        Response::json("3"),
    ]);
    // The client retries the request that the server claims not to have processed.
    for expected in [Some("1"), None, Some("2"), Some("3")] {
        let response = async { client.get(url(&api, "/")).send().await?.text().await }.await;
        assert_eq!(response.ok().as_deref(), expected);
    }
    assert_eq!((api.requests().len(), api.handshakes()), (5, 2));
    // Over HTTP/1.1 the connection ends instead.
    let api = HostileApi::builder(HOST).start().await?;
    for (response, kind) in [
        (Response::reset_stream(0), ErrorKind::ConnectionReset),
        (Response::go_away(0), ErrorKind::UnexpectedEof),
    ] {
        api.respond(response);
        let mut stream = connect(&api, &TLS13).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n").await?;
        assert_eq!(stream.read_exact(&mut [0]).await.err().map(|error| error.kind()), Some(kind));
    }
    Ok(())
}

#[tokio::test]
async fn floods_precede_the_response() -> Outcome {
    let api = start().await?;
    for (flood, kind, stream) in [
        (Flood::Ping, 6, 0),
        (Flood::Window, 8, 0),
        (Flood::EmptyData, 0, 1),
        (Flood::Push, 5, 1),
        (Flood::Unknown, 0x55, 1),
    ] {
        let seen = frames(&api, Response::json("{}").flood(flood, 1_234)).await?;
        // The body has two more frames: its data, and the empty frame that ends it.
        let own = if flood == Flood::EmptyData { 2 } else { 0 };
        assert_eq!(count(&seen, kind, stream), 1_234 + own, "{flood:?}");
        assert!(seen.iter().any(|frame| frame.kind == 0 && frame.payload == b"{}"), "{flood:?}");
    }
    api.respond(Response::json("{}").flood(Flood::Reset, 100));
    let mut stream = request_root(&api).await?;
    let mut resets = 0;
    while resets < 100 {
        resets += usize::from(frame(&mut stream).await?.kind == 3);
    }
    let seen = frames(&api, Response::json("{}").interim(250)).await?;
    assert_eq!(count(&seen, 1, 1), 251);
    Ok(())
}

#[tokio::test]
async fn large_and_invalid_headers_are_written_unchanged() -> Outcome {
    let api = start().await?;
    let seen = frames(&api, Response::header_bomb(40_000)).await?;
    assert_eq!((count(&seen, 1, 1), count(&seen, 9, 1)), (1, 2));
    assert_eq!(
        seen.iter().flat_map(|frame| &frame.payload).filter(|&&byte| byte == 0x90).count(),
        40_000
    );
    let seen = frames(&api, Response::json("{}").many_headers(1_000, 100)).await?;
    assert!(
        seen.iter()
            .filter(|frame| matches!(frame.kind, 1 | 9))
            .map(|frame| frame.payload.len())
            .sum::<usize>()
            > 60_000
    );
    // The API writes headers that HTTP/2 forbids, although the library rejects them.
    let wrong = Response::json("{}")
        .header("connection", "close")
        .header("X", "a\r\nb")
        .trailer(":status", "500");
    let seen = frames(&api, wrong).await?;
    let block: Vec<u8> = seen.iter().flat_map(|frame| frame.payload.clone()).collect();
    for part in ["\x0aconnection\x05close", "\x01X\x04a\r\nb", "{}", "\x07:status\x03500"] {
        assert!(block.windows(part.len()).any(|window| window == part.as_bytes()), "{part:?}");
    }
    api.respond(Response::endless_headers());
    let mut stream = request_root(&api).await?;
    let mut more = 0;
    while more < 1_000 {
        let frame = frame(&mut stream).await?;
        assert!(
            frame.kind == 4 || matches!(frame.kind, 1 | 9) && frame.flags == 0,
            "the headers do not end"
        );
        more += usize::from(frame.kind == 9);
    }
    Ok(())
}

#[tokio::test]
async fn connection_can_be_cut_at_each_byte() -> Outcome {
    let api = start().await?;
    let whole: usize = frames(&api, Response::json("[1, 2]"))
        .await?
        .iter()
        .map(|frame| 9 + frame.payload.len())
        .sum();
    api.clear();
    for n in 0..=whole {
        for ending in [Ending::Close, Ending::HangUp, Ending::Reset] {
            api.respond(Response::json("[1, 2]").cut_after(n as u64, ending));
            // The server's settings precede the response and are not counted.
            let mut stream = request_root(&api).await?;
            let mut bytes = Vec::new();
            let end = stream.read_to_end(&mut bytes).await.map_err(|error| error.kind());
            match ending {
                Ending::Close => assert!(end.is_ok()),
                Ending::HangUp => assert_eq!(end, Err(ErrorKind::UnexpectedEof)),
                _ => assert_eq!(end, Err(ErrorKind::ConnectionReset)),
            }
            assert!(bytes.len() < whole + 200);
            let is_whole = bytes.windows(6).any(|window| window == b"[1, 2]")
                && bytes.ends_with(&[0, 0, 0, 0, 1, 0, 0, 0, 1]);
            assert!(
                ending == Ending::Reset || is_whole == (n == whole),
                "{n} of {whole}, {ending:?}"
            );
        }
    }
    assert_eq!(
        api.requests().iter().map(Request::method).filter(|method| *method == "GET").count(),
        3 * (whole + 1)
    );
    Ok(())
}
