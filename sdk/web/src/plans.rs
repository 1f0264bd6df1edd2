//! Plans: the instructions of one transaction, in order, with the quote of what they do.

use crate::{
    instructions::Instruction,
    problem::{Answer, Problem},
    quotes::{DepositQuote, FillQuote, TradeQuote, WithdrawalQuote, filled, told_of},
    value::Bytes,
    views::{Views, account},
};
use evergreen_sdk::{
    accounts,
    anchor_lang::prelude::Pubkey,
    evergreen::{OptionLeg, state::ShareClass},
    math::BasisPoints,
    plan::{Plan, Planner},
    price::PushFeeds,
    quote::PoolView,
};

record! {
    /// Asks for the instructions of a trade: the account is opened where there is none, the deposit is paid in, missing series are listed, and the trade is committed.
    TradePlanQuestion {
        /// The pool.
        view: u32,
        /// Owner of the margin account.
        owner: Pubkey,
        /// Bytes of the margin account; left out where it is not open yet.
        account: Option<Bytes>,
        /// Its number among the owner's; zero where it is left out.
        sub_account: Option<u16>,
        /// Who pays rent and the network's fees; the owner where it is left out.
        payer: Option<Pubkey>,
        /// The account's delegate, if the delegate signs.
        trader: Option<Pubkey>,
        /// Who gets a share of the fees of an account that is opened.
        referrer: Option<Pubkey>,
        /// What is paid in before, native units; nothing where it is left out.
        deposit: Option<u64>,
        /// How much worse than the quote the fill may be, in basis points of it; 100 where it is left out.
        slippage_bps: Option<u16>,
        /// Least change of cash accepted, native units, in the place of the slippage.
        min_net: Option<i64>,
        /// One to four legs.
        legs: Vec<OptionLeg>,
    }

    /// A trade, ready to be signed once.
    TradePlan {
        /// Instructions of one transaction, in order.
        instructions: Vec<Instruction>,
        /// Who signs, the payer first.
        signers: Vec<Pubkey>,
        /// The margin account.
        account: Pubkey,
        /// Least change of cash accepted, native units: the commitment ends without a trade where the fill would be worse.
        min_net: i64,
        /// What it comes to at the prices of now.
        quote: TradeQuote,
    }

    /// Asks for the instructions of a fill, on a view with the first prices after the commitment. Samples that it waits for come in front.
    FillPlanQuestion {
        /// The pool.
        view: u32,
        /// Address of the margin account.
        address: Pubkey,
        /// Bytes of the margin account.
        account: Bytes,
        /// Bytes of the order that the commitment comes from, if it comes from one.
        order: Option<Bytes>,
        /// Who pays the network's fees.
        payer: Pubkey,
        /// A margin account in the pool that receives the tip.
        filler: Option<Pubkey>,
        /// For how many of the next seconds it is told what becomes of the commitment in each; none where it is left out.
        seconds: Option<u8>,
    }

    /// What becomes of a commitment in a second.
    FillInSecond {
        /// The second, unix seconds.
        now: i64,
        /// Change of the account's cash, native units; null where the commitment ends without a fill.
        net: Option<i64>,
    }

    /// A fill, ready to be signed.
    FillPlan {
        /// Instructions of one transaction, in order.
        instructions: Vec<Instruction>,
        /// Who signs, the payer first.
        signers: Vec<Pubkey>,
        /// What becomes of the commitment in the second of the view, exactly.
        quote: FillQuote,
        /// What becomes of it in each of the next seconds: volatilities of marks move on until the second of the fill. It ends before the second in which a
        /// volatility sample is due that the transaction does not take; then the program refuses it.
        later: Vec<FillInSecond>,
    }

    /// Asks for the instructions that close all positions and pay everything out.
    LeavePlanQuestion {
        /// The pool.
        view: u32,
        /// Owner of the margin account.
        owner: Pubkey,
        /// Bytes of the margin account.
        account: Bytes,
        /// How much worse than the quotes the fills may be, in basis points; 100 where it is left out.
        slippage_bps: Option<u16>,
    }

    /// One transaction of leaving.
    LeaveStep {
        /// Instructions of one transaction, in order.
        instructions: Vec<Instruction>,
        /// Who signs, the payer first.
        signers: Vec<Pubkey>,
        /// The trade that it commits; null for the last one, which pays out.
        quote: Option<TradeQuote>,
    }

    /// Leaving: each trade is committed when the one before is filled.
    LeavePlan {
        /// In order.
        steps: Vec<LeaveStep>,
    }

    /// Asks for the instructions of a deposit of liquidity.
    DepositPlanQuestion {
        /// The pool.
        view: u32,
        /// Who provides.
        owner: Pubkey,
        /// The class.
        class: ShareClass,
        /// Native units.
        amount: u64,
        /// The next number of the owner's counter.
        number: u64,
        /// How much fewer shares than quoted are accepted, in basis points; 100 where it is left out.
        slippage_bps: Option<u16>,
    }

    /// A deposit of liquidity, ready to be signed.
    DepositPlan {
        /// Instructions of one transaction, in order.
        instructions: Vec<Instruction>,
        /// Who signs, the payer first.
        signers: Vec<Pubkey>,
        /// The estimate at the prices of now.
        quote: DepositQuote,
    }

