//! Filling of commitments: at the first price after them, once, by whoever comes first.

use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, FillError, FillPosting, FillRequest, Filled, SendOptions, lookup},
    events::Event,
    evergreen::{
        Leg, TradeTerms,
        state::{CancelReason, MarginAccount, OptionLeg, Order, OrderTerms, SeriesId, SeriesSpec, Trigger},
    },
    instruction as build,
    plan::Planner,
    price::{Hermes as Service, PushFeeds, PythPrograms},
    quote::PoolView,
};
use evergreen_test_network::{Hermes, Market, SERVICE_KEY, TOKEN};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::Duration;

const SOURCE: PushFeeds = PushFeeds::UPGRADED;

fn options() -> SendOptions {
    SendOptions { poll: Duration::from_millis(10), ..SendOptions::default() }
}

/// A market with a series, and a trader with ten tokens.
struct Scene {
    market: Market,
    client: Client,
    alice: Keypair,
    account: Pubkey,
}

impl Scene {
    fn new() -> Self {
        let market = Market::start();
        let (alice, account) = market.trader(10);
        let request = SeriesSpec { put: false, strike: 100_000, tenor: 7 * 86_400 };
        market.send(&[build::list_series(&market.keys, &market.feeds[0], request)]);
        Self { client: market.client(), market, alice, account }
    }

    async fn view(&self) -> PoolView {
        self.client.pool_view(self.market.keys, &SOURCE).await.unwrap().value
    }

    async fn state(&self) -> Box<MarginAccount> {
        self.client.get::<MarginAccount>(&self.account).await.unwrap().value
    }

    async fn legs(&self) -> Vec<OptionLeg> {
        let leg = Leg { series: SeriesId { slot: 0, generation: 1 }, points: 1_000_000 };
        self.view().await.named(&[leg]).unwrap()
    }

    /// Commits a purchase for at most nine tokens.
    async fn commit(&self) {
        let number = self.state().await.next_order;
        let terms = TradeTerms { legs: self.legs().await, closing: 0, min_net: -9 * TOKEN as i64 };
        let commit = build::commit_trade(self.alice.pubkey(), &self.market.keys, self.account, number, terms, &[]);
        self.market.chain().send_as(&self.alice, &[commit], &[]).unwrap_or_else(|error| panic!("{error}"));
    }

