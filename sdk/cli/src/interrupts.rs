//! Ctrl-C and polite kills.

use anyhow::{Context, Result};
use tokio::signal::unix::{Signal, SignalKind, signal};

/// It listens from its creation on, so no signal before the first wait is lost.
pub struct Interrupts {
    interrupt: Signal,
    terminate: Signal,
}

impl Interrupts {
    /// Begins to listen; from here on neither ends the process by itself.
    ///
    /// # Errors
    /// When the system does not let it listen.
    pub fn listen() -> Result<Self> {
        let listen = |kind| signal(kind).context("listening to signals");
        Ok(Self { interrupt: listen(SignalKind::interrupt())?, terminate: listen(SignalKind::terminate())? })
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}
