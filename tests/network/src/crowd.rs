//! People in a market, who buy, write, place orders, provide liquidity and withdraw it. Random numbers decide what they do.

use crate::{Market, TOKEN};
use evergreen_sdk::{
    address,
    anchor_lang::solana_program::instruction::Instruction,
    client::{Client, FillRequest, PriorityFee, SendOptions},
    evergreen::{
        OptionLeg,
        state::{LiquidityRequest, MarginAccount, OrderTerms, SeriesStatus, ShareClass, Trigger},
    },
    instruction as build,
    math::{Points, Seconds, option::OptionKind},
    plan::Planner,
    price::PushFeeds,
    quote::PoolView,
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use evergreen_test_support::random::mixed;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::time::{Duration, Instant};

/// Points that correspond to about 0.01 BTC when one token of the collateral is worth 300 dollars.
const SIZE: i64 = 3_333_333;
/// Tenors in seconds, whose caps are a tenth and a fifth away.
const TENORS: [u32; 2] = [86_400, 7 * 86_400];

/// Everybody but the keeper.
pub struct Crowd {
    people: Vec<Keypair>,
    client: Client,
    dice: u64,
    /// How long people wait until somebody else has filled their trades. After that they do it themselves.
    pub patience: Duration,
    /// Number of purchases.
    pub bought: u32,
    /// Number of times that somebody has written options.
    pub written: u32,
    /// Number of orders placed.
    pub ordered: u32,
}

impl Crowd {
    /// Makes a crowd of `people` people with 400 tokens each.
    pub fn of(market: &Market, people: usize) -> Self {
        let people = (0..people).map(|_| market.somebody(400)).collect();
        Self { people, client: market.client(), dice: 7, patience: Duration::ZERO, bought: 0, written: 0, ordered: 0 }
    }

    fn throw(&mut self, sides: u64) -> u64 {
        self.dice += 1;
        mixed(self.dice) % sides
    }

    /// Lets one person try one thing, which may be refused.
    ///
    /// # Panics
    /// If the network does not answer.
    pub async fn act(&mut self, market: &Market) {
        let view = self.client.pool_view(market.keys, &PushFeeds::UPGRADED).await.expect("the pool").value;
        let place = self.throw(self.people.len() as u64) as usize;
        let sub_account = self.throw(3) as u16;
        match self.throw(10) {
            0..4 => self.buy(&view, place, sub_account).await,
            4..7 => self.write(&view, place, sub_account).await,
            _ => self.order(&view, place, sub_account).await,
        }
    }

    async fn account(&self, view: &PoolView, place: usize, sub_account: u16) -> Option<Box<MarginAccount>> {
        let key = address::margin_account(&view.keys.pool, &self.people[place].pubkey(), sub_account);
        self.client.get::<MarginAccount>(&key).await.ok().map(|found| found.value)
    }

    async fn send(&self, place: usize, instructions: &[Instruction]) -> bool {
        let options =
            SendOptions { poll: Duration::from_millis(10), priority: PriorityFee::Fixed(0), ..SendOptions::default() };
        self.client.send(&self.people[place], instructions, &[], &[], &options).await.is_ok()
    }

    /// Buys an option near the money.
    async fn buy(&mut self, view: &PoolView, place: usize, sub_account: u16) {
        let Ok(price) = view.price(0) else { return };
        let thousands = (price.spot.to_bits() >> 64) as u64 / 1_000;
        let strike = (thousands + self.throw(3)).saturating_sub(1) * 1_000;
        let tenor = TENORS[self.throw(2) as usize];
        let kind = if self.throw(2) == 0 { OptionKind::Call } else { OptionKind::Put };
        let contract = Contract { terms: ContractTerms { underlying: 0, tenor: Seconds(tenor) }, kind, strike };
        let points = Points(SIZE * (1 + self.throw(4) as i64));
        if self.buy_of(view, place, sub_account, contract, points).await {
            self.bought += 1;
        }
    }

    async fn buy_of(
        &self,
        view: &PoolView,
        place: usize,
        sub_account: u16,
        contract: Contract,
        points: Points,
    ) -> bool {
        let account = self.account(view, place, sub_account).await;
        let planner = Planner {
            deposit: if account.is_none() { 20 * TOKEN } else { 0 },
            sub_account,
            ..Planner::new(view, &PushFeeds::UPGRADED, self.people[place].pubkey())
        };
        let strategy = Strategy { legs: vec![Part { contract, points }] };
        match planner.trade(account.as_deref(), &strategy) {
            Ok(plan) => self.trade(view, place, sub_account, &plan.instructions).await,
            // The program would refuse it at this moment, and people see that before they sign.
            Err(_) => false,
        }
    }

    /// Writes as much as is bought of a series and not written, up to a limit, in a sub-account of its own with hardly more margin
    /// than required.
    async fn write(&mut self, view: &PoolView, place: usize, sub_account: u16) {
        let slots: Vec<usize> = (0..view.registry.series.len())
            .filter(|slot| {
                let series = &view.registry.series[*slot];
                series.status() == SeriesStatus::Live && series.long_points > series.short_points + SIZE
            })
            .collect();
        if slots.is_empty() {
            return;
        }
        let slot = slots[self.throw(slots.len() as u64) as usize];
        let series = &view.registry.series[slot];
        let points = (series.long_points - series.short_points).min(4 * SIZE);
        let contract = Contract {
            terms: ContractTerms { underlying: series.underlying, tenor: Seconds(series.tenor) },
            kind: series.kind(),
            strike: series.strike,
        };
        if self.write_of(view, place, 10 + sub_account, contract, Points(points)).await {
            self.written += 1;
        }
    }

    /// Writes options with about a fiftieth of a token more margin than required, and returns whether the transaction succeeded.
    async fn write_of(
        &self,
        view: &PoolView,
        place: usize,
        sub_account: u16,
        contract: Contract,
        points: Points,
    ) -> bool {
        let strategy = Strategy { legs: vec![Part { contract, points: Points(-points.0) }] };
        let account = self.account(view, place, sub_account).await;
        let plan = |deposit: u64| {
            let who = self.people[place].pubkey();
            let planner = Planner { deposit, sub_account, ..Planner::new(view, &PushFeeds::UPGRADED, who) };
            planner.trade(account.as_deref(), &strategy)
        };
        let (mut refused, mut enough) = (0, 40 * TOKEN);
        let Ok(_) = plan(enough) else { return false };
        while enough - refused > TOKEN / 100 {
            let middle = refused + (enough - refused) / 2;
            if plan(middle).is_ok() { enough = middle } else { refused = middle }
        }
        match plan(enough + TOKEN / 50) {
            Ok(plan) => self.trade(view, place, sub_account, &plan.instructions).await,
            // The program would refuse it at this moment, and people see that before they sign.
            Err(_) => false,
        }
    }

    /// Commits a trade, fills it unless somebody else does, and returns whether there is a position afterwards.
    async fn trade(&self, view: &PoolView, place: usize, sub_account: u16, instructions: &[Instruction]) -> bool {
        if !self.send(place, instructions).await {
            return false;
        }
        let who = &self.people[place];
        let key = address::margin_account(&view.keys.pool, &who.pubkey(), sub_account);
        let is_open = async || {
            let account = self.account(view, place, sub_account).await;
            account.is_some_and(|account| account.commitment.is_open())
        };
        let begun = Instant::now();
        while begun.elapsed() < self.patience && is_open().await {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        let options =
            SendOptions { poll: Duration::from_millis(10), priority: PriorityFee::Fixed(0), ..SendOptions::default() };
        let filled = self.client.fill(who, &FillRequest::new(view.keys, key, &PushFeeds::UPGRADED), &options).await;
        let account = self.account(view, place, sub_account).await;
        filled.is_ok() && account.is_some_and(|account| !account.is_flat())
    }

    /// Lets one person buy a 30-day option at the money and three others write it with hardly enough margin, so that a move of the
    /// price makes them liquidatable. Its cap is two fifths away, and the margin is far below the cap payoff.
    ///
    /// # Panics
    /// If one of them is refused.
    pub async fn stage(&mut self, market: &Market, kind: OptionKind) {
        let read = async || self.client.pool_view(market.keys, &PushFeeds::UPGRADED).await.expect("the pool").value;
        let view = read().await;
        let strike = (view.price(0).expect("a price").spot.to_bits() >> 64) as u64 / 1_000 * 1_000;
        let contract = Contract { terms: ContractTerms { underlying: 0, tenor: Seconds(30 * 86_400) }, kind, strike };
        let sub_account = 20 + kind as u16;
        assert!(self.buy_of(&view, 0, sub_account, contract, Points(6 * SIZE)).await, "{contract:?} was not bought");
        for place in 1..4 {
            let done = self.write_of(&read().await, place, sub_account, contract, Points(2 * SIZE)).await;
            assert!(done, "person {place} did not write {contract:?}");
        }
    }

    /// Places an order with a tip that sells a bought position once a price near the present one is reached.
    async fn order(&mut self, view: &PoolView, place: usize, sub_account: u16) {
        let Some(account) = self.account(view, place, sub_account).await else { return };
        let Some(held) = account.open_positions().map(|p| account.positions[p]).find(|p| p.points > 0) else { return };
        let Ok(price) = view.price(0) else { return };
        let spot = (price.spot.to_bits() >> 64) as u64 * 100_000_000;
        let above = self.throw(2) == 0;
        let distance = spot / 1_000 * (2 + self.throw(10));
        let Ok(option) = view.registry.option(held.series()) else { return };
        let terms = OrderTerms {
            legs: vec![OptionLeg { option, points: -held.points }],
            min_net: i64::MIN,
            trigger: Some(Trigger {
                underlying: 0,
                above,
                price: if above { spot + distance } else { spot - distance },
            }),
            reduce_only: true,
            // Some orders expire before their price is reached.
            expires_at: view.now + 600 + 60 * self.throw(40) as i64,
            tip: 5_000 + self.throw(10_000),
        };
        let who = self.people[place].pubkey();
        let key = address::margin_account(&view.keys.pool, &who, sub_account);
        let Ok(places) = view.needed(&account, []) else { return };
        let place_order =
            build::place_order(who, who, &view.keys, key, account.next_order, terms, &view.feeds(&places));
        if self.send(place, &[place_order]).await {
            self.ordered += 1;
        }
    }

    /// Lets somebody deposit tokens as liquidity of the main class.
    ///
    /// # Panics
    /// If the deposit is refused.
    pub async fn provide(&mut self, market: &Market, place: usize, tokens: u64) {
        let view = self.client.pool_view(market.keys, &PushFeeds::UPGRADED).await.expect("the pool").value;
        let planner = Planner::new(&view, &PushFeeds::UPGRADED, self.people[place].pubkey());
        let number = self.client.next_number(&self.people[place].pubkey()).await.expect("a number");
        let plan = planner.provide(ShareClass::Main, tokens * TOKEN, number).expect("a plan");
        assert!(self.send(place, &plan.instructions).await, "the deposit was refused");
        // No option is in use yet, so it needs no price when its minute has come.
        let key = address::request(&market.keys.pool, ShareClass::Main, &self.people[place].pubkey(), number);
        let request = self.client.get::<LiquidityRequest>(&key).await.expect("the request").value;
        let now = market.chain().clock().expect("the clock").unix_timestamp;
        market.chain().advance((request.minute - now).max(0)).expect("the clock moves");
        let execute = build::execute_deposit(&market.keys, &request, &[]);
        assert!(self.send(place, &[execute]).await, "the execution was refused");
    }

    /// Lets somebody request a withdrawal of shares of the main class, and returns whether the transaction succeeded.
    ///
    /// # Panics
    /// If the network does not answer.
    pub async fn leave(&mut self, market: &Market, place: usize, shares: u64) -> bool {
        let who = self.people[place].pubkey();
        let number = self.client.next_number(&who).await.expect("a number");
        let request = build::request_withdrawal(who, &market.keys, ShareClass::Main, number, shares, 1);
        self.send(place, &[request]).await
    }
}
