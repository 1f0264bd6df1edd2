//! What past transactions make: statements of accounts, costs of liquidity, returns of shares.

use crate::{
    problem::{Answer, Problem},
    value::Bytes,
    views::{Views, account},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    events::{self, Event},
    evergreen::state::{OptionId, SeriesId, SeriesSpec, ShareClass},
    math::Dollars,
    portfolio::{self, BreakEven, Parts, PastEvents, Statement},
    quote::PoolView,
};

record! {
    /// A past transaction: its log, or its events as the data service tells them.
    PastTransaction {
        /// Unix seconds, where the network knows them.
        time: Option<i64>,
        /// Lines of the log.
        logs: Option<Vec<String>>,
        /// Bytes of the program's events, in order.
        events: Option<Vec<Bytes>>,
    }

    /// Asks for the statement of a margin account.
    StatementQuestion {
        /// Address of the margin account.
        account: Pubkey,
        /// Transactions that name it, the oldest first and each once.
        transactions: Vec<PastTransaction>,
        /// Its pool, for positions at present prices and for profit and loss that adds up.
        view: Option<u32>,
        /// Bytes of the account, with the pool.
        data: Option<Bytes>,
        /// Days of funding after which break-even prices are told; today's where it is left out.
        days: Option<u32>,
    }

    /// The contract of a series.
    SeriesContract {
        /// Place of the underlying in the pool's list.
        underlying: u8,
        /// Whether it is a put; otherwise it is a call.
        put: bool,
        /// Strike in whole dollars.
        strike: u64,
        /// Tenor in seconds.
        tenor: u32,
    }

    /// A movement of an account's wealth.
    StatementLine {
        /// Unix seconds, where the network knew them.
        time: Option<i64>,
        /// Place of its transaction in the question.
        transaction: u32,
        /// Why, a word that does not change: `deposit`, `premium`, `funding`, `fee`, …
        kind: String,
        /// The series, where it is about one.
        series: Option<SeriesId>,
        /// Its contract, where the pool lists it or one of the transactions has listed it.
        option: Option<SeriesContract>,
        /// Change of the position, points.
        points: i64,
        /// Change of wealth, native units.
        amount: i64,
        /// What of it is realised profit or loss, native units; null where the history does not tell what the points had cost.
        realised: Option<i64>,
        /// Wealth afterwards: cash and what is set aside, native units.
        wealth: i64,
        /// Price of the underlying of a leg, dollars.
        spot: Option<Dollars>,
    }

    /// A sum by kind of movement.
    KindSum {
        /// Why.
        kind: String,
        /// Native units.
        amount: i128,
    }

    /// What points of a series have cost. Amounts are native units.
    HoldingCost {
        /// The series.
        series: SeriesId,
        /// Points: positive when held, negative when written.
        points: i64,
        /// What they have cost, fees not counted; negative for what was received.
        cost: i64,
        /// Fees and funding that were paid for them, less funding received.
        carried: i64,
        /// Unix seconds at which the position was opened.
        opened_at: Option<i64>,
        /// What closed points have realised, fees and funding not counted.
        realised: i64,
        /// Fees of all legs, a negative number.
        fees: i64,
        /// Funding of all time; negative where more was paid.
        funding: i64,
        /// What exercise, or the end of the series, has paid.
        payoff: i64,
        /// Whether the history tells all of it.
        known: bool,
        /// What one option was bought or written for on average, dollars; null where the history does not tell, and for closed positions.
        entry: Option<Dollars>,
        /// From which price on nothing is lost, fees and funding counted; null where it is at every price or at none, or not known.
        break_even: Option<Dollars>,
        /// Whether nothing is lost at every price.
        always_gains: bool,
    }

    /// Profit and loss that adds up to the unit: deposits − withdrawals + realised + unrealised = equity + set aside. Native units.
    AccountPerformance {
        /// Tokens that came in.
        deposits: i128,
        /// Tokens that went out.
        withdrawals: i128,
        /// Realised profit and loss.
        realised: i128,
        /// Live positions at the mark, less their cost.
        positions: i64,
        /// Ended positions as they will be paid, less their cost.
        ended: i64,
        /// Funding since the last settlements.
        funding: i64,
        /// Losses by seizure that are borne next.
        losses: i64,
        /// Cash if all positions were closed at the mark.
        equity: i64,
        /// What is set aside for tips, bonds and stakes.
        set_aside: i64,
        /// Profit and loss, realised and not.
        profit: i128,
    }

    /// The statement of a margin account.
    AccountStatement {
        /// Movements, the oldest first.
        lines: Vec<StatementLine>,
        /// Sums of all changes of wealth by kind.
        moved: Vec<KindSum>,
        /// Sums of what is realised by kind.
        realised: Vec<KindSum>,
        /// Positions that the history tells of, also closed ones.
        holdings: Vec<HoldingCost>,
        /// Cash by the events, native units.
        cash: i64,
        /// Why the history is not complete; null where it is.
        gap: Option<String>,
        /// Profit and loss; null without pool and account, and where it is not known.
        performance: Option<AccountPerformance>,
        /// Why it is not known.
        problem: Option<Problem>,
    }

