//! Pausing and resuming the chain's clock.

use crossbeam_channel::Sender;
use surfpool_types::{BlockProductionMode, ClockCommand, SimnetCommand};

use crate::{
    blocks::Blocks,
    error::{Error, Result},
};

/// Length of a block in milliseconds while the clock is paused; it is the shortest that the machine supports.
const PAUSED_SLOT_MS: u64 = 1;

/// Pauses the clock of a network with [`Blocks::Clock`] and lets it run again.
///
/// The machine's own `surfnet_pauseClock` stops blocks, so that no transaction is ever confirmed. Here the network makes blocks when a
/// transaction arrives, as with [`Blocks::Transaction`], but a block lasts a millisecond. The clock stands still between transactions,
/// and a transaction moves it by about a thirtieth of a second.
#[derive(Debug, Clone)]
pub struct Pace {
    commands: Sender<SimnetCommand>,
    blocks: Blocks,
}

impl Pace {
    pub(crate) const fn new(commands: Sender<SimnetCommand>, blocks: Blocks) -> Self {
        Self { commands, blocks }
    }

    /// Pauses the clock. Pausing a paused clock does nothing.
    ///
    /// # Errors
    /// Returns an error when the network has ended.
    pub fn pause(&self) -> Result<()> {
        self.order([
            SimnetCommand::CommandClock(None, ClockCommand::Pause),
            SimnetCommand::CommandClock(None, ClockCommand::UpdateSlotInterval(PAUSED_SLOT_MS)),
            SimnetCommand::UpdateBlockProductionMode(BlockProductionMode::Transaction),
        ])
    }

    /// Lets the clock go on from the time that it shows. It does not catch up with the wall clock.
    ///
    /// # Errors
    /// Returns an error when the network has ended.
    pub fn resume(&self) -> Result<()> {
        let mode = match self.blocks {
            Blocks::Clock => BlockProductionMode::Clock,
            Blocks::Transaction => BlockProductionMode::Transaction,
        };
        // The length of a block is set first, so that the clock never runs with short blocks.
        self.order([
            SimnetCommand::CommandClock(None, ClockCommand::UpdateSlotInterval(self.blocks.slot_ms())),
            SimnetCommand::CommandClock(None, ClockCommand::Resume),
            SimnetCommand::UpdateBlockProductionMode(mode),
        ])
    }

    fn order(&self, commands: [SimnetCommand; 3]) -> Result<()> {
        for command in commands {
            self.commands.send(command).map_err(|_| Error::Start("the network has ended".into()))?;
        }
        Ok(())
    }
}
