//! Plans that move shares into margin.

use super::{Plan, PlanError, Planner};
use crate::{
    instruction as build,
    quote::{PoolView, QuoteError, SharesWorth},
};
use anchor_lang::error;
use evergreen::{
    errors::EvergreenError,
    state::{Action, MarginAccount, ShareClass},
};
use evergreen_math::Native;

/// Shares that become margin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SharesAsMargin {
    /// What they are worth in the pool whose shares they are.
    pub worth: SharesWorth,
    /// Cash of the margin account afterwards, in shares.
    pub cash: i64,
    /// What that is worth there.
    pub cash_worth: SharesWorth,
}

impl Planner<'_> {
    /// Plans to move main shares of `inner` into margin in this pool, whose collateral they are, in one transaction: it opens the account if there is none
    /// (`account` is `None`) and deposits. `number` is the next number of the owner's counter; with it the transaction happens once.
    ///
    /// They go on earning, and bear what the inner pool loses. Nothing in this pool counts what they are worth.
    ///
    /// # Errors
    /// [`PlanError`]: `WrongPool` where this pool's collateral is not the present main share of `inner`, `Paused`, and where the inner pool cannot be valued.
    pub fn shares_as_margin(
        &self,
        account: Option<&MarginAccount>,
        (inner, shares): (&PoolView, u64),
        number: Option<u64>,
    ) -> Result<Plan<SharesAsMargin>, PlanError> {
        let view = self.view;
        if inner.keys.share_mint(ShareClass::Main) != view.keys.mint {
            return Err(QuoteError::from(error!(EvergreenError::WrongPool)).into());
        }
        view.check_running(Action::DepositMargin)?;
        let mut instructions = Vec::new();
        if let Some(number) = number {
            instructions.push(build::take_number(self.payer, self.owner, number));
        }
        let mut state = match account {
            Some(account) => *view.opened(account)?,
            None => {
                let open =
                    build::open_margin_account(self.payer, self.owner, &view.keys, self.sub_account, self.referrer);
                instructions.push(open);
                self.new_account()
            }
        };
        instructions.push(build::deposit_margin(self.owner, &view.keys, self.account_key(), shares));
        view.pool.clone().credit_margin(&mut state, Native(shares)).map_err(QuoteError::from)?;
        let worth = |shares| inner.worth_of_shares(ShareClass::Main, shares);
        let cash_worth = worth(state.cash.max(0).unsigned_abs())?;
        self.plan(instructions, SharesAsMargin { worth: worth(shares)?, cash: state.cash, cash_worth }, &[])
    }
}
