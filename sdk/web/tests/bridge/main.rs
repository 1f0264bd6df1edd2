//! The bridge as its users see it.

mod analysis;
mod fills;
mod history;
mod instructions;
mod page;

use evergreen_sdk::{evergreen::state::MarginAccount, testing::scene::Scene};
use evergreen_web::{Views, declarations, respond, respond_first};
use serde_json::{Value, json};

/// The types that the package is built with.
const TYPES: &str = "../typescript/sdk/src/types.ts";

fn call(views: &mut Views, name: &str, ask: Value) -> Value {
    let text = json!({ "call": name, "ask": ask }).to_string();
    serde_json::from_str(&respond(text.as_bytes(), views)).expect("JSON")
}

fn ok(views: &mut Views, name: &str, ask: Value) -> Value {
    let mut answer = call(views, name, ask);
    assert!(answer.get("ok").is_some(), "{name}: {answer}");
    answer["ok"].take()
}

#[test]
fn the_types_of_the_package_are_those_of_the_calls() {
    let now = declarations();
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() {
        std::fs::write(TYPES, &now).expect("the file");
    }
    let kept = std::fs::read_to_string(TYPES).unwrap_or_default();
    assert!(kept == now, "sdk/typescript/sdk/src/types.ts differs from the Rust types; `cargo xtask web` writes it");
}

/// The other side of the bridge has no arithmetic of its own: what it tells is what the library says.
#[test]
fn a_quote_is_the_librarys_to_the_unit() {
    let mut views = Views::default();
    let mut scene = Scene::new(5, 0).expect("a scene");
    let account: MarginAccount = scene.account(3);
    let made = ok(&mut views, "scene", json!({ "seed": "5", "positions": 3 }));
    let view = ok(&mut views, "openView", made["pool"].clone())["view"].clone();
    let mut taken = 0;
    for slot in 0..64 {
        let series = scene.series[slot];
        let option = scene.view.registry.option(series).expect("an option");
        let leg = evergreen_sdk::evergreen::Leg { series, points: if slot % 3 == 0 { -700 } else { 1_000 } };
        let named = json!({
            "underlying": option.underlying, "put": option.put, "strike": option.strike.to_string(),
            "tenor": option.tenor, "capBps": option.cap_bps,
        });
        let ask = json!({
            "view": view, "account": made["account"],
            "legs": [{ "option": named, "points": leg.points.to_string() }],
        });
        let (told, quoted) = (call(&mut views, "quoteTrade", ask), scene.view.trade(&account, &[leg]));
        match quoted {
            Ok(quote) => {
                taken += 1;
                let told = &told["ok"];
                assert_eq!(told["net"], json!(quote.net.to_string()));
                assert_eq!(told["after"]["equity"], json!(quote.after.equity.to_string()));
                assert_eq!(told["legs"][0]["sigma"]["bits"], json!(quote.legs[0].sigma.to_bits().to_string()));
            }
            Err(error) => {
                let refusal = error.refusal().expect("a refusal");
                assert_eq!(told["problem"]["code"], json!(refusal.code), "{told}");
                assert_eq!(told["problem"]["compared"], json!(refusal.compared));
            }
        }
    }
    assert!((10..64).contains(&taken), "{taken} of 64 trades were taken, and the others refused");
}

