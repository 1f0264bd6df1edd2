//! Liquidity in and out.

use crate::{
    market::{Market, TOKEN, text},
    portfolio::{self, table},
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{LiquidityRequest, Pool, ShareClass},
};
use solana_signer::Signer;

pub fn shares_and_withdrawals(market: &Market) {
    let (lena, mint) = (market.key("lena").pubkey(), market.mint("CRCLx"));
    let pool = address::pool(&mint);
    let wallet = address::token_account(&lena, &mint, &anchor_spl::token_2022::ID);
    let shares =
        address::token_account(&lena, &address::share_mint(&pool, ShareClass::Main, 0), &anchor_spl::token::ID);
    let cash = || market.find::<Pool>(&pool).expect("the pool").pool_cash;

    let (before, had) = (cash(), market.tokens(&wallet));
    let done = market.json("lena", "lp deposit 40 --pool CRCLx --yes");
    assert_eq!((cash(), market.tokens(&wallet)), (before + 40 * TOKEN, had - 40 * TOKEN));
    assert_eq!(done["quote"]["shares_native"], market.tokens(&shares).to_string());
    let insured = market.json("lena", "lp deposit 1 --class insurance --pool CRCLx --yes");
    assert_eq!(insured["quote"]["class"], "insurance");
    // Each tells the minute after which its shares were minted, and how many they are.
    for done in [&done, &insured] {
        let minted = done["note"].as_str().is_some_and(|note| note.contains("shares are minted"));
        assert!(minted && done["quote"]["minute"].as_i64().is_some_and(|minute| minute % 60 == 0), "{done}");
    }

    let held = market.tokens(&shares);
    let asked = market.json("lena", "lp request 25% --pool CRCLx --yes");
    let number = asked["quote"]["withdrawal"].as_u64().expect("a number");
    let withdrawal: Pubkey = asked["quote"]["account"].as_str().expect("an address").parse().expect("an address");
    let quarter =
        i64::try_from(market.find::<LiquidityRequest>(&withdrawal).expect("a withdrawal").shares).expect("few");
    assert_eq!((quarter, market.tokens(&shares)), (held / 4, held - held / 4));
    let shown = market.json("lena", "lp show --pool CRCLx");
    assert_eq!(
        (&shown["withdrawals"][0]["number"], &shown["withdrawals"][0]["first_in_queue"]),
        (&number.into(), &true.into())
    );
    let greedy = market.fails("lena", "lp request 1000000 --pool CRCLx --yes", 1);
    assert!(greedy["error"].as_str().is_some_and(|error| error.contains("are held")), "{greedy}");

    // A class that has its capital is not renewed, and there are no shares of an earlier generation.
    let unspent = market.fails("lena", "lp renew --pool CRCLx --class insurance --yes", 3);
    assert_eq!(unspent["cause"], "SharesNotSpent");
    let none = market.fails("lena", "lp redeem --pool CRCLx --class insurance --yes", 1);
    assert!(none["error"].as_str().is_some_and(|error| error.contains("generation")), "{none}");
    let early = market.fails("lena", "lp execute --pool CRCLx --yes", 3);
    assert_eq!(early["cause"], "WithdrawalCooling");
    let nothing = market.fails("lena", "lp claim --pool CRCLx --yes", 1);
    assert!(nothing["next"].as_str().is_some_and(|next| next.contains("lp execute")), "{nothing}");
    market.json("lena", "localnet advance 24h");
    market.json("lena", "lp execute --pool CRCLx --yes");
    let payable =
        i64::try_from(market.find::<LiquidityRequest>(&withdrawal).expect("executed").payable).expect("little");
    assert!((10 * TOKEN - payable).abs() < 10, "{payable} of ten tokens");
    let had = market.tokens(&wallet);
    market.json("lena", "lp claim --pool CRCLx --yes");
    assert_eq!(market.tokens(&wallet), had + payable);
    assert!(market.find::<LiquidityRequest>(&withdrawal).is_none(), "a paid withdrawal is gone");
    // The table has what came in and went out, with its cost: that of one class is no other's.
    let csv = text(&market.run("lena", "history --pool CRCLx --csv"));
    let rows = table(&csv);
    let of = |kind: &str, class: &str| -> Vec<_> {
        rows.iter().filter(|row| row["kind"] == kind && row["class"] == class).collect()
    };
    assert_eq!(
        portfolio::number(of("lp-deposit", "insurance").last().expect("a deposit"), "amount_native"),
        TOKEN,
        "{csv}"
    );
    let paid_in: i64 = of("lp-deposit", "main").iter().map(|row| portfolio::number(row, "amount_native")).sum();
    let (out, shown) = (of("lp-withdrawal", "main"), market.json("lena", "lp show --pool CRCLx --history"));
    assert_eq!((out.len(), portfolio::number(out[0], "amount_native")), (1, -payable), "{csv}");
    assert_eq!(
        portfolio::number(out[0], "realised_native"),
        payable - portfolio::number(out[0], "cost_native"),
        "{csv}"
    );
    assert_eq!(
        out[0]["realised_native"],
        shown["history"]["realised"]["native"].as_str().expect("an amount"),
        "{shown}"
    );
    assert!(paid_in >= 40 * TOKEN && portfolio::number(out[0], "cost_native") > 0, "{csv}");
    least_amounts_are_met(market);
}

