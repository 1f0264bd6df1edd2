//! Posting signed prices: the instructions for whoever does not wait for others to post them.

use crate::{
    instructions::Instruction,
    problem::Answer,
    value::{Bytes, Hex},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    price::{Destination, PostedUpdates, PriceProvider, PythPrograms, PythUpdate, Step},
};

record! {
    /// Asks what a signed update of Pyth's price service tells.
    UpdateBytes {
        /// The update.
        update: Bytes,
    }

    /// A price of an update.
    UpdatedPrice {
        /// Id of its feed.
        feed: Hex<32>,
        /// Price in units of 10^exponent dollars.
        price: i64,
        /// Half-width of the confidence interval, in the same units.
        conf: u64,
        /// Power of ten of the units.
        exponent: i32,
        /// Unix seconds.
        publish_time: i64,
    }

    /// Prices of an update.
    UpdatedPrices {
        /// The prices.
        prices: Vec<UpdatedPrice>,
    }

    /// The account that a price is posted to.
    PostTo {
        /// Id of the feed.
        feed: Hex<32>,
        /// The account, which signs.
        account: Pubkey,
    }

    /// Asks for the instructions that post prices.
    PostQuestion {
        /// The signed update.
        update: Bytes,
        /// Who pays.
        payer: Pubkey,
        /// Address of a new account for the signed message, which signs; left out where the price is posted without one (`atomic`).
        message: Option<Pubkey>,
        /// The caller's own accounts, one a feed; none for push feeds.
        accounts: Vec<PostTo>,
        /// Set of push feeds, where no own accounts are given.
        shard: Option<u16>,
        /// Feeds whose prices are posted.
        feeds: Vec<Hex<32>>,
        /// Number of the receiver's treasury account that gets the fee; zero where it is left out.
        treasury: Option<u8>,
        /// Whether the price is posted in the transaction that uses it, with a part of the signatures: into an own account, which closes afterwards.
        atomic: bool,
    }

    /// Instructions of one transaction.
    PostStep {
        /// In order.
        instructions: Vec<Instruction>,
        /// Who signs besides the payer.
        signers: Vec<Pubkey>,
    }

    /// The instructions that post prices.
    PostPlan {
        /// Transactions that come before: they store and verify the message.
        before: Vec<PostStep>,
        /// In front of the instruction that uses the prices.
        post: PostStep,
        /// Afterwards: the rent comes back.
        close: PostStep,
    }
}

fn parsed(update: &Bytes) -> Answer<PythUpdate> {
    Ok(PythUpdate::parse(&update.0).map_err(|why| why.to_string())?)
}

fn step(step: Step) -> PostStep {
    PostStep { instructions: step.instructions.into_iter().map(Into::into).collect(), signers: step.signers }
}

pub fn read(ask: &UpdateBytes) -> Answer<UpdatedPrices> {
    let update = parsed(&ask.update)?;
    let price = |price: evergreen_sdk::price::UpdatedPrice| UpdatedPrice {
        feed: Hex(price.feed),
        price: price.price,
        conf: price.conf,
        exponent: price.exponent,
        publish_time: price.publish_time,
    };
    Ok(UpdatedPrices { prices: update.prices().map(price).collect() })
}

pub fn post(ask: &PostQuestion) -> Answer<PostPlan> {
    let destination = match (ask.accounts.as_slice(), ask.shard) {
        ([], Some(shard)) => Destination::PushFeeds(shard),
        ([_, ..], None) => Destination::Accounts(ask.accounts.iter().map(|to| (to.feed.0, to.account)).collect()),
        _ => return Err("prices are posted either to own accounts or to a set of push feeds".to_owned().into()),
    };
    let message = match (ask.message, ask.atomic) {
        (Some(message), false) => message,
        (None, true) => Pubkey::default(),
        _ => return Err("either a message is stored or the price is posted without one".to_owned().into()),
    };
    let posted = PostedUpdates::new(PythPrograms::UPGRADED, parsed(&ask.update)?, ask.payer, message, destination);
    let posted = posted.with_treasury(ask.treasury.unwrap_or(0));
    let posted = if ask.atomic { posted.atomic() } else { posted };
    let feeds: Vec<[u8; 32]> = ask.feeds.iter().map(|feed| feed.0).collect();
    let refresh = posted.refresh(&ask.payer, &feeds).map_err(|why| why.to_string())?;
    let before = if ask.atomic { Vec::new() } else { posted.prepare() };
    Ok(PostPlan {
        before: before.into_iter().map(step).collect(),
        post: step(Step { instructions: refresh.instructions, signers: refresh.signers }),
        close: step(posted.close()),
    })
}
