//! A commitment, before somebody fills it.

use super::{AccountQuote, LegQuote, PoolView, Result};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    Leg, OptionLeg,
    engine::{self, CommitmentOutcome, Direction, MarketContext, PoolEngine, TradeRequest},
    oracle::{PriceUse, Publication},
    state::{CancelReason, Commitment, MarginAccount, Order, Pool, SeriesRegistry},
};

/// What comes of a commitment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FillResolution {
    /// It is filled.
    Filled {
        /// Change of cash by all legs, fees included, native units; negative is paid.
        net: i64,
        /// The legs.
        legs: Vec<LegQuote>,
        /// Whether it adds risk or only reduces it.
        direction: Direction,
    },
    /// It is over, and no position changes.
    Cancelled {
        /// Why.
        reason: CancelReason,
        /// Number of the error that says which rule of a trade would be broken; zero where none.
        error: u32,
        /// Fee that it costs the account, native units; what the stake of somebody else pays is no part of it.
        fee: u64,
        /// What the account cannot pay of twice the fee of its trade, native units; it is in arrears with it.
        arrears: u64,
    },
}

/// What filling a commitment comes to, and how account and pool stand afterwards.
///
/// ```
/// use evergreen_sdk::quote::{FillQuote, FillResolution};
///
/// /// The sentence that a trader reads.
/// fn sentence(quote: &FillQuote) -> String {
///     match &quote.resolution {
///         FillResolution::Filled { net, .. } => format!("filled: {net} units"),
///         FillResolution::Cancelled { reason, fee, .. } => format!("not filled ({reason:?}), {fee} units of fee"),
///     }
/// }
/// ```
#[derive(Clone)]
pub struct FillQuote {
    /// What comes of it.
    pub resolution: FillResolution,
    /// What whoever fills it gets, native units, losses by seizure taken off.
    pub tip: u64,
    /// The account afterwards; `None` if a price that it needs is missing, which ends a commitment all the same.
    pub after: Option<AccountQuote>,
    /// The margin account afterwards, byte for byte, if somebody else's account receives the tip.
    pub account_after: Box<MarginAccount>,
    /// The pool afterwards, byte for byte.
    pub pool_after: Box<Pool>,
    /// The registry afterwards, byte for byte.
    pub registry_after: Box<SeriesRegistry>,
}

