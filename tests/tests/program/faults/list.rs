//! The faults.

use super::{PEOPLE, STOCK, Scene};
use crate::{attacks::withdraw_spare, stories::liquidate};
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{pausable, transfer_fee, transfer_hook},
};
use evergreen_sdk::evergreen::state::{MAX_POSITIONS, MAX_SERIES, ShareClass};
use evergreen_tests::{
    BTC, DAY, ETH,
    chain::actor,
    seizures::Seizure,
    tokens::issuer,
    world::{TENTH, TOKEN},
};

/// A fault: what begins and ends it, and what is expected.
pub struct Fault {
    /// What it is called.
    pub name: &'static str,
    /// Whether the token is one whose issuer can raise a transfer fee.
    pub has_fee: bool,
    /// What happens.
    pub begins: fn(&mut Scene),
    /// How long it lasts, seconds.
    pub lasts: i64,
    /// Whether nothing is published meanwhile.
    pub is_silent: bool,
    /// Whether keepers serve meanwhile.
    pub keepers: bool,
    /// What ends it.
    pub ends: fn(&mut Scene),
    /// What the market does afterwards, with the fault and without it.
    pub market: fn(&mut Scene),
    /// Who can leave at once when it has ended.
    pub after: &'static [&'static str],
    /// Who may have less than without it, by the rule.
    pub may_lose: fn(&str) -> bool,
    /// The rule, in the documents.
    pub rule: &'static str,
}

const NOTHING: fn(&mut Scene) = |_| {};
const NOBODY: fn(&str) -> bool = |_| false;
/// Whose balances marks and funding move.
const TOUCHED: fn(&str) -> bool = |who| who != "carol";
const BUT_THE_INSURER: &[&str] = &["alice", "bob", "carol", "lp", "vera"];

/// The fault of nothing, from which others differ.
const CALM: Fault = Fault {
    name: "none",
    has_fee: false,
    begins: NOTHING,
    lasts: DAY,
    is_silent: false,
    keepers: true,
    ends: NOTHING,
    market: NOTHING,
    after: &PEOPLE,
    may_lose: NOBODY,
    rule: "",
};

fn set(scene: &mut Scene, dollars: i64) {
    scene.world.pass(1);
    scene.world.set_price(BTC, dollars);
    scene.world.pass(20);
}

fn pause(scene: &mut Scene, paused: bool) {
    let mint = scene.world.mints[STOCK].address;
    let make = if paused { pausable::instruction::pause } else { pausable::instruction::resume };
    scene.world.send(make(&TOKEN_2022, &mint, &issuer(), &[]).expect("an instruction")).ok();
}

fn frozen(scene: &mut Scene, who: Option<&str>, frozen: bool) {
    let (mint, keys) = (scene.world.mints[STOCK].address, scene.world.pools[STOCK]);
    let key = who.map_or(keys.vault, |who| keys.wallet(&actor(who)));
    let make =
        if frozen { spl_token_2022::instruction::freeze_account } else { spl_token_2022::instruction::thaw_account };
    scene.world.send(make(&TOKEN_2022, &key, &mint, &issuer(), &[]).expect("an instruction")).ok();
}

fn hook(scene: &mut Scene, program: Option<&str>) {
    let mint = scene.world.mints[STOCK].address;
    let update = transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], program.map(actor));
    scene.world.send(update.expect("an instruction")).ok();
}

/// The issuer takes a part of each transfer, in hundredths of a percent, once two epochs are over.
fn transfer_fee(scene: &mut Scene, bps: u16) {
    let mint = scene.world.mints[STOCK].address;
    let set = transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], bps, u64::MAX);
    scene.world.send(set.expect("an instruction")).ok();
    scene.world.chain.pass_epochs(2);
}

