//! Trades of the walk: committed, and filled or cancelled at the first price after that, which may have moved or come too late.

use super::{TRADERS, Walk, same_refusal, stored, view};
use evergreen_sdk::{
    accounts, address,
    anchor_lang::prelude::Pubkey,
    events::Event,
    evergreen::{
        Leg, TradeTerms,
        engine::TradeRequest,
        state::{CancelReason, MarginAccount, SeriesId},
    },
    instruction as build,
    quote::{FillQuote, FillResolution, PoolView},
};
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, Setup, chain::actor, world::TOKEN};

impl Walk {
    pub fn legs(&mut self, view: &PoolView, account: &MarginAccount) -> Vec<Leg> {
        let live = view.registry.series.iter().enumerate().filter(|(_, series)| series.status == 1);
        let ids: Vec<SeriesId> =
            live.map(|(slot, s)| SeriesId { slot: slot as u8, generation: s.generation }).collect();
        let mut legs: Vec<Leg> = Vec::new();
        for _ in 0..self.random.range(1, 4) {
            let id = *self.random.pick(&ids);
            let held = account.find(id).map_or(0, |place| account.positions[place].points);
            let size = 10i64.pow(self.random.range(0, 8) as u32) * self.random.range(1, 9);
            let points = match self.random.range(0, 5) {
                0 | 1 if held != 0 => -held,
                2 if held != 0 => -held / 2 - 1,
                3 => -size,
                _ => size,
            };
            // Now and then a series has two legs, which no trade may have.
            if self.random.percent(98) && legs.iter().any(|leg| leg.series == id) {
                continue;
            }
            legs.push(Leg { series: id, points });
        }
        legs
    }

    /// Chooses the limit of a trade, and which of its legs must only close.
    fn request(&mut self, view: &PoolView, account: &MarginAccount, legs: Vec<Leg>) -> TradeRequest {
        let expected = view.check_trade(account, &legs).map_or(0, |net| net.0);
        let request = TradeRequest { legs, closing: 0, min_net: 0 };
        // The most to pay is what tip and bond leave.
        let most = view.commit(account, &request).map_or(account.cash, |committed| committed.account.cash);
        let legs = request.legs;
        let min_net = match self.random.range(0, 99) {
            0..=39 => expected - expected.abs() / 50,
            40..=59 => expected,
            60..=69 => i64::MIN,
            70..=74 => -most - 1,
            _ => -most,
        };
        let shrinks = (0..).zip(&legs).filter(|(_, leg)| account.is_shrunk_by(leg));
        let mut closing = shrinks.fold(0, |bits, (place, _): (u32, _)| bits | 1 << place);
        if self.random.percent(4) {
            closing ^= 1;
        }
        TradeRequest { legs, closing, min_net }
    }

    /// Commits a random trade and ends it.
    pub fn trade(&mut self, pool: usize) {
        let who = *self.random.pick(&TRADERS);
        let (view, account) = (view(&self.world, pool), self.world.account(who, pool));
        let legs = self.legs(&view, &account);
        let request = self.request(&view, &account, legs);
        if self.commit(who, pool, &view, &account, &request) {
            self.let_the_price_come();
            self.fill(who, pool, None);
        }
    }

