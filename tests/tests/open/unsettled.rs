//! Funding that is owed and not settled when a trade is committed.

use super::scene::*;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        OptionLeg,
        state::{CancelReason, OrderTerms},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// What is done to the account before or after it commits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Done {
    Nothing,
    /// Somebody settles it before.
    Settled,
    /// Somebody settles it after.
    SettledLater,
    /// Its owner pays in what is missing, once they can know the price.
    PaidIn,
    /// Its owner has the tip of an order back for it.
    TipBack,
}

/// Who has held calls of a day for so many days commits all of their cash to a purchase that costs a little less. Why it ends, and what that costs, native units.
fn ended(days: usize, done: Done) -> (CancelReason, u64) {
    let mut world = world(1_000, &[("holly", 45)]);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let other = world.list_tenor(CLASSIC, BTC, false, 80_000, 30);
    world.trade("holly", CLASSIC, &[(call, 10 * TENTH)]).ok();
    let mut order = None;
    if done == Done::TipBack {
        world.fund("holly", CLASSIC, 10 * TOKEN);
        world.deposit("holly", CLASSIC, 10 * TOKEN).ok();
        let number = world.account("holly", CLASSIC).next_order;
        let option = world.view(CLASSIC).registry.option(other).expect("an option");
        let terms = OrderTerms {
            legs: vec![OptionLeg { option, points: TENTH }],
            reduce_only: false,
            min_net: -1,
            trigger: None,
            expires_at: world.chain.now() + 80 * 86_400,
            tip: 10 * TOKEN,
        };
        let (keys, key) = (world.pools[CLASSIC], world.account_key("holly", CLASSIC));
        let payer = world.chain.payer;
        world.send(build::place_order(payer, actor("holly"), &keys, key, number, terms, &world.market(BTC))).ok();
        order = Some(number);
    }
    quiet(&mut world, 100_000.0, 48 * days + 1);
    if done == Done::Settled {
        collect(&mut world, "holly");
    }
    let commit = world.commit_instruction("holly", CLASSIC, &[(other, 5 * TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    match done {
        Done::SettledLater => drop(collect(&mut world, "holly")),
        Done::PaidIn => {
            world.fund("holly", CLASSIC, 10 * TOKEN);
            world.deposit("holly", CLASSIC, 10 * TOKEN).ok();
        }
        Done::TipBack => {
            let (keys, key) = (world.pools[CLASSIC], world.account_key("holly", CLASSIC));
            let payer = world.chain.payer;
            let number = order.expect("an order");
            world.send(build::cancel_order(actor("holly"), &keys, key, number, payer)).ok();
        }
        _ => {}
    }
    let end = world.fill("holly", CLASSIC);
    end.event(|event| if let Event::CommitmentCancelled(e) = event { Some((e.reason, e.fee)) } else { None })
}

/// What a purchase can pay beside the funding that its account owes is its limit: beyond it the purchase ends in vain, for an eighth of its bond, whether somebody has settled the account before, since or not at all. And its owner, who knows the
/// price by then, does not choose whether it is paid. Before, it failed for want of cash where nobody had settled it, and all of the bond was lost, 0.133 tokens in the place of 0.017.
#[test]
fn audit_unsettled_funding_that_is_owed_costs_no_bond() {
    for days in [2, 3] {
        let before = ended(days, Done::Settled);
        assert_eq!(before.0, CancelReason::Limit);
        for done in [Done::Nothing, Done::SettledLater, Done::PaidIn, Done::TipBack] {
            let after = ended(days, done);
            println!("{days} days: settled {before:?}, {done:?} {after:?}");
            assert_eq!(before, after, "{done:?} decides what the end costs");
        }
    }
}
