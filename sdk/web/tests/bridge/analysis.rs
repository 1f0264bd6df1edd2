//! What a page shows beside a quote: each number is the client library's own.

use crate::page::{Page, option_of};
use evergreen_sdk::{
    evergreen::{Leg, OptionLeg, state::MarginAccount},
    math::Points,
    plan::Planner,
    portfolio::Payoff,
    price::PushFeeds,
    quote::MarketShift,
    testing::scene::Scene,
};
use serde_json::{Value, json};

/// A made-up pool on both sides of the bridge, with an account of so many positions.
fn both(seed: u64, positions: usize) -> (Page, Scene, MarginAccount) {
    let mut scene = Scene::new(seed, 0).expect("a scene");
    let account: MarginAccount = scene.account(positions);
    (Page::of_scene(seed, positions), scene, account)
}

fn text(number: impl ToString) -> Value {
    Value::from(number.to_string())
}

#[test]
fn curves_break_even_and_what_if_are_the_librarys() {
    let mut compared = 0;
    for seed in 0..12 {
        let (mut page, scene, account) = both(seed, 3);
        let leg = Leg { series: scene.series[seed as usize], points: 400_000 };
        let Ok(quote) = scene.view.trade(&account, &[leg]) else { continue };
        let place = scene.view.registry.series(leg.series).unwrap().underlying;
        let legs = json!([{ "option": option_of(&scene.view, leg.series), "points": "400000" }]);
        let mut ask =
            page.ask(json!({ "legs": legs, "held": true, "underlying": place, "days": [0, 7], "prices": 40 }));
        let told = page.ok("payoff", ask.clone());
        let payoff = Payoff::of_trade(&quote, place).unwrap();
        let payoff = payoff.with_positions(&scene.view, &account, place, None).unwrap();
        let prices = payoff.prices(40);
        assert_eq!(told["prices"].as_array().unwrap().len(), prices.len());
        for (curve, days) in told["curves"].as_array().unwrap().iter().zip([0, 7]) {
            for (told, price) in curve["profit"].as_array().unwrap().iter().zip(&prices) {
                assert_eq!(*told, text(payoff.profit(*price, days).unwrap()));
            }
            let gains = payoff.gains(days).unwrap();
            let first = gains.first().and_then(|range| range.from).map(|from| text(from.to_bits()));
            assert_eq!(curve["gains"][0]["from"].get("bits").cloned(), first);
        }
        let fall = MarketShift { underlying: place, price_bps: -800, sigma_bps: 1_500 };
        ask["cases"] = json!([[], [{ "underlying": place, "priceBps": -800, "sigmaBps": 1_500 }]]);
        let told = page.ok("whatIf", ask);
        let after = quote.view_after(&scene.view);
        let expected = after.account_if(&quote.account_after, &[fall]).unwrap();
        assert_eq!(told["accounts"][1]["maintenanceHealth"], text(expected.health.maintenance));
        assert_eq!(told["accounts"][0]["equity"], text(after.account(&quote.account_after).unwrap().equity));
        let told = page.ok("liquidationAfter", page.ask(json!({ "legs": legs })));
        for (told, prices) in
            told["prices"].as_array().unwrap().iter().zip(after.liquidation_prices(&quote.account_after).unwrap())
        {
            assert_eq!(told["up"].get("bits").cloned(), prices.up.map(|up| text(up.to_bits())));
            assert_eq!(told["down"].get("bits").cloned(), prices.down.map(|down| text(down.to_bits())));
        }
        compared += 1;
    }
    assert!(compared >= 5, "{compared} of 12 trades were taken");
}

