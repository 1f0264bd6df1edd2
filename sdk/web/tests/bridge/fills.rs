//! Fills that a page foresees: what becomes of them, and in which second.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    accounts,
    evergreen::{Leg, engine::TradeRequest, state::MarginAccount},
    quote::{FillResolution, MarketView, PoolView, PriceBytes},
    testing::scene::Scene,
};
use evergreen_web::{Views, respond};
use serde_json::{Value, json};

/// A grid time of volatility samples, seconds after the scene's.
const GRID: i64 = 2_800;

/// A trade in a scene that is committed some seconds after the scene's time, and the view with the first prices after it.
fn committed(seed: u64, slot: usize, points: i64, at: i64) -> Option<(MarginAccount, PoolView)> {
    let mut scene = Scene::new(seed, 0).expect("a scene");
    let mut account = scene.account(2);
    account.cash = 1 << 40;
    // Marks are above where samples lead them, so that they fall from second to second.
    for market in &mut scene.view.markets {
        let (mut state, most) = (market.underlying.volatility_state(), market.underlying.volatility_params().max);
        (state.front, state.back) = (most, most);
        market.underlying.set_volatility_state(state);
    }
    let leg = Leg { series: scene.series[slot], points };
    let before = scene.after(at).expect("a scene later");
    let request = TradeRequest { legs: vec![leg], closing: 0, min_net: -(account.cash / 2) };
    let done = before.view.commit(&account, &request).ok()?;
    let delay = i64::from(done.account.commitment.fill_delay) + 1;
    let mut view = before.after(delay).expect("a scene later").view;
    (view.pool, view.registry) = (done.pool, done.registry);
    for (market, earlier) in view.markets.iter_mut().zip(&before.view.markets) {
        let price: PriceBytes = earlier.price.clone().expect("a price");
        market.take_sample(view.now, [(market.feed.price, price)]);
    }
    Some((*done.account, view))
}

fn net(view: &PoolView, account: &MarginAccount) -> Option<i64> {
    match view.fill(account, None).expect("a quote").resolution {
        FillResolution::Filled { net, .. } => Some(net),
        FillResolution::Cancelled { .. } => None,
    }
}

/// Seeds, slots and sizes of trades. All buy, since a scene has as much written as it may have.
fn cases() -> impl Iterator<Item = (u64, usize, i64)> {
    (0..12u64).flat_map(|seed| {
        [(3, 40_000), (20, 9_000), (41, 700_000), (60, 300_000)].map(|(slot, points)| (seed, slot, points))
    })
}

/// Compares what is told of the next seconds with what becomes of the fill in each; returns how many differ from the first one. Nothing where it is cancelled.
fn compared(view: &PoolView, account: &MarginAccount) -> Option<u32> {
    let first = net(view, account)?;
    let told = plan(view, account, Some(5));
    assert_eq!(told["ok"]["quote"]["net"], json!(first.to_string()), "{told}");
    let later = told["ok"]["later"].as_array().expect("seconds");
    assert_eq!(later.len(), 5);
    for (place, one) in later.iter().enumerate() {
        let mut next = view.clone();
        next.now += place as i64 + 1;
        assert_eq!(one["now"], json!(next.now.to_string()));
        assert_eq!(one["net"], json!(net(&next, account).map(|net| net.to_string())));
    }
    assert_eq!(plan(view, account, None)["ok"]["later"], json!([]));
    Some(later.iter().map(|one| u32::from(one["net"] != told["ok"]["quote"]["net"])).sum())
}

#[test]
fn a_fill_is_foreseen_for_each_second() {
    // Before the grid time there is no sample to take, after it there is one.
    for (at, samples) in [(60, 0), (GRID + 1, 1)] {
        let (mut fills, mut differ) = (0, 0);
        for (seed, slot, points) in cases() {
            let (account, view) = committed(seed, slot, points, at).expect("a trade that is taken");
            assert_eq!(view.samples_to_fill(&account).len(), samples);
            let Some(seconds) = compared(&view, &account) else { continue };
            (fills, differ) = (fills + 1, differ + seconds);
            if samples > 0 {
                // Without the price of the sample the program would refuse the fill.
                let mut unknown = view.clone();
                unknown.markets.iter_mut().for_each(|market| market.sample = None);
                assert_eq!(plan(&unknown, &account, None)["problem"]["kind"], json!("NoPrice"));
            }
        }
        assert!(fills >= 40 && differ >= 100, "{fills} were filled, {differ} seconds differ");
    }
}

/// Asks the bridge for the fill.
fn plan(view: &PoolView, account: &MarginAccount, seconds: Option<u8>) -> Value {
    let mut views = Views::default();
    let opened = ask(&mut views, "openView", &told(view));
    let question = json!({
        "view": opened["ok"]["view"], "address": address(), "account": bytes(account), "payer": address(), "seconds": seconds,
    });
    ask(&mut views, "planFill", &question)
}

fn ask(views: &mut Views, call: &str, ask: &Value) -> Value {
    let text = json!({ "call": call, "ask": ask }).to_string();
    serde_json::from_str(&respond(text.as_bytes(), views)).expect("JSON")
}

fn address() -> Value {
    json!("SysvarC1ock11111111111111111111111111111111")
}

/// Tells a view as the accounts that it was made of.
fn told(view: &PoolView) -> Value {
    let account = |key: String, price: &PriceBytes| json!({ "address": key, "owner": price.owner.to_string(), "data": STANDARD.encode(&price.data) });
    let market = |market: &MarketView| {
        json!({
            "underlying": bytes(&*market.underlying),
            "price": market.price.as_ref().map(|price| account(market.feed.price.to_string(), price)),
            "sample": market.sample.as_ref().map(|(key, price)| account(key.to_string(), price)),
        })
    };
    json!({
        "name": { "mint": view.keys.mint.to_string(), "tokenProgram": view.keys.token_program.to_string() },
        "pool": bytes(&*view.pool), "registry": bytes(&*view.registry), "markets": view.markets.iter().map(market).collect::<Vec<_>>(),
        "now": view.now.to_string(),
    })
}

fn bytes<T: accounts::Account + bytemuck::NoUninit>(content: &T) -> Value {
    STANDARD.encode([T::PREFIX, bytemuck::bytes_of(content)].concat()).into()
}
