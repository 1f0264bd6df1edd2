//! The service against what it is told: nothing is lost, nothing is doubled, and answers are what the events make.

mod databases;
mod nodes;
mod times;

use evergreen_sdk::{client::Transaction, events::Event, portfolio::Statement};
use evergreen_service::{DataServer, Notice, Page, Rank, Store, Stored, Writer, testing::History};
use std::collections::HashMap;
use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// Returns all events that are stored, the oldest first.
async fn all(store: &Store) -> Vec<Stored> {
    let (mut found, mut after) = (Vec::new(), 0);
    loop {
        let page = Page { after: Some(after), before: None, limit: 1_000 };
        let some = store.events(None, None, page).await.expect("events");
        let Some(last) = some.last() else { return found };
        after = last.id;
        found.extend(some);
    }
}

/// What a chain tells, to be compared with what is stored: slot, signature, place and bytes of each event.
fn told(chain: &[Transaction]) -> Vec<(i64, String, i64, String)> {
    let events = chain.iter().flat_map(|one| {
        let place = (0..).zip(&one.events);
        place.map(|(place, event)| (one.slot as i64, one.signature.to_string(), place, format!("{event:?}")))
    });
    events.collect()
}

fn kept(stored: &[Stored]) -> Vec<(i64, String, i64, String)> {
    stored.iter().map(|one| (one.slot, one.signature.clone(), one.place, format!("{:?}", one.event))).collect()
}

#[tokio::test]
async fn events_of_a_pool_are_also_those_of_its_accounts() {
    events_of_pools(&databases::file().await.store).await;
}

#[tokio::test]
async fn events_of_a_pool_are_also_those_of_its_accounts_in_postgresql() {
    let Some(place) = databases::server().await else { return };
    events_of_pools(&place.store).await;
}

