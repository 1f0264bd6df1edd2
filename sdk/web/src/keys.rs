//! Addresses.

use crate::{
    problem::Answer,
    value::{Bytes, Hex},
    views::Nothing,
};
use evergreen_sdk::{
    accounts::Account as _,
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{MarginAccount, ShareClass},
    instruction as build,
    price::{PriceProvider, PushFeeds, PythGeneration},
};

record! {
    /// What names a pool: the protocol's first one of its mint, or with `creator` and `number` somebody else's.
    PoolName {
        /// Collateral mint.
        mint: Pubkey,
        /// Token program of the collateral.
        token_program: Pubkey,
        /// Who created it; nobody for a pool of the protocol.
        creator: Option<Pubkey>,
        /// Its number among the creator's pools of the mint; zero where it is left out.
        number: Option<u16>,
        /// Generations of the shares of both classes, which the pool stores (`generations`); zeros where they are left out.
        generations: Option<Vec<u32>>,
    }

    /// Addresses of a pool. It names the pool, too, wherever a `PoolName` is asked for.
    PoolKeys {
        /// Collateral mint.
        mint: Pubkey,
        /// Token program of the collateral.
        token_program: Pubkey,
        /// Who created it; the system program's address for a pool of the protocol.
        creator: Pubkey,
        /// Its number among the creator's pools of the mint.
        number: u16,
        /// Generations of the shares of both classes.
        generations: Vec<u32>,
        /// The protocol.
        protocol: Pubkey,
        /// The pool.
        pool: Pubkey,
        /// Its series registry.
        registry: Pubkey,
        /// Its main vault.
        vault: Pubkey,
        /// Its insurance vault.
        insurance_vault: Pubkey,
        /// Share mint of the main class.
        main_mint: Pubkey,
        /// Share mint of the insurance class.
        insurance_mint: Pubkey,
    }

    /// A key of the protocol.
    AnAddress {
        /// Base58.
        address: Pubkey,
    }

    /// Asks for the address of an underlying.
    UnderlyingName {
        /// Id of its price feed.
        feed: Hex<32>,
    }

    /// Asks for the address of a margin account.
    MarginAccountName {
        /// The pool.
        pool: Pubkey,
        /// Its owner.
        owner: Pubkey,
        /// Its number among the owner's; zero where it is left out.
        sub_account: Option<u16>,
    }

    /// How a node finds all margin accounts of an owner, in all pools: accounts of the program whose bytes are these at these places.
    AccountSearch {
        /// The program.
        program: Pubkey,
        /// The first bytes.
        prefix: Bytes,
        /// The place of the owner.
        owner_at: u32,
    }

    /// Asks for the address of an order.
    OrderName {
        /// The margin account.
        account: Pubkey,
        /// The order's number.
        number: u64,
    }

    /// Asks for the address of a request of liquidity.
    RequestName {
        /// The pool.
        pool: Pubkey,
        /// Its class.
        class: ShareClass,
        /// Who requests.
        owner: Pubkey,
        /// The owner's number of it.
        number: u64,
    }

    /// Asks for the address of a share mint, or of what is left for the shares of an earlier generation.
    GenerationName {
        /// The pool.
        pool: Pubkey,
        /// The class.
        class: ShareClass,
        /// The generation.
        generation: u32,
    }

    /// Asks for the address of a proposal.
    ProposalName {
        /// What counts it: the protocol, or a curated pool.
        queue: Pubkey,
        /// Its number.
        number: u64,
    }

    /// Asks for the address of the counter of a key's transfers.
    CounterName {
        /// Whose.
        owner: Pubkey,
    }

    /// Asks for an associated token account.
    WalletName {
        /// Whose.
        owner: Pubkey,
        /// Its mint.
        mint: Pubkey,
        /// The mint's token program.
        token_program: Pubkey,
    }

