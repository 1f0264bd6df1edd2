//! Builders of instructions.

pub mod anyone;
pub mod governance;

use crate::{keys::PoolName, problem::Answer, value::Bytes};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction},
    evergreen::{
        TradeTerms,
        state::{OrderTerms, SeriesSpec, ShareClass},
    },
    instruction::{self as build, PoolKeys, PriceFeed},
};

record! {
    /// An account that an instruction names.
    AccountMeta {
        /// Its address.
        address: Pubkey,
        /// Whether it signs.
        signer: bool,
        /// Whether it is written.
        writable: bool,
    }

    /// An instruction, ready for a transaction.
    Instruction {
        /// The program.
        program: Pubkey,
        /// Accounts, in order.
        accounts: Vec<AccountMeta>,
        /// Data.
        data: Bytes,
    }

    /// An underlying and the account with its price.
    Feed {
        /// The underlying.
        underlying: Pubkey,
        /// The price account.
        price: Pubkey,
    }

    /// Opens a margin account.
    OpenMarginAccount {
        /// Which pool.
        pool: PoolName,
        /// Who pays its rent.
        payer: Pubkey,
        /// Whose it is.
        owner: Pubkey,
        /// Its number among the owner's; zero where it is left out.
        sub_account: Option<u16>,
        /// Who gets a share of its fees.
        referrer: Option<Pubkey>,
    }

    /// Moves margin.
    MoveMargin {
        /// Which pool.
        pool: PoolName,
        /// Who pays in, or to whom is paid out.
        owner: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// Native units.
        amount: u64,
        /// Of a withdrawal: the feeds of open positions.
        feeds: Option<Vec<Feed>>,
    }

    /// Takes a number of the owner's counter, so that the transaction happens once.
    TakeNumber {
        /// Who pays the counter's rent.
        payer: Pubkey,
        /// Whose numbers these are.
        owner: Pubkey,
        /// The next one.
        number: u64,
    }

    /// Commits a trade.
    CommitTrade {
        /// Which pool.
        pool: PoolName,
        /// Owner or delegate.
        trader: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The account's next number (`nextOrder`).
        number: u64,
        /// What is traded, and within which limits.
        terms: TradeTerms,
        /// For a trade that adds risk to an account with written options: the feeds of its positions.
        feeds: Option<Vec<Feed>>,
    }

    /// Fills the commitment of an account.
    FillTrade {
        /// Which pool.
        pool: PoolName,
        /// The margin account.
        account: Pubkey,
        /// A margin account in the same pool that receives the tip.
        filler: Option<Pubkey>,
        /// Number of the order that the commitment comes from.
        order: Option<u64>,
        /// Who has paid the order's rent.
        order_payer: Option<Pubkey>,
        /// Feeds of the legs and of the live positions, no other, each with the first price published after the commitment.
        feeds: Vec<Feed>,
    }

    /// Sets or removes a delegate.
    SetDelegate {
        /// The owner.
        owner: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// Who may trade; nobody where it is left out.
        delegate: Option<Pubkey>,
        /// What the delegate's trades may cost in tips and fees, native units.
        allowance: u64,
    }

    /// Closes an empty margin account.
    CloseMarginAccount {
        /// Which pool.
        pool: PoolName,
        /// Its owner.
        owner: Pubkey,
        /// The margin account.
        account: Pubkey,
    }

    /// Places an order.
    PlaceOrder {
        /// Which pool.
        pool: PoolName,
        /// Who pays its rent.
        payer: Pubkey,
        /// Owner or delegate.
        trader: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The account's next number (`nextOrder`).
        number: u64,
        /// Its terms.
        terms: OrderTerms,
        /// For a tip out of an account with open positions: their feeds.
        feeds: Option<Vec<Feed>>,
    }

    /// Cancels an order.
    CancelOrder {
        /// Which pool.
        pool: PoolName,
        /// Owner or delegate.
        trader: Pubkey,
        /// The margin account.
        account: Pubkey,
        /// The order's number.
        number: u64,
        /// Who has paid its rent.
        payer: Pubkey,
    }

    /// Requests a deposit of liquidity, or a withdrawal.
    RequestLiquidity {
        /// Which pool.
        pool: PoolName,
        /// Who requests.
        owner: Pubkey,
        /// The class.
        class: ShareClass,
        /// The next number of the owner's counter.
        number: u64,
        /// Native units of a deposit, shares of a withdrawal.
        amount: u64,
        /// The fewest shares of a deposit, the least native units of a withdrawal.
        least: u64,
    }

    /// Names a request of liquidity.
    OwnRequest {
        /// Which pool.
        pool: PoolName,
        /// Who has requested.
        owner: Pubkey,
        /// The class.
        class: ShareClass,
        /// The request.
        request: Pubkey,
    }

    /// Lists a series.
    ListSeries {
        /// Which pool.
        pool: PoolName,
        /// Its underlying, and the price of now.
        feed: Feed,
        /// Which series.
        series: SeriesSpec,
    }

