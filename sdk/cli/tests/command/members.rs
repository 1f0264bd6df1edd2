//! Delegates, referrers, series, margin in full, withdrawals of others.

use crate::{
    market::{Market, TOKEN, text},
    trading::native,
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{LiquidityRequest, MarginAccount, Order, SeriesRegistry, SeriesStatus},
};
use solana_signer::Signer;

const OPTION: &str = "--pool TSLA.M --underlying BTC --call --strike 101000";

pub fn a_delegate_trades_and_never_withdraws(market: &Market) {
    let (frank, grace) = (market.newcomer("frank", 50), market.newcomer("grace", 5));
    let key = address::margin_account(&address::pool(&market.mint("TSLA.M")), &frank.pubkey(), 0);
    let delegate = || market.find::<MarginAccount>(&key).expect("an account").delegate;
    // All that the wallet holds.
    market.json("frank", "deposit all --pool TSLA.M --yes");
    assert_eq!(market.find::<MarginAccount>(&key).expect("an account").cash, 50 * TOKEN);
    let empty = market.json("frank", "deposit all --pool TSLA.M --yes");
    let note = empty["note"].as_str().unwrap_or_default();
    assert!(empty["done_before"] == true && note.contains("holds no TSLA.M"), "{empty}");

    let trade = format!("buy {OPTION} --size 0.1BTC --owner {}", frank.pubkey());
    let refused = market.fails("grace", &format!("trade {trade} --yes"), 3);
    assert_eq!(refused["cause"], "Unauthorized", "nobody named her");
    let name = format!("account delegate {} --allowance 5 --pool TSLA.M", grace.pubkey());
    market.json("frank", &format!("{name} --dry-run"));
    assert_eq!(delegate(), Pubkey::default(), "a dry run names nobody");
    market.json("frank", &format!("{name} --yes"));
    assert_eq!(delegate(), grace.pubkey());
    let shown = market.json("frank", "account show --pool TSLA.M");
    assert_eq!(shown["delegate"], grace.pubkey().to_string());
    assert_eq!(native(&shown["allowance"]), 5 * TOKEN);

    let quote = market.json("grace", &format!("quote {trade}"));
    market.json("grace", &format!("trade {trade} --yes"));
    let account = market.find::<MarginAccount>(&key).expect("an account");
    assert_eq!(account.cash, 50 * TOKEN + native(&quote["net"]), "frank's cash pays");
    let paid = market.fails("grace", &format!("trade {trade} --deposit 1 --yes"), 2);
    assert!(paid["error"].as_str().is_some_and(|error| error.contains("owner")), "{paid}");
    // Orders too, but no tip.
    let place = format!("orders place sell {OPTION} --size 0.1BTC --at-or-above 119000 --owner {}", frank.pubkey());
    let tip = market.fails("grace", &format!("{place} --tip 0.1 --yes"), 3);
    assert_eq!(tip["cause"], "TipByDelegate");
    assert!(tip["next"].as_str().is_some_and(|next| next.contains("--tip")), "{tip}");
    let placed = market.json("grace", &format!("{place} --yes"));
    let number = placed["quote"]["number"].as_u64().expect("a number");
    assert!(market.find::<Order>(&address::order(&key, number)).is_some());
    market.json("grace", &format!("orders cancel {number} --pool TSLA.M --owner {} --yes", frank.pubkey()));

    // She closes what she bought, but not everything with the cash.
    let held = market.json("frank", "positions --pool TSLA.M");
    let series = held[0]["series"].as_str().expect("a name");
    let part = format!("close --series {series} --pool TSLA.M --owner {}", frank.pubkey());
    let rests = market.fails("grace", &format!("{part} --dry-run"), 3);
    assert_eq!(rests["cause"], "DelegateRests", "{rests}");
    market.json("lena", "localnet advance 1m");
    market.json("grace", &format!("{part} --dry-run"));
    assert_eq!(
        market.run("grace", &format!("close --all --pool TSLA.M --owner {}", frank.pubkey())).status.code(),
        Some(2)
    );
    // Anyone pays in.
    let had = market.find::<MarginAccount>(&key).expect("an account").cash;
    market.json("grace", &format!("deposit 1.5 --pool TSLA.M --owner {} --yes", frank.pubkey()));
    assert_eq!(market.find::<MarginAccount>(&key).expect("an account").cash, had + 3 * TOKEN / 2);
    let nobody = market.fails("frank", &format!("deposit 1 --pool TSLA.M --owner {} --yes", grace.pubkey()), 1);
    assert!(nobody["error"].as_str().is_some_and(|error| error.contains("has no account")), "{nobody}");

    // The most that open positions spare.
    let had = market.find::<MarginAccount>(&key).expect("an account").cash;
    let taken = market.json("frank", "withdraw max --pool TSLA.M --yes");
    let lasts = taken["quote"]["runway"]["runway_seconds"].as_u64().expect("seconds");
    assert!((86_300..90_100).contains(&lasts), "a day of funding stays: {taken}");
    let left = market.find::<MarginAccount>(&key).expect("an account").cash;
    assert!(left > 0 && left < had / 100, "{left} of {had} left for a day's funding");
    assert_eq!(market.fails("frank", "withdraw --all --pool TSLA.M --yes", 1)["exit_code"], 1);

    market.json("frank", "account delegate --none --pool TSLA.M --yes");
    assert_eq!(delegate(), Pubkey::default());
    assert_eq!(market.run("frank", "account delegate --pool TSLA.M --yes").status.code(), Some(2));
}

