//! Claims that stay owed, and whoever would lose them or be paid them twice.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{NoticeCause, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, World, assert_error,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    let of = |who: &str| {
        let a = world.account(who, CLASSIC);
        format!("{who} cash {:.4} unpaid {:.4} flat {}", tokens(a.cash), tokens(a.unpaid as i64), a.is_flat())
    };
    println!(
        "{what}: pool cash {:.4}, reserved {:.4}, unpaid {:.4}, debts {:.4}, insurance {:.4}; {}; {}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        tokens(pool.unpaid as i64),
        tokens(pool.debts as i64),
        tokens(pool.insurance_cash as i64 + pool.insurance_due),
        of("walter"),
        of("alice"),
    );
}

/// Holders and the provider have left, and walter's straddles are more than the pool can pay. Alice holds far calls, of which walter has written a part. Returns these calls.
fn emptied(days: usize) -> (World, [SeriesId; 2], SeriesId) {
    let mut world = world(1_000, &[("holly", 500), ("walter", 400), ("alice", 300), ("mallory", 50)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("holly", CLASSIC, &legs(both, 5)).ok();
    world.trade("alice", CLASSIC, &[(far, TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("walter", CLASSIC, &legs(both, -5)).ok();
    world.trade("walter", CLASSIC, &[(far, -TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -5)).ok();
    leave(&mut world, days, |world, _| {
        world.withdraw("alice", CLASSIC, 1);
    });
    touch(&mut world);
    collect(&mut world, "walter");
    (world, both, far)
}

/// An account that is owed something is closed only once its owner gives it up, and by nobody else; a claim is paid once.
#[test]
fn audit_claims_of_accounts_are_neither_lost_nor_paid_twice() {
    let (mut world, both, far) = emptied(40);
    show(&world, "emptied");
    let keys = world.pools[CLASSIC];
    let walter = world.account_key("walter", CLASSIC);
    for who in ["mallory", "alice"] {
        let done = world.send(build::settle_for_less(actor(who), &keys, walter));
        println!("{who} gives up what is walter's: {:?}", done.failure);
        assert_error(&done, EvergreenError::Unauthorized);
    }
    // The same settlement, many times.
    for _ in 0..3 {
        let again = build::settle_positions(&keys, walter);
        println!("again: {:?}", world.send_all(&[again.clone(), again.clone(), again]).failure);
    }
    show(&world, "again");
    // They close all, and would close their account.
    let mut closing = world.clone();
    for legs in [vec![(both[0], 5 * TENTH), (both[1], 5 * TENTH)], vec![(far, TENTH)]] {
        println!("closes: {:?}", closing.trade("walter", CLASSIC, &legs).failure);
    }
    show(&closing, "closed");
    println!("withdraws: {:?}", closing.withdraw("walter", CLASSIC, u64::MAX).failure);
    show(&closing, "withdrawn");
    let close = build::close_margin_account(actor("walter"), &keys, walter);
    let done = closing.send(close.clone());
    println!("closes their account: {:?}", done.failure);
    if !done.succeeded() {
        println!("migrates: {:?}", closing.send(build::migrate_account(walter)).failure);
        // Somebody provides anew: what is owed is paid out of what is earned, or out of what they bring?
        let mut anew = closing.clone();
        println!("a deposit: {:?}", anew.provide("newcomer", CLASSIC, MAIN, 500 * TOKEN).failure);
        show(&anew, "a deposit");
        println!("settles: {:?}", anew.send(build::settle_positions(&keys, walter)).failure);
        println!("withdraws: {:?}", anew.withdraw("walter", CLASSIC, u64::MAX).failure);
        show(&anew, "after it");
        println!("the newcomer's {:.4}", worth_of(&anew, "newcomer"));
        println!("gives up: {:?}", closing.send(build::settle_for_less(actor("walter"), &keys, walter)).failure);
        println!("closes their account: {:?}", closing.send(close).failure);
        assert_eq!(closing.view(CLASSIC).pool.unpaid, 0);
    }
    // Everybody leaves.
    world.everybody_leaves();
}

/// Walter is owed more than there is, and their far calls end at their cap: they owe for them less than they are owed, and insurance pays nothing of it.
#[test]
fn audit_claims_what_is_owed_pays_a_debt_before_insurance_does() {
    let (mut world, both, far) = emptied(40);
    let keys = world.pools[CLASSIC];
    show(&world, "before");
    // They take out what they may.
    let had = world.cash("walter", CLASSIC);
    use evergreen_math::margin::HealthLevel;
    let (mut low, mut high) = (0, had);
    while high - low > 1_000 {
        let middle = i64::midpoint(low, high);
        if world.clone().withdraw("walter", CLASSIC, middle as u64).succeeded() { low = middle } else { high = middle }
    }
    println!(
        "they may withdraw {:.3} of {:.3}, health {:.3} and {:.3}",
        tokens(low),
        tokens(had),
        tokens(health(&world, "walter", HealthLevel::Initial)),
        tokens(health(&world, "walter", HealthLevel::Maintenance))
    );
    world.withdraw("walter", CLASSIC, low as u64 - 1).ok();
    println!("withdraws again: {:?}", world.withdraw("walter", CLASSIC, 1_000_000).failure);
    show(&world, "withdrawn");
    let insurance = |world: &World| {
        let pool = world.view(CLASSIC).pool;
        pool.insurance_cash as i64 + pool.insurance_due
    };
    let before = insurance(&world);
    for dollars in [104_000.0, 109_000.0, 114_000.0, 118_000.0, 126_500.0] {
        step(&mut world, dollars);
        let made = liquidate_quietly(&mut world, both);
        println!(
            "at {dollars}: liquidated {made:?}, unpaid {:.4}",
            tokens(world.account("walter", CLASSIC).unpaid as i64)
        );
        let feed = world.feeds[BTC].accounts;
        for id in [far, both[0]] {
            if world.send(build::exercise_series(&keys, id, &feed)).succeeded() {
                println!("  exercised");
            }
        }
    }
    show(&world, "at the cap");
    for who in ["walter", "alice", "walter"] {
        println!("settles {who}: {:?}", collect(&mut world, who).failure);
        show(&world, "  then");
    }
    liquidate_quietly(&mut world, both);
    show(&world, "liquidated");
    let walter = world.account_key("walter", CLASSIC);
    let absorbed = world.send(build::absorb_bad_debt(&keys, walter));
    println!("absorbed {:?}", absorbed.failure);
    show(&world, "absorbed");
    println!("insurance {:+.4}", tokens(insurance(&world) - before));
    let account = world.account("walter", CLASSIC);
    assert!(account.cash >= 0 || account.unpaid == 0 || !absorbed.succeeded());
    world.everybody_leaves();
}

fn liquidate_quietly(world: &mut World, both: [SeriesId; 2]) -> Option<String> {
    use evergreen_sdk::evergreen::Leg;
    let (key, to) = (world.account_key("walter", CLASSIC), world.account_key("mallory", CLASSIC));
    let view = world.view(CLASSIC);
    let legs: Vec<Leg> = both
        .iter()
        .map(|id| Leg { series: *id, points: -view.held(&key, *id) })
        .filter(|leg| leg.points != 0)
        .collect();
    if legs.is_empty() {
        return Some("nothing".into());
    }
    let market = world.market(BTC);
    world.send(build::liquidate(actor("mallory"), &world.pools[CLASSIC], key, to, legs, &market)).failure
}

/// A loss of either vault that nobody has assigned is borne by insurers who would leave before; they leave by a share price of after it.
#[test]
fn audit_claims_insurers_do_not_leave_before_a_loss_is_booked() {
    let insurance = ShareClass::Insurance;
    for main in [true, false] {
        let mut world = world(1_000, &[]);
        world.trader("erin", STOCK, 100 * TOKEN);
        let shares = world.shares("insurer", STOCK, insurance);
        let number = world.request("insurer", STOCK, insurance, shares);
        let another = world.request("lp", STOCK, MAIN, world.shares("lp", STOCK, MAIN) / 10);
        world.pass(8 * DAY);
        world.pass_to(1);
        let keys = world.pools[STOCK];
        let executed = {
            let mut fork = world.clone();
            fork.execute(STOCK, insurance, number).ok();
            fork
        };
        let vault = if main { keys.vault } else { keys.insurance_vault };
        for mut world in [world, executed] {
            world.seize(STOCK, vault, 40 * TOKEN, Seizure::Burn);
            let execute = world.execute_instruction(STOCK, insurance, number);
            world.refused(execute, EvergreenError::VaultMismatch);
            println!("  claims {:?}", world.claim("insurer", STOCK, insurance, number).failure);
            let execute = world.execute_instruction(STOCK, MAIN, another);
            println!("  of the main class: {:?}", world.send(execute).failure);
            world.sync(STOCK);
            let pool = world.view(STOCK).pool;
            println!(
                "  insurance {} due {}, executed {}",
                pool.insurance_cash, pool.insurance_due, pool.insurance_withdrawals_due
            );
            world.execute(STOCK, insurance, number);
            world.send(build::sweep_insurance(&keys));
            println!(
                "  claims {:?}, has {:.3}",
                world.claim("insurer", STOCK, insurance, number).failure,
                tokens(world.wallet("insurer", STOCK) as i64)
            );
        }
    }
}

/// Walter and wendy have written the same and are owed the same, more than an emptied pool has. Alice pays for what she holds. Whoever has themselves settled right after she is shall be paid no more of it than who is not there.
#[test]
fn audit_claims_who_is_quick_is_paid_no_more_of_what_comes_in() {
    let people = [("holly", 600), ("walter", 400), ("wendy", 400), ("alice", 600)];
    let mut world = world(1_000, &people);
    world.checked = false;
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    world.trade("holly", CLASSIC, &legs(both, 6)).ok();
    world.trade("alice", CLASSIC, &legs(both, 1)).ok();
    quiet(&mut world, 100_000.0, 4);
    for who in ["walter", "wendy"] {
        world.trade(who, CLASSIC, &legs(both, -3)).ok();
    }
    quiet(&mut world, 100_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -6)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    let keys = world.pools[CLASSIC];
    let all = ["alice", "wendy", "walter"].map(|who| build::settle_positions(&keys, world.account_key(who, CLASSIC)));
    let mut paid = [[0i64; 2]; 2];
    for day in 0..60 {
        quiet(&mut world, 100_000.0, 48);
        touch(&mut world);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        let before = ["walter", "wendy"].map(|who| world.cash(who, CLASSIC));
        // While the provider leaves everybody is settled; then walter first.
        let late = usize::from(world.account("wendy", CLASSIC).unpaid > TOKEN);
        for settle in if late == 1 { [0, 2, 1] } else { [0, 1, 2] } {
            world.send(all[settle].clone());
        }
        for (place, who) in ["walter", "wendy"].iter().enumerate() {
            paid[late][place] += world.cash(who, CLASSIC) - before[place];
        }
        if day % 10 == 9 {
            let unpaid = ["walter", "wendy"].map(|who| tokens(world.account(who, CLASSIC).unpaid as i64));
            let pool = world.view(CLASSIC).pool;
            println!(
                "day {day}: pool cash {:.3}, reserved {:.3}, unpaid {unpaid:.3?}, paid before {:.3?}, then {:.3?}",
                tokens(pool.pool_cash),
                tokens(pool.reserved_collateral as i64),
                paid[0].map(tokens),
                paid[1].map(tokens)
            );
        }
    }
    let [first, second] = paid[1].map(tokens);
    assert!(first < second * 1.1 + 0.1, "who is settled first is paid {first:.3}, the other {second:.3}");
}

/// Walter has withdrawn what they may, and the price has risen: closing their straddles costs more than their cash. Whether they close them, or somebody after notice, insurance pays nothing while the pool owes them more.
#[test]
fn audit_claims_closing_on_credit_of_a_claim_costs_insurance_nothing() {
    let (mut world, both, far) = emptied(40);
    let keys = world.pools[CLASSIC];
    let walter = world.account_key("walter", CLASSIC);
    let (mut low, mut high) = (0, world.cash("walter", CLASSIC));
    while high - low > 1_000 {
        let middle = i64::midpoint(low, high);
        if world.clone().withdraw("walter", CLASSIC, middle as u64).succeeded() { low = middle } else { high = middle }
    }
    world.withdraw("walter", CLASSIC, low as u64 - 1).ok();
    show(&world, "withdrawn");
    for dollars in [104_000.0, 108_000.0, 112_000.0, 116_000.0, 119_000.0] {
        step(&mut world, dollars);
    }
    touch(&mut world);
    let insurance = |world: &World| {
        let pool = world.view(CLASSIC).pool;
        pool.insurance_cash as i64 + pool.insurance_due
    };
    let before = insurance(&world);
    println!("health {:.3}", tokens(health(&world, "walter", evergreen_math::margin::HealthLevel::Maintenance)));
    let mut own = world.clone();
    for legs in [vec![(both[0], 5 * TENTH), (both[1], 5 * TENTH)], vec![(far, TENTH)]] {
        println!("closes themselves: {:?}", own.trade("walter", CLASSIC, &legs).failure);
        show(&own, "  then");
    }
    let mut forced = world.clone();
    for id in both {
        let moment = forced.pass_notice(CLASSIC, id, NoticeCause::Excess);
        for sample in forced.due_samples() {
            forced.send(sample);
        }
        let done = forced.deleverage("walter", CLASSIC, id, 5 * TENTH, moment);
        println!("closed as an excess: {:?}", done.failure);
        show(&forced, "  then");
    }
    println!("liquidated: {:?}", liquidate_quietly(&mut world, both));
    show(&world, "  then");
    for (world, what) in [(&mut own, "own"), (&mut forced, "forced"), (&mut world, "liquidated")] {
        println!("{what}: absorb {:?}", world.send(build::absorb_bad_debt(&keys, walter)).failure);
        let paid = before - insurance(world);
        let account = world.account("walter", CLASSIC);
        println!("  insurance paid {paid}, cash {}, unpaid {}", account.cash, account.unpaid);
        assert!(paid <= 0 || account.unpaid == 0);
        world.everybody_leaves();
    }
}