    /// Commits a trade, compares that with its quote, and returns whether it is committed.
    fn commit(
        &mut self,
        who: &str,
        pool: usize,
        view: &PoolView,
        account: &MarginAccount,
        request: &TradeRequest,
    ) -> bool {
        let key = self.world.account_key(who, pool);
        let TradeRequest { legs, closing, min_net } = request.clone();
        let terms = TradeTerms { legs: view.named(&legs).expect("known series"), closing, min_net };
        let commit = build::commit_trade(actor(who), &view.keys, key, account.next_order, terms, &self.world.markets());
        let quote = view.commit(account, request);
        let outcome = self.world.send(commit);
        let quote = match quote {
            Err(error) => {
                same_refusal(&error, &outcome);
                self.count("commit", false);
                return false;
            }
            Ok(quote) => quote,
        };
        let committed = outcome.ok().event(|e| if let Event::TradeCommitted(e) = e { Some(e.clone()) } else { None });
        assert_eq!((&committed.legs, committed.min_net), (&request.legs, min_net));
        // Beside the bits that were asked for, the program marks every leg that only closes.
        assert_eq!((committed.closing, closing & !committed.closing), (quote.account.commitment.closing, 0));
        assert_eq!((committed.tip, committed.cash), (quote.account.commitment.tip, quote.account.cash));
        assert_eq!(stored(&self.world, &key), bytemuck::bytes_of(&*quote.account), "margin account");
        assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool), "pool");
        assert_eq!(stored(&self.world, &view.keys.registry), bytemuck::bytes_of(&*quote.registry), "registry");
        self.count("commit", true);
        true
    }

    /// Lets the price come that fills what was committed just now: mostly in time, and now and then so late that it is cancelled.
    pub fn let_the_price_come(&mut self) {
        let params = self.world.view(0).pool.params;
        let (delay, window) = (i64::from(params.fill_delay), i64::from(params.fill_window));
        match self.random.range(0, 99) {
            0..=49 => self.world.pass(delay + 1),
            50..=79 => {
                let seconds = self.random.range(delay + 1, delay + window);
                self.world.chain.pass(seconds);
                for market in [BTC, ETH] {
                    self.move_price(market);
                }
            }
            // The price was published after the window.
            80..=87 => self.world.pass(delay + window + 1),
            // The price was there in time, and nobody came.
            88..=95 => {
                self.world.pass(delay + 1);
                self.world.chain.pass(window);
            }
            // Another price came first, and whoever fills shows the second one.
            _ => {
                self.world.pass(delay + 1);
                self.world.pass(1);
            }
        }
    }

    /// Fills somebody's commitment, which comes from `order`: number and payer. Compares the end with its quote, and returns
    /// the quote. Where the program refuses the price, another one is shown to it.
    pub fn fill(&mut self, who: &str, pool: usize, order: Option<(u64, Pubkey)>) -> FillQuote {
        let (key, keeper) = (self.world.account_key(who, pool), self.world.account_key("keeper", pool));
        loop {
            let (view, account) = (view(&self.world, pool), self.world.account(who, pool));
            let of_order = order.map(|(number, _)| {
                accounts::order(&self.world.chain.data(&address::order(&key, number))).expect("an order")
            });
            let quote = view.fill(&account, of_order.as_deref());
            let feeds = view.feeds(&view.needed_to_fill(&account).expect("known series"));
            let cash = self.world.cash("keeper", pool);
            let fill = build::fill_trade(&view.keys, key, Some(keeper), order, &feeds);
            let samples = view.take_samples(&view.samples_to_fill(&account));
            *self.ends.entry("after a sample".into()).or_default() += u32::from(!samples.is_empty());
            let all: Vec<_> = samples.into_iter().chain([fill]).collect();
            let outcome = self.world.send_all(&all);
            let quote = match quote {
                Err(error) => {
                    same_refusal(&error, &outcome);
                    self.count("fill", false);
                    // The price that was first is lost to this test, so another one is shown, which names it as the one before.
                    let moment = view.price_moment(&account.commitment);
                    self.world.pass(20);
                    for market in [BTC, ETH] {
                        self.world.edit_price(market, |price| price.prev_publish_time = moment);
                    }
                    continue;
                }
                Ok(quote) => quote,
            };
            let outcome = outcome.ok();
            // What comes back of the keeper's stake.
            let mut stake = account.commitment.stake;
            match &quote.resolution {
                FillResolution::Filled { net, legs, .. } => {
                    let traded = outcome.event(|e| if let Event::Traded(e) = e { Some(e.net) } else { None });
                    assert_eq!(traded, *net);
                    assert_eq!(legs.iter().map(|leg| leg.premium - leg.fee as i64).sum::<i64>(), *net);
                    for leg in legs {
                        assert_eq!(leg.mark + leg.spread, leg.premium);
                        assert!(leg.spread <= 0, "a spread that pays: {leg:?}");
                    }
                    *self.ends.entry("Filled".into()).or_default() += 1;
                }
                FillResolution::Cancelled { reason, error, fee, arrears } => {
                    let end =
                        outcome.event(|e| if let Event::CommitmentCancelled(e) = e { Some(e.clone()) } else { None });
                    assert_eq!((end.reason, end.error, end.fee - end.forfeited), (*reason, *error, *fee));
                    assert_eq!(end.arrears, *arrears);
                    stake -= end.forfeited;
                    let points = |account: &MarginAccount| account.positions.map(|position| position.points);
                    assert_eq!(points(&quote.account_after), points(&account), "no position changes");
                    *self.ends.entry(format!("{reason:?}")).or_default() += 1;
                }
            }
            assert_eq!(self.world.cash("keeper", pool) - cash, (quote.tip + stake) as i64);
            assert_eq!(stored(&self.world, &key), bytemuck::bytes_of(&*quote.account_after), "margin account");
            assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool_after), "pool");
            assert_eq!(
                stored(&self.world, &view.keys.registry),
                bytemuck::bytes_of(&*quote.registry_after),
                "registry"
            );
            // A quote of the account after the fill equals what the quote of the fill said, where the prices are recent, and where the
            // fill had those of all its positions: one that ends on an exercised option reads none.
            let after = self::view(&self.world, pool).account(&quote.account_after);
            if let (Ok(after), Some(quoted)) = (after, quote.after) {
                assert_eq!(after, quoted);
            }
            self.count("fill", true);
            return quote;
        }
    }
}

