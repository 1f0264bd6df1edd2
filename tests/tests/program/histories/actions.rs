//! What accounts do in a walk, and what is done to them.

use super::{ACCOUNTS, Walk, name};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts,
    evergreen::{
        Leg,
        state::{NoticeCause, Notices, OrderTerms, SeriesId, SeriesStatus, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, DAY, ETH, HOUR, STOCK,
    chain::actor,
    seizures::Seizure,
    trading,
    valuation::dollars,
    world::{DOLLAR, TOKEN},
};

impl Walk {
    pub(super) fn deposit(&mut self, who: &str, amount: u64) {
        let (keys, account) = (self.world.pools[STOCK], self.world.account_key(who, STOCK));
        self.send(build::deposit_margin(actor(who), &keys, account, amount));
    }

    pub(super) fn who(&mut self) -> String {
        name(self.random.range(0, ACCOUNTS as i64 - 1) as usize)
    }

    pub(super) fn step(&mut self) {
        let who = self.who();
        match self.random.range(0, 99) {
            0..=54 => self.trade(&who),
            55..=62 => self.time(),
            63..=70 => self.price(),
            71..=77 => self.margin(&who),
            78..=87 => self.order(&who),
            88..=93 => self.force(&who),
            _ => self.exercise(&who),
        }
    }

    /// Legs of all kinds: opening, larger, a part of what is held, all of it, and through zero.
    fn legs(&mut self, who: &str) -> Vec<(SeriesId, i64)> {
        let account = self.world.account(who, STOCK);
        let registry = accounts::registry(&self.world.chain.data(&self.world.pools[STOCK].registry)).expect("one");
        let live = |slot: &usize| registry.series[*slot].status() == SeriesStatus::Live;
        let slots: Vec<usize> = (0..registry.series.len()).filter(live).collect();
        let mut legs: Vec<(SeriesId, i64)> = Vec::new();
        for _ in 0..self.random.range(1, 2) {
            let held: Vec<_> = account.open_positions().map(|place| account.positions[place]).collect();
            let id = if !held.is_empty() && self.random.percent(60) {
                self.random.pick(&held).series()
            } else if slots.is_empty() {
                continue;
            } else {
                let slot = *self.random.pick(&slots);
                SeriesId { slot: slot as u8, generation: registry.series[slot].generation }
            };
            let held = account.find(id).map_or(0, |place| account.positions[place].points);
            let size = 10i64.pow(self.random.range(3, 7) as u32) * self.random.range(1, 9);
            let points = match self.random.range(0, 5) {
                0 | 1 if held != 0 => -held * self.random.range(1, 99) / 100,
                2 if held != 0 => -held,
                3 if held != 0 => -held - held.signum() * size,
                // Not more can be written than is bought.
                4 if self.random.percent(60) => -size / 2,
                _ => size,
            };
            if points != 0 && !legs.iter().any(|(known, _)| *known == id) {
                legs.push((id, points));
            }
        }
        legs
    }

    fn trade(&mut self, who: &str) {
        let legs = self.legs(who);
        if legs.is_empty() {
            return;
        }
        let commit = self.world.commit_instruction(who, STOCK, &legs);
        if self.send(commit).succeeded() {
            self.fill(who, None, None);
        }
    }

    /// Fills a commitment, for somebody's tip or nobody's; now and then too late.
    fn fill(&mut self, who: &str, order: Option<(u64, Pubkey)>, committer: Option<Pubkey>) {
        self.world.wait_for_fill();
        if self.random.percent(6) {
            self.world.pass(100);
        }
        let (other, tipped) = (self.who(), self.random.percent(40) && committer.is_none());
        let filler = (tipped && other != who).then(|| self.world.account_key(&other, STOCK)).or(committer);
        let key = self.world.account_key(who, STOCK);
        let registry = accounts::registry(&self.world.chain.data(&self.world.pools[STOCK].registry)).expect("one");
        let underlyings: Vec<Pubkey> = self.world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
        let account = self.world.account(who, STOCK);
        let feeds = self.world.markets_to_fill(STOCK, &key);
        let feeds = trading::feeds_to_fill(&registry, &underlyings, &account, &feeds);
        let fill = build::fill_trade(&self.world.pools[STOCK], key, filler, order, &feeds);
        if !self.send(fill.clone()).succeeded() {
            self.world.pass(700);
            let abandoned = build::fill_trade(&self.world.pools[STOCK], key, filler, order, &[]);
            if !self.send(fill).succeeded() {
                self.send(abandoned);
            }
        }
    }

    fn time(&mut self) {
        let seconds = match self.random.range(0, 9) {
            0 => 2 * DAY,
            1..=3 => self.random.range(HOUR, 12 * HOUR),
            _ => self.random.range(0, 600),
        };
        self.world.pass(seconds);
        for sample in self.world.due_samples() {
            self.send(sample);
        }
    }

    fn price(&mut self) {
        let market = *self.random.pick(&[BTC, ETH]);
        let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
        let reach = if self.random.percent(30) { 1_200 } else { 200 };
        let (moved, far) = (self.random.range(-reach, reach), self.random.percent(6));
        let beyond = *self.random.pick(&[home / 10 * 7, home / 10 * 14]);
        self.world.edit_price(market, |price| {
            price.price = (price.price + price.price / 10_000 * moved).clamp(home * 7 / 10, home * 14 / 10);
            if far {
                price.price = beyond;
            }
            (price.ema_price, price.conf) = (price.price, price.price.unsigned_abs() / 5_000);
        });
    }

    fn margin(&mut self, who: &str) {
        let (keys, account, feeds) =
            (self.world.pools[STOCK], self.world.account_key(who, STOCK), self.world.markets());
        match self.random.range(0, 2) {
            0 => {
                let amount = self.random.range(1, 3 * TOKEN as i64) as u64;
                self.deposit(who, amount);
            }
            1 => {
                let amount = self.random.range(1, TOKEN as i64) as u64;
                self.send(build::withdraw_margin(actor(who), &keys, account, amount, &feeds));
            }
            _ => {
                // As much as health allows, so that the next move may bring the account below maintenance.
                let view = self.world.client_view(STOCK);
                let Ok(quote) = view.account(&self.world.account(who, STOCK)) else { return };
                let spare = quote.health.initial.min(quote.cash);
                if spare > 0 {
                    self.send(build::withdraw_margin(actor(who), &keys, account, spare.unsigned_abs(), &feeds));
                }
                self.ruin(who);
            }
        }
    }

    /// What becomes of an account without spare cash: a sale that nobody fills puts it in arrears, funding eats what is left, or the price runs against what it has
    /// written.
    fn ruin(&mut self, who: &str) {
        let state = self.world.account(who, STOCK);
        let bought = state.open_positions().map(|place| state.positions[place]).find(|p| p.points > 0);
        if let (Some(held), true) = (bought, self.random.percent(50)) {
            let commit = self.world.commit_instruction(who, STOCK, &[(held.series(), -held.points)]);
            if self.send(commit).succeeded() {
                self.world.wait_for_fill();
                self.world.chain.pass(15);
                let fill = self.world.fill_instruction(who, STOCK);
                self.send(fill);
                self.world.pass(5);
            }
            if self.random.percent(70) {
                self.deposit(who, TOKEN / 10);
            }
            return;
        }
        let market = *self.random.pick(&[BTC, ETH]);
        let up = self.random.percent(50);
        self.world.pass(10 * HOUR);
        for sample in self.world.due_samples() {
            self.send(sample);
        }
        self.world.edit_price(market, |price| {
            price.price = price.price / 100 * if up { 111 } else { 90 };
            (price.ema_price, price.conf) = (price.price, price.price.unsigned_abs() / 5_000);
        });
        let liquidator = self.who();
        self.force(&liquidator);
    }

    /// An order with a tip: it is committed by another account with its stake and filled, cancelled, or left.
    fn order(&mut self, who: &str) {
        let legs = self.legs(who);
        let (keys, account, payer) =
            (self.world.pools[STOCK], self.world.account_key(who, STOCK), self.world.chain.payer);
        let Some(leg) = legs.first() else { return };
        let registry = accounts::registry(&self.world.chain.data(&keys.registry)).expect("one");
        let tip = self.random.range(0, 9_000) as u64;
        let terms = OrderTerms {
            legs: trading::named(&registry, &[*leg]),
            min_net: i64::MIN,
            trigger: Some(Trigger { underlying: 0, above: true, price: 1 }),
            reduce_only: self.random.percent(20),
            expires_at: self.world.chain.now() + DAY,
            tip,
        };
        let number = self.world.account(who, STOCK).next_order;
        let feeds = self.world.markets();
        if !self.send(build::place_order(payer, actor(who), &keys, account, number, terms, &feeds)).succeeded() {
            return;
        }
        match self.random.range(0, 9) {
            0..=1 => {
                self.send(build::cancel_order(actor(who), &keys, account, number, payer));
            }
            2 => {}
            _ => {
                self.world.pass(3);
                let keeper = self.who();
                if keeper == who {
                    return;
                }
                let (stake, feeds) = (self.world.account_key(&keeper, STOCK), self.world.markets());
                let commit = build::commit_order(actor(&keeper), &keys, account, number, payer, Some(stake), &feeds);
                if self.send(commit).succeeded() && self.world.account(who, STOCK).commitment.is_open() {
                    self.fill(who, Some((number, payer)), Some(stake));
                }
            }
        }
    }

    /// What happens to accounts against their owners' will.
    fn force(&mut self, liquidator: &str) {
        let (keys, keeper, feeds) =
            (self.world.pools[STOCK], self.world.account_key(liquidator, STOCK), self.world.markets());
        for place in 0..ACCOUNTS {
            let who = name(place);
            let (account, state) = (self.world.account_key(&who, STOCK), self.world.account(&who, STOCK));
            if keeper == account || (state.cash >= 0 && !state.has_written()) {
                continue;
            }
            let legs: Vec<_> = state.open_positions().map(|place| state.positions[place]).collect();
            let leg = |p: &evergreen_sdk::evergreen::state::Position| Leg { series: p.series(), points: -p.points };
            for chunk in legs.chunks(2).take(2) {
                let legs = chunk.iter().map(leg).collect();
                let close = build::liquidate(actor(liquidator), &keys, account, keeper, legs, &feeds);
                if !self.send(close).succeeded() {
                    break;
                }
            }
            if self.world.cash(&who, STOCK) < 0 {
                self.send(build::absorb_bad_debt(&keys, account));
                if let Some(bought) = legs.iter().find(|p| p.points > 0) {
                    let close = build::close_for_cash(actor("keeper"), &keys, account, bought.series(), &feeds);
                    if self.send(close).succeeded() {
                        self.seen.entry(account).or_default().insert("closed for cash");
                    }
                }
            }
        }
        if self.random.percent(50) {
            self.deleverage();
        }
    }

    fn deleverage(&mut self) {
        let (keys, view) = (self.world.pools[STOCK], self.world.view(STOCK));
        let excess = view.series().find(|(_, s)| s.status() == SeriesStatus::Live && s.short_points > s.long_points);
        let Some((id, series)) = excess else { return };
        let written = view.positions().find(|(_, p)| p.series() == id && p.points < 0);
        let Some((account, points)) = written.map(|(key, p)| (*key, -p.points)) else { return };
        let points = points.min(series.short_points - series.long_points).unsigned_abs();
        let notice = self.world.notice_instruction(STOCK, id, NoticeCause::Excess);
        if self.send(notice).succeeded() {
            let moment = self.world.chain.now() + Notices::PERIOD;
            self.world.pass(Notices::PERIOD + 1);
            let feeds = self.world.markets_after(moment);
            if self.send(build::auto_deleverage(actor("keeper"), &keys, account, id, points, &feeds)).succeeded() {
                self.seen.entry(account).or_default().insert("auto-deleveraged");
            }
        }
    }

    /// Exercises what has reached its cap, and pays somebody.
    fn exercise(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[STOCK], self.world.account_key(who, STOCK));
        let registry = accounts::registry(&self.world.chain.data(&keys.registry)).expect("one");
        for (slot, series) in registry.series.iter().enumerate() {
            let market = &self.world.feeds[usize::from(series.underlying)];
            let spot = dollars(market.price.price, market.price.exponent);
            if series.status() == SeriesStatus::Live && series.terms().expect("terms").is_capped_at(spot) {
                let id = SeriesId { slot: slot as u8, generation: series.generation };
                let feed = self.world.feeds[usize::from(series.underlying)].accounts;
                self.send(build::exercise_series(&keys, id, &feed));
            }
        }
        self.value();
        self.send(build::settle_positions(&keys, account));
        self.send(build::settle_for_less(actor(who), &keys, account));
    }

    /// Takes a part of the vault, and assigns the loss; accounts bear it when they are next touched.
    pub(super) fn seize(&mut self, percent: u64) {
        let vault = self.world.pools[STOCK].vault;
        let amount = self.world.chain.balance(&vault) / 100 * percent;
        self.world.seize(STOCK, vault, amount, Seizure::Burn);
        let sync = build::sync_vault(&self.world.pools[STOCK]);
        self.send(sync);
        self.value();
    }

    /// BTC's feed falls silent, its series are ended, and everybody is paid what they were worth at the last sample.
    pub(super) fn end(&mut self) {
        let (keys, underlying) = (self.world.pools[STOCK], self.world.feeds[BTC].accounts.underlying);
        self.world.chain.pass(2 * DAY);
        self.world.edit_price(ETH, |_| {});
        let silent = build::report_silence(&self.world.feeds[BTC].accounts);
        self.send(silent);
        self.world.chain.pass(8 * DAY);
        self.world.edit_price(ETH, |_| {});
        let registry = accounts::registry(&self.world.chain.data(&keys.registry)).expect("one");
        for (slot, series) in registry.series.iter().enumerate() {
            if series.status() == SeriesStatus::Live && series.underlying == 0 {
                let id = SeriesId { slot: slot as u8, generation: series.generation };
                self.send(build::end_series(&keys, id, underlying));
            }
        }
        for place in 0..ACCOUNTS {
            let account = self.world.account_key(&name(place), STOCK);
            self.send(build::settle_positions(&keys, account));
        }
    }
}
