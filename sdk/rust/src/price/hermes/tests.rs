use super::*;
use crate::{
    presets::{BTC_FEED, ETH_FEED},
    testing::pyth_update::{Signing, price_message, signed_update},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

/// Starts a local server that gives one answer. Returns its URL and the request that it gets.
async fn serve(status: &'static str, body: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/hermes/", listener.local_addr().unwrap());
    let asked = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            socket.read_exact(&mut byte).await.unwrap();
            request.push(byte[0]);
        }
        let length = body.len();
        let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
        socket.write_all(answer.as_bytes()).await.unwrap();
        socket.shutdown().await.unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, asked)
}

fn answer(encoding: &str, data: &[String]) -> String {
    serde_json::json!({ "binary": { "encoding": encoding, "data": data }, "parsed": null }).to_string()
}

fn update() -> Vec<u8> {
    let prices = [price_message(BTC_FEED, 10_000_000_000_000, 5), price_message(ETH_FEED, 400_000_000_000, 5)];
    signed_update(&prices, Signing { guardian_set: 1, signatures: 3 })
}

#[tokio::test]
async fn the_latest_update_is_fetched_with_a_key_that_is_never_printed() {
    let (url, asked) = serve("200 OK", answer("base64", &[STANDARD.encode(update())])).await;
    let service = Hermes::new(&url).unwrap().with_token("secret");
    let found = service.latest(&[BTC_FEED, ETH_FEED]).await.unwrap();
    assert_eq!((found.len(), found[0].prices().count()), (1, 2));
    let asked = asked.await.unwrap();
    let line = asked.lines().next().unwrap();
    assert!(line.starts_with("GET /hermes/v2/updates/price/latest?"), "{line}");
    for part in [hex(&BTC_FEED), hex(&ETH_FEED), "encoding=base64".into(), "parsed=false".into()] {
        assert!(line.contains(&part), "{line}");
    }
    assert!(asked.to_lowercase().contains("authorization: bearer secret"), "{asked}");
    assert!(!format!("{service:?}").contains("secret"));
}

#[tokio::test]
async fn the_first_update_after_a_moment_is_asked_for_by_its_second() {
    let published = |second| {
        let prices = [BTC_FEED, ETH_FEED].map(|feed| price_message(feed, 10_000_000_000_000, second));
        answer("base64", &[STANDARD.encode(signed_update(&prices, Signing { guardian_set: 1, signatures: 3 }))])
    };
    let (url, asked) = serve("200 OK", published(1_790_000_001)).await;
    let found = Hermes::new(&url).unwrap().first_after(&[BTC_FEED, ETH_FEED], 1_790_000_000).await.unwrap();
    assert!(found[0].prices().all(|price| price.publish_time == 1_790_000_001));
    let asked = asked.await.unwrap();
    assert!(asked.starts_with("GET /hermes/v2/updates/price/1790000001?"), "{asked}");
    let (url, _) = serve("200 OK", published(1_790_000_000)).await;
    let early = Hermes::new(&url).unwrap().first_after(&[BTC_FEED], 1_790_000_000).await.unwrap_err();
    assert!(early.to_string().contains("no price published after 1790000000 of feed"), "{early}");
}

#[tokio::test]
async fn a_service_without_past_updates_returns_the_latest_one() {
    struct Newest;
    impl UpdateService for Newest {
        fn latest<'a>(&'a self, _feeds: &'a [FeedId]) -> Latest<'a> {
            Box::pin(async { Ok(vec![PythUpdate::parse(&update())?]) })
        }
    }
    assert_eq!(Newest.first_after(&[BTC_FEED], 4).await.unwrap()[0].prices().count(), 2);
}

#[tokio::test]
async fn hexadecimal_answers_are_read_and_no_key_is_sent_when_none_is_set() {
    let (url, asked) = serve("200 OK", answer("hex", &[::hex::encode(update())])).await;
    Hermes::new(&url).unwrap().latest(&[ETH_FEED]).await.unwrap();
    assert!(!asked.await.unwrap().to_lowercase().contains("authorization"));
}

