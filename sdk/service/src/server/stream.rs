//! The live stream: server-sent events.

use super::{
    Body, Refused,
    answers::{Query, event},
};
use crate::store::{Notice, Page, Store};
use anchor_lang::prelude::Pubkey;
use futures_util::stream;
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
pub fn open(request: &Request<Incoming>, store: &Store) -> Result<Response<Body>, Refused> {
    let query = Query::new(request.uri().query().unwrap_or(""));
    let seen = request.headers().get("last-event-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let (address, after) = (query.address("address")?, seen.or(query.number("after")?));
    let (store, notices) = (store.clone(), store.watch());
    let body = stream::unfold((None::<Cursor>, after), move |(cursor, after)| {
        let (store, notices) = (store.clone(), notices.resubscribe());
        async move {
            let mut cursor = match cursor {
                Some(cursor) => cursor,
                None => {
                    // The first words say where the stream begins.
                    let after = match after {
                        Some(after) => after,
                        None => store.summary().await.map_or(0, |known| known.last_event),
                    };
                    let words =
                        format!("retry: 2000\nevent: begin\ndata: {}\n\n", json!({ "after": after.to_string() }));
                    let cursor = Cursor { store, notices, address, after, caught_up: false };
                    return Some((Ok::<_, Infallible>(Frame::data(Bytes::from(words))), (Some(cursor), None)));
                }
            };
            let words = cursor.next().await?;
            Some((Ok(Frame::data(Bytes::from(words))), (Some(cursor), None)))
        }
    });
    let mut response = Response::new(StreamBody::new(body).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    Ok(response)
}

impl Cursor {
    /// Waits for the next words; `None` ends the stream.
    async fn next(&mut self) -> Option<String> {
        loop {
            if !self.caught_up {
                let page = Page { after: Some(self.after), before: None, limit: PAGE };
                let found = self.store.events(self.address, None, page).await.ok()?;
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
