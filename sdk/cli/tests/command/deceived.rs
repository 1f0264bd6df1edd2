//! Commands that move money, behind a network that lies, killed at any moment, with a closed output or a full disk: what each has said is
//! compared with what the chain holds. Nothing is done twice, what is called done was done, what is called not done was not, and what is
//! called unknown is found out by the command that is named.
//!
//! `EVERGREEN_LIES_SECONDS` and `EVERGREEN_LIES_SEED` make the run longer, and another one.

mod purpose;

use crate::market::{Market, TOKEN, text};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::Filter,
    evergreen::state::{LiquidityRequest, MarginAccount, Order, ShareClass},
    instruction::PoolKeys,
};
use evergreen_test_network::{Liar, Lie};
use evergreen_test_support::random::Random;
use purpose::{Purpose, Truth};
use serde_json::Value;
use solana_signer::Signer;
use std::{
    collections::HashMap,
    os::unix::process::ExitStatusExt,
    process::{Command, Output, Stdio},
    sync::Mutex,
    time::{Duration, Instant},
};

/// People who trade at once.
const PEOPLE: u64 = 5;
/// So many of them deposit liquidity behind it.
const PROVIDERS: usize = 3;
/// One answer in so many is a lie.
const RATE: u64 = 12;
/// How often a command is given again whose outcome is unknown, before the network tells the truth.
const AGAIN: u32 = 4;

/// How it is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Manner {
    Plain,
    /// It is killed after so many milliseconds.
    Killed(u64),
    /// Nobody reads its output.
    Closed,
    /// Its output is a full disk.
    Full,
    /// The disk of the journal is full.
    NoJournal,
}

struct Person<'a> {
    market: &'a Market,
    name: String,
    wallet: Pubkey,
    shares: Pubkey,
    requests: Filter,
    account: Pubkey,
    liar: Liar,
    random: Random,
}

/// What was said and done, of all people.
#[derive(Debug, Default)]
struct Tally {
    commands: u64,
    done: u64,
    refused: u64,
    unknown: u64,
    broken: u64,
    again: u64,
    lies: HashMap<Lie, u64>,
}

impl<'a> Person<'a> {
    fn new(market: &'a Market, seed: u64, number: u64) -> Self {
        let name = format!("person{number}");
        let key = market.newcomer(&name, 2_000).pubkey();
        market.json(&name, "account open --pool TSLA.M --yes");
        market.json(&name, "deposit 200 --pool TSLA.M --yes");
        let mint = market.mint("TSLA.M");
        let target = market.ready["rpc_url"].as_str().expect("a URL");
        let seed = seed * 1_000 + number;
        let liar = market.wait(Liar::before(target, seed, RATE, &Lie::ALL));
        let keys = PoolKeys::new(mint, anchor_spl::token::ID);
        let account = address::margin_account(&keys.pool, &key, 0);
        let (shares, requests) =
            (keys.shares(&key, ShareClass::Main), Filter { owner: Some(key), ..Filter::of_pool(keys.pool) });
        Self { market, name, wallet: keys.wallet(&key), shares, requests, account, liar, random: Random(seed) }
    }

    fn truth(&self) -> Truth {
        let account: Box<MarginAccount> = self.market.find(&self.account).expect("an account");
        let points = account.open_positions().map(|place| account.positions[place].points).sum();
        let found = (0..account.next_order).filter(|number| {
            let key = address::order(&self.account, *number);
            account.open_orders > 0 && self.market.find::<Order>(&key).is_some()
        });
        let requests =
            self.market.wait(self.market.client().find::<LiquidityRequest>(self.requests)).expect("requests");
        let waiting = requests.value.iter().filter(|(_, request)| request.shares > 0);
        let mut asked: Vec<u64> = waiting.map(|(_, request)| request.number).collect();
        asked.sort_unstable();
        let has_shares =
            self.market.wait(self.market.client().raw(&[self.shares])).expect("an answer").value[0].is_some();
        let shares = if has_shares { self.market.tokens(&self.shares) } else { 0 };
        Truth { wallet: self.market.tokens(&self.wallet), points, orders: found.collect(), shares, asked }
    }

    /// The next thing that this person wants, and that the chain would do now.
    fn purpose(&mut self, truth: &Truth) -> Purpose {
        match self.random.range(0, 99) {
            0..30 => Purpose::Deposit(self.random.range(1, 3)),
            30..52 => Purpose::Withdraw(self.random.range(1, 2)),
            52..64 => Purpose::Trade,
            64..74 if truth.orders.len() < 8 => Purpose::Place,
            74..88 if !truth.orders.is_empty() => Purpose::Cancel(*self.random.pick(&truth.orders)),
            88..96 if truth.shares > TOKEN && truth.asked.len() < 5 => Purpose::Ask,
            96.. if !truth.asked.is_empty() => Purpose::Unask(*self.random.pick(&truth.asked)),
            _ => Purpose::Withdraw(self.random.range(1, 2)),
        }
    }

