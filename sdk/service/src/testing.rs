//! A made-up history, for measurements and tests: a market whose events fit together, as those of the chain do.

use anchor_lang::prelude::Pubkey;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    address::PROGRAM,
    client::Transaction,
    events::Event,
    evergreen::{Leg, events, state::SeriesId, types::ShareClass},
    presets,
};
use solana_signature::Signature;
use std::iter;

/// Unix seconds at which every history begins.
const BEGINNING: i64 = 1_790_000_000;
/// Series of each pool.
const SERIES: u8 = 16;

/// Transactions, one after the other; those of one seed are equal.
pub struct History {
    random: u64,
    number: u64,
    time: i64,
    pools: Vec<Pubkey>,
    owners: u64,
    accounts: Vec<Account>,
    waiting: Vec<Vec<Event>>,
}

#[derive(Clone)]
struct Account {
    address: Pubkey,
    owner: Pubkey,
    cash: i64,
    next: u64,
    positions: [i64; SERIES as usize],
}

impl History {
    /// Makes the history of a market with so many pools and margin accounts.
    pub fn new(seed: u64, pools: u8, accounts: u64) -> Self {
        let mut history = Self {
            random: seed,
            number: 0,
            time: BEGINNING,
            pools: Vec::new(),
            owners: accounts,
            accounts: Vec::new(),
            waiting: Vec::new(),
        };
        for _ in 0..pools {
            let pool = history.key();
            history.pools.push(pool);
            let created = events::PoolCreated {
                pool,
                mint: history.key(),
                creator: Pubkey::default(),
                number: 0,
                private: false,
                seed: 0,
                underlyings: vec![history.underlying(0), history.underlying(1)],
                scale_exponent: 3,
                decimals: 8,
                params: presets::pool_params(),
                max_ages: [5; 4],
            };
            let deposit = events::LiquidityDeposited {
                pool,
                class: ShareClass::Main,
                provider: history.key(),
                id: 0,
                amount: 1 << 40,
                shares: 1_000 << 40,
                assets: 0,
            };
            history.waiting.push(vec![Event::PoolCreated(created), Event::LiquidityDeposited(deposit)]);
            for slot in 0..SERIES {
                let listed = events::SeriesListed {
                    pool,
                    series: series(slot),
                    underlying: slot % 2,
                    kind: slot / 2 % 2,
                    strike: 90_000 + 1_000 * u64::from(slot),
                    tenor: 604_800,
                };
                history.waiting.push(vec![Event::SeriesListed(listed)]);
            }
        }
        history.waiting.reverse();
        history
    }

    /// Returns the pools.
    pub fn pools(&self) -> &[Pubkey] {
        &self.pools
    }

    /// Returns the address of an underlying.
    pub fn underlying(&self, place: u8) -> Pubkey {
        Pubkey::new_from_array([200 + place; 32])
    }

