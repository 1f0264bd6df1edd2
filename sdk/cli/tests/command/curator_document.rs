//! Every command of `docs/curator.md`, in order, by people who have no role.

use crate::market::{Market, TOKEN, text};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::{MarginAccount, Pool, ShareClass},
};
use evergreen_test_support::documents::{CURATOR, commands};
use solana_signer::Signer;
use std::process::{Command, Output, Stdio};

/// Runs one line as its reader does.
fn run(market: &Market, line: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_evergreen"))
        .current_dir(market.folder())
        .env("EVERGREEN_CONFIG", market.ready["config"].as_str().expect("a configuration"))
        .env("HOME", market.folder())
        .args(line.split_whitespace())
        .stdin(Stdio::null())
        .output()
        .expect("the command runs")
}

/// All of them; then what nobody chooses by itself.
pub fn everything_in_it_works(market: &Market) {
    let mint = market.mint("CRCLx");
    let of = |who: &str| address::pool_of(&mint, &market.key(who).pubkey(), 0);
    let (own, private) = (of("lena"), of("bob"));
    let shares = address::share_mint(&own, ShareClass::Main, 0);
    let outer = address::pool_of(&shares, &market.key("lena").pubkey(), 0);
    let commands: Vec<String> = commands(CURATOR, "sh curator").into_iter().map(|line| line.arguments).collect();
    assert!(commands.len() >= 21, "{} commands found", commands.len());
    market.json("alice", "localnet price set BTC 100000");
    for command in commands {
        let line = command
            .replace("POOL", &own.to_string())
            .replace("PRIVATE", &private.to_string())
            .replace("OUTER", &outer.to_string())
            .replace("SHARES", &shares.to_string())
            .replace("MINT", &mint.to_string())
            .replace("ADDRESS", &market.key("alice").pubkey().to_string());
        let output = run(market, &line);
        assert!(output.status.success(), "evergreen {line}: {}", text(&output));
        if command.starts_with("trade buy --pool POOL") {
            let bob = address::margin_account(&own, &market.key("bob").pubkey(), 0);
            let account = market.find::<MarginAccount>(&bob).expect("bob's account");
            assert_eq!(account.positions.iter().filter(|position| position.points > 0).count(), 1, "bob holds a call");
        }
    }
    let pool = market.find::<Pool>(&own).expect("lena's pool");
    assert_eq!((pool.curator, pool.curator_due, pool.params.fee_open_bps), (market.key("alice").pubkey(), 0, 6));
    assert_eq!((pool.params.max_pool_cash, pool.seed_shares), (5_000 * TOKEN as u64, 1_000 * TOKEN as u64));
    let pool = market.find::<Pool>(&private).expect("bob's pool");
    assert_eq!(pool.flags, Pool::PRIVATE | Pool::HALTED);
    // Alice keeps her call until the moment that was announced.
    assert!(pool.reserved_collateral > 0 && pool.buyback_at > 0 && pool.buyback_bps == 1_000);
    let protocol = market.find::<Pool>(&address::pool(&mint)).expect("the protocol's pool");
    assert_eq!((protocol.curator, protocol.params.fee_open_bps), (Pubkey::default(), 5));

    // Margin in shares: what it is worth in the inner pool's token, and in dollars where that has a price.
    let shown = market.json("lena", &format!("account show --pool {outer}"));
    let number = |value: &serde_json::Value| {
        value.as_str().and_then(|text| text.parse::<Decimal>().ok()).unwrap_or_else(|| panic!("{value}: {shown}"))
    };
    let worth = &shown["shares"];
    let (price, cash) = (number(&worth["share_price"]), number(&shown["cash"]["tokens"]));
    let off = (number(&worth["cash"]["tokens"]) - cash * price).abs();
    assert!(off < Decimal::new(1, 3) && price > Decimal::new(9, 4) && price < Decimal::new(11, 4), "{shown}");
    assert_eq!((&worth["class"], &worth["cash"]["dollars"]), (&"main".into(), &serde_json::Value::Null));
    assert_eq!(shown["positions"], 1, "{shown}");
    let named = serde_json::json!({"pools": [{"name": "CRCLx-lena", "mint": mint.to_string(), "pool": own.to_string(), "stock_price": "120"}]});
    std::fs::write(market.folder().join("named.json"), named.to_string()).expect("a file");
    let shown = market.json("lena", &format!("account show --pool {outer} --market named.json"));
    let worth = &shown["shares"];
    assert_eq!(worth["of"], "CRCLx-lena");
    for amount in [&worth["cash"], &shown["cash"], &worth["equity"]] {
        let dollars = number(&amount["dollars"]);
        assert!(dollars > Decimal::from(2_000) && dollars < Decimal::from(2_700), "{shown}");
    }

    // The mint and its name stand for the protocol's pool; strangers' are shown for what they are.
    for name in ["CRCLx", &mint.to_string()] {
        let shown = market.json("bob", &format!("pool show --pool {name}"));
        assert_eq!(shown["pool"], address::pool(&mint).to_string(), "{name}");
    }
    let listed = market.json("bob", "pool list");
    let lines: Vec<&serde_json::Value> = listed.as_array().expect("a list").iter().collect();
    let line = |pool: Pubkey| *lines.iter().find(|line| line["pool"] == pool.to_string()).expect("listed");
    assert_eq!((&line(own)["verified"], &line(own)["name"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(line(own)["curator"], market.key("alice").pubkey().to_string());
    assert_eq!((&line(private)["private"], &line(address::pool(&mint))["verified"]), (&true.into(), &true.into()));
    // Who was curator is so no longer.
    let refused = market.fails("lena", &format!("govern halt --pool {own} --yes"), 3);
    assert_eq!(refused["cause"], "Unauthorized", "{refused}");
}
