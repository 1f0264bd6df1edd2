//! What a proposal changes: the account, the checks against its present state, the change.

use crate::{
    ensure,
    errors::EvergreenError,
    instructions::common::{max_ages, read},
    oracle::{self, PriceUse, Publication},
    state::{Change, MAX_UNDERLYINGS, Pool, Proposal, Protocol, Underlying, UnderlyingParams, take_proposal_number},
};
use anchor_lang::{error::ErrorCode, prelude::*};
use evergreen_math::{BasisPoints, Dollars, UnixTime};

/// The account that a proposal changes.
pub(in crate::instructions) enum Target<'info> {
    Protocol(AccountLoader<'info, Protocol>),
    Pool(AccountLoader<'info, Pool>),
    Underlying(AccountLoader<'info, Underlying>),
}

/// What is done with a change when it is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(in crate::instructions) enum Step {
    /// It is proposed.
    Proposal,
    /// It is announced or made.
    Execution,
}

/// Returns the present price, in dollars, at which quotes of an underlying are compared when its parameters change; the first of `others` is its account. It is judged by the new
/// parameters, so that no old ones can keep them out for lack of a price. The sample that is due has to be taken before: otherwise whoever makes the change would choose by which parameters
/// it counts.
///
/// Errors: `MarketAccountMissing`, `PriceStale` where it is older than [`Proposal::PRICE_AGE`], `PriceUncertain` unless it is fresh, `SampleDue`, and those of [`oracle::read`].
#[inline(never)]
fn present_price<'info>(
    underlying: &Underlying,
    params: &UnderlyingParams,
    others: &'info [AccountInfo<'info>],
    now: UnixTime,
) -> Result<Dollars> {
    let account = others.first().ok_or(EvergreenError::MarketAccountMissing)?;
    let judged = Box::new(Underlying { params: *params, ..*underlying });
    let price = oracle::read_account(account, &judged, Publication::Recent, now)?;
    let age = now.0.saturating_sub(price.published.0);
    ensure!(age <= Proposal::PRICE_AGE, PriceStale, "age {} s, at most {} s", age, Proposal::PRICE_AGE);
    price.band_for(PriceUse::AddRisk, BasisPoints(params.spread_conf_bps))?;
    let due = oracle::sample_due(underlying, Publication::Recent, price.published, now);
    let last = underlying.sample_time;
    let moment = due.unwrap_or(last);
    ensure!(moment <= last, SampleDue, "sample of {} is due, last taken {}", moment, last);
    Ok(price.spot)
}

