//! Seizures, in which the issuer takes tokens out of vaults, and what the checks then allow for.

use crate::{
    invariants::Outside,
    outcome::Outcome,
    snapshot::PoolView,
    tokens::{issuer, transfer_instruction},
    world::World,
};
use anchor_lang::prelude::Pubkey;
use anchor_spl::token_2022::spl_token_2022;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        events::VaultSynced,
        state::{LiquidityRequest, LossIndex, MarginAccount, Pool, RetiredShares, ShareClass, VaultLedgers},
    },
    instruction as build,
};

/// How an issuer seizes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seizure {
    /// The issuer burns the tokens.
    Burn,
    /// The issuer transfers the tokens to an account of its own.
    Transfer,
}

impl World {
    /// Takes native units out of a vault as the permanent delegate of a stock's issuer.
    #[track_caller]
    pub fn seize(&mut self, pool: usize, vault: Pubkey, amount: u64, how: Seizure) {
        let mint = self.mints[pool];
        let instruction = match how {
            Seizure::Burn => spl_token_2022::instruction::burn_checked(
                &mint.program,
                &vault,
                &mint.address,
                &issuer(),
                &[],
                amount,
                mint.decimals,
            )
            .expect("an instruction"),
            Seizure::Transfer => {
                let to = self.chain.create_token_account(&issuer(), &mint.address, &mint.program);
                transfer_instruction(&mint, &vault, &to, &issuer(), amount)
            }
        };
        *self.outside.entry(vault).or_default() -= i128::from(amount);
        self.send(instruction).ok();
    }

    /// Sends `sync_vault`, which compares a pool's vaults with its ledgers and assigns what is missing.
    #[track_caller]
    pub fn sync(&mut self, pool: usize) -> Outcome {
        let sync = build::sync_vault(&self.pools[pool]);
        self.send(sync)
    }

    /// Returns what is left of somebody's cash after all losses assigned, native units.
    pub fn cash_left(&self, who: &str, pool: usize) -> i64 {
        cash_left(&self.account(who, pool), &self.view(pool).pool)
    }
}

/// Returns the event by which a transaction assigned a loss.
///
/// # Panics
/// If there is none.
pub fn synced(outcome: &Outcome) -> VaultSynced {
    outcome.event(|e| if let Event::VaultSynced(e) = e { Some(e.clone()) } else { None })
}

/// Returns what is left of an account's cash after all losses assigned, native units. Negative cash bears no loss.
///
/// # Panics
/// If the account has borne a loss that the pool has not.
pub fn cash_left(account: &MarginAccount, pool: &Pool) -> i64 {
    match u64::try_from(account.cash) {
        Ok(cash) => account.loss_index.claim(cash, pool.loss_index).expect("a claim") as i64,
        Err(_) => account.cash,
    }
}

/// Returns what is left of the referrer's share of fees after all losses assigned, native units.
///
/// # Panics
/// If the account has borne a loss that the pool has not.
pub fn referral_left(account: &MarginAccount, pool: &Pool) -> u64 {
    account.loss_index.claim(account.referral_due, pool.loss_index).expect("a claim")
}

/// Returns what is left of a request's payable amount and of the tokens of a deposit after all losses assigned, native units.
///
/// # Panics
/// If the request has borne a loss that the pool has not.
pub fn request_left(request: &LiquidityRequest, pool: &Pool) -> (u64, u64) {
    let mut request = request.clone();
    request.open(pool).expect("a claim");
    (request.payable, request.deposit)
}

/// Returns what is left for retired shares after all losses assigned, native units.
///
/// # Panics
/// If they have borne a loss that the pool has not.
pub fn retired_left(retired: &RetiredShares, pool: &Pool) -> u64 {
    let mut retired = retired.clone();
    retired.open(pool).expect("a claim");
    retired.amount
}

/// Follows assignments of losses. After one, nothing is missing in the vaults any more, and claims may add up to less than
/// their ledgers by one native unit for each claim and ledger that bears the loss. The sum of these units is kept under the
/// pool's own address.
///
/// # Panics
/// If more was assigned than is missing, or less.
pub(crate) fn follow(outside: &mut Outside, before: &[PoolView], outcome: &Outcome) {
    for event in outcome.events() {
        let Event::VaultSynced(e) = event else { continue };
        let Some(view) = before.iter().find(|view| view.key == e.pool) else { continue };
        let ([main, insurance], [main_left, insurance_left]) = (ledgers(&e.before), ledgers(&e.after));
        // What insurance owes the main vault and has lost with its own vault is missing there, too. Tokens that somebody has given the main vault make it good.
        let unpaid = if insurance == insurance_left { 0 } else { e.before.insurance_due.min(0).unsigned_abs() };
        for (vault, before, after, borne) in
            [(view.pool.vault, main, main_left, unpaid), (view.pool.insurance_vault, insurance, insurance_left, 0)]
        {
            let given = outside.entry(vault).or_default();
            let (most, left) = ((*given).max(0), *given + before - after);
            // What a pool is short of, it takes out of what was given to its main vault, and assigns no loss of that vault beside it.
            let least = if after > before { 0 } else { (most - i128::from(borne)).max(0) };
            assert!((least..=most).contains(&left), "{left} left of {given} in {vault}");
            *given = left;
        }
        let requests = view.withdrawals.len() + view.deposits.len();
        let claims = 2 * view.accounts.len() + requests + view.retired.len() + view.orders.len() + 9;
        *outside.entry(e.pool).or_default() += claims as i128;
    }
}

/// Sums of the ledgers of the main and of the insurance vault, native units.
fn ledgers(of: &VaultLedgers) -> [i128; 2] {
    let due = [of.fees_due, of.curator_due, of.withdrawals_due, of.deposits_due, of.referrals_due, of.tips_due];
    let main = [of.pool_cash, of.margin_cash, of.insurance_due].map(i128::from).into_iter().chain(due.map(i128::from));
    let insurance = [of.insurance_cash, of.insurance_withdrawals_due, of.insurance_deposits_due].map(i128::from);
    [main.sum(), insurance.into_iter().sum()]
}

/// Returns the native units by which the claims on a pool may be less than its ledgers.
pub(crate) fn dust(view: &PoolView, outside: &Outside) -> i128 {
    let lossless =
        [ShareClass::Main, ShareClass::Insurance].map(|class| view.pool.loss_index_of(class)) == [LossIndex::NONE; 2];
    if lossless { 0 } else { outside.get(&view.key).copied().unwrap_or(0) }
}

/// Returns whether an assigned loss has left a pool distressed, so that its cash need not cover its reserves.
pub(crate) fn excuses_reserve(view: &PoolView, outside: &Outside) -> bool {
    view.pool.is_distressed() && outside.contains_key(&view.key)
}

/// Asserts that claims add up to their ledger, or to at most `dust` native units less.
pub(crate) fn covers(ledger: i128, claims: i128, dust: i128, what: &str) {
    assert!(claims <= ledger && ledger - claims <= dust, "{what}: ledger {ledger}, claims {claims}, dust {dust}");
}
