//! The bridge as its users see it.

mod analysis;
mod history;
mod instructions;
mod page;

use evergreen_sdk::{evergreen::state::MarginAccount, testing::scene::Scene};
use evergreen_web::{Views, declarations, respond};
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
}
