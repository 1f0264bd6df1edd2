//! Ctrl-C and polite kills.

use crate::{
    failure::{Exit, Report},
    output,
};
use anyhow::{Context, Result};
use std::sync::{Mutex, PoisonError};
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

/// What is under way, as far as this process knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum UnderWay {
    /// Nothing was sent, or what came of it was told.
    #[default]
    Nothing,
    /// A transaction is being sent; it may have landed.
    Sending(String),
    /// A transaction has landed, with this signature, and what comes of it is being found out.
    Confirmed(String),
}

static UNDER_WAY: Mutex<UnderWay> = Mutex::new(UnderWay::Nothing);

/// Notes what is under way, so that an interruption can tell.
pub fn note(now: UnderWay) {
    *UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner) = now;
}

impl UnderWay {
    /// What an interruption tells.
    fn report(&self) -> Report {
        let (error, next, exit) = match self {
            Self::Nothing => (
                "interrupted: nothing is under way, and nothing was done that is not told above".to_owned(),
                None,
                Exit::Failed,
            ),
            Self::Sending(what) => (
                format!("interrupted while it was being sent: {what}. It may be done, or be done within a minute"),
                Some(
                    "give the same command again: it finds out, and sends nothing if it was done; `evergreen history` shows it, too",
                ),
                Exit::Unknown,
            ),
            Self::Confirmed(signature) => (
                format!("interrupted: {signature} is on the chain, and what comes of it is not known yet"),
                Some(
                    "give the same command again: it goes on, and tells; `evergreen account show` and `evergreen lp show` show what waits",
                ),
                Exit::Unknown,
            ),
        };
        Report::interrupted(error, next.map(str::to_owned), exit)
    }
}

/// Lets an interruption end this process with what is known and what is not. Entries of the journal stay.
///
/// # Errors
/// When the system gives no thread.
pub fn watch(json: bool) -> Result<()> {
    let told = move || -> Result<()> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            Interrupts::listen()?.next().await;
            anyhow::Ok(())
        })?;
        let report = UNDER_WAY.lock().unwrap_or_else(PoisonError::into_inner).report();
        output::aside(&if json { report.json() } else { format!("\n{}", report.text()) });
        std::process::exit(report.exit_code.into());
    };
    // Without it an interruption ends the process all the same, and says nothing.
    std::thread::Builder::new()
        .name("interrupts".into())
        .spawn(move || drop(told()))
        .context("watching for signals")?;
    Ok(())
}