    /// Asks what somebody has provided.
    ProviderQuestion {
        /// The pool.
        pool: Pubkey,
        /// Who.
        owner: Pubkey,
        /// The class.
        class: ShareClass,
        /// All transactions of the pool, the oldest first and each once.
        transactions: Vec<PastTransaction>,
        /// Shares in the owner's wallet; those that were minted where it is left out.
        held: Option<u64>,
    }

    /// What somebody has provided. Amounts are native units.
    ProviderCost {
        /// Shares that were minted for the owner and not handed in.
        shares: u64,
        /// What the shares in the wallet have cost, rounded up; null where some came from elsewhere.
        cost: Option<u64>,
        /// Shares of withdrawals that wait.
        waiting: u64,
        /// Their cost.
        waiting_cost: u64,
        /// Tokens of deposits on their way.
        in_transit: u64,
        /// Tokens paid in by deposits that were executed.
        paid_in: u64,
        /// What withdrawals, redemptions and returned deposits have paid or set aside.
        paid_out: u64,
        /// What withdrawals and redemptions have come to, less the cost of their shares.
        realised: i128,
        /// Fees of deposits that were given back.
        fees: u64,
    }

    /// Asks how the price of a share has moved.
    SharesQuestion {
        /// Transactions of the pool, the oldest first and each once.
        transactions: Vec<PastTransaction>,
        /// The pool as it stands, which must have its prices.
        view: u32,
        /// Moments since which returns are told, unix seconds.
        since: Vec<i64>,
    }

    /// The price of a share at one moment.
    SharePricePoint {
        /// Unix seconds.
        time: Option<i64>,
        /// What all shares were worth at the mark, native units.
        assets: i64,
        /// Their number.
        shares: u64,
    }

    /// What a share has gained, in parts, each as millionths of the price at the beginning, rounded down; null where that price was zero.
    ShareReturnParts {
        /// Time of the price at the beginning, unix seconds; null where no price is known since then.
        from: Option<i64>,
        /// All of it.
        total: Option<i64>,
        /// Premiums received less premiums paid.
        premiums: Option<i64>,
        /// Funding, with carry.
        funding: Option<i64>,
        /// Fees.
        fees: Option<i64>,
        /// Payoffs.
        payoffs: Option<i64>,
        /// Bad debts.
        bad_debts: Option<i64>,
        /// The rest: mostly what open options have become worth.
        rest: Option<i64>,
        /// The deepest fall from an earlier price since then, as millionths of that one, to the nearest.
        drawdown: Option<i64>,
    }

    /// Prices of shares, and what they have gained.
    ShareReturns {
        /// Prices, the oldest first; the last one is that of now.
        prices: Vec<SharePricePoint>,
        /// In the order of the question.
        returns: Vec<ShareReturnParts>,
    }
}

/// Reads the events of a transaction, and whether its log was cut off.
fn events_of(one: &PastTransaction) -> Answer<(Vec<Event>, bool)> {
    match (&one.logs, &one.events) {
        (Some(logs), None) => Ok((events::from_logs(logs), events::is_truncated(logs))),
        (None, Some(all)) => {
            let decode = |bytes: &Bytes| Event::decode(&bytes.0).ok_or_else(|| "bytes are no event".to_owned().into());
            Ok((all.iter().map(decode).collect::<Answer<_>>()?, false))
        }
        _ => Err("a transaction has either `logs` or `events`".to_owned().into()),
    }
}

fn sums(parts: &Parts) -> Vec<KindSum> {
    parts.each().map(|(kind, amount)| KindSum { kind: kind.name().to_owned(), amount }).collect()
}

fn contract(view: &PoolView, past: &PastEvents, series: SeriesId) -> Option<SeriesContract> {
    if let Ok(OptionId { underlying, put, strike, tenor, .. }) = view.registry.option(series) {
        return Some(SeriesContract { underlying, put, strike, tenor });
    }
    let (underlying, SeriesSpec { put, strike, tenor }) = past.listed(&view.keys.pool, series)?;
    Some(SeriesContract { underlying, put, strike, tenor })
}