    /// Asks where a price is.
    PriceName {
        /// Id of the feed.
        feed: Hex<32>,
        /// Set of feeds; zero, the sponsored one, where it is left out.
        shard: Option<u16>,
        /// After which moment the price has to be the first one, unix seconds; the newest price where it is left out.
        after: Option<i64>,
    }

    /// Price accounts that may hold the price, the likeliest first.
    PriceAccounts {
        /// Addresses.
        addresses: Vec<Pubkey>,
    }
}

impl From<&PoolName> for build::PoolKeys {
    fn from(name: &PoolName) -> Self {
        let (creator, number) = (name.creator.unwrap_or_default(), name.number.unwrap_or(0));
        let keys = Self::of_creator(name.mint, name.token_program, creator, number);
        let generation = |place| name.generations.as_ref().and_then(|all| all.get(place).copied()).unwrap_or(0);
        Self { generations: [generation(0), generation(1)], ..keys }
    }
}

impl From<build::PoolKeys> for PoolKeys {
    fn from(keys: build::PoolKeys) -> Self {
        Self {
            mint: keys.mint,
            token_program: keys.token_program,
            creator: keys.creator,
            number: keys.number,
            generations: keys.generations.to_vec(),
            protocol: address::protocol(),
            pool: keys.pool,
            registry: keys.registry,
            vault: keys.vault,
            insurance_vault: keys.insurance_vault,
            main_mint: keys.share_mint(ShareClass::Main),
            insurance_mint: keys.share_mint(ShareClass::Insurance),
        }
    }
}

const fn found(address: Pubkey) -> Answer<AnAddress> {
    Ok(AnAddress { address })
}

pub fn pool(name: &PoolName) -> Answer<PoolKeys> {
    Ok(build::PoolKeys::from(name).into())
}

pub fn underlying(name: &UnderlyingName) -> Answer<AnAddress> {
    found(address::underlying(&name.feed.0))
}

pub fn margin_account(name: &MarginAccountName) -> Answer<AnAddress> {
    found(address::margin_account(&name.pool, &name.owner, name.sub_account.unwrap_or(0)))
}

pub fn account_search(_: &Nothing) -> Answer<AccountSearch> {
    let owner_at = MarginAccount::OWNER.and_then(|place| u32::try_from(place).ok());
    let owner_at = owner_at.ok_or_else(|| "a margin account names no owner".to_owned())?;
    Ok(AccountSearch { program: evergreen_sdk::evergreen::ID, prefix: Bytes(MarginAccount::PREFIX.to_vec()), owner_at })
}

pub fn order(name: &OrderName) -> Answer<AnAddress> {
    found(address::order(&name.account, name.number))
}

pub fn request(name: &RequestName) -> Answer<AnAddress> {
    found(address::request(&name.pool, name.class, &name.owner, name.number))
}

pub fn share_mint(name: &GenerationName) -> Answer<AnAddress> {
    found(address::share_mint(&name.pool, name.class, name.generation))
}

pub fn retired(name: &GenerationName) -> Answer<AnAddress> {
    found(address::retired(&name.pool, name.class, name.generation))
}

pub fn proposal(name: &ProposalName) -> Answer<AnAddress> {
    found(address::proposal_in(&name.queue, name.number))
}

pub fn counter(name: &CounterName) -> Answer<AnAddress> {
    found(address::counter(&name.owner))
}

pub fn wallet(name: &WalletName) -> Answer<AnAddress> {
    found(address::token_account(&name.owner, &name.mint, &name.token_program))
}

pub fn price_accounts(name: &PriceName) -> Answer<PriceAccounts> {
    let feeds = PythGeneration::Upgraded.push_feeds(name.shard.unwrap_or(0));
    let addresses = match name.after {
        None => vec![feeds.address(&name.feed.0)],
        Some(moment) => PushFeeds::first_after(&feeds, &name.feed.0, moment).map_err(|why| why.to_string())?,
    };
    Ok(PriceAccounts { addresses })
}
