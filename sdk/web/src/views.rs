//! Pools held in memory, on which quotes are made.

use crate::{
    keys::PoolName,
    problem::{Answer, Problem},
    value::Bytes,
};
use evergreen_sdk::{
    accounts, address,
    anchor_lang::prelude::Pubkey,
    evergreen::{oracle::Publication, state::MarginAccount},
    instruction::{PoolKeys, PriceFeed},
    quote::{MarketView, PoolView, PriceBytes},
    testing::scene::Scene,
};
use std::collections::BTreeMap;

record! {
    /// An account that the network has told.
    FetchedAccount {
        /// Its address.
        address: Pubkey,
        /// Program that owns it.
        owner: Pubkey,
        /// Its bytes.
        data: Bytes,
    }

    /// An underlying of a pool and its prices.
    Market {
        /// Bytes of the underlying.
        underlying: Bytes,
        /// Its price account.
        price: Option<FetchedAccount>,
        /// An account with an earlier price of the feed, which is needed where the price is far from its average.
        earlier: Option<FetchedAccount>,
        /// The account with the price of the volatility sample that can be taken now.
        sample: Option<FetchedAccount>,
    }

    /// A pool, and everything that its quotes depend on, at one moment.
    PoolAccounts {
        /// Which pool it is.
        name: PoolName,
        /// Bytes of the pool.
        pool: Bytes,
        /// Bytes of its series registry.
        registry: Bytes,
        /// Its underlyings, in the order of the pool's list.
        markets: Vec<Market>,
        /// Time of the chain's clock, unix seconds.
        now: i64,
        /// Bytes of the protocol, if quotes shall respect its pauses.
        protocol: Option<Bytes>,
        /// Number of the view, for one that another module holds under it; a new one where it is left out.
        view: Option<u32>,
    }

    /// A pool held in memory.
    View {
        /// Names it in later questions.
        view: u32,
    }

    /// Nothing.
    Nothing {
    }

    /// Asks which account has the first price after a moment.
    FirstPrice {
        /// Bytes of the underlying.
        underlying: Bytes,
        /// The accounts that may have it.
        candidates: Vec<FetchedAccount>,
        /// The moment, unix seconds.
        after: i64,
        /// Time of the chain's clock, unix seconds.
        now: i64,
    }

    /// Asks which other prices quotes need beside an underlying's.
    PriceQuestion {
        /// The underlying and its price.
        market: Market,
        /// The moment after which the price has to be the first one, unix seconds; left out where it is the newest one.
        after: Option<i64>,
        /// Time of the chain's clock, unix seconds.
        now: i64,
    }

    /// The moments of other prices, unix seconds. Each is wanted as the first one after its moment.
    PriceNeeds {
        /// That of the volatility sample which can be taken now; null where there is none.
        sample_after: Option<i64>,
        /// An earlier price, which a price far from its average is compared with; null where it needs none.
        earlier_after: Option<i64>,
    }

    /// Asks which account has an earlier price that confirms an underlying's.
    EarlierPrice {
        /// The underlying and its price.
        market: Market,
        /// The moment after which the price has to be the first one, unix seconds; left out where it is the newest one.
        after: Option<i64>,
        /// Time of the chain's clock, unix seconds.
        now: i64,
        /// The accounts that may have it.
        candidates: Vec<FetchedAccount>,
    }

    /// The account with the price.
    FoundPrice {
        /// Its address; null where none of the accounts has it.
        address: Option<Pubkey>,
    }

    /// Asks for a pool made up in memory: 64 options on two underlyings.
    SceneName {
        /// Scenes of one seed are equal.
        seed: u64,
        /// Positions of the margin account, at most twelve.
        positions: u8,
        /// Whether every other option is left out, so that others can be listed in its place.
        room: Option<bool>,
    }

    /// A pool made up in memory.
    MadeUp {
        /// The pool.
        pool: PoolAccounts,
        /// Bytes of a margin account in it.
        account: Bytes,
    }
}

/// The pools held in memory.
#[derive(Default)]
pub struct Views {
    all: BTreeMap<u32, PoolView>,
    next: u32,
}

impl Views {
    /// Holds a pool.
    pub fn open(&mut self, accounts: &PoolAccounts) -> Answer<View> {
        let opened = read(accounts)?;
        let next =
            || self.next.checked_add(1).ok_or_else(|| Problem::Question("too many views were opened".to_owned()));
        let view = accounts.view.map_or_else(next, Ok)?;
        if self.all.contains_key(&view) {
            return Err(Problem::Question(format!("view {view} is open already")));
        }
        self.next = self.next.max(view);
        self.all.insert(view, opened);
        Ok(View { view })
    }

    /// Lets go of a pool.
    pub fn close(&mut self, named: &View) -> Answer<Nothing> {
        match self.all.remove(&named.view) {
            Some(_) => Ok(Nothing {}),
            None => Err(unknown(named.view)),
        }
    }