#[test]
fn a_chain_tells_what_each_option_would_cost_and_what_refuses_it() {
    let (mut page, scene, account) = both(2, 4);
    let ask = json!({ "underlying": 0, "tenor": 604_800, "points": "1000000", "room": false });
    let told = page.ok("chain", page.ask(ask));
    let rows = told["rows"].as_array().unwrap();
    assert!(rows.len() >= 16, "{} rows", rows.len());
    let mut counts = [0, 0];
    for row in rows {
        let slot = row["series"]["slot"].as_u64();
        // All slots of the registry are taken, so only listed options can be traded.
        let Some(slot) = slot else {
            assert!(row["buyProblem"]["message"].as_str().is_some_and(|why| why.contains("free slot")), "{row}");
            continue;
        };
        for (key, points) in [("buy", 1_000_000), ("sell", -1_000_000)] {
            let leg = Leg { series: scene.series[slot as usize], points };
            match scene.view.check_trade(&account, &[leg]) {
                Ok(net) => {
                    counts[0] += 1;
                    assert_eq!(row[key], text(net.0));
                }
                Err(error) => {
                    counts[1] += 1;
                    let problem = &row[&format!("{key}Problem")];
                    assert_eq!(problem["code"], json!(error.refusal().expect("a refusal").code), "{row}");
                }
            }
        }
        let series = scene.view.registry.series(scene.series[slot as usize]).unwrap();
        let known = scene.view.sensitivities(0, &series.terms().unwrap()).unwrap();
        assert_eq!(row["sensitivities"]["delta"]["bits"], text(known.delta.to_bits()));
        assert_eq!(row["sensitivities"]["mark"]["bits"], text(known.mark.to_bits()));
    }
    assert!(counts[0] >= 8, "{counts:?}");
}

#[test]
fn an_option_that_nobody_has_listed_is_quoted_planned_and_done_without_an_account() {
    let (mut page, _, _) = both(3, 0);
    page.free_slots(63..64);
    let option = json!({ "underlying": 0, "put": false, "strike": "101000", "tenor": 604_800, "capBps": 12_000 });
    let legs = json!([{ "option": option, "points": "1000000" }]);
    let ask = json!({ "view": page.view, "deposit": "500000000", "legs": legs });
    let quote = page.ok("quoteTrade", ask.clone());
    assert_eq!(
        quote["missing"],
        json!([{ "underlying": 0, "series": { "put": false, "strike": "101000", "tenor": 604_800 } }])
    );
    assert_eq!(page.ok("checkTrade", ask.clone())["net"], quote["net"]);
    let mut plan = ask.clone();
    plan["owner"] = json!("4Nd1mYQ6vM5xjV2xkBHkeVPkJkbB2rt1HqMqCqXqG1fD");
    let plan = page.ok("planTrade", plan);
    assert_eq!(plan["instructions"].as_array().unwrap().len(), 4, "opened, paid in, listed, committed");
    assert_eq!((&plan["quote"]["net"], &plan["quote"]["legs"]), (&quote["net"], &quote["legs"]));
    assert_eq!(plan["signers"].as_array().unwrap().len(), 1);
    let done = page.ok("practise", ask);
    assert_eq!(done, quote);
    // The pool has done it: the account that the answer gives holds the position there.
    let held = page.ok("positions", json!({ "view": page.view, "account": done["accountAfter"] }));
    assert_eq!(held["positions"][0]["points"], json!("1000000"));
    let before = page.ok("quoteAccount", json!({ "view": page.view, "account": done["accountAfter"] }));
    page.ok("publish", json!({ "view": page.view, "now": "1790003600", "prices": ["104000.5", null] }));
    let after = page.ok("quoteAccount", json!({ "view": page.view, "account": done["accountAfter"] }));
    let equity = |state: &Value| state["equity"].as_str().unwrap().parse::<i64>().unwrap();
    assert!(equity(&after) > equity(&before), "a call gains where the price rises: {before} {after}");
    let back = page.call("publish", json!({ "view": page.view, "now": "1790003599", "prices": [] }));
    assert_eq!(back["problem"]["message"], json!("1790003599 is before 1790003600"));
}