async fn events_of_pools(store: &Store) {
    let mut history = History::new(5, 2, 20);
    let chain: Vec<Transaction> = history.by_ref().take(300).collect();
    let mut writer = Writer::open(store).await.expect("a writer");
    writer.finalize(&chain[..100]).await.expect("stored");
    // One that begins anew knows no account by heart; some are opened and not final yet.
    let mut writer = Writer::open(store).await.expect("a writer");
    writer.confirm(&chain[100..200]).await.expect("stored");
    writer.finalize(&chain[100..150]).await.expect("stored");
    writer.confirm(&chain[200..]).await.expect("stored");
    let mut pools = HashMap::new();
    for event in chain.iter().flat_map(|one| &one.events) {
        if let Event::MarginAccountOpened(e) = event {
            pools.insert(e.account.to_string(), e.pool);
        }
    }
    for pool in history.pools() {
        let is_of = |event: &Event| {
            let told = evergreen_web::event(event);
            let mut texts = told.as_object().into_iter().flatten().filter_map(|(_, value)| value.as_str());
            texts.any(|text| text == pool.to_string() || pools.get(text) == Some(pool))
        };
        let expected: Vec<_> = told(&chain)
            .into_iter()
            .zip(chain.iter().flat_map(|one| &one.events))
            .filter_map(|(told, event)| is_of(event).then_some(told))
            .collect();
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let page = Page { after: Some(after), before: None, limit: 50 };
            let some = store.events(Some(*pool), None, page).await.expect("events");
            let Some(last) = some.last() else { break };
            after = last.id;
            found.extend(kept(&some));
        }
        assert!(expected.len() > 100 && expected.len() < told(&chain).len());
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn what_is_confirmed_becomes_final_or_is_withdrawn() {
    confirmed_and_final(&databases::file().await.store).await;
}

#[tokio::test]
async fn what_is_confirmed_becomes_final_or_is_withdrawn_in_postgres() {
    let Some(place) = databases::server().await else { return };
    confirmed_and_final(&place.store).await;
}

async fn confirmed_and_final(store: &Store) {
    let mut writer = Writer::open(store).await.expect("a writer");
    let mut notices = store.watch();
    let chain: Vec<Transaction> = History::new(1, 2, 20).take(300).collect();
    writer.finalize(&chain[..100]).await.expect("stored");
    writer.confirm(&chain[100..200]).await.expect("stored");
    let stored = all(store).await;
    assert_eq!(kept(&stored), told(&chain[..200]));
    assert_eq!(stored.iter().filter(|one| one.is_final).count(), told(&chain[..100]).len());
    // The same again changes nothing, in whatever order it comes.
    writer.confirm(&chain[150..200]).await.expect("stored");
    writer.finalize(&chain[50..100]).await.expect("stored");
    assert_eq!(kept(&all(store).await), told(&chain[..200]));
    let applied = writer.finalize(&chain[100..150]).await.expect("stored");
    assert!(!applied.withdrawn);
    // The chain goes another way: two transactions are gone, one lands in another slot.
    let mut other: Vec<Transaction> = chain[152..160].to_vec();
    other[3].slot += 7;
    let applied = writer.finalize(&other).await.expect("stored");
    assert!(applied.withdrawn);
    let expected: Vec<Transaction> = chain[..150].iter().chain(&other).cloned().collect();
    let stored = all(store).await;
    assert_eq!(kept(&stored), told(&expected));
    assert!(stored.iter().all(|one| one.is_final));
    let mut withdrawn = 0;
    while let Ok(notice) = notices.try_recv() {
        withdrawn += usize::from(matches!(notice, Notice::Withdrawn(_)));
    }
    assert_eq!(withdrawn, 1, "whoever listens was told once");
    // Numbers are not given again.
    let last = stored.last().expect("an event").id;
    writer.confirm(&chain[200..201]).await.expect("stored");
    writer.withdraw_after(0).await.expect("withdrawn");
    writer.confirm(&chain[201..202]).await.expect("stored");
    let newest = all(store).await.last().expect("an event").id;
    assert!(newest > last + 1_024, "{newest} after {last}");
}

#[tokio::test]
async fn a_time_that_was_not_known_at_first_is_known_once_it_is_final() {
    times(&databases::file().await.store).await;
}

#[tokio::test]
async fn a_time_that_was_not_known_at_first_is_known_once_it_is_final_in_postgres() {
    let Some(place) = databases::server().await else { return };
    times(&place.store).await;
}

async fn times(store: &Store) {
    let chain: Vec<Transaction> = History::new(6, 1, 10).take(60).collect();
    let early = chain.iter().cloned().map(|one| Transaction { block_time: None, ..one });
    let mut writer = Writer::open(store).await.expect("a writer");
    writer.confirm(&early.collect::<Vec<_>>()).await.expect("stored");
    assert!(all(store).await.iter().all(|one| one.time.is_none()));
    writer.finalize(&chain[..40]).await.expect("stored");
    let stored = all(store).await;
    let expected = chain[..40].iter().flat_map(|one| one.events.iter().map(|_| one.block_time));
    let (finals, open): (Vec<_>, Vec<_>) = stored.iter().partition(|one| one.is_final);
    assert!(finals.iter().map(|one| one.time).eq(expected), "each event has the time of its block");
    assert!(!open.is_empty() && open.iter().all(|one| one.time.is_none()));
}

#[tokio::test]
async fn a_process_that_ends_at_any_moment_loses_and_doubles_nothing() {
    ended_at_any_moment(&databases::file().await.store).await;
}

#[tokio::test]
async fn a_process_that_ends_at_any_moment_loses_and_doubles_nothing_in_postgres() {
    let Some(place) = databases::server().await else { return };
    ended_at_any_moment(&place.store).await;
}

async fn ended_at_any_moment(store: &Store) {
    let chain: Vec<Transaction> = History::new(2, 2, 30).take(900).collect();
    let (mut at, mut ends) = (0, 0);
    // Work is dropped in the middle of a batch, at another point each time, and taken up from what is stored.
    for patience in 0.. {
        let mut writer = Writer::open(store).await.expect("a writer");
        let position = writer.newest_final().map(|(signature, _)| signature);
        let next = position.map_or(0, |at| chain.iter().position(|one| one.signature == at).expect("known") + 1);
        assert!(next >= at, "what was stored is gone: {next} before {at}");
        at = next;
        if at == chain.len() {
            break;
        }
        let (chain, mut place) = (&chain, at);
        let work = async move {
            writer.confirm(&chain[place..(place + 40).min(chain.len())]).await.expect("stored");
            while place < chain.len() {
                let to = (place + 60).min(chain.len());
                writer.finalize(&chain[place..to]).await.expect("stored");
                place = to;
            }
        };
        // So many steps of the work are done, and no more.
        ends += usize::from(steps(Box::pin(work), 3 + patience * 7).await.is_none());
        let next = Writer::open(store).await.expect("a writer").newest_final().map(|(signature, _)| signature);
        at = next.map_or(0, |at| chain.iter().position(|one| one.signature == at).expect("known") + 1);
    }
    assert!(ends >= 3, "the work was dropped {ends} times");
    assert_eq!(kept(&all(store).await), told(&chain));
    compare_sums(store, &chain, &History::new(2, 2, 30)).await;
}

/// Polls a future so many times; `None` where it was not done then.
async fn steps<F: Future + Unpin>(mut work: F, most: usize) -> Option<F::Output> {
    let mut left = most;
    std::future::poll_fn(move |context| {
        if left == 0 {
            return std::task::Poll::Ready(None);
        }
        left -= 1;
        std::pin::Pin::new(&mut work).poll(context).map(Some)
    })
    .await
}

/// Compares accounts, open interest and prices of shares with what the events make one by one.
async fn compare_sums(store: &Store, chain: &[Transaction], history: &History) {
    use evergreen_sdk::events::Event;
    let mut statements: HashMap<_, Statement> = HashMap::new();
    let mut accounts = HashMap::new();
    let (mut held, mut refreshed) = (HashMap::<_, i64>::new(), 0);
    for one in chain {
        for event in &one.events {
            match event {
                Event::MarginAccountOpened(e) => {
                    accounts.insert(e.account, (e.pool, e.owner));
                    statements.insert(e.account, Statement::new(e.account));
                }
                Event::LegFilled(e) => {
                    held.insert((e.account, e.series.slot), e.position);
                }
                Event::PoolRefreshed(_) => refreshed += 1,
                _ => {}
            }
        }
        for (account, statement) in &mut statements {
            let named = |event: &Event| match event {
                Event::MarginAccountOpened(e) => e.account == *account,
                Event::TradeCommitted(e) => e.account == *account,
                Event::LegFilled(e) => e.account == *account,
                _ => false,
            };
            if one.events.iter().any(named) {
                statement.take(&one.events, one.block_time, false);
            }
        }
    }
    assert!(accounts.len() >= 20 && refreshed >= 5, "{} accounts, {refreshed} prices", accounts.len());
    for (address, (_, owner)) in &accounts {
        let found = store.accounts_of(*owner, 10).await.expect("accounts");
        let statement = &statements[address];
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].address.clone(), found[0].gap.clone()), (address.to_string(), None));
        assert_eq!(i128::from(found[0].realised), statement.realised().total());
        assert_eq!(found[0].cash, statement.cash());
    }
    for pool in history.pools() {
        for underlying in 0..2u8 {
            let (mut long, mut short) = (0, 0);
            for ((account, slot), position) in &held {
                if accounts[account].0 == *pool && slot % 2 == underlying {
                    (long, short) = (long + position.max(&0), short - position.min(&0));
                }
            }
            let newest = Page { before: None, after: None, limit: 1 };
            let found = store.interest(*pool, underlying, newest).await.expect("open interest");
            assert_eq!((found[0].held, found[0].written), (long, short));
        }
        let days = store.candles(*pool, 86_400, Page { before: None, after: None, limit: 10 }).await.expect("candles");
        let hours = store.candles(*pool, 300, Page { before: None, after: None, limit: 1_000 }).await.expect("candles");
        assert_eq!(days.iter().map(|day| day.high).max(), hours.iter().map(|hour| hour.high).max());
        assert_eq!(days.first().map(|day| day.last), hours.first().map(|hour| hour.last));
        let leaders = store.leaders(*pool, Rank::Realised, 0, 1_000).await.expect("leaders");
        assert_eq!(leaders.len(), accounts.values().filter(|(of, _)| of == pool).count());
        assert!(leaders.is_sorted_by_key(|one| std::cmp::Reverse(one.realised)));
    }
}

