//! What the keeper of `evergreen localnet --app` does for who uses the page.

use crate::market::Market;
use evergreen_sdk::{address, evergreen::state::MarginAccount};
use solana_signer::Signer;
use std::time::{Duration, Instant};

const POINTS: i64 = 3_333_333;

/// A market with a page that has nothing.
pub fn start() -> Market {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("page")).expect("a folder");
    std::fs::write(folder.path().join("page/index.html"), "<!doctype html><title>Evergreen</title>").expect("a file");
    Market::start_in(folder, &["--app", "--app-port", "0", "--app-files", "page"])
}

/// Orders of others need a stake: the keeper has one in each pool.
pub fn its_keeper_executes_orders(market: &Market) {
    let key = market.newcomer("olga", 400).pubkey();
    market.json("lena", "localnet price set BTC 100000");
    for pool in ["TSLA.M", "CRCLx"] {
        market.json("olga", &format!("account open --pool {pool} --yes"));
        market.json("olga", &format!("deposit 100 --pool {pool} --yes"));
        let line = format!(
            "orders place buy --pool {pool} --underlying BTC --call --strike 100000 --points {POINTS} --min-net=-9 --at-or-above 50000"
        );
        market.jsons("olga", &format!("{line} --tip 0.01 --yes"));
    }
    let start = Instant::now();
    for pool in ["TSLA.M", "CRCLx"] {
        let account = address::margin_account(&address::pool(&market.mint(pool)), &key, 0);
        let points = || -> i64 {
            let account = market.find::<MarginAccount>(&account).expect("an account");
            account.positions.iter().map(|position| position.points).sum()
        };
        while points() != POINTS {
            assert!(
                start.elapsed() < Duration::from_secs(120),
                "nobody executes the order in {pool}: {}",
                market.log()
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