pub fn statement(views: &Views, ask: &StatementQuestion) -> Answer<AccountStatement> {
    let (mut statement, mut lines) = (Statement::new(ask.account), Vec::new());
    let pool = ask.view.map(|view| views.get(view)).transpose()?;
    let mut past = PastEvents::default();
    for (transaction, one) in (0u32..).zip(&ask.transactions) {
        let (events, truncated) = events_of(one)?;
        past.take(&events, one.time);
        lines.extend(statement.take(&events, one.time, truncated).into_iter().map(|row| StatementLine {
            time: one.time,
            transaction,
            kind: row.kind.name().to_owned(),
            series: row.series,
            option: row.series.zip(pool).and_then(|(series, view)| contract(view, &past, series)),
            points: row.points,
            amount: row.amount,
            realised: row.realised,
            wealth: row.wealth,
            spot: row.spot.map(Dollars::from_bits),
        }));
    }
    let (mut performance, mut problem, mut values) = (None, None, Vec::new());
    if let (Some(view), Some(data)) = (ask.view, &ask.data) {
        let (view, account) = (views.get(view)?, account(data)?);
        values = view.holdings(&account).unwrap_or_default();
        match portfolio::Performance::of(&statement, view, &account) {
            Ok(known) => performance = Some(known),
            Err(why) => problem = Some(why.to_string().into()),
        }
    }
    let holding = |(series, holding): (SeriesId, &portfolio::Holding)| -> Answer<HoldingCost> {
        let value = values.iter().find(|value| value.series == series);
        let even = value.map(|value| value.break_even(holding, ask.days.unwrap_or(0))).transpose();
        let even = even.map_err(|why| why.to_string())?.flatten();
        Ok(HoldingCost {
            series,
            points: holding.points,
            cost: holding.cost,
            carried: holding.carried,
            opened_at: holding.opened_at,
            realised: holding.realised,
            fees: holding.fees,
            funding: holding.funding,
            payoff: holding.payoff,
            known: holding.known,
            entry: value.and_then(|value| value.entry(holding)),
            break_even: match even {
                Some(BreakEven::At(price)) => Some(price),
                _ => None,
            },
            always_gains: even == Some(BreakEven::Always),
        })
    };
    Ok(AccountStatement {
        holdings: statement.holdings().map(holding).collect::<Answer<_>>()?,
        lines,
        moved: sums(statement.moved()),
        realised: sums(statement.realised()),
        cash: statement.cash(),
        gap: statement.gap().map(|gap| gap.to_string()),
        performance: performance.map(|known| AccountPerformance {
            deposits: known.deposits,
            withdrawals: known.withdrawals,
            realised: known.realised.total(),
            positions: known.unrealised.positions,
            ended: known.unrealised.ended,
            funding: known.unrealised.funding,
            losses: known.unrealised.losses,
            equity: known.equity,
            set_aside: known.set_aside,
            profit: known.profit(),
        }),
        problem,
    })
}

pub fn provider(ask: &ProviderQuestion) -> Answer<ProviderCost> {
    let mut provider = portfolio::Provider::new(ask.pool, ask.owner, ask.class);
    for one in &ask.transactions {
        provider.take(&events_of(one)?.0);
    }
    let sum = |all: &mut dyn Iterator<Item = u64>| all.fold(0u64, u64::saturating_add);
    Ok(ProviderCost {
        shares: provider.held.shares,
        cost: provider.cost_of(ask.held.unwrap_or(provider.held.shares)),
        waiting: sum(&mut provider.waiting.values().map(|lot| lot.shares)),
        waiting_cost: sum(&mut provider.waiting.values().map(|lot| lot.cost)),
        in_transit: sum(&mut provider.in_transit.values().copied()),
        paid_in: provider.paid_in,
        paid_out: provider.paid_out,
        realised: provider.realised,
        fees: provider.fees,
    })
}

pub fn shares(views: &Views, ask: &SharesQuestion) -> Answer<ShareReturns> {
    let view = views.get(ask.view)?;
    let value = view.net_asset_value(ShareClass::Main)?;
    let mut transactions = Vec::with_capacity(ask.transactions.len());
    for one in &ask.transactions {
        transactions.push((one.time, events_of(one)?.0));
    }
    let history = portfolio::ShareHistory::of(&transactions, value.shares, value.mark, view.now);
    let point = |price: &portfolio::SharePrice| SharePricePoint {
        time: price.time,
        assets: price.assets,
        shares: price.shares,
    };
    let parts = |since: &i64| {
        let known = history.since(*since);
        let of =
            |part: fn(&portfolio::ShareReturn) -> i128| known.as_ref().and_then(|known| known.millionths(part(known)));
        ShareReturnParts {
            from: known.as_ref().and_then(|known| known.from.time),
            total: of(|known| known.total()),
            premiums: of(|known| known.premiums),
            funding: of(|known| known.funding),
            fees: of(|known| known.fees),
            payoffs: of(|known| known.payoffs),
            bad_debts: of(|known| known.bad_debts),
            rest: of(|known| known.rest),
            drawdown: history.drawdown(*since),
        }
    };
    Ok(ShareReturns {
        prices: history.prices().iter().map(point).collect(),
        returns: ask.since.iter().map(parts).collect(),
    })
}