/// Returns the reason of a cancellation, and its fee.
#[track_caller]
fn cancelled(quote: &FillQuote) -> (CancelReason, u64) {
    let FillResolution::Cancelled { reason, fee, .. } = quote.resolution else { panic!("{:?}", quote.resolution) };
    (reason, fee)
}

#[test]
fn what_an_account_cannot_bear_is_cancelled_for_the_bond() {
    let mut walk = Walk::new(1, Setup { liquidity: 300 * TOKEN, ..Setup::flat() });
    let series = SeriesId { slot: 0, generation: 1 };
    walk.world.trader("holder", CLASSIC, 100 * TOKEN);
    walk.world.trade("holder", CLASSIC, &[(series, 100_000_000)]).ok();
    // Poor writes what somebody with thirty tokens could write.
    walk.world.trader("poor", CLASSIC, TOKEN);
    let legs = vec![Leg { series, points: -50_000_000 }];
    let (view, account) = (view(&walk.world, CLASSIC), walk.world.account("alice", CLASSIC));
    let fee = view.trade(&account, &legs).unwrap().fee;
    let request = TradeRequest { legs, closing: 0, min_net: 0 };
    let account = walk.world.account("poor", CLASSIC);
    assert!(walk.commit("poor", CLASSIC, &view, &account, &request));
    walk.world.wait_for_fill();
    assert_eq!(cancelled(&walk.fill("poor", CLASSIC, None)), (CancelReason::Health, 2 * fee));

    // The holder commits all cash to a purchase that costs it to the unit; funding then takes some of it, and what is left is the limit.
    let legs = vec![Leg { series, points: 1_000_000 }];
    // The funding until now is settled first.
    walk.world.withdraw("holder", CLASSIC, 1).ok();
    let (view, account) = (self::view(&walk.world, CLASSIC), walk.world.account("holder", CLASSIC));
    let quote = view.trade(&account, &legs).unwrap();
    let request = TradeRequest { legs, closing: 0, min_net: quote.net };
    let bond = view.commit(&account, &request).unwrap().account.commitment.bond;
    let aside = view.pool.params.fill_tip + bond;
    let spare = account.cash.unsigned_abs() - quote.net.unsigned_abs() - aside - 100;
    walk.world.withdraw("holder", CLASSIC, spare).ok();
    let (view, account) = (self::view(&walk.world, CLASSIC), walk.world.account("holder", CLASSIC));
    let request = TradeRequest { min_net: aside as i64 - account.cash, ..request };
    assert!(walk.commit("holder", CLASSIC, &view, &account, &request));
    walk.world.wait_for_fill();
    assert_eq!(cancelled(&walk.fill("holder", CLASSIC, None)), (CancelReason::Limit, bond.div_ceil(8)));
}

#[test]
fn a_lapse_costs_the_bond() {
    let mut walk = Walk::new(1, Setup::flat());
    let legs = vec![Leg { series: SeriesId { slot: 0, generation: 1 }, points: 1_000_000 }];
    let (view, account) = (view(&walk.world, CLASSIC), walk.world.account("alice", CLASSIC));
    let quote = view.trade(&account, &legs).unwrap();
    let request = TradeRequest { legs, closing: 0, min_net: 2 * quote.net };
    assert!(walk.commit("alice", CLASSIC, &view, &account, &request));
    walk.world.wait_for_fill();
    // Nobody comes for a day; the price that was the first is still shown.
    walk.world.chain.pass(DAY);
    assert_eq!(cancelled(&walk.fill("alice", CLASSIC, None)), (CancelReason::Lapsed, 2 * quote.fee));
}
