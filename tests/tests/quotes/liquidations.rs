//! Liquidations of random accounts that have written most of what they can, after a jump of the price.

use super::{same_refusal, stored, view};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        oracle::Publication,
        state::{MarginAccount, NoticeCause, SeriesId},
    },
    instruction as build,
    quote::{LiquidationQuote, PoolView, QuoteError, Screen},
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, HOUR, STOCK, Setup, World,
    chain::actor,
    random::Random,
    world::{DOLLAR, TOKEN},
};

/// Counts of what was compared.
#[derive(Debug, Default)]
struct Done {
    executed: u32,
    refused: u32,
    healthy: u32,
    partial: u32,
    from_insurance: u32,
    suspects: u32,
    exercisable: u32,
    for_cash: u32,
    for_place: u32,
    deleveraged: u32,
}

struct Scene {
    world: World,
    random: Random,
    done: Done,
}

/// Rounds of a scene; the last one is a multiple of three.
const ROUNDS: u32 = 40;

impl Scene {
    fn new(seed: u64, setup: Setup) -> Self {
        let mut world = World::new(setup);
        for pool in [CLASSIC, STOCK] {
            world.trader("holder", pool, 400 * TOKEN);
            world.trader("keeper", pool, TOKEN);
            for (market, strike, step) in [(BTC, 100_000, 5_000), (ETH, 4_000, 250)] {
                for put in [false, true] {
                    let near = world.list(pool, market, put, strike);
                    let far = world.list_tenor(pool, market, put, if put { strike - step } else { strike + step }, 30);
                    let points = if market == BTC { 100_000_000 } else { 2_000_000_000 };
                    world.trade("holder", pool, &[(near, points), (far, points)]).ok();
                }
            }
        }
        Self { world, random: Random(seed), done: Done::default() }
    }

    fn publish(&mut self, market: usize, basis_points: i64) {
        let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
        let (wide, settled) = (self.random.percent(15), self.random.percent(90));
        self.world.edit_price(market, |price| {
            price.price = home + home / 10_000 * basis_points;
            price.conf = price.price.unsigned_abs() / if wide { 120 } else { 10_000 };
            if settled {
                price.ema_price = price.price;
            }
        });
    }

    fn calm(&mut self) {
        for market in [BTC, ETH] {
            let around = self.random.range(-200, 200);
            self.at(market, around);
        }
    }

    /// Publishes a price this far from the initial one, with a narrow confidence and an equal EMA price.
    fn at(&mut self, market: usize, basis_points: i64) {
        let home = if market == BTC { 100_000 } else { 4_000 } * DOLLAR;
        self.world.edit_price(market, |price| {
            price.price = home + home / 10_000 * basis_points;
            (price.ema_price, price.conf) = (price.price, price.price.unsigned_abs() / 10_000);
        });
    }

    /// Makes a trader with random positions: a few options bought, the others written at half to all of what margin allows.
    fn writer(&mut self, who: &str, pool: usize) {
        let cash = TOKEN / 10 * self.random.range(5, 60).unsigned_abs();
        self.world.trader(who, pool, cash);
        for _ in 0..self.random.range(1, 7) {
            // Health counts the marks of all underlyings, so all samples are taken that a trade may wait for.
            for sample in self.world.due_samples() {
                self.world.send(sample).ok();
            }
            let view = view(&self.world, pool);
            let slot = self.random.range(0, 7) as usize;
            let id = SeriesId { slot: slot as u8, generation: view.registry.series[slot].generation };
            let account = self.world.account(who, pool);
            if account.find(id).is_some() {
                continue;
            }
            let Ok(most) = view.capacity(&account, id) else { continue };
            let points = if self.random.percent(30) {
                i64::try_from(most.buy / 20).expect("small")
            } else {
                -i64::try_from(most.sell / 100 * self.random.range(50, 99).unsigned_abs()).expect("small")
            };
            // An account whose health has fallen with the marks may be able to write much, which brings it a premium, and not less.
            if points != 0 && view.check_trade(&account, &[Leg { series: id, points }]).is_ok() {
                self.world.trade(who, pool, &[(id, points)]).ok();
            }
        }
    }

    fn legs(&mut self, account: &MarginAccount) -> Vec<Leg> {
        let mut legs = Vec::new();
        for place in account.open_positions() {
            if legs.len() < 4 && self.random.percent(75) {
                let (series, held) = (account.positions[place].series(), account.positions[place].points);
                let points = match self.random.range(0, 9) {
                    0 => held,
                    1 | 2 => -held / 2 - held.signum(),
                    _ => -held,
                };
                legs.push(Leg { series, points });
            }
        }
        legs
    }

