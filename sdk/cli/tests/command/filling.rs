//! Trades between their commitment and their fill: which price decides, what fails and what it costs, interruptions.

use crate::{
    market::{Market, within},
    trading::{names, native},
};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::MarginAccount};
use serde_json::Value;
use solana_signer::Signer;
use std::{
    process::Stdio,
    time::{Duration, Instant},
};

const CALL: &str = "--pool TSLA.M --underlying BTC --call --strike 100000";
/// Points of 0.1 BTC at 300 dollars a token.
const POINTS: i64 = 33_333_333;
/// A moment that no busy machine needs more often than this.
const TRIES: usize = 10;

/// Somebody new with an account.
struct Trader<'a> {
    market: &'a Market,
    name: &'static str,
    key: Pubkey,
    account: Pubkey,
}

impl<'a> Trader<'a> {
    fn new(market: &'a Market, name: &'static str) -> Self {
        let key = market.newcomer(name, 200).pubkey();
        market.json(name, "account open --pool TSLA.M --yes");
        market.json(name, "deposit 100 --pool TSLA.M --yes");
        let account = address::margin_account(&address::pool(&market.mint("TSLA.M")), &key, 0);
        Self { market, name, key, account }
    }

    fn state(&self) -> Box<MarginAccount> {
        self.market.find(&self.account).expect("an account")
    }

    fn points(&self) -> i64 {
        let state = self.state();
        state.open_positions().map(|place| state.positions[place].points).sum()
    }

    /// Waits until a commitment of the account is open, and returns the moment after which its price is published.
    fn moment(&self) -> i64 {
        let begun = Instant::now();
        while !self.state().commitment.is_open() {
            assert!(begun.elapsed() < Duration::from_secs(60), "nothing is committed");
            std::thread::sleep(Duration::from_millis(20));
        }
        let state = self.state();
        state.commitment.price_after().expect("a time")
    }

    /// Commits a trade, and sets the price of BTC before the first price after it is published. A machine that is too busy for that
    /// lets another price decide, so the trade is filled and made again.
    fn commits_before(&self, trade: &str, price: u32) {
        for _ in 0..TRIES {
            self.market.json("lena", "localnet price set BTC 100000");
            self.market.json(self.name, &format!("trade {trade} --no-fill --yes"));
            let moment = self.moment();
            let set = self.market.json("lena", &format!("localnet price set BTC {price}"));
            if set["unix_timestamp"].as_i64() <= Some(moment) {
                return;
            }
            self.market.run("lena", &format!("fill --pool TSLA.M --owner {} --yes", self.key));
        }
        panic!("the machine is too busy");
    }

