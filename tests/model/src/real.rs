//! Real numbers of high precision: whole numbers of 2^−192, so far below every unit of the protocol that their own roundings decide nothing.

use core::ops::{Add, Div, Mul, Neg, Sub};
use num_bigint::BigInt;

/// Binary digits after the point.
const BITS: u64 = 192;

/// A real number, in units of 2^−192.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Real(BigInt);

impl Real {
    /// Returns a whole number.
    pub fn whole(number: i128) -> Self {
        Self(BigInt::from(number) << BITS)
    }

    /// Returns a ratio of two whole numbers, rounded down.
    pub fn ratio(above: i128, below: i128) -> Self {
        Self(floor(&(BigInt::from(above) << BITS), &BigInt::from(below)))
    }

    /// Returns a number of units of 2^−`digits`, for at most 192 digits.
    pub fn binary(units: i128, digits: u64) -> Self {
        Self(BigInt::from(units) << (BITS - digits))
    }

    /// Returns this number in units of 2^−`digits`, rounded down.
    ///
    /// # Panics
    /// If it does not fit.
    pub fn down(&self, digits: u64) -> i128 {
        i128::try_from(&self.0 >> (BITS - digits)).expect("a number that an account can hold")
    }

    /// Returns this number in units of 2^−`digits`, rounded up.
    pub fn up(&self, digits: u64) -> i128 {
        -(-self).down(digits)
    }

    /// Returns this number in units of 2^−`digits`, rounded toward zero.
    pub fn toward_zero(&self, digits: u64) -> i128 {
        if self.is_negative() { self.up(digits) } else { self.down(digits) }
    }

    /// Returns the number as a floating-point number, for people.
    #[expect(clippy::cast_precision_loss, reason = "it is only shown")]
    pub fn shown(&self) -> f64 {
        self.down(40) as f64 / (1u64 << 40) as f64
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.0 < BigInt::ZERO
    }

    /// Returns the number without its sign.
    pub fn abs(&self) -> Self {
        if self.is_negative() { -self } else { self.clone() }
    }

    /// Returns the square root of a number that is not negative.
    pub fn sqrt(&self) -> Self {
        Self((&self.0 << BITS).sqrt())
    }

    /// Returns e to the power of this number.
    pub fn exp(&self) -> Self {
        // e^x = 2^k · (e^(r / 2^16))^(2^16) with |r| ≤ ln 2.
        const HALVINGS: u64 = 16;
        let k = (self / &ln2()).down(0);
        if k < -192 {
            return Self::whole(0);
        }
        let r = Self((self - &(&ln2() * &Self::whole(k))).0 >> HALVINGS);
        let (mut sum, mut term, mut n) = (Self::whole(1), Self::whole(1), 0);
        while term.0 != BigInt::ZERO {
            n += 1;
            term = Self((&term * &r).0 / n);
            sum = &sum + &term;
        }
        for _ in 0..HALVINGS {
            sum = &sum * &sum;
        }
        Self(if k >= 0 { sum.0 << k } else { sum.0 >> -k })
    }

    /// Returns the natural logarithm of a positive number.
    ///
    /// # Panics
    /// If it is not positive.
    pub fn ln(&self) -> Self {
        assert!(self.0 > BigInt::ZERO, "logarithm of a number that is not positive");
        // x = 2^k · m with m in [1/2, 1) has the logarithm k · ln 2 + ln m.
        let k = i64::try_from(self.0.bits()).expect("a few hundred digits") - BITS as i64;
        let m = Self(if k >= 0 { &self.0 >> k } else { &self.0 << -k });
        &(&ln2() * &Self::whole(i128::from(k))) + &near_one(&m)
    }

    /// Returns this positive number to a power.
    pub fn pow(&self, exponent: &Self) -> Self {
        (&self.ln() * exponent).exp()
    }
}

/// Returns the logarithm of a number between one half and two: twice the area tangent of (m − 1)/(m + 1).
fn near_one(m: &Real) -> Real {
    let one = Real::whole(1);
    let z = &(m - &one) / &(m + &one);
    let square = &z * &z;
    let (mut sum, mut power, mut n) = (z.clone(), z, 1);
    while power.0 != BigInt::ZERO && power.0 != BigInt::from(-1) {
        power = &power * &square;
        n += 2;
        sum = &sum + &Real(&power.0 / n);
    }
    Real(sum.0 << 1)
}

fn ln2() -> Real {
    thread_local! {
        static LN2: Real = -&near_one(&Real::ratio(1, 2));
    }
    LN2.with(Clone::clone)
}

/// Returns a quotient, rounded down.
pub fn floor(above: &BigInt, below: &BigInt) -> BigInt {
    let quotient = above / below;
    let exact = &quotient * below == *above;
    let negative = (*above < BigInt::ZERO) != (*below < BigInt::ZERO);
    if negative && !exact { quotient - 1 } else { quotient }
}

impl Add for &Real {
    type Output = Real;
    fn add(self, other: Self) -> Real {
        Real(&self.0 + &other.0)
    }
}

impl Sub for &Real {
    type Output = Real;
    fn sub(self, other: Self) -> Real {
        Real(&self.0 - &other.0)
    }
}

impl Neg for &Real {
    type Output = Real;
    fn neg(self) -> Real {
        Real(-&self.0)
    }
}

impl Mul for &Real {
    type Output = Real;
    fn mul(self, other: Self) -> Real {
        Real((&self.0 * &other.0) >> BITS)
    }
}

impl Div for &Real {
    type Output = Real;

    #[expect(clippy::suspicious_arithmetic_impl, reason = "a quotient of two numbers of units has to be shifted")]
    fn div(self, other: Self) -> Real {
        Real(floor(&(&self.0 << BITS), &other.0))
    }
}