/// The issuer takes all that insurance has, and a writer with no spare cash cannot pay at a price that comes and goes: their debt is open.
fn debt(scene: &mut Scene) {
    let world = &mut scene.world;
    let call = world.list(STOCK, BTC, false, 110_000);
    for (who, points) in [("pat", TENTH), ("dan", -TENTH)] {
        world.trader(who, STOCK, 100 * TOKEN);
        world.trade(who, STOCK, &[(call, points)]).ok();
    }
    withdraw_spare(world, "dan", STOCK);
    let vault = world.pools[STOCK].insurance_vault;
    let held = world.chain.balance(&vault);
    world.seize(STOCK, vault, held, Seizure::Transfer);
    world.sync(STOCK).ok();
    world.sampled = false;
    world.set_price(BTC, 131_000);
    liquidate(world, STOCK, "dan", &[(call, TENTH)]).ok();
    world.set_price(BTC, 100_000);
    world.sampled = true;
    assert!(world.cash("dan", STOCK) < -(TOKEN as i64) && world.view(STOCK).pool.insurance_cash == 0);
}

/// Every series is held, and two accounts have as many positions as they can, on all underlyings, bought and written.
fn full(scene: &mut Scene) {
    let world = &mut scene.world;
    let listed = world.view(STOCK).series().count();
    let series: Vec<_> = (0..16)
        .flat_map(|step| [(step, false), (step, true)])
        .flat_map(|(step, put)| [(BTC, 92_000 + 1_000 * step, put), (ETH, 3_700 + 50 * step, put)])
        .take(MAX_SERIES - listed)
        .map(|(market, strike, put)| world.list_tenor(STOCK, market, put, strike, 30))
        .collect();
    for (number, chunk) in series.chunks(MAX_POSITIONS).enumerate() {
        let who = ["ann", "ben", "cid", "dot", "eve", "fay"][number];
        world.trader(who, STOCK, 100 * TOKEN);
        for legs in chunk.chunks(4) {
            world.trade(who, STOCK, &legs.iter().map(|id| (*id, 1_000_000)).collect::<Vec<_>>()).ok();
        }
    }
    world.trader("max", STOCK, 100 * TOKEN);
    for legs in series[..MAX_POSITIONS].chunks(4) {
        let sign = |place: usize| if place == 0 { -1 } else { 1 };
        let legs: Vec<_> = legs.iter().enumerate().map(|(n, id)| (*id, sign(n) * 500_000)).collect();
        world.trade("max", STOCK, &legs).ok();
    }
    assert_eq!(world.view(STOCK).series().count(), MAX_SERIES);
}

/// Takes a part of a vault, in percent, and assigns the loss.
fn seized(scene: &mut Scene, percent: u64) {
    let vault = scene.world.pools[STOCK].vault;
    let held = scene.world.chain.balance(&vault);
    scene.world.seize(STOCK, vault, held * percent / 100, Seizure::Burn);
    scene.world.sync(STOCK).ok();
}