    fn manner(&mut self) -> Manner {
        match self.random.range(0, 99) {
            0..12 => Manner::Killed(self.random.range(100, 2_500) as u64),
            12..18 => Manner::Closed,
            18..24 => Manner::Full,
            24..28 => Manner::NoJournal,
            _ => Manner::Plain,
        }
    }

    /// Runs a line; `None` for one that was killed.
    fn run(&self, line: &str, manner: Manner) -> (Option<i32>, Output) {
        let line = format!("{line} --yes --json --url {}", self.liar.url);
        let mut command = self.market.command(&self.name, &line);
        if manner == Manner::NoJournal {
            // A write that is too large for the process ends with an error.
            let mut limited = Command::new("bash");
            limited.args(["-c", "trap '' XFSZ; ulimit -f 0; exec \"$@\"", "bash"]).arg(command.get_program());
            limited.args(command.get_args()).current_dir(self.market.folder());
            for (name, value) in command.get_envs() {
                match value {
                    Some(value) => limited.env(name, value),
                    None => limited.env_remove(name),
                };
            }
            command = limited;
        }
        command.stderr(Stdio::piped()).stdin(Stdio::null());
        match manner {
            Manner::Full => command.stdout(std::fs::File::create("/dev/full").expect("a full disk")),
            _ => command.stdout(Stdio::piped()),
        };
        let mut child = command.spawn().expect("the command runs");
        if manner == Manner::Closed {
            drop(child.stdout.take());
        }
        let id = child.id().to_string();
        let begun = Instant::now();
        let most = match manner {
            Manner::Killed(after) => Duration::from_millis(after),
            _ => Duration::from_secs(300),
        };
        let (tell, told) = std::sync::mpsc::channel();
        std::thread::spawn(move || tell.send(child.wait_with_output()));
        let output = told.recv_timeout(most).unwrap_or_else(|_| {
            let _ = Command::new("kill").args(["-KILL", &id]).status();
            told.recv().expect("its end")
        });
        let output = output.expect("its output");
        let killed = output.status.signal().is_some();
        assert!(
            !killed || matches!(manner, Manner::Killed(_)),
            "{line}: {:?} after {:?}: {}",
            output.status,
            begun.elapsed(),
            text(&output)
        );
        (output.status.code(), output)
    }

    /// Waits until the relay has sent what it holds.
    fn quiet(&self) {
        let begun = Instant::now();
        while self.liar.holds() {
            assert!(begun.elapsed() < Duration::from_secs(30), "the relay holds a transaction");
            std::thread::sleep(Duration::from_millis(20));
        }
        // What was sent last is in a block then.
        std::thread::sleep(Duration::from_millis(900));
    }

    /// Does one thing, finds out what came of it as the command says, and compares.
    fn act(&mut self, tally: &Mutex<Tally>) {
        let before = self.truth();
        let purpose = self.purpose(&before);
        self.act_on(&purpose, &before, tally);
    }

    /// Deposits liquidity likewise: it is a command of two transactions, between which a minute has to come.
    fn provide(&mut self, tally: &Mutex<Tally>) {
        let before = self.truth();
        self.act_on(&Purpose::Provide(5), &before, tally);
    }

    fn act_on(&mut self, purpose: &Purpose, before: &Truth, tally: &Mutex<Tally>) {
        let manner = self.manner();
        let line = purpose.line();
        let mut said = Vec::new();
        let (mut code, output) = self.run(&line, manner);
        said.push(format!("{manner:?}: {code:?} {}", text(&output).trim()));
        let mut output = output;
        let mut again = 0;
        let mut open = false;
        loop {
            let report = report(&output);
            let next = report["next"].as_str().unwrap_or_default();
            match code {
                Some(6) if next.contains("`evergreen history") && !next.contains("again") => {
                    open = true;
                    break;
                }
                // Whoever sees nothing gives the command again.
                Some(6) | None => {}
                _ => break,
            }
            assert!(code.is_none() || next.contains("same command"), "{line}: {said:#?}");
            again += 1;
            assert!(again < 12, "{line} stays unknown: {said:#?}");
            if again == AGAIN {
                self.liar.set(0, &[]);
            }
            (code, output) = self.run(&line, Manner::Plain);
            said.push(format!("again: {code:?} {}", text(&output).trim()));
        }
        self.liar.set(RATE, &Lie::ALL);
        self.quiet();
        let after = self.truth();
        let times = purpose.times(before, &after);
        let told = format!("{}, {purpose:?}, done {times} times: {said:#?}", self.name);
        match code {
            // Paid in, and not executed in time: the tokens wait for their owner.
            Some(3) if matches!(purpose, Purpose::Provide(_)) && report(&output)["receipt"].is_object() => {
                assert_eq!(times, 1, "given back, {told}")
            }
            _ if open => assert!((0..=1).contains(&times), "{told}"),
            Some(0) if matches!(purpose, Purpose::Provide(_)) => {
                assert!(times == 1 && after.shares > before.shares, "called done, {told}");
            }
            Some(0) => assert_eq!(times, 1, "called done, {told}"),
            Some(1..=5) => assert_eq!(times, 0, "called not done, {told}"),
            _ => panic!("an end that is not documented, {told}"),
        }
        assert_eq!(after, purpose.after(before, &after, times), "nothing else has changed, {told}");
        if code == Some(0) {
            self.check_receipt(&output, &told);
        }
        let mut tally = tally.lock().expect("the tally");
        tally.commands += 1 + u64::from(again);
        tally.again += u64::from(again);
        tally.broken += u64::from(manner != Manner::Plain);
        tally.unknown += u64::from(open);
        match code {
            Some(0) => tally.done += 1,
            _ => tally.refused += 1,
        }
    }

