//! A liquidity provider leaves: request, cooldown, execution, claim.

use anyhow::{Context, Result, ensure};
use evergreen::state::ShareClass;
use evergreen_sdk::{accounts, address, events::Event, instruction as ix};

use crate::{
    cast::{TSLA_HOLDERS, Who},
    milestones::Milestone,
    path,
    stock::Stock,
    story::{Story, events_of},
    view::percent,
};

/// Moment of the request, seconds from the beginning.
const REQUEST: i64 = 8 * 86_400;
const CLASS: ShareClass = ShareClass::Main;

/// Plays this act.
pub fn play(story: &mut Story) -> Result<()> {
    let tsla = story.tsla;
    story.tell.section("A liquidity provider takes her tokens out");
    path::play_until(story, |story| Ok(story.tick.time_seconds >= REQUEST))?;
    let shares = story.chain().token_balance(&tsla.keys.shares(&Who::Lena.id(), CLASS))?;
    let id = story.next_number(Who::Lena)?;
    let request = ix::request_withdrawal(Who::Lena.id(), &tsla.keys, CLASS, id, shares, 1);
    story.send(Who::Lena, "burns her shares into a withdrawal", &[request])?;
    let withdrawal = address::request(&tsla.keys.pool, CLASS, &Who::Lena.id(), id);
    let early = [ix::execute_withdrawal(&tsla.keys, withdrawal, &story.next_minute_of(&tsla)?)];
    story.refused(Who::Lena, "tries to execute it at once", &early, "WithdrawalCooling")?;
    let cooldown = story.pool(&tsla)?.cooldown(CLASS);
    let ready = REQUEST + cooldown;
    let hours = cooldown / 3_600;
    story.tell.say(format!("The cooldown is {hours} hours; until then her shares take part in losses and gains."));
    path::play_until(story, |story| Ok(story.tick.time_seconds > ready))?;

    // Nobody chooses the price: it is the first one after a full minute.
    let execute = [ix::execute_withdrawal(&tsla.keys, withdrawal, &story.next_minute_of(&tsla)?)];
    let landed = story.send_as_it_is(Who::Kim, "executes the withdrawal, as anyone may", &execute)?;
    for event in events_of(&landed) {
        if let Event::WithdrawalExecuted(executed) = event {
            story.tell.detail(format!(
                "All shares are worth at least {}; hers are paid {}.",
                tsla.amount(executed.assets),
                tsla.amount(i64::try_from(executed.amount)?)
            ));
        }
    }
    let withdrawal = story.chain().account_data(&withdrawal)?;
    ensure!(accounts::request(&withdrawal)?.shares == 0, "the withdrawal was executed only in part");
    claim(story, &tsla, id)
}

fn claim(story: &mut Story, stock: &Stock, number: u64) -> Result<()> {
    let claim = ix::claim_liquidity(
        Who::Lena.id(),
        &stock.keys,
        CLASS,
        address::request(&stock.keys.pool, CLASS, &Who::Lena.id(), number),
    );
    let landed = story.send(Who::Lena, "claims it", &[claim])?;
    let claimed = events_of(&landed).into_iter().find_map(|event| match event {
        Event::LiquidityClaimed(claimed) => Some(claimed.amount),
        _ => None,
    });
    let claimed = i64::try_from(claimed.context("no event says that it was claimed")?)?;
    let gain = story.profit(stock, Who::Lena)?;
    let deposited = claimed - gain;
    story.tell.detail(format!(
        "She put in {} and took out {} after {:.1} days: a yield of {} ({}).",
        stock.amount(deposited),
        stock.amount(claimed),
        story.day(),
        stock.amount(gain),
        percent(gain as f64 / deposited as f64)
    ));
    story.happened(Milestone::LiquidityWithdrawn);
    let whole = TSLA_HOLDERS.iter().find(|(who, _)| *who == Who::Lena).map_or(0, |(_, whole)| *whole);
    let wallet = story.chain().token_balance(&stock.mint.account_of(&Who::Lena.id()))?;
    if gain > 0 && wallet > stock.units(whole) {
        story.happened(Milestone::ProviderYield);
    }
    Ok(())
}
