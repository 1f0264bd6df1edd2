//! Lapses of commitments, and arrears of accounts, in the log.

use super::Replay;
use evergreen_sdk::evergreen::events::{ArrearsCollected, CommitmentCancelled};

impl Replay {
    pub(super) fn arrears(&mut self, e: &ArrearsCollected) {
        let account = self.account(&e.account);
        account.cash -= i128::from(e.fee);
        account.arrears -= e.fee;
        assert_eq!(account.arrears, e.arrears, "arrears that are left");
        self.ledgers_of(&e.account).earn(e.fee, [0; 4]);
    }

    pub(super) fn cancelled(&mut self, e: &CommitmentCancelled) {
        self.account(&e.account).arrears += e.arrears;
        self.account(&e.account).cash -= i128::from(e.fee);
        self.ledgers_of(&e.account).earn(e.fee, [0; 4]);
        self.pay_tip(&e.account, e.filler_account, e.tip, (e.bond, e.stake, e.forfeited));
        assert_eq!(self.account(&e.account).cash, i128::from(e.cash), "cash after an unfilled commitment");
    }
}