#[test]
fn what_cannot_be_answered_says_why() {
    let mut views = Views::default();
    let told = |answer: Value| answer["problem"]["message"].as_str().map(str::to_owned);
    let unknown = call(&mut views, "quoteEverything", json!({}));
    assert_eq!(told(unknown).as_deref(), Some("no call is named `quoteEverything`"));
    let number = call(&mut views, "checkTrade", json!({ "view": 1, "account": "", "legs": [{ "option": 7 }] }));
    assert_eq!(told(number).as_deref(), Some("legs: [0]: option: underlying: null is not a whole number"));
    let closed = call(&mut views, "checkTrade", json!({ "view": 9, "account": "", "legs": [] }));
    assert_eq!(told(closed).as_deref(), Some("view 9 is not open"));
    let bytes = call(&mut views, "account", json!({ "data": "AAAA" }));
    assert_eq!(told(bytes).as_deref(), Some("account is of another type"));
    assert!(respond(b"{", &mut views).contains("no JSON"));
    let first = respond_first(br#"{"call":"scene","ask":{}}"#, &mut views);
    assert!(first.contains("the first part has no call `scene`"), "{first}");
}

/// Two modules hold the same pool under one number, where the second one takes over what the first one held.
#[test]
fn a_view_keeps_its_number_in_another_module() {
    let (mut first, mut whole) = (Views::default(), Views::default());
    let made = ok(&mut whole, "scene", json!({ "seed": "5", "positions": 3 }));
    let mut opened = || {
        let text = json!({ "call": "openView", "ask": made["pool"] }).to_string();
        let told: Value = serde_json::from_str(&respond_first(text.as_bytes(), &mut first)).expect("JSON");
        told["ok"]["view"].clone()
    };
    let (_, second) = (opened(), opened());
    let mut again = made["pool"].clone();
    again["view"] = second.clone();
    assert_eq!(ok(&mut whole, "openView", again.clone())["view"], second);
    let taken = call(&mut whole, "openView", again);
    assert_eq!(taken["problem"]["message"], json!(format!("view {second} is open already")));
    let ask = format!("{{\"call\":\"statistics\",\"ask\":{{\"view\":{second}}}}}");
    assert_eq!(respond_first(ask.as_bytes(), &mut first), respond(ask.as_bytes(), &mut whole));
    // The next one has a number of its own.
    assert_eq!(ok(&mut whole, "openView", made["pool"].clone())["view"], json!(second.as_u64().expect("a number") + 1));
}

#[test]
fn a_made_up_pool_has_room_for_options_that_it_does_not_list() {
    let mut views = Views::default();
    for seed in ["5", "7"] {
        let made = ok(&mut views, "scene", json!({ "seed": seed, "positions": 3, "room": true }));
        let view = ok(&mut views, "openView", made["pool"].clone())["view"].clone();
        ok(&mut views, "publish", json!({ "view": view, "now": made["pool"]["now"], "prices": ["98000", null] }));
        let mut account = made["account"].clone();
        // One after the other: each is listed, traded, and there for the next one.
        for (strike, put) in [("100000", false), ("96000", true), ("92000", false), ("104000", true)] {
            let option = json!({ "underlying": 0, "put": put, "strike": strike, "tenor": 604_800, "capBps": if put { 4_000 } else { 10_000 } });
            let option = capped(&mut views, &view, option);
            let ask = json!({
                "view": view, "account": account, "deposit": "100000000000",
                "legs": [{ "option": option, "points": "1000" }],
            });
            let done = ok(&mut views, "practise", ask);
            assert_eq!(done["missing"].as_array().map(Vec::len), Some(1), "{strike} was listed before");
            account = done["accountAfter"].clone();
        }
        let held = ok(&mut views, "positions", json!({ "view": view, "account": account }));
        assert_eq!(held["positions"].as_array().map(Vec::len), Some(7));
    }
}

/// Returns an option with the cap of its chain.
fn capped(views: &mut Views, view: &Value, mut option: Value) -> Value {
    let ask = json!({
        "view": view, "underlying": option["underlying"], "tenor": option["tenor"], "points": "1000", "strikes": null, "around": 10, "room": false,
    });
    let chain = ok(views, "chain", ask);
    let rows = chain["rows"].as_array().expect("rows");
    let row =
        rows.iter().find(|row| row["option"]["strike"] == option["strike"] && row["option"]["put"] == option["put"]);
    option["capBps"] = row.expect("an option of the chain")["option"]["capBps"].clone();
    option
}
