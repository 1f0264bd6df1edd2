//! What one hand can do, and what it has in the end.

use super::{
    Terms,
    team::{KEEPER, LONGEST, POOL, PROVIDER, TRADERS, Team},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        state::{NoticeCause, OrderTerms, SeriesId, ShareClass, Trigger},
    },
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, World,
    chain::actor,
    random::{Random, mixed},
    trading::{feeds_to_fill, named},
    world::{TENTH, TOKEN},
};

/// Names of the kinds of moves.
pub const KINDS: [&str; 20] = [
    "trade",
    "trade",
    "trade",
    "close",
    "commit",
    "fill",
    "pass",
    "deposit",
    "withdraw",
    "provide",
    "request",
    "execute",
    "leave",
    "cancel",
    "refresh",
    "order",
    "commit-order",
    "liquidate",
    "notice",
    "gift",
];

/// A move: its kind, and what decides about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gene {
    /// Place of the kind in [`KINDS`].
    pub kind: u8,
    /// Decisions.
    pub by: [u16; 4],
}

impl Gene {
    /// A random move.
    pub fn random(random: &mut Random) -> Self {
        let kind = (random.word() % KINDS.len() as u64) as u8;
        Self { kind, by: [0; 4].map(|_| random.word() as u16) }
    }

    /// Changes one decision, by much or by little.
    pub fn change(&mut self, random: &mut Random) {
        let by = &mut self.by[(random.word() % 4) as usize];
        *by = if random.percent(50) { random.word() as u16 } else { by.wrapping_add(random.range(-3, 3) as u16) };
    }
}

impl std::fmt::Display for Gene {
    fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        let [a, b, c, d] = self.by;
        write!(f, "{} {a} {b} {c} {d}", KINDS[usize::from(self.kind)])
    }
}

/// A sequence under way.
pub struct Scene<'a> {
    pub(super) world: World,
    pub(super) team: &'a Team,
    pub(super) terms: Terms,
    begun: i64,
    home: Vec<i64>,
    counts: (u64, u64),
    done: u32,
}

impl<'a> Scene<'a> {
    /// Begins in a market.
    pub fn new(world: World, team: &'a Team, terms: Terms) -> Self {
        let home = world.feeds.iter().map(|feed| feed.price.price).collect();
        Self { begun: world.chain.now(), world, team, terms, home, counts: (0, 0), done: 0 }
    }

    /// Transactions sent, and those that succeeded.
    pub const fn counts(&self) -> (u64, u64) {
        self.counts
    }

    /// Trades that were filled and deposits that were executed.
    pub const fn done(&self) -> u32 {
        self.done
    }

    /// Seconds since it began.
    pub fn seconds(&self) -> i64 {
        self.world.chain.now() - self.begun
    }

    fn send(&mut self, instruction: Instruction) -> bool {
        let outcome = self.world.chain.send(&[instruction]);
        let succeeded = outcome.succeeded();
        let done = |event: &Event| matches!(event, Event::CommitmentFilled(_) | Event::LiquidityDeposited(_));
        self.done += outcome.events().iter().filter(|event| done(event)).count() as u32;
        self.counts.0 += 1;
        self.counts.1 += u64::from(succeeded);
        succeeded
    }

    /// Lets seconds pass, each with its own publication, as far as the sequence may last.
    pub(super) fn pass(&mut self, seconds: i64) {
        let left = self.begun + LONGEST - self.world.chain.now();
        for _ in 0..seconds.min(left).max(0) {
            self.world.chain.pass(1);
            let now = self.world.chain.now();
            for market in 0..self.home.len() {
                let price = self.home[market] + self.swing(market, now);
                self.publish(market, price);
            }
        }
    }

    fn publish(&mut self, market: usize, price: i64) {
        self.world.edit_price(market, |p| (p.price, p.ema_price) = (price, price));
    }

    /// How far the price of a second is from where it began.
    fn swing(&self, market: usize, now: i64) -> i64 {
        let draw = mixed(self.terms.path ^ (now as u64) << 3 ^ market as u64) % 2_001;
        let part = i128::from(draw as i64 - 1_000);
        (i128::from(self.home[market]) * i128::from(self.terms.swing) * part / 1_000_000_000) as i64
    }

    fn series(&self, by: u16) -> SeriesId {
        self.team.series[usize::from(by) % self.team.series.len()]
    }

    /// A size of any magnitude up to five coins.
    fn points(by: u16) -> i64 {
        let (digit, power) = (i64::from(by % 9) + 1, u32::from(by / 9 % 6));
        (TENTH / 16 * digit) >> (2 * power)
    }

    fn amount(by: u16, all: u64) -> u64 {
        match by % 4 {
            0 => all,
            1 => all / 2,
            2 => all >> (by / 4 % 40),
            _ => u64::from(by / 4 % 16),
        }
    }

    /// The present prices, or as an older choice those of some seconds ago that are still recent.
    fn recent(&self, age: u16) -> Vec<PriceFeed> {
        let at = self.world.chain.now() - i64::from(age % 6);
        self.world.feeds.iter().map(|feed| PriceFeed { price: feed.kept_at(at), ..feed.accounts }).collect()
    }