pub fn who_refers_is_paid(market: &Market) {
    let (henry, ivy) = (market.newcomer("henry", 20), market.newcomer("ivy", 20));
    let mint = market.mint("TSLA.M");
    let referrer = henry.pubkey();
    market.json("ivy", &format!("account open --pool TSLA.M --referrer {referrer} --yes"));
    let none = market.fails("henry", "referral claim --pool TSLA.M --yes", 1);
    assert!(none["next"].as_str().is_some_and(|next| next.contains("referral show")), "{none}");
    market.json("ivy", &format!("trade buy {OPTION} --size 0.2BTC --deposit 10 --yes"));
    let key = address::margin_account(&address::pool(&mint), &ivy.pubkey(), 0);
    let due = || market.find::<MarginAccount>(&key).expect("an account").referral_due;
    let rows = market.json("henry", "referral show --pool TSLA.M");
    assert_eq!((native(&rows[0]["due"]), due() > 0), (i64::try_from(due()).expect("little"), true), "{rows}");
    assert_eq!(rows[0]["owner"], ivy.pubkey().to_string());
    // Anyone may pay it, to the referrer.
    let wallet = address::token_account(&referrer, &mint, &anchor_spl::token::ID);
    let (had, owed) = (market.tokens(&wallet), due());
    let claim = format!("referral claim --pool TSLA.M --referrer {referrer}");
    market.json("lena", &format!("{claim} --dry-run"));
    assert_eq!(market.tokens(&wallet), had);
    market.json("lena", &format!("{claim} --yes"));
    assert_eq!((market.tokens(&wallet), due()), (had + i64::try_from(owed).expect("little"), 0));
    market.jsons("ivy", "close --all --pool TSLA.M --yes");
}

