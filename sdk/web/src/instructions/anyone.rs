//! Builders of the instructions that anyone may call, and those of keepers.

use super::{Feed, Instruction, feed, feeds};
use crate::{keys::PoolName, problem::Answer, value::Bytes};
use evergreen_sdk::{
    accounts,
    anchor_lang::prelude::Pubkey,
    evergreen::{
        Leg,
        state::{NoticeCause, SeriesId, ShareClass},
    },
    instruction::{self as build, PoolKeys},
};

record! {
    /// Names a pool.
    OfPool {
        /// Which pool.
        pool: PoolName,
    }

    /// Names a margin account of a pool.
    OfAccount {
        /// Which pool.
        pool: PoolName,
        /// The margin account.
        account: Pubkey,
    }

    /// Settles positions in ended series.
    SettlePositions {
        /// Which pool.
        pool: PoolName,
        /// The margin account.
        account: Pubkey,
        /// Its owner, who signs to be paid less than is due where the pool cannot pay more; left out for anybody.
        owner: Option<Pubkey>,
    }

    /// Names a series of a pool.
    OfSeries {
        /// Which pool.
        pool: PoolName,
        /// The series.
        series: SeriesId,
    }

    /// Exercises a series at its cap.
    ExerciseSeries {
        /// Which pool.
        pool: PoolName,
        /// The series.
        series: SeriesId,
        /// Its underlying with the price of now, and with an earlier one behind it where that has to confirm it.
        feeds: Vec<Feed>,
    }

    /// Ends a series of a silent underlying.
    EndSeries {
        /// Which pool.
        pool: PoolName,
        /// The series.
        series: SeriesId,
        /// Its underlying.
        underlying: Pubkey,
    }

    /// Gives notice of a series.
    GiveNotice {
        /// Which pool.
        pool: PoolName,
        /// The series.
        series: SeriesId,
        /// Its underlying.
        underlying: Pubkey,
        /// Why.
        cause: NoticeCause,
    }

    /// Liquidates a margin account.
    Liquidate {
        /// Which pool.
        pool: PoolName,
        /// Who signs.
        liquidator: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The liquidator's margin account, which gets the reward.
        liquidator_account: Pubkey,
        /// What is closed.
        legs: Vec<Leg>,
        /// Feeds of the account's live positions.
        feeds: Vec<Feed>,
    }

    /// Closes a position that is closed against its owner's will.
    ForcedClose {
        /// Which pool.
        pool: PoolName,
        /// Who signs.
        keeper: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The series.
        series: SeriesId,
        /// Feeds of the account's live positions.
        feeds: Vec<Feed>,
    }

    /// Closes written options of which more are written than bought.
    AutoDeleverage {
        /// Which pool.
        pool: PoolName,
        /// Who signs.
        keeper: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The series.
        series: SeriesId,
        /// Points to close.
        points: u64,
        /// Feeds of the account's live positions, with the first prices after the notice.
        feeds: Vec<Feed>,
    }

    /// Closes a position of which notice was given.
    CloseForPlace {
        /// Which pool.
        pool: PoolName,
        /// Who signs.
        keeper: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The series.
        series: SeriesId,
        /// Why notice was given.
        cause: NoticeCause,
        /// Feeds of the account's live positions, with the first prices after the notice.
        feeds: Vec<Feed>,
    }

    /// Commits the trade of an order whose condition holds.
    CommitOrder {
        /// Which pool.
        pool: PoolName,
        /// Who signs.
        keeper: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The order's number.
        number: u64,
        /// Who has paid its rent.
        payer: Pubkey,
        /// A margin account of the keeper in the pool, which gets the tip.
        keeper_account: Option<Pubkey>,
        /// Feeds of the legs, of the trigger and of the live positions.
        feeds: Vec<Feed>,
    }

    /// Pays a referrer's part of fees out.
    ClaimReferral {
        /// Which pool.
        pool: PoolName,
        /// The referrer.
        referrer: Pubkey,
        /// The margin account whose fees they are a part of.
        account: Pubkey,
    }

    /// Mints the shares of a deposit.
    ExecuteDeposit {
        /// Which pool.
        pool: PoolName,
        /// Bytes of the request.
        request: Bytes,
        /// Feeds of a valuation, with the first prices after the request's minute; none for the insurance class.
        feeds: Vec<Feed>,
    }

    /// Executes a withdrawal.
    ExecuteWithdrawal {
        /// Which pool.
        pool: PoolName,
        /// Address of the request, the first one of its queue.
        request: Pubkey,
        /// Feeds of a valuation, with the first prices after the last full minute; none for the insurance class.
        feeds: Vec<Feed>,
    }

    /// Begins another generation of the shares of a class whose capital is spent.
    RenewShares {
        /// Which pool, with the generations that end.
        pool: PoolName,
        /// Who pays rent.
        payer: Pubkey,
        /// The class.
        class: ShareClass,
    }

    /// Hands shares of an earlier generation in for their part of what is left.
    RedeemRetired {
        /// Which pool, with the generation of the shares.
        pool: PoolName,
        /// Whose shares.
        owner: Pubkey,
        /// The class.
        class: ShareClass,
        /// Who has paid for the account of that generation, which stores it.
        payer: Pubkey,
        /// Shares.
        shares: u64,
    }

    /// Applies points of funding to a part of a registry.
    AccrueFunding {
        /// Which pool.
        pool: PoolName,
        /// The underlying.
        underlying: Pubkey,
        /// First slot.
        first: u8,
        /// Number of slots.
        count: u8,
    }