    /// Samples the volatility of an underlying.
    SampleVolatility {
        /// The underlying, and the first price after the sample's moment.
        feed: Feed,
    }
}

impl From<instruction::Instruction> for Instruction {
    fn from(built: instruction::Instruction) -> Self {
        let meta = |meta: &instruction::AccountMeta| AccountMeta {
            address: meta.pubkey,
            signer: meta.is_signer,
            writable: meta.is_writable,
        };
        let accounts = built.accounts.iter().map(meta).collect();
        Self { program: built.program_id, accounts, data: Bytes(built.data) }
    }
}

const fn feed(feed: &Feed) -> PriceFeed {
    PriceFeed { underlying: feed.underlying, price: feed.price }
}

fn feeds(given: Option<&Vec<Feed>>) -> Vec<PriceFeed> {
    given.map_or(&[][..], Vec::as_slice).iter().map(feed).collect()
}

pub fn open_margin_account(ask: &OpenMarginAccount) -> Answer<Instruction> {
    let keys = PoolKeys::from(&ask.pool);
    Ok(build::open_margin_account(ask.payer, ask.owner, &keys, ask.sub_account.unwrap_or(0), ask.referrer).into())
}

pub fn deposit_margin(ask: &MoveMargin) -> Answer<Instruction> {
    Ok(build::deposit_margin(ask.owner, &PoolKeys::from(&ask.pool), ask.account, ask.amount).into())
}

pub fn withdraw_margin(ask: &MoveMargin) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(ask.feeds.as_ref()));
    Ok(build::withdraw_margin(ask.owner, &keys, ask.account, ask.amount, &feeds).into())
}

pub fn take_number(ask: &TakeNumber) -> Answer<Instruction> {
    Ok(build::take_number(ask.payer, ask.owner, ask.number).into())
}

pub fn commit_trade(ask: &CommitTrade) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(ask.feeds.as_ref()));
    Ok(build::commit_trade(ask.trader, &keys, ask.account, ask.number, ask.terms.clone(), &feeds).into())
}

pub fn fill_trade(ask: &FillTrade) -> Answer<Instruction> {
    let order = match (ask.order, ask.order_payer) {
        (Some(number), Some(payer)) => Some((number, payer)),
        (None, None) => None,
        _ => return Err("`order` and `orderPayer` belong together".to_owned().into()),
    };
    let feeds = feeds(Some(&ask.feeds));
    Ok(build::fill_trade(&PoolKeys::from(&ask.pool), ask.account, ask.filler, order, &feeds).into())
}

pub fn set_delegate(ask: &SetDelegate) -> Answer<Instruction> {
    Ok(build::set_delegate(ask.owner, ask.account, ask.delegate, ask.allowance).into())
}

pub fn close_margin_account(ask: &CloseMarginAccount) -> Answer<Instruction> {
    Ok(build::close_margin_account(ask.owner, &PoolKeys::from(&ask.pool), ask.account).into())
}

pub fn place_order(ask: &PlaceOrder) -> Answer<Instruction> {
    let (keys, feeds) = (PoolKeys::from(&ask.pool), feeds(ask.feeds.as_ref()));
    let terms = ask.terms.clone();
    Ok(build::place_order(ask.payer, ask.trader, &keys, ask.account, ask.number, terms, &feeds).into())
}

pub fn cancel_order(ask: &CancelOrder) -> Answer<Instruction> {
    Ok(build::cancel_order(ask.trader, &PoolKeys::from(&ask.pool), ask.account, ask.number, ask.payer).into())
}

pub fn request_deposit(ask: &RequestLiquidity) -> Answer<Instruction> {
    let keys = PoolKeys::from(&ask.pool);
    Ok(build::request_deposit(ask.owner, &keys, ask.class, ask.number, ask.amount, ask.least).into())
}

pub fn request_withdrawal(ask: &RequestLiquidity) -> Answer<Instruction> {
    let keys = PoolKeys::from(&ask.pool);
    Ok(build::request_withdrawal(ask.owner, &keys, ask.class, ask.number, ask.amount, ask.least).into())
}

pub fn cancel_withdrawal(ask: &OwnRequest) -> Answer<Instruction> {
    Ok(build::cancel_withdrawal(ask.owner, &PoolKeys::from(&ask.pool), ask.class, ask.request).into())
}

pub fn claim_liquidity(ask: &OwnRequest) -> Answer<Instruction> {
    Ok(build::claim_liquidity(ask.owner, &PoolKeys::from(&ask.pool), ask.class, ask.request).into())
}

pub fn list_series(ask: &ListSeries) -> Answer<Instruction> {
    Ok(build::list_series(&PoolKeys::from(&ask.pool), &feed(&ask.feed), ask.series).into())
}

pub fn sample_volatility(ask: &SampleVolatility) -> Answer<Instruction> {
    Ok(build::sample_volatility(&feed(&ask.feed)).into())
}
