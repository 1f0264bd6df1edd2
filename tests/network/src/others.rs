//! People who move the chain on.

use crate::Market;
use evergreen_localnet::Client as Localnet;
use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::system_instruction};
use solana_signer::Signer;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
};

/// People who send transactions until they are dropped, as they do on every chain: what is under way lands or expires.
pub struct Others {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Others {
    /// Starts them.
    ///
    /// # Panics
    /// If they get no SOL.
    pub fn start(market: &Market) -> Self {
        let (url, payer) = (market.network.rpc_url(), market.somebody(0));
        let done = Arc::new(AtomicBool::new(false));
        let over = done.clone();
        let thread = std::thread::spawn(move || {
            // A block and 31 behind it each time.
            let chain = Localnet::new(&url, payer);
            let mut lamports = 1_000_000;
            while !over.load(Ordering::Relaxed) {
                lamports += 1;
                let to = Pubkey::new_from_array([7; 32]);
                let _ = chain.send(&[system_instruction::transfer(&chain.payer().pubkey(), &to, lamports)], &[]);
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // What went wrong there has been printed; a panic here would hide what the test says.
            let _ = thread.join();
        }
    }
}