    /// Values a pool.
    RefreshPool {
        /// Which pool.
        pool: PoolName,
        /// Feeds of all underlyings with open interest.
        feeds: Vec<Feed>,
    }

    /// Reports that nobody samples an underlying.
    ReportSilence {
        /// The underlying.
        underlying: Pubkey,
    }

    /// Upgrades an account to the present layout.
    MigrateAccount {
        /// The account.
        account: Pubkey,
    }
}

pub fn settle_positions(ask: &SettlePositions) -> Answer<Instruction> {
    let keys = PoolKeys::from(&ask.pool);
    Ok(match ask.owner {
        Some(owner) => build::settle_for_less(owner, &keys, ask.account),
        None => build::settle_positions(&keys, ask.account),
    }
    .into())
}

pub fn absorb_bad_debt(ask: &OfAccount) -> Answer<Instruction> {
    Ok(build::absorb_bad_debt(&PoolKeys::from(&ask.pool), ask.account).into())
}

pub fn retire_series(ask: &OfSeries) -> Answer<Instruction> {
    Ok(build::retire_series(&PoolKeys::from(&ask.pool), ask.series).into())
}

pub fn exercise_series(ask: &ExerciseSeries) -> Answer<Instruction> {
    Ok(build::exercise_series(&PoolKeys::from(&ask.pool), ask.series, &feeds(Some(&ask.feeds))).into())
}

pub fn end_series(ask: &EndSeries) -> Answer<Instruction> {
    Ok(build::end_series(&PoolKeys::from(&ask.pool), ask.series, ask.underlying).into())
}

pub fn give_notice(ask: &GiveNotice) -> Answer<Instruction> {
    Ok(build::give_notice(&PoolKeys::from(&ask.pool), ask.underlying, ask.series, ask.cause).into())
}

pub fn liquidate(ask: &Liquidate) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(Some(&ask.feeds)));
    Ok(build::liquidate(ask.liquidator, &keys, ask.account, ask.liquidator_account, ask.legs.clone(), &feeds).into())
}

pub fn auto_deleverage(ask: &AutoDeleverage) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(Some(&ask.feeds)));
    Ok(build::auto_deleverage(ask.keeper, &keys, ask.account, ask.series, ask.points, &feeds).into())
}

pub fn close_for_cash(ask: &ForcedClose) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(Some(&ask.feeds)));
    Ok(build::close_for_cash(ask.keeper, &keys, ask.account, ask.series, &feeds).into())
}

pub fn close_for_place(ask: &CloseForPlace) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(Some(&ask.feeds)));
    Ok(build::close_for_place(ask.keeper, &keys, ask.account, (ask.series, ask.cause), &feeds).into())
}

pub fn commit_order(ask: &CommitOrder) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(Some(&ask.feeds)));
    let CommitOrder { keeper, account, number, payer, keeper_account, .. } = *ask;
    Ok(build::commit_order(keeper, &keys, account, number, payer, keeper_account, &feeds).into())
}

pub fn claim_referral(ask: &ClaimReferral) -> Answer<Instruction> {
    Ok(build::claim_referral(ask.referrer, &PoolKeys::from(&ask.pool), ask.account).into())
}

pub fn execute_deposit(ask: &ExecuteDeposit) -> Answer<Instruction> {
    let request = accounts::request(&ask.request.0)?;
    Ok(build::execute_deposit(&PoolKeys::from(&ask.pool), &request, &feeds(Some(&ask.feeds))).into())
}

pub fn execute_withdrawal(ask: &ExecuteWithdrawal) -> Answer<Instruction> {
    Ok(build::execute_withdrawal(&PoolKeys::from(&ask.pool), ask.request, &feeds(Some(&ask.feeds))).into())
}

pub fn renew_shares(ask: &RenewShares) -> Answer<Instruction> {
    Ok(build::renew_shares(ask.payer, &PoolKeys::from(&ask.pool), ask.class).into())
}

pub fn redeem_retired(ask: &RedeemRetired) -> Answer<Instruction> {
    Ok(build::redeem_retired(ask.owner, &PoolKeys::from(&ask.pool), ask.class, ask.payer, ask.shares).into())
}

pub fn accrue_funding(ask: &AccrueFunding) -> Answer<Instruction> {
    let slots = ask.first..ask.first.saturating_add(ask.count);
    Ok(build::accrue_funding(&PoolKeys::from(&ask.pool), ask.underlying, slots).into())
}

pub fn refresh_pool(ask: &RefreshPool) -> Answer<Instruction> {
    Ok(build::refresh_pool(&PoolKeys::from(&ask.pool), &feeds(Some(&ask.feeds))).into())
}

pub fn sweep_insurance(ask: &OfPool) -> Answer<Instruction> {
    Ok(build::sweep_insurance(&PoolKeys::from(&ask.pool)).into())
}

pub fn sync_vault(ask: &OfPool) -> Answer<Instruction> {
    Ok(build::sync_vault(&PoolKeys::from(&ask.pool)).into())
}

pub fn report_silence(ask: &ReportSilence) -> Answer<Instruction> {
    // The instruction reads no price.
    Ok(build::report_silence(&feed(&Feed { underlying: ask.underlying, price: Pubkey::default() })).into())
}

pub fn migrate_account(ask: &MigrateAccount) -> Answer<Instruction> {
    Ok(build::migrate_account(ask.account).into())
}
