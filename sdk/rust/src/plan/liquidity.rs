//! Plans that deposit and withdraw liquidity.

use super::{Plan, PlanError, Planner};
use crate::{
    address,
    instruction::{self as build, PriceFeed},
    quote::{DepositQuote, WithdrawalQuote},
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use evergreen::state::{ShareClass, WithdrawalRequest};

/// Liquidity is deposited, and withdrawn after the cooldown:
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::state::ShareClass, plan::Planner, price::PushFeeds, testing::scene::Scene};
///
/// let scene = Scene::new(1, 0)?;
/// let planner = Planner::new(&scene.view, &PushFeeds::UPGRADED, Pubkey::new_from_array([5; 32]));
/// let provide = planner.provide(ShareClass::Main, 100_000_000)?;
/// let withdraw = planner.withdraw(ShareClass::Main, provide.quote.shares, 90_000_000, 7)?;
/// // A deposit is priced at the upper bound of the pool's worth, a withdrawal at the lower one.
/// assert!(withdraw.quote.worth <= 100_000_000);
/// assert_eq!(withdraw.quote.cooldown, 86_400);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl Planner<'_> {
    /// Plans a deposit of `amount` native units of liquidity: it makes prices fresh, creates the share account if it is missing,
    /// and deposits for at least the quoted shares less the slippage, rounded down.
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse the deposit.
    pub fn provide(&self, class: ShareClass, amount: u64) -> Result<Plan<DepositQuote>, PlanError> {
        let view = self.view;
        let quote = view.deposit(class, amount)?;
        let tolerated = u64::try_from(self.tolerance(quote.shares)).unwrap_or(0);
        let min_shares = quote.shares.saturating_sub(tolerated);
        let (places, feeds) = self.registry_feeds(class);
        let instructions = vec![
            create_associated_token_account_idempotent(
                &self.payer,
                &self.owner,
                &view.keys.share_mint(class),
                &anchor_spl::token::ID,
            ),
            build::deposit_liquidity(self.owner, &view.keys, class, amount, min_shares, &feeds),
        ];
        self.plan(instructions, quote, &places)
    }

    /// Plans a request to withdraw liquidity for no less than `least` native units; `id` is a number that the owner has used for no other
    /// open request, best a random one. Its quote is what the withdrawal would pay if it were executed now. After the
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

    /// Plans to execute the first withdrawal of a queue and to pay it to its owner.
    ///
    /// # Errors
    /// [`PlanError`], also when the program would refuse the execution.
    pub fn settle_withdrawal(&self, withdrawal: &WithdrawalRequest) -> Result<Plan<WithdrawalQuote>, PlanError> {
        let class = withdrawal.share_class();
        let quote = self.view.execution(withdrawal)?;
        let (places, feeds) = self.registry_feeds(class);
        let keys = &self.view.keys;
        let address = address::withdrawal(&keys.pool, class, &withdrawal.owner, withdrawal.id);
        let instructions = vec![
            build::execute_withdrawal(keys, address, &feeds),
            build::claim_withdrawal(withdrawal.owner, keys, class, address),
        ];
        self.plan(instructions, quote, &places)
    }

    /// Returns the places and feeds that a valuation of the registry needs; none for the insurance class.
    fn registry_feeds(&self, class: ShareClass) -> (Vec<u8>, Vec<PriceFeed>) {
        match class {
            ShareClass::Main => {
                let places = self.view.needed_for_registry();
                let feeds = self.view.feeds(&places);
                (places, feeds)
            }
            ShareClass::Insurance => (Vec::new(), Vec::new()),
        }
    }
}
