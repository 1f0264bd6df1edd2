//! A request of a provider of liquidity: a deposit or a withdrawal on its way.

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::{LossIndex, PoolParams, ShareClass},
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Native, Rounding};

/// A request to deposit in a class, or to redeem shares of it. Seeds: `request`, pool, class, owner, the owner's number.
///
/// The tokens of a deposit lie in the vault of their class from the first moment, but are no capital before shares are minted for them. The shares of a
/// withdrawal are burnt when the request is made, but count as shares until they are executed, so it bears its part of losses while it waits.
#[cfg_attr(feature = "idl-build", account)]
#[cfg_attr(not(feature = "idl-build"), derive(AnchorSerialize, AnchorDeserialize, Clone))]
#[derive(InitSpace, Debug)]
pub struct LiquidityRequest {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// This is the class of the shares: 0 for main, 1 for insurance.
    pub class: u8,
    /// It is the place of a withdrawal in the class's queue, which the chain gives; [`Self::NO_PLACE`] for a deposit.
    pub number: u64,
    /// This is the pool.
    pub pool: Pubkey,
    /// Who is paid.
    pub owner: Pubkey,
    /// This is the number of the owner's [`Counter`](super::Counter); with owner, pool and class it makes the address. It never comes again, so a request that is sent
    /// twice is made once, also after it is over.
    pub id: u64,
    /// These are the shares of a withdrawal that are not yet executed.
    pub shares: u64,
    /// It is the most that the remaining shares may pay, in native units. In the insurance class it is their part of the class's capital
    /// at the time of the request, so later gains go to the other holders. It is `u64::MAX` in the main class.
    pub worth_at_request: u64,
    /// It is, of a withdrawal, the least that the remaining shares must be worth together to be executed, in native units; of a deposit the least
    /// number of shares.
    pub least: u64,
    /// It is the amount that is executed or given back, and not yet claimed, in native units.
    pub payable: u64,
    /// These are the unix seconds of the request.
    pub requested_at: i64,
    /// It is the factor of the loss index up to which the amounts have borne losses, in units of 2^−63.
    pub loss_factor: u64,
    /// This is the epoch of that loss index.
    pub loss_epoch: u32,
    /// These are the unix seconds at which the cooldown of a withdrawal ends that was in force at the request. A longer cooldown set later does not apply.
    pub ready_at: i64,
    /// This is the generation of the shares.
    pub generation: u32,
    /// These are the tokens of a deposit for which no shares are minted yet, in native units.
    pub deposit: u64,
    /// It is the token account that receives the shares of a deposit; the default key for a withdrawal.
    pub shares_to: Pubkey,
    /// This is the full minute of a deposit, unix seconds: it is executed at the first prices published after it, with the ledgers of it. Zero for a withdrawal.
    pub minute: i64,
    /// It says how often the queue has gone on without a withdrawal because its least amount was not met.
    pub passes: u8,
    /// The grid time of the newest such pass, unix seconds: each counts once.
    pub passed_at: i64,
    /// It is one for a deposit that was requested while its class had no shares, otherwise zero.
    pub first: u8,
    /// It is zero, for later versions.
    pub reserved: [u8; 14],
}
super::stored::stored!(LiquidityRequest, [22, 207, 121, 48, 97, 240, 236, 91]);

impl LiquidityRequest {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Number of a request that has no place in a queue: a deposit.
    pub const NO_PLACE: u64 = u64::MAX;
    /// Part of a deposit that stays with the providers where nobody has executed it in time. It is more than a choice within twenty seconds of
    /// a price is worth on average; otherwise whoever has no keeper beside them could choose again and again which of their deposits are executed.
    pub const LAPSE_FEE: BasisPoints = BasisPoints(10);
    /// Moments of liquidity: multiples of so many seconds, as those of volatility samples by preset, so that one posted price serves both.
    pub const GRID: u64 = 60;
    /// Seconds after a full minute within which its liquidity is executed. Keepers need some; the price is known meanwhile.
    pub const GRID_WINDOW: i64 = 20;
    /// Seconds after the window of a deposit after which a first price that nobody has shown counts as one that there never was.
    pub const PRICE_WAIT: i64 = 86_400;
    /// After passes at so many grid times a withdrawal leaves the queue, at whose end it would cost others a transaction again and again.
    pub const MOST_PASSES: u8 = 8;

