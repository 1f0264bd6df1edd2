//! *Fees* of docs/mathematics.md, and how they are split.

use crate::{real::Real, state::Market, volatility::bps, witness::Range};
use anchor_lang::prelude::Pubkey;

/// Returns the fee of so many points, native units: `⌈n · fee per point⌉`, at least one unit, of which a point pays `min(rate · price, 12.5 % · value)`.
pub fn fee(market: &Market, points: i128, rate_bps: i128, price: &Real, value: (&Real, &Real)) -> Range {
    let rated = &bps(rate_bps) * price;
    let (value, error) = value;
    let most = |value: Real| rated.clone().min(&bps(market.params.fee_value_cap_bps) * &value);
    // A fee per point is rounded up to 2^-64 dollars; at a bound of the allowed error it may be one more or less.
    let rounded = |per_point: Real| Real::binary(per_point.up(64), 64);
    let native = |per_point: Real| times(points, &per_point, market.exponent).up(0).max(1);
    Range { least: native(rounded(most(value - error))), most: native(rounded(most(value + error))) }
}

/// Returns `points · dollars · 10^−e`.
pub fn times(points: i128, dollars: &Real, exponent: u32) -> Real {
    &(&Real::whole(points) * dollars) / &Real::whole(10_i128.pow(exponent))
}

impl Market {
    /// Takes a fee that an account has paid already, and gives everybody a part: insurance's, the protocol's and the referrer's are rounded down.
    pub fn split(&mut self, key: &Pubkey, fee: i128) {
        let part = |of: i128, bps: i128| of * bps / 10_000;
        let insurance = part(fee, self.params.fee_insurance_bps);
        let protocol = part(fee, self.params.fee_protocol_bps);
        let account = self.accounts.get_mut(key).expect("an account");
        let referrer = if account.referred { part(protocol, self.params.referrer_bps) } else { 0 };
        let main = fee - insurance - protocol;
        let curator = part(main, self.params.curator_bps);
        account.referral_due += referrer;
        self.pool.referrals_due += referrer;
        self.pool.insurance_due += insurance;
        self.pool.fees_due += protocol - referrer;
        self.pool.curator_due += curator;
        self.pool.cash += main - curator;
    }

    /// Takes what a trade costs that was not filled: all of it is the main class's. Whoever pays it chooses the moment.
    pub fn forfeit(&mut self, key: &Pubkey, fee: i128) {
        self.credit(key, -fee);
        self.pool.cash += fee;
        self.record(self.now, fee, 0, None);
    }
}
