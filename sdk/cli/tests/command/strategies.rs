//! Strategies and legs of one's own: what is quoted is what happens, to the unit, while the clock stands still.

use crate::{
    market::{Market, TOKEN, text},
    trading::{names, native},
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::SendOptions,
    events::Event,
    evergreen::{
        Leg, OptionLeg,
        state::{MarginAccount, Order, Pool, SeriesId, SeriesRegistry},
    },
    instruction::{self as build, PoolKeys, PriceFeed},
    presets,
    price::{PriceProvider, PushFeeds},
};
use serde_json::Value;
use solana_keypair::Keypair;
use solana_signer::Signer;

const BTC: &str = "--pool TSLA.M --underlying BTC --size 0.1BTC";

/// Somebody and their accounts.
struct Person {
    name: &'static str,
    key: Keypair,
    keys: PoolKeys,
}

impl Person {
    fn new(market: &Market, name: &'static str) -> Self {
        let keys = PoolKeys::new(market.mint("TSLA.M"), anchor_spl::token::ID);
        Self { name, key: market.newcomer(name, 300), keys }
    }

    fn account_key(&self, number: u16) -> Pubkey {
        address::margin_account(&self.keys.pool, &self.key.pubkey(), number)
    }

    fn account(&self, market: &Market, number: u16) -> Box<MarginAccount> {
        market.find(&self.account_key(number)).expect("an account")
    }

    fn wallet(&self, market: &Market) -> i64 {
        market.tokens(&self.keys.wallet(&self.key.pubkey()))
    }

    /// Quotes and then trades the same: cash, positions and events are what was quoted. Returns the quote.
    fn trades_as_quoted(&self, market: &Market, line: &str, number: u16, deposit: i64) -> Value {
        let before = market.find::<MarginAccount>(&self.account_key(number));
        let cash = before.as_ref().map_or(0, |account| account.cash);
        let quote = market.json(self.name, &format!("quote {line} --account {number}"));
        let done = market.json(self.name, &format!("trade {line} --account {number} --yes"));
        for key in
            ["net", "premium", "mark", "spread", "carry_per_day", "fee", "legs", "max_loss", "max_gain", "min_net"]
        {
            assert_eq!(done["quote"][key], quote[key], "{line}: {key}");
        }
        let account = self.account(market, number);
        // Seconds pass until the price is there, and with them funding.
        let outcome = &done["outcome"];
        assert_eq!((&outcome["filled"], &outcome["net"]), (&true.into(), &quote["net"]), "{line}: {done}");
        assert_eq!(account.cash, cash + deposit + native(&quote["net"]) + native(&outcome["funding"]), "{line}");
        assert_eq!(native(&outcome["cash"]), account.cash, "{line}: the tip came back");
        // Leg by leg and in total.
        let legs = quote["legs"].as_array().expect("legs");
        for (part, total) in [("premium", "premium"), ("fee", "fee"), ("mark", "mark")] {
            assert_eq!(legs.iter().map(|leg| native(&leg[part])).sum::<i64>(), native(&quote[total]), "{line}: {part}");
        }
        assert_eq!(native(&quote["premium"]) - native(&quote["fee"]), native(&quote["net"]), "{line}");
        for leg in legs {
            assert_eq!(leg["position_after"], position(&account, leg["series"].as_str().expect("a name")), "{line}");
        }
        let filled = names(outcome, "events").iter().filter(|event| **event == "LegFilled").count();
        assert_eq!(filled, legs.len(), "{line}");
        for (planned, filled) in legs.iter().zip(outcome["legs"].as_array().expect("legs")) {
            for key in ["option", "series", "points", "position_after", "spot", "premium", "fee"] {
                assert_eq!(filled[key], planned[key], "{line}: {key}");
            }
        }
        quote
    }
}

