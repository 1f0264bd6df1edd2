//! Commitments that wait for hours, because nobody fills them.

use super::{MARKETS, POOLS, Seat, TENTH, Week, plan::GUS, seat};
use evergreen_sdk::{
    events::Event,
    evergreen::{errors::EvergreenError, state::CancelReason},
    instruction as build,
    testing::pyth::Price,
};
use evergreen_tests::chain::actor;

const DAVE: Seat = seat("dave");

impl Week {
    /// Plans two commitments in each pool that nobody fills in time: a trade of dave, and the trade of an order of gus, whose option
    /// is exercised meanwhile.
    pub fn plan_commitments(&mut self, pool: usize, hour: i64) {
        let call = self.named[pool].call;
        let (keys, payer) = (self.world.pools[pool], self.world.chain.payer);
        match hour {
            36 => {
                let commit = self.commitment(pool, DAVE, &[(call, TENTH / 10)]);
                self.send("commit", &[commit]).ok();
                self.world.wait_for_fill();
                self.kept.insert(pool, MARKETS.map(|market| self.world.feeds[market].price));
            }
            38 => {
                let (account, feeds) = (self.key(pool, DAVE), self.world.markets());
                let number = self.account(pool, DAVE).next_order;
                let more = self.commitment(pool, DAVE, &[(call, TENTH / 10)]);
                self.refused(more, EvergreenError::CommitmentOpen);
                assert_eq!(self.account(pool, DAVE).next_order, number);
                let withdraw = build::withdraw_margin(actor(DAVE.who), &keys, account, 1, &feeds);
                self.refused(withdraw, EvergreenError::CommitmentOpen);
                self.deposit(pool, DAVE, 1).ok();
                let late = self.fill_instruction(pool, account, None, None);
                self.refused(late, EvergreenError::PriceNotFirst);
            }
            // In one pool a keeper shows the first price after the commitment, which was kept for three hours; in the other nobody
            // has it any more.
            39 => {
                let (account, keeper) = (self.key(pool, DAVE), self.key(pool, seat("keeper")));
                let kept = self.kept.remove(&pool).expect("kept in hour 36");
                let (ended, reason) = if pool == POOLS[0] {
                    (self.at_prices(kept, |week| week.fill(pool, DAVE, Some(keeper))), CancelReason::Lapsed)
                } else {
                    let end = build::fill_trade(&keys, account, Some(keeper), None, &[]);
                    (self.send("end", &[end]).ok(), CancelReason::Abandoned)
                };
                let told = ended.event(|event| match event {
                    Event::CommitmentCancelled(e) => Some((e.reason, e.filler_account, e.fee > 0)),
                    _ => None,
                });
                assert_eq!(told, (reason, Some(keeper), true));
            }
            60 => {
                // The next hour begins with an exercise twenty minutes after the jump of the price. An hour after it was made anybody
                // could end the commitment without a price.
                if pool == POOLS[0] {
                    self.world.pass(2_000);
                }
                let terms = self.at(pool, call, TENTH / 10, true, 1);
                let number = self.place(pool, GUS, GUS.who, terms);
                self.world.pass(1);
                let (account, feeds) = (self.key(pool, GUS), self.world.markets());
                let keeper = Some(self.key(pool, seat("keeper")));
                let commit = build::commit_order(actor("keeper"), &keys, account, number, payer, keeper, &feeds);
                self.send("commit an order", &[commit]).ok();
                let cancel = build::cancel_order(actor(GUS.who), &keys, account, number, payer);
                self.refused(cancel, EvergreenError::CommitmentOpen);
            }
            // The series was exercised in this hour, so no price is needed any more.
            61 => {
                let (account, keeper) = (self.key(pool, GUS), self.key(pool, seat("keeper")));
                let number = self.account(pool, GUS).commitment.order_number().expect("an order that was committed");
                let fill = self.fill_instruction(pool, account, Some(keeper), Some((number, payer)));
                let ended = self.send("fill an order", &[fill]).ok();
                let told = ended.event(|event| match event {
                    Event::OrderCancelled(e) => Some((e.reason, e.keeper_account)),
                    _ => None,
                });
                assert_eq!(told, (CancelReason::Exercised, None));
            }
            _ => {}
        }
    }

    /// Acts while the price accounts show these prices, and publishes those of now afterwards.
    fn at_prices<T>(&mut self, prices: [Price; 2], act: impl FnOnce(&mut Self) -> T) -> T {
        let present = MARKETS.map(|market| self.world.feeds[market].price);
        self.show(prices);
        let result = act(self);
        self.show(present);
        result
    }

    fn show(&mut self, prices: [Price; 2]) {
        for (market, shown) in MARKETS.into_iter().zip(prices) {
            self.world.edit_price(market, |price| *price = shown);
        }
    }
}
