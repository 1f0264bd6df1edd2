//! Margin, trades, orders, and leaving.

use crate::market::{Market, TOKEN, text};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{MarginAccount, Order},
};
use serde_json::Value;
use solana_signer::Signer;

const OPTION: &str = "--pool TSLA.M --underlying BTC --call --strike 100000";

/// Addresses of bob.
struct Bob {
    wallet: Pubkey,
    accounts: [Pubkey; 2],
}

impl Bob {
    fn of(market: &Market) -> Self {
        let (bob, mint) = (market.key("bob").pubkey(), market.mint("TSLA.M"));
        let account = |number| address::margin_account(&address::pool(&mint), &bob, number);
        let wallet = address::token_account(&bob, &mint, &anchor_spl::token::ID);
        Self { wallet, accounts: [account(0), account(1)] }
    }
}

pub fn native(value: &Value) -> i64 {
    value["native"].as_str().and_then(|native| native.parse().ok()).unwrap_or_else(|| panic!("no amount: {value}"))
}

pub fn names<'a>(value: &'a Value, key: &str) -> Vec<&'a str> {
    value[key].as_array().expect("a list").iter().filter_map(Value::as_str).collect()
}

/// Points of 0.1 BTC at 300 dollars a token.
const POINTS: i64 = 33_333_333;

pub fn a_trade_changes_what_it_says(market: &Market) {
    let bob = Bob::of(market);
    // A price that jumps in the seconds until a trade is filled may be beyond its limit.
    market.json("bob", "localnet price set BTC 100000");
    let buy = format!("trade buy {OPTION} --size 0.1BTC");

    let quote = market.json("bob", &format!("quote buy {OPTION} --size 0.1BTC"));
    assert_eq!(quote["points"], POINTS);
    let parts = native(&quote["premium"]) - native(&quote["fee"]);
    assert!(native(&quote["net"]) < 0 && parts == native(&quote["net"]), "{quote}");
    let least = native(&quote["least_deposit"]);
    assert!(least >= -native(&quote["net"]) && least < 2 * TOKEN, "{quote}");
    assert!(quote["net"]["dollars"].as_str().is_some_and(|dollars| dollars.starts_with('-')), "{quote}");

    // A dry run tells all and changes nothing.
    let before = market.tokens(&bob.wallet);
    let dry = market.json("bob", &format!("{buy} --deposit 5 --dry-run"));
    assert_eq!(dry["dry_run"], true);
    assert_eq!(names(&dry, "instructions").last(), Some(&"CommitTrade"));
    assert!(names(&dry, "events").contains(&"TradeCommitted") && dry["compute_units"].as_u64() > Some(10_000), "{dry}");
    assert!(dry["signature"].is_null());
    assert_eq!(market.tokens(&bob.wallet), before);
    assert!(market.find::<MarginAccount>(&bob.accounts[0]).is_none());

    // The trade does what was quoted.
    let done = market.json("bob", &format!("{buy} --deposit 5 --yes"));
    assert!(done["signature"].is_string() && names(&done, "events").contains(&"TradeCommitted"), "{done}");
    let outcome = &done["outcome"];
    assert!(names(outcome, "events").contains(&"Traded") && outcome["filled"] == true, "{done}");
    assert_eq!((&outcome["by_this_command"], &outcome["legs"][0]["points"]), (&true.into(), &POINTS.into()), "{done}");
    assert_eq!(market.tokens(&bob.wallet), before - 5 * TOKEN);
    let account = market.find::<MarginAccount>(&bob.accounts[0]).expect("opened");
    let paid = account.cash - 5 * TOKEN;
    assert_eq!(paid, native(&outcome["net"]), "as the chain says");
    let quoted = native(&done["quote"]["net"]);
    assert!((paid - quoted).abs() <= quoted.abs() / 200, "paid {paid}, quoted {quoted}");
    assert_eq!(account.open_positions().map(|place| account.positions[place].points).sum::<i64>(), POINTS);

    let positions = market.json("bob", "positions --pool TSLA.M");
    assert_eq!((&positions[0]["points"], &positions[0]["status"]), (&POINTS.into(), &"live".into()));
    assert_eq!(positions[0]["size"], "0.1 BTC");
    let shown = market.json("bob", "account show --pool TSLA.M");
    assert!(native(&shown["cash"]) <= account.cash && native(&shown["equity"]) > native(&shown["cash"]), "{shown}");
    assert_eq!(shown["liquidatable"], false);
    assert!(shown["liquidation_prices"][0]["at_or_above"].is_null(), "who has only bought cannot be liquidated");

    // Deposits and withdrawals to the unit.
    let wallet = market.tokens(&bob.wallet);
    market.json("bob", "deposit 2.5 --pool TSLA.M --yes");
    assert_eq!(market.tokens(&bob.wallet), wallet - 5 * TOKEN / 2);
    market.json("bob", "withdraw 1.25 --pool TSLA.M --yes");
    assert_eq!(market.tokens(&bob.wallet), wallet - 5 * TOKEN / 4);

    // Written on another account of theirs: the first trade paid in, now a price can liquidate it.
    market.json("bob", &format!("trade sell {OPTION} --size 0.05BTC --account 1 --deposit 3 --yes"));
    let writer = market.find::<MarginAccount>(&bob.accounts[1]).expect("opened");
    let written = writer.positions[writer.open_positions().next().expect("a position")].points;
    assert_eq!(written, -16_666_667);
    assert!(writer.cash > 3 * TOKEN, "who writes is paid");
    let series = market.json("bob", "series list --pool TSLA.M");
    assert_eq!((&series[0]["long_points"], &series[0]["short_points"]), (&POINTS.into(), &(-written).into()));

    let history = market.json("bob", "history --pool TSLA.M");
    let events: Vec<&str> = history.as_array().expect("rows").iter().filter_map(|row| row["event"].as_str()).collect();
    assert_eq!(events[..2], ["MarginAccountOpened", "MarginMoved"]);
    assert_eq!(events.iter().filter(|event| **event == "MarginMoved").count(), 3);
    assert_eq!(native(&history[1]["amount"]), 5 * TOKEN);
    let newest = market.json("bob", "history --pool TSLA.M --whole --limit 1");
    assert_eq!(newest.as_array().map(Vec::len), Some(1));
}