#[test]
fn ready_strategies_lose_no_more_than_the_budget() {
    let (mut page, _, _) = both(3, 0);
    page.free_slots(32..64);
    let budget = 200_000_000i64;
    let mut taken = 0;
    for outlook in ["Up", "Down", "Calm"] {
        let ask = json!({
            "view": page.view, "deposit": "300000000", "underlying": 0, "tenor": 604_800, "outlook": outlook, "reachBps": 400,
            "budget": budget.to_string(),
        });
        let told = page.ok("proposals", ask);
        for trade in told["trades"].as_array().unwrap() {
            let Some(worst) = trade["quote"]["outcome"]["worst"].as_str() else {
                assert!(trade["problem"].is_object(), "{trade}");
                continue;
            };
            let worst: i64 = worst.parse().unwrap();
            assert!((-budget..0).contains(&worst), "{outlook}: {worst}");
            taken += 1;
        }
    }
    // What is bought is taken; what is written alone needs somebody who has bought it.
    assert!(taken >= 2, "{taken} strategies");
}

#[test]
fn ready_strategies_keep_to_the_budget_and_tell_their_gain_whatever_is_held() {
    let mut page = Page::of_scene(7, 3);
    let budget = 20_000_000i64;
    let made = page.ok("scene", json!({ "seed": "7", "positions": 3, "room": true }));
    let view = page.ok("openView", made["pool"].clone())["view"].clone();
    let (mut taken, mut written) = (0, 0);
    for outlook in ["Up", "Down", "Calm"] {
        let mut account = made["account"].clone();
        // The second time each strategy is on top of what the first time has left.
        for held in [false, true] {
            let ask = json!({
                "view": view, "account": account, "deposit": "3000000000", "underlying": 0, "tenor": 604_800, "outlook": outlook,
                "reachBps": 1_000, "budget": budget.to_string(),
            });
            let told = page.ok("proposals", ask);
            for trade in told["trades"].as_array().unwrap() {
                if trade["problem"].is_object() {
                    continue;
                }
                let number = |at: &str| trade["quote"]["outcome"][at].as_str().unwrap().parse::<i64>().unwrap();
                assert!((-budget..0).contains(&number("worst")), "{outlook}, held {held}: {trade}");
                assert!(number("best") > number("worst"), "{outlook}, held {held}: {trade}");
                taken += i32::from(held);
                let first = &trade["legs"][0];
                let is_written = first["points"].as_str().unwrap().starts_with('-');
                written += i32::from(held && is_written);
                if !held {
                    let legs = &trade["legs"];
                    let done = page.call(
                        "practise",
                        json!({ "view": view, "account": account, "deposit": "3000000000", "legs": legs }),
                    );
                    if let Some(after) = done["ok"].get("accountAfter") {
                        account = after.clone();
                    }
                }
            }
        }
    }
    assert!(taken >= 3 && written >= 1, "{taken} strategies on top of positions, {written} of them written");
}

#[test]
fn sizes_statistics_and_exposure_are_the_librarys() {
    let (mut page, scene, account) = both(7, 2);
    let legs = [(0, 300_000), (9, 600_000)].map(|(slot, points)| Leg { series: scene.series[slot], points });
    let named: Vec<Value> = legs
        .iter()
        .map(|leg| json!({ "option": option_of(&scene.view, leg.series), "points": leg.points.to_string() }))
        .collect();
    let told = page.ok("capacityOfTrade", page.ask(json!({ "legs": named })));
    let most = scene.view.capacity_of(&account, &legs).unwrap();
    assert_eq!(told["points"], text(most));
    let options: Vec<OptionLeg> = legs
        .iter()
        .map(|leg| OptionLeg { option: scene.view.registry.option(leg.series).unwrap(), points: leg.points })
        .collect();
    let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, account.owner);
    let within = planner.size_within(Some(&account), &options, 50_000_000).unwrap();
    assert!(within <= most && within > 0, "{within} of {most}");
    let told = page.ok("statistics", json!({ "view": page.view }));
    let known = scene.view.statistics().unwrap();
    assert_eq!(told["main"]["lower"], text(known.main.unwrap().lower));
    assert_eq!(told["underlyings"][1]["bought"], text(known.underlyings[1].bought.unwrap()));
    assert_eq!(told["utilisation"], text(known.income.unwrap().utilisation.unwrap().normalize()));
    let told = page.ok("positions", page.ask(json!({})));
    let holdings = scene.view.holdings(&account).unwrap();
    for (told, holding) in told["positions"].as_array().unwrap().iter().zip(&holdings) {
        let one = scene.view.sensitivities(holding.underlying, &holding.terms).unwrap();
        let all = one.of_points(Points(holding.points), scene.view.pool.scale().unwrap()).unwrap();
        assert_eq!((&told["value"], &told["delta"]), (&text(holding.value), &text(all.delta)));
    }
    assert_eq!(told["positions"].as_array().unwrap().len(), holdings.len());
}