/// Asks over HTTP.
async fn get(server: &DataServer, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    let asked = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
    stream.write_all(asked.as_bytes()).await.expect("asked");
    let mut text = String::new();
    stream.read_to_string(&mut text).await.expect("answered");
    let status = text.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
    (status, text.split_once("\r\n\r\n").expect("a body").1.to_owned())
}

#[tokio::test]
async fn pages_follow_each_other_and_what_is_wrong_is_told() {
    let place = databases::file().await;
    let store = &place.store;
    let mut history = History::new(3, 1, 10);
    let chain: Vec<Transaction> = history.by_ref().take(400).collect();
    Writer::open(store).await.expect("a writer").finalize(&chain).await.expect("stored");
    let server = DataServer::start(([127, 0, 0, 1], 0).into(), store.clone()).await.expect("a server");
    let (account, owner) = history.accounts().next().expect("an account");
    let (mut path, mut ids) = (format!("/v1/events?address={account}&limit=7"), Vec::new());
    loop {
        let (status, body) = get(&server, &path).await;
        assert_eq!(status, 200, "{body}");
        let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        ids.extend(answer["events"].as_array().expect("events").iter().map(|one| one["id"].clone()));
        let Some(next) = answer["next"].as_str() else { break };
        path = format!("/v1/events?address={account}&limit=7&before={next}");
    }
    let named = all(store).await.into_iter().filter(|one| format!("{:?}", one.event).contains(&account.to_string()));
    let mut expected: Vec<String> = named.map(|one| one.id.to_string()).collect();
    expected.reverse();
    assert_eq!(ids, expected);
    let (_, body) = get(&server, &format!("/v1/portfolio?owner={owner}")).await;
    assert!(body.contains(&format!("\"account\":\"{account}\"")), "{body}");
    let pool = history.pools()[0];
    let (mut path, mut accounts) = (format!("/v1/leaders?pool={pool}&limit=3"), Vec::new());
    loop {
        let (status, body) = get(&server, &path).await;
        assert_eq!(status, 200, "{body}");
        let answer: serde_json::Value = serde_json::from_str(&body).expect("JSON");
        accounts.extend(answer["accounts"].as_array().expect("accounts").iter().map(|one| one["account"].clone()));
        let Some(next) = answer["next"].as_str() else { break };
        path = format!("/v1/leaders?pool={pool}&limit=3&skip={next}");
    }
    let expected = store.leaders(pool, Rank::Realised, 0, 1_000).await.expect("leaders");
    assert!(expected.len() == 10 && accounts == expected.iter().map(|one| one.address.as_str()).collect::<Vec<_>>());
    let wrong = [
        ("/v1/nothing", 404, "no such page: /v1 lists them"),
        ("/v1/candles", 400, "`pool` is missing"),
        ("/v1/candles?pool=1&seconds=60", 400, "60 seconds: expected 300, 3600 or 86400"),
        ("/v1/events?limit=many", 400, "limit: `many` is no whole number"),
        ("/v1/events?before=1&after=2", 400, "a page is either before or after something"),
    ];
    for (path, status, why) in wrong {
        assert_eq!(get(&server, path).await, (status, format!("{{\"problem\":\"{why}\"}}")), "{path}");
    }
    let (_, body) = get(&server, "/v1/events?kind=PoolCreated").await;
    assert_eq!(body.matches("\"kind\":\"PoolCreated\"").count(), 1, "{body}");
}

