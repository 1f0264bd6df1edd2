//! A maker takes his own risk on his own terms, winds down, and buys back what is left.

use anyhow::{Context, Result};
use evergreen::{
    state::{NoticeCause, SeriesSpec, ShareClass},
    types::PoolParams,
};
use evergreen_localnet::Mint;
use evergreen_math::Seconds;
use evergreen_sdk::{events::Event, instruction as ix, presets};

use crate::{
    cast::Who,
    commitments::{commit_instruction, trade},
    milestones::Milestone,
    path,
    setup::{A_MINUTE, deposit},
    stock::{SCALE_EXPONENT, Stock},
    story::{Story, events_of},
    trading::{leave, list_one, open_account},
    view::{percent, plain},
};

/// Whole tokens of the first deposit, which stays in the pool for good.
const FIRST: u32 = 1;
/// Ticks of the path, of four hours each, until the act begins.
const TICKS: usize = 6;
/// Ticks until the maker winds down.
const TRADED: usize = 3;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let hood = story.hood.in_pool_of(Who::Max.id(), "HOOD.M of Max");
    for _ in 0..TICKS {
        story.next_tick()?;
    }
    story.tell.section("A private pool, on its maker's terms");
    create(story, &hood)?;

    let btc = story.btc();
    // A tenth in the money, on the grid: most of the price is no matter of volatility.
    let strike = (plain(story.spot(0).to_bits()) * 0.9 / 1_000.0).round() as u64 * 1_000;
    let put = ix::list_series(&hood.keys, &btc, SeriesSpec { put: true, strike, tenor: 7 * Seconds::DAY.0 });
    story.refused(Who::Eve, "tries to list puts there", &[put], "NotOffered")?;
    let call = list_one(story, Who::Eve, &hood, &btc, SeriesSpec { put: false, strike, tenor: 7 * Seconds::DAY.0 })?;
    open_account(story, Who::Eve, &hood, 10)?;
    let mark = story.mark(&hood, call)?;
    story
        .tell
        .detail(format!("Marks are at {} volatility; who buys here pays more.", percent(plain(mark.sigma.to_bits()))));
    trade(story, Who::Eve, &hood, call, hood.points(20)?)?;
    let held = story.position(&hood, Who::Eve, call)?;
    if held.0 > 0 {
        story.happened(Milestone::PrivateTraded);
    }

    path::pass_ticks(story, TRADED, &[hood])?;
    story.tell.section("It is wound down, and buys back");
    story.send(Who::Max, "halts his pool", &[ix::halt_pool(Who::Max.id(), hood.keys.pool)])?;
    let more = commit_instruction(story, Who::Eve, &hood, call, hood.points(5)?)?;
    story.refused(Who::Eve, "tries to buy more", &[more], "PoolHalted")?;
    let announced =
        story.send(Who::Max, "announces a buy-back", &[ix::announce_buyback(Who::Max.id(), hood.keys.pool)])?;
    let told = events_of(&announced).into_iter().find_map(|event| match event {
        Event::BuybackAnnounced(told) => Some(told),
        _ => None,
    });
    let told = told.context("no event says that a buy-back is announced")?;
    let hours = (told.moment - story.chain().clock()?.unix_timestamp) / 3_600;
    story.tell.detail(format!(
        "In {hours} hours, at the first price after that moment, each option is paid its value at the mark and {} of its time value.",
        percent(f64::from(told.premium_bps) / 10_000.0)
    ));
    let close = |story: &Story| {
        let feeds = [story.btc()];
        let account = hood.margin_account(Who::Eve);
        ix::close_for_place(Who::Kim.id(), &hood.keys, account, (call, NoticeCause::Buyback), &feeds)
    };
    let early = close(story);
    story.refused(Who::Kim, "tries to close Eve's calls now", &[early], "PriceNotFirst")?;
    buy_back(story, &hood, told.moment, close)?;
    leave(story, Who::Eve, &hood)?;
    let pool = story.pool(&hood)?;
    story.tell.detail(format!(
        "Of the pool's {} now {} is reserved; the rest is Max's to withdraw.",
        hood.amount(pool.pool_cash),
        hood.amount(i64::try_from(pool.reserved_collateral)?)
    ));
    Ok(())
}

/// Max creates his pool: calls of a week at most, dearer than elsewhere, his own liquidity alone.
fn create(story: &mut Story, hood: &Stock) -> Result<()> {
    let params = PoolParams {
        kinds: PoolParams::CALLS,
        max_tenor_hours: 7 * 24,
        buy_markup_bps: 1_500,
        buyback_bps: 1_000,
        ..presets::pool_params()
    };
    story.begin_in(hood, Who::FeeOwner)?;
    let first = hood.units(FIRST);
    let underlyings = story.feeds().map(|feed| feed.underlying);
    let create =
        ix::create_curated_pool(Who::Max.id(), &hood.keys, SCALE_EXPONENT, (true, first), params, &underlyings);
    let what = format!("creates a private pool, and {} stay there", hood.amount(i64::try_from(first)?));
    story.send(Who::Max, &what, &[create])?;
    story.listed.push(*hood);
    let set = story.pool(hood)?.params;
    story.tell.say(format!(
        "It is the second pool of {}. Its terms, on the chain: calls alone, of {} days at most, at a volatility of {} more for who buys, as a share of it.",
        hood.symbol,
        set.max_tenor_hours / 24,
        percent(f64::from(set.buy_markup_bps) / 10_000.0)
    ));
    deposit(story, Who::Max, hood, ShareClass::Main, 100)?;
    let shares =
        Mint { address: hood.keys.share_mint(ShareClass::Main), token_program: anchor_spl::token::ID, ..hood.mint };
    story.chain().create_token_account(&shares, &Who::Dan.id())?;
    story.tell.count();
    story.pass(A_MINUTE)?;
    let number = story.next_number(Who::Dan)?;
    let request = ix::request_deposit(Who::Dan.id(), &hood.keys, ShareClass::Main, number, hood.units(1), 1);
    story.refused(Who::Dan, "tries to provide liquidity there", &[request], "ProviderNotNamed")
}

/// Lets the time of the notice pass, and has the options closed at the first price after it.
fn buy_back(
    story: &mut Story,
    hood: &Stock,
    moment: i64,
    close: impl FnOnce(&Story) -> anchor_lang::solana_program::instruction::Instruction,
) -> Result<()> {
    while moment - story.chain().clock()?.unix_timestamp > 4 * 3_600 {
        path::pass_ticks(story, 1, &[*hood])?;
    }
    story.publish_after(moment)?;
    for sample in story.due_samples()? {
        story.send_as_it_is(Who::Kim, "samples volatility", &[sample])?;
    }
    let landed = story.send_as_it_is(Who::Kim, "closes Eve's calls, as anyone may", &[close(story)])?;
    for event in events_of(&landed) {
        let Event::LegFilled(fill) = event else { continue };
        let worth = story.mark(hood, fill.series)?.worth(evergreen_math::Points(-fill.points))?;
        story.tell.detail(format!(
            "Eve is paid {}, {} above the value at the mark, and no fee.",
            hood.amount(fill.premium),
            hood.amount(fill.premium - worth)
        ));
        if fill.premium > worth && fill.fee == 0 && story.margin(hood, Who::Eve)?.is_flat() {
            story.happened(Milestone::BoughtBack);
        }
    }
    Ok(())
}