impl<'info> Target<'info> {
    /// The first remaining account, which must be of the type that the change is for, and the others.
    pub fn open(
        change: &Change,
        remaining: &'info [AccountInfo<'info>],
    ) -> Result<(Self, &'info AccountInfo<'info>, &'info [AccountInfo<'info>])> {
        let (account, others) = remaining.split_first().ok_or(ErrorCode::AccountNotEnoughKeys)?;
        let target = match change {
            Change::PoolParams(_) | Change::ResumePool | Change::Curator(_) => {
                Self::Pool(AccountLoader::try_from(account)?)
            }
            Change::UnderlyingParams(_) | Change::PriceSource { .. } => {
                Self::Underlying(AccountLoader::try_from(account)?)
            }
            _ => Self::Protocol(AccountLoader::try_from(account)?),
        };
        Ok((target, account, others))
    }

    /// Checks that the key may propose changes of this account, and takes number `id` of the proposals that `queue` counts; the proposal is ready at `ready_at`, both
    /// in unix seconds. A curated pool counts its own, so that nobody holds up the proposals of others.
    ///
    /// Errors: `WrongVersion`, `Unauthorized`, `ProposalWrongTarget` unless `queue` is what counts them, `WrongNumber`.
    #[inline(never)]
    pub fn open_proposal(
        &self,
        protocol: &AccountLoader<'info, Protocol>,
        (proposer, queue): (&Pubkey, &Pubkey),
        (id, ready_at, now): (u64, i64, i64),
    ) -> Result<()> {
        if let Self::Pool(pool) = self
            && pool.load()?.is_curated()
        {
            let protocol = protocol.load()?;
            pool.load()?.check_curator(&protocol, proposer)?;
            ensure!(*queue == pool.key(), ProposalWrongTarget);
            let mut pool = pool.load_mut()?;
            pool.let_everybody_leave(ready_at, now);
            return take_proposal_number(&mut pool.next_proposal, id);
        }
        protocol.load()?.check_admin(proposer)?;
        ensure!(*queue == protocol.key(), ProposalWrongTarget);
        take_proposal_number(&mut protocol.load_mut()?.next_proposal, id)
    }

    /// Version of its configuration that the change is made for.
    pub fn version(&self, change: &Change) -> Result<u32> {
        Ok(match self {
            Self::Protocol(protocol) => {
                let protocol = read(protocol)?;
                protocol.config_version
            }
            Self::Pool(pool) => {
                let pool = read(pool)?;
                pool.version_for(change)
            }
            Self::Underlying(underlying) => {
                let underlying = read(underlying)?;
                underlying.config_version
            }
        })
    }

    /// Checks the change in full, as it would be made now. For parameters of a pool returns the oldest prices that its
    /// fees cover.
    ///
    /// Parameters of an underlying are judged by quotes at the price of the last sample where they are proposed, and at the present one where they are made.
    #[inline(never)]
    pub fn check(
        &self,
        change: &Change,
        others: &'info [AccountInfo<'info>],
        step: Step,
        now: UnixTime,
    ) -> Result<[u32; MAX_UNDERLYINGS]> {
        change.check()?;
        match (self, change) {
            (Self::Pool(pool), Change::PoolParams(params)) => {
                let pool = pool.load()?;
                pool.check_premium(params)?;
                if pool.is_curated() {
                    params.check_curated(pool.decimals, pool.is_private())?;
                }
                let listed = pool.underlyings.iter().take(usize::from(pool.underlying_count));
                ensure!(others.len() == listed.len(), MarketAccountMissing);
                ensure!(listed.zip(others).all(|(entry, info)| entry.key == *info.key), UnknownUnderlying);
                return max_ages(params, others);
            }
            (Self::Pool(pool), Change::ResumePool) => pool.load()?.check_halted()?,
            (Self::Underlying(underlying), Change::UnderlyingParams(params)) => {
                let underlying = underlying.load()?;
                let price = match step {
                    Step::Proposal => underlying.sample_price.dollars(),
                    Step::Execution => present_price(&underlying, params, others, now)?,
                };
                underlying.check_params(params, price, now)?;
            }
            (Self::Underlying(underlying), Change::PriceSource { source, price_owner }) => {
                // The new source must have a price: a wrong owner shows here, not in the first trade.
                let price = others.first().ok_or(EvergreenError::MarketAccountMissing)?;
                let mut changed = Box::new(*underlying.load()?);
                changed.set_price_source(*source, *price_owner)?;
                oracle::read_account(price, &changed, Publication::Recent, now)?;
            }
            _ => {}
        }
        Ok([0; MAX_UNDERLYINGS])
    }

    /// Makes a change that has been checked.
    #[inline(never)]
    pub fn make(&self, change: &Change, max_ages: [u32; MAX_UNDERLYINGS], now: UnixTime) -> Result<()> {
        match self {
            Self::Protocol(protocol) => protocol.load_mut()?.make(change, now.0),
            Self::Pool(pool) => {
                let mut pool = pool.load_mut()?;
                match change {
                    Change::PoolParams(params) => pool.set_params(params, max_ages, now.0),
                    Change::Curator(key) => pool.name_curator(key, now.0),
                    _ => pool.resume(now.0),
                }
            }
            Self::Underlying(underlying) => {
                let mut underlying = underlying.load_mut()?;
                match change {
                    Change::UnderlyingParams(params) => underlying.set_params(params, now),
                    Change::PriceSource { source, price_owner } => {
                        underlying.configured_at = now.0;
                        underlying.set_price_source(*source, *price_owner)
                    }
                    _ => Ok(()),
                }
            }
        }
    }
}