    fn compare(&mut self, who: &str, pool: usize, legs: Vec<Leg>, quote: Result<LiquidationQuote, QuoteError>) {
        let view = view(&self.world, pool);
        let (key, keeper) = (self.world.account_key(who, pool), self.world.account_key("keeper", pool));
        let feeds = view.feeds(&view.needed(&self.world.account(who, pool), []).expect("known series"));
        let cash = self.world.cash("keeper", pool);
        let outcome = self.world.send(build::liquidate(actor("keeper"), &view.keys, key, keeper, legs.clone(), &feeds));
        let quote = match quote {
            Ok(quote) => quote,
            Err(error) => {
                same_refusal(&error, &outcome);
                self.done.refused += 1;
                return;
            }
        };
        let event = outcome.ok().event(|e| if let Event::Liquidated(e) = e { Some(e.clone()) } else { None });
        let promised = (quote.penalty, quote.reward, quote.from_insurance);
        assert_eq!((event.penalty, event.reward, event.from_insurance), promised);
        assert_eq!((event.health_before, event.health_after), (quote.health_before, quote.health_after));
        assert_eq!(self.world.cash("keeper", pool) - cash, quote.reward as i64);
        assert_eq!(stored(&self.world, &key), bytemuck::bytes_of(&*quote.account_after), "margin account");
        assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool_after), "pool");
        assert_eq!(stored(&self.world, &view.keys.registry), bytemuck::bytes_of(&*quote.registry_after), "registry");
        self.done.executed += 1;
        self.done.partial += u32::from(quote.closed.iter().any(|leg| leg.position != 0));
        self.done.from_insurance += u32::from(quote.from_insurance > 0);
    }

    /// Asserts that the screen suspects every account that is below maintenance.
    fn screened(&mut self, view: &PoolView, account: &MarginAccount) {
        let Ok(known) = view.account(account) else { return };
        let suspect = Screen::new(view).expect("a screen").suspect(account);
        assert!(suspect || known.health.maintenance >= 0);
        self.done.suspects += u32::from(suspect);
    }

    /// Asserts, series by series and position by position, that the program accepts exactly the upkeep that the view lists: exercise, retirement,
    /// notices, options that are sold for cash; and after the notices, what is closed for a place and auto-deleveraged.
    fn upkeep(&mut self, pool: usize, writers: &[String]) {
        let view = view(&self.world, pool);
        let (exercisable, retirable, notices) = (view.exercisable(), view.retirable(), view.notices_to_give());
        let taken = |world: &World, instruction| world.chain.simulate(&[instruction]).succeeded();
        let used = view.registry.series.iter().enumerate().filter(|(_, series)| series.status != 0);
        for (slot, series) in used {
            let id = SeriesId { slot: slot as u8, generation: series.generation };
            let feed = view.feeds(&[series.underlying])[0];
            let exercise = build::exercise_series(&view.keys, id, &feed);
            assert_eq!(taken(&self.world, exercise), exercisable.contains(&id), "exercise of {series:?}");
            let retire = build::retire_series(&view.keys, id);
            assert_eq!(taken(&self.world, retire), retirable.contains(&id), "retirement of {series:?}");
            for cause in [NoticeCause::Slot, NoticeCause::Capital, NoticeCause::Excess] {
                let notice = build::give_notice(&view.keys, feed.underlying, id, cause);
                assert_eq!(taken(&self.world, notice), notices.contains(&(id, cause)), "{cause:?} of {series:?}");
            }
        }
        let all = writers.iter().map(String::as_str).chain(["holder"]);
        for who in all.clone() {
            let (key, account) = (self.world.account_key(who, pool), self.world.account(who, pool));
            // Without fresh prices nothing is sold.
            let for_cash = view.closable_for_cash(&account).unwrap_or_default();
            let to_sell = view.feeds_to_close(&account).unwrap_or_default();
            for place in account.open_positions() {
                let id = account.positions[place].series();
                let close = build::close_for_cash(actor("keeper"), &view.keys, key, id, &to_sell);
                let mut all = view.take_samples(&view.samples_to_close_for_cash(&account));
                all.push(close);
                let closes = self.world.chain.simulate(&all).succeeded();
                assert_eq!(closes, for_cash.contains(&id), "{who}: {:?}", account.positions[place]);
            }
            self.done.for_cash += for_cash.len() as u32;
        }
        self.done.exercisable += exercisable.len() as u32;
        for (id, cause) in notices {
            let mut after = self.world.clone();
            let moment = after.pass_notice(pool, id, cause);
            for who in all.clone() {
                match cause {
                    NoticeCause::Excess => self.deleveraged(&after, (who, pool), id, moment),
                    _ => self.gives_way(&after, (who, pool), (id, cause), moment),
                }
            }
        }
    }

    /// Asserts that the program closes somebody's position for its place where the view says so.
    fn gives_way(&mut self, after: &World, (who, pool): (&str, usize), named: (SeriesId, NoticeCause), moment: i64) {
        let (id, cause) = named;
        let (view, account) = (view(after, pool), after.account(who, pool));
        let wanted = Publication::FirstAfter(moment);
        let places = view.priced_with(&account, wanted).unwrap_or_default();
        let close = build::close_for_place(
            actor("keeper"),
            &view.keys,
            after.account_key(who, pool),
            named,
            &view.feeds(&places),
        );
        let expected = account.find(id).is_some() && view.closable_for_place(&account, id, cause).unwrap_or(false);
        let mut all = view.take_samples(&view.samples_to_close_for(id, cause, moment));
        all.push(close);
        let outcome = after.chain.simulate(&all);
        assert_eq!(outcome.succeeded(), expected, "{who}: {}", outcome.log());
        self.done.for_place += u32::from(expected);
    }

    /// Asserts that the program closes as many of somebody's written options as the view says, and no more than is written too much.
    fn deleveraged(&mut self, after: &World, (who, pool): (&str, usize), id: SeriesId, moment: i64) {
        let (view, account) = (view(after, pool), after.account(who, pool));
        let Some(place) = account.find(id) else { return };
        let written = account.positions[place].points.min(0).unsigned_abs();
        let excess = view.excess_short().into_iter().find(|(known, _)| *known == id).map_or(0, |(_, excess)| excess);
        let places = view.priced_with(&account, Publication::FirstAfter(moment)).unwrap_or_default();
        let (key, feeds) = (after.account_key(who, pool), view.feeds(&places));
        let samples = view.take_samples(&view.samples_to_close_for(id, NoticeCause::Excess, moment));
        let close = |points| {
            let close = build::auto_deleverage(actor("keeper"), &view.keys, key, id, points, &feeds);
            samples.iter().cloned().chain([close]).collect::<Vec<_>>()
        };
        let points = view.deleverage(&account, id, written.min(excess)).unwrap_or(0);
        if points > 0 {
            let outcome = after.chain.simulate(&close(points));
            assert!(outcome.succeeded(), "{who}: {}", outcome.log());
            self.done.deleveraged += 1;
        } else if written > 0 && excess > 0 {
            assert!(!after.chain.simulate(&close(written.min(excess))).succeeded());
        }
        if points > 0 && written > excess {
            let beyond = after.chain.simulate(&close(excess + 1));
            let limit = evergreen_sdk::evergreen::errors::EvergreenError::NothingToDeleverage;
            assert_eq!(beyond.code, Some(limit.into()), "{}", beyond.log());
        }
    }

    fn round(&mut self, number: u32) {
        self.world.pass(60);
        self.calm();
        let pool = *self.random.pick(&[CLASSIC, STOCK]);
        let writers: Vec<String> = (0..3).map(|place| format!("writer {number} {place}")).collect();
        for who in &writers {
            self.writer(who, pool);
        }
        // Now and then the holder leaves with most of a series that others have written.
        let sold = number.is_multiple_of(3).then(|| {
            let account = self.world.account("holder", pool);
            let held: Vec<usize> = account.open_positions().collect();
            let position = account.positions[*self.random.pick(&held)];
            (position.series(), position.points / 10 * 9)
        });
        if let Some((id, points)) = sold {
            self.world.trade("holder", pool, &[(id, -points)]).ok();
        }
        let seconds = *self.random.pick(&[1, 60, HOUR]);
        self.world.pass(seconds);
        // Prices jump up to four times, until an account can be liquidated.
        for _ in 0..4 {
            for market in [BTC, ETH] {
                let far = if self.random.percent(40) { 3_200 } else { 1_900 };
                let jump = self.random.range(1_000, far) * if self.random.percent(50) { 1 } else { -1 };
                self.publish(market, jump);
            }
            let view = view(&self.world, pool);
            if writers.iter().any(|who| view.is_liquidatable(&self.world.account(who, pool)) == Ok(true)) {
                break;
            }
        }
        for who in &writers {
            let account = self.world.account(who, pool);
            let legs = self.legs(&account);
            let view = view(&self.world, pool);
            self.screened(&view, &account);
            let quote = view.liquidation(&account, &legs);
            self.compare(who, pool, legs, quote);

            let (view, account) = (self::view(&self.world, pool), self.world.account(who, pool));
            match view.best_liquidation(&account) {
                Ok(Some(best)) => self.compare(who, pool, best.asked.clone(), Ok(best)),
                Ok(None) => self.done.healthy += 1,
                Err(error) => assert!(error.refusal().is_some(), "{error}"),
            }
        }
        if number.is_multiple_of(3) {
            self.upkeep(pool, &writers);
            // At the end the holder buys so much more that the small pool is at its capacity.
            if number + 1 == ROUNDS {
                self.calm();
                self.world.fund("holder", pool, 1_000 * TOKEN);
                self.world.deposit("holder", pool, 1_000 * TOKEN).ok();
                let held = self.world.account("holder", pool);
                for place in held.open_positions() {
                    let position = held.positions[place];
                    self.world.trade("holder", pool, &[(position.series(), position.points / 5)]).ok();
                }
            }
            // Prices move so far away that options are worthless or at their caps.
            for market in [BTC, ETH] {
                let away = if self.random.percent(50) { 4_500 } else { -4_500 };
                self.at(market, away);
            }
            self.upkeep(pool, &writers);
            // Half an hour later samples give funding the rates of these prices. They raise the volatility, too, so the scene ends with it.
            if number + 1 == ROUNDS {
                self.world.pass(1_800);
                self.world.pass_to(1);
                for market in [BTC, ETH] {
                    self.world.send(self.world.sample_instruction(market)).ok();
                }
                self.upkeep(pool, &writers);
                return;
            }
        }
        // The remaining positions of the writers are closed, so that others can write again.
        self.world.pass(60);
        self.calm();
        for who in &writers {
            self.close(who, pool);
        }
        if let Some(bought) = sold {
            self.world.trade("holder", pool, &[bought]).ok();
        }
    }

    fn close(&mut self, who: &str, pool: usize) {
        let account = self.world.account(who, pool);
        let mut open: Vec<_> = account.open_positions().map(|place| account.positions[place]).collect();
        open.sort_by_key(|position| position.points > 0);
        self.world.fund(who, pool, 1_000 * TOKEN);
        self.world.deposit(who, pool, 1_000 * TOKEN).ok();
        for position in open {
            self.world.trade(who, pool, &[(position.series(), -position.points)]).ok();
        }
    }
}

