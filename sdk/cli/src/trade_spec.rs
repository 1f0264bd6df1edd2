//! What is traded, in the same words for quotes, trades and orders: one option, a strategy, legs of one's own.

mod legs;

use legs::Legs;

use crate::{
    amount::seconds,
    commands::series_id,
    context::{Context, PoolContext},
    failure::advised,
    option::{ContractArgs, SizeArgs, Strike, points_of},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::MarginAccount,
    math::{Points, Seconds, option::OptionKind},
    strategy::{Contract, ContractTerms, Part, Strategy},
};

/// What is traded; `E` is what else the command wants to know.
#[derive(Subcommand, Clone, Debug)]
pub enum TradeSpec<E: Args> {
    /// Buy an option
    #[command(after_help = "For instance: ... buy --pool TSLA.M --underlying BTC --call --strike atm --size 0.1BTC")]
    Buy(SpecArgs<Single, E>),
    /// Sell what is held of an option, write beyond that
    Sell(SpecArgs<Single, E>),
    /// Buy a call and a put on one strike: gains from a large move either way
    #[command(after_help = "For instance: ... straddle --pool TSLA.M --underlying BTC --size 0.1BTC")]
    Straddle(SpecArgs<Straddle, E>),
    /// Buy a put below and a call above: cheaper than a straddle, needs a larger move
    #[command(
        after_help = "For instance: ... strangle --pool TSLA.M --underlying BTC --put -5% --call +5% --size 0.1BTC"
    )]
    Strangle(SpecArgs<Strangle, E>),
    /// Buy one strike and write another of the same kind: a view on direction with a bounded gain
    #[command(
        after_help = "For instance: ... vertical --pool TSLA.M --underlying BTC --call --buy 100000 --write 105000 --size 0.1BTC"
    )]
    Vertical(SpecArgs<Vertical, E>),
    /// Buy a put below and write a call above: the call pays for the floor
    #[command(
        after_help = "For instance: ... collar --pool TSLA.M --underlying BTC --put 95000 --call 105000 --size 0.1BTC"
    )]
    Collar(SpecArgs<CollarArgs, E>),
    /// Close an open position and open another strike or tenor
    #[command(after_help = "For instance: ... roll --pool TSLA.M --series 0:1 --strike +5% --tenor 30d")]
    Roll(SpecArgs<Roll, E>),
    /// Write an option that cash covers to its cap: no price can liquidate it
    #[command(
        after_help = "For instance: ... covered-write --pool TSLA.M --underlying BTC --call --strike +5% --size 0.1BTC"
    )]
    CoveredWrite(SpecArgs<Single, E>),
    /// One to four legs of one's own
    #[command(
        after_help = "For instance: ... legs --pool TSLA.M --leg \"+0.1BTC call 100000 7d\" --leg \"-0.05BTC put 95000\""
    )]
    Legs(SpecArgs<Legs, E>),
}

/// Where, what, and what else.
#[derive(Args, Clone, Debug)]
pub struct SpecArgs<S: Args, E: Args> {
    /// Where.
    #[command(flatten)]
    place: Place,
    /// What.
    #[command(flatten)]
    what: S,
    /// What else.
    #[command(flatten)]
    extra: E,
}

/// In which account of which pool.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pub pool: String,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// The account's owner, of whom the keypair is the delegate
    #[arg(long)]
    pub owner: Option<Pubkey>,
}

/// One option.
#[derive(Args, Clone, Debug)]
pub struct Single {
    #[command(flatten)]
    contract: ContractArgs,
    #[command(flatten)]
    size: SizeArgs,
}

/// Underlying and tenor of several options.
#[derive(Args, Clone, Debug)]
struct MarketArgs {
    /// BTC or ETH
    #[arg(long, short = 'U')]
    underlying: String,
    /// Tenor: how far their time value looks ahead; the options themselves do not expire
    #[arg(long, default_value = "7d", value_parser = seconds)]
    tenor: u32,
}

/// Both sides of one strike.
#[derive(Args, Clone, Debug)]
pub struct Straddle {
    #[command(flatten)]
    market: MarketArgs,
    /// Dollars, or atm, or a distance from the price: +5%, -10%
    #[arg(long, allow_hyphen_values = true, default_value = "atm")]
    strike: Strike,
    /// Size of each option
    #[command(flatten)]
    size: SizeArgs,
    /// Write both instead of buying them
    #[arg(long)]
    write: bool,
}

