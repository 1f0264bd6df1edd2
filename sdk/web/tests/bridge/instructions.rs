//! Every instruction of the program can be built, and is the client library's to the byte.

use crate::page::Page;
use evergreen_sdk::{
    anchor_lang::{InstructionData, ToAccountMetas, prelude::Pubkey},
    evergreen::{
        accounts, instruction as args,
        state::{Action, Change, NoticeCause, PoolCaps, SeriesId},
    },
    instruction::{self as build, ChangeAccounts, PoolKeys},
    presets,
    price::{Destination, PostedUpdates, PriceProvider, PythPrograms, PythUpdate},
    testing::pyth_update::{Signing, price_message, signed_update},
};
use evergreen_web::declarations;
use serde_json::{Value, json};

const DESCRIPTION: &str = include_str!("../../../idl/evergreen.json");

fn key(byte: u8) -> Pubkey {
    Pubkey::new_from_array([byte; 32])
}

fn told(instruction: &evergreen_sdk::anchor_lang::solana_program::instruction::Instruction) -> Value {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let accounts = instruction.accounts.iter().map(
        |meta| json!({ "address": meta.pubkey.to_string(), "signer": meta.is_signer, "writable": meta.is_writable }),
    );
    json!({
        "program": instruction.program_id.to_string(),
        "accounts": accounts.collect::<Vec<_>>(),
        "data": STANDARD.encode(&instruction.data),
    })
}

/// Returns an enum or a struct of the program as the bridge tells it: the arguments of an instruction as the page writes them.
fn params(page: &mut Page, kind: &str) -> Value {
    let made = page.made_up().clone();
    let (bytes, key) = match kind {
        "pool" => (made["pool"]["pool"].clone(), "params"),
        _ => (made["pool"]["markets"][0]["underlying"].clone(), "params"),
    };
    page.ok("account", json!({ "data": bytes }))[key].clone()
}

#[test]
fn all_instructions_of_the_description_have_a_call() {
    let description: Value = serde_json::from_str(DESCRIPTION).expect("JSON");
    let calls = declarations();
    let names = description["instructions"].as_array().expect("a list").iter().map(|one| &one["name"]);
    let camel = |name: &str| {
        let mut parts = name.split('_');
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |all, part| all + &part[..1].to_uppercase() + &part[1..])
    };
    let missing: Vec<String> = names
        .map(|name| camel(name.as_str().expect("a name")))
        .filter(|name| {
            let answers = format!("  {name}: {{ ask: ");
            !calls.lines().any(|line| line.starts_with(&answers) && line.ends_with("answer: Instruction };"))
        })
        .collect();
    assert_eq!(missing, Vec::<String>::new());
}

#[test]
fn instructions_of_anyone_are_the_librarys() {
    let mut page = Page::of_scene(1, 0);
    let keys = PoolKeys::new(key(1), anchor_spl_token());
    let pool = json!({ "mint": key(1).to_string(), "tokenProgram": anchor_spl_token().to_string() });
    let series = SeriesId { slot: 3, generation: 7 };
    let id = json!({ "slot": 3, "generation": 7 });
    let feed = build::PriceFeed { underlying: key(8), price: key(9) };
    let feeds = json!([{ "underlying": key(8).to_string(), "price": key(9).to_string() }]);
    let text = |byte| key(byte).to_string();
    let cases = [
        ("settlePositions", json!({ "account": text(2) }), build::settle_positions(&keys, key(2))),
        (
            "settlePositions",
            json!({ "account": text(2), "owner": text(3) }),
            build::settle_for_less(key(3), &keys, key(2)),
        ),
        ("exerciseSeries", json!({ "series": id, "feeds": feeds }), build::exercise_series(&keys, series, &feed)),
        (
            "giveNotice",
            json!({ "series": id, "underlying": text(8), "cause": "Excess" }),
            build::give_notice(&keys, key(8), series, NoticeCause::Excess),
        ),
        (
            "liquidate",
            json!({ "liquidator": text(3), "account": text(2), "liquidatorAccount": text(4), "legs": [{ "series": id, "points": "-5" }], "feeds": feeds }),
            build::liquidate(
                key(3),
                &keys,
                key(2),
                key(4),
                vec![evergreen_sdk::evergreen::Leg { series, points: -5 }],
                &[feed],
            ),
        ),
        (
            "closeForPlace",
            json!({ "keeper": text(3), "account": text(2), "series": id, "cause": "Excess", "feeds": feeds }),
            build::close_for_place(key(3), &keys, key(2), (series, NoticeCause::Excess), &[feed]),
        ),
        (
            "commitOrder",
            json!({ "keeper": text(3), "account": text(2), "number": "9", "payer": text(5), "keeperAccount": text(6), "feeds": feeds }),
            build::commit_order(key(3), &keys, key(2), 9, key(5), Some(key(6)), &[feed]),
        ),
        ("refreshPool", json!({ "feeds": feeds }), build::refresh_pool(&keys, &[feed])),
        ("syncVault", json!({}), build::sync_vault(&keys)),
        ("reportSilence", json!({ "underlying": text(8) }), build::report_silence(&feed)),
    ];
    for (name, mut ask, expected) in cases {
        ask["pool"] = pool.clone();
        assert_eq!(page.ok(name, ask), told(&expected), "{name}");
    }
}

