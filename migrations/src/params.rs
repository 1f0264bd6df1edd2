//! Parameters in a file, which override those of a preset.

use evergreen_sdk::evergreen::state::{MAX_TENORS, MAX_UNDERLYINGS, PoolParams, TenorParams, UnderlyingParams};
use serde::Deserialize;

/// A parameter whose value on chain differs from the wanted one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Name of the parameter.
    pub name: &'static str,
    /// Its value on chain.
    pub present: String,
    /// Its value in the file.
    pub wanted: String,
}

impl std::fmt::Display for Difference {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} → {}", self.name, self.present, self.wanted)
    }
}

/// Lists differences in one line.
pub(crate) fn list(differences: &[Difference]) -> String {
    differences.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

macro_rules! overrides {
    ($(#[$doc:meta])* $name:ident of $params:ident { $($field:ident: $type:ty),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
        #[serde(deny_unknown_fields, default)]
        pub struct $name {
            $(
                #[doc = concat!("`", stringify!($field), "`, if it differs from the preset.")]
                pub $field: Option<$type>,
            )*
        }

        impl $name {
            /// Returns the base with the values that are set here.
            #[allow(clippy::needless_update, reason = "not all kinds of parameters have other fields: padding")]
            pub fn over(&self, base: &$params) -> $params {
                $params { $($field: self.$field.clone().map_or(base.$field, Into::into),)* ..*base }
            }

            /// Reads `name = value` lines.
            ///
            /// # Errors
            /// Returns an error with the invalid line: an unknown name, or a value of the wrong type or size.
            pub fn parse(lines: &str) -> Result<Self, toml::de::Error> {
                toml::from_str(lines)
            }

            /// Returns the differences between parameters on chain and wanted ones.
            pub fn differences(present: &$params, wanted: &$params) -> Vec<Difference> {
                let mut found = Vec::new();
                $(
                    if present.$field != wanted.$field {
                        let (present, wanted) = (present.$field.shown(), wanted.$field.shown());
                        found.push(Difference { name: stringify!($field), present, wanted });
                    }
                )*
                found
            }
        }
    };
}

overrides! {
    /// Parameters of a pool that are not the preset's.
    PoolOverrides of PoolParams {
        max_series_points: u64,
        max_account_points: u64,
        min_account_points: u64,
        max_pool_cash: u64,
        min_liquidation_reward: u64,
        funding_full_gap: u32,
        main_cooldown: u32,
        insurance_cooldown: u32,
        reserve_limit_bps: u16,
        fee_open_bps: u16,
        fee_close_bps: u16,
        fee_value_cap_bps: u16,
        fee_main_bps: u16,
        fee_insurance_bps: u16,
        fee_protocol_bps: u16,
        referrer_bps: u16,
        sigma_max_expected_bps: u16,
        carry_bps: u16,
        direction_limit_bps: [u16; MAX_UNDERLYINGS],
        carry_base_bps: [i16; MAX_UNDERLYINGS],
        growth_limit_bps: u16,
        buy_markup_bps: u16,
        write_markdown_bps: u16,
        buyback_bps: u16,
        daily_outflow_bps: u16,
        penalty_bps: u16,
        penalty_equity_cap_bps: u16,
        liquidator_bps: u16,
        vol_stress_bps: u16,
        extreme_weight_bps: u16,
        short_charge_bps: u16,
        curator_bps: u16,
        kinds: u16,
        min_tenor_hours: u16,
        max_tenor_hours: u16,
        fill_tip: u64,
        fill_delay: u32,
        fill_window: u32,
    }
}

overrides! {
    /// Parameters of an underlying that are not the preset's.
    UnderlyingOverrides of UnderlyingParams {
        max_age: u32,
        max_future: u32,
        strike_step: u32,
        vol_fast_half_life: u32,
        vol_min_interval: u32,
        tenors: Tenors,
        max_conf_bps: u16,
        max_ema_gap_bps: u16,
        spread_conf_bps: u16,
        strike_range_bps: u16,
        shock_initial_bps: u16,
        shock_target_bps: u16,
        shock_maintenance_bps: u16,
        vol_slow_half_lives: u16,
        vol_start_bps: u16,
        vol_multiplier_bps: u16,
        vol_min_bps: u16,
        vol_max_bps: u16,
        vol_max_change_bps: u16,
        vol_sample_cap: u16,
        vol_saturday_bps: u16,
        vol_sunday_bps: u16,
        smile_skew_bps: i16,
        smile_convexity_bps: i16,
    }
}

/// A parameter that can be shown as text.
trait Readable {
    fn shown(&self) -> String;
}

macro_rules! shown_as_number {
    ($($type:ty),*) => {
        $(
            impl Readable for $type {
                fn shown(&self) -> String {
                    self.to_string()
                }
            }
        )*
    };
}

shown_as_number!(u64, u32, u16, i16);

impl Readable for [TenorParams; MAX_TENORS] {
    fn shown(&self) -> String {
        let used = self.iter().filter(|tenor| tenor.seconds != 0);
        let words = used.map(|t| format!("{} s {}/{}", t.seconds, t.call_cap_bps, t.put_cap_bps));
        format!("[{}]", words.collect::<Vec<_>>().join(", "))
    }
}

macro_rules! shown_as_list {
    ($($type:ty),*) => {
        $(
            impl Readable for [$type; MAX_UNDERLYINGS] {
                fn shown(&self) -> String {
                    format!("[{}]", self.iter().map(Readable::shown).collect::<Vec<_>>().join(", "))
                }
            }
        )*
    };
}

shown_as_list!(u16, i16);

/// All tenors of an underlying; the list replaces the preset's.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Tenor>")]
pub struct Tenors([TenorParams; MAX_TENORS]);

/// One tenor in a file.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tenor {
    seconds: u32,
    call_cap_bps: u16,
    put_cap_bps: u16,
}

impl TryFrom<Vec<Tenor>> for Tenors {
    type Error = String;

    fn try_from(listed: Vec<Tenor>) -> Result<Self, String> {
        let mut tenors = [TenorParams::default(); MAX_TENORS];
        if listed.is_empty() || listed.len() > MAX_TENORS {
            return Err(format!("{} tenors, an underlying has 1 to {MAX_TENORS}", listed.len()));
        }
        for (place, Tenor { seconds, call_cap_bps, put_cap_bps }) in tenors.iter_mut().zip(listed) {
            *place = TenorParams { seconds, call_cap_bps, put_cap_bps };
        }
        Ok(Self(tenors))
    }
}

impl From<Tenors> for [TenorParams; MAX_TENORS] {
    fn from(tenors: Tenors) -> Self {
        tenors.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evergreen_sdk::presets;

    #[test]
    fn parameters_that_are_not_named_stay() {
        let base = presets::pool_params();
        assert_eq!(PoolOverrides::default().over(&base), base);
        let named = PoolOverrides::parse("fee_open_bps = 8\nmax_pool_cash = 1000").unwrap();
        let params = named.over(&base);
        assert_eq!((params.fee_open_bps, params.max_pool_cash, params.fee_close_bps), (8, 1_000, base.fee_close_bps));
        let differences = PoolOverrides::differences(&base, &params);
        let words = format!("max_pool_cash {} → 1000, fee_open_bps 5 → 8", base.max_pool_cash);
        assert_eq!(list(&differences), words);
    }

    #[test]
    fn tenors_are_replaced_as_a_whole() {
        let base = presets::btc(presets::PYTH_RECEIVER).params;
        let named =
            UnderlyingOverrides::parse("tenors = [{ seconds = 86400, call_cap_bps = 11500, put_cap_bps = 8500 }]");
        let params = named.unwrap().over(&base);
        assert_eq!(params.tenors[0].call_cap_bps, 11_500);
        assert_eq!(params.tenors[1], TenorParams::default());
        let error = UnderlyingOverrides::parse("tenors = []").unwrap_err().to_string();
        assert!(error.contains("0 tenors, an underlying has 1 to 4"), "{error}");
    }

    #[test]
    fn wrong_names_types_and_sizes_are_refused() {
        for (lines, words) in [
            ("fee_opn_bps = 5", "unknown field `fee_opn_bps`"),
            ("fee_open_bps = \"5\"", "invalid type: string"),
            ("fee_open_bps = 70000", "70000"),
            ("fee_open_bps = -1", "-1"),
        ] {
            let error = PoolOverrides::parse(lines).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    /// Returns the words in backticks of a text.
    fn quoted(text: &str) -> Vec<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn the_document_of_parameters_tells_all_of_them_and_no_others() {
        let document = include_str!("../../docs/parameters.md");
        let source = include_str!("../../programs/evergreen/src/types/params.rs");
        let fields: Vec<&str> = ["PoolParams", "UnderlyingParams"]
            .iter()
            .flat_map(|name| {
                let body = source.split(&format!("pub struct {name} {{")).nth(1).unwrap().split("\n}").next().unwrap();
                body.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split(':').next())
            })
            .filter(|field| *field != "padding")
            .collect();
        assert!(fields.len() > 40, "{fields:?}");
        let told = quoted(document);
        let missing: Vec<_> = fields.iter().filter(|field| !told.contains(field)).collect();
        assert!(missing.is_empty(), "docs/parameters.md does not tell {missing:?}");
        let named = document
            .lines()
            .filter(|line| line.starts_with("| `"))
            .flat_map(|line| quoted(line.split(" | ").next().unwrap()));
        let unknown: Vec<_> = named.filter(|name| !fields.contains(name)).collect();
        assert!(unknown.is_empty(), "docs/parameters.md tells of {unknown:?}, which are no parameters");
    }
}
