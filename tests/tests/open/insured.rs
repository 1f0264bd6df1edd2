//! The order in which a debt that insurance pays is absorbed, and others leave.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{Leg, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    outcome::Outcome,
    world::{TENTH, TOKEN},
};

/// What is done, in some order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    /// Anyone has the debt absorbed, and the tokens moved.
    Absorb,
    /// A provider of each class leaves with all that may leave.
    Main,
    Insurance,
    /// Who has gained withdraws all of it.
    Holder,
}

const ALL: [Act; 4] = [Act::Absorb, Act::Main, Act::Insurance, Act::Holder];

/// Mallory owes what she cannot pay for calls that holly held, and nobody has had that absorbed. All are about to leave in the same minute.
fn indebted(insurance: u64) -> (World, [u64; 2]) {
    let mut setup = Setup { liquidity: 1_000 * TOKEN, insurance: insurance * TOKEN, ..preset_setup() };
    setup.pool.daily_outflow_bps = 10_000;
    let mut world = peopled(setup, &[("holly", 300), ("mallory", 300), ("keeper", 1)]);
    world.checked = false;
    let (keys, key) = (world.pools[CLASSIC], world.account_key("mallory", CLASSIC));
    let call = world.list(CLASSIC, BTC, false, 130_000);
    world.trade("holly", CLASSIC, &[(call, 4 * TENTH)]).ok();
    world.trade("mallory", CLASSIC, &[(call, -4 * TENTH)]).ok();
    let spare = world.valued(CLASSIC, |view, markets| {
        let account = &view.accounts[&key];
        markets.health(account, HealthLevel::Initial).min(markets.health(account, HealthLevel::Maintenance))
    });
    world.withdraw("mallory", CLASSIC, spare as u64 - 1_000).ok();
    step(&mut world, 150_000.0);
    let to = world.account_key("keeper", CLASSIC);
    let legs = vec![Leg { series: call, points: 4 * TENTH }];
    world.send(build::liquidate(actor("keeper"), &keys, key, to, legs, &world.market(BTC))).ok();
    world.trade("holly", CLASSIC, &[(call, -4 * TENTH)]).ok();
    let numbers = [("lp", MAIN), ("insurer", ShareClass::Insurance)]
        .map(|(who, class)| world.request(who, CLASSIC, class, world.shares(who, CLASSIC, class)));
    quiet(&mut world, 150_000.0, 48 * 8);
    world.pass_to_grid(CLASSIC);
    world.send(build::refresh_pool(&keys, &world.market(BTC)));
    (world, numbers)
}

fn act(world: &mut World, act: Act, numbers: [u64; 2]) -> Outcome {
    let keys = world.pools[CLASSIC];
    match act {
        Act::Absorb => {
            let absorbed = world.send(build::absorb_bad_debt(&keys, world.account_key("mallory", CLASSIC)));
            world.send(build::sweep_insurance(&keys));
            absorbed
        }
        Act::Main => leave_with("lp", world, MAIN, numbers[0]),
        Act::Insurance => leave_with("insurer", world, ShareClass::Insurance, numbers[1]),
        Act::Holder => world.withdraw("holly", CLASSIC, u64::MAX),
    }
}

/// Executes a withdrawal, unless it was before, and claims what it is paid.
fn leave_with(who: &str, world: &mut World, class: ShareClass, number: u64) -> Outcome {
    world.execute(CLASSIC, class, number);
    world.claim(who, CLASSIC, class, number)
}

/// Every order of the four, and what is refused once more after the rest.
fn orders() -> Vec<Vec<Act>> {
    let mut orders = vec![Vec::new()];
    for _ in ALL {
        orders = orders
            .iter()
            .flat_map(|begun: &Vec<Act>| {
                ALL.into_iter().filter(|act| !begun.contains(act)).map(|act| [begun.clone(), vec![act]].concat())
            })
            .collect();
    }
    orders
}

/// What insurance pays lies in its own vault until somebody has the debt absorbed. Nobody gains by the order: whoever leaves before or after it, first or last, has the same, also where insurance pays a part of it alone.
#[test]
fn held_insured_no_order_of_leaving_and_absorbing_is_worth_anything() {
    for insurance in [200, 2] {
        let (world, numbers) = indebted(insurance);
        let owes = -world.cash("mallory", CLASSIC);
        assert!(owes > 5 * TOKEN as i64, "mallory owes {owes}");
        let mut first = None;
        for order in orders() {
            let mut world = world.clone();
            let mut again = Vec::new();
            for what in &order {
                let done = act(&mut world, *what, numbers);
                if !done.succeeded() {
                    again.push((*what, done.failure.clone()));
                }
            }
            for (what, _) in &again {
                let done = act(&mut world, *what, numbers);
                // Where the debt takes all of insurance, its shares are worth nothing.
                let is_worthless = insurance < 5 && *what == Act::Insurance;
                assert!(done.succeeded() != is_worthless, "{what:?} in {order:?}: {:?}", done.failure);
            }
            let got = ["lp", "insurer", "holly"].map(|who| world.wallet(who, CLASSIC));
            println!("insurance {insurance}, {order:?}: {got:?}, at first refused {again:?}");
            let usual = *first.get_or_insert(got);
            for (got, usual) in got.into_iter().zip(usual) {
                assert!(got.abs_diff(usual) <= 10, "{order:?}: {got} in the place of {usual}");
            }
        }
    }
}
