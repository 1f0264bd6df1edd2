//! Orders that the traders of the walk place at random, and of which one is tried after every step.

use super::{TRADERS, Walk, same_refusal, stored, view};
use evergreen_sdk::{
    accounts, address,
    events::Event,
    evergreen::{
        Leg,
        state::{OrderTerms, Trigger},
    },
    instruction as build,
    quote::{FillResolution, OrderResolution},
};
use evergreen_tests::{CLASSIC, DAY, HOUR, STOCK, Setup, chain::actor, world::TOKEN};

/// An order that nobody has executed or cancelled yet.
#[derive(Clone, Copy)]
struct Open {
    who: &'static str,
    pool: usize,
    number: u64,
}

/// Counts of what was compared.
#[derive(Debug, Default)]
struct Done {
    committed: u32,
    executed: u32,
    waiting_on: u32,
    cancelled: u32,
    refused: u32,
    keeper_paid: u32,
}

impl Walk {
    fn terms(&mut self, who: &str, pool: usize) -> Option<OrderTerms> {
        let (view, account) = (view(&self.world, pool), self.world.account(who, pool));
        let mut legs: Vec<Leg> = self.legs(&view, &account);
        legs.dedup_by_key(|leg| leg.series.slot);
        let reduce_only = self.random.percent(30);
        if reduce_only {
            let held: Vec<usize> = account.open_positions().collect();
            if held.is_empty() {
                return None;
            }
            let position = account.positions[*self.random.pick(&held)];
            // Now and then the order is for more than is held.
            legs = vec![Leg { series: position.series(), points: -position.points * self.random.range(1, 3) }];
        }
        let trigger = self.random.percent(60).then(|| {
            let underlying = self.random.range(0, 1) as u8;
            let home = if underlying == 0 { 100_000 } else { 4_000 } * 100_000_000u64;
            let price = home / 1_000 * self.random.range(960, 1_040).unsigned_abs();
            Trigger { underlying, above: self.random.percent(50), price }
        });
        let near = view.check_trade(&account, &legs).map_or(-1_000_000, |net| net.0);
        let min_net = if trigger.is_some() && self.random.percent(60) {
            i64::MIN
        } else {
            near - near.abs() / 1_000 * self.random.range(-20, 120)
        };
        let legs = view.named(&legs).expect("known series");
        let life = *self.random.pick(&[60, HOUR, DAY, 3 * DAY]);
        let tip = self.random.range(0, 5_000).unsigned_abs() * u64::from(self.random.percent(80));
        Some(OrderTerms { legs, min_net, trigger, reduce_only, expires_at: self.world.chain.now() + life, tip })
    }

    fn place(&mut self, open: &mut Vec<Open>) {
        let (who, pool) = (*self.random.pick(&TRADERS), *self.random.pick(&[CLASSIC, STOCK]));
        let Some(terms) = self.terms(who, pool) else { return };
        let (keys, feeds, account) = (self.world.pools[pool], self.world.markets(), self.world.account_key(who, pool));
        let number = self.world.account(who, pool).next_order;
        let payer = self.world.chain.payer;
        let place = build::place_order(payer, actor(who), &keys, account, number, terms, &feeds);
        if self.world.send(place).succeeded() {
            open.push(Open { who, pool, number });
        }
    }

