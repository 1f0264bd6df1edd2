//! The network, the path and the players in one place; sending, reading, letting time pass.

use std::{collections::BTreeSet, path::Path};

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use anchor_spl::{token, token_2022};
use anyhow::{Context, Result, bail, ensure};
use evergreen::{
    engine::needed_prices,
    state::{DAY, MarginAccount, Pool, SeriesId, SeriesRegistry, Underlying},
};
use evergreen_localnet::{Client, Confirmed, Network, Options, PathSpec, Player, PythGeneration, Tick, feeds};
use evergreen_sdk::{
    accounts, address,
    events::{self, Event},
    instruction::{self as ix, PriceFeed},
    price::{PriceProvider, PushFeeds},
    testing::pyth::Price,
};

use crate::{
    cast::{Who, fixed_key},
    milestones::Milestone,
    narration::Narrator,
    stock::Stock,
};

/// Prices older than this are published again before a transaction; the program takes them up to five seconds.
const STALE_AFTER: i64 = 2;
const COMPUTE_BUDGET: Pubkey = Pubkey::from_str_const("ComputeBudget111111111111111111111111111111");

/// The recorded path: twenty days in steps of four hours. BTC rises by a seventh and falls back; ETH follows it up and
/// falls by a quarter, within eleven days. The seed was chosen for that.
pub const PATH: PathSpec = PathSpec {
    seed: 18_886,
    ticks: 120,
    step_seconds: 4 * 3_600,
    btc: 100_000 * evergreen_localnet::DOLLAR,
    eth: 4_000 * evergreen_localnet::DOLLAR,
    volatility: 0.75,
    correlation: 0.7,
    jumps_per_year: 60.0,
    jump_size: 0.03,
};

/// Series that the story trades.
#[derive(Clone, Copy, Debug)]
pub struct ListedSeries {
    /// TSLA.M/BTC call, strike 100,000, 7 days.
    pub week_call: SeriesId,
    /// TSLA.M/BTC call, strike 100,000, 30 days.
    pub month_call: SeriesId,
    /// TSLA.M/BTC put, strike 100,000, 7 days.
    pub week_put: SeriesId,
    /// CRCL.M/ETH put, strike 4,000, 7 days.
    pub eth_put: SeriesId,
}

/// Everything there is.
pub struct Story {
    /// Commentary.
    pub tell: Narrator,
    /// TSLA.M on the classic token program.
    pub tsla: Stock,
    /// CRCL.M on Token-2022, with the extensions of an xStock.
    pub crcl: Stock,
    /// HOOD.M on Token-2022, with a pool of Rosa's own.
    pub hood: Stock,
    /// The pools that there are.
    pub listed: Vec<Stock>,
    /// What somebody had in the wallet when a pool began, where that is not what was handed out; by pool.
    pub begun: Vec<(Pubkey, Who, u64)>,
    /// Prices now.
    pub tick: Tick,
    /// The milestones that have happened so far.
    pub milestones: BTreeSet<Milestone>,
    network: Network,
    player: Player,
    path: Vec<Tick>,
    next_tick: usize,
    begin: i64,
    second: i64,
    published: i64,
    series: Option<ListedSeries>,
    diary: Vec<Event>,
}

impl Story {
    /// A network at the beginning of a day with the first prices of the path.
    pub fn begin(tell: Narrator) -> Result<Self> {
        let options = Options { payer: Some(fixed_key("payer")), ..Options::fast() };
        let network = Network::start(options).context("starting the local network")?;
        let chain = network.client();
        // The beginning of a day, so that no number depends on when the story is told, and a second more: the first price after a
        // minute is sampled.
        let begin = (chain.clock()?.unix_timestamp / DAY + 1) * DAY + 1;
        chain.time_travel_to(begin).context("moving the clock to midnight")?;
        let path = PATH.generate()?.ticks;
        let tick = *path.first().context("the path is empty")?;
        let mut player = Player::new(chain, PythGeneration::Upgraded)?;
        player.play(chain, &tick)?;
        Ok(Self {
            tell,
            tsla: Stock::new("TSLA.M", 300, token::ID),
            crcl: Stock::new("CRCL.M", 120, token_2022::ID),
            hood: Stock::new("HOOD.M", 90, token_2022::ID).of_creator(Who::Rosa.id()),
            listed: Vec::new(),
            begun: Vec::new(),
            tick,
            milestones: BTreeSet::new(),
            network,
            player,
            path,
            next_tick: 1,
            begin,
            second: begin,
            published: begin,
            series: None,
            diary: Vec::new(),
        })
    }

    /// Puts the program on the network.
    pub fn deploy(&self, elf: &Path) -> Result<()> {
        let admin = Who::Admin.id();
        self.chain()
            .deploy(&address::PROGRAM, elf, Some(&admin))
            .with_context(|| format!("deploying {}; `cargo xtask build` makes it", elf.display()))
    }

    /// The network's client.
    pub const fn chain(&self) -> &Client {
        self.network.client()
    }

    /// Where the network answers.
    pub fn rpc_url(&self) -> String {
        self.network.rpc_url()
    }