    /// Plays a move.
    pub fn play(&mut self, gene: &Gene) {
        let [a, b, c, d] = gene.by;
        let who = TRADERS[usize::from(a) % TRADERS.len()];
        match KINDS[usize::from(gene.kind)] {
            "trade" => {
                if self.commit(who, &self.legs(a, b, c, d), d) {
                    self.wait(who);
                    self.fill(who, true);
                }
            }
            "close" => self.close(who),
            "commit" => drop(self.commit(who, &self.legs(a, b, c, d), d)),
            "fill" => self.fill(who, b % 2 == 0),
            "pass" if b % 4 == 0 => self.pass(61 - self.world.chain.now().rem_euclid(60)),
            "pass" => self.pass(1 + i64::from(c % 15)),
            "deposit" => {
                let amount = Self::amount(b, self.world.wallet(who, POOL));
                let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
                self.send(build::deposit_margin(actor(who), &keys, account, amount));
            }
            "withdraw" => {
                let state = self.world.account(who, POOL);
                let amount = Self::amount(b, state.cash.max(0).unsigned_abs());
                let feeds = if state.is_flat() { Vec::new() } else { self.recent(c) };
                let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
                self.send(build::withdraw_margin(actor(who), &keys, account, amount, &feeds));
            }
            "provide" => {
                self.request(b, c);
                self.pass(61 - self.world.chain.now().rem_euclid(60) + if b % 2 == 0 { 0 } else { 60 });
                self.execute();
            }
            "request" => self.request(b, c),
            "execute" => self.execute(),
            "leave" => {
                let class = Self::class(b);
                let (keys, owner) = (self.world.pools[POOL], actor(PROVIDER));
                let shares = Self::amount(c, self.world.shares(PROVIDER, POOL, class));
                let id = self.world.next_number(PROVIDER);
                self.send(build::request_withdrawal(owner, &keys, class, id, shares, 1));
            }
            "cancel" => {
                let view = self.world.view(POOL);
                let own = view.withdrawals.iter().find(|(_, w)| w.owner == actor(PROVIDER) && w.shares > 0);
                if let Some((key, request)) = own {
                    let (keys, class) = (self.world.pools[POOL], request.share_class());
                    self.send(build::cancel_withdrawal(actor(PROVIDER), &keys, class, *key));
                }
            }
            "refresh" => {
                let keys = self.world.pools[POOL];
                let feeds = self.recent(b);
                self.send(build::refresh_pool(&keys, &feeds));
                if c % 3 == 0 {
                    self.send(build::sweep_insurance(&keys));
                }
            }
            "order" => self.order(who, gene),
            "commit-order" => self.commit_order(who, b),
            "liquidate" => self.liquidate(a, b, c),
            "notice" => {
                let keys = self.world.pools[POOL];
                let series = self.series(b);
                let underlying = self.world.feeds[usize::from(c % 2)].accounts.underlying;
                let cause = [NoticeCause::Slot, NoticeCause::Capital, NoticeCause::Excess][usize::from(d % 3)];
                self.send(build::give_notice(&keys, underlying, series, cause));
                self.send(build::retire_series(&keys, series));
            }
            _ => {
                let (keys, account) = (self.world.pools[POOL], self.world.account_key("alice", POOL));
                let amount = Self::amount(b, TOKEN);
                self.send(build::deposit_margin(actor(who), &keys, account, amount));
            }
        }
    }

    /// One or two legs.
    fn legs(&self, a: u16, b: u16, c: u16, d: u16) -> Vec<(SeriesId, i64)> {
        let signed = |points: i64, by: u16| if by & 64 == 0 { points } else { -points };
        let mut legs = vec![(self.series(b), signed(Self::points(c), d))];
        let second = self.series(b / 8);
        if a & 2 != 0 && second != legs[0].0 {
            legs.push((second, signed(Self::points(c / 2), d / 2)));
        }
        legs
    }

    fn commit(&mut self, who: &str, legs: &[(SeriesId, i64)], by: u16) -> bool {
        let commit = if by.is_multiple_of(8) {
            // A limit that the price may miss.
            let cash = self.world.cash(who, POOL).max(0);
            self.world.commit_within(who, POOL, legs, -(cash / (1 + i64::from(by / 8 % 64))))
        } else {
            self.world.commit_instruction(who, POOL, legs)
        };
        self.send(commit)
    }

    /// Lets the time pass after which a commitment can be filled.
    pub(super) fn wait(&mut self, who: &str) {
        let commitment = self.world.account(who, POOL).commitment;
        if let Ok(moment) = commitment.price_after() {
            self.pass(moment + 1 - self.world.chain.now());
        }
    }