    /// Tries to commit an order, compares the outcome with its quote, fills what is committed, and returns whether the order is still
    /// open.
    fn try_order(&mut self, order: Open, done: &mut Done) -> bool {
        let Open { who, pool, number } = order;
        let view = view(&self.world, pool);
        let (key, account) = (self.world.account_key(who, pool), self.world.account(who, pool));
        let stored_order = accounts::order(&self.world.chain.data(&address::order(&key, number))).expect("an order");
        let quote = view.order(&stored_order, &account);
        let feeds = view.feeds(&view.needed_by(&stored_order, &account).expect("known series"));
        let keeper = self.world.account_key("keeper", pool);
        let cash = self.world.cash("keeper", pool);
        let payer = self.world.chain.payer;
        let commit = build::commit_order(actor("keeper"), &view.keys, key, number, payer, Some(keeper), &feeds);
        let outcome = self.world.send(commit);
        let quote = match quote {
            Ok(quote) => quote,
            Err(error) => {
                same_refusal(&error, &outcome);
                done.refused += 1;
                return true;
            }
        };
        let outcome = outcome.ok();
        match &quote.resolution {
            OrderResolution::Committed { legs, min_net, .. } => {
                let event = outcome.event(|e| if let Event::TradeCommitted(e) = e { Some(e.clone()) } else { None });
                assert_eq!((&event.legs, event.min_net), (legs, *min_net));
                assert_eq!(event.order, Some(address::order(&key, number)));
                done.committed += 1;
            }
            OrderResolution::Cancelled(reason) => {
                let why = outcome.event(|e| if let Event::OrderCancelled(e) = e { Some(e.reason) } else { None });
                assert_eq!(why, *reason);
                done.cancelled += 1;
            }
        }
        assert_eq!(self.world.cash("keeper", pool) - cash, -(quote.stake as i64));
        assert_eq!(stored(&self.world, &key), bytemuck::bytes_of(&*quote.account_after), "margin account");
        assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool_after), "pool");
        assert_eq!(stored(&self.world, &view.keys.registry), bytemuck::bytes_of(&*quote.registry_after), "registry");
        if let Some(after) = quote.after {
            assert_eq!(self::view(&self.world, pool).account(&quote.account_after), Ok(after));
        }
        matches!(quote.resolution, OrderResolution::Committed { .. }) && self.fill_order(order, done)
    }

    /// Fills the committed trade of an order, and returns whether the order waits on.
    fn fill_order(&mut self, order: Open, done: &mut Done) -> bool {
        let Open { who, pool, number } = order;
        self.let_the_price_come();
        let payer = self.world.chain.payer;
        let quote = self.fill(who, pool, Some((number, payer)));
        let left = self.world.chain.account(&address::order(&self.world.account_key(who, pool), number));
        match &quote.resolution {
            FillResolution::Filled { .. } => {
                assert!(left.is_none(), "an executed order is closed");
                done.executed += 1;
                done.keeper_paid += u32::from(quote.tip > 0);
                false
            }
            FillResolution::Cancelled { reason, .. } if reason.lets_order_wait() => {
                let waiting = accounts::order(&left.expect("the order").data).expect("an order");
                assert!(!waiting.committed, "the order can be committed again");
                assert_eq!(quote.tip, 0);
                done.waiting_on += 1;
                true
            }
            FillResolution::Cancelled { .. } => {
                assert!(left.is_none(), "an order that is over is closed");
                done.cancelled += 1;
                done.keeper_paid += u32::from(quote.tip > 0);
                false
            }
        }
    }
}

#[test]
fn hundreds_of_orders_equal_their_execution() {
    let mut all = Done::default();
    for seed in [21, 22, 23] {
        let mut walk = Walk::new(seed, Setup { liquidity: 300 * TOKEN, ..Setup::preset() });
        let (mut open, mut done) = (Vec::new(), Done::default());
        for _ in 0..360 {
            match walk.random.range(0, 9) {
                0..=2 => walk.place(&mut open),
                3 => walk.trade(CLASSIC),
                4 => walk.trade(STOCK),
                5 | 6 => walk.price(),
                7 => {
                    let seconds = *walk.random.pick(&[1, 1, 60, HOUR]);
                    walk.world.pass(seconds);
                }
                _ => {}
            }
            if !open.is_empty() {
                let place = walk.random.range(0, open.len() as i64 - 1) as usize;
                if !walk.try_order(open[place], &mut done) {
                    open.swap_remove(place);
                }
            }
        }
        println!("seed {seed}: {done:?}");
        all.committed += done.committed;
        all.waiting_on += done.waiting_on;
        all.executed += done.executed;
        all.cancelled += done.cancelled;
        all.refused += done.refused;
        all.keeper_paid += done.keeper_paid;
    }
    assert!(all.executed + all.cancelled + all.refused >= 300, "{all:?}");
    assert!(all.committed >= 60 && all.waiting_on >= 10, "{all:?}");
    assert!(all.executed >= 50 && all.cancelled >= 30 && all.keeper_paid >= 40, "{all:?}");
}
