//! What happens to everybody in a fault of what the program depends on: who can leave while it lasts, and what each has lost when all have left.
//!
//! Each fault is a row of a table in docs/security.md, which has to be as it is found here. `EVERGREEN_WRITE_DOCUMENTS=1` writes it.

mod attempts;
mod list;

use crate::tokens;
use evergreen_sdk::{
    evergreen::state::{OrderTerms, ShareClass, Trigger},
    instruction as build,
};
use evergreen_tests::{
    BTC, DAY, STOCK, Setup, World,
    chain::actor,
    trading::named,
    world::{DOLLAR, TENTH, TOKEN},
};
use list::Fault;
use std::{fmt::Write as _, fs, path::Path};

/// Everybody, and what they have: an option, a written one, cash alone, liquidity, a withdrawal that waits, and insurance.
const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "lp", "vera", "insurer"];
/// Native units that roundings explain in the wallet of one party.
const ROUNDINGS: i64 = 64;
const DOCUMENT: &str = "../docs/security.md";
const BEGIN: &str = "<!-- The rows are written by the test `faults`. -->\n\n";
const END: &str = "\n<!-- End of the rows. -->";

/// A market of a stock with somebody of each kind in it.
struct Scene {
    world: World,
}

impl Scene {
    /// The market of a stock, or of a token whose issuer can raise a transfer fee.
    fn new(has_fee: bool) -> Self {
        let mut world = World::new(Setup::preset());
        world.round_trip_every = u32::MAX;
        if has_fee {
            let mint = tokens::fee_mint(&mut world);
            let place = world.add_pool(mint, 100 * TOKEN);
            world.provide("lp", place, ShareClass::Main, 900 * TOKEN).ok();
            world.mints.swap(STOCK, place);
            world.pools.swap(STOCK, place);
        }
        let call = world.list(STOCK, BTC, false, 100_000);
        for (who, cash) in [("alice", 30), ("bob", 40), ("carol", 10), ("fees", 0), ("keeper", 1)] {
            world.trader(who, STOCK, cash * TOKEN);
        }
        world.provide("vera", STOCK, ShareClass::Main, 50 * TOKEN).ok();
        world.trade("alice", STOCK, &[(call, TENTH)]).ok();
        world.trade("bob", STOCK, &[(call, -TENTH / 2)]).ok();
        let half = world.shares("vera", STOCK, ShareClass::Main) / 2;
        world.request("vera", STOCK, ShareClass::Main, half);
        let (keys, account) = (world.pools[STOCK], world.account_key("alice", STOCK));
        let terms = OrderTerms {
            legs: named(&world.view(STOCK).registry, &[(call, -TENTH)]),
            min_net: i64::MIN,
            trigger: Some(Trigger { underlying: 0, above: true, price: 180_000 * DOLLAR.unsigned_abs() }),
            reduce_only: true,
            expires_at: world.chain.now() + 30 * DAY,
            tip: 0,
        };
        let number = world.account("alice", STOCK).next_order;
        let (payer, feeds) = (world.chain.payer, world.markets());
        world.send(build::place_order(payer, actor("alice"), &keys, account, number, terms, &feeds)).ok();
        Self { world }
    }

    /// Keepers serve what waits, once a day; where prices are silent, nothing is published.
    fn tend(&mut self, seconds: i64, is_silent: bool, keepers: bool) {
        let end = self.world.chain.now() + seconds;
        while self.world.chain.now() < end {
            let step = DAY.min(end - self.world.chain.now());
            if is_silent {
                self.world.chain.pass(step);
            } else {
                self.world.pass(step);
            }
            if keepers {
                self.serve();
            }
        }
    }

    /// Sends what keepers would send; what is refused waits.
    fn serve(&mut self) {
        let keys = self.world.pools[STOCK];
        for sample in self.world.due_samples() {
            let _ = self.world.send(sample);
        }
        for class in [ShareClass::Main, ShareClass::Insurance] {
            let first = self.world.view(STOCK).pool.shares(class).first_withdrawal;
            if self.world.withdrawal(STOCK, class, first) != Default::default() {
                let execute = self.world.execute_instruction(STOCK, class, first);
                let _ = self.world.send(execute);
            }
        }
        for account in ["alice", "bob"].map(|who| self.world.account_key(who, STOCK)) {
            let _ = self.world.send(build::settle_positions(&keys, account));
        }
    }