#[tokio::test]
async fn failures_are_told_apart() {
    let cases = [
        ("401 Unauthorized", String::new()),
        ("429 Too Many Requests", String::new()),
        ("404 Not Found", "Price ids not found".into()),
        ("200 OK", "<html>".into()),
        ("200 OK", answer("base64", &[])),
        ("200 OK", answer("base85", &["?".into()])),
        ("200 OK", answer("base64", &["AAAA".into()])),
        ("200 OK", answer("base64", &[STANDARD.encode(update())])),
    ];
    let mut found = Vec::new();
    for (status, body) in cases {
        let (url, _) = serve(status, body).await;
        // The last answer lacks the feed that is asked for.
        found.push(Hermes::new(&url).unwrap().latest(&[[9; 32]]).await.unwrap_err());
    }
    assert!(matches!(found[0], ServiceError::Unauthorized { status: 401, .. }), "{}", found[0]);
    assert!(matches!(found[1], ServiceError::TooMany { .. }), "{}", found[1]);
    assert!(matches!(&found[2], ServiceError::Status { status: 404, text, .. } if text == "Price ids not found"));
    for error in &found[3..6] {
        assert!(matches!(error, ServiceError::Answer { .. }), "{error}");
    }
    assert!(matches!(found[6], ServiceError::Update(UpdateError::Format(_))), "{}", found[6]);
    assert!(found[7].to_string().contains("there is no price of feed 0909"), "{}", found[7]);
}

/// An update with the prices of these feeds, each with its time.
fn published(prices: &[([u8; 32], i64)]) -> String {
    let prices: Vec<_> = prices.iter().map(|(feed, time)| price_message(*feed, 10_000_000_000_000, *time)).collect();
    STANDARD.encode(signed_update(&prices, Signing { guardian_set: 1, signatures: 3 }))
}

/// The feeds and times of updates.
fn times(updates: &[PythUpdate]) -> Vec<Vec<([u8; 32], i64)>> {
    let of = |update: &PythUpdate| update.prices().map(|price| (price.feed, price.publish_time)).collect();
    updates.iter().map(of).collect()
}

#[tokio::test]
async fn audit_c2_an_answer_of_several_updates_gives_each_feed_its_right_price() {
    let both = [BTC_FEED, ETH_FEED];
    // One update for each slot, the same feed twice, a feed that nobody has asked for.
    let data = [
        published(&[(BTC_FEED, 7), (ETH_FEED, 5)]),
        published(&[(ETH_FEED, 6), ([9; 32], 6)]),
        published(&[(BTC_FEED, 6)]),
    ];
    let (url, _) = serve("200 OK", answer("base64", &data)).await;
    let newest = Hermes::new(&url).unwrap().latest(&both).await.unwrap();
    assert_eq!(times(&newest), [vec![(BTC_FEED, 7)], vec![(ETH_FEED, 6)]], "the newest of each");
    let (url, _) = serve("200 OK", answer("base64", &data)).await;
    let first = Hermes::new(&url).unwrap().first_after(&both, 5).await.unwrap();
    assert_eq!(times(&first), [vec![(ETH_FEED, 6)], vec![(BTC_FEED, 6)]], "the first after 5 of each");
}

#[tokio::test]
async fn audit_c2_a_halted_feed_starves_no_other() {
    let both = [BTC_FEED, ETH_FEED];
    // ETH is not in the answer, or is too old.
    for data in [vec![published(&[(BTC_FEED, 7)])], vec![published(&[(BTC_FEED, 7), (ETH_FEED, 2)])]] {
        let (url, _) = serve("200 OK", answer("base64", &data)).await;
        let first = Hermes::new(&url).unwrap().first_after(&both, 5).await.unwrap();
        assert_eq!(times(&first), [vec![(BTC_FEED, 7)]]);
    }
    // The service refuses a question with ETH in it: each feed is asked for alone.
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move {
        loop {
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                socket.read_exact(&mut byte).await.unwrap();
                request.push(byte[0]);
            }
            let knows = !String::from_utf8(request).unwrap().contains(&hex(&ETH_FEED));
            let (status, body) = if knows {
                ("200 OK", answer("base64", &[published(&[(BTC_FEED, 7)])]))
            } else {
                ("404 Not Found", "Price ids not found".into())
            };
            let length = body.len();
            let answer = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}");
            socket.write_all(answer.as_bytes()).await.unwrap();
            socket.shutdown().await.unwrap();
        }
    });
    let service = Hermes::new(&url).unwrap();
    assert_eq!(times(&service.latest(&both).await.unwrap()), [vec![(BTC_FEED, 7)]]);
    let alone = service.latest(&[ETH_FEED]).await.unwrap_err();
    assert!(matches!(alone, ServiceError::Status { status: 404, .. }), "{alone}");
}

#[tokio::test]
async fn a_service_that_does_not_answer_is_unreachable() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = Hermes::with_timeout(&url, Duration::from_millis(200)).unwrap();
    let error = service.latest(&[BTC_FEED]).await.unwrap_err();
    assert!(matches!(error, ServiceError::Unreachable { .. }), "{error}");
    drop(listener);
    let refused = service.latest(&[BTC_FEED]).await.unwrap_err();
    assert!(matches!(refused, ServiceError::Unreachable { .. }), "{refused}");
}
