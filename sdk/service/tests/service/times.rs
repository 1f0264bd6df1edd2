//! The index behind a node that learns the times of blocks late, and behind one whose confirmed transactions change.

use crate::{all, databases, kept, nodes::Node, told};
use evergreen_sdk::client::Transaction;
use evergreen_service::{Indexer, Page, Store, StoreError, Writer, testing::History};

/// All that final transactions add up to by time.
async fn sums(store: &Store, history: &History) -> Vec<String> {
    let page = Page { before: None, after: None, limit: 1_000 };
    let mut sums = Vec::new();
    for pool in history.pools() {
        for place in 0..2 {
            sums.push(format!("{:?}", store.interest(*pool, place, page).await.expect("open interest")));
        }
        for seconds in [300, 3_600, 86_400] {
            sums.push(format!("{:?}", store.candles(*pool, seconds, page).await.expect("candles")));
        }
    }
    for place in 0..2 {
        let samples = store.samples(history.underlying(place), page).await.expect("samples");
        sums.extend(samples.iter().map(|one| format!("{} {}", one.time, one.price)));
    }
    sums
}

async fn finals(store: &Store) -> usize {
    all(store).await.iter().filter(|one| one.is_final).count()
}

#[tokio::test]
async fn a_time_that_is_not_known_yet_is_asked_for_again_and_counted_once() {
    late(&databases::file().await.store, &databases::file().await.store).await;
}

#[tokio::test]
async fn a_time_that_is_not_known_yet_is_asked_for_again_and_counted_once_in_postgres() {
    let (Some(place), Some(other)) = (databases::server().await, databases::server().await) else { return };
    late(&place.store, &other.store).await;
}

/// Indexes behind a node that learns times late; another store takes the same with all times.
async fn late(store: &Store, other: &Store) {
    let mut history = History::new(7, 2, 20);
    let chain: Vec<Transaction> = history.by_ref().take(700).collect();
    let node = Node::default();
    let mut indexer = {
        let node = node.clone();
        Indexer::open(store, move |commitment| node.client(commitment)).await.expect("an index")
    };
    let knows = |some: usize, finals: usize, timed: usize| {
        let mut known = node.0.lock().expect("no panic");
        known.chain = chain[..some].to_vec();
        (known.finals, known.timed) = (finals, timed);
    };
    // Nothing is timed: all is told, and nothing counted.
    knows(40, 30, 0);
    assert_eq!(indexer.round().await.expect("a round"), 40);
    assert_eq!((kept(&all(store).await), finals(store).await), (told(&chain[..40]), 0));
    for (some, final_ones, timed) in [(100, 60, 20), (300, 290, 250), (300, 300, 255), (700, 690, 600), (700, 690, 680)]
    {
        knows(some, final_ones, timed);
        while indexer.round().await.expect("a round") > 0 {}
        assert_eq!(kept(&all(store).await), told(&chain[..some]), "each once, and in order");
        assert_eq!(finals(store).await, told(&chain[..timed.min(final_ones)]).len(), "final are those with a time");
        // One request a round, for the first one alone.
        let before = node.0.lock().expect("no panic").asked;
        assert_eq!(indexer.round().await.expect("a round"), 0);
        assert!(node.0.lock().expect("no panic").asked - before <= 2);
    }
    // A process that begins anew asks anew.
    drop(indexer);
    let mut indexer = {
        let node = node.clone();
        Indexer::open(store, move |commitment| node.client(commitment)).await.expect("an index")
    };
    while indexer.round().await.expect("a round") > 0 {}
    knows(700, 700, 700);
    while indexer.round().await.expect("a round") > 0 {}
    let stored = all(store).await;
    assert_eq!(kept(&stored), told(&chain));
    assert!(stored.iter().all(|one| one.is_final && one.time.is_some()));
    Writer::open(other).await.expect("a writer").finalize(&chain).await.expect("stored");
    let counted = sums(store, &history).await;
    assert!(counted.len() > 15, "{} sums", counted.len());
    assert_eq!(counted, sums(other, &history).await);
}

#[tokio::test]
async fn what_is_final_without_a_time_is_refused_and_what_follows_is_taken() {
    let place = databases::file().await;
    let chain: Vec<Transaction> = History::new(8, 1, 5).take(20).collect();
    let mut writer = Writer::open(&place.store).await.expect("a writer");
    let mut without = chain.clone();
    without[10].block_time = None;
    let refused = writer.finalize(&without).await.expect_err("one has no time");
    assert!(matches!(refused, StoreError::Timeless(signature, _) if signature == chain[10].signature), "{refused}");
    assert_eq!(all(&place.store).await.len(), 0);
    writer.finalize(&chain).await.expect("stored");
    assert_eq!(kept(&all(&place.store).await), told(&chain));
}

#[tokio::test]
async fn what_takes_the_place_of_confirmed_transactions_is_told_in_the_same_round() {
    let place = databases::file().await;
    let chain: Vec<Transaction> = History::new(9, 1, 10).take(60).collect();
    let node = Node::default();
    let mut indexer = {
        let node = node.clone();
        Indexer::open(&place.store, move |commitment| node.client(commitment)).await.expect("an index")
    };
    // The chain goes on with others, more and fewer than there were.
    for (kept_ones, first, last) in [(0, 0, 20), (15, 25, 45), (12, 50, 52), (13, 20, 30)] {
        {
            let mut known = node.0.lock().expect("no panic");
            known.timed = 1_000;
            known.chain.truncate(kept_ones);
            known.chain.extend_from_slice(&chain[first..last]);
            known.chain.sort_by_key(|one| one.slot);
        }
        indexer.round().await.expect("a round");
        let expected = told(&node.0.lock().expect("no panic").chain);
        assert_eq!(kept(&all(&place.store).await), expected);
    }
}
