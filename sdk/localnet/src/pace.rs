//! Whether the chain's clock runs.

use crossbeam_channel::Sender;
use surfpool_types::{BlockProductionMode, ClockCommand, SimnetCommand};

use crate::{
    blocks::Blocks,
    error::{Error, Result},
};

/// Milliseconds that a block moves the clock while it is paused: the least that the machine knows.
const PAUSED_SLOT_MS: u64 = 1;

/// Pauses the clock of a network with [`Blocks::Clock`] and lets it run again.
///
/// The machine's own `surfnet_pauseClock` stops its blocks, so that nothing sent is ever confirmed. Here blocks are made when a
/// transaction arrives, as with [`Blocks::Transaction`], but last a millisecond: the clock stands still between transactions,
/// and a transaction moves it by at most a thirtieth of a second.
#[derive(Debug, Clone)]
pub struct Pace {
    commands: Sender<SimnetCommand>,
    blocks: Blocks,
}

impl Pace {
    pub(crate) const fn new(commands: Sender<SimnetCommand>, blocks: Blocks) -> Self {
        Self { commands, blocks }
    }

    /// Lets the clock stand still. Pausing a paused clock does nothing.
    ///
    /// # Errors
    /// When the network has ended.
    pub fn pause(&self) -> Result<()> {
        self.order([
            SimnetCommand::CommandClock(None, ClockCommand::Pause),
            SimnetCommand::CommandClock(None, ClockCommand::UpdateSlotInterval(PAUSED_SLOT_MS)),
            SimnetCommand::UpdateBlockProductionMode(BlockProductionMode::Transaction),
        ])
    }

    /// Lets the clock go on from where it stands. It does not catch up with the wall clock.
    ///
    /// # Errors
    /// When the network has ended.
    pub fn resume(&self) -> Result<()> {
        let mode = match self.blocks {
            Blocks::Clock => BlockProductionMode::Clock,
            Blocks::Transaction => BlockProductionMode::Transaction,
        };
        // The length of a block first: the clock must not run by short ones.
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
