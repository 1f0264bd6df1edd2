//! What is told of a trade before it is made and after, and of pools side by side, beside what the client library and the chain say.

use crate::{
    market::{Market, text, within},
    trading::native,
};
use evergreen_sdk::{
    address,
    convert::Decimal,
    evergreen::{
        Leg,
        state::{MarginAccount, Pool, SeriesId},
    },
    price::PushFeeds,
};
use serde_json::Value;
use solana_signer::Signer;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().unwrap_or_else(|| panic!("no number: {value}"));
    text.trim_end_matches('%').parse().expect("a number")
}

/// While time and prices stand still: the same quote by the client library, and the position that the trade becomes.
pub fn a_quote_tells_what_the_library_does(market: &Market) {
    let gwen = market.newcomer("gwen", 300);
    let option = "--pool TSLA.M --underlying BTC --call --strike 101000 --size 0.1BTC";
    let quote = market.json("gwen", &format!("quote buy {option} --after-days 30"));
    let done = market.json("gwen", &format!("trade buy {option} --deposit 20 --yes"));
    let legs = quote["legs"].as_array().expect("legs");
    let own = &quote["underlyings"][0];
    for part in ["delta", "gamma", "vega"] {
        assert_eq!(legs[0][part], own[part], "of one leg: {quote}");
    }
    // By the client library, of the account as it was.
    let keys = market.wait(market.client().pool_keys(market.mint("TSLA.M"))).expect("a pool");
    let view = market.wait(market.client().pool_view(keys, &PushFeeds::UPGRADED)).expect("a view").value;
    let (slot, generation) = legs[0]["series"].as_str().and_then(|name| name.split_once(':')).expect("a series");
    let series =
        SeriesId { slot: slot.parse().expect("a slot"), generation: generation.parse().expect("a generation") };
    let mut empty: Box<MarginAccount> =
        market.find(&address::margin_account(&keys.pool, &gwen.pubkey(), 0)).expect("an account");
    let place = empty.find(series).expect("a position");
    let points = empty.positions[place].points;
    empty.positions[place] = Default::default();
    empty.cash = 1 << 40;
    let again = view.trade(&empty, &[Leg { series, points }]).expect("a quote");
    let profile = view.profile(&again, 30).expect("a profile");
    let by_library = &profile.underlyings[0].sensitivities;
    let near = |told: &Value, known: i64| {
        let apart = native(&told["amount"]).abs_diff(known);
        assert!(apart <= 2 + known.unsigned_abs() / 1_000, "{told} and {known}");
    };
    near(&own["delta"], by_library.delta);
    near(&own["gamma"], by_library.gamma);
    near(&own["vega"], by_library.vega);
    assert_eq!(native(&own["funding_per_day"]), native(&quote["trade_funding_per_day"]));
    // A coin costs the change of cash over the size.
    let price = decimal(&legs[0]["price_a_coin"]);
    let paid = -decimal(&quote["net"]["dollars"]) * Decimal::from(10);
    assert!((price - paid).abs() <= Decimal::from(1), "{price} and {paid}");
    let implied = decimal(&legs[0]["implied_volatility"]);
    assert!(implied > decimal(&legs[0]["volatility"]), "spread and fee are in it: {quote}");
    // Break-even is that of the position, which counts fees and the spread that were paid.
    let from = |ranges: &Value| decimal(&ranges[0]["from"]);
    let (now, later) = (from(&own["gains"]), from(&own["gains_later"]));
    assert!(later > now && own["later_days"] == 30, "{own}");
    let held = market.json("gwen", "positions --pool TSLA.M");
    assert!((decimal(&held[0]["break_even"]) - now).abs() <= Decimal::from(2), "{} and {now}", held[0]);

    // Filled at the price of the quote: nothing differs.
    let quoted = &done["outcome"]["quoted"];
    assert_eq!((native(&quoted["difference"]), &quoted["net"]), (0, &done["quote"]["net"]), "{done}");
    assert_eq!(done["outcome"]["legs"][0]["quoted_spot"], done["quote"]["spot"]);

    // A spread of capped options is told apart from its width; one convention for what goes and comes.
    let spread =
        "vertical --pool TSLA.M --underlying BTC --call --buy 106000 --write 101000 --size 0.01BTC --account 1";
    let report = market.json("gwen", &format!("quote {spread}"));
    let points = report["legs"][0]["points"].as_i64().expect("points");
    assert_eq!(native(&report["width"]), points * 5_000 / 1_000, "{report}");
    assert!(report["note"].as_str().is_some_and(|note| note.contains("$121200.00") && note.contains("$127200.00")));
    let words = text(&market.run("gwen", &format!("quote {spread}")));
    for word in ["altogether", "you pay ", "breaks even", "gamma for 1 %", "the strikes are "] {
        assert!(words.contains(word), "{words}");
    }
    let more = text(&market.run("gwen", &format!("quote buy {option}")));
    assert!(more.contains("  of the account  "), "{more}");
    let sold =
        text(&market.run("gwen", "quote sell --pool TSLA.M --underlying BTC --call --strike 101000 --size 0.1BTC"));
    assert!(sold.contains("you receive ") && !sold.contains("breaks even"), "{sold}");
}

