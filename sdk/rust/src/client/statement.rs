//! An account's statement out of the network's history.

use super::{Client, ClientError, EventHistory, EventStream, Signature, Transaction, trace::Trace};
use crate::portfolio::{Gap, Statement, StatementRow};
use anchor_lang::prelude::Pubkey;
use evergreen::state::MarginAccount;

/// How often newer transactions are read where the account on chain is not what its history makes.
const ROUNDS: usize = 4;

/// A movement with the transaction that it was made by.
#[derive(Clone, Copy, Debug)]
pub struct Dated {
    /// Signature of the transaction.
    pub signature: Signature,
    /// Its slot.
    pub slot: u64,
    /// Time of its block, unix seconds, if known.
    pub time: Option<i64>,
    /// The movement.
    pub movement: StatementRow,
}

/// All that a network remembers of an account.
#[derive(Clone, Debug)]
pub struct AccountHistory {
    /// What it makes; [`Statement::gap`] tells whether it is complete.
    pub statement: Statement,
    /// All movements, the oldest first.
    pub movements: Vec<Dated>,
    /// The newest transaction.
    newest: Option<Signature>,
    /// All transactions that were read.
    read: Vec<Signature>,
    /// What they tell of anybody's accounts and liquidity.
    traces: Vec<(Pubkey, Trace)>,
}

impl AccountHistory {
    fn take(&mut self, transaction: &Transaction) {
        let Transaction { signature, slot, block_time: time, events, truncated } = transaction;
        self.newest = Some(*signature);
        self.read.push(*signature);
        self.traces.extend(events.iter().filter_map(Trace::of));
        let rows = self.statement.take(events, *time, *truncated);
        let dated = |movement| Dated { signature: *signature, slot: *slot, time: *time, movement };
        self.movements.extend(rows.into_iter().map(dated));
    }

    /// Signatures of all transactions that were read.
    pub(super) fn signatures(&self) -> impl Iterator<Item = Signature> + '_ {
        self.read.iter().copied()
    }

    /// What was opened and requested in them, and by whom.
    pub(super) fn traces(&self) -> impl Iterator<Item = (Pubkey, Trace)> + '_ {
        self.traces.iter().copied()
    }

    /// Takes what has happened since it was read.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn catch_up(&mut self, client: &Client) -> Result<(), ClientError> {
        // Without a position a stream begins with the oldest.
        let mut stream = EventStream::new(client.clone(), self.statement.account(), self.newest);
        while let Some(transaction) = stream.poll().await? {
            self.take(&transaction);
        }
        Ok(())
    }
}

impl Client {
    /// Reads all that the network remembers of a margin account, the oldest first. It may be closed by now.
    ///
    /// ```no_run
    /// # async fn example(client: evergreen_sdk::client::Client, pool: anchor_lang::prelude::Pubkey, owner: anchor_lang::prelude::Pubkey)
    /// # -> Result<(), Box<dyn std::error::Error>> {
    /// let account = evergreen_sdk::address::margin_account(&pool, &owner, 0);
    /// let history = client.account_history(&account).await?;
    /// for row in &history.movements {
    ///     println!("{:?} {} {}", row.time, row.movement.kind.name(), row.movement.amount);
    /// }
    /// if let Some(gap) = history.statement.gap() {
    ///     println!("not all of it: {gap}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn account_history(&self, account: &Pubkey) -> Result<AccountHistory, ClientError> {
        let mut past = EventHistory::new(self.clone(), *account);
        let mut found = Vec::new();
        while let Some(transaction) = past.next().await? {
            found.push(transaction);
        }
        let mut history = AccountHistory {
            statement: Statement::new(*account),
            movements: Vec::new(),
            newest: None,
            read: Vec::new(),
            traces: Vec::new(),
        };
        for transaction in found.iter().rev() {
            history.take(transaction);
        }
        Ok(history)
    }

    /// Reads the account of a history, and newer transactions until both are of one moment. `None` where the account is closed, or was never opened. The history
    /// may still differ ([`Statement::check`]) where the account changes all the time, or the network forgets.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn account_of(&self, history: &mut AccountHistory) -> Result<Option<Box<MarginAccount>>, ClientError> {
        let key = history.statement.account();
        let mut account = None;
        for _ in 0..ROUNDS {
            account = self.get_many::<MarginAccount>(&[key]).await?.value.into_iter().next().flatten();
            let Some(found) = &account else { break };
            if history.statement.check(found) != Err(Gap::Differs) {
                break;
            }
            history.catch_up(self).await?;
            if history.statement.check(found).is_ok() {
                break;
            }
        }
        Ok(account)
    }
}
