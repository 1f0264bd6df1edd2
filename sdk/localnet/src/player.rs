//! Plays a price path on a chain: the clock and the feeds move together.

use crate::{
    client::Client,
    error::Result,
    path::Tick,
    pyth::{Publisher, PythGeneration, feeds},
};

/// Plays a path of BTC and ETH; the path starts when the player is created.
#[derive(Debug, Clone)]
pub struct Player {
    start: i64,
    btc: Publisher,
    eth: Publisher,
}

impl Player {
    /// Returns a player whose path begins at the present time of the chain.
    ///
    /// # Errors
    /// Returns an error when the network does not answer.
    pub fn new(client: &Client, generation: PythGeneration) -> Result<Self> {
        Ok(Self {
            start: client.clock()?.unix_timestamp,
            btc: Publisher::new(generation, feeds::BTC_USD),
            eth: Publisher::new(generation, feeds::ETH_USD),
        })
    }

    /// Returns the publisher of BTC.
    #[must_use]
    pub const fn btc(&self) -> &Publisher {
        &self.btc
    }

    /// Returns the publisher of ETH.
    #[must_use]
    pub const fn eth(&self) -> &Publisher {
        &self.eth
    }

    /// Moves the clock to the tick's time, unless the clock is there or later already, and publishes both prices as of the clock's time.
    ///
    /// # Errors
    /// Returns an error when the network refuses the jump or a price.
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

    /// Publishes the last prices again as of now, for when time has passed and prices have not moved.
    ///
    /// # Errors
    /// Returns an error when nothing was played yet or the network refuses a price.
    pub fn refresh(&mut self, client: &Client) -> Result<()> {
        self.btc.refresh(client)?;
        self.eth.refresh(client).map(drop)
    }
}