/// Two strikes, both bought.
#[derive(Args, Clone, Debug)]
pub struct Strangle {
    #[command(flatten)]
    wings: CollarArgs,
    /// Write both instead of buying them
    #[arg(long)]
    write: bool,
}

/// A put and a call above it.
#[derive(Args, Clone, Debug)]
pub struct CollarArgs {
    #[command(flatten)]
    market: MarketArgs,
    /// Strike of the put: dollars, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE", default_value = "-5%")]
    put: Strike,
    /// Strike of the call: dollars, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE", default_value = "+5%")]
    call: Strike,
    /// Size of each option
    #[command(flatten)]
    size: SizeArgs,
}

/// Two strikes of one kind.
#[derive(Args, Clone, Debug)]
pub struct Vertical {
    #[command(flatten)]
    market: MarketArgs,
    /// Calls
    #[arg(long, required_unless_present = "put", conflicts_with = "put")]
    call: bool,
    /// Puts
    #[arg(long)]
    put: bool,
    /// Strike that is bought: dollars, atm, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE")]
    buy: Strike,
    /// Strike that is written: dollars, atm, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE")]
    write: Strike,
    /// Size of each option
    #[command(flatten)]
    size: SizeArgs,
}

/// From what to what.
#[derive(Args, Clone, Debug)]
pub struct Roll {
    /// The position to close, as `evergreen positions` names it: SLOT:GENERATION
    #[arg(long)]
    series: String,
    /// Strike to open: dollars, atm, or a distance from the price; the same otherwise
    #[arg(long, allow_hyphen_values = true, required_unless_present = "tenor")]
    strike: Option<Strike>,
    /// Tenor to open; the same otherwise
    #[arg(long, value_parser = seconds)]
    tenor: Option<u32>,
    /// How much of the position, in coins: 0.1, or 0.1BTC; all of it otherwise
    #[arg(long)]
    size: Option<String>,
}

/// Something of the form, whatever its shape.
macro_rules! in_any {
    ($shape:expr, $form:ident => $what:expr) => {
        match $shape {
            TradeSpec::Buy($form) | TradeSpec::Sell($form) | TradeSpec::CoveredWrite($form) => $what,
            TradeSpec::Straddle($form) => $what,
            TradeSpec::Strangle($form) => $what,
            TradeSpec::Vertical($form) => $what,
            TradeSpec::Collar($form) => $what,
            TradeSpec::Roll($form) => $what,
            TradeSpec::Legs($form) => $what,
        }
    };
}

impl<E: Args> TradeSpec<E> {
    /// Where.
    pub const fn place(&self) -> &Place {
        in_any!(self, form => &form.place)
    }

    /// What else.
    pub const fn extra(&self) -> &E {
        in_any!(self, form => &form.extra)
    }

    /// Its name on the command line.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Buy(_) => "buy",
            Self::Sell(_) => "sell",
            Self::Straddle(_) => "straddle",
            Self::Strangle(_) => "strangle",
            Self::Vertical(_) => "vertical",
            Self::Collar(_) => "collar",
            Self::Roll(_) => "roll",
            Self::CoveredWrite(_) => "covered-write",
            Self::Legs(_) => "legs",
        }
    }

    /// Its legs in a pool, at the prices of now; `account` is the one that trades, if it is there.
    ///
    /// # Errors
    /// [`Usage`]; a missing price; a position to roll that is not there.
    pub fn strategy(&self, pool: &PoolContext, account: Option<&MarginAccount>) -> Result<Strategy> {
        Ok(match self {
            Self::Buy(form) => form.what.bought(pool)?,
            Self::Sell(form) => form.what.bought(pool)?.reversed()?,
            Self::CoveredWrite(form) => {
                let (contract, size) = form.what.read(pool)?;
                Strategy::covered_write(contract.terms, contract.kind, contract.strike, size)?
            }
            Self::Straddle(form) => {
                let Straddle { market, strike, size, write } = &form.what;
                let (market, size) = market.read(pool, size)?;
                let bought = Strategy::straddle(market, strike.of(pool, market.underlying)?, size)?;
                if *write { bought.reversed()? } else { bought }
            }
            Self::Strangle(form) => {
                let (market, put, call, size) = form.what.wings.read(pool)?;
                let bought = Strategy::strangle(market, put, call, size)?;
                if form.what.write { bought.reversed()? } else { bought }
            }
            Self::Vertical(form) => {
                let Vertical { market, put, buy, write, size, .. } = &form.what;
                let (market, size) = market.read(pool, size)?;
                let kind = if *put { OptionKind::Put } else { OptionKind::Call };
                let strike = |strike: &Strike| strike.of(pool, market.underlying);
                Strategy::vertical(market, kind, strike(buy)?, strike(write)?, size)?
            }
            Self::Collar(form) => {
                let (market, put, call, size) = form.what.read(pool)?;
                Strategy::collar(market, put, call, size)?
            }
            Self::Roll(form) => form.what.strategy(pool, account)?,
            Self::Legs(form) => form.what.strategy(pool)?,
        })
    }
}