fn series(name: &str) -> SeriesId {
    let (slot, generation) = name.split_once(':').expect("slot and generation");
    SeriesId { slot: slot.parse().expect("a slot"), generation: generation.parse().expect("a generation") }
}

fn position(account: &MarginAccount, name: &str) -> i64 {
    account.find(series(name)).map_or(0, |place| account.positions[place].points)
}

/// The options of a quote, for instance `put 95000 +`.
fn shape(quote: &Value) -> Vec<String> {
    let leg = |leg: &Value| {
        let sign = if leg["points"].as_i64() > Some(0) { '+' } else { '-' };
        format!("{}{} {}", sign, leg["kind"].as_str().expect("a kind"), leg["strike"])
    };
    quote["legs"].as_array().expect("legs").iter().map(leg).collect()
}

fn tokens(native: i64) -> String {
    format!("{}.{:08}", native / TOKEN, native % TOKEN)
}

/// Prices that everybody knows, and no time that passes.
fn stand_still(market: &Market) {
    market.json("lena", "localnet price set BTC 100000");
    market.json("lena", "localnet price set ETH 4000");
    // A quote counts the price of the last full minute, which may be one of before.
    market.json("lena", "localnet advance 2m");
    market.json("lena", "localnet clock pause");
}

pub fn what_is_quoted_is_what_happens(market: &Market) {
    let (carol, dave) = (Person::new(market, "carol"), Person::new(market, "dave"));
    assert_eq!(carol.wallet(market), 300 * TOKEN, "funded as asked");
    stand_still(market);

    // A dry run tells all and changes nothing.
    let state = || {
        let pool = market.find::<Pool>(&carol.keys.pool).expect("a pool");
        let registry = market.find::<SeriesRegistry>(&carol.keys.registry).expect("a registry");
        let ledgers = (pool.pool_cash, pool.margin_cash, pool.reserved_collateral, pool.fees_due);
        (ledgers, registry.series.map(|series| (series.long_points, series.short_points, series.generation)))
    };
    let before = (state(), carol.wallet(market));
    let dry = market.json("carol", &format!("trade straddle {BTC} --deposit 30 --dry-run"));
    let does = names(&dry, "instructions");
    assert_eq!((does.first(), does.last()), (Some(&"OpenMarginAccount"), Some(&"CommitTrade")));
    assert!(names(&dry, "events").contains(&"TradeCommitted") && dry["signature"].is_null(), "{dry}");
    assert!(dry["note"].as_str().is_some_and(|note| note.starts_with("only the commitment was simulated")), "{dry}");
    assert_eq!((state(), carol.wallet(market)), before);
    assert!(market.find::<MarginAccount>(&carol.account_key(0)).is_none());

    // Bought: both sides of a strike, and two strikes.
    let quote = carol.trades_as_quoted(market, &format!("straddle {BTC} --deposit 30"), 0, 30 * TOKEN);
    assert_eq!(shape(&quote), ["+call 100000", "+put 100000"]);
    assert_eq!(native(&quote["max_loss"]), -native(&quote["net"]), "all that was paid");
    let wings = "--put -5% --call +5%";
    let quote = carol.trades_as_quoted(market, &format!("strangle {BTC} {wings}"), 0, 0);
    assert_eq!(shape(&quote), ["+put 95000", "+call 105000"]);
    assert!(native(&quote["funding_per_day"]) > 0 && quote["runway_seconds"].as_u64() > Some(0), "{quote}");

    // Written against what carol holds.
    let vertical = format!("vertical {BTC} --call --buy 100000 --write 105000 --deposit 20");
    let quote = dave.trades_as_quoted(market, &vertical, 0, 20 * TOKEN);
    assert_eq!(shape(&quote), ["+call 100000", "-call 105000"]);
    // The cap of the bought call comes first, 20,000 dollars a coin; then that of the other, 21,000.
    let points = quote["legs"][0]["points"].as_i64().expect("points");
    let paid = points * 20_000 / 1_000;
    assert_eq!(native(&quote["max_gain"]), paid + native(&quote["net"]));
    assert_eq!(native(&quote["max_loss"]), (points * 21_000 + 999) / 1_000 - paid - native(&quote["net"]));
    let size = "--pool TSLA.M --underlying BTC --points 10000000";
    let greedy = market.fails("dave", &format!("trade collar {BTC} {wings} --yes"), 3);
    assert_eq!(greedy["cause"], "ShortExceedsLong", "carol holds no more");
    let more = carol.trades_as_quoted(market, &format!("buy {BTC} --call --strike 105000"), 0, 0);
    assert_eq!(native(&more["max_loss"]), -native(&more["net"]), "what she holds of it already is not counted");
    let quote = dave.trades_as_quoted(market, &format!("collar {size} {wings}"), 0, 0);
    assert_eq!(shape(&quote), ["+put 95000", "-call 105000"]);

    // A covered write pays in what covers it, and no price liquidates it.
    let wallet = dave.wallet(market);
    let covered = format!("covered-write {size} --call --strike 105000");
    let short = market.fails("dave", &format!("trade {covered} --account 1 --deposit 0.5 --yes"), 1);
    assert!(short["next"].as_str().is_some_and(|next| next.starts_with("pay in ")), "{short}");
    let planned = market.json("dave", &format!("quote {covered} --account 1"));
    let deposit = native(&planned["deposit"]);
    dave.trades_as_quoted(market, &covered, 1, deposit);
    assert_eq!(dave.wallet(market), wallet - deposit);
    assert!(planned["covered"] == true && dave.account(market, 1).cash >= native(&planned["short_caps"]), "{planned}");
    let shown = market.json("dave", "account show --pool TSLA.M --account 1");
    assert!(shown["liquidation_prices"][0]["at_or_above"].is_null(), "{shown}");

    // Rolled: what is held of one strike becomes another's.
    let held = market.json("carol", "positions --pool TSLA.M");
    let held =
        held.as_array().expect("rows").iter().find(|row| row["option"].as_str() == Some("BTC put 100000 of 7 d"));
    let from = held.expect("the put").get("series").and_then(Value::as_str).expect("a name").to_owned();
    let points = position(&carol.account(market, 0), &from);
    let roll = format!("roll --pool TSLA.M --series {from} --strike 97000 --tenor 30d");
    let quote = carol.trades_as_quoted(market, &roll, 0, 0);
    assert_eq!(shape(&quote), ["-put 100000", "+put 97000"]);
    assert!(quote["max_loss"].is_null(), "what is given up had its own price");
    let (closed, opened) = (&quote["legs"][0], &quote["legs"][1]);
    assert_eq!((&closed["position_after"], &opened["position_after"]), (&0.into(), &points.into()));
    assert_eq!(opened["tenor_seconds"], 30 * 86_400);
    let same = market.fails("carol", &format!("quote roll --pool TSLA.M --series {from} --strike 97000"), 1);
    let next = same["next"].as_str().expect("what is next");
    assert!(next.starts_with("see `evergreen positions --pool TSLA.M --keypair "), "{next}");

    // Four legs of one's own, in coins and points, on both underlyings, with a limit on the whole.
    let legs = r#"legs --pool TSLA.M --leg "+0.02BTC call 110000 1d" --leg "-0.02BTC call 100000 7d"
        --leg "+1ETH put -5% 7d" --leg "+5000000 points ETH call atm 30d""#;
    let net = native(&market.json("carol", &format!("quote {legs}"))["net"]);
    let refused = market.fails("carol", &format!("trade {legs} --min-net=-0.00000001 --yes"), 3);
    assert_eq!(refused["cause"], "LimitExceeded", "{refused}");
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("limit -0.00000001 TSLA.M")), "{refused}");
    assert_eq!(native(&refused["fits"]["min_net"]), net, "what it comes to now would be met");
    // At exactly what is quoted it goes through.
    let limit = format!("--min-net=-{}", tokens(-net));
    let quote = carol.trades_as_quoted(market, &format!("{legs} {limit}"), 0, 0);
    assert_eq!(shape(&quote), ["+call 110000", "-call 100000", "+put 3800", "+call 4000"]);
    assert_eq!((native(&quote["net"]), native(&quote["min_net"])), (net, net));
    // The longest transaction: an account to open, a deposit, four options to list, four legs.
    let fay = Person::new(market, "fay");
    stand_still(market);
    let legs = r#"legs --pool TSLA.M --leg "+0.01BTC call 113000 1d" --leg "+0.01BTC put 88000 30d"
        --leg "+1ETH put 3350 7d" --leg "+1ETH call 4450 30d" --deposit 20"#;
    fay.trades_as_quoted(market, legs, 7, 20 * TOKEN);
    for (line, code) in [
        (r#"quote legs --pool TSLA.M --leg "0.1BTC call atm""#, 2),
        (r#"quote legs --pool TSLA.M --leg "+0.1BTC call atm 7d more""#, 2),
        (r#"quote legs --pool TSLA.M"#, 2),
        ("quote strangle --pool TSLA.M --underlying BTC --size 1 --put 105000 --call 95000", 3),
        ("quote vertical --pool TSLA.M --underlying BTC --call --size 1 --buy 100000 --write 100000", 3),
        ("quote roll --pool TSLA.M --series 0:1", 2),
    ] {
        let output = market.run("carol", line);
        assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output));
    }
}

