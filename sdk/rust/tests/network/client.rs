//! Fetching, watching, streaming and sending.

use evergreen_sdk::{
    accounts::DecodeError,
    anchor_lang::prelude::Pubkey,
    client::{
        Client, ClientError, EventHistory, EventStream, Filter, PriorityFee, SendError, SendOptions, Status, Watch,
        WatchConfig, lookup,
    },
    events::Event,
    evergreen::{
        Leg, TradeTerms,
        state::{MarginAccount, Pool, SeriesId, SeriesRegistry, SeriesSpec},
    },
    failure::Cause,
    instruction as build,
    price::PushFeeds,
};
use evergreen_test_network::{Liar, Lie, Market, Others, Proxy, TOKEN};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

fn options() -> SendOptions {
    SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_are_read_one_by_one_in_batches_and_by_filter() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let (_, other) = market.trader(4);

    let found = client.get::<MarginAccount>(&account).await.unwrap();
    assert_eq!((found.value.owner, found.value.cash), (alice.pubkey(), 3 * TOKEN as i64));
    assert!(found.slot > 0);
    // 250 addresses take three requests; addresses without an account give `None` at their places.
    let mut keys: Vec<Pubkey> = (0..250).map(|_| Keypair::new().pubkey()).collect();
    (keys[7], keys[249]) = (account, other);
    let many = client.get_many::<MarginAccount>(&keys).await.unwrap().value;
    let there: Vec<usize> = (0..250).filter(|place| many[*place].is_some()).collect();
    assert_eq!(there, [7, 249]);

    let pool = market.keys.pool;
    assert_eq!(client.find::<MarginAccount>(Filter::ALL).await.unwrap().value.len(), 2);
    assert_eq!(client.find::<MarginAccount>(Filter::of_pool(account)).await.unwrap().value.len(), 0);
    let own = client.find::<MarginAccount>(Filter::of_owner(alice.pubkey())).await.unwrap().value;
    assert_eq!(own.iter().map(|(key, _)| *key).collect::<Vec<_>>(), [account]);
    assert_eq!(client.find::<SeriesRegistry>(Filter::of_pool(pool)).await.unwrap().value.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn missing_foreign_and_other_accounts_are_told_apart() {
    let market = Market::start();
    let client = market.client();
    let (_, account) = market.trader(3);
    let unknown = Keypair::new().pubkey();
    assert!(matches!(client.get::<Pool>(&unknown).await, Err(ClientError::Missing(key)) if key == unknown));
    let vault = market.keys.vault;
    let foreign = client.get::<Pool>(&vault).await.err();
    assert!(
        matches!(foreign, Some(ClientError::Foreign { address, owner }) if address == vault && owner == anchor_spl::token::ID)
    );
    let other = client.get::<Pool>(&account).await.err();
    let source = DecodeError::Discriminator;
    assert!(matches!(other, Some(ClientError::Decode { address, source: why }) if address == account && why == source));
    assert!(matches!(client.find::<Pool>(Filter::of_owner(unknown)).await, Err(ClientError::Filter("owner"))));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_follows_and_survives_a_broken_connection() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let proxy = Proxy::to(&market.network.ws_url()).await;
    let config = WatchConfig {
        longest_pause: Duration::from_millis(200),
        fallback: Duration::from_millis(100),
        ..WatchConfig::pool(format!("ws://127.0.0.1:{}", proxy.port), market.keys.pool, vec![market.keys.pool])
    };
    let mut watch = Watch::start(client.clone(), config).await.expect("a watch");
    let cash = |watch: &Watch| watch.cache().get::<MarginAccount>(&account).unwrap().map(|account| account.cash);
    assert_eq!(cash(&watch), Some(3 * TOKEN as i64), "the first scan is complete");
    assert!(watch.cache().get::<Pool>(&market.keys.pool).unwrap().is_some());

    let deposit = build::deposit_margin(alice.pubkey(), &market.keys, account, TOKEN);
    let mut changes = watch.changes();
    market.chain().send_as(&alice, std::slice::from_ref(&deposit), &[]).unwrap();
    let arrived = async {
        while cash(&watch) != Some(4 * TOKEN as i64) {
            changes.recv().await.expect("news");
        }
    };
    tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("a subscription brings the change");

    proxy.cut().await;
    let noticed = async {
        while watch.status() == Status::Current {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), noticed).await.expect("the break is noticed");
    // This change happens without a subscription, so a scan has to find it.
    market.chain().send_as(&alice, &[deposit], &[]).unwrap();
    let scanned = async {
        while cash(&watch) != Some(5 * TOKEN as i64) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), scanned).await.expect("a scan brings the change");
    assert_ne!(watch.status(), Status::Current);
    proxy.mend();
    tokio::time::timeout(Duration::from_secs(10), watch.current()).await.expect("reconnected").unwrap();
    assert_eq!(cash(&watch), Some(5 * TOKEN as i64));
}

#[tokio::test(flavor = "multi_thread")]
async fn events_come_in_order_and_once_and_a_stream_resumes() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let deposit = |amount| build::deposit_margin(alice.pubkey(), &market.keys, account, amount);
    for amount in 1..=7 {
        market.chain().send_as(&alice, &[deposit(amount)], &[]).unwrap();
    }
    let amounts = |transaction: &evergreen_sdk::client::Transaction| -> Vec<i64> {
        let moved = |event: &Event| if let Event::MarginMoved(moved) = event { Some(moved.amount) } else { None };
        transaction.events.iter().filter_map(moved).collect()
    };
    // With pages of two the stream reads several pages.
    let mut stream = EventStream::new(client.clone(), account, None).pages_of(2);
    let mut seen = Vec::new();
    let mut middle = None;
    while let Some(transaction) = stream.poll().await.unwrap() {
        seen.extend(amounts(&transaction));
        if seen.last() == Some(&4) {
            middle = stream.position();
        }
    }
    assert_eq!(seen, [3 * TOKEN as i64, 1, 2, 3, 4, 5, 6, 7]);

    // A second stream resumes from the middle, and the websocket wakes it.
    let hour = Duration::from_secs(3_600);
    let mut resumed = EventStream::new(client, account, middle).every(hour).wake_by(&market.network.ws_url());
    let mut rest = Vec::new();
    for _ in 0..3 {
        rest.extend(amounts(&resumed.next().await.unwrap()));
    }
    assert_eq!(rest, [5, 6, 7]);
    let waiting = tokio::spawn(async move { resumed.next().await.map(|transaction| amounts(&transaction)) });
    tokio::time::sleep(Duration::from_millis(500)).await;
    market.chain().send_as(&alice, &[deposit(8)], &[]).unwrap();
    let woken = tokio::time::timeout(Duration::from_secs(10), waiting).await.expect("woken").unwrap().unwrap();
    assert_eq!(woken, [8]);
    // The log of this transaction is truncated: events are missing, and the stream reports it.
    let many: Vec<_> = (1..=25).map(deposit).collect();
    market.chain().send_as(&alice, &many, &[]).unwrap();
    let mut last = EventStream::new(market.client(), account, stream.position());
    assert!(!last.next().await.unwrap().truncated);
    let cut = last.next().await.unwrap();
    assert!(cut.truncated && cut.events.len() < 25);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_lists_that_are_cut_off_nothing_is_lost() {
    const DEPOSITS: u64 = 30;
    let market = Market::start();
    let (alice, account) = market.trader(3);
    let deposit = |amount| build::deposit_margin(alice.pubkey(), &market.keys, account, amount);
    for amount in 1..=DEPOSITS {
        market.chain().send_as(&alice, &[deposit(amount)], &[]).unwrap();
    }
    let all: Vec<i64> = std::iter::once(3 * TOKEN as i64).chain(1..=DEPOSITS as i64).collect();
    let amount = |event: &Event| if let Event::MarginMoved(moved) = event { Some(moved.amount) } else { None };
    // One list in five lacks its newest entries, or its end. Where it has lied it does not do so when the same is asked again.
    let liar = Liar::before(&market.network.rpc_url(), 11, 25, &[Lie::Short]).await.relenting();
    let client = Client::new(&liar.url);
    for page in [1_000, 7, 2] {
        let mut stream = EventStream::new(client.clone(), account, None).pages_of(page);
        let mut told = Vec::new();
        // What a list lacks because the node lags comes with another one.
        for _ in 0..100 {
            while let Some(transaction) = stream.poll().await.unwrap() {
                told.extend(transaction.events.iter().filter_map(amount));
            }
            if told.len() >= all.len() {
                break;
            }
        }
        assert_eq!(told, all, "pages of {page}");
        let mut history = EventHistory::new(client.clone(), account).pages_of(page);
        let mut told = Vec::new();
        while let Some(transaction) = history.next().await.unwrap() {
            told.extend(transaction.events.iter().filter_map(amount));
        }
        told.reverse();
        assert_eq!(told, all, "pages of {page}, backwards");
    }
    assert!(liar.counts()[&Lie::Short] >= 10, "{:?}", liar.counts());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_names_its_cause_and_costs_nothing() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let request = SeriesSpec { put: false, strike: 100_000, tenor: 7 * 86_400 };
    market.send(&[build::list_series(&market.keys, &market.feeds[0], request)]);
    let view = client.pool_view(market.keys, &PushFeeds::UPGRADED).await.unwrap().value;
    let legs = view.named(&[Leg { series: SeriesId { slot: 0, generation: 1 }, points: 1_000_000 }]).unwrap();
    let terms = TradeTerms { legs, closing: 0, min_net: -4 * TOKEN as i64 };
    let trade = build::commit_trade(alice.pubkey(), &market.keys, account, 0, terms, &[]);
    let before = market.chain().lamports(&alice.pubkey()).unwrap();
    let error = client.send(&alice, &[trade], &[], &[], &options()).await.expect_err("a refusal");
    let refusal = error.refusal().unwrap_or_else(|| panic!("{error}"));
    assert!(refusal.is("InsufficientCash"), "{refusal}");
    assert_eq!(refusal.instruction, Some(0));
    assert!(refusal.compared.as_deref().is_some_and(|words| words.ends_with("the most to pay 400000000")), "{refusal}");
    assert_eq!(market.chain().lamports(&alice.pubkey()).unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_of_another_program_names_it() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let too_much = build::deposit_margin(alice.pubkey(), &market.keys, account, 1_000 * TOKEN);
    let error = client.send(&alice, &[too_much], &[], &[], &options()).await.expect_err("a refusal");
    let Some(Cause::Foreign { program, known: Some(known) }) = error.refusal().map(|refusal| &refusal.cause) else {
        panic!("{error}");
    };
    assert_eq!(program.as_deref(), Some(anchor_spl::token::ID.to_string().as_str()));
    assert_eq!(known.full_name(), "Token.InsufficientFunds");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_by_anchor_names_its_cause() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let close = build::close_margin_account(Keypair::new().pubkey(), &market.keys, account);
    let error = client.send(&alice, &[close], &[], &[], &options()).await.expect_err("a refusal");
    assert!(error.refusal().is_some_and(|refusal| refusal.is("ConstraintHasOne")), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_signature_is_a_signing_error() {
    let market = Market::start();
    let client = market.client();
    let ((alice, _), (bob, account)) = (market.trader(3), market.trader(3));
    let deposit = build::deposit_margin(bob.pubkey(), &market.keys, account, TOKEN);
    let error = client.send(&alice, &[deposit], &[], &[], &options()).await.expect_err("bob has not signed");
    assert!(matches!(error, SendError::Signing(_)), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_sent_again_and_again_lands_once() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let deposit = build::deposit_margin(alice.pubkey(), &market.keys, account, 1_000);
    let hasty = SendOptions {
        resend: Duration::from_millis(1),
        poll: Duration::from_millis(1),
        priority: PriorityFee::Fixed(1_000),
        ..SendOptions::default()
    };
    let landed = client.send(&alice, &[deposit], &[], &[], &hasty).await.expect("landed");
    let record = landed.record.as_ref().expect("a record");
    assert_eq!(landed.events().len(), 1);
    let used = record.compute_units.expect("units");
    let text = record.logs.join("\n");
    // The compute limit is not the default of 200,000 units.
    assert!(used > 1_000 && !text.contains("of 200000 compute units"), "{text}");
    tokio::time::sleep(Duration::from_millis(300)).await;
    let cash = client.get::<MarginAccount>(&account).await.unwrap().value.cash;
    assert_eq!(cash, 3 * TOKEN as i64 + 1_000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lookup_table_shrinks_a_transaction() {
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let slot = market.chain().clock().unwrap().slot - 1;
    let addresses = lookup::addresses(&market.keys, &market.feeds);
    let (create, table) = lookup::create(alice.pubkey(), alice.pubkey(), slot, &addresses);
    for instruction in create {
        client.send(&alice, &[instruction], &[], &[], &options()).await.unwrap_or_else(|error| panic!("{error}"));
    }
    let tables = client.lookup_tables(&[table]).await.expect("the table");
    assert_eq!(tables[0].addresses, addresses);
    // A transaction with 30 deposits is too large without the table.
    let deposit = |amount| build::deposit_margin(alice.pubkey(), &market.keys, account, amount);
    let many: Vec<_> = (1..=30).map(deposit).collect();
    let plain = client.simulate(&alice.pubkey(), &many, &[]).await;
    assert!(matches!(plain, Err(SendError::TooLarge { bytes, most: 1_232 }) if bytes > 1_232));
    let shorter = client.simulate(&alice.pubkey(), &many, &tables).await;
    assert!(shorter.is_ok(), "{:?}", shorter.err());
    let landed = client.send(&alice, &many[..10], &[], &tables, &options()).await.expect("landed");
    assert_eq!(landed.events().len(), 10);
    assert!(matches!(
        client.lookup_tables(&[market.keys.pool]).await,
        Err(ClientError::Answer(why)) if why.contains("no lookup table")
    ));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unreachable_network_is_an_error() {
    let client = Client::new("http://127.0.0.1:9");
    assert!(matches!(client.clock().await, Err(ClientError::Rpc { .. })));
    let watch = Watch::start(client, WatchConfig::all("ws://127.0.0.1:9")).await;
    assert!(matches!(watch.err(), Some(ClientError::Rpc { .. })));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_does_without_a_websocket_and_takes_another_one() {
    let market = Market::start();
    let (_, account) = market.trader(3);
    let config = WatchConfig { fallback: Duration::from_millis(200), ..WatchConfig::all("ws://127.0.0.1:9") };
    let watch = Watch::start(market.client(), config.clone()).await.expect("a watch that reads");
    assert!(matches!(watch.status(), Status::Polling { .. }), "{:?}", watch.status());
    assert_eq!(watch.cache().get::<MarginAccount>(&account).unwrap().map(|found| found.cash), Some(3 * TOKEN as i64));

    // One that takes connections and says nothing, and a good one.
    let silent = Proxy::to(&market.network.ws_url()).await;
    silent.set_silent(true);
    let urls = vec!["ws://127.0.0.1:9".into(), format!("ws://127.0.0.1:{}", silent.port), market.network.ws_url()];
    let config = WatchConfig { ws_urls: urls, longest_pause: Duration::from_millis(200), ..config };
    let mut watch = Watch::start(market.client(), config).await.expect("a watch that reads");
    let current = tokio::time::timeout(Duration::from_secs(20), watch.current()).await;
    current.expect("the third one is taken").expect("it is current");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_websocket_that_falls_silent_is_noticed_within_ten_seconds() {
    let market = Market::start();
    let (alice, account) = market.trader(3);
    let proxy = Proxy::to(&market.network.ws_url()).await;
    // Everything is read again once in an hour only, so that nothing else finds the change.
    let hour = Duration::from_secs(3_600);
    let config = WatchConfig { rescan: hour, ..WatchConfig::all(format!("ws://127.0.0.1:{}", proxy.port)) };
    let watch = Watch::start(market.client(), config).await.expect("a watch");
    assert_eq!(watch.status(), Status::Current);
    proxy.set_silent(true);
    // The chain goes on.
    let others = Others::start(&market);
    let deposit = build::deposit_margin(alice.pubkey(), &market.keys, account, TOKEN);
    market.chain().send_as(&alice, &[deposit], &[]).unwrap();
    let start = std::time::Instant::now();
    while watch.cache().get::<MarginAccount>(&account).unwrap().map(|found| found.cash) != Some(4 * TOKEN as i64) {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", watch.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("found after {:?}", start.elapsed());
    // It was found before the connection counts as lost.
    while !matches!(watch.status(), Status::Polling { .. }) {
        assert!(start.elapsed() < Duration::from_secs(10), "{:?}", watch.status());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    println!("given up after {:?}", start.elapsed());
    drop(others);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_client_assigns_a_loss_before_anything_else() {
    // SETUP: one unit is taken out of the main vault.
    let market = Market::start();
    let client = market.client();
    let (alice, account) = market.trader(3);
    let vault = market.keys.vault;
    let mut data = market.chain().account_data(&vault).unwrap();
    let held = u64::from_le_bytes(data[64..72].try_into().expect("eight bytes"));
    data[64..72].copy_from_slice(&(held - 1).to_le_bytes());
    market.chain().set_account(&vault, &market.keys.token_program, &data).unwrap();

    // TEST: the client sends the assignment before the withdrawal, in the same transaction.
    let withdraw = build::withdraw_margin(alice.pubkey(), &market.keys, account, TOKEN, &[]);
    let simulated = client.simulate(&alice.pubkey(), std::slice::from_ref(&withdraw), &[]).await.unwrap();
    assert!(simulated.logs.iter().any(|line| line.contains("SyncVault")), "{:?}", simulated.logs);
    let landed = client.send(&alice, &[withdraw], &[], &[], &options()).await.unwrap();
    let logs = landed.record.expect("a record").logs;
    assert!(logs.iter().any(|line| line.contains("SyncVault")), "{logs:?}");
    assert!(client.get::<Pool>(&market.keys.pool).await.unwrap().value.is_distressed());
    // A refusal counts the caller's instructions only.
    let mut data = market.chain().account_data(&vault).unwrap();
    let held = u64::from_le_bytes(data[64..72].try_into().expect("eight bytes"));
    data[64..72].copy_from_slice(&(held - 1).to_le_bytes());
    market.chain().set_account(&vault, &market.keys.token_program, &data).unwrap();
    let all = build::withdraw_margin(alice.pubkey(), &market.keys, account, 100 * TOKEN, &[]);
    let refused = client.send(&alice, &[all], &[], &[], &options()).await.err();
    let Some(SendError::Refused { refusal, .. }) = refused else { panic!("not refused: {refused:?}") };
    assert_eq!((refusal.instruction, refusal.is("InsufficientCash")), (Some(0), true));
}