pub fn orders_are_placed_and_cancelled(market: &Market) {
    let bob = Bob::of(market);
    let place = format!("orders place sell {OPTION} --size 0.1BTC --at-or-above 120000 --limit 1.5 --reduce-only");
    let placed = market.json("bob", &format!("{place} --tip 0.01 --yes"));
    let number = placed["quote"]["number"].as_u64().expect("a number");
    let key = address::order(&bob.accounts[0], number);
    let order = market.find::<Order>(&key).expect("placed");
    let trigger = order.terms.trigger.expect("a trigger");
    assert_eq!((trigger.above, trigger.price), (true, 120_000 * 100_000_000));
    assert_eq!((order.terms.min_net, order.terms.tip), (3 * TOKEN / 2, 1_000_000));
    assert!(order.terms.reduce_only && order.terms.legs[0].points == -POINTS);

    let list = market.json("bob", "orders list --pool TSLA.M");
    assert_eq!((&list[0]["number"], &list[0]["trigger_met"]), (&number.into(), &false.into()));
    let waits = serde_json::json!({ "underlying": "BTC", "side": "at_or_above", "dollars": "120000" });
    assert_eq!(list[0]["trigger"], waits);
    // One that waits for nothing is told so before it is placed, and in the list.
    let met = market
        .run("bob", &format!("orders place sell {OPTION} --size 0.1BTC --at-or-above 90000 --reduce-only --dry-run"));
    assert!(text(&met).contains("BTC at or above $90000, which holds already"), "{}", text(&met));
    // Its limit for each coin is rounded for who places it, so that it is never worse than what was named.
    let a_coin = format!("orders place sell {OPTION} --size 0.1BTC --limit-a-coin 14.99999999 --reduce-only --yes");
    let placed = market.json("bob", &a_coin);
    let (key, points) = order_of(&bob, &placed);
    let order = market.find::<Order>(&key).expect("placed");
    let least = order.terms.min_net as f64;
    assert!((least - 149_999_999.9).abs() < 1.0 && order.terms.legs[0].points == points, "{least}");
    market.json("bob", &format!("orders cancel {} --pool TSLA.M --yes", placed["quote"]["number"]));

    // A bracket is two orders that close, one above and one below.
    let bracket = format!("orders place sell {OPTION} --size 0.1BTC --at-or-above 120000 --at-or-below 90000");
    let refused = market.fails("bob", &format!("{bracket} --yes"), 2);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("add --reduce-only")), "{refused}");
    let turned = bracket.replace("120000", "80000");
    let refused = market.fails("bob", &format!("{turned} --reduce-only --yes"), 2);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("has to be above")), "{refused}");
    let placed = market.json("bob", &format!("{bracket} --reduce-only --yes"));
    let sides = [&placed["quote"], &placed["quote"]["other"]];
    let numbers: Vec<u64> = sides.iter().map(|side| side["number"].as_u64().expect("a number")).collect();
    assert_eq!(numbers[1], numbers[0] + 1);
    for (side, (above, price)) in sides.iter().zip([(true, 120_000), (false, 90_000)]) {
        let order = market.find::<Order>(&order_of(&bob, &serde_json::json!({ "quote": side })).0).expect("placed");
        let trigger = order.terms.trigger.expect("a trigger");
        assert_eq!((trigger.above, trigger.price), (above, price * 100_000_000));
        assert!(order.terms.reduce_only);
    }
    for number in numbers {
        market.json("bob", &format!("orders cancel {number} --pool TSLA.M --yes"));
    }

    // What could not be placed, and what could not be filled now, says what would fit.
    let off = market.fails(
        "bob",
        "orders place buy --pool TSLA.M --underlying BTC --call --strike 99999 --size 0.01BTC --limit 1",
        3,
    );
    assert_eq!(
        (&off["cause"], off["fits"]["strikes"].as_array().map(Vec::len)),
        (&"StrikeOffGrid".into(), Some(2)),
        "{off}"
    );
    let tenor = market.fails(
        "bob",
        "orders place buy --pool TSLA.M --underlying BTC --call --strike atm --tenor 14d --size 0.01BTC --limit 1",
        3,
    );
    assert!(tenor["fits"]["tenors"].as_array().is_some_and(|tenors| tenors.len() > 2), "{tenor}");
    let large = market.json("bob", &format!("orders place buy {OPTION} --size 500BTC --limit 50 --dry-run"));
    let now = &large["quote"]["refused_now"];
    assert!(now["fits"]["sizes"].as_array().is_some_and(|sizes| !sizes.is_empty()), "{now}");
    evergreen_test_support::schema::check_error("orders place buy", now);
    let poor = market.json("bob", &format!("orders place buy {OPTION} --size 2BTC --limit 5000 --dry-run"));
    let now = &poor["quote"]["refused_now"];
    assert!(now["fits"]["deposit"]["tokens"].is_string() || now["fits"]["sizes"].is_array(), "{now}");

    // Without a condition it is no order.
    let refused = market.fails("bob", &format!("orders place buy {OPTION} --size 0.1BTC --yes"), 2);
    assert!(refused["error"].as_str().is_some_and(|error| error.contains("--limit")), "{refused}");

    market.json("bob", &format!("orders cancel {number} --pool TSLA.M --yes"));
    assert!(market.find::<Order>(&key).is_none());
    let gone = market.fails("bob", &format!("orders cancel {number} --pool TSLA.M --yes"), 1);
    let next = gone["next"].as_str().expect("what is next");
    let key = market.key_file("bob").display().to_string();
    assert_eq!(next, format!("see `evergreen orders list --pool TSLA.M --keypair {key}`"));
}

