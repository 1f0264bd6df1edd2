//! A trade that is committed and waits for its price.

use crate::{
    amount::Amount,
    context::{PoolContext, series_name},
    output::date,
};
use evergreen_sdk::{
    evergreen::{Leg, state::MarginAccount},
    strategy::Contract,
};
use serde::Serialize;

/// A commitment that is open.
#[derive(Clone, Debug, Serialize)]
pub struct OpenCommitment {
    legs: Vec<LegLine>,
    /// Least change of cash accepted, fees included; absent for any.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_net: Option<Amount>,
    /// What whoever fills it gets.
    tip: Amount,
    /// Number of the order that it comes from.
    #[serde(skip_serializing_if = "Option::is_none")]
    order: Option<u64>,
    /// Unix seconds.
    committed_at: i64,
    /// Unix seconds after which the price that fills it is published.
    price_after: i64,
    /// Unix seconds until which it can be filled.
    until: i64,
    /// `waiting`, or `lapsed` where nobody has filled it by then: nothing was traded and nothing will be.
    pub state: &'static str,
    /// What a lapse costs the account: the bond of a trade that adds risk; absent for a trade that only reduces, which costs twice the fee of its
    /// trade, and for an order that somebody else has committed, whose stake pays.
    #[serde(skip_serializing_if = "Option::is_none")]
    bond: Option<Amount>,
    /// Whether somebody else's stake pays for a lapse.
    staked: bool,
    /// Command that ends it once it has lapsed.
    clear: String,
}

/// A leg of it.
#[derive(Clone, Debug, Serialize)]
pub struct LegLine {
    /// Slot and generation.
    pub series: String,
    /// The option in words.
    pub option: String,
    /// Points bought, negative when sold.
    pub points: i64,
    /// The same in coins where the stock's price is known.
    pub size: String,
}

impl LegLine {
    /// A leg of a pool.
    pub fn of(pool: &PoolContext, leg: &Leg) -> Self {
        let contract = Contract::of(&pool.view.registry, leg.series);
        let (series, points) = (series_name(leg.series), leg.points);
        let size = contract.as_ref().map(|contract| pool.size(points, contract.terms.underlying));
        let option = contract.map_or_else(|| format!("series {series}"), |contract| pool.words(&contract));
        Self { series, option, points, size: size.unwrap_or_else(|| format!("{points} points")) }
    }

    fn words(&self) -> String {
        let verb = if self.points > 0 { "buy" } else { "sell" };
        format!("{verb} {} of the {}", self.size.trim_start_matches('-'), self.option)
    }
}

impl OpenCommitment {
    /// The commitment of an account, which has to be open.
    pub fn of(pool: &PoolContext, account: &MarginAccount) -> Self {
        let commitment = &account.commitment;
        let price_after = pool.view.price_moment(commitment);
        let until = price_after.saturating_add(commitment.fill_window.into());
        let staked = commitment.is_staked();
        let mut clear = format!("evergreen fill --pool {}", pool.name);
        if account.sub_account > 0 {
            clear += &format!(" --account {}", account.sub_account);
        }
        Self {
            legs: commitment.legs().iter().map(|leg| LegLine::of(pool, leg)).collect(),
            min_net: (commitment.min_net != i64::MIN).then(|| pool.amount(commitment.min_net)),
            tip: pool.unsigned(commitment.tip),
            order: commitment.order_number(),
            committed_at: commitment.committed_at,
            price_after,
            until,
            state: if pool.view.now > until { "lapsed" } else { "waiting" },
            bond: (commitment.bond > 0 && !staked).then(|| pool.unsigned(commitment.bond)),
            staked,
            clear,
        }
    }

    /// The commitment of an account, if it is open.
    pub fn find(pool: &PoolContext, account: &MarginAccount) -> Option<Self> {
        account.commitment.is_open().then(|| Self::of(pool, account))
    }

    /// The legs.
    pub fn legs(&self) -> &[LegLine] {
        &self.legs
    }

    /// Names and values, for people.
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        let legs: Vec<String> = self.legs.iter().map(LegLine::words).collect();
        let limit = self.min_net.as_ref().map_or_else(|| "any".into(), Amount::limit);
        let from = self.order.map_or_else(String::new, |number| format!(", from order {number}"));
        let committed = format!("{}{from}", legs.join(", "));
        if self.state == "lapsed" {
            let cost = match (&self.bond, self.staked) {
                (Some(bond), _) => format!("its bond of {bond} is kept"),
                (None, true) => "whoever committed the order pays for it, and the account nothing".into(),
                (None, false) => "twice the fee of its trade is kept".into(),
            };
            return vec![
                ("lapsed", committed),
                ("since", date(self.until)),
                ("what came of it", format!("nobody has filled it in time: nothing was traded; {cost}")),
                ("to clear it", format!("`{}`; until then the account neither trades nor withdraws", self.clear)),
            ];
        }
        vec![
            ("committed", committed),
            ("limit", limit),
            ("since", date(self.committed_at)),
            ("waits for", format!("the first price published after {}", date(self.price_after))),
            ("lapses after", date(self.until)),
        ]
    }
}