#[tokio::test]
async fn a_stream_tells_each_event_once_and_what_is_withdrawn() {
    let place = databases::file().await;
    let store = &place.store;
    let chain: Vec<Transaction> = History::new(4, 1, 10).take(120).collect();
    let mut writer = Writer::open(store).await.expect("a writer");
    writer.finalize(&chain[..50]).await.expect("stored");
    let server = DataServer::start(([127, 0, 0, 1], 0).into(), store.clone()).await.expect("a server");
    let mut stream = TcpStream::connect(server.address).await.expect("a connection");
    stream.write_all(b"GET /v1/stream?after=0 HTTP/1.1\r\nhost: localhost\r\n\r\n").await.expect("asked");
    let mut lines = BufReader::new(stream).lines();
    let (mut ids, mut withdrawn) = (Vec::new(), None);
    let mut read = async |until: usize, ids: &mut Vec<i64>, withdrawn: &mut Option<String>| {
        let mut named = String::new();
        while ids.len() < until {
            let line = lines.next_line().await.expect("a line").expect("more");
            if let Some(id) = line.strip_prefix("id: ") {
                ids.push(id.parse().expect("a number"));
            } else if let Some(name) = line.strip_prefix("event: ") {
                named = name.to_owned();
            } else if line.starts_with("data: ") && named == "withdrawn" {
                *withdrawn = Some(line.clone());
                named.clear();
            }
        }
    };
    let events = |chain: &[Transaction]| told(chain).len();
    read(events(&chain[..50]), &mut ids, &mut withdrawn).await;
    writer.confirm(&chain[50..80]).await.expect("stored");
    read(events(&chain[..80]), &mut ids, &mut withdrawn).await;
    let first = all(store).await[events(&chain[..50])].id;
    // The chain goes on without one of the transactions that were confirmed.
    writer.finalize(&chain[51..90]).await.expect("stored");
    read(events(&chain[..80]) + events(&chain[51..90]), &mut ids, &mut withdrawn).await;
    assert!(ids.is_sorted_by(|a, b| a < b), "each number once, in order");
    assert_eq!(withdrawn.as_deref(), Some(format!("data: {{\"from\":\"{first}\"}}").as_str()));
    let stored: Vec<i64> = all(store).await.iter().map(|one| one.id).collect();
    let kept: Vec<i64> = ids[..events(&chain[..50])].iter().chain(&ids[events(&chain[..80])..]).copied().collect();
    assert_eq!(kept, stored);
}