    /// Makes a request without shares, tokens and place. It bears losses after `loss_index`.
    pub fn new(pool: Pubkey, class: ShareClass, generation: u32, loss_index: LossIndex, now: i64) -> Self {
        Self {
            version: super::LAYOUT_VERSION,
            bump: 0,
            class: class as u8,
            number: Self::NO_PLACE,
            pool,
            owner: Pubkey::default(),
            id: 0,
            shares: 0,
            worth_at_request: 0,
            least: 0,
            payable: 0,
            requested_at: now,
            loss_factor: loss_index.factor,
            loss_epoch: loss_index.epoch,
            ready_at: now,
            generation,
            deposit: 0,
            shares_to: Pubkey::default(),
            minute: 0,
            passes: 0,
            passed_at: 0,
            first: 0,
            reserved: [0; 14],
        }
    }

    /// Sets the minute of a deposit: it is the first full one that follows the request by the pool's delay, of whose prices nothing can be known yet. In the insurance
    /// class it follows by a minute more: what insurance will earn by a liquidation that is due at the request is then its capital already.
    pub fn set_minute(&mut self, params: &PoolParams) {
        let more = if self.share_class() == ShareClass::Insurance { Self::GRID } else { 0 };
        let earliest = self.requested_at.saturating_add(params.fill_delay.into()).saturating_add_unsigned(more);
        self.minute = Self::grid_time(earliest.saturating_add_unsigned(Self::GRID).saturating_sub(1));
    }

    /// Checks the layout version. Errors: `WrongVersion`.
    pub(super) fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Returns the place of a withdrawal in the class's queue; `None` for a deposit.
    pub fn place(&self) -> Option<u64> {
        (!self.is_deposit()).then_some(self.number)
    }

    /// Returns whether this is a deposit.
    pub const fn is_deposit(&self) -> bool {
        self.number == Self::NO_PLACE
    }

    /// Returns whether nothing of it waits any more, where `first` is the place of the first withdrawal in the queue: its account is closed
    /// when what is payable has been claimed. A withdrawal without shares stays until the queue has passed it.
    pub const fn is_over(&self, first: u64) -> bool {
        self.shares == 0 && self.deposit == 0 && (self.is_deposit() || self.number < first)
    }

    /// Returns whether this is a withdrawal that has left the queue of `first` and next place with shares: only its owner can go on.
    pub const fn has_left(&self, first: u64) -> bool {
        !self.is_deposit() && self.shares > 0 && self.number < first
    }

    /// Returns the unix seconds from which a withdrawal may be executed. The shorter of the cooldown at the request and the pool's
    /// present one, `cooldown` in seconds, counts.
    pub fn ready(&self, cooldown: i64) -> i64 {
        self.ready_at.min(self.requested_at.saturating_add(cooldown))
    }

    /// Returns the last unix second at which a deposit can be executed.
    pub const fn deadline(&self) -> i64 {
        self.minute.saturating_add(Self::GRID_WINDOW)
    }

    /// Returns the class of the shares.
    pub const fn share_class(&self) -> ShareClass {
        if self.class == 0 { ShareClass::Main } else { ShareClass::Insurance }
    }

    /// Returns the last full minute, of `now` and in unix seconds.
    pub fn grid_time(now: i64) -> i64 {
        let now = now.max(0);
        now.saturating_sub_unsigned(now.unsigned_abs().checked_rem(Self::GRID).unwrap_or(0))
    }

    /// Returns [`Self::grid_time`], if `now` is near enough to it. Errors: `OffGrid`.
    pub fn check_grid(now: i64) -> Result<i64> {
        let minute = Self::grid_time(now);
        let since = now.saturating_sub(minute);
        ensure!(since <= Self::GRID_WINDOW, OffGrid, "{} s after a full minute, at most {}", since, Self::GRID_WINDOW);
        Ok(minute)
    }

    /// Records that the queue goes on without it at `now`, in unix seconds, and returns whether it may wait at its end. Passes within one minute count
    /// as one, so that nobody is thrown out at one price.
    pub fn pass(&mut self, now: i64) -> bool {
        let moment = Self::grid_time(now);
        if moment > self.passed_at {
            self.passed_at = moment;
            self.passes = self.passes.saturating_add(1);
        }
        self.passes < Self::MOST_PASSES
    }

    /// Turns `shares` into `amount` native units payable. The least and the most that the remaining shares may pay fall in proportion,
    /// rounded down.
    pub fn execute(&mut self, shares: u64, amount: Native) -> Result<()> {
        let rest = self.shares.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        self.least = Native(self.least).mul_div(rest, self.shares, Rounding::Floor).program()?.0;
        if self.worth_at_request != u64::MAX {
            let worth = Native(self.worth_at_request).mul_div(rest, self.shares, Rounding::Floor).program()?;
            self.worth_at_request = worth.0;
        }
        self.shares = rest;
        self.payable = self.payable.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }
}
