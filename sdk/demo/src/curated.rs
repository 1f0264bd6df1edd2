//! Somebody without any role lists a fresh stock and funds its pool; somebody else trades in it.

use anyhow::Result;
use evergreen::{
    state::{SeriesSpec, ShareClass},
    types::PoolParams,
};
use evergreen_math::{Points, Seconds};
use evergreen_sdk::{events::Event, instruction as ix, presets};

use crate::{
    cast::{HOOD_HOLDERS, Who},
    commitments::trade,
    milestones::Milestone,
    setup::{A_MINUTE, deposit, hand_out, stock_mint},
    stock::SCALE_EXPONENT,
    story::{Story, events_of},
    trading::{leave, list_one, open_account},
    view::plain,
};

/// Whole tokens of the first deposit, which stays in the pool for good.
const FIRST: u32 = 20;
/// What the curator gets of the main class's part of each fee, in basis points.
const CURATOR_BPS: u16 = 2_000;
/// Ticks of the path, of four hours each, until the act begins.
const TICKS: usize = 6;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let hood = story.hood;
    for _ in 0..TICKS {
        story.next_tick()?;
    }
    story.tell.section("A stranger lists a stock, a day later");
    story.tell.say(format!(
        "Rosa has no role in the protocol. {} is fresh, on Token-2022; its pool is hers to run, within bounds that are compiled in, and shares no \
         account that is written with any other.",
        hood.symbol
    ));
    stock_mint(story, &hood, "Robinhood")?;
    for (who, whole) in HOOD_HOLDERS {
        hand_out(story, &hood, *who, *whole)?;
    }
    story.pass(A_MINUTE)?;
    let underlyings = story.feeds().map(|feed| feed.underlying);
    let params = PoolParams { curator_bps: CURATOR_BPS, ..presets::pool_params() };
    let first = hood.units(FIRST);
    let create = |params| {
        ix::create_curated_pool(Who::Rosa.id(), &hood.keys, SCALE_EXPONENT, (false, first), params, &underlyings)
    };
    let greedy = PoolParams { curator_bps: 3_500, ..params };
    story.refused(Who::Rosa, "tries to create a pool that takes more", &[create(greedy)], "InvalidParameter")?;
    let what = format!("creates a pool on {}, and {} stay there", hood.symbol, hood.amount(i64::try_from(first)?));
    story.send(Who::Rosa, &what, &[create(params)])?;
    story.listed.push(hood);
    deposit(story, Who::Rosa, &hood, ShareClass::Main, 130)?;
    deposit(story, Who::Rosa, &hood, ShareClass::Insurance, 15)?;
    let tsla = story.tsla.keys.pool;
    story.refused(
        Who::Rosa,
        "tries to halt somebody else's pool",
        &[ix::halt_pool(Who::Rosa.id(), tsla)],
        "Unauthorized",
    )?;
    if story.pool(&hood)?.curator == Who::Rosa.id() {
        story.happened(Milestone::StrangerListed);
    }

    story.tell.section("Somebody else trades there");
    story.tell.say(format!("Dan holds {} and knows neither Rosa nor the protocol's admin.", hood.symbol));
    let btc = story.btc();
    // A tenth below the price, on the grid: volatility is still moving, and such a call hardly depends on it.
    let strike = (plain(story.spot(0).to_bits()) * 0.9 / 1_000.0).round() as u64 * 1_000;
    let call = list_one(story, Who::Dan, &hood, &btc, SeriesSpec { put: false, strike, tenor: 7 * Seconds::DAY.0 })?;
    open_account(story, Who::Dan, &hood, 10)?;
    trade(story, Who::Dan, &hood, call, hood.points(20)?)?;
    let held = story.position(&hood, Who::Dan, call)?;
    trade(story, Who::Dan, &hood, call, Points(-held.0))?;
    leave(story, Who::Dan, &hood)?;
    if held.0 > 0 && story.margin(&hood, Who::Dan)?.is_flat() {
        story.happened(Milestone::StrangerTraded);
    }
    income(story)
}

/// Fees go to protocol and curator.
fn income(story: &mut Story) -> Result<()> {
    let hood = story.hood;
    let of = |who: Who| hood.mint.account_of(&who.id());
    let collect = [
        ix::collect_fees(&hood.keys, of(Who::FeeOwner)),
        ix::collect_curator_fees(&hood.keys, of(Who::Rosa)),
        ix::sweep_insurance(&hood.keys),
    ];
    let landed = story.send(Who::Kim, "pays the fees to protocol, curator and insurance", &collect)?;
    for event in events_of(&landed) {
        if let Event::CuratorFeesCollected(paid) = event
            && paid.amount > 0
        {
            let amount = hood.amount(i64::try_from(paid.amount)?);
            story.tell.detail(format!("Rosa's part of what Dan paid: {amount}"));
            story.happened(Milestone::CuratorPaid);
        }
    }
    Ok(())
}
