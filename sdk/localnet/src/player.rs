//! Plays a price path on a chain: its clock and its feeds move together.

use crate::{
    client::Client,
    error::Result,
    path::Tick,
    pyth::{Publisher, PythGeneration, feeds},
};

/// BTC and ETH as a path has them, from the moment it was made on.
#[derive(Debug, Clone)]
pub struct Player {
    start: i64,
    btc: Publisher,
    eth: Publisher,
}

impl Player {
    /// A player whose path begins at the chain's present moment.
    ///
    /// # Errors
    /// When the network does not answer.
    pub fn new(client: &Client, generation: PythGeneration) -> Result<Self> {
        Ok(Self {
            start: client.clock()?.unix_timestamp,
            btc: Publisher::new(generation, feeds::BTC_USD),
            eth: Publisher::new(generation, feeds::ETH_USD),
        })
    }

    /// The feed of BTC.
    #[must_use]
    pub const fn btc(&self) -> &Publisher {
        &self.btc
    }

    /// The feed of ETH.
    #[must_use]
    pub const fn eth(&self) -> &Publisher {
        &self.eth
    }

    /// Moves the clock to the tick's time (unless it is there or later already) and publishes both prices as of then.
    ///
    /// # Errors
    /// When the network refuses one of them.
    pub fn play(&mut self, client: &Client, tick: &Tick) -> Result<()> {
        let mut now = client.clock()?.unix_timestamp;
        let target = self.start.saturating_add(tick.time_seconds);
        if now < target {
            now = client.time_travel_to(target)?.unix_timestamp;
        }
        self.btc.publish(client, tick.btc, now)?;
        self.eth.publish(client, tick.eth, now)?;
        Ok(())
    }

    /// Publishes the last prices again as of now: time has passed and nothing has moved.
    ///
    /// # Errors
    /// When nothing was played yet or the network refuses one of them.
    pub fn refresh(&mut self, client: &Client) -> Result<()> {
        self.btc.refresh(client)?;
        self.eth.refresh(client).map(drop)
    }
}
