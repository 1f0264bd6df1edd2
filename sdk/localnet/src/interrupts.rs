//! Ctrl-C and termination signals.

use crate::error::{Error, Result};
use tokio::runtime::{Builder, Runtime};

/// Listens to Ctrl-C and termination signals from the moment on that it is made, so that none is lost.
#[derive(Debug)]
pub struct Signals {
    runtime: Runtime,
    #[cfg(unix)]
    signals: [tokio::signal::unix::Signal; 2],
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// Returns [`Error::Start`] when the system does not allow it.
    pub fn listen() -> Result<Self> {
        let failed = |error| Error::Start(format!("listening to signals: {error}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(failed)?;
        #[cfg(unix)]
        let signals = {
            use tokio::signal::unix::{SignalKind, signal};
            let _entered = runtime.enter();
            [signal(SignalKind::interrupt()).map_err(failed)?, signal(SignalKind::terminate()).map_err(failed)?]
        };
        Ok(Self {
            runtime,
            #[cfg(unix)]
            signals,
        })
    }

    /// Waits for one.
    pub fn wait(self) {
        #[cfg(unix)]
        {
            let [mut interrupted, mut terminated] = self.signals;
            self.runtime.block_on(async {
                tokio::select! {
                    _ = interrupted.recv() => {}
                    _ = terminated.recv() => {}
                }
            });
        }
        #[cfg(not(unix))]
        // Where nothing can be listened to the process is ended from outside.
        let _ = self.runtime.block_on(tokio::signal::ctrl_c());
    }
}