/// What a trade brings in the end is what its quote says it brings at most.
pub fn the_ends_are_reached(market: &Market) {
    let erin = Person::new(market, "erin");
    stand_still(market);
    let spread = "vertical --pool TSLA.M --underlying BTC --points 10000000 --call --buy 100000 --write 105000";
    let quote = erin.trades_as_quoted(market, &format!("{spread} --deposit 20"), 0, 20 * TOKEN);
    let then = market.now();
    let at_cap = |dollars: u32, leg: usize| {
        market.json("erin", &format!("localnet price set BTC {dollars}"));
        let underlying = address::underlying(&presets::BTC_FEED);
        let reached = format!("${dollars}.00, reached");
        let price = PushFeeds::UPGRADED.account(&presets::BTC_FEED).expect("a feed");
        let name = quote["legs"][leg]["series"].as_str().expect("a name");
        // Before anybody exercises it.
        let shown = market.json("erin", "positions --pool TSLA.M");
        let position =
            shown.as_array().and_then(|all| all.iter().find(|one| one["series"] == name)).expect("it is held");
        assert_eq!((&position["status"], &position["cap_distance"]), (&"live".into(), &"0%".into()), "{shown}");
        let said = text(&market.run("erin", "positions --pool TSLA.M"));
        assert!(said.contains(&reached), "{said}");
        // Its price is certain to a fiftieth of a per cent, so it has to go on by that much.
        market.json("erin", &format!("localnet price set BTC {}", dollars + dollars / 1_000));
        let id = series(name);
        market.send(&erin.key, &[build::exercise_series(&erin.keys, id, &PriceFeed { underlying, price })]);
    };
    let settled = || {
        market.send(&erin.key, &[build::settle_positions(&erin.keys, erin.account_key(0))]);
        erin.account(market, 0).cash - 20 * TOKEN
    };
    at_cap(120_000, 0);
    assert_eq!(settled(), native(&quote["max_gain"]), "the bought one is paid");
    at_cap(126_000, 1);
    assert_eq!(-settled(), native(&quote["max_loss"]), "then the written one is owed");
    assert_eq!(market.now(), then, "no funding in between");
    stand_still(market);
}