/// A trade from its commitment to its fill:
///
/// ```
/// use evergreen_sdk::{evergreen::{Leg, engine::TradeRequest}, quote::FillResolution, testing::scene::Scene};
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let legs = vec![Leg { series: scene.series[0], points: 1_000 }];
/// let expected = scene.view.trade(&account, &legs)?;
/// let request = TradeRequest { legs, closing: 0, min_net: 2 * expected.net };
/// let committed = scene.view.commit(&account, &request)?;
/// // Nobody knows the price yet. Later the first one published after the commitment decides.
/// let mut later = scene.after(i64::from(scene.view.pool.params.fill_delay) + 1)?;
/// (later.view.pool, later.view.registry) = (committed.pool, committed.registry);
/// let filled = later.view.fill(&committed.account, None)?;
/// assert!(matches!(filled.resolution, FillResolution::Filled { .. }));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the legs as the program wants them from a trader: by the options' names.
    ///
    /// # Errors
    /// [`QuoteError::Refused`](super::QuoteError::Refused) with `UnknownSeries`.
    pub fn named(&self, legs: &[Leg]) -> Result<Vec<OptionLeg>> {
        let named = |leg: &Leg| Ok(OptionLeg { option: self.registry.option(leg.series)?, points: leg.points });
        legs.iter().map(named).collect()
    }

    /// Commits a trade on copies of account, pool and registry, as the program would now.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): whatever the program would refuse.
    pub fn commit(&self, account: &MarginAccount, request: &TradeRequest) -> Result<Committed> {
        let mut changed = self.opened(account)?;
        self.check_allowed(Direction::of(&request.legs, &changed))?;
        let mut scratch = self.scratch();
        let key = self.account_key(account);
        let (pool, registry) = (&mut scratch.pool, &mut scratch.registry);
        let uncovered = engine::commit_trade(pool, registry, (&mut changed, &key), request, self.now)?;
        if uncovered {
            let places = self.needed(&changed, [])?;
            let market = self.market(PriceUse::AddRisk, &places)?;
            let mut engine = PoolEngine::open(&mut scratch.pool, &mut scratch.registry, &market, &mut changed, &key)?;
            engine.owe(&mut changed, &key)?;
            engine.check_initial_health(&changed)?;
        }
        changed.take_number(account.next_order)?;
        Ok(Committed { account: changed, pool: scratch.pool, registry: scratch.registry, uncovered })
    }

    /// As [`Self::commit`], where `trader` signs it: what the trade of a delegate may cost is held of their allowance.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): whatever the program would refuse, `Unauthorized`, `AllowanceExceeded` and `DelegateRests` among it.
    pub fn commit_for(&self, trader: &Pubkey, account: &MarginAccount, request: &TradeRequest) -> Result<Committed> {
        account.check_trader(trader)?;
        let mut done = self.commit(account, request)?;
        if *trader != account.owner {
            engine::charge_delegate(&done.pool, &done.registry, &mut done.account, self.now)?;
        }
        Ok(done)
    }

    /// Returns the moment after which the price that fills a commitment is published, unix seconds.
    pub fn price_moment(&self, commitment: &Commitment) -> i64 {
        commitment.committed_at.saturating_add(commitment.fill_delay.into())
    }

    /// Returns what filling the commitment of an account comes to, at the prices here; `order` is the one that it comes from. Volatility samples that it has to
    /// wait for count as taken, as far as their prices are known ([`Self::samples_to_fill`]).
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError): whatever the program would refuse, `NothingCommitted` and `PriceNotFirst` among it.
    pub fn fill(&self, account: &MarginAccount, order: Option<&Order>) -> Result<FillQuote> {
        let mut scratch = self.scratch();
        let mut changed = self.opened(account)?;
        let commitment = changed.commitment;
        commitment.check_open()?;
        commitment.check_order(order.map(|order| order.number))?;
        let market = match self.needed_to_fill(&changed)? {
            places if places.is_empty() => MarketContext::without_prices(self.now),
            places => {
                let wanted = self.ended_by(&commitment, &places);
                let view = self.with_samples(&self.samples_to_fill(account))?;
                view.market_with(wanted, PriceUse::ReduceRisk, &places)?
            }
        };
        let mut engine = PoolEngine::new(&mut scratch.pool, &mut scratch.registry, &market)?;
        let key = self.account_key(account);
        let outcome = engine.fill_commitment(&mut changed, &key)?;
        let resolution = FillResolution::of(&engine, account, &outcome)?;
        let waits_on = matches!(&outcome, CommitmentOutcome::Cancelled { reason, .. } if reason.lets_order_wait());
        let mut filler = self.empty_account();
        let reason = if let CommitmentOutcome::Cancelled { reason, .. } = &outcome { Some(*reason) } else { None };
        if reason.is_none() {
            engine.pool.pay_tip(&mut changed, evergreen_math::Native(commitment.bond))?;
        }
        let forfeited = match &outcome {
            CommitmentOutcome::Cancelled { forfeited, .. } => forfeited.0,
            CommitmentOutcome::Filled(_) => 0,
        };
        let stake = evergreen_math::Native(commitment.stake.saturating_sub(forfeited));
        engine.pool.pay_tip(&mut filler, stake)?;
        let earned = match reason {
            None => true,
            Some(reason) => !commitment.is_staked() && reason.pays_filler(order.is_some()),
        };
        let tip = match order {
            None if !earned => {
                engine.pool.pay_tip(&mut changed, evergreen_math::Native(commitment.tip))?;
                0
            }
            None => {
                engine.pool.pay_tip(&mut filler, evergreen_math::Native(commitment.tip))?;
                commitment.tip
            }
            Some(_) if waits_on => 0,
            Some(order) => {
                let tip = engine.pool.close_order(order, &mut changed, earned.then_some(&mut filler))?.0;
                if earned { tip } else { 0 }
            }
        };
        if commitment.held != 0 {
            engine::settle_allowance(&mut changed, &commitment, &outcome, evergreen_math::Native(tip))?;
        }
        // What the account is worth is worked out on the engine afterwards, which accrues funding that the program does not.
        let (pool_after, registry_after) = (Box::new(*engine.pool), Box::new(*engine.registry));
        let mut settled = changed.clone();
        let after = engine.settle(&mut settled, &key).map_err(Into::into);
        let after = after.and_then(|()| AccountQuote::on(&mut engine, &settled)).ok();
        Ok(FillQuote { resolution, tip, after, account_after: changed, pool_after, registry_after })
    }

    /// Returns which publications of the prices here end a commitment: the first ones after it; where they are not all here and its time is over, any that prove that the first ones are
    /// known.
    fn ended_by(&self, commitment: &Commitment, places: &[u8]) -> Publication {
        let moment = self.price_moment(commitment);
        let (first, proof) = (Publication::FirstAfter(moment), Publication::KnownAfter(moment));
        let are_here = |wanted| places.iter().all(|place| self.publication(*place, wanted).is_ok());
        let is_over = commitment.is_over(self.now).is_ok_and(|is_over| is_over);
        if is_over && !are_here(first) && are_here(proof) { proof } else { first }
    }

    /// Returns the places of the underlyings whose prices fill the commitment of an account: those of its legs and of the live
    /// positions, in rising order. None are needed where an option has been exercised, or where a price has been missing for ten
    /// minutes.
    ///
    /// # Errors
    /// [`QuoteError::Refused`](super::QuoteError::Refused) with `UnknownSeries`.
    pub fn needed_to_fill(&self, account: &MarginAccount) -> Result<Vec<u8>> {
        let live = |leg: &Leg| {
            self.registry.series(leg.series).is_ok_and(|series| series.status() == super::SeriesStatus::Live)
        };
        let legs = account.commitment.legs();
        if !legs.iter().all(live) {
            return Ok(Vec::new());
        }
        let places = self.needed(account, legs.iter().map(|leg| leg.series))?;
        let wanted = Publication::FirstAfter(self.price_moment(&account.commitment));
        let missing = places.iter().any(|place| self.publication(*place, wanted).is_err());
        Ok(if missing && account.commitment.is_abandoned(self.now) { Vec::new() } else { places })
    }
}

/// Account, pool and registry once a trade is committed.
#[derive(Clone)]
pub struct Committed {
    /// The margin account.
    pub account: Box<MarginAccount>,
    /// The pool.
    pub pool: Box<Pool>,
    /// The registry.
    pub registry: Box<SeriesRegistry>,
    /// Whether written options need more than the cash that is left, so that the bond is judged by health.
    pub uncovered: bool,
}

impl FillResolution {
    /// `account` as it was before.
    fn of(engine: &PoolEngine<'_>, account: &MarginAccount, outcome: &CommitmentOutcome) -> Result<Self> {
        Ok(match outcome {
            CommitmentOutcome::Cancelled { reason, error, fee, arrears, forfeited } => {
                let fee = fee.0.saturating_sub(forfeited.0);
                Self::Cancelled { reason: *reason, error: *error, fee, arrears: arrears.0 }
            }
            CommitmentOutcome::Filled(done) => Self::Filled {
                net: done.net.0,
                legs: done.fills.iter().map(|fill| LegQuote::of(engine, account, fill)).collect::<Result<_>>()?,
                direction: Direction::of(&account.committed_legs()?, account),
            },
        })
    }
}

#[cfg(test)]
mod tests;