/// A least amount that nothing meets is refused; one that is not met any more is told, and executing it is no success.
fn least_amounts_are_met(market: &Market) {
    // What the shares are worth, to the unit, is known by what is refused.
    let greedy = market.fails("lena", "lp request 10% --least 1,000.5 --pool CRCLx --yes", 3);
    assert_eq!(greedy["cause"], "LeastAboveWorth", "{greedy}");
    let next = greedy["next"].as_str().unwrap_or_default();
    let worth = next.split_once("--least ").and_then(|(_, rest)| rest.split(' ').next()).expect("a number that works");
    let asked = market.json("lena", &format!("lp request 10% --least {worth} --pool CRCLx --yes"));
    let number = asked["quote"]["withdrawal"].as_u64().expect("a number");
    let shown = |what: &str| market.json("lena", "lp show --pool CRCLx")["withdrawals"][0][what].clone();
    assert_eq!((shown("state"), shown("least")["tokens"].clone()), ("waiting".into(), worth.into()));
    // A put that gains is the pool's loss.
    market.json("lena", "localnet price set BTC 100000");
    let buy = "trade buy --pool CRCLx --underlying BTC --put --strike atm --size 1BTC --deposit 60 --yes";
    market.json("bob", buy);
    market.json("lena", "localnet price set BTC 93000");
    let list = || text(&market.run("lena", "lp withdrawals --pool CRCLx"));
    assert!(list().contains("worth too little"), "{}", list());
    market.json("lena", "localnet advance 24h");
    // Alone in the queue it stays where it is.
    let stays = market.fails("lena", "lp execute --pool CRCLx --yes", 3);
    let error = stays["error"].as_str().unwrap_or_default();
    assert!(
        stays["cause"] == "BelowMinimum" && error.contains("its shares are worth") && error.contains(worth),
        "{stays}"
    );
    // With another one behind it the queue goes on.
    market.json("lena", "lp request 1 --pool CRCLx --yes");
    market.json("lena", "localnet advance 24h");
    let passed = market.fails("lena", "lp execute --pool CRCLx --yes", 3);
    assert_eq!(passed["cause"], "Passed", "{passed}");
    let error = passed["error"].as_str().unwrap_or_default();
    assert!(error.contains("nothing was executed, because its shares are worth") && error.contains(worth), "{passed}");
    assert!(passed["receipt"]["signature"].is_string(), "{passed}");
    // Its place is another one now, at the end of the queue; cancelled it looks like that, and not like one that waits.
    let withdrawals = market.json("lena", "lp show --pool CRCLx")["withdrawals"].clone();
    let mut places = withdrawals.as_array().expect("rows").iter().filter_map(|row| row["number"].as_u64());
    let place = places.find(|place| *place > number + 1).expect("a new place");
    market.json("lena", "localnet advance 1m");
    market.json("lena", "lp execute --pool CRCLx --yes");
    market.json("lena", "lp claim --pool CRCLx --yes");
    market.json("lena", &format!("lp cancel {place} --pool CRCLx --yes"));
    let left = market.json("lena", "lp withdrawals --pool CRCLx");
    assert!(left.as_array().is_some_and(|rows| rows.iter().all(|row| row["state"] == "cancelled")), "{left}");
    market.jsons("bob", "close --all --pool CRCLx --yes");
    market.json("lena", "localnet price set BTC 100000");
    if left.as_array().is_some_and(|rows| !rows.is_empty()) {
        // The queue goes over it; nothing is paid.
        let over = market.fails("lena", "lp execute --pool CRCLx --yes", 3);
        assert!(over["error"].as_str().is_some_and(|error| error.contains("because it was cancelled")), "{over}");
        market.json("lena", "lp claim --pool CRCLx --yes");
    }
}
