//! Instructions that somebody might send in a state: mostly ones that could succeed, often with a number or a party that should not.

mod governing;
mod keeping;
mod liquidity;
mod trading;

use crate::{draws::Draws, scene::PEOPLE};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    accounts, address,
    evergreen::state::{SeriesId, ShareClass},
    instruction::{PoolKeys, PriceFeed},
};
use evergreen_tests::{World, chain::actor, snapshot::PoolView};

/// Makes the instructions of a call; none where the state has nothing that it could be about.
pub type Make = fn(&mut Caller) -> Option<Vec<Instruction>>;

/// A kind of call.
pub struct Call {
    /// Its name in reproducers.
    pub name: &'static str,
    /// How often it is chosen, beside the others.
    pub weight: u64,
    /// What makes it.
    pub make: Make,
}

/// Returns all kinds of calls.
pub fn all() -> Vec<Call> {
    let tables = [trading::CALLS, liquidity::CALLS, keeping::CALLS, governing::CALLS];
    let rows = tables.into_iter().flatten();
    rows.map(|(name, weight, make)| Call { name, weight: *weight, make: *make }).collect()
}

/// A row of a table of calls: name, weight, what makes it.
type Row = (&'static str, u64, Make);

const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

/// Somebody who looks at one pool of a world and decides what to send.
pub struct Caller<'a> {
    /// The world.
    pub world: &'a World,
    /// What decides.
    pub draws: &'a mut Draws,
    /// Place of the pool.
    pub pool: usize,
    /// The pool.
    pub view: PoolView,
    /// Its addresses.
    pub keys: PoolKeys,
}

impl<'a> Caller<'a> {
    /// Chooses a pool and looks at it.
    pub fn new(world: &'a World, draws: &'a mut Draws) -> Self {
        let pool = draws.below(world.pools.len() as u64) as usize;
        Self::at(world, draws, pool)
    }

    /// Looks at a pool.
    pub fn at(world: &'a World, draws: &'a mut Draws, pool: usize) -> Self {
        Self { world, pool, view: world.view(pool), keys: world.pools[pool], draws }
    }

    fn payer(&self) -> Pubkey {
        self.world.chain.payer
    }

    fn now(&self) -> i64 {
        self.world.chain.now()
    }

    /// Anybody.
    fn anybody(&mut self) -> Pubkey {
        actor(self.draws.pick(&PEOPLE).expect("people"))
    }

    /// Who should sign, or now and then somebody else.
    fn signer(&mut self, right: Pubkey) -> Pubkey {
        if self.draws.percent(3) { self.anybody() } else { right }
    }

    /// A margin account of the pool, mostly one of which `wanted` holds.
    fn account(&mut self, wanted: impl Fn(&evergreen_sdk::evergreen::state::MarginAccount) -> bool) -> Option<Pubkey> {
        let all: Vec<Pubkey> = self.view.accounts.keys().copied().collect();
        let some: Vec<Pubkey> = self.view.accounts.iter().filter(|(_, a)| wanted(a)).map(|(key, _)| *key).collect();
        if some.is_empty() || self.draws.percent(5) {
            self.draws.pick(&all).copied()
        } else {
            self.draws.pick(&some).copied()
        }
    }

    fn any_account(&mut self) -> Option<Pubkey> {
        self.account(|_| true)
    }

    /// Owner of a margin account, or its delegate.
    fn trader_of(&mut self, account: &Pubkey) -> Pubkey {
        let state = &self.view.accounts[account];
        let (owner, delegate) = (state.owner, state.delegate);
        if delegate != Pubkey::default() && self.draws.percent(30) { delegate } else { self.signer(owner) }
    }

    /// The account of a keeper, where tips and rewards go.
    fn keepers(&self) -> Pubkey {
        self.world.account_key("keeper", self.pool)
    }

    fn class(&mut self) -> ShareClass {
        if self.draws.percent(30) { ShareClass::Insurance } else { ShareClass::Main }
    }

    /// A series of the pool that is listed, mostly one of which `wanted` holds; now and then one that never was.
    fn series(
        &mut self,
        wanted: impl Fn(SeriesId, &evergreen_sdk::evergreen::state::Series) -> bool,
    ) -> Option<SeriesId> {
        let all: Vec<SeriesId> = self.view.series().map(|(id, _)| id).collect();
        let some: Vec<SeriesId> = self.view.series().filter(|(id, s)| wanted(*id, s)).map(|(id, _)| id).collect();
        if self.draws.percent(2) {
            let (slot, generation) = (self.draws.below(70) as u8, self.draws.below(4) as u32);
            return Some(SeriesId { slot, generation });
        }
        if some.is_empty() || self.draws.percent(5) {
            self.draws.pick(&all).copied()
        } else {
            self.draws.pick(&some).copied()
        }
    }

    /// The prices as they are, or now and then with one missing, repeated or exchanged.
    fn feeds(&mut self) -> Vec<PriceFeed> {
        let feeds = self.world.markets();
        self.disturbed(feeds)
    }

    fn disturbed(&mut self, mut feeds: Vec<PriceFeed>) -> Vec<PriceFeed> {
        if feeds.is_empty() || !self.draws.percent(4) {
            return feeds;
        }
        let place = self.draws.below(feeds.len() as u64) as usize;
        match self.draws.below(3) {
            0 => {
                feeds.remove(place);
            }
            1 => feeds.push(feeds[place]),
            _ => feeds[place].price = self.world.feeds[self.draws.below(2) as usize].accounts.price,
        }
        feeds
    }

    /// The number that the next request of an owner names, or now and then another one.
    fn number_of(&mut self, owner: &Pubkey) -> u64 {
        let counter = self.world.chain.account(&address::counter(owner));
        let next = counter.and_then(|c| accounts::counter(&c.data).ok()).map_or(0, |c| c.next_number);
        self.number(next)
    }

    fn number(&mut self, next: u64) -> u64 {
        if self.draws.percent(3) { self.draws.amount(next) } else { next }
    }
}