/// The price moves between quote and fill: the receipt says by how much it differs, and why.
pub fn a_fill_is_compared_with_its_quote(market: &Market) {
    let hugo = market.newcomer("hugo", 300);
    market.json("hugo", "localnet price set BTC 100000");
    let buy =
        "trade buy --pool TSLA.M --underlying BTC --call --strike 103000 --size 0.1BTC --deposit 30 --min-net=-20";
    let account = address::margin_account(&address::pool(&market.mint("TSLA.M")), &hugo.pubkey(), 0);
    for (line, price) in [(format!("{buy} --yes --json"), "101000"), (format!("{buy} --yes"), "102000")] {
        let mut command = market.command("hugo", &line);
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
        let begun = Instant::now();
        let is_open = || market.find::<MarginAccount>(&account).is_some_and(|found| found.commitment.is_open());
        while !is_open() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is committed");
            std::thread::sleep(Duration::from_millis(50));
        }
        market.json("lena", &format!("localnet price set BTC {price}"));
        let output = child.wait_with_output().expect("its end");
        assert!(output.status.success(), "{}", text(&output));
        let said = text(&output);
        if line.ends_with("--json") {
            let done: Value = serde_json::from_slice(&output.stdout).expect("a document");
            evergreen_test_support::schema::check(&line, std::slice::from_ref(&done));
            let (outcome, quote) = (&done["outcome"], &done["quote"]);
            assert_eq!(
                (&outcome["legs"][0]["spot"], &outcome["legs"][0]["quoted_spot"]),
                (&"101000.00".into(), &quote["spot"])
            );
            let quoted = &outcome["quoted"];
            assert_eq!((&quoted["net"], &quoted["fee"]), (&quote["net"], &quote["fee"]));
            let difference = native(&quoted["difference"]);
            assert_eq!(difference, native(&outcome["net"]) - native(&quote["net"]));
            assert_eq!(difference, native(&quoted["premium_difference"]) + native(&quoted["fee_difference"]));
            assert!(difference < 0, "a call costs more at a higher price: {quoted}");
        } else {
            let flowing = said.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                flowing.contains(" worse: premium ") && flowing.contains("$102000.00 instead of $101000.00"),
                "{said}"
            );
        }
    }
    // What another command fills has no quote.
    market.json(
        "hugo",
        "trade sell --pool TSLA.M --underlying BTC --call --strike 103000 --size 0.1BTC --min-net=0 --no-fill --yes",
    );
    let filled = within(market.command("hugo", "fill --pool TSLA.M --yes --json"));
    let done: Value = serde_json::from_slice(&filled.stdout).unwrap_or_else(|_| panic!("{}", text(&filled)));
    assert!(done["outcome"]["quoted"].is_null() && done["outcome"]["filled"] == true, "{done}");
}

/// Pools side by side are as their accounts are.
pub fn pools_are_compared(market: &Market) {
    let listed = market.json("lena", "pool list --returns");
    let lines = listed.as_array().expect("a list");
    assert!(lines.iter().any(|line| line["returns"].is_array()), "{listed}");
    for line in lines {
        let key = line["pool"].as_str().and_then(|key| key.parse().ok()).expect("an address");
        let pool = market.find::<Pool>(&key).expect("a pool");
        assert_eq!(native(&line["worth"]), i64::try_from(pool.depth).expect("fits"), "{line}");
        let (reserved, limit) =
            (pool.reserved_collateral + pool.committed_reserve, pool.reserve_limit().expect("a limit").0);
        assert_eq!(native(&line["reserved"]).unsigned_abs(), reserved);
        assert_eq!(native(&line["room"]).unsigned_abs(), limit - reserved);
        if limit > 0 {
            let used = Decimal::from(reserved) / Decimal::from(limit) * Decimal::from(100);
            assert!((decimal(&line["utilisation"]) - used).abs() <= Decimal::new(1, 2), "{line}");
        }
        for (place, direction) in line["directions"].as_array().expect("directions").iter().enumerate() {
            assert_eq!(
                native(&direction["net_delta"]),
                pool.net_delta(u8::try_from(place).expect("few")).expect("one"),
                "{line}"
            );
            assert_eq!(direction["underlying"], ["BTC", "ETH"][place]);
        }
        assert_eq!(
            line["verified"].as_bool(),
            Some(line["returns"].is_array()),
            "returns are of verified pools: {line}"
        );
        // Parts add up to the total, but for the last digit of each.
        for one in line["returns"].as_array().into_iter().flatten() {
            let parts = ["premiums", "funding", "fees", "payoffs", "bad_debts", "rest"];
            let sum: Decimal = parts.iter().map(|part| decimal(&one[part])).sum();
            assert!((sum - decimal(&one["total"])).abs() <= Decimal::new(6, 4), "{one}");
        }
    }
    let shown = market.json("lena", "pool show --pool TSLA.M");
    let own = lines.iter().find(|line| line["name"] == "TSLA.M").expect("listed");
    assert_eq!((&own["pool"], &own["fee_open"]), (&shown["pool"], &shown["fee_open"]));
    // More than it takes is refused with the most that it takes.
    let room = &own["deposit_room"];
    let more: Decimal = decimal(&room["tokens"]) + Decimal::ONE;
    let report = market.fails("lena", &format!("lp deposit {more} --pool TSLA.M --dry-run"), 3);
    assert_eq!((&report["cause"], &report["fits"]["most"]), (&"DepositCap".into(), room), "{report}");
    assert!(report["next"].as_str().is_some_and(|next| next.starts_with("at most ")), "{report}");
    let words = text(&market.run("lena", "pool list --returns"));
    // A market that has just begun has no older price of a share.
    let has_returned = lines.iter().any(|line| line["returns"].as_array().is_some_and(|returns| !returns.is_empty()));
    let of_returns = if has_returned { ["has returned", "bad debts"] } else { ["no return is known yet"; 2] };
    for word in ["1000 shares", "net delta of traders"].into_iter().chain(of_returns) {
        assert!(words.contains(word), "{words}");
    }
}