    /// Returns a pool to be changed.
    pub fn get_mut(&mut self, view: u32) -> Answer<&mut PoolView> {
        self.all.get_mut(&view).ok_or_else(|| unknown(view))
    }

    /// Returns a pool.
    pub fn get(&self, view: u32) -> Answer<&PoolView> {
        self.all.get(&view).ok_or_else(|| unknown(view))
    }
}

fn unknown(view: u32) -> Problem {
    Problem::Question(format!("view {view} is not open"))
}

fn read(accounts: &PoolAccounts) -> Answer<PoolView> {
    Ok(PoolView {
        keys: PoolKeys::from(&accounts.name),
        pool: accounts::pool(&accounts.pool.0)?,
        registry: accounts::registry(&accounts.registry.0)?,
        markets: accounts.markets.iter().map(market).collect::<Answer<_>>()?,
        now: accounts.now,
        protocol: accounts.protocol.as_ref().map(|bytes| accounts::protocol(&bytes.0)).transpose()?,
    })
}

fn market(market: &Market) -> Answer<MarketView> {
    let underlying = accounts::underlying(&market.underlying.0)?;
    let keyed = |account: &FetchedAccount| (account.address, bytes(account));
    let key = address::underlying(&underlying.feed_id);
    // Without a price no quote that needs one is made, and no instruction names its account.
    let price = market.price.as_ref().map_or(Pubkey::default(), |account| account.address);
    Ok(MarketView {
        feed: PriceFeed { underlying: key, price },
        price: market.price.as_ref().map(bytes),
        earlier: market.earlier.as_ref().map(keyed),
        sample: market.sample.as_ref().map(keyed),
        underlying,
    })
}

fn bytes(account: &FetchedAccount) -> PriceBytes {
    PriceBytes { owner: account.owner, data: account.data.0.clone() }
}

/// Decodes a margin account.
pub fn account(bytes: &Bytes) -> Answer<Box<MarginAccount>> {
    Ok(accounts::margin_account(&bytes.0)?)
}

pub fn first_price(ask: &FirstPrice) -> Answer<FoundPrice> {
    let wanted = Publication::FirstAfter(ask.after);
    for candidate in &ask.candidates {
        let price = Some(candidate.clone());
        let of = Market { underlying: ask.underlying.clone(), price, earlier: None, sample: None };
        if market(&of)?.publication(wanted, ask.now).is_ok() {
            return Ok(FoundPrice { address: Some(candidate.address) });
        }
    }
    Ok(FoundPrice { address: None })
}

fn wanted(after: Option<i64>) -> Publication {
    after.map_or(Publication::Recent, Publication::FirstAfter)
}

pub fn price_needs(ask: &PriceQuestion) -> Answer<PriceNeeds> {
    let market = market(&ask.market)?;
    Ok(PriceNeeds {
        sample_after: market.sample_moment(ask.now),
        earlier_after: market.earlier_moment(wanted(ask.after), ask.now),
    })
}

pub fn earlier_price(ask: &EarlierPrice) -> Answer<FoundPrice> {
    let mut market = market(&ask.market)?;
    let candidates = ask.candidates.iter().map(|one| (one.address, bytes(one)));
    market.take_earlier(wanted(ask.after), ask.now, candidates);
    Ok(FoundPrice { address: market.earlier.map(|(address, _)| address) })
}

pub fn scene(name: &SceneName) -> Answer<MadeUp> {
    let mut scene = Scene::new(name.seed, 0).map_err(|why| why.to_string())?;
    let account = scene.account(name.positions.into());
    if name.room == Some(true) {
        scene.make_room(&account).map_err(|why| why.to_string())?;
    }
    let view = &scene.view;
    let markets = view.markets.iter().map(|market| Market {
        underlying: of(&*market.underlying),
        price: market.price.as_ref().map(|price| FetchedAccount {
            address: market.feed.price,
            owner: price.owner,
            data: Bytes(price.data.clone()),
        }),
        earlier: None,
        sample: None,
    });
    let keys = crate::keys::PoolKeys::from(view.keys);
    let name = PoolName {
        mint: keys.mint,
        token_program: keys.token_program,
        creator: Some(keys.creator),
        number: Some(keys.number),
        generations: Some(keys.generations),
    };
    let pool = PoolAccounts {
        name,
        pool: of(&*view.pool),
        registry: of(&*view.registry),
        markets: markets.collect(),
        now: view.now,
        protocol: None,
        view: None,
    };
    Ok(MadeUp { pool, account: of(&account) })
}

/// Bytes of an account as the chain stores them, discriminator first.
pub fn of<T: accounts::Account + bytemuck::NoUninit>(content: &T) -> Bytes {
    Bytes([T::PREFIX, bytemuck::bytes_of(content)].concat())
}
