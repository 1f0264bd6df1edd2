//! What is traded, in the same words for quotes, trades and orders: one option, a strategy, legs of one's own.

use super::{
    legs::Legs,
    option::{ContractArgs, Portion, SizeArgs, Strike},
    parse::{address, basis_points, seconds, series_id, tokens},
};
use crate::failure::Usage;
use clap::{ArgGroup, Args, Subcommand};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, convert::Decimal, evergreen::state::SeriesId};

/// What is traded; `E` are the options of the command.
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

/// Account, trade, and options of the command.
#[derive(Args, Clone, Debug)]
pub struct SpecArgs<S: Args, E: Args> {
    /// In which account of which pool.
    #[command(flatten)]
    pub account: AccountArgs,
    /// What.
    #[command(flatten)]
    pub what: S,
    /// Options of the command.
    #[command(flatten)]
    pub options: E,
}

/// In which account of which pool.
#[derive(Args, Clone, Debug)]
pub struct AccountArgs {
    /// The pool: name, mint or address. Without it a quote compares the pools of the market file, and a trade takes the best of them
    #[arg(long, short, env = "EVERGREEN_POOL", hide_env_values = true)]
    pub pool: Option<String>,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    pub account: u16,
    /// The account's owner, of whom the keypair is the delegate
    #[arg(long, value_parser = address)]
    pub owner: Option<Pubkey>,
}

impl AccountArgs {
    /// The pool that was named.
    ///
    /// # Errors
    /// [`Usage`] where none was.
    pub fn named(&self) -> Result<&str, Usage> {
        self.pool.as_deref().ok_or_else(|| Usage("say in which pool: --pool".into()))
    }
}

/// One option.
#[derive(Args, Clone, Debug)]
pub struct Single {
    #[command(flatten)]
    pub contract: ContractArgs,
    #[command(flatten)]
    pub size: SizeArgs,
}

/// Underlying and tenor of several options.
#[derive(Args, Clone, Debug)]
pub struct MarketArgs {
    /// BTC or ETH
    #[arg(long, short = 'U')]
    pub underlying: String,
    /// Tenor: how far their time value looks ahead; the options themselves do not expire
    #[arg(long, default_value = "7d", value_parser = seconds)]
    pub tenor: u32,
}

/// Both sides of one strike.
#[derive(Args, Clone, Debug)]
pub struct Straddle {
    #[command(flatten)]
    pub market: MarketArgs,
    /// Dollars, or atm, or a distance from the price: +5%, -10%
    #[arg(long, allow_hyphen_values = true, default_value = "atm")]
    pub strike: Strike,
    /// Size of each option
    #[command(flatten)]
    pub size: SizeArgs,
    /// Write both instead of buying them
    #[arg(long)]
    pub write: bool,
}

/// Two strikes, both bought.
#[derive(Args, Clone, Debug)]
pub struct Strangle {
    #[command(flatten)]
    pub wings: CollarArgs,
    /// Write both instead of buying them
    #[arg(long)]
    pub write: bool,
}

/// A put and a call above it.
#[derive(Args, Clone, Debug)]
pub struct CollarArgs {
    #[command(flatten)]
    pub market: MarketArgs,
    /// Strike of the put: dollars, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE", default_value = "-5%")]
    pub put: Strike,
    /// Strike of the call: dollars, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE", default_value = "+5%")]
    pub call: Strike,
    /// Size of each option
    #[command(flatten)]
    pub size: SizeArgs,
}

/// Two strikes of one kind.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("kind").required(true).args(["call", "put"])))]
pub struct Vertical {
    #[command(flatten)]
    pub market: MarketArgs,
    /// Calls
    #[arg(long)]
    pub call: bool,
    /// Puts
    #[arg(long)]
    pub put: bool,
    /// Strike that is bought: dollars, atm, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE")]
    pub buy: Strike,
    /// Strike that is written: dollars, atm, or a distance from the price
    #[arg(long, allow_hyphen_values = true, value_name = "STRIKE")]
    pub write: Strike,
    /// Size of each option
    #[command(flatten)]
    pub size: SizeArgs,
}

/// From what to what.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("what").required(true).multiple(true).args(["strike", "tenor"])))]
pub struct Roll {
    /// The position to close, as `evergreen positions` names it: SLOT:GENERATION
    #[arg(long, value_parser = series_id)]
    pub series: SeriesId,
    /// Strike to open: dollars, atm, or a distance from the price; the same otherwise
    #[arg(long, allow_hyphen_values = true)]
    pub strike: Option<Strike>,
    /// Tenor to open; the same otherwise
    #[arg(long, value_parser = seconds)]
    pub tenor: Option<u32>,
    /// How much of the position: 0.1, 0.1BTC, 50% or half; all of it otherwise
    #[arg(long, value_name = "SIZE|SHARE")]
    pub size: Option<Portion>,
}

/// What a trade wants to know beside its legs.
#[derive(Args, Clone, Debug)]
pub struct TradeArgs {
    /// Tokens to pay in from the wallet first; of a covered write what covers it, otherwise
    #[arg(long, value_name = "TOKENS", value_parser = tokens)]
    pub deposit: Option<Decimal>,
    /// How much worse than its quote the result may be at the price that fills it: 1%, 100bps
    #[arg(long, default_value = "1%", value_parser = basis_points)]
    pub slippage: u16,
    /// Least change of cash accepted, all legs and fees together, instead of --slippage: -1.5 pays 1.5 tokens at most
    #[arg(long, value_name = "TOKENS", allow_hyphen_values = true, value_parser = tokens)]
    pub min_net: Option<Decimal>,
    /// How long the options are going to be held: so much of their funding counts where pools are compared
    #[arg(hide_short_help = true, long, value_name = "TIME", default_value = "1d", value_parser = seconds)]
    pub held: u32,
    /// Break-even prices also after so many days of funding at today's
    #[arg(hide_short_help = true, long = "after-days", value_name = "DAYS", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=3650))]
    pub days: u32,
}

/// What a trade wants to know that is sent.
#[derive(Args, Clone, Debug)]
pub struct CommitArgs {
    /// As a quote.
    #[command(flatten)]
    pub trade: TradeArgs,
    /// Only commit the trade and leave filling it to keepers, or to `evergreen fill`
    #[arg(long)]
    pub no_fill: bool,
}

impl AsRef<TradeArgs> for CommitArgs {
    fn as_ref(&self) -> &TradeArgs {
        &self.trade
    }
}

impl AsRef<Self> for TradeArgs {
    fn as_ref(&self) -> &Self {
        self
    }
}

/// Something of the arguments, whatever is traded.
macro_rules! in_any {
    ($spec:expr, $args:ident => $what:expr) => {
        match $spec {
            TradeSpec::Buy($args) | TradeSpec::Sell($args) | TradeSpec::CoveredWrite($args) => $what,
            TradeSpec::Straddle($args) => $what,
            TradeSpec::Strangle($args) => $what,
            TradeSpec::Vertical($args) => $what,
            TradeSpec::Collar($args) => $what,
            TradeSpec::Roll($args) => $what,
            TradeSpec::Legs($args) => $what,
        }
    };
}

impl<E: Args> TradeSpec<E> {
    /// In which account of which pool.
    pub const fn account(&self) -> &AccountArgs {
        in_any!(self, args => &args.account)
    }

    /// Options of the command.
    pub const fn options(&self) -> &E {
        in_any!(self, args => &args.options)
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
}