/// What somebody types is read as the command reads it.
#[test]
fn a_typed_number_is_one_number_or_told_as_both() {
    let mut page = Page::of_scene(1, 0);
    for (text, number) in
        [("1,5", Some("1.5")), (" 1.000,25", Some("1000.25")), (".5", Some("0.5")), ("much", None), ("1e99", None)]
    {
        let told = page.ok("readNumber", json!({ "text": text }));
        assert_eq!(told, json!({ "number": number, "either": [] }), "{text}");
    }
    let told = page.ok("readNumber", json!({ "text": "1,000" }));
    assert_eq!(told, json!({ "number": null, "either": ["1000", "1.000"] }));
}

/// Whoever names no least amount gets nine tenths of the worth at least.
#[test]
fn a_withdrawal_accepts_nine_tenths_of_its_worth() {
    let mut page = Page::of_scene(1, 0);
    let view = page.view.clone();
    let asked = json!({ "view": view, "class": "Main", "amount": "1000000" });
    let quote = page.ok("quoteWithdrawal", asked);
    let number = |value: &Value| value.as_str().unwrap().parse::<u64>().unwrap();
    assert_eq!(number(&quote["least"]), (number(&quote["worth"]) / 10 * 9).max(1));
    assert!(number(&quote["least"]) > 1, "{quote}");
    let owner = evergreen_sdk::anchor_lang::prelude::Pubkey::new_from_array([9; 32]).to_string();
    let mut plan = |least: Option<&str>| {
        let asked = json!({ "view": view, "owner": owner, "class": "Main", "shares": "1000000", "least": least, "number": "0" });
        page.ok("planWithdrawal", asked)["instructions"].clone()
    };
    let (suggested, one) = (plan(None), plan(Some("1")));
    assert_eq!(suggested, plan(quote["least"].as_str()));
    assert_ne!(suggested, one);
}

#[test]
fn amounts_are_converted_exactly() {
    let mut page = Page::of_scene(1, 0);
    let units = json!({ "decimals": 8, "scaleExponent": 3, "tokenPrice": "312.5" });
    let points = page.ok("pointsOfSize", json!({ "units": units, "size": "0.1" }))["points"].clone();
    assert_eq!(page.ok("sizeOfPoints", json!({ "units": units, "points": points }))["size"], json!("0.1"));
    let native = page.ok("nativeOf", json!({ "tokens": "1.00000001", "decimals": 8 }))["native"].clone();
    assert_eq!(native, json!("100000001"));
    let told = page.ok("worthOf", json!({ "native": [native, "-1"], "decimals": 8, "tokenPrice": "312.5" }));
    assert_eq!(told["amounts"][0], json!({ "tokens": "1.00000001", "dollars": "312.500003125" }));
    assert_eq!(told["amounts"][1]["tokens"], json!("-0.00000001"));
    let fine = page.call("nativeOf", json!({ "tokens": "0.000000001", "decimals": 8 }));
    assert_eq!(fine["problem"]["message"], json!("9 places after the point, the token has 8"));
    let half = json!({ "bits": (1i128 << 63).to_string() });
    assert_eq!(page.ok("round", json!({ "numbers": [half], "places": 2 }))["numbers"], json!(["0.5"]));
}