/// Below the price that `account show` names nobody can liquidate, from it on anyone can.
pub fn a_set_price_liquidates(market: &Market) {
    let (holder, writer) = (Person::new(market, "gina"), Person::new(market, "gus"));
    stand_still(market);
    let option = "--pool TSLA.M --underlying BTC --call --strike 103000 --tenor 30d --size 0.1BTC";
    holder.trades_as_quoted(market, &format!("buy {option} --deposit 10"), 0, 10 * TOKEN);
    let least = native(&market.json("gus", &format!("quote sell {option}"))["least_deposit"]);
    let refused = market.fails("gus", &format!("trade sell {option} --deposit {} --yes", tokens(least - 1)), 3);
    assert_eq!(refused["cause"], "InsufficientHealth");
    let deposit = least + TOKEN;
    writer.trades_as_quoted(market, &format!("sell {option} --deposit {}", tokens(deposit)), 0, deposit);

    let shown = market.json("gus", "account show --pool TSLA.M");
    let bounds = &shown["liquidation_prices"][0];
    assert!(bounds["at_or_below"].is_null() && shown["liquidatable"] == false, "{shown}");
    let from: f64 = bounds["at_or_above"].as_str().and_then(|price| price.parse().ok()).expect("a price");
    let series = market.json("gus", "positions --pool TSLA.M")[0]["series"].as_str().map(series).expect("a name");
    let closed = || {
        let account = writer.account(market, 0);
        let points = account.find(series).map_or(0, |place| account.positions[place].points);
        (points, account.cash)
    };
    let lena = market.key("lena");
    let own = address::margin_account(&writer.keys.pool, &lena.pubkey(), 0);
    let liquidate = || {
        let underlying = address::underlying(&presets::BTC_FEED);
        let price = PushFeeds::UPGRADED.account(&presets::BTC_FEED).expect("a feed");
        let legs = vec![Leg { series, points: 33_333_333 }];
        let feeds = [PriceFeed { underlying, price }];
        let instruction = build::liquidate(lena.pubkey(), &writer.keys, writer.account_key(0), own, legs, &feeds);
        market.wait(market.client().send(&lena, &[instruction], &[], &[], &SendOptions::default()))
    };
    let before = closed();
    market.json("gus", &format!("localnet price set BTC {:.2}", from - 1.0));
    assert_eq!(market.json("gus", "account show --pool TSLA.M")["liquidatable"], false);
    let early = liquidate().expect_err("too early");
    assert!(early.refusal().is_some_and(|refusal| refusal.is("NotLiquidatable")), "{early}");
    market.json("gus", &format!("localnet price set BTC {:.2}", from + 0.01));
    assert_eq!(market.json("gus", "account show --pool TSLA.M")["liquidatable"], true);
    let landed = liquidate().unwrap_or_else(|error| panic!("{error}"));
    assert!(landed.events().iter().any(|event| matches!(event, Event::Liquidated(_))));
    let after = closed();
    assert!(before.0 < after.0 && after.0 < 0 && after.1 < before.1, "closed in part: {before:?} {after:?}");
    assert_eq!(market.json("gus", "account show --pool TSLA.M")["liquidatable"], false);
    stand_still(market);
}

