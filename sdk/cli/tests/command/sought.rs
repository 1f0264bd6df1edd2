//! Commands that name no pool: each finds out the one that can be meant, tells it, and never guesses.

use crate::market::{Market, text};
use evergreen_sdk::{address, evergreen::state::MarginAccount};
use serde_json::Value;
use solana_signer::Signer;

/// What a command says that cannot tell which pool is meant: the error, and what to type.
fn asks(market: &Market, who: &str, line: &str) -> [String; 2] {
    let report = market.fails(who, line, 3);
    assert_eq!(report["cause"], "NoPoolChosen", "{report}");
    ["error", "next"].map(|field| report[field].as_str().expect("words").to_owned())
}

pub fn commands_find_their_pool_out(market: &Market) {
    market.json("alice", "localnet price set BTC 100000");
    let mint = market.mint("CRCLx");
    let strange = address::pool_of(&mint, &market.key("bob").pubkey(), 0);
    market.json("bob", &format!("pool create --mint {mint} --yes"));
    let ella = market.newcomer("ella", 300).pubkey();
    let cash = |pool: &str, number: u16| {
        let pool =
            market.json("ella", &format!("pool show --pool {pool}"))["pool"].as_str().expect("a pool").to_owned();
        let key = address::margin_account(&pool.parse().expect("an address"), &ella, number);
        market.find::<MarginAccount>(&key).map(|account| account.cash)
    };

    // The wallet holds the tokens of three pools that the market file names: each is listed with the command that takes it, and the stranger's is not.
    let [error, next] = asks(market, "ella", "deposit 20 --yes");
    assert!(error.contains("3 pools may be meant") && !next.contains(&strange.to_string()), "{error} {next}");
    for pool in ["TSLA.M", "CRCLx", "CRCLx-lena"] {
        assert!(next.contains("`evergreen deposit 20 --yes ") && next.contains(&format!(" --pool {pool}`")), "{next}");
    }
    asks(market, "ella", "lp deposit 5 --yes");
    asks(market, "ella", "account open --yes");
    // A mint with two pools leaves these; what was typed is replaced, and not named twice.
    let [error, next] = asks(market, "ella", &format!("deposit 20 --pool {mint} --yes"));
    assert!(
        error.contains("2 pools may be meant: CRCLx, CRCLx-lena") && !next.contains(&mint.to_string()),
        "{error} {next}"
    );
    // Nothing is there yet.
    for line in ["account show", "withdraw 1 --yes", "orders list", "close --underlying BTC --yes", "fill --yes"] {
        let [error, next] = asks(market, "ella", line);
        assert!(error.contains("has an account 0") && !next.contains(line), "{line}: {error} {next}");
        assert!(next.contains("--pool names one of TSLA.M"), "{line}: {error} {next}");
    }
    asks(market, "ella", "lp show");
    // What has never been is not done already.
    const LEAVES: [&str; 3] = ["close --all --yes", "withdraw all --yes", "account close --yes"];
    for line in LEAVES {
        let [error, _] = asks(market, "ella", line);
        assert!(error.contains("has an account 0"), "{line}: {error}");
        let report = market.fails("ella", &format!("{line} --pool CRCLx"), 1);
        assert!(report.to_string().contains("has no account 0 in the pool CRCLx"), "{line}: {report}");
    }

    // An account in one of them is that one, and people are told which.
    market.json("ella", "deposit 40 --pool CRCLx --yes");
    assert!(cash("CRCLx", 0) > Some(0));
    let said = text(&market.run("ella", "account show"));
    assert!(said.contains("in the pool CRCLx\n"), "{said}");
    market.json("ella", "withdraw 1 --yes");
    let order = "orders place buy --underlying BTC --call --strike 100000 --size 0.01BTC --limit 1 --yes";
    assert!(market.json("ella", order).to_string().contains("CRCLx"));
    assert_eq!(market.json("ella", "orders list").as_array().map(Vec::len), Some(1));
    market.json("ella", "orders cancel 0 --yes");
    // So does the one from a wallet with the token of one pool alone.
    market.json("ella", "lp deposit 10 --pool TSLA.M --yes");
    assert!(market.json("ella", "lp show")["pool"] == "TSLA.M");

    // Closing finds where it is held: in one of two accounts, by the words of the option.
    market.json("ella", "deposit 40 --pool TSLA.M --yes");
    asks(market, "ella", "account show");
    let buy = "trade buy --underlying BTC --call --strike 100000 --size 0.02BTC --yes";
    market.json("ella", &format!("{buy} --pool TSLA.M"));
    let dry = market.json("ella", "close --underlying BTC --dry-run");
    assert!(dry.to_string().contains("TSLA.M"), "{dry}");
    market.json("ella", &format!("{buy} --pool CRCLx"));
    let [error, next] = asks(market, "ella", "close --underlying BTC --call --yes");
    assert!(error.contains("2 pools may be meant: TSLA.M, CRCLx"), "{error}");
    assert!(
        next.contains("`evergreen close --underlying BTC --call --yes ") && next.contains(" --pool CRCLx`"),
        "{next}"
    );
    asks(market, "ella", "close --all --yes");
    market.json("ella", "trade buy --underlying ETH --put --strike 3900 --size 0.1ETH --yes --pool CRCLx");
    let closed = market.json("ella", "close --underlying ETH --yes");
    assert!(closed.to_string().contains("CRCLx"), "{closed}");
    market.jsons("ella", "close --all --pool CRCLx --yes");
    // What is left is in one.
    market.jsons("ella", "close --all --yes");
    assert_eq!(cash("TSLA.M", 0), Some(0));
    for pool in ["TSLA.M", "CRCLx"] {
        market.json("ella", &format!("account close --pool {pool} --yes"));
    }
    for line in LEAVES {
        assert_eq!(market.json("ella", line)["done_before"], true, "{line}");
        assert_eq!(market.json("ella", &format!("{line} --pool CRCLx"))["done_before"], true, "{line}");
    }

    // An account in a stranger's pool is named, and never chosen.
    market.json("ella", &format!("deposit 10 --pool {strange} --account 4 --yes"));
    for line in ["withdraw all --account 4 --yes", "account show --account 4", "close --all --account 4 --yes"] {
        let [error, next] = asks(market, "ella", line);
        assert!(
            error.contains("has an account 4") && next.contains(line) && next.contains(&format!(" --pool {strange}`")),
            "{error} {next}"
        );
    }
    assert!(cash(&strange.to_string(), 4) > Some(0));
    // Without a market file nothing is.
    std::fs::write(market.folder().join("empty.json"), "{}").expect("a file");
    let report: Value = market.fails("ella", "withdraw all --account 4 --market empty.json --yes", 3);
    assert_eq!(report["cause"], "NoPoolChosen", "{report}");
}
