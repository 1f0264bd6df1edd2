//! What quotes are asked and what they answer.

use crate::value::Bytes;
use evergreen_sdk::{
    evergreen::{
        OptionLeg,
        state::{CancelReason, OptionId, SeriesId, SeriesSpec, ShareClass},
    },
    math::{Dollars, Ratio},
};

record! {
    /// Asks what a trade comes to. Options need not be listed.
    TradeQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account; left out where it is not open yet.
        account: Option<Bytes>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// One to four legs.
        legs: Vec<OptionLeg>,
    }

    /// An option that has to be listed first.
    SeriesToList {
        /// Place of its underlying in the pool's list.
        underlying: u8,
        /// What `listSeries` takes.
        series: SeriesSpec,
    }

    /// Asks about a margin account.
    AccountQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account.
        account: Bytes,
    }

    /// Asks about an option and a margin account.
    OptionQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account; left out where it is not open yet.
        account: Option<Bytes>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// The option; it need not be listed.
        option: OptionId,
    }

    /// Asks whether a trade can be committed within a limit.
    CommitQuestion {
        /// The pool.
        view: u32,
        /// Bytes of the margin account.
        account: Bytes,
        /// One to four legs.
        legs: Vec<OptionLeg>,
        /// The bit of each leg that must only make a position smaller.
        closing: u8,
        /// Least change of cash accepted, fees included, native units; negative is the most to pay.
        min_net: i64,
    }

    /// Asks about an amount and a class of shares.
    AmountQuestion {
        /// The pool.
        view: u32,
        /// The class.
        class: ShareClass,
        /// Native units of a deposit, shares of a withdrawal.
        amount: u64,
    }

    /// Asks about a class of shares.
    ClassQuestion {
        /// The pool.
        view: u32,
        /// The class.
        class: ShareClass,
    }

    /// A margin account with its funding settled and its exercised positions paid. Amounts are native units.
    AccountState {
        /// Cash.
        cash: i64,
        /// The cash if all positions were closed at the mark, rounded down.
        equity: i64,
        /// Initial health, which must not be negative after adding risk or withdrawing.
        initial_health: i64,
        /// Target health, which a liquidation restores to zero.
        target_health: i64,
        /// Maintenance health; if it is negative anyone may liquidate the account.
        maintenance_health: i64,
        /// Funding that the account pays a day at present prices and carry, rounded up; negative if it receives funding.
        funding_per_day: i64,
        /// The part of it that is carry, rounded up.
        carry_per_day: i64,
        /// Seconds that the cash lasts at present funding, rounded down; null where the account pays none.
        runway: Option<u64>,
    }

    /// What one leg comes to. Amounts are native units and, except fee and notional, changes of cash.
    LegQuote {
        /// The series.
        series: SeriesId,
        /// The option.
        option: OptionId,
        /// Points bought (positive) or sold (negative).
        points: i64,
        /// Points of the position afterwards.
        position: i64,
        /// Mark and spread together, to the unit.
        premium: i64,
        /// Value at the spot price.
        mark: i64,
        /// Cost of the price's uncertainty.
        spread: i64,
        /// Fee, which the account pays.
        fee: u64,
        /// Points times spot, rounded up.
        notional: u64,
        /// Volatility per √year.
        sigma: Ratio,
        /// Price of the underlying, dollars.
        spot: Dollars,
        /// Funding that the points of the leg cost a day at present, rounded up; negative where it is received.
        funding_per_day: i64,
        /// The part of it that is carry, rounded up.
        carry_per_day: i64,
    }

    /// The worst and the best that a trade can bring if every option of it is held until it is exercised or worth nothing, native units, funding
    /// not included: what the account has with the trade, less what it would have without it.
    TradeOutcome {
        /// Worst; negative is a loss.
        worst: i64,
        /// Best; negative is a loss.
        best: i64,
        /// Whether a leg makes an earlier position smaller: what that one would have brought is then counted as lost, or as gained.
        gives_up: bool,
    }

    /// What a trade comes to at the prices of now. Amounts are native units.
    TradeQuote {
        /// Change of cash by all legs, fees included; negative is paid. The limit of a trade is compared with it.
        net: i64,
        /// Sum of the premiums.
        premium: i64,
        /// Sum of the fees.
        fee: u64,
        /// Bond: set aside until the trade is filled.
        bond: u64,
        /// Change of cash before the legs, by funding and by the payment of exercised positions.
        settled: i64,
        /// The legs.
        legs: Vec<LegQuote>,
        /// Funding that the legs cost a day at present, rounded up; negative where it is received.
        funding_per_day: i64,
        /// Whether it adds risk; otherwise it only reduces it.
        adds_risk: bool,
        /// The most that all written options of the account can cost afterwards, rounded up: with this much cash no price can liquidate it.
        short_caps: u64,
        /// What the pool sets aside for the trade out of its own capital: the change of its reserves; negative where reserves are freed.
        reserved: i64,
        /// Options that have to be listed first, in this order.
        missing: Vec<SeriesToList>,
        /// Worst and best result.
        outcome: TradeOutcome,
        /// The account before, settled.
        before: AccountState,
        /// The account afterwards.
        after: AccountState,
        /// Bytes of the margin account afterwards.
        account_after: Bytes,
    }

    /// The change of cash by a trade.
    Net {
        /// Native units, fees included; negative is paid.
        net: i64,
    }

    /// The largest size of a trade.
    Size {
        /// Points of the largest leg, while the others keep their proportion; zero where no size is taken.
        points: u64,
    }

    /// The most that can be traded of an option in one leg now.
    Capacity {
        /// Most points that can be bought.
        buy: u64,
        /// Most points that can be sold.
        sell: u64,
    }

    /// Liquidation prices of an account for one underlying while all other prices stay the same.
    LiquidationPrices {
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Its price now, dollars.
        spot: Dollars,
        /// Highest price at or below spot at which anyone may liquidate the account; null where none was found.
        down: Option<Dollars>,
        /// Lowest price at or above spot at which anyone may liquidate the account; null where none was found.
        up: Option<Dollars>,
    }

    /// Liquidation prices of an account.
    AllLiquidationPrices {
        /// By underlying.
        prices: Vec<LiquidationPrices>,
    }

    /// A trade that can be committed. Amounts are native units.
    CommitQuote {
        /// Tip of whoever fills it.
        tip: u64,
        /// Bond, which comes back when it is filled.
        bond: u64,
        /// Unix seconds after which the price that fills it is published.
        price_after: i64,
        /// Bytes of the margin account afterwards.
        account_after: Bytes,
    }

    /// What becomes of a commitment. Amounts are native units.
    FillQuote {
        /// Whether it is filled.
        filled: bool,
        /// Change of cash by all legs; zero where it is not filled.
        net: i64,
        /// Fee of a trade that is not filled.
        fee: u64,
        /// The legs of a trade that is filled.
        legs: Vec<LegQuote>,
        /// Why it is not filled.
        reason: Option<CancelReason>,
        /// Name of the error that says which rule would be broken.
        error: Option<String>,
        /// What whoever fills it gets.
        tip: u64,
        /// Bytes of the margin account afterwards, if another account receives the tip.
        account_after: Bytes,
    }

    /// What the fill of a commitment needs.
    FillNeeds {
        /// Unix seconds after which its price is published.
        price_after: i64,
        /// Places of the underlyings whose prices it needs, in rising order.
        underlyings: Vec<u8>,
        /// The underlyings whose volatility has to be sampled before.
        samples: Vec<Sample>,
    }

    /// A volatility sample that is due.
    Sample {
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Unix seconds; the sample takes the first price after it.
        after: i64,
    }

    /// Shares for a deposit.
    DepositQuote {
        /// Shares minted, rounded down.
        shares: u64,
        /// Net asset value of the class before, upper bound, native units.
        assets: i64,
    }

    /// What a withdrawal pays if it were executed now.
    WithdrawalQuote {
        /// Worth of the shares at the lower bound, rounded down, native units.
        worth: u64,
        /// Shares that could be executed now.
        shares_now: u64,
        /// Payment for these, native units.
        amount_now: u64,
        /// Seconds between request and execution.
        cooldown: i64,
        /// What a request accepts at least unless another amount is named, native units: nine tenths of the worth.
        least: u64,
    }

    /// Net asset value of a class, native units.
    NetAssetValue {
        /// Lower bound, at which withdrawals are priced.
        lower: i64,
        /// At the mark.
        mark: i64,
        /// Upper bound, at which deposits are priced.
        upper: i64,
        /// Number of all shares.
        shares: u64,
    }
}
