//! Writes responses over HTTP/2, each on the stream of its request.

use std::future::poll_fn;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use bytes::Bytes;
use h2::server::SendResponse;
use h2::{Reason, SendStream};
use http::{HeaderMap, HeaderName, HeaderValue};
use tokio::time::sleep;

use super::super::response::{Body, Ending, Flood, Response};
use super::frame::{Frames, block, bomb};
use super::tap::Inserter;

/// The size of one write of a body, in bytes.
const PIECE: usize = 16 * 1024;
/// The number of frames of a flood in one write.
const AT_ONCE: u64 = 100;

/// Writes one response to its stream.
pub(super) struct Out<'a> {
    pub(super) inserter: Inserter,
    pub(super) respond: SendResponse<Bytes>,
    pub(super) sent: &'a AtomicU64,
}

/// The client has reset the stream or disconnected.
struct Gone;

impl From<h2::Error> for Gone {
    fn from(_: h2::Error) -> Self {
        Self
    }
}

impl Out<'_> {
    pub(super) async fn write(mut self, response: &Response, head_only: bool) {
        sleep(response.pace.delay).await;
        if let Some((n, ending)) = response.cut {
            // Pending frames of the library are not part of the response.
            self.inserter.written().await;
            self.inserter.cut_after(n, ending);
        }
        let interim = block(&[(":status", "103"), ("link", "</style.css>; rel=preload")]);
        self.many(response.pace.interim, |frames, stream| {
            frames.headers(stream, &interim, false, true)
        })
        .await;
        for (flood, n) in
            response.pace.floods.iter().filter(|(flood, _)| *flood != Flood::EmptyData)
        {
            self.flood(*flood, *n).await;
        }
        // An error means that the client has disconnected.
        let _ = self.body(response, head_only).await;
        if let Some((_, ending)) = response.cut {
            self.inserter.written().await;
            self.inserter.end(ending);
        }
    }

    async fn body(&mut self, response: &Response, head_only: bool) -> Result<(), Gone> {
        match &response.body {
            Body::Silence => {
                poll_fn(|cx| self.respond.poll_reset(cx)).await?;
            }
            Body::Raw(bytes) => {
                self.inserter.insert(bytes.to_vec()).await;
                self.inserter.end(Ending::Close);
            }
            Body::EndlessHeaders => {
                let line = block(&[("x-a", "a")]);
                self.inserter
                    .insert(
                        Frames::default()
                            .headers(self.stream(), &block(&[(":status", "200")]), false, false)
                            .0,
                    )
                    .await;
                self.many(u64::MAX, |frames, stream| frames.more_headers(stream, &line)).await;
            }
            Body::ResetStream(code) => self.respond.send_reset(Reason::from(*code)),
            Body::GoAway(code) => {
                self.inserter.insert(Frames::default().go_away(*code).0).await;
                self.inserter.end(Ending::Close);
            }
            Body::HeaderBomb(times) => {
                let block = [block(&[(":status", "200")]), bomb(*times)].concat();
                self.inserter
                    .insert(
                        Frames::default()
                            .headers(self.stream(), &block, false, true)
                            .data(self.stream(), b"{}", true)
                            .0,
                    )
                    .await;
            }
            Body::Whole(bytes) => match self.head(response, head_only)? {
                Some(stream) => self.whole(stream, response, bytes).await?,
                None if head_only => {}
                None => self.write_unchecked(response, bytes).await,
            },
            Body::Endless => {
                if let Some(stream) = self.head(response, head_only)? {
                    self.endless(stream, response).await?;
                }
            }
        }
        Ok(())
    }

    fn stream(&self) -> u32 {
        self.respond.stream_id().as_u32()
    }

    /// Sends the status and headers, and returns the stream for the body.
    ///
    /// Returns `None` if there is no body, or if the library refuses to write such a response.
    fn head(
        &mut self,
        response: &Response,
        head_only: bool,
    ) -> Result<Option<SendStream<Bytes>>, Gone> {
        let (Ok(status), Some(headers)) =
            (http::StatusCode::from_u16(response.status_code()), map(&response.fields()))
        else {
            return Ok(None);
        };
        let mut head = http::Response::new(());
        *head.status_mut() = status;
        *head.headers_mut() = headers;
        if map(response.trailers()).is_none()
            || response.pace.floods.iter().any(|(flood, _)| *flood == Flood::EmptyData)
        {
            return Ok(None);
        }
        match self.respond.send_response(head, head_only) {
            Ok(stream) => Ok(Some(stream).filter(|_| !head_only)),
            // The library refuses connection-specific headers (RFC 9113, 8.2.2).
            Err(error) if error.reason().is_none() && !error.is_io() => Ok(None),
            Err(_) => Err(Gone),
        }
    }

    async fn whole(
        &self,
        mut stream: SendStream<Bytes>,
        response: &Response,
        bytes: &[u8],
    ) -> Result<(), Gone> {
        let mut left = response.hang_up;
        for (number, piece) in
            bytes.chunks(response.pace.body.map_or(PIECE, |(bytes, _)| bytes)).enumerate()
        {
            if let Some((_, interval)) = response.pace.body.filter(|_| number > 0) {
                pause(&mut stream, interval).await?;
            }
            self.piece(&mut stream, piece, &mut left).await?;
        }
        if left == Some(0) {
            self.hang_up(&mut stream).await;
        } else if response.trailers().is_empty() {
            stream.send_data(Bytes::new(), true)?;
        } else {
            stream.send_trailers(map(response.trailers()).unwrap_or_default())?;
        }
        Ok(())
    }

    /// Ends when the client resets the stream or disconnects.
    async fn endless(
        &self,
        mut stream: SendStream<Bytes>,
        response: &Response,
    ) -> Result<(), Gone> {
        let text = vec![b'a'; response.pace.body.map_or(PIECE, |(bytes, _)| bytes)];
        let mut left = response.hang_up;
        self.piece(&mut stream, b"\"", &mut left).await?;
        loop {
            if let Some((_, interval)) = response.pace.body {
                pause(&mut stream, interval).await?;
            }
            self.piece(&mut stream, &text, &mut left).await?;
        }
    }

    /// Writes a piece of the body within the client's flow-control window, up to the byte at which
    /// the API hangs up.
    async fn piece(
        &self,
        stream: &mut SendStream<Bytes>,
        piece: &[u8],
        left: &mut Option<u64>,
    ) -> Result<(), Gone> {
        let may = left.map_or(piece.len(), |left| usize::try_from(left).unwrap_or(usize::MAX));
        let mut rest = piece.get(..may).unwrap_or(piece);
        while !rest.is_empty() {
            stream.reserve_capacity(rest.len());
            let room = poll_fn(|cx| stream.poll_capacity(cx)).await.ok_or(Gone)??;
            let (now, later) = rest.split_at_checked(room).unwrap_or((rest, &[]));
            stream.send_data(Bytes::copy_from_slice(now), false)?;
            let written = u64::try_from(now.len()).unwrap_or(u64::MAX);
            self.sent.fetch_add(written, Ordering::Relaxed);
            if let Some(left) = left {
                *left = left.saturating_sub(written);
            }
            rest = later;
        }
        if may < piece.len() {
            self.hang_up(stream).await;
            return Err(Gone);
        }
        Ok(())
    }

    async fn hang_up(&self, stream: &mut SendStream<Bytes>) {
        // A reset discards the data that the library has not written yet.
        self.inserter.written().await;
        stream.send_reset(Reason::INTERNAL_ERROR);
    }

    /// Writes the whole response with frames of its own, and ignores the client's flow-control
    /// window.
    async fn write_unchecked(&self, response: &Response, body: &[u8]) {
        let (stream, status) = (self.stream(), response.status_code().to_string());
        let (fields, trailers) = (response.fields(), response.trailers());
        let mut head = vec![(":status", status.as_str())];
        head.extend(fields.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        self.inserter.insert(Frames::default().headers(stream, &block(&head), false, true).0).await;
        for (flood, n) in
            response.pace.floods.iter().filter(|(flood, _)| *flood == Flood::EmptyData)
        {
            self.flood(*flood, *n).await;
        }
        if let Some(n) = response.hang_up {
            let now = body.get(..usize::try_from(n).unwrap_or(usize::MAX)).unwrap_or(body);
            self.inserter
                .insert(
                    Frames::default()
                        .data(stream, now, false)
                        .reset(stream, Reason::INTERNAL_ERROR.into())
                        .0,
                )
                .await;
            self.sent.fetch_add(u64::try_from(now.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
            return;
        }
        let trailers: Vec<_> =
            trailers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let frames = Frames::default().data(stream, body, trailers.is_empty()).headers(
            stream,
            &block(&trailers),
            true,
            true,
        );
        self.inserter.insert(frames.0).await;
        self.sent.fetch_add(u64::try_from(body.len()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    async fn flood(&self, flood: Flood, n: u64) {
        self.many(n, |frames, stream| match flood {
            Flood::Reset => frames.reset(stream, Reason::CANCEL.into()),
            Flood::Ping => frames.ping(),
            Flood::Window => frames.window(0),
            Flood::EmptyData => frames.empty_data(stream),
            Flood::Push => frames.push_promise(stream, 2),
            Flood::Unknown => frames.unknown(stream),
        })
        .await;
    }

    /// Inserts `n` frames.
    async fn many(&self, mut n: u64, frame: impl Fn(Frames, u32) -> Frames) {
        let stream = self.stream();
        while n > 0 {
            let now = n.min(AT_ONCE);
            self.inserter
                .insert((0..now).fold(Frames::default(), |frames, _| frame(frames, stream)).0)
                .await;
            n -= now;
        }
    }
}

/// Waits. Fails when the client resets the stream or disconnects.
async fn pause(stream: &mut SendStream<Bytes>, interval: Duration) -> Result<(), Gone> {
    tokio::select! {
        () = sleep(interval) => Ok(()),
        _ = poll_fn(|cx| stream.poll_reset(cx)) => Err(Gone),
    }
}

/// Converts headers to the library's type, or returns `None` if they are invalid.
fn map(fields: &[(String, String)]) -> Option<HeaderMap> {
    let field = |(name, value): &(String, String)| {
        Some((HeaderName::try_from(name.as_str()).ok()?, HeaderValue::from_str(value).ok()?))
    };
    let mut map = HeaderMap::new();
    for found in fields.iter().map(field) {
        let (name, value) = found?;
        // The library's map has a maximum size.
        map.try_append(name, value).ok()?;
    }
    Some(map)
}
