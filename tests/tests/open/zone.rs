//! What a lapse costs at the cap of an option.

use super::scene::*;
use evergreen_sdk::{events::Event, evergreen::state::CancelReason, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC,
    world::{DOLLAR, TENTH},
};

/// Who holds calls on a BTC commits to sell them at a price around their cap. What lets the sale lapse, and what fills it, brings them, native units.
fn lapsed(dollars: f64, conf: u64) -> (i64, i64) {
    let mut world = world(1_000, &[("holly", 300)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trade("holly", CLASSIC, &[(call, 10 * TENTH)]).ok();
    for part in 1..=10 {
        step(&mut world, 100_000.0 + (dollars - 100_000.0) * f64::from(part) / 10.0);
    }
    world.edit_price(BTC, |p| {
        p.price = (dollars * DOLLAR as f64) as i64;
        p.ema_price = p.price;
        p.conf = conf * DOLLAR as u64;
    });
    let key = world.account_key("holly", CLASSIC);
    let keys = world.pools[CLASSIC];
    let mut filled = world.clone();
    let before = world.cash("holly", CLASSIC);
    let mut cost = [0i64; 2];
    for (place, world) in [&mut world, &mut filled].into_iter().enumerate() {
        let commit = world.commit_instruction("holly", CLASSIC, &[(call, -10 * TENTH)]);
        world.send(commit).ok();
        world.wait_for_fill();
        let feeds = world.markets_to_fill(CLASSIC, &key);
        if place == 0 {
            world.chain.pass(11);
        }
        for sample in world.due_samples() {
            world.chain.send(&[sample]);
        }
        let out = world.chain.send(&[build::fill_trade(&keys, key, None, None, &feeds[..1])]).ok();
        for event in out.events() {
            match event {
                Event::LegFilled(e) => assert_eq!((place, e.fee == 0), (1, dollars >= 110_000.0), "no fee at the cap"),
                Event::CommitmentCancelled(e) => assert_eq!((place, e.reason), (0, CancelReason::Lapsed)),
                _ => {}
            }
        }
        cost[place] = world.cash("holly", CLASSIC) - before;
    }
    (cost[0], cost[1])
}

/// A sale that nobody fills costs at the cap what it costs below it: its price is known for ten seconds, and who alone could fill it chooses. Before, a lapse cost nothing between the cap and the confidence beyond it, where a fill
/// has no fee, and 0.22 tokens of a BTC some dollars below.
#[test]
fn audit_zone_a_sale_that_lapses_at_its_cap_costs_what_it_costs_below_it() {
    let (below, _) = lapsed(109_980.0, 30);
    for (dollars, conf) in [(110_000.0, 30), (110_010.0, 30), (110_025.0, 30), (110_025.0, 60)] {
        let (lapse, fill) = lapsed(dollars, conf);
        println!("{dollars} ± {conf}: a lapse {:.4}, a fill {:.4}", tokens(lapse), tokens(fill));
        assert!(lapse <= below && fill > 0, "a lapse costs {}, below the cap {}", -lapse, -below);
    }
}