#[test]
fn instructions_of_governance_are_the_librarys() {
    let mut page = Page::of_scene(1, 0);
    let text = |byte| key(byte).to_string();
    let target = json!({ "target": text(4), "others": [text(5)] });
    let accounts = ChangeAccounts { queue: evergreen_sdk::address::protocol(), target: key(4), others: vec![key(5)] };
    let mut params_of_pool = params(&mut page, "pool");
    params_of_pool["feeOpenBps"] = json!(17);
    let mut expected = presets::pool_params();
    expected.fee_open_bps = 17;
    let propose = |change, value: Value| {
        let ask = json!({ "payer": text(1), "proposer": text(2), "number": "3", "change": value, "accounts": target });
        ("propose", ask, build::propose(key(1), key(2), 3, change, &accounts))
    };
    let btc = presets::btc(presets::PYTH_RECEIVER);
    let config = json!({
        "symbol": "4254430000000000", "feedId": hex::encode(btc.feed_id), "source": "PythUpdate",
        "priceOwner": btc.price_owner.to_string(), "params": params(&mut page, "underlying"),
    });
    let caps = PoolCaps { max_series_points: 5, max_account_points: 4, max_pool_cash: 3 };
    let mut named = btc;
    named.symbol = *b"BTC\0\0\0\0\0";
    let cases = [
        propose(Change::PoolParams(expected), json!({ "kind": "PoolParams", "value": params_of_pool })),
        propose(Change::Timelock(9), json!({ "kind": "Timelock", "value": 9 })),
        propose(Change::ResumePool, json!({ "kind": "ResumePool" })),
        (
            "createUnderlying",
            json!({ "payer": text(1), "admin": text(2), "price": text(3), "config": config }),
            build::create_underlying(key(1), key(2), key(3), named),
        ),
        (
            "setPause",
            json!({ "guardian": text(1), "action": "AddRisk", "seconds": 60 }),
            build::set_pause(key(1), Action::AddRisk, 60),
        ),
        (
            "tightenPool",
            json!({ "by": text(1), "pool": text(2), "caps": { "maxSeriesPoints": "5", "maxAccountPoints": "4", "maxPoolCash": "3" } }),
            build::tighten_pool(key(1), key(2), caps),
        ),
        ("haltPool", json!({ "by": text(1), "pool": text(2) }), build::halt_pool(key(1), key(2))),
        ("acceptAdmin", json!({ "admin": text(1) }), build::accept_admin(key(1))),
        (
            "cancelProposal",
            json!({ "by": text(1), "number": "4", "payer": text(2) }),
            build::cancel_proposal(key(1), 4, key(2)),
        ),
    ];
    for (name, ask, expected) in cases {
        assert_eq!(page.ok(name, ask), told(&expected), "{name}");
    }
    let pool = json!({ "mint": text(1), "tokenProgram": text(2) });
    let wrong = json!({
        "pool": pool, "payer": text(1), "scaleExponent": 3, "private": false, "seed": "0", "params": params(&mut page, "pool"), "underlyings": [],
    });
    let told = page.call("createPool", wrong);
    assert_eq!(told["problem"]["message"], json!("a pool has either an admin or a creator"));
    // Anchor's own encoding says the same of an instruction without arguments.
    let accept = accounts::AcceptAdmin { admin: key(1), protocol: evergreen_sdk::address::protocol() };
    assert_eq!(build::accept_admin(key(1)).data, args::AcceptAdmin {}.data());
    assert_eq!(build::accept_admin(key(1)).accounts.len(), accept.to_account_metas(None).len());
}

#[test]
fn prices_are_posted_as_the_library_posts_them() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let mut page = Page::of_scene(1, 0);
    let message = price_message(presets::BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    let bytes = signed_update(&[message], Signing { guardian_set: 4, signatures: 3 });
    let update = STANDARD.encode(&bytes);
    let told_prices = page.ok("readUpdate", json!({ "update": update }));
    assert_eq!(told_prices["prices"][0]["price"], json!("10000000000000"));
    let feed = hex::encode(presets::BTC_FEED);
    let ask = json!({
        "update": update, "payer": key(1).to_string(), "accounts": [{ "feed": feed, "account": key(2).to_string() }], "feeds": [feed], "atomic": true,
    });
    let plan = page.ok("postPrices", ask.clone());
    let destination = Destination::Accounts(vec![(presets::BTC_FEED, key(2))]);
    let update = PythUpdate::parse(&bytes).expect("an update");
    let posted = PostedUpdates::new(PythPrograms::UPGRADED, update, key(1), Pubkey::default(), destination).atomic();
    let expected = posted.refresh(&key(1), &[presets::BTC_FEED]).expect("a posting");
    assert_eq!(plan["post"]["instructions"], Value::from_iter(expected.instructions.iter().map(told)));
    assert_eq!(plan["post"]["signers"], json!([key(2).to_string()]));
    assert_eq!(plan["close"]["instructions"], Value::from_iter(posted.close().instructions.iter().map(told)));
    let mut both = ask;
    both["shard"] = json!(7);
    let refused = page.call("postPrices", both);
    assert_eq!(
        refused["problem"]["message"],
        json!("prices are posted either to own accounts or to a set of push feeds")
    );
}

fn anchor_spl_token() -> Pubkey {
    "TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA".parse().expect("a key")
}