    /// BTC and where its price is.
    pub fn btc(&self) -> PriceFeed {
        PriceFeed { underlying: address::underlying(&feeds::BTC_USD), price: self.player.btc().address() }
    }

    /// ETH and where its price is.
    pub fn eth(&self) -> PriceFeed {
        PriceFeed { underlying: address::underlying(&feeds::ETH_USD), price: self.player.eth().address() }
    }

    /// Both underlyings.
    pub fn feeds(&self) -> [PriceFeed; 2] {
        [self.btc(), self.eth()]
    }

    /// Days since the beginning.
    pub fn day(&self) -> f64 {
        self.tick.time_seconds as f64 / DAY as f64
    }

    /// Remembers the listed series.
    pub const fn list(&mut self, series: ListedSeries) {
        self.series = Some(series);
    }

    /// The listed series.
    pub fn series(&self) -> Result<ListedSeries> {
        self.series.context("no series is listed yet")
    }

    /// Notes that something expected has happened.
    pub fn happened(&mut self, milestone: Milestone) {
        self.milestones.insert(milestone);
    }

    /// All events of the program so far.
    pub fn diary(&self) -> &[Event] {
        &self.diary
    }

    /// Sends a transaction signed and paid by a player, and says so. Prices are fresh.
    pub fn send(&mut self, who: Who, what: &str, instructions: &[Instruction]) -> Result<Confirmed> {
        self.keep_prices_fresh()?;
        self.send_as_it_is(who, what, instructions)
    }

    /// Like [`Story::send`] with prices as old as they are.
    pub fn send_as_it_is(&mut self, who: Who, what: &str, instructions: &[Instruction]) -> Result<Confirmed> {
        self.next_second()?;
        let landed = self.chain().send_as(&who.key(), instructions, &[]);
        let landed = landed.with_context(|| format!("{}: {what}", who.name()))?;
        self.tell.landed(who.name(), what, &landed);
        self.diary.extend(events_of(&landed));
        Ok(landed)
    }

    /// Like [`Story::send_as_it_is`], where what is said comes from the events of the transaction; returns those.
    pub fn send_told(
        &mut self,
        who: Who,
        instructions: &[Instruction],
        say: impl FnOnce(&Self, &[Event]) -> Result<String>,
    ) -> Result<Vec<Event>> {
        self.next_second()?;
        let landed = self.chain().send_as(&who.key(), instructions, &[]);
        let landed = landed.with_context(|| format!("a transaction of {}", who.name()))?;
        let events = events_of(&landed);
        self.tell.landed(who.name(), &say(self, &events)?, &landed);
        self.diary.extend(events.clone());
        Ok(events)
    }

    /// Sends a transaction without a line of its own.
    pub fn send_quietly(&mut self, who: Who, instructions: &[Instruction]) -> Result<Confirmed> {
        self.keep_prices_fresh()?;
        self.next_second()?;
        let landed = self.chain().send_as(&who.key(), instructions, &[])?;
        self.tell.count();
        self.diary.extend(events_of(&landed));
        Ok(landed)
    }

    /// Tries what the program has to refuse with this error.
    pub fn refused(&mut self, who: Who, what: &str, instructions: &[Instruction], error: &str) -> Result<()> {
        self.keep_prices_fresh()?;
        self.refused_as_it_is(who, what, instructions, error)
    }

    /// Like [`Story::refused`] with prices as old as they are.
    pub fn refused_as_it_is(&self, who: Who, what: &str, instructions: &[Instruction], error: &str) -> Result<()> {
        match self.chain().send_as(&who.key(), instructions, &[]) {
            Ok(_) => bail!("{}: {what}: should have been refused with {error}", who.name()),
            Err(failure) => {
                let name = failure.failed_transaction().and_then(|failed| failed.anchor_error_name());
                ensure!(name == Some(error), "{}: {what}: refused, but not with {error}: {failure}", who.name());
            }
        }
        self.tell.refused(who.name(), what, error);
        Ok(())
    }

    /// The second after the last one: every transaction has its own, so that all amounts are the same in every run. (By
    /// itself the network's clock moves by a third of a second around each transaction.)
    fn next_second(&mut self) -> Result<()> {
        self.pass(1)
    }

    /// Lets time pass without any price being published.
    pub fn pass(&mut self, seconds: i64) -> Result<()> {
        self.second += seconds;
        self.chain().time_travel_to(self.second).context("letting time pass")?;
        Ok(())
    }

    /// Publishes prices again if the next transaction would find them old.
    pub fn keep_prices_fresh(&mut self) -> Result<()> {
        if self.second + 1 - self.published >= STALE_AFTER {
            self.next_second()?;
            self.publish()?;
        }
        Ok(())
    }

    /// Lets the delay of a commitment that was made at this second pass, and publishes prices in the second after it.
    pub fn publish_after_delay(&mut self, delay: i64) -> Result<()> {
        self.pass(delay + 1)?;
        self.publish()
    }

    /// Follows the path up to this second, and publishes prices in the second after it.
    pub fn publish_after(&mut self, moment: i64) -> Result<()> {
        while self.path.get(self.next_tick).is_some_and(|tick| self.begin + tick.time_seconds <= moment) {
            self.next_tick()?;
        }
        self.pass(moment + 1 - self.second)?;
        self.publish()
    }

