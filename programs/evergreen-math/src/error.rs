//! The error type of the crate.

use core::fmt;

/// The reason why a computation has no result. No public function of this crate panics; it returns one of these errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MathError {
    /// A result does not fit its type.
    Overflow,
    /// A divisor is zero.
    DivisionByZero,
    /// Spot or strike is not positive, the strike is above its maximum, or spot ÷ strike lies outside [0.01, 100].
    MoneynessOutOfRange,
    /// The volatility lies outside [5 %, 400 %] a year.
    VolatilityOutOfRange,
    /// The tenor lies outside [1 hour, 90 days].
    TenorOutOfRange,
    /// The cap ratio is not above one for a call, or not between zero and one for a put.
    CapOutOfRange,
    /// An argument lies outside the domain of the function.
    Domain,
    /// A parameter set breaks a rule of its type (the rule is in the type's documentation).
    InvalidParameter,
    /// Time runs backwards between two arguments.
    TimeReversed,
    /// A pool without net asset value cannot issue or redeem shares.
    NoNetAssetValue,
    /// A list, or an index into it, exceeds a fixed capacity.
    TooMany,
    /// A deposit is worth less than one share.
    ZeroShares,
    /// A volatility sample follows the last one too soon.
    SampleTooEarly,
}

impl fmt::Display for MathError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Overflow => "result does not fit its type",
            Self::DivisionByZero => "division by zero",
            Self::MoneynessOutOfRange => "spot / strike outside [0.01, 100]",
            Self::VolatilityOutOfRange => "volatility outside [5 %, 400 %]",
            Self::TenorOutOfRange => "tenor outside [1 hour, 90 days]",
            Self::CapOutOfRange => "cap ratio outside its range",
            Self::Domain => "argument outside the function's domain",
            Self::InvalidParameter => "parameter breaks its rule",
            Self::TimeReversed => "time runs backwards",
            Self::NoNetAssetValue => "pool has no net asset value",
            Self::TooMany => "list longer than its capacity",
            Self::ZeroShares => "deposit worth less than one share",
            Self::SampleTooEarly => "volatility sampled too recently",
        })
    }
}

impl core::error::Error for MathError {}

/// Result of a computation of this crate.
pub type MathResult<T> = Result<T, MathError>;