    /// Tokens in everybody's wallet.
    fn wallets(&self) -> Vec<i64> {
        PEOPLE.iter().map(|who| self.world.wallet(who, STOCK) as i64).collect()
    }

    /// A main class whose capital is spent begins anew, and its shares are redeemed for what is left.
    fn begins_anew(&mut self) {
        self.world.traders_leave(STOCK);
        let (keys, payer) = (self.world.pools[STOCK], self.world.chain.payer);
        for (key, request) in self.world.view(STOCK).withdrawals {
            self.world.send(build::cancel_withdrawal(request.owner, &keys, request.share_class(), key)).ok();
        }
        for class in [ShareClass::Main, ShareClass::Insurance] {
            if !self.world.send(build::renew_shares(payer, &keys, class)).succeeded() {
                continue;
            }
            for who in PEOPLE {
                let held = self.world.chain.balance(&keys.shares(&actor(who), class));
                if held > 0 {
                    self.world.send(build::redeem_retired(actor(who), &keys, class, payer, held)).ok();
                }
            }
        }
    }

    /// Everybody leaves; returns what each has then.
    fn left(mut self) -> Vec<i64> {
        if self.world.view(STOCK).pool.pool_cash <= 0 {
            self.begins_anew();
        }
        self.world.everybody_leaves();
        self.wallets()
    }
}

/// What a fault does: who leaves while it lasts, and what each has less than without it when all have left.
struct Row {
    during: Vec<&'static str>,
    after: Vec<&'static str>,
    lost: Vec<i64>,
}

fn play(fault: &Fault, calm: &Scene) -> Row {
    let mut scene = Scene { world: calm.world.clone() };
    let mut without = Scene { world: calm.world.clone() };
    (fault.begins)(&mut scene);
    let during = attempts::all(&scene, fault.is_silent);
    scene.tend(fault.lasts, fault.is_silent, fault.keepers);
    (fault.ends)(&mut scene);
    without.tend(fault.lasts, false, true);
    for scene in [&mut scene, &mut without] {
        (fault.market)(scene);
    }
    let after = attempts::all(&scene, false);
    let (with, without) = (scene.left(), without.left());
    let lost = without.iter().zip(&with).map(|(without, with)| without - with).collect();
    Row { during, after, lost }
}

/// Native units as tokens, or nothing where roundings explain them.
fn tokens(units: i64) -> String {
    if units.abs() <= ROUNDINGS {
        return "0".to_owned();
    }
    format!("{:.6}", units as f64 / TOKEN as f64).trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn named_or(people: &[&str]) -> String {
    match people.len() {
        0 => "nobody".to_owned(),
        count if count == PEOPLE.len() => "everybody".to_owned(),
        _ => people.join(", "),
    }
}

fn line(fault: &Fault, row: &Row) -> String {
    let lost: Vec<String> = row.lost.iter().map(|units| tokens(*units)).collect();
    format!("| {} | {} | {} | {} |", fault.name, named_or(&row.during), lost.join(" | "), fault.rule)
}

#[test]
fn each_fault_has_its_row() {
    let calm = [false, true].map(Scene::new);
    let (mut rows, mut wrong) = (Vec::new(), Vec::new());
    for fault in list::ALL {
        let row = play(fault, &calm[usize::from(fault.has_fee)]);
        println!("{} {:?}", line(fault, &row), row.after);
        if row.after != fault.after {
            wrong.push(format!("{}: afterwards {:?} can leave", fault.name, row.after));
        }
        let losers = PEOPLE.iter().zip(&row.lost).filter(|(who, lost)| **lost > ROUNDINGS && !(fault.may_lose)(who));
        wrong.extend(losers.map(|(who, lost)| format!("{}: {who} has lost {lost}", fault.name)));
        rows.push(line(fault, &row));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let mut table = format!("| fault | who leaves while it lasts | {} | by which rule |\n", PEOPLE.join(" | "));
    let _ = writeln!(table, "| --- | --- |{} --- |", " ---: |".repeat(PEOPLE.len()));
    let table = table + &rows.join("\n") + "\n";
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(DOCUMENT);
    let text = fs::read_to_string(&path).expect("the document");
    let (head, rest) = text.split_once(BEGIN).expect("the rows' begin");
    let (found, tail) = rest.split_once(END).expect("the rows' end");
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() {
        fs::write(path, format!("{head}{BEGIN}{table}{END}{tail}")).expect("the document");
    } else {
        assert_eq!(found, table, "EVERGREEN_WRITE_DOCUMENTS=1 writes docs/security.md anew");
    }
}
