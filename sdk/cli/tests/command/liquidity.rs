//! Liquidity in and out.

use crate::market::{Market, TOKEN};
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
    assert_eq!(done["quote"]["shares_native"].as_i64(), Some(market.tokens(&shares)));
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
}
