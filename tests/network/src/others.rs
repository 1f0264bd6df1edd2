//! Transactions of other people, which make the chain produce blocks.

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
    time::Duration,
};

/// Between two transactions of others.
const PAUSE: Duration = Duration::from_millis(25);

/// Other people, who send transactions until this is dropped. The blocks they cause let transactions under way land or expire.
pub struct Others {
    done: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Others {
    /// Starts to send transactions.
    ///
    /// # Panics
    /// If the network gives no SOL.
    pub fn start(market: &Market) -> Self {
        let (url, payer) = (market.network.rpc_url(), market.somebody(0));
        let done = Arc::new(AtomicBool::new(false));
        let over = done.clone();
        let thread = std::thread::spawn(move || {
            // Each transaction makes the network produce a block and 31 more behind it: without a pause what is under way expires before it can be sent again.
            let chain = Localnet::new(&url, payer);
            let mut lamports = 1_000_000;
            while !over.load(Ordering::Relaxed) {
                lamports += 1;
                let to = Pubkey::new_from_array([7; 32]);
                let _ = chain.send(&[system_instruction::transfer(&chain.payer().pubkey(), &to, lamports)], &[]);
                std::thread::sleep(PAUSE);
            }
        });
        Self { done, thread: Some(thread) }
    }
}

impl Drop for Others {
    fn drop(&mut self) {
        self.done.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed; another one here would hide the message of the test.
            let _ = thread.join();
        }
    }
}
