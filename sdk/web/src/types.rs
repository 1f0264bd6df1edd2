//! The program's accounts, events and what they hold, across the bridge.

use crate::value::{Declarations, Hex, Take, Tell, camel, comment, field, put};
use evergreen_sdk::{
    accounts::{self, DecodeError, Kind},
    anchor_lang::prelude::Pubkey,
    events::Event,
    evergreen::{TradeTerms, events::*, state::*},
};
use serde_json::Value;

/// Implements the bridge for all events at once: an object whose `kind` is the event's name.
macro_rules! events {
    ($($name:ident),*) => {
        impl Tell for Event {
            fn declare(types: &mut Declarations) -> String {
                let all = [$($name::declare(types)),*];
                declare_kinds::<Self>(types, "ProgramEvent", "An event of the program.", &all)
            }

            fn tell(&self) -> Value {
                match self {
                    $(Self::$name(event) => of_kind(stringify!($name), event.tell()),)*
                }
            }
        }
    };
}

include!(concat!(env!("OUT_DIR"), "/types.rs"));

// The interface description leaves it out, because no instruction reads it by Anchor's own means.
told! { "Number of the next transfer of a key. It is never closed, so no number is ever taken twice.", Counter {
    "Layout version." version: plain,
    "Bump of this address." bump: plain,
    "Whose numbers these are." owner: plain,
    "Number of the next transfer." next_number: plain,
} }

taken! {
    SeriesId { slot, generation }
    OptionId { underlying, put, strike, tenor, cap_bps }
    OptionLeg { option, points }
    Leg { series, points }
    Trigger { underlying, above, price }
    OrderTerms { legs, min_net, trigger, reduce_only, expires_at, tip }
    TradeTerms { legs, closing, min_net }
    SeriesSpec { put, strike, tenor }
    Roles { admin, guardian, fee_owner }
    PoolCaps { max_series_points, max_account_points, max_pool_cash }
    PoolParams { max_series_points, max_account_points, min_account_points, max_pool_cash, min_liquidation_reward, funding_full_gap, main_cooldown, insurance_cooldown, reserve_limit_bps, fee_open_bps, fee_close_bps, fee_value_cap_bps, fee_main_bps, fee_insurance_bps, fee_protocol_bps, referrer_bps, sigma_max_expected_bps, carry_bps, direction_limit_bps, carry_base_bps, growth_limit_bps, buy_markup_bps, write_markdown_bps, buyback_bps, daily_outflow_bps, penalty_bps, penalty_equity_cap_bps, liquidator_bps, vol_stress_bps, extreme_weight_bps, short_charge_bps, curator_bps, kinds, min_tenor_hours, max_tenor_hours, fill_tip, fill_delay, fill_window; padding }
    TenorParams { seconds, call_cap_bps, put_cap_bps }
    UnderlyingParams { max_age, max_future, strike_step, vol_fast_half_life, vol_min_interval, tenors, max_conf_bps, max_ema_gap_bps, spread_conf_bps, strike_range_bps, shock_initial_bps, shock_target_bps, shock_maintenance_bps, vol_slow_half_lives, vol_start_bps, vol_multiplier_bps, vol_min_bps, vol_max_bps, vol_max_change_bps, vol_sample_cap, vol_saturday_bps, vol_sunday_bps, smile_skew_bps, smile_convexity_bps }
}

impl Take for UnderlyingConfig {
    fn take(value: &Value) -> Result<Self, String> {
        Ok(Self {
            symbol: field::<Hex<8>>(value, "symbol")?.0,
            feed_id: field::<Hex<32>>(value, "feed_id")?.0,
            source: field(value, "source")?,
            price_owner: field(value, "price_owner")?,
            params: field(value, "params")?,
        })
    }
}

impl Take for Change {
    fn take(value: &Value) -> Result<Self, String> {
        let kind: String = field(value, "kind")?;
        Ok(match kind.as_str() {
            "PoolParams" => Self::PoolParams(field(value, "value")?),
            "UnderlyingParams" => Self::UnderlyingParams(field(value, "value")?),
            "PriceSource" => {
                Self::PriceSource { source: field(value, "source")?, price_owner: field(value, "price_owner")? }
            }
            "ResumePool" => Self::ResumePool,
            "Guardian" => Self::Guardian(field(value, "value")?),
            "FeeOwner" => Self::FeeOwner(field(value, "value")?),
            "Admin" => Self::Admin(field(value, "value")?),
            "Timelock" => Self::Timelock(field(value, "value")?),
            "Curator" => Self::Curator(field(value, "value")?),
            _ => return Err(format!("no change is named `{kind}`")),
        })
    }
}

/// An account of the program.
pub struct Decoded(Kind, Value);

macro_rules! accounts {
    ($($decode:ident: $name:ident),*) => {
        impl Decoded {
            /// Decodes an account of any type.
            ///
            /// # Errors
            /// [`DecodeError`] where the bytes are no account of the program.
            pub fn of(data: &[u8]) -> Result<Self, DecodeError> {
                let kind = Kind::of(data).ok_or(DecodeError::Discriminator)?;
                let told = match kind {
                    $(Kind::$name => accounts::$decode(data)?.tell(),)*
                };
                Ok(Self(kind, told))
            }
        }

        impl Tell for Decoded {
            fn declare(types: &mut Declarations) -> String {
                let all = [$($name::declare(types)),*];
                declare_kinds::<Self>(types, "ProgramAccount", "An account of the program.", &all)
            }

            fn tell(&self) -> Value {
                of_kind(match self.0 { $(Kind::$name => stringify!($name)),* }, self.1.clone())
            }
        }
    };
}

accounts! {
    protocol: Protocol, underlying: Underlying, pool: Pool, registry: SeriesRegistry, margin_account: MarginAccount,
    request: LiquidityRequest, retired: RetiredShares, proposal: Proposal, counter: Counter, order: Order
}

fn of_kind(kind: &str, mut told: Value) -> Value {
    if let Value::Object(fields) = &mut told {
        fields.insert("kind".to_owned(), Value::from(kind));
    }
    told
}

fn declare_kinds<T>(types: &mut Declarations, name: &str, docs: &str, kinds: &[String]) -> String {
    let all: Vec<String> = kinds.iter().map(|kind| format!("({{ kind: \"{kind}\" }} & {kind})")).collect();
    let text = format!("{}export type {name} =\n  | {};\n", comment(docs, ""), all.join("\n  | "));
    if types.begin::<T>(name) {
        types.end(name, text);
    }
    name.to_owned()
}