pub fn orders_of_several_legs(market: &Market) {
    let carol = Person {
        name: "carol",
        key: market.key("carol"),
        keys: PoolKeys::new(market.mint("TSLA.M"), anchor_spl::token::ID),
    };
    stand_still(market);
    let legs = r#"legs --pool TSLA.M --leg "+0.01BTC call 106000" --leg "+0.01BTC put 94000""#;
    let before = carol.account(market, 0).open_orders;
    let refused = market.fails("carol", &format!("orders place {legs} --yes"), 2);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("--min-net")), "{refused}");
    assert_eq!(market.fails("carol", &format!("orders place {legs} --limit 1 --yes"), 2)["exit_code"], 2);
    market.json("carol", &format!("orders place {legs} --min-net=-1 --tip 0.01 --dry-run"));
    assert_eq!(carol.account(market, 0).open_orders, before, "a dry run places nothing");

    let placed =
        market.json("carol", &format!("orders place {legs} --min-net=-1 --at-or-above 99000 --tip 0.01 --yes"));
    let number = placed["quote"]["number"].as_u64().expect("a number");
    let key = address::order(&carol.account_key(0), number);
    let order = market.find::<Order>(&key).expect("placed");
    assert_eq!((order.terms.legs.len(), order.terms.min_net, order.terms.tip), (2, -TOKEN, 1_000_000));
    let points: Vec<i64> = order.terms.legs.iter().map(|leg| leg.points).collect();
    assert_eq!(points, [3_333_333, 3_333_333]);

    // Anyone executes it, with a price that is younger than the order.
    let of = carol.account_key(0);
    let execute = format!("orders execute {number} --of {of} --yes");
    let early = market.fails("lena", &execute, 3);
    assert_eq!(early["cause"], "OrderPriceTooEarly");
    assert!(early["next"].as_str().is_some_and(|next| next.contains("next price")), "{early}");
    market.json("lena", "localnet advance 2s");
    // Its owner may, too, and needs no account that stakes.
    let own = market.json("carol", &execute.replace("--yes", "--dry-run"));
    assert!(names(&own, "events").contains(&"TradeCommitted"), "{own}");
    let dry = market.json("lena", &execute.replace("--yes", "--dry-run"));
    assert!(names(&dry, "events").contains(&"TradeCommitted"), "{dry}");
    assert!(market.find::<Order>(&key).is_some(), "a dry run executes nothing");
    let lena = address::margin_account(&carol.keys.pool, &market.key("lena").pubkey(), 0);
    let had = market.find::<MarginAccount>(&lena).map_or(0, |account| account.cash);
    let done = market.json("lena", &execute);
    let outcome = &done["outcome"];
    assert!(names(outcome, "events").contains(&"OrderExecuted"), "{done}");
    assert_eq!(
        (&done["quote"]["planned"], &outcome["order"], &outcome["tip"]["native"], &outcome["tip_to"]),
        (&"committed".into(), &"executed".into(), &(TOKEN / 100).to_string().into(), &lena.to_string().into())
    );
    // Whoever executes it is told, too, what it was quoted before it was committed.
    let units = |amount: &Value| amount["native"].as_str().and_then(|native| native.parse::<i64>().ok());
    let quoted = &outcome["quoted"];
    assert_eq!(
        units(&quoted["net"]).zip(units(&quoted["difference"])).map(|(net, more)| net + more),
        units(&outcome["net"]),
        "{done}"
    );
    assert!(
        outcome["legs"].as_array().is_some_and(|legs| legs.iter().all(|leg| leg["quoted_spot"].is_string())),
        "{done}"
    );
    let rows = market.json("carol", "history --pool TSLA.M --limit 5");
    let rows = rows.as_array().expect("events");
    let traded = rows.iter().rev().find(|row| row["event"] == "Traded").expect("the trade");
    assert_eq!(outcome["net"]["native"], traded["amount"]["native"], "to the unit");
    assert!(market.find::<Order>(&key).is_none());
    assert_eq!(market.find::<MarginAccount>(&lena).expect("hers").cash, had + TOKEN / 100, "the tip is hers");
    let held = carol.account(market, 0);
    let registry = market.find::<SeriesRegistry>(&carol.keys.registry).expect("a registry");
    let is_held = |leg: &OptionLeg| held.find(registry.find(&leg.option).expect("listed")).is_some();
    assert_eq!(order.terms.legs.iter().map(is_held).collect::<Vec<_>>(), [true, true]);
    let gone = market.fails("lena", &execute, 1);
    assert!(gone["next"].as_str().is_some_and(|next| next.contains("orders list")), "{gone}");
    market.json("lena", "withdraw --all --pool TSLA.M --yes");
}