    /// The signature of a receipt is that of a transaction that succeeded.
    fn check_receipt(&self, output: &Output, told: &str) {
        let receipt = report(output);
        let Some(signature) = receipt["signature"].as_str() else { return };
        let record = self.market.wait(self.market.client().record(&signature.parse().expect("a signature")));
        let record = record.unwrap_or_else(|error| panic!("{error}: {told}"));
        assert!(record.error.is_none(), "{:?}: {told}", record.error);
    }
}

/// The last document that a command has printed.
fn report(output: &Output) -> Value {
    let printed = if output.status.success() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(printed);
    text.lines().rev().find_map(|line| serde_json::from_str(line).ok()).unwrap_or_default()
}

fn number(name: &str, usual: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}

/// Moves the clock to fifteen seconds before a full minute, so that deposits of liquidity need not wait for long.
fn near_a_minute(market: &Market) {
    let seconds = (45 - market.now().rem_euclid(60)).rem_euclid(60);
    if seconds > 0 {
        market.json("lena", &format!("localnet advance {seconds}s"));
    }
}

/// All lies at random, of several people at once.
pub fn what_is_told_is_true(market: &Market) {
    let (seconds, seed) = (number("EVERGREEN_LIES_SECONDS", 40), number("EVERGREEN_LIES_SEED", 1));
    market.json("lena", "localnet price set BTC 100000");
    let tally = Mutex::new(Tally::default());
    let mut people: Vec<Person<'_>> = (0..PEOPLE).map(|number| Person::new(market, seed, number)).collect();
    near_a_minute(market);
    std::thread::scope(|scope| {
        for person in &people {
            scope.spawn(move || market.json(&person.name, "lp deposit 50 --pool TSLA.M --yes"));
        }
    });
    let begun = Instant::now();
    std::thread::scope(|scope| {
        for person in &mut people {
            let tally = &tally;
            scope.spawn(move || {
                while begun.elapsed() < Duration::from_secs(seconds) {
                    person.act(tally);
                }
                let mut tally = tally.lock().expect("the tally");
                for (lie, times) in person.liar.counts() {
                    *tally.lies.entry(lie).or_default() += times;
                }
            });
        }
    });
    // Nothing is under way now, so the clock may go to shortly before a minute.
    near_a_minute(market);
    std::thread::scope(|scope| {
        for person in people.iter_mut().take(PROVIDERS) {
            let tally = &tally;
            // Whoever misses their minute waits for the next one, so there are fewer lies, and no long ones.
            let short: Vec<Lie> = Lie::ALL.into_iter().filter(|lie| *lie != Lie::Silence).collect();
            person.liar.set(3 * RATE, &short);
            scope.spawn(move || person.provide(tally));
        }
    });
    let tally = tally.into_inner().expect("the tally");
    println!("seed {seed}, {:?}: {tally:?}", begun.elapsed());
    assert!(tally.done > 10 && tally.again > 0 && tally.broken > 0, "{tally:?}");
    // Each lie alone is told elsewhere; of so few commands not all meet every one.
    assert!(tally.lies.len() >= Lie::ALL.len() / 2, "{tally:?}");
}

/// One lie after the other, often enough that it is told: each purpose is done once, or not, as it is said.
pub fn each_lie_alone(market: &Market) {
    market.json("lena", "localnet price set BTC 100000");
    let person = Person::new(market, 77, 99);
    for lie in Lie::ALL.into_iter().filter(|lie| *lie != Lie::Silence) {
        person.liar.set(6, &[lie]);
        let before = person.truth();
        let purpose = Purpose::Deposit(1);
        let (code, output) = person.run(&purpose.line(), Manner::Plain);
        let said = text(&output);
        person.liar.set(0, &[]);
        let code = match code {
            Some(6) => person.run(&purpose.line(), Manner::Plain).0,
            code => code,
        };
        person.quiet();
        let times = purpose.times(&before, &person.truth());
        assert_eq!(times, i64::from(code == Some(0)), "{lie:?}: {code:?} {said}");
    }
}