#[test]
fn hundreds_of_liquidations_equal_their_execution() {
    let mut all = Done::default();
    // The last pool is so small that bought options bring it to its capacity.
    for (seed, insurance, liquidity) in [(1, 100 * TOKEN, 1_000 * TOKEN), (2, 0, 1_000 * TOKEN), (3, 100, 255 * TOKEN)]
    {
        let mut setup = Setup { insurance, liquidity, ..Setup::preset() };
        // The prices of this walk jump every minute; marks that followed them would leave no option so cheap that it gives way.
        let (btc, eth) = (&mut setup.btc.params, &mut setup.eth.params);
        (btc.vol_max_bps, eth.vol_max_bps) = (btc.vol_start_bps, eth.vol_start_bps);
        // The reward is so large that insurance has to pay it for an account with nothing left.
        setup.pool.min_liquidation_reward = 1_000_000;
        let mut scene = Scene::new(seed, setup);
        for number in 0..ROUNDS {
            scene.round(number);
        }
        println!("seed {seed}: {:?}", scene.done);
        all.executed += scene.done.executed;
        all.refused += scene.done.refused;
        all.healthy += scene.done.healthy;
        all.partial += scene.done.partial;
        all.from_insurance += scene.done.from_insurance;
        all.suspects += scene.done.suspects;
        all.exercisable += scene.done.exercisable;
        all.for_cash += scene.done.for_cash;
        all.for_place += scene.done.for_place;
        all.deleveraged += scene.done.deleveraged;
    }
    assert!(all.executed >= 150 && all.executed + all.refused >= 350, "{all:?}");
    assert!(all.partial >= 20 && all.healthy >= 50 && all.suspects >= 50, "{all:?}");
    assert!(all.from_insurance > 0 && all.exercisable > 0 && all.for_place > 0 && all.deleveraged > 0, "{all:?}");
}