    /// Goes on to the next full minute, publishes prices in the second after it, and returns the feeds with the accounts where they are kept.
    pub fn next_minute(&mut self) -> Result<[PriceFeed; 2]> {
        self.pass(61 - self.second.rem_euclid(60))?;
        self.publish()?;
        let mut feeds = self.feeds();
        for feed in &mut feeds {
            *feed = self.first_of_minute(feed)?.context("the first price of the minute is not kept")?;
        }
        Ok(feeds)
    }

    /// Passes to the next full minute, and returns the first prices after it of the underlyings that a valuation of a pool needs.
    pub fn next_minute_of(&mut self, stock: &Stock) -> Result<Vec<PriceFeed>> {
        let feeds = self.next_minute()?;
        let minute = self.second - self.second.rem_euclid(60);
        let (pool, registry) = (self.pool(stock)?, self.registry(stock)?);
        let needed = needed_prices(&pool, &registry, Some(minute));
        let is_needed = |feed: &PriceFeed| pool.underlying_index(&feed.underlying).is_ok_and(|place| needed[place]);
        Ok(feeds.into_iter().filter(is_needed).collect())
    }

    /// Returns the number that the next request of somebody names. The first one opens the counter.
    pub fn next_number(&self, who: Who) -> Result<u64> {
        let counter = self.chain().account_data(&address::counter(&who.id())).ok();
        Ok(counter.map(|data| accounts::counter(&data)).transpose()?.map_or(0, |counter| counter.next_number))
    }

    fn publish(&mut self) -> Result<()> {
        self.player.refresh(self.network.client())?;
        self.published = self.second;
        Ok(())
    }

    /// Moves to the next tick of the path: clock, prices, then a volatility sample of both underlyings.
    pub fn next_tick(&mut self) -> Result<()> {
        let tick = *self.path.get(self.next_tick).context("the path has ended")?;
        self.next_tick += 1;
        self.player.play(self.network.client(), &tick)?;
        self.second = self.begin + tick.time_seconds;
        self.published = self.second;
        self.tick = tick;
        for sample in self.due_samples()? {
            self.send_quietly(Who::Kim, &[sample]).context("sampling volatility")?;
        }
        Ok(())
    }

    /// The samples of both underlyings that can be taken and have not been.
    pub fn due_samples(&self) -> Result<Vec<Instruction>> {
        let mut due = Vec::new();
        for (place, feed) in (0..).zip(self.feeds()) {
            if self.underlying(place)?.unsampled_grid_time(self.second).is_some() {
                due.extend(self.first_of_minute(&feed)?.map(|first| ix::sample_volatility(&first)));
            }
        }
        Ok(due)
    }

    /// The account with the price that is to be sampled, if it was published.
    fn first_of_minute(&self, feed: &PriceFeed) -> Result<Option<PriceFeed>> {
        let underlying = accounts::underlying(&self.chain().account_data(&feed.underlying)?)?;
        let moment = underlying.sampling_time(self.second);
        let is_first = |key: &Pubkey| {
            let price = self.chain().account_data(key).ok().and_then(|data| Price::decode(&data));
            price.is_some_and(|price| price.prev_publish_time <= moment && moment < price.publish_time)
        };
        let mut kept = PushFeeds::UPGRADED.first_after(&underlying.feed_id, moment)?.into_iter();
        Ok(kept.find(is_first).map(|price| PriceFeed { price, ..*feed }))
    }

    /// A pool as it is on the chain.
    pub fn pool(&self, stock: &Stock) -> Result<Box<Pool>> {
        Ok(accounts::pool(&self.chain().account_data(&stock.keys.pool)?)?)
    }

    /// A registry as it is on the chain.
    pub fn registry(&self, stock: &Stock) -> Result<Box<SeriesRegistry>> {
        Ok(accounts::registry(&self.chain().account_data(&stock.keys.registry)?)?)
    }

    /// A margin account as it is on the chain.
    pub fn margin(&self, stock: &Stock, who: Who) -> Result<Box<MarginAccount>> {
        Ok(accounts::margin_account(&self.chain().account_data(&stock.margin_account(who))?)?)
    }

    /// The underlying at a place of the pools' lists (both list BTC, then ETH).
    pub fn underlying(&self, place: u8) -> Result<Box<Underlying>> {
        let feed = if place == 0 { self.btc() } else { self.eth() };
        Ok(accounts::underlying(&self.chain().account_data(&feed.underlying)?)?)
    }
}

/// Asks for more compute units than the 200,000 that an instruction gets by itself.
pub fn compute_units(limit: u32) -> Instruction {
    const SET_LIMIT: u8 = 2;
    let mut data = vec![SET_LIMIT];
    data.extend_from_slice(&limit.to_le_bytes());
    Instruction { program_id: COMPUTE_BUDGET, accounts: Vec::new(), data }
}

/// The program's events of a transaction.
pub fn events_of(landed: &Confirmed) -> Vec<Event> {
    events::from_logs(&landed.logs)
}
