//! Who has the powers of the protocol's admin over a pool: its curator. The protocol's own pools are those whose curator is the admin.

use super::{Pool, add, sub};
use crate::{
    ensure, seeds,
    state::{Protocol, bump_version},
    types::{Change, PoolTerms, ShareClass},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, shares::VIRTUAL_SHARES};

/// What a pool signs with.
pub struct PoolSigner {
    mint: Pubkey,
    creator: Pubkey,
    number: [u8; 2],
    bump: [u8; 1],
}

impl PoolSigner {
    /// Returns what a new pool on this mint signs with.
    pub const fn new(mint: Pubkey, terms: &PoolTerms, bump: u8) -> Self {
        Self { mint, creator: terms.creator, number: terms.number.to_le_bytes(), bump: [bump] }
    }

    /// Returns the seeds of the pool's address, its bump included.
    pub fn seeds(&self) -> [&[u8]; 5] {
        [seeds::POOL, self.mint.as_ref(), self.creator.as_ref(), &self.number, &self.bump]
    }
}

impl Pool {
    /// Returns what the pool signs with.
    pub const fn signer(&self) -> PoolSigner {
        PoolSigner { mint: self.mint, creator: self.creator, number: self.number.to_le_bytes(), bump: [self.bump] }
    }

    /// Returns whether the curator is another than the protocol's admin.
    pub fn is_curated(&self) -> bool {
        self.curator != Pubkey::default()
    }

    /// Returns whether its liquidity is only that of the curator, and of whom they sign for.
    pub const fn is_private(&self) -> bool {
        self.flags & Self::PRIVATE != 0
    }

    /// Returns who has the admin's powers over this pool.
    pub fn curator_of(&self, protocol: &Protocol) -> Pubkey {
        if self.is_curated() { self.curator } else { protocol.admin }
    }

    /// Returns what is due to the curator before, and to the present one, with whom it is paid to, in native units. In a pool of the protocol that is the fee owner.
    pub fn curators_due(&self, protocol: &Protocol) -> [(Pubkey, u64); 2] {
        let payee = |key| if key == Pubkey::default() { protocol.fee_owner } else { key };
        let present = self.curator_due.saturating_sub(self.former_due);
        [(payee(self.former_curator), self.former_due), (payee(self.curator), present)]
    }

    /// Takes the fees that are due to `owner` as curator before or, if nothing is, as the present one, in native units. Errors: `Unauthorized` where they are neither.
    pub fn take_curator_fees(&mut self, protocol: &Protocol, owner: &Pubkey) -> Result<u64> {
        let [(former, before), (present, due)] = self.curators_due(protocol);
        let is_before = before > 0 && *owner == former;
        ensure!(is_before || *owner == present, Unauthorized);
        let amount = if is_before { core::mem::take(&mut self.former_due) } else { due };
        self.curator_due = sub(self.curator_due, amount)?;
        Ok(amount)
    }

    /// Checks that the key is the curator's. Errors: `WrongVersion`, `Unauthorized`.
    pub fn check_curator(&self, protocol: &Protocol, key: &Pubkey) -> Result<()> {
        self.check()?;
        protocol.check()?;
        ensure!(*key == self.curator_of(protocol), Unauthorized);
        Ok(())
    }

    /// Checks that the key is the guardian's or the curator's. Errors: `WrongVersion`, `Unauthorized`.
    pub fn check_guardian(&self, protocol: &Protocol, key: &Pubkey) -> Result<()> {
        if *key == protocol.guardian {
            self.check()?;
            return protocol.check();
        }
        self.check_curator(protocol, key)
    }

    /// Returns the version of its configuration that a change is made for. Who is curator has one of its own, so that nobody who lowers caps or halts the pool, which
    /// voids proposals for the rest, voids the replacement of a curator with it.
    pub const fn version_for(&self, change: &Change) -> u32 {
        if matches!(change, Change::Curator(_)) { self.curator_version } else { self.config_version }
    }

    /// Names who may become curator, which voids other proposals of one. What is due to the curator before waits for them meanwhile: who follows is proposed after the acceptance, and a
    /// proposal waits for [`Protocol::wait_for`]. Errors: `Overflow`.
    pub fn name_curator(&mut self, key: &Pubkey, now: i64) -> Result<()> {
        self.pending_curator = *key;
        self.pending_until = now.saturating_add(Protocol::ACCEPTANCE);
        bump_version(&mut self.curator_version)
    }

    /// Makes the pending curator the curator, which voids all earlier proposals for this pool. Where it is the protocol's admin the pool becomes one of the
    /// protocol and follows the admin; otherwise its parameters have to be within the bounds of a curated pool. Fees that are due to the curator before are set aside
    /// for them. What the one before them has not collected by then is the protocol's; it is returned, in native units.
    ///
    /// Errors: `WrongVersion`, `Unauthorized` unless the key is the pending curator's, `ProposalExpired` when the time to accept is over, `InvalidParameter`.
    pub fn accept_curator(&mut self, protocol: &Protocol, key: &Pubkey, now: i64) -> Result<u64> {
        self.check()?;
        protocol.check()?;
        ensure!(*key == self.pending_curator && *key != Pubkey::default(), Unauthorized);
        ensure!(now < self.pending_until, ProposalExpired, "to be accepted until {}, now {}", self.pending_until, now);
        let accepted = core::mem::take(&mut self.pending_curator);
        let accepted = if accepted == protocol.admin { Pubkey::default() } else { accepted };
        self.former_curator = core::mem::replace(&mut self.curator, accepted);
        if self.is_curated() {
            self.params.check_curated(self.decimals, self.is_private())?;
        }
        let forfeited = self.former_due;
        self.curator_due = sub(self.curator_due, forfeited)?;
        self.fees_due = add(self.fees_due, forfeited)?;
        self.former_due = self.curator_due;
        bump_version(&mut self.curator_version)?;
        bump_version(&mut self.config_version)?;
        Ok(forfeited)
    }

    /// Checks that `owner` may provide liquidity: anybody, but in a private pool only the curator, or whose deposit they sign, too. Errors: `ProviderNotNamed`.
    pub fn check_provider(&self, protocol: &Protocol, owner: &Pubkey, others: &[AccountInfo]) -> Result<()> {
        if self.is_private() {
            let curator = self.curator_of(protocol);
            let signs = others.iter().any(|info| info.is_signer && *info.key == curator);
            ensure!(*owner == curator || signs, ProviderNotNamed);
        }
        Ok(())
    }

    /// Returns the least first deposit of a curated pool, in native units: a thousandth of a token.
    pub fn least_seed(decimals: u8) -> u64 {
        10u64.saturating_pow(decimals.saturating_sub(3).into())
    }

    /// Takes the first deposit, of `amount` native units, whose shares are nobody's. Errors: `SeedTooSmall` in a curated pool, `DepositCap`, `Overflow`.
    pub fn sow(&mut self, amount: Native) -> Result<()> {
        let least = if self.is_curated() { Self::least_seed(self.decimals) } else { 0 };
        ensure!(amount.0 >= least, SeedTooSmall, "first deposit {}, at least {}", amount.0, least);
        self.check_cap(ShareClass::Main, amount)?;
        self.seed_shares = amount.0.checked_mul(VIRTUAL_SHARES).ok_or(crate::errors::EvergreenError::Overflow)?;
        self.add_shares(ShareClass::Main, amount, self.seed_shares)
    }
}
