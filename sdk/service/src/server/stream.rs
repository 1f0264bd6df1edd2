//! The live stream: server-sent events.

use super::{
    Body, Refused,
    answers::{Query, event, wrong},
};
use crate::store::{Notice, Page, Store};
use anchor_lang::prelude::Pubkey;
use futures_util::{StreamExt as _, stream};
use http_body_util::{BodyExt as _, StreamBody};
use hyper::{
    Request, Response,
    body::{Bytes, Frame, Incoming},
    header::{CONTENT_TYPE, HeaderValue},
};
use serde_json::json;
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast::{self, error::RecvError};

/// Time after which a comment is sent, so that nobody takes the connection for dead.
const QUIET: Duration = Duration::from_secs(15);
/// Events that are read at a time.
const PAGE: i64 = 200;

/// Where a stream is.
struct Cursor {
    store: Store,
    notices: broadcast::Receiver<Notice>,
    address: Option<Pubkey>,
    after: i64,
    /// Whether everything that is stored has been sent.
    caught_up: bool,
}

/// Opens a stream of events after one: that of `after`, or of the header with which a browser goes on, otherwise the last one.
pub async fn open(request: &Request<Incoming>, store: &Store) -> Result<Response<Body>, Refused> {
    let query = Query::new(request.uri().query().unwrap_or(""));
    let (address, notices) = (query.address("address")?, store.watch());
    let after = match seen(request)?.or(query.number("after")?) {
        Some(after) => after,
        None => store.summary().await?.last_event,
    };
    // The first words say where the stream begins.
    let words = format!("retry: 2000\nevent: begin\ndata: {}\n\n", json!({ "after": after.to_string() }));
    let cursor = Cursor { store: store.clone(), notices, address, after, caught_up: false };
    let more = stream::unfold(cursor, async |mut cursor| Some((cursor.next().await?, cursor)));
    let body = stream::iter([words]).chain(more).map(|words| Ok::<_, Infallible>(Frame::data(Bytes::from(words))));
    let mut response = Response::new(StreamBody::new(body).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

/// Returns the event after which a browser goes on by itself.
fn seen(request: &Request<Incoming>) -> Result<Option<i64>, Refused> {
    let Some(id) = request.headers().get("last-event-id") else { return Ok(None) };
    let number = id.to_str().ok().and_then(|id| id.parse().ok());
    number.map(Some).ok_or_else(|| wrong(format!("last-event-id: {id:?} is no whole number")))
}

impl Cursor {
    /// Waits for the next words; `None` ends the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if !self.caught_up {
                let page = Page { after: Some(self.after), before: None, limit: PAGE };
                // A browser comes back, and goes on where it was.
                let told = |error| tracing::warn!(%error, "a stream ends, because the store does not answer");
                let found = self.store.events(self.address, None, page).await.map_err(told).ok()?;
                self.caught_up = found.len() < PAGE as usize;
                if let Some(last) = found.last() {
                    self.after = last.id;
                    return Some(found.iter().map(|one| format!("id: {}\ndata: {}\n\n", one.id, event(one))).collect());
                }
            }
            match tokio::time::timeout(QUIET, self.notices.recv()).await {
                Ok(Ok(Notice::More)) => self.caught_up = false,
                Ok(Ok(Notice::Withdrawn(from))) => {
                    self.caught_up = false;
                    // Later events have higher numbers, so the stream goes on where it was.
                    return Some(format!("event: withdrawn\ndata: {}\n\n", json!({ "from": from.to_string() })));
                }
                // Notices were missed, perhaps that something was withdrawn: whoever listens reads again.
                Ok(Err(RecvError::Lagged(_))) => {
                    self.caught_up = false;
                    return Some("event: missed\ndata: {}\n\n".to_owned());
                }
                Ok(Err(RecvError::Closed)) => return None,
                Err(_) => return Some(": quiet\n\n".to_owned()),
            }
        }
    }
}
