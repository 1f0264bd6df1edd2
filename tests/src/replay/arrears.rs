//! Arrears of accounts in the log.

use super::Replay;
use evergreen_sdk::evergreen::events::ArrearsCollected;

impl Replay {
    pub(super) fn arrears(&mut self, e: &ArrearsCollected) {
        let account = self.account(&e.account);
        account.cash -= i128::from(e.fee);
        account.arrears -= e.fee;
        account.referral_due += i128::from(e.fee_referrer);
        assert_eq!(account.arrears, e.arrears, "arrears that are left");
        self.ledgers_of(&e.account).earn(e.fee, [e.fee_insurance, e.fee_protocol, e.fee_referrer, e.fee_curator]);
    }
}
