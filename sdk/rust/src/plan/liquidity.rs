//! Plans that deposit and withdraw liquidity.

use super::{Plan, PlanError, Planner};
use crate::{
    address,
    instruction::{self as build, PriceFeed},
    quote::{DepositExecution, DepositQuote, WithdrawalQuote},
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use evergreen::state::{LiquidityRequest, ShareClass};

/// Liquidity is deposited, and withdrawn after the cooldown:
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::ShareClass, plan::Planner, price::PushFeeds, testing::scene::Scene};
///
/// let scene = Scene::new(1, 0)?;
/// let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, Pubkey::new_from_array([5; 32]));
/// let provide = planner.provide(ShareClass::Main, 100_000_000, 6)?;
/// let withdraw = planner.withdraw(ShareClass::Main, provide.quote.shares, 90_000_000, 7)?;
/// // A deposit is priced at the upper bound of the pool's worth, a withdrawal at the lower one.
/// assert!(withdraw.quote.worth <= 100_000_000);
/// assert_eq!(withdraw.quote.cooldown, 86_400);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Planner<'_> {
    /// Plans a deposit of `amount` native units of liquidity, for at least the quoted shares less the slippage, rounded down; it creates the share
    /// account if it is missing. It is a request, and the quote an estimate: shares are minted after the next full minute ([`Self::finish_deposit`]). The first deposit of a class
    /// waits for nothing and is executed in the same transaction, which is refused where another one has come before it. `id` is the owner's next number ([`Client::next_number`](crate::client::Client::next_number)).
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse the deposit at the view's prices.
    pub fn provide(&self, class: ShareClass, amount: u64, id: u64) -> Result<Plan<DepositQuote>, PlanError> {
        let view = self.view;
        let quote = view.deposit(class, amount)?;
        let tolerated = u64::try_from(self.tolerance(quote.shares)).unwrap_or(0);
        let min_shares = quote.shares.saturating_sub(tolerated);
        let keys = &view.keys;
        let mint = keys.share_mint(class);
        let account =
            create_associated_token_account_idempotent(&self.payer, &self.owner, &mint, &anchor_spl::token::ID);
        let mut instructions = vec![account];
        if view.is_first_deposit(class) {
            instructions.extend(build::deposit_at_once(self.owner, keys, class, id, amount, min_shares));
        } else {
            instructions.push(build::request_deposit(self.owner, keys, class, id, amount, min_shares));
        }
        self.plan(instructions, quote, &[])
    }

    /// Plans the execution of anybody's deposit, on a view with the first prices after the request's minute
    /// ([`Client::view_for_deposit`](crate::client::Client::view_for_deposit)). `has_account` says whether the token account for the shares is
    /// there.
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse the execution.
    pub fn finish_deposit(
        &self,
        request: &LiquidityRequest,
        has_account: bool,
    ) -> Result<Plan<DepositExecution>, PlanError> {
        let quote = self.view.deposit_execution(request, has_account)?;
        let feeds = self.feeds_for(request.share_class(), request.minute);
        let execute = build::execute_deposit(&self.view.keys, request, &feeds);
        let samples = self.view.take_samples(&self.view.samples_of_deposit(request));
        self.plan(samples.into_iter().chain([execute]).collect(), quote, &[])
    }

    /// Plans a request to withdraw liquidity for no less than `least` native units; `id` is the owner's next number. Its quote is what the withdrawal would pay if it were executed now. After the
    /// cooldown anyone may execute it ([`Self::settle_withdrawal`]).
    ///
    /// # Errors
    /// [`PlanError`], also when nothing could be paid now.
    pub fn withdraw(
        &self,
        class: ShareClass,
        shares: u64,
        least: u64,
        id: u64,
    ) -> Result<Plan<WithdrawalQuote>, PlanError> {
        let quote = self.view.withdrawal(class, shares)?;
        let request = build::request_withdrawal(self.owner, &self.view.keys, class, id, shares, least);
        self.plan(vec![request], quote, &[])
    }

    /// Plans to execute the first withdrawal of a queue and to pay it to its owner; in the main class on a view with the first prices after the last
    /// full minute ([`Client::view_for_withdrawals`](crate::client::Client::view_for_withdrawals)).
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse the execution.
    pub fn settle_withdrawal(&self, withdrawal: &LiquidityRequest) -> Result<Plan<WithdrawalQuote>, PlanError> {
        let class = withdrawal.share_class();
        let quote = self.view.execution(withdrawal)?;
        let minute = LiquidityRequest::grid_time(self.view.now);
        let feeds = self.feeds_for(class, minute);
        let keys = &self.view.keys;
        let address = address::request(&keys.pool, class, &withdrawal.owner, withdrawal.id);
        let mut instructions = self.view.take_samples(&self.view.samples_of_minute(class, minute));
        instructions.extend([
            build::execute_withdrawal(keys, address, &feeds),
            build::claim_liquidity(withdrawal.owner, keys, class, address),
        ]);
        self.plan(instructions, quote, &[])
    }

    /// Returns the feeds whose first prices after a full minute execute liquidity of a class.
    fn feeds_for(&self, class: ShareClass, minute: i64) -> Vec<PriceFeed> {
        self.view.feeds(&self.view.needed_for(class, minute))
    }
}
