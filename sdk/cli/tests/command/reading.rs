//! What commands say that only read, behind a node that lies: what an honest node makes them say, or an error; never a part of it that looks like all of it.
//!
//! `EVERGREEN_LIES_SEED` makes another run.

use crate::market::{Market, within};
use evergreen_test_network::{Liar, Lie};
use serde_json::Value;
use std::collections::{BTreeMap, HashMap};

const OPTION: &str = "--pool TSLA.M --underlying BTC --call --strike 100000";
/// What is asked.
const LINES: [&str; 18] = [
    "chain --pool TSLA.M --underlying BTC --json",
    "positions --json",
    "portfolio --pool TSLA.M --closed --carry --json",
    "history --pool TSLA.M --json",
    "history --pool TSLA.M --whole --limit 40 --json",
    "history --pool TSLA.M --csv --carry",
    "history --pool TSLA.M --since 1h --json",
    "lp show --pool TSLA.M --json",
    "lp show --pool TSLA.M --history --json",
    "lp withdrawals --pool TSLA.M --json",
    "lp exposure --pool TSLA.M --json",
    "orders list --pool TSLA.M --json",
    "referral show --pool TSLA.M --json",
    "series list --pool TSLA.M --json",
    "pool show --pool TSLA.M --json",
    "govern show --json",
    "account show --pool TSLA.M --json",
    "pool list --json",
];
/// One answer in so many is a lie, five times as many of those with lists.
const RATE: u64 = 8;
/// The same of a lie that is waited for.
const SELDOM: u64 = 40;

/// The exit code of a command and its output.
fn said(market: &Market, line: &str, url: Option<&str>) -> (Option<i32>, String, String) {
    let line = url.map_or_else(|| line.to_owned(), |url| format!("{line} --url {url}"));
    let output = within(market.command("rita", &line));
    let told = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (output.status.code(), told(&output.stdout), told(&output.stderr))
}

fn the_truth(market: &Market) -> Vec<String> {
    let of = |line: &&str| {
        let (code, told, why) = said(market, line, None);
        assert_eq!(code, Some(0), "{line}: {why}");
        assert!(why.is_empty(), "{line}: {why}");
        told
    };
    LINES.iter().map(of).collect()
}

/// Each lie alone, and all together: after a lie the node tells the truth when the same is asked again.
pub fn what_is_read_is_true(market: &Market) {
    market.newcomer("rita", 500);
    market.json("lena", "localnet price set BTC 100000");
    market.json("rita", &format!("trade buy {OPTION} --size 0.1BTC --deposit 40 --yes"));
    for size in ["0.02", "0.03", "0.04"] {
        market.json("rita", &format!("trade sell {OPTION} --size {size}BTC --yes"));
    }
    market.json("rita", &format!("trade buy {OPTION} --size 0.05BTC --yes"));
    for tokens in 1..=8 {
        market.json("rita", &format!("deposit {tokens} --pool TSLA.M --yes"));
    }
    market.json("rita", "lp deposit 50 --pool TSLA.M --yes");
    market.json("lena", "localnet clock pause");
    let seed = std::env::var("EVERGREEN_LIES_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let target = market.ready["rpc_url"].as_str().expect("a URL");
    let liar = market.wait(Liar::before(target, seed, 0, &[])).relenting();
    let (mut right, mut moved, mut refused) = (0u32, 0u32, BTreeMap::<String, u32>::new());
    let mut told: HashMap<Lie, u64> = HashMap::new();
    let mut truth = the_truth(market);
    for lies in Lie::READING.map(|lie| vec![lie]).into_iter().chain([Lie::READING.to_vec()]) {
        let is_slow = matches!(lies[..], [Lie::Limit | Lie::LimitInside]);
        liar.set(if is_slow { SELDOM } else { RATE }, &lies);
        let answers: Vec<_> = LINES.iter().map(|line| said(market, line, Some(&liar.url))).collect();
        liar.set(0, &[]);
        let later = the_truth(market);
        for (((line, truth), later), (code, answer, why)) in LINES.iter().zip(&truth).zip(&later).zip(answers) {
            match code {
                Some(0) if answer == *truth || answer == *later => right += 1,
                // Keepers and prices go on while the clock stands.
                Some(0) if truth != later => moved += 1,
                Some(0) => panic!("{lies:?}, {line} says\n{answer}\nand the truth is\n{truth}"),
                // An answer in part is true, as far as it goes, and is compared with nothing.
                Some(code @ 1..=7) => {
                    let report: Value =
                        serde_json::from_str(why.lines().last().unwrap_or_default()).unwrap_or_default();
                    let words = report["error"].as_str().or(report["message"].as_str()).unwrap_or(&why).to_owned();
                    assert!(!words.trim().is_empty(), "{line}: {why}");
                    *refused.entry(format!("{lies:?}, {line}: {code}, {words}")).or_default() += 1;
                }
                _ => panic!("{lies:?}, {line}: {code:?} {answer} {why}"),
            }
        }
        truth = later;
    }
    told.extend(liar.counts());
    println!("{right} right, {moved} while the market moved, {told:?}, refused: {refused:#?}");
    let untold: Vec<&Lie> = Lie::READING.iter().filter(|lie| !told.contains_key(lie)).collect();
    assert!(untold.is_empty(), "{untold:?}");
    assert!(right as usize >= 9 * refused.len(), "{right} right, {refused:#?}");
    assert!(moved * 10 < right, "{moved} answers could not be compared, {right} could");
    market.json("lena", "localnet clock resume");
}