    /// Lets the clock run until so many seconds after the moment of a commitment's price, second by second, each with prices of its own.
    async fn pass(&self, seconds: i64) {
        let moment = self.view().await.price_moment(&self.state().await.commitment);
        while self.view().await.now < moment + seconds {
            self.market.advance(1);
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }

    async fn fill(&self, payer: &Keypair) -> Filled {
        let filled =
            self.client.fill(payer, &FillRequest::new(self.market.keys, self.account, &SOURCE), &options()).await;
        filled.unwrap_or_else(|error| panic!("{error}"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commitment_is_filled_once_whoever_comes_first() {
    let scene = Scene::new();
    let kim = scene.market.somebody(0);
    assert!(matches!(scene.fill(&kim).await, Filled::Elsewhere), "there is nothing to fill");
    scene.commit().await;
    scene.pass(1).await;
    let (one, other) = tokio::join!(scene.fill(&scene.alice), scene.fill(&kim));
    let here = [&one, &other].into_iter().filter(|filled| matches!(filled, Filled::Here(_))).count();
    assert_eq!(here, 1, "{one:?} {other:?}");
    let state = scene.state().await;
    assert_eq!((state.commitment.is_open(), state.positions[0].points), (false, 1_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_price_is_there_only_after_its_moment_and_is_kept() {
    let scene = Scene::new();
    scene.commit().await;
    let state = scene.state().await;
    let moment = scene.view().await.price_moment(&state.commitment);
    // No price has been published after the moment, unless transactions have moved the clock so far already.
    let early = scene.client.view_to_fill(scene.market.keys, &state, &SOURCE).await.unwrap().value;
    assert!(early.is_none_or(|view| view.now > moment), "a price before its moment");
    // Four seconds after the moment the push feed has gone on, and the first price lies where first prices are kept.
    scene.pass(4).await;
    let view = scene.client.view_to_fill(scene.market.keys, &state, &SOURCE).await.unwrap().value.expect("a price");
    assert_ne!(view.markets[0].feed.price, scene.market.feeds[0].price);
    let plan = Planner::new(&view, &SOURCE, scene.alice.pubkey()).fill(scene.account, &state, None, None).unwrap();
    assert_eq!(plan.signers, [scene.alice.pubkey()]);
    let done = scene.client.execute(&plan, &scene.alice, &[], &options()).await.unwrap();
    assert!(done.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_))), "{:?}", done.events());
    assert!(view.now > moment + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_has_filled_in_time_is_cancelled_for_its_bond() {
    let scene = Scene::new();
    scene.commit().await;
    let before = scene.state().await.cash;
    let window = i64::from(scene.view().await.pool.params.fill_window);
    scene.pass(window + 1).await;
    let Filled::Here(done) = scene.fill(&scene.alice).await else { panic!("nobody else fills trades here") };
    let events = done.events();
    let lapsed = events.iter().find_map(|event| match event {
        Event::CommitmentCancelled(lapsed) => Some(lapsed),
        _ => None,
    });
    let lapsed = lapsed.unwrap_or_else(|| panic!("{events:?}"));
    assert_eq!(lapsed.reason, CancelReason::Lapsed);
    assert!(lapsed.fee > 0);
    // Alice's tip goes back to her, because she has named no account to receive it.
    let state = scene.state().await;
    assert!(state.is_flat() && !state.commitment.is_open());
    assert_eq!(state.cash, before + (lapsed.tip + lapsed.bond) as i64 - lapsed.fee as i64);
    assert_eq!(lapsed.fee, lapsed.bond);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_committed_and_then_filled() {
    let scene = Scene::new();
    let (keys, payer) = (scene.market.keys, scene.alice.pubkey());
    let terms = OrderTerms {
        legs: scene.legs().await,
        min_net: i64::MIN,
        trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
        reduce_only: false,
        expires_at: scene.view().await.now + 3_600,
        tip: 1_000,
    };
    let place = build::place_order(payer, payer, &keys, scene.account, 0, terms, &[]);
    scene.market.chain().send_as(&scene.alice, &[place], &[]).unwrap_or_else(|error| panic!("{error}"));
    // A price has to be published after the order was placed.
    scene.market.advance(1);
    tokio::time::sleep(Duration::from_millis(300)).await;
    let kim = scene.market.somebody(0);
    let feeds = &scene.market.feeds[..1];
    // Her own commitment needs no stake.
    let commit = build::commit_order(payer, &keys, scene.account, 0, payer, None, feeds);
    scene.client.send(&scene.alice, &[commit], &[], &[], &options()).await.unwrap_or_else(|error| panic!("{error}"));
    scene.pass(1).await;
    let Filled::Here(done) = scene.fill(&kim).await else { panic!("nobody else fills orders here") };
    assert!(done.events().iter().any(|event| matches!(event, Event::OrderExecuted(_))), "{:?}", done.events());
    let order = address::order(&scene.account, 0);
    assert!(scene.client.get_many::<Order>(&[order]).await.unwrap().value[0].is_none(), "it is closed");
    assert_eq!(scene.state().await.positions[0].points, 1_000_000);
}

/// Where nobody else samples, the trader takes the sample that is due in the transaction of the fill, from the account where the first price of the minute is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_sample_that_is_due_is_taken_in_front_of_the_fill() {
    let scene = Scene::new();
    // The first sample can be taken at the first full minute that is a minute after the creation, so it is due by now.
    for _ in 0..13 {
        scene.market.advance(10);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let quoted = scene.view().await;
    let market = &quoted.markets[0];
    assert!(market.sample.is_some(), "its price is kept");
    let counted = market.sampled(quoted.now).unwrap();
    assert!(counted.sample_time > market.underlying.sample_time, "and quotes count it");
    scene.commit().await;
    scene.pass(1).await;
    let Filled::Here(done) = scene.fill(&scene.alice).await else { panic!("nobody else fills trades here") };
    let events = done.events();
    assert!(matches!(events.first(), Some(Event::VolatilitySampled(_))), "{events:?}");
    assert!(events.iter().any(|event| matches!(event, Event::CommitmentFilled(_))), "{events:?}");
    let after = scene.view().await.markets[0].underlying.clone();
    assert_eq!(after.unsampled_grid_time(after.sample_time + 1), None);
}

/// A trader whom nobody serves posts the price on their own, in the transaction of the fill, and gets the rent of its account back.
#[tokio::test(flavor = "multi_thread")]
async fn audit_c3_a_trader_posts_the_price_in_the_transaction_of_the_fill() {
    let scene = Scene::new();
    let market = &scene.market;
    market.deploy_standin();
    market.keep_first_prices(false);
    let hermes = Hermes::of(&market.network.rpc_url());
    let service = Service::new(&hermes.url).unwrap().with_token(SERVICE_KEY);
    let programs = PythPrograms::UPGRADED;
    let mut addresses = lookup::addresses(&market.keys, &market.feeds);
    addresses.extend([programs.config(), programs.treasury(7), programs.guardian_set(1)]);
    let me = scene.alice.pubkey();
    let slot = market.chain().clock().unwrap().slot - 1;
    let (create, table) = lookup::create(me, me, slot, &addresses);
    market.chain().send_as(&scene.alice, &create, &[]).unwrap_or_else(|error| panic!("{error}"));
    // A sample is due, too, and nobody has kept its price.
    for _ in 0..13 {
        market.advance(10);
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    let sampled = scene.view().await.markets[0].underlying.sample_time;
    scene.commit().await;
    let moment = scene.view().await.price_moment(&scene.state().await.commitment);
    // The push feed has gone on, and nobody has kept the first price.
    scene.pass(4).await;
    let price = Keypair::new();
    let posting = |tables| FillPosting {
        service: &service,
        programs,
        account: &price,
        tables,
        treasury: 7,
        patience: Duration::ZERO,
    };
    let request = FillRequest::new(market.keys, scene.account, &SOURCE);
    // Without a table it does not fit. The price is waited for, and the reason is told.
    let without = posting(&[]);
    let (options, alone) = (options(), FillRequest { posting: Some(&without), ..request });
    let waited = scene.client.fill(&scene.alice, &alone, &options).await;
    let Err(FillError::NoPrice { moment: after, own: Some(why), .. }) = waited else { panic!("{waited:?}") };
    assert_eq!((after, why.contains("at most 1232 are possible")), (moment, true), "{why}");
    let tables = [table];
    let with = posting(&tables);
    let filled =
        scene.client.fill(&scene.alice, &FillRequest { posting: Some(&with), ..request }, &options).await.unwrap();
    let Filled::Here(done) = filled else { panic!("nobody else fills") };
    let filled = done.events().into_iter().find_map(|event| match event {
        Event::CommitmentFilled(filled) => Some(filled),
        _ => None,
    });
    assert_eq!(filled.expect("a fill").account, scene.account);
    let state = scene.state().await;
    assert_eq!((state.commitment.is_open(), state.positions[0].points), (false, 1_000_000));
    assert!(market.chain().account(&price.pubkey()).unwrap().is_none(), "the rent is back");
    let after = scene.view().await.markets[0].underlying.sample_time;
    assert!(after > sampled, "they have posted and taken the sample before");
    println!("{:?} compute units", done.record.as_ref().and_then(|record| record.compute_units));
}
