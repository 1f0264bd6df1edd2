//! Prices of deposits and withdrawals of liquidity.

use super::{Check, Row, priced};
use crate::snapshot::PoolView;
use anchor_lang::{Discriminator, prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{events::Event, evergreen::instruction as args, testing::pyth::Price};

/// Returns the row of the execution of a deposit or a withdrawal. One that ends without a valuation reads no price, and none is needed where no
/// option is in use.
pub(super) fn row(check: &Check, before: &[PoolView], instruction: &Instruction) -> Row {
    let named = |key: &Pubkey| instruction.accounts.iter().any(|meta| meta.pubkey == *key);
    let live = |view: &PoolView| view.registry.series.iter().any(|s| s.status == 1 && s.has_interest());
    let of = |view: &'_ PoolView| {
        let requests = view.deposits.iter().chain(&view.withdrawals);
        requests.filter(|(key, _)| named(key)).map(|(_, request)| request.clone()).next()
    };
    let Some((view, request)) = before.iter().find_map(|view| Some((view, of(view)?))) else { return Row::Unread };
    let given_back = check.outcome.events().iter().any(|event| matches!(event, Event::DepositReturned(_)));
    if given_back || (request.shares == 0 && request.deposit == 0) {
        return Row::Unread;
    }
    let minute = if request.is_deposit() { request.minute } else { check.after.now / 60 * 60 };
    // The first deposit of a class waits for nothing.
    if !request.is_deposit() || view.pool.shares(request.share_class()).total > 0 {
        let since = check.after.now - minute;
        assert!((0..=20).contains(&since), "liquidity was executed {since} s after its minute");
    }
    if !live(view) || request.class != 0 { Row::Unread } else { Row::Liquidity(minute) }
}

/// Returns whether every price that the execution of a deposit or a withdrawal has used is the present one, and no fill since its minute is left out, so that what it
/// has paid can be compared with what the pool is worth now.
pub(in crate::invariants) fn at_present(check: &Check) -> bool {
    let executes = |instruction: &&Instruction| {
        [args::ExecuteDeposit::DISCRIMINATOR, args::ExecuteWithdrawal::DISCRIMINATOR]
            .iter()
            .any(|prefix| instruction.data.starts_with(prefix))
    };
    let minute = check.after.now / 60 * 60;
    let has_changed = |view: &PoolView| view.pool.later.minute == minute;
    let has_traded = || check.outcome.events().iter().any(|event| matches!(event, Event::LegFilled(_)));
    if check.instructions.iter().any(|i| executes(&i)) && (has_traded() || check.after.pools().iter().any(has_changed))
    {
        return false;
    }
    check.instructions.iter().filter(executes).flat_map(|instruction| priced(check, instruction)).all(|found| {
        let used = check.published.get(&found.price).and_then(|stored| Price::decode(&stored.data));
        let present = &check.prices[&found.key];
        used.is_none_or(|used| (used.price, used.ema_price) == (present.price, present.ema_price))
    })
}