    pub(super) fn fill(&mut self, who: &str, earns: bool) {
        let (key, view) = (self.world.account_key(who, POOL), self.world.view(POOL));
        let state = &view.accounts[&key];
        let Ok(moment) = state.commitment.price_after() else { return };
        if !state.commitment.is_open() {
            return;
        }
        let firsts: Vec<PriceFeed> = (0..self.home.len())
            .map(|market| self.world.first_after(market, moment).unwrap_or(self.world.feeds[market].accounts))
            .collect();
        let underlyings: Vec<Pubkey> = view.pool.underlyings.iter().map(|u| u.key).collect();
        let feeds = feeds_to_fill(&view.registry, &underlyings, state, &firsts);
        let number = state.commitment.order;
        let order = view.orders.values().find(|o| o.account == key && o.committed && o.number + 1 == number);
        let filler = order.and_then(|order| order.committer()).or(earns.then(|| self.world.account_key(KEEPER, POOL)));
        let named = order.map(|order| (order.number, order.payer));
        let fill = build::fill_trade(&self.world.pools[POOL], key, filler, named, &feeds);
        self.send(fill);
    }

    /// Closes all that somebody has.
    pub(super) fn close(&mut self, who: &str) {
        let state = self.world.account(who, POOL);
        let places: Vec<usize> = state.open_positions().collect();
        // Written options first: their cash may be needed, and who has bought can always sell.
        for written in [true, false] {
            let legs: Vec<(SeriesId, i64)> = places
                .iter()
                .map(|place| (state.positions[*place].series(), -state.positions[*place].points))
                .filter(|(_, points)| (*points > 0) == written)
                .collect();
            for legs in legs.chunks(4) {
                let commit = self.world.commit_instruction(who, POOL, legs);
                if self.send(commit) {
                    self.wait(who);
                    self.fill(who, true);
                }
            }
        }
    }

    const fn class(by: u16) -> ShareClass {
        if by.is_multiple_of(2) { ShareClass::Main } else { ShareClass::Insurance }
    }

    fn request(&mut self, b: u16, c: u16) {
        let (keys, owner, class) = (self.world.pools[POOL], actor(PROVIDER), Self::class(b));
        let amount = Self::amount(c, self.world.wallet(PROVIDER, POOL));
        let id = self.world.next_number(PROVIDER);
        self.send(build::request_deposit(owner, &keys, class, id, amount, 0));
    }

    /// Executes deposits of the hand, and claims what went back.
    pub(super) fn execute(&mut self) {
        let view = self.world.view(POOL);
        let keys = self.world.pools[POOL];
        for (key, request) in view.withdrawals.iter().filter(|(_, w)| w.owner == actor(PROVIDER)) {
            if request.deposit > 0 {
                let feeds = self.world.minute_markets(POOL, request.share_class(), request.minute);
                self.send(build::execute_deposit(&keys, request, &feeds));
            }
            self.send(build::claim_liquidity(actor(PROVIDER), &keys, request.share_class(), *key));
        }
    }

    fn order(&mut self, who: &str, gene: &Gene) {
        let [a, b, c, d] = gene.by;
        let (keys, view) = (self.world.pools[POOL], self.world.view(POOL));
        let legs = named(&view.registry, &self.legs(a & 1, b, c, d));
        let trigger =
            (d % 3 == 0).then(|| Trigger { underlying: 0, above: d % 2 == 0, price: self.home[BTC].unsigned_abs() });
        let terms = OrderTerms {
            legs,
            min_net: if trigger.is_some() { i64::MIN + 1 } else { -(Self::points(c)) },
            trigger,
            reduce_only: d % 5 == 0,
            expires_at: self.world.chain.now() + 600,
            tip: u64::from(a / 8 % 64) * 1_000,
        };
        let (account, number) = (self.world.account_key(who, POOL), self.world.account(who, POOL).next_order);
        let feeds = self.recent(0);
        self.send(build::place_order(self.world.chain.payer, actor(who), &keys, account, number, terms, &feeds));
    }

    fn commit_order(&mut self, who: &str, age: u16) {
        let (keys, key, view) = (self.world.pools[POOL], self.world.account_key(who, POOL), self.world.view(POOL));
        let waiting = view.orders.values().find(|order| order.account == key && !order.committed);
        let Some(order) = waiting.map(|order| (order.number, order.payer)) else { return };
        let feeds = self.recent(age);
        let own = Some(self.world.account_key(KEEPER, POOL));
        self.send(build::commit_order(actor(KEEPER), &keys, key, order.0, order.1, own, &feeds));
    }

    /// Liquidates somebody, or takes what is due from them.
    fn liquidate(&mut self, a: u16, b: u16, c: u16) {
        let whom = ["mallory", "dave", "alice", "bob"][usize::from(a % 4)];
        let (keys, key, state) =
            (self.world.pools[POOL], self.world.account_key(whom, POOL), self.world.account(whom, POOL));
        let open: Vec<Leg> = state
            .open_positions()
            .map(|place| Leg { series: state.positions[place].series(), points: -state.positions[place].points })
            .collect();
        let Some(leg) = open.get(usize::from(b) % open.len().max(1)).copied() else {
            self.send(build::absorb_bad_debt(&keys, key));
            return;
        };
        let feeds = self.recent(c);
        let own = self.world.account_key(KEEPER, POOL);
        self.send(build::liquidate(actor(KEEPER), &keys, key, own, open.into_iter().take(4).collect(), &feeds));
        self.send(build::close_for_cash(actor(KEEPER), &keys, key, leg.series, &feeds));
    }
}