pub fn series_come_and_go(market: &Market) {
    let registry = || {
        market.find::<SeriesRegistry>(&address::registry(&address::pool(&market.mint("TSLA.M")))).expect("a registry")
    };
    let add = "series add --pool TSLA.M --underlying ETH --put --strike 3500 --tenor 30d";
    let dry = market.json("lena", &format!("{add} --dry-run"));
    let name = dry["quote"]["series"].as_str().expect("a name").to_owned();
    let slot: usize = name.split(':').next().and_then(|slot| slot.parse().ok()).expect("a slot");
    assert_ne!(registry().series[slot].status(), SeriesStatus::Live, "a dry run lists nothing");
    market.json("lena", &format!("{add} --yes"));
    let listed = registry().series[slot];
    assert_eq!((listed.status(), listed.strike, listed.tenor), (SeriesStatus::Live, 3_500, 30 * 86_400));
    let again = market.fails("lena", &format!("{add} --yes"), 1);
    assert!(again["error"].as_str().is_some_and(|error| error.contains(&format!("already, as {name}"))), "{again}");
    let off = market.fails("lena", "series add --pool TSLA.M --underlying ETH --put --strike 3501 --yes", 3);
    assert_eq!(off["cause"], "StrikeOffGrid", "{off}");

    // Those of all pools, by pool.
    let all = market.json("lena", "series list --all");
    let rows = all.as_array().expect("rows");
    for pool in ["TSLA.M", "CRCLx"] {
        let one = market.json("lena", &format!("series list --pool {pool}"));
        let of_it: Vec<_> = rows.iter().filter(|row| row["pool"] == pool).collect();
        assert_eq!(one.as_array().expect("rows").iter().collect::<Vec<_>>(), of_it);
    }
    assert_eq!(market.run("lena", "series list").status.code(), Some(2));

    let used = rows.iter().find(|row| row["pool"] == "TSLA.M" && row["long_points"].as_i64() > Some(0));
    if let Some(used) = used.and_then(|row| row["series"].as_str()) {
        let refused = market.fails("lena", &format!("series retire {used} --pool TSLA.M --yes"), 3);
        assert_eq!(refused["cause"], "SeriesInUse");
    }
    market.json("lena", &format!("series retire {name} --pool TSLA.M --yes"));
    assert_eq!(registry().series[slot].status(), SeriesStatus::Free);
    let gone = market.fails("lena", &format!("series retire {name} --pool TSLA.M --yes"), 1);
    let next = gone["next"].as_str().expect("what is next");
    assert!(next.starts_with("see `evergreen series list --pool TSLA.M --keypair "), "{next}");
}

pub fn anyone_pays_out_withdrawals(market: &Market) {
    let julia = market.newcomer("julia", 30);
    let mint = market.mint("TSLA.M");
    // Options of this market have been exercised, and those who wrote them have to pay first: the command sees to that.
    let unsettled = || {
        let registry = market.find::<SeriesRegistry>(&address::registry(&address::pool(&mint))).expect("its registry");
        registry.series.iter().filter(|s| s.status() == SeriesStatus::Exercised && s.short_points > 0).count()
    };
    assert!(unsettled() > 0);
    market.json("julia", "lp deposit 20 --pool TSLA.M --yes");
    assert_eq!(unsettled(), 0);
    let asked = market.json("julia", "lp request all --pool TSLA.M --yes");
    let number = asked["quote"]["withdrawal"].as_u64().expect("a number");
    let key: Pubkey = asked["quote"]["account"].as_str().expect("an address").parse().expect("an address");
    market.json("lena", "localnet advance 25h");
    let queue = market.json("lena", "lp withdrawals --pool TSLA.M");
    assert_eq!((&queue[0]["number"], &queue[0]["owner"]), (&number.into(), &julia.pubkey().to_string().into()));
    assert_eq!(queue[0]["first_in_queue"], true);
    market.json("lena", "lp execute --pool TSLA.M --yes");
    let withdrawal = market.find::<LiquidityRequest>(&key).expect("executed");
    let wallet = address::token_account(&julia.pubkey(), &mint, &anchor_spl::token::ID);
    let had = market.tokens(&wallet);
    let nothing = market.fails("lena", "lp claim --pool TSLA.M --yes", 1);
    assert!(nothing["next"].as_str().is_some_and(|next| next.contains("lp withdrawals")), "{nothing}");
    let claim = format!("lp claim --pool TSLA.M --owner {}", julia.pubkey());
    market.json("lena", &format!("{claim} --dry-run"));
    assert_eq!(market.tokens(&wallet), had);
    market.json("lena", "lp claim --pool TSLA.M --everybody --yes");
    assert_eq!(market.tokens(&wallet), had + i64::try_from(withdrawal.payable).expect("little"), "it is julia's");
    let empty = market.run("lena", "lp withdrawals --pool TSLA.M");
    assert!(text(&empty).contains("no withdrawal waits"), "{}", text(&empty));
}