/// All faults.
pub const ALL: &[Fault] = &[
    Fault {
        name: "keepers are away for a week",
        lasts: 7 * DAY,
        keepers: false,
        may_lose: TOUCHED,
        rule: "no sample is taken, so marks and funding stay those of the last one; a withdrawal is worth what it is when it is executed ([liquidity](protocol.md#liquidity)). Anybody can send what keepers send",
        ..CALM
    },
    Fault {
        name: "no price for a day, then as before",
        is_silent: true,
        may_lose: TOUCHED,
        rule: "new prices are needed where options are; no sample is taken, as above ([prices](protocol.md#prices))",
        ..CALM
    },
    Fault {
        name: "no price for a day, then 30 % higher",
        is_silent: true,
        market: |scene| set(scene, 130_000),
        may_lose: TOUCHED,
        rule: "as above; without the fault the price jumps in the same second",
        ..CALM
    },
    Fault {
        name: "no price for a day, then 30 % lower",
        is_silent: true,
        market: |scene| set(scene, 70_000),
        may_lose: TOUCHED,
        rule: "as above; the jump counts in the volatility for the time that it took",
        ..CALM
    },
    Fault {
        name: "the chain's clock is 30 s behind the prices",
        begins: |scene| {
            for market in 0..scene.world.feeds.len() {
                scene.world.edit_price(market, |price| price.publish_time += 30);
            }
        },
        lasts: 60,
        is_silent: true,
        ends: |scene| scene.world.pass(1),
        may_lose: TOUCHED,
        rule: "a price of the future is refused, and read when its time has come ([prices](protocol.md#prices))",
        ..CALM
    },
    Fault {
        name: "the chain's clock is 90 s ahead of the prices",
        begins: |scene| scene.world.chain.pass(90),
        lasts: 60,
        is_silent: true,
        ends: |scene| scene.world.pass(1),
        may_lose: TOUCHED,
        rule: "a stale price is refused ([prices](protocol.md#prices))",
        ..CALM
    },
    Fault {
        name: "the mint is paused",
        begins: |scene| pause(scene, true),
        ends: |scene| pause(scene, false),
        rule: "what the token forbids waits ([tokens](protocol.md#tokens))",
        ..CALM
    },
    Fault {
        name: "the vault is frozen",
        begins: |scene| frozen(scene, None, true),
        ends: |scene| frozen(scene, None, false),
        rule: "as above",
        ..CALM
    },
    Fault {
        name: "alice's wallet is frozen",
        begins: |scene| frozen(scene, Some("alice"), true),
        ends: |scene| frozen(scene, Some("alice"), false),
        rule: "as above, for her alone",
        ..CALM
    },
    Fault {
        name: "the mint names a transfer hook",
        begins: |scene| hook(scene, Some("no program")),
        ends: |scene| hook(scene, None),
        rule: "as above; with the accounts that the hook asks for, and where it agrees, ways out are open",
        ..CALM
    },
    Fault {
        name: "a tenth of the main vault is seized",
        begins: |scene| seized(scene, 10),
        after: BUT_THE_INSURER,
        may_lose: TOUCHED,
        rule: "insurance first, which is spent here, then fees, then pool cash, then all claims by one factor; carry rises where net assets fall ([tokens](protocol.md#tokens))",
        ..CALM
    },
    Fault {
        name: "all of the main vault is seized",
        begins: |scene| seized(scene, 100),
        after: &[],
        may_lose: |_| true,
        rule: "as above; what insurance had is all that claims share, once anybody has swept it",
        ..CALM
    },
    Fault {
        name: "all of the insurance vault is seized",
        begins: |scene| {
            let vault = scene.world.pools[STOCK].insurance_vault;
            let held = scene.world.chain.balance(&vault);
            scene.world.seize(STOCK, vault, held, Seizure::Transfer);
            scene.world.sync(STOCK).ok();
        },
        after: BUT_THE_INSURER,
        may_lose: |who| who == "insurer",
        rule: "the insurers' alone; debts that come later are the providers' ([margin](protocol.md#margin-and-liquidation))",
        ..CALM
    },
    Fault {
        name: "the issuer takes 1 % of every transfer",
        has_fee: true,
        begins: |scene| transfer_fee(scene, 100),
        ends: |scene| {
            transfer_fee(scene, 0);
            scene.world.sync(STOCK).ok();
        },
        may_lose: TOUCHED,
        rule: "whoever receives bears the fee, so who leaves meanwhile has 1 % less, and signs for what others could send; nothing new begins ([tokens](protocol.md#tokens))",
        ..CALM
    },
    Fault {
        name: "insurance is empty, and a debt is open",
        begins: debt,
        after: BUT_THE_INSURER,
        may_lose: TOUCHED,
        rule: "the main class bears what insurance cannot pay, before and after somebody absorbs it alike; here it gains all the same, because the debtor has paid at the top for what is soon worth little ([margin](protocol.md#margin-and-liquidation))",
        ..CALM
    },
    Fault {
        name: "every series is held, by accounts with all positions that they can have",
        begins: full,
        may_lose: TOUCHED,
        rule: "the most of everything fits into a transaction ([case 63](#cases-tests-and-what-they-expect)); others hold more, which moves carry",
        ..CALM
    },
    Fault {
        name: "everybody asks to leave in the same minute",
        begins: |scene| {
            for (who, class) in
                [("lp", ShareClass::Main), ("vera", ShareClass::Main), ("insurer", ShareClass::Insurance)]
            {
                let shares = scene.world.shares(who, STOCK, class);
                scene.world.request(who, STOCK, class, shares / 10 * 9);
            }
        },
        after: &["alice", "bob", "carol", "insurer"],
        rule: "a queue by class, in its order, a quarter a day; while options are open the last of the main class waits for what is reserved ([liquidity](protocol.md#liquidity))",
        ..CALM
    },
];