impl Place {
    /// Pool, owner and account for the key that signs; the account may not be there yet, but that of somebody else has to.
    ///
    /// # Errors
    /// Failures of the network; an owner without account.
    pub async fn read(
        &self,
        context: &Context,
        signer: Pubkey,
    ) -> Result<(PoolContext, Pubkey, Option<Box<MarginAccount>>)> {
        let pool = context.pool(&self.pool).await?;
        let owner = self.owner.unwrap_or(signer);
        let account = context.find::<MarginAccount>(&pool.account_key(&owner, self.account)).await?;
        if owner != signer && account.is_none() {
            let message = format!("{owner} has no account {} in the pool {}", self.account, pool.name);
            return Err(advised(message, "its owner opens it, and names the delegate: evergreen account delegate KEY"));
        }
        Ok((pool, owner, account))
    }
}

impl Single {
    fn read(&self, pool: &PoolContext) -> Result<(Contract, Points)> {
        let contract = self.contract.contract(pool)?;
        Ok((contract, self.size.points(pool, &pool.symbol(contract.terms.underlying))?))
    }

    fn bought(&self, pool: &PoolContext) -> Result<Strategy> {
        let (contract, points) = self.read(pool)?;
        Ok(Strategy { legs: vec![Part { contract, points }] })
    }
}

impl MarketArgs {
    fn read(&self, pool: &PoolContext, size: &SizeArgs) -> Result<(ContractTerms, Points)> {
        let underlying = pool.underlying(&self.underlying)?;
        let market = ContractTerms { underlying, tenor: Seconds(self.tenor) };
        Ok((market, size.points(pool, &pool.symbol(underlying))?))
    }
}

impl CollarArgs {
    fn read(&self, pool: &PoolContext) -> Result<(ContractTerms, u64, u64, Points)> {
        let (market, size) = self.market.read(pool, &self.size)?;
        let strike = |strike: Strike| strike.of(pool, market.underlying);
        Ok((market, strike(self.put)?, strike(self.call)?, size))
    }
}

impl Roll {
    fn strategy(&self, pool: &PoolContext, account: Option<&MarginAccount>) -> Result<Strategy> {
        let id = series_id(&self.series)?;
        let none = || advised(format!("there is no position on series {}", self.series), "see `evergreen positions`");
        let account = account.ok_or_else(none)?;
        let held = account.find(id).map(|place| account.positions[place].points).ok_or_else(none)?;
        let from = Contract::of(&pool.view.registry, id).ok_or_else(none)?;
        let underlying = from.terms.underlying;
        let wanted = match &self.size {
            Some(size) => points_of(pool, size, &pool.symbol(underlying))?.0,
            None => i64::MAX,
        };
        let points = held.signum().saturating_mul(wanted.min(held.saturating_abs()));
        let to = Contract {
            terms: ContractTerms { underlying, tenor: self.tenor.map_or(from.terms.tenor, Seconds) },
            kind: from.kind,
            strike: self.strike.map_or(Ok(from.strike), |strike| strike.of(pool, underlying))?,
        };
        Ok(Strategy::roll(&pool.view.registry, (id, Points(points)), to)?)
    }
}