/// Address of an order that was placed, and the points of the sale.
fn order_of(bob: &Bob, placed: &serde_json::Value) -> (Pubkey, i64) {
    (address::order(&bob.accounts[0], placed["quote"]["number"].as_u64().expect("a number")), -POINTS)
}

pub fn leaving_pays_everything_out(market: &Market) {
    let bob = Bob::of(market);
    let open = market.json("bob", "positions --pool TSLA.M");
    let rows = open.as_array().expect("rows");
    let row = rows.iter().find(|row| row["account"] == 1).expect("the written one");
    let series = row["series"].as_str().expect("a name");
    market.json("bob", &format!("close --series {series} --pool TSLA.M --account 1 --yes"));
    let writer = market.find::<MarginAccount>(&bob.accounts[1]).expect("still there");
    assert!(writer.is_flat() && writer.cash > 0);

    let refused = market.fails("bob", "account close --pool TSLA.M --account 1 --yes", 3);
    assert_eq!(refused["cause"], "AccountNotEmpty");
    let next = refused["next"].as_str().unwrap_or_default();
    let key = market.key_file("bob").display().to_string();
    assert_eq!(next, format!("`evergreen withdraw all --pool TSLA.M --account 1 --keypair {key}` takes it out"));
    // Each thing that stands in the way of the other one, in the order in which it goes, and by which command.
    let order = format!("orders place sell {OPTION} --size 0.1BTC --at-or-above 120000 --reduce-only --yes");
    let number = market.json("bob", &order)["quote"]["number"].as_u64().expect("a number");
    let refused = market.fails("bob", "account close --pool TSLA.M --yes", 3);
    let (error, next) = (refused["error"].as_str().unwrap_or_default(), refused["next"].as_str().unwrap_or_default());
    for (held, command) in [
        ("1 open position;", "evergreen close --all --pool TSLA.M".to_owned()),
        ("1 open order;", format!("evergreen orders cancel {number} --pool TSLA.M")),
        ("cash of ", "evergreen withdraw all --pool TSLA.M".to_owned()),
    ] {
        assert!(error.contains(held) && next.contains(&format!("`{command} --keypair {key}`")), "{refused}");
    }
    // What has left has left: the second time there is nothing more, and that is no failure.
    let first = market.json("bob", "withdraw max --pool TSLA.M --yes");
    let shown = market.json("bob", "account show --pool TSLA.M");
    assert!(native(&first["quote"]["cash_before"]) >= native(&first["quote"]["amount"]), "{first}");
    let second = market.json("bob", "withdraw max --pool TSLA.M --yes");
    let note = second["note"].as_str().unwrap_or_default();
    assert!(second["done_before"] == true && note.contains("spare nothing"), "{second} {shown}");
    let wallet = market.tokens(&bob.wallet);
    market.json("bob", "withdraw all --pool TSLA.M --account 1 --yes");
    assert_eq!(market.tokens(&bob.wallet), wallet + writer.cash);
    market.json("bob", "account close --pool TSLA.M --account 1 --yes");
    assert!(market.find::<MarginAccount>(&bob.accounts[1]).is_none());

    let refused = market.fails("bob", "withdraw all --pool TSLA.M --yes", 1);
    assert!(refused["next"].as_str().is_some_and(|next| next.contains("close --all")), "{refused}");
    let dry = text(&market.run("bob", "close --all --pool TSLA.M --dry-run"));
    assert!(dry.contains("orders that stay open: 1") && dry.contains("evergreen orders cancel NUMBER"), "{dry}");
    let closed = market.jsons("bob", "close --all --pool TSLA.M --yes");
    assert!(closed.iter().all(|receipt| receipt["quote"]["open_orders"] == 1), "{closed:?}");
    let again = market.json("bob", "close --all --pool TSLA.M --yes");
    assert!(again["note"].as_str().is_some_and(|note| note.contains("orders that stay open: 1")), "{again}");
    market.json("bob", &format!("orders cancel {number} --pool TSLA.M --yes"));
    let account = market.find::<MarginAccount>(&bob.accounts[0]).expect("still there");
    assert!(account.is_flat() && account.cash == 0);
    // A round trip costs fees and spread, not more.
    let lost = 1_000 * TOKEN - market.tokens(&bob.wallet);
    assert!(lost > 0 && lost < TOKEN / 4, "{lost}");
}
