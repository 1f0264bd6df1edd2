//! An hour of a busy market, kept clean by a keeper whose network fails.

use crate::running::{Running, STAKE};
use evergreen_sdk::{address, events::Event, evergreen::state::MarginAccount, math::option::OptionKind};
use evergreen_test_network::{Busy, Inspection, Others, assert_nothing_done_twice, how_many, tasks_done};
use std::time::Duration;

/// The value of a metric, summed over its labels.
pub fn metric(text: &str, name: &str) -> f64 {
    let lines = text.lines().filter(|line| line.starts_with(name) && !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[test]
fn a_busy_hour_is_kept_clean_while_the_network_fails() {
    const MINUTES: u64 = 60;
    // One answer in ten fails, and ten withdrawal requests wait.
    let mut scene = Busy::start(10, 10);
    // People leave it to the keeper to fill their trades, and do it themselves where its network is away.
    scene.crowd.patience = Duration::from_secs(4);
    let keeper = Running::start(&scene);
    let mut inspection = Inspection::default();
    for tick in 0..MINUTES {
        let restarts = tick % 20 == 13;
        if restarts {
            scene.faulty.set_down(true);
            scene.runtime.block_on(scene.socket.cut());
        }
        scene.minute(tick, 3);
        match tick {
            8 => scene.runtime.block_on(scene.crowd.stage(&scene.market, OptionKind::Call)),
            28 => scene.runtime.block_on(scene.crowd.stage(&scene.market, OptionKind::Put)),
            _ => {}
        }
        if restarts {
            std::thread::sleep(Duration::from_millis(1_000));
            scene.faulty.set_down(false);
            scene.socket.mend();
        }
        let undone = scene.wait_until_clean(Duration::from_secs(6));
        let waited = inspection.take(&undone);
        assert!(waited <= 2, "after minute {tick}: {}", inspection.waiting());
    }
    let undone = scene.wait_until_clean(Duration::from_secs(20));
    assert!(undone.is_empty(), "{undone:?}");

    // The health, the summary and the metrics of the keeper agree with the chain.
    let url = format!("http://{}/health", keeper.server.address);
    let health = scene.runtime.block_on(async { reqwest::get(url).await.expect("an answer") });
    assert_eq!(health.status(), 200);
    let me = keeper.key;
    let others = Others::start(&scene.market);
    let (summary, text) = scene.runtime.block_on(keeper.end());
    drop(others);
    let (ran, failed) = scene.record(&me);
    let (asked, lost) = scene.faulty.counts();
    println!(
        "{} transactions landed and {failed} failed on chain; of {asked} requests {lost} failed; the crowd bought {} times, \
         wrote {}, placed {} orders; longest waits in minutes {:?}; {summary:?}",
        ran.len(),
        scene.crowd.bought,
        scene.crowd.written,
        scene.crowd.ordered,
        inspection.longest
    );
    assert!(lost * 20 > asked, "the network failed too seldom: {lost} of {asked} requests");
    let done: u64 = summary.done.values().sum();
    // One more has opened its account and paid the stake in before.
    assert_eq!(done + 1, tasks_done(&ran), "tasks done against those of transactions that landed");
    assert!(metric(&text, "evergreen_keeper_landed_total") > 0.9 * done as f64, "{text}");
    assert_nothing_done_twice(&ran);
    // What liquidity gains and loses is told of both underlyings.
    for underlying in ["BTC", "ETH"] {
        let of = format!("{{pool=\"{}\",underlying=\"{underlying}\"}}", scene.market.keys.pool);
        for name in ["delta", "gamma", "vega"] {
            assert!(text.contains(&format!("evergreen_keeper_exposure_{name}{of}")), "{name} of {underlying}: {text}");
        }
    }
    // The pool owes what traders hold, and for minutes holds what a liquidation has left written beyond that, so either sign may be the last one.
    for name in ["evergreen_keeper_exposure_gamma", "evergreen_keeper_exposure_vega"] {
        let exposure = metric(&text, name);
        assert!(exposure.is_finite(), "{name} {exposure}");
    }
    // A minute of the chain that passes between simulation and landing makes some transactions too late, a few more on a slow machine.
    assert!(failed * 8 <= ran.len(), "{failed} of {} failed on chain: expected at most an eighth", ran.len());

    // Tasks of all these kinds were done.
    for (what, found, least) in [
        ("exercises", how_many(&ran, |e| matches!(e, Event::SeriesExercised(_))), 2),
        ("settlements", how_many(&ran, |e| matches!(e, Event::PositionSettled(_))), 2),
        ("liquidations", how_many(&ran, |e| matches!(e, Event::Liquidated(_))), 6),
        ("fills", how_many(&ran, |e| matches!(e, Event::CommitmentFilled(_))), 20),
        ("orders executed", how_many(&ran, |e| matches!(e, Event::OrderExecuted(_))), 3),
        ("orders cleared away", how_many(&ran, |e| matches!(e, Event::OrderCancelled(_))), 1),
        ("withdrawals", how_many(&ran, |e| matches!(e, Event::WithdrawalExecuted(_))), 9),
        ("withdrawals paid", how_many(&ran, |e| matches!(e, Event::LiquidityClaimed(_))), 9),
        // Of 120 that are possible. This keeper has no price service, so it misses those whose first price has left the push feed before.
        ("samples", how_many(&ran, |e| matches!(e, Event::VolatilitySampled(_))), 30),
    ] {
        assert!(found >= least, "{found} {what}: expected at least {least}");
    }
    // The keeper's account holds exactly the rewards that events tell, and its stakes but for what they have paid.
    let earned: u64 = ran.iter().flat_map(|transaction| &transaction.events).map(reward).sum();
    let own = address::margin_account(&scene.market.keys.pool, &me, 0);
    let cash =
        scene.runtime.block_on(scene.market.client().get::<MarginAccount>(&own)).expect("its account").value.cash;
    let lost = |event: &Event| if let Event::CommitmentCancelled(e) = event { e.forfeited } else { 0 };
    let lost: u64 = ran.iter().flat_map(|transaction| &transaction.events).map(lost).sum();
    assert_eq!((cash, earned > 0), ((STAKE + earned - lost) as i64, true));
    assert_eq!(metric(&text, "evergreen_keeper_rewards_total"), earned as f64);
}

fn reward(event: &Event) -> u64 {
    match event {
        Event::Liquidated(e) => e.reward,
        Event::CommitmentFilled(e) if e.filler_account.is_some() => e.tip,
        Event::CommitmentCancelled(e) if e.filler_account.is_some() => e.tip,
        Event::OrderExecuted(e) if e.keeper_account.is_some() => e.tip,
        Event::OrderCancelled(e) if e.keeper_account.is_some() => e.tip,
        _ => 0,
    }
}