    /// Waits until the chain's clock is past a moment.
    fn wait_past(&self, moment: i64) {
        let begun = Instant::now();
        while self.market.now() <= moment {
            assert!(begun.elapsed() < Duration::from_secs(60), "the clock stands");
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

fn spot(done: &Value) -> &str {
    done["outcome"]["legs"][0]["spot"].as_str().unwrap_or_else(|| panic!("no leg: {done}"))
}

/// The first price after a commitment fills it: neither the one that the trader has seen, nor a later one.
pub fn the_first_price_decides(market: &Market) {
    let nora = Trader::new(market, "nora");
    let buy = format!("buy {CALL} --size 0.1BTC --min-net=-20");
    let fill = format!("fill --pool TSLA.M --owner {}", nora.key);
    let idle = market.fails("lena", &format!("{fill} --yes"), 3);
    assert_eq!(idle["cause"], "NothingCommitted");

    // The price moves right after the commitment, before its own price is published: the new one decides.
    nora.commits_before(&buy, 101_000);
    let shown = market.json("nora", "account show --pool TSLA.M");
    assert_eq!(shown["commitment"]["legs"][0]["points"], POINTS, "{shown}");
    let row = &market.json("nora", "positions --pool TSLA.M")[0];
    assert_eq!((&row["status"], &row["points"]), (&"committed".into(), &POINTS.into()));
    for (line, held) in [(format!("trade {buy} --yes"), "nora"), ("withdraw 1 --pool TSLA.M --yes".into(), "nora")] {
        let refused = market.fails(held, &line, 3);
        assert_eq!(refused["cause"], "CommitmentOpen", "{line}");
        assert!(
            refused["next"].as_str().is_some_and(|next| next.contains("`evergreen fill --pool TSLA.M ")),
            "{refused}"
        );
    }
    // Anyone fills it, and gets the tip.
    let lena = address::margin_account(&address::pool(&market.mint("TSLA.M")), &market.key("lena").pubkey(), 7);
    market.json("lena", "account open --pool TSLA.M --account 7 --yes");
    let tip = i64::try_from(nora.state().commitment.tip).expect("little");
    let (cash, bond) = (nora.state().cash, i64::try_from(nora.state().commitment.bond).expect("little"));
    assert!(bond > 0);
    let done = market.json("lena", &format!("{fill} --tip-to 7 --yes"));
    assert_eq!((spot(&done), &done["outcome"]["filled"]), ("101000.00", &true.into()), "{done}");
    assert!(names(&done["outcome"], "events").contains(&"CommitmentFilled"), "{done}");
    assert_eq!((nora.points(), nora.state().cash), (POINTS, cash + bond + native(&done["outcome"]["net"])));
    assert!(tip > 0);
    assert_eq!(market.find::<MarginAccount>(&lena).expect("hers").cash, tip, "the tip is hers");

    // It moves after that price was published: the first one still decides, however late it is filled.
    market.json("lena", "localnet price set BTC 100000");
    market.json("nora", &format!("trade sell {CALL} --size 0.1BTC --min-net=0.1 --no-fill --yes"));
    let moment = nora.moment();
    nora.wait_past(moment + 1);
    let later = market.json("lena", "localnet price set BTC 103000");
    assert!(later["unix_timestamp"].as_i64() > Some(moment + 1));
    nora.wait_past(moment + 3);
    let done = market.json("nora", "fill --pool TSLA.M --yes");
    assert_eq!((spot(&done), nora.points()), ("100000.00", 0), "{done}");
}

/// A limit that does not hold at the first price ends the trade for an eighth of its bond, and says so.
pub fn a_limit_that_fails_costs_an_eighth_of_the_bond(market: &Market) {
    let olga = Trader::new(market, "olga");
    let cash = olga.state().cash;
    // One per cent does not bear a move of two thousand dollars.
    olga.commits_before(&format!("buy {CALL} --size 0.1BTC"), 102_000);
    let bond = i64::try_from(olga.state().commitment.bond).expect("little");
    // The price goes on the other way: nobody can choose it.
    let report = market.fails("olga", "fill --pool TSLA.M --yes", 3);
    assert_eq!(report["cause"], "Limit", "{report}");
    let said = report["error"].as_str().expect("words");
    assert!(
        said.contains("beyond its limit") && said.contains("of its bond of ") && said.contains("the rest came back"),
        "{report}"
    );
    assert!(report["next"].as_str().is_some_and(|next| next.contains("--slippage")), "{report}");
    let outcome = &report["receipt"]["outcome"];
    let eighth = (bond + 7) / 8;
    let told = (&outcome["filled"], native(&outcome["fee"]), &outcome["reason"]);
    assert_eq!(told, (&false.into(), eighth, &"Limit".into()));
    assert_eq!(native(&outcome["bond"]), bond, "{report}");
    assert_eq!((olga.state().cash, olga.points()), (cash - eighth, 0), "the tip and the rest of the bond came back");
}

/// Who lets a trade lapse pays its bond.
pub fn what_lapses_costs_its_bond(market: &Market) {
    let pia = Trader::new(market, "pia");
    let cash = pia.state().cash;
    market.json("lena", "localnet price set BTC 100000");
    let quote = market.json("pia", &format!("quote buy {CALL} --size 0.1BTC"));
    market.json("pia", &format!("trade buy {CALL} --size 0.1BTC --no-fill --yes"));
    let (moment, bond) = (pia.moment(), i64::try_from(pia.state().commitment.bond).expect("little"));
    pia.wait_past(moment + 1);
    let shown = market.json("pia", "account show --pool TSLA.M");
    assert_eq!(shown["commitment"]["state"], "waiting", "{shown}");
    market.json("lena", "localnet advance 20s");
    // It does not look open any more: what is kept, and how it is cleared.
    let shown = market.json("pia", "account show --pool TSLA.M");
    assert_eq!(
        (&shown["commitment"]["state"], native(&shown["commitment"]["bond"])),
        (&"lapsed".into(), bond),
        "{shown}"
    );
    assert_eq!(shown["commitment"]["clear"], "evergreen fill --pool TSLA.M", "{shown}");
    let said = crate::market::text(&market.run("pia", "account show --pool TSLA.M"));
    assert!(said.contains("its bond of ") && said.contains("`evergreen fill --pool TSLA.M --keypair "), "{said}");
    assert!(!said.contains("waits for"), "{said}");
    let rows = market.json("pia", "positions --pool TSLA.M");
    assert_eq!(rows[0]["status"], "lapsed", "{rows}");
    let report = market.fails("pia", "fill --pool TSLA.M --yes", 3);
    assert_eq!(report["cause"], "Lapsed", "{report}");
    // About twice the fee that was quoted.
    assert!((2 * native(&quote["fee"]) - bond).abs() < bond / 50, "{quote}");
    let fee = native(&report["receipt"]["outcome"]["fee"]);
    assert_eq!((fee, pia.state().cash, pia.points()), (bond, cash - fee, 0), "{report}");
    assert!(report["error"].as_str().is_some_and(|said| said.contains("it cost its bond, ")), "{report}");
}

/// A clock that runs sixty times as fast does not run past the price of a trade.
pub fn a_fast_clock_waits(market: &Market) {
    // A trade that is committed in the instant between two steps of such a clock is not filled, and costs nothing.
    market.json("lena", "localnet price set BTC 100000");
    let trade = format!("trade buy {CALL} --size 0.1BTC --deposit 50 --yes --json");
    let filled = (0..TRIES).any(|_| {
        let output = within(market.command("lena", &trade));
        let report: Value = serde_json::from_slice(&output.stderr).unwrap_or_default();
        assert!(output.status.success() || report["cause"] == "PriceTooLate", "{}", crate::market::text(&output));
        output.status.success()
    });
    assert!(filled, "too late each time");
}

/// Ctrl-C tells what is known, and the same command goes on.
pub fn an_interruption_tells(market: &Market) {
    let iris = Trader::new(market, "iris");
    market.json("lena", "localnet price set BTC 100000");
    let trade = format!("trade buy {CALL} --size 0.1BTC --min-net=-20 --yes --json");
    let mut command = market.command("iris", &trade);
    let process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the command runs");
    iris.moment();
    let interrupt = std::process::Command::new("kill").args(["-INT", &process.id().to_string()]).status();
    assert!(interrupt.expect("kill").success());
    let output = process.wait_with_output().expect("its end");
    let said: Value = serde_json::from_slice(&output.stderr).expect("a report");
    assert_eq!((output.status.code(), &said["exit_code"]), (Some(6), &6.into()), "{said}");
    let error = said["error"].as_str().unwrap_or_default();
    assert!(error.starts_with("interrupted") && !error.contains('`'), "{said}");
    assert!(said["next"].as_str().is_some_and(|next| next.contains("same command again")), "{said}");
    let output = within(market.command("iris", &trade));
    assert!(output.status.success(), "{}", crate::market::text(&output));
    assert_eq!(iris.points(), POINTS, "once");
    // What an interrupted run has done is told without the words for the machine.
    let aside = String::from_utf8_lossy(&output.stderr);
    assert!(!aside.contains(" by `") && !aside.contains("underlying=BTC"), "{aside}");
}

/// A trade whose command is killed while it waits is gone on with, whoever has filled it meanwhile.
pub fn nothing_is_done_twice(market: &Market) {
    let rita = Trader::new(market, "rita");
    let trade = format!("trade buy {CALL} --size 0.1BTC --min-net=-20 --yes --json");
    for (round, by_others) in [(1, false), (2, true)] {
        let mut command = market.command("rita", &trade);
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the command runs");
        let moment = rita.moment();
        process.kill().expect("it is killed");
        process.wait().expect("its end");
        assert!(rita.state().commitment.is_open(), "it was killed before it could fill");
        if by_others {
            rita.wait_past(moment + 1);
            market.json("lena", &format!("fill --pool TSLA.M --owner {} --yes", rita.key));
        }
        let output = within(market.command("rita", &trade));
        assert!(output.status.success(), "{}", crate::market::text(&output));
        let done: Value = serde_json::from_slice(&output.stdout).expect("a receipt");
        assert_eq!((&done["done_before"], &done["outcome"]["filled"]), (&true.into(), &true.into()), "{done}");
        assert_eq!(done["outcome"]["by_this_command"], !by_others, "{done}");
        assert_eq!(done["outcome"]["legs"][0]["points"], POINTS, "{done}");
        assert_eq!(rita.points(), round * POINTS, "once each time");
    }
    // A command that was not interrupted trades again.
    market.json("rita", trade.trim_end_matches(" --json"));
    assert_eq!(rita.points(), 3 * POINTS);
    let steps = market.jsons("rita", "close --all --pool TSLA.M --yes");
    let actions: Vec<&str> = steps.iter().filter_map(|step| step["action"].as_str()).collect();
    assert_eq!(actions, ["close BTC call 100000 of 7 d", "withdraw all cash"]);
    assert_eq!(steps[0]["outcome"]["filled"], true, "filled before the rest leaves");
    assert_eq!((rita.points(), rita.state().cash), (0, 0));
}