    /// Returns the margin accounts that are open, with their owners.
    pub fn accounts(&self) -> impl ExactSizeIterator<Item = (Pubkey, Pubkey)> + '_ {
        self.accounts.iter().map(|account| (account.address, account.owner))
    }

    /// Returns a number below a bound.
    pub fn below(&mut self, bound: u64) -> u64 {
        // The generator is SplitMix64.
        self.random = self.random.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.random;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    fn key(&mut self) -> Pubkey {
        let mut bytes = [0; 32];
        for part in bytes.chunks_mut(8) {
            part.copy_from_slice(&self.below(u64::MAX).to_le_bytes());
        }
        Pubkey::new_from_array(bytes)
    }

    fn events(&mut self) -> Vec<Event> {
        if let Some(waiting) = self.waiting.pop() {
            return waiting;
        }
        if (self.accounts.len() as u64) < self.owners && self.below(4) == 0 {
            return self.opened();
        }
        match self.below(40) {
            0 => self.refreshed(),
            1 => self.sampled(),
            _ if self.accounts.is_empty() => self.opened(),
            _ => self.traded(),
        }
    }

    fn any_pool(&mut self) -> Pubkey {
        let place = self.below(self.pools.len() as u64) as usize;
        self.pools[place]
    }

    fn opened(&mut self) -> Vec<Event> {
        let pool = self.any_pool();
        let (address, owner) = (self.key(), self.key());
        let cash = 1 << 40;
        self.accounts.push(Account { address, owner, cash, next: 0, positions: [0; SERIES as usize] });
        let opened =
            events::MarginAccountOpened { pool, account: address, owner, sub_account: 0, referrer: Pubkey::default() };
        let moved = events::MarginMoved { account: address, amount: cash, cash };
        vec![Event::MarginAccountOpened(opened), Event::MarginMoved(moved)]
    }

    fn refreshed(&mut self) -> Vec<Event> {
        let pool = self.any_pool();
        let assets = Some((1 << 40) + self.below(1 << 34) as i64);
        let net_deltas = Default::default();
        let refreshed = events::PoolRefreshed {
            pool,
            assets,
            reserved_collateral: 1 << 30,
            net_deltas,
            carries: Default::default(),
        };
        vec![Event::PoolRefreshed(refreshed)]
    }

    fn sampled(&mut self) -> Vec<Event> {
        let place = self.below(2) as u8;
        let underlying = self.underlying(place);
        let price = i128::from(90_000 + self.below(20_000)) << 64;
        let sigma = |part: u64| i128::from(part) << 54;
        let sampled = events::VolatilitySampled {
            underlying,
            price,
            fast_variance: sigma(200 + self.below(100)),
            slow_variance: sigma(200 + self.below(50)),
            front_sigma: sigma(500 + self.below(100)),
            back_sigma: sigma(450 + self.below(50)),
        };
        vec![Event::VolatilitySampled(sampled)]
    }

    /// A commitment; its fill waits for the next transaction.
    fn traded(&mut self) -> Vec<Event> {
        let place = self.below(self.accounts.len() as u64) as usize;
        let slot = self.below(SERIES.into()) as u8;
        let points = 1_000 * (1 + self.below(999) as i64) * if self.below(2) == 0 { 1 } else { -1 };
        let (premium, funding, fee) = (-points, -(self.below(500) as i64), 50 + self.below(50));
        let (tip, bond) = (1_000, 20_000);
        let account = &mut self.accounts[place];
        account.next += 1;
        account.cash -= tip + bond;
        let committed = events::TradeCommitted {
            account: account.address,
            trader: account.owner,
            number: account.next,
            order: None,
            legs: vec![Leg { series: series(slot), points }],
            closing: 0,
            min_net: -(1 << 40),
            tip: tip.unsigned_abs(),
            bond: bond.unsigned_abs(),
            stake: 0,
            committer_account: None,
            cash: account.cash,
        };
        let held = &mut account.positions[usize::from(slot)];
        let settled = (*held != 0).then(|| events::FundingSettled {
            account: account.address,
            series: series(slot),
            amount: funding,
        });
        *held += points;
        let net = premium - fee.cast_signed();
        account.cash += net + if settled.is_some() { funding } else { 0 };
        let filled = events::LegFilled {
            account: account.address,
            series: series(slot),
            points,
            position: *held,
            premium,
            net_delta: 0,
            fee,
            fee_insurance: fee / 10,
            fee_protocol: fee / 10,
            fee_referrer: 0,
            fee_curator: 0,
            sigma: 1 << 63,
            spot: 100_000 << 64,
        };
        let traded = events::Traded {
            account: account.address,
            trader: account.owner,
            net,
            cash: account.cash,
            pool_cash: 1 << 40,
            reserved_collateral: 1 << 30,
        };
        let done = events::CommitmentFilled {
            account: account.address,
            filler_account: Some(account.address),
            tip: tip.unsigned_abs(),
            bond: bond.unsigned_abs(),
            stake: 0,
        };
        // The account fills its own trade, so tip and bond come back to it.
        account.cash += tip + bond;
        let mut fill: Vec<Event> = settled.map(Event::FundingSettled).into_iter().collect();
        fill.extend([Event::LegFilled(filled), Event::Traded(traded), Event::CommitmentFilled(done)]);
        self.waiting.push(fill);
        vec![Event::TradeCommitted(committed)]
    }
}

impl Iterator for History {
    type Item = Transaction;

    fn next(&mut self) -> Option<Transaction> {
        self.number += 1;
        self.time += self.below(20) as i64;
        let mut signature = [0; 64];
        signature[..8].copy_from_slice(&self.number.to_be_bytes());
        signature[8..16].copy_from_slice(&self.below(u64::MAX).to_le_bytes());
        Some(Transaction {
            signature: Signature::from(signature),
            slot: 1_000 + self.number / 2,
            block_time: Some(self.time),
            events: self.events(),
            truncated: false,
        })
    }
}

/// Returns the log that a node tells of a transaction.
pub fn log(one: &Transaction) -> Vec<String> {
    let data = one.events.iter().map(|event| format!("Program data: {}", STANDARD.encode(crate::events::bytes(event))));
    let (begin, end) = (format!("Program {PROGRAM} invoke [1]"), format!("Program {PROGRAM} success"));
    iter::once(begin).chain(data).chain([end]).collect()
}

const fn series(slot: u8) -> SeriesId {
    SeriesId { slot, generation: 1 }
}
