//! Generations of shares: when the capital of a class is spent, its shares are retired and new ones begin.
//!
//! Without this, shares that are worth next to nothing would make a class unusable: who deposits first buys nearly all of its later
//! income, and the number of shares overflows; where nothing is left, no price exists.

use super::{Pool, ShareLedger, add, sub};
use crate::{ensure, errors::EvergreenError, seeds, state::SeriesRegistry, types::ShareClass};
use anchor_lang::prelude::*;
use evergreen_math::{Native, shares::VIRTUAL_SHARES};

impl Pool {
    /// Returns the generation of the shares of a class.
    pub const fn generation(&self, class: ShareClass) -> u32 {
        self.generations[class as usize]
    }

    /// Returns the share mint of a class, of any generation up to now, for the pool at the address `key`.
    #[inline(never)]
    pub fn share_mint_of(&self, key: &Pubkey, class: ShareClass, generation: u32) -> Pubkey {
        if generation == self.generation(class) {
            return self.share_mint(class);
        }
        let seeds: &[&[u8]] = &[seeds::SHARES, key.as_ref(), &[class as u8], &generation.to_le_bytes()];
        Pubkey::find_program_address(seeds, &crate::ID).0
    }

    /// Retires the shares of a class: what is left of its capital is set aside for their holders, and new shares of the mint `mint` begin,
    /// with an empty queue. Returns the number of the retired shares and what is left for them.
    ///
    /// Nothing that is not yet realised may be open, because it would be the newcomers': no account owes anything, insurance's income lies
    /// in its vault, and in the main class there is no option, no commitment and no reserve.
    ///
    /// Errors: `SharesNotSpent`, `DebtsOpen`, `IncomeNotSwept`, `PoolInUse`, `Overflow`.
    pub fn renew_shares(
        &mut self,
        class: ShareClass,
        registry: &SeriesRegistry,
        mint: Pubkey,
    ) -> Result<(u64, Native)> {
        ensure!(self.debts == 0, DebtsOpen, "accounts owe {}", self.debts);
        let capital = match class {
            ShareClass::Main => {
                let used = registry.series.iter().filter(|series| !series.is_unused()).count();
                let reserved = add(self.reserved_collateral, add(self.committed_reserve, self.committed_premiums)?)?;
                let reserved = add(reserved, self.unpaid)?;
                ensure!(used == 0 && reserved == 0, PoolInUse, "{} series in use, {} reserved", used, reserved);
                u64::try_from(self.pool_cash).map_err(crate::errors::too_large)?
            }
            ShareClass::Insurance => {
                ensure!(self.insurance_due <= 0, IncomeNotSwept, "{} is due to insurance", self.insurance_due);
                self.insurance_assets()?.0
            }
        };
        let ledger = self.shares(class);
        let (all, start) = (ledger.total, ledger.cost_at_start());
        ensure!(ledger.is_spent(Native(capital)), SharesNotSpent, "capital {}, at the start {}", capital, start);
        match class {
            ShareClass::Main => {
                self.pool_cash = 0;
                self.unearned = 0;
                self.depth = 0;
                self.withdrawals_due = add(self.withdrawals_due, capital)?;
                self.main_mint = mint;
            }
            ShareClass::Insurance => {
                self.insurance_cash = sub(self.insurance_cash, capital)?;
                self.insurance_withdrawals_due = add(self.insurance_withdrawals_due, capital)?;
                self.insurance_mint = mint;
            }
        }
        let generation = self.generation(class).checked_add(1).ok_or(EvergreenError::Overflow)?;
        self.generations[class as usize] = generation;
        let ledger = self.shares_mut(class);
        let next = ledger.next_withdrawal;
        *ledger = ShareLedger { next_withdrawal: next, first_withdrawal: next, ..ShareLedger::default() };
        Ok((all, Native(capital)))
    }
}

impl ShareLedger {
    /// A class is spent when its capital is below one part in this many of what its shares cost at the start.
    pub const SPENT: u64 = 1_024;

    /// Returns what as many shares cost when a generation begins, in native units, rounded down.
    pub const fn cost_at_start(&self) -> u64 {
        self.total.wrapping_div(VIRTUAL_SHARES)
    }

    /// Returns whether a class with this capital, in native units, is spent. Its shares are then retired ([`Pool::renew_shares`]), and
    /// nobody deposits before.
    pub fn is_spent(&self, capital: Native) -> bool {
        capital.0.checked_mul(Self::SPENT).is_some_and(|capital| capital < self.cost_at_start())
    }
}