    /// Asks for the instructions of a request to withdraw liquidity.
    WithdrawalPlanQuestion {
        /// The pool.
        view: u32,
        /// Whose shares.
        owner: Pubkey,
        /// The class.
        class: ShareClass,
        /// Shares.
        shares: u64,
        /// The least native units accepted; nine tenths of what the shares are worth where it is left out.
        least: Option<u64>,
        /// The next number of the owner's counter.
        number: u64,
    }

    /// A request to withdraw liquidity, ready to be signed.
    WithdrawalPlan {
        /// Instructions of one transaction, in order.
        instructions: Vec<Instruction>,
        /// Who signs, the payer first.
        signers: Vec<Pubkey>,
        /// What it would pay if it were executed now.
        quote: WithdrawalQuote,
    }
}

fn planner(view: &PoolView, owner: Pubkey, slippage_bps: Option<u16>) -> Planner<'_> {
    Planner { slippage: BasisPoints(slippage_bps.unwrap_or(100)), ..Planner::new(view, &PushFeeds::UPGRADED, owner) }
}

fn instructions<Q>(plan: &Plan<Q>) -> Vec<Instruction> {
    plan.instructions.iter().cloned().map(Instruction::from).collect()
}

pub fn trade(views: &Views, ask: &TradePlanQuestion) -> Answer<TradePlan> {
    let view = views.get(ask.view)?;
    let held = ask.account.as_ref().map(account).transpose()?;
    let planner = Planner {
        payer: ask.payer.unwrap_or(ask.owner),
        trader: ask.trader,
        referrer: ask.referrer,
        sub_account: ask.sub_account.unwrap_or(0),
        deposit: ask.deposit.unwrap_or(0),
        min_net: ask.min_net,
        ..planner(view, ask.owner, ask.slippage_bps)
    };
    let draft = planner.draft(held.as_deref(), &ask.legs)?;
    let plan = planner.trade_options(held.as_deref(), &ask.legs)?;
    Ok(TradePlan {
        instructions: instructions(&plan),
        account: planner.account_key(),
        min_net: planner.least_net(&plan.quote),
        quote: told_of(&draft.view, &draft.missing, &plan.quote)?,
        signers: plan.signers,
    })
}

pub fn fill(views: &Views, ask: &FillPlanQuestion) -> Answer<FillPlan> {
    let view = views.get(ask.view)?;
    let (planner, account) = (planner(view, ask.payer, None), account(&ask.account)?);
    let order = ask.order.as_ref().map(|bytes| accounts::order(&bytes.0)).transpose()?;
    let samples = view.samples_to_fill(&account);
    if let Some(market) = view.unknown_sample(&samples).and_then(|(place, _)| view.markets.get(usize::from(place))) {
        // The program would refuse the fill, too.
        return Err(Problem::NoPrice(market.feed.underlying));
    }
    let plan = planner.fill(ask.address, &account, order.as_deref(), ask.filler)?;
    let quote = filled(view, &plan.quote)?;
    let (mut later, mut next) = (Vec::new(), view.clone());
    for _ in 0..ask.seconds.unwrap_or(0) {
        next.now = next.now.saturating_add(1);
        if next.samples_to_fill(&account) != samples {
            break;
        }
        let told = filled(&next, &next.fill(&account, order.as_deref())?)?;
        later.push(FillInSecond { now: next.now, net: told.filled.then_some(told.net) });
    }
    Ok(FillPlan { instructions: instructions(&plan), quote, later, signers: plan.signers })
}

pub fn leave(views: &Views, ask: &LeavePlanQuestion) -> Answer<LeavePlan> {
    let view = views.get(ask.view)?;
    let account = account(&ask.account)?;
    let planner = Planner { sub_account: account.sub_account, ..planner(view, ask.owner, ask.slippage_bps) };
    let (mut steps, mut before) = (Vec::new(), view.clone());
    for plan in planner.leave(&account)? {
        let quote = plan.quote.as_ref().map(|quote| told_of(&before, &[], quote)).transpose()?;
        if let Some(quote) = &plan.quote {
            before = quote.view_after(&before);
        }
        steps.push(LeaveStep { instructions: instructions(&plan), quote, signers: plan.signers });
    }
    Ok(LeavePlan { steps })
}

pub fn deposit(views: &Views, ask: &DepositPlanQuestion) -> Answer<DepositPlan> {
    let planner = planner(views.get(ask.view)?, ask.owner, ask.slippage_bps);
    let plan = planner.provide(ask.class, ask.amount, ask.number)?;
    let quote = DepositQuote { shares: plan.quote.shares, assets: plan.quote.assets };
    Ok(DepositPlan { instructions: instructions(&plan), quote, signers: plan.signers })
}

pub fn withdrawal(views: &Views, ask: &WithdrawalPlanQuestion) -> Answer<WithdrawalPlan> {
    let view = views.get(ask.view)?;
    let least = match ask.least {
        Some(least) => least,
        None => view.withdrawal(ask.class, ask.shares)?.suggested_least(),
    };
    let plan = planner(view, ask.owner, None).withdraw(ask.class, ask.shares, least, ask.number)?;
    Ok(WithdrawalPlan { instructions: instructions(&plan), quote: (&plan.quote).into(), signers: plan.signers })
}
