//! Points of one series: what they have cost, and what closed ones have brought.

use evergreen_math::{Dollars, PointScale};

/// A position from when it was opened until nothing was left of it. A trade through zero ends one round and begins the next. Amounts are native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// All points that were opened in it: positive when bought, negative when written.
    pub points: i64,
    /// Points of them that are closed, or were paid at the end of the series, with the same sign.
    pub closed: i64,
    /// What opening has cost, fees not counted; negative for what was received for written points.
    pub paid: i64,
    /// What closing has brought, fees not counted; negative for what was paid to buy written points back.
    pub received: i64,
    /// Fees, a negative number.
    pub fees: i64,
    /// Funding; negative where more was paid.
    pub funding: i64,
    /// Unix seconds at which it was opened, where the network knew them.
    pub opened_at: Option<i64>,
    /// Unix seconds at which nothing was left, where the network knew them.
    pub closed_at: Option<i64>,
}

impl Round {
    /// Returns what one option was bought or written for on average, dollars, rounded against the account; `None` where nothing was opened.
    pub fn entry(&self, scale: PointScale) -> Option<Dollars> {
        price_of(self.paid, self.points, scale, self.points > 0)
    }

    /// Returns what one option was sold, paid or bought back for on average, dollars, rounded against the account; `None` where nothing is closed.
    pub fn exit(&self, scale: PointScale) -> Option<Dollars> {
        price_of(self.received, self.closed, scale, self.points < 0)
    }

    /// Returns the profit or loss of a round that is over, fees and funding counted.
    pub fn net(&self) -> i128 {
        i128::from(self.received) - i128::from(self.paid) + i128::from(self.fees) + i128::from(self.funding)
    }
}

/// Returns dollars an option for an amount of native units and the points that it is for, rounded up or down; an amount with another sign than its points makes a negative number, rounded
/// toward zero. `None` for no points, and for numbers that do not fit.
///
/// ```
/// use evergreen_sdk::{math::{Dollars, PointScale}, portfolio::price_of};
///
/// // Ten native units for four points, of which 100 pay a unit a dollar.
/// let scale = PointScale::new(2)?;
/// assert_eq!(price_of(10, 4, scale, false), Some(Dollars::from_int(250)));
/// # Ok::<(), evergreen_sdk::math::MathError>(())
/// ```
pub fn price_of(amount: i64, points: i64, scale: PointScale, up: bool) -> Option<Dollars> {
    let size = u128::from(points.unsigned_abs());
    if size == 0 {
        return None;
    }
    let negative = amount != 0 && (amount < 0) != (points < 0);
    // Below 2^93.
    let dollars = u128::from(amount.unsigned_abs()) * u128::from(scale.points_per_unit_dollar().get());
    let (whole, rest) = (dollars / size, dollars % size);
    let fraction = (rest << 64) / size;
    let exact = (rest << 64) % size == 0;
    let bits = whole.checked_shl(64).filter(|bits| bits >> 64 == whole)?.checked_add(fraction)?;
    let bits = i128::try_from(bits.checked_add(u128::from(up && !exact && !negative))?).ok()?;
    Some(Dollars::from_bits(if negative { -bits } else { bits }))
}

/// Points of one series that an account holds or has written, by average cost.
///
/// Amounts are native units. A part of a position is closed at its part of the cost, rounded up, so that profit is rounded down; what is left keeps the rest. So
/// nothing is lost: realised profit, and the cost of what is held, add up to the premiums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Holding {
    /// Points: positive when held, negative when written.
    pub points: i64,
    /// What the points have cost, fees not counted; negative for what was received for written ones.
    pub cost: i64,
    /// Fees and funding that were paid for these points, less funding received.
    pub carried: i64,
    /// Unix seconds at which the position was opened, where the network knew them.
    pub opened_at: Option<i64>,
    /// What closed points have realised since the series is known, fees and funding not counted.
    pub realised: i64,
    /// Fees of all legs, a negative number.
    pub fees: i64,
    /// Funding of all time; negative where more was paid.
    pub funding: i64,
    /// What exercise, or the end of the series, has paid; negative for a writer.
    pub payoff: i64,
    /// Whether the history tells all that has happened to these points.
    pub known: bool,
    /// The round that the points are of; empty where there are none.
    pub round: Round,
    /// A round that has just ended.
    pub(super) ended: Option<Round>,
}

/// A part of a leg: it closes points or opens some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fill {
    pub points: i64,
    pub premium: i64,
    /// Realised profit; `None` where the cost is not known.
    pub realised: Option<i64>,
}

impl Holding {
    /// A position that nothing is known about yet, or that begins here.
    pub(super) fn new(known: bool) -> Self {
        Self { known, ..Self::default() }
    }

    /// Takes a leg with its fee at a time. One that passes zero is two parts: its premium is divided by points, the closing part rounded down. Returns `None` where a number
    /// does not fit, which no history of the program causes.
    pub(super) fn fill(&mut self, points: i64, premium: i64, fee: i64, time: Option<i64>) -> Option<[Option<Fill>; 2]> {
        self.fees = self.fees.checked_sub(fee)?;
        let closing = if self.points.signum() * points.signum() < 0 {
            points.signum() * i64::try_from(points.unsigned_abs().min(self.points.unsigned_abs())).ok()?
        } else {
            0
        };
        let opening = points.checked_sub(closing)?;
        let to_close = part(premium, closing, points, false)?;
        let fee_to_close = part(fee, closing, points, false)?;
        let closed = match closing {
            0 => None,
            _ => {
                self.round.fees = self.round.fees.checked_sub(fee_to_close)?;
                let realised = self.close(closing, to_close, time)?;
                Some(Fill { points: closing, premium: to_close, realised })
            }
        };
        if opening == 0 {
            return Some([closed, None]);
        }
        if self.points == 0 {
            let round = Round { opened_at: time, ..Round::default() };
            *self = Self { opened_at: time, known: true, cost: 0, carried: 0, round, ..*self };
        }
        let paid = premium.checked_sub(to_close)?;
        self.points = self.points.checked_add(opening)?;
        self.cost = self.cost.checked_sub(paid)?;
        let fee_to_open = fee.checked_sub(fee_to_close)?;
        self.carried = self.carried.checked_add(fee_to_open)?;
        self.round.points = self.round.points.checked_add(opening)?;
        self.round.paid = self.round.paid.checked_sub(paid)?;
        self.round.fees = self.round.fees.checked_sub(fee_to_open)?;
        Some([closed, Some(Fill { points: opening, premium: paid, realised: Some(0) })])
    }

    /// Closes points for an amount and returns the realised profit.
    fn close(&mut self, points: i64, amount: i64, time: Option<i64>) -> Option<Option<i64>> {
        // The part of the points that go, which have the opposite sign.
        let gone = points.checked_neg()?;
        let cost = part(self.cost, gone, self.points, true)?;
        let carried = part(self.carried, gone, self.points, false)?;
        self.points = self.points.checked_add(points)?;
        self.cost = self.cost.checked_sub(cost)?;
        self.carried = self.carried.checked_sub(carried)?;
        let profit = amount.checked_sub(cost)?;
        self.round.closed = self.round.closed.checked_add(gone)?;
        self.round.received = self.round.received.checked_add(amount)?;
        if self.points == 0 {
            let round = core::mem::take(&mut self.round);
            self.ended = self.known.then_some(Round { closed_at: time, ..round });
        }
        if !self.known {
            // What comes after zero is known.
            self.known = self.points == 0;
            return Some(None);
        }
        self.realised = self.realised.checked_add(profit)?;
        Some(Some(profit))
    }

    /// Takes the payment of so many of the points after the end of the series and returns the realised profit.
    pub(super) fn pay(&mut self, points: i64, amount: i64, time: Option<i64>) -> Option<Option<i64>> {
        self.payoff = self.payoff.checked_add(amount)?;
        self.close(points.checked_neg()?, amount, time)
    }

    /// Takes a settlement of funding.
    pub(super) fn fund(&mut self, amount: i64) -> Option<()> {
        self.funding = self.funding.checked_add(amount)?;
        self.carried = self.carried.checked_sub(amount)?;
        self.round.funding = self.round.funding.checked_add(amount)?;
        Some(())
    }

    /// Forgets what the points have cost, because the history has a gap.
    pub(super) const fn forget(&mut self) {
        self.known = self.points == 0;
    }
}

/// Returns `amount · of / all` with one sign for `of` and `all`, rounded up or down.
fn part(amount: i64, of: i64, all: i64, up: bool) -> Option<i64> {
    if of == 0 {
        return Some(0);
    }
    let (product, divisor) = (i128::from(amount) * i128::from(of.unsigned_abs()), i128::from(all.unsigned_abs()));
    let down = product.checked_div_euclid(divisor)?;
    let exact = down * divisor == product;
    i64::try_from(down + i128::from(up && !exact)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn realised(parts: [Option<Fill>; 2]) -> i64 {
        parts.iter().flatten().filter_map(|fill| fill.realised).sum()
    }

    #[test]
    fn a_third_of_a_position_takes_a_third_of_its_cost_rounded_up() {
        let mut holding = Holding::new(true);
        holding.fill(3, -100, 6, Some(1)).unwrap();
        let closed = holding.fill(-1, 50, 2, Some(2)).unwrap();
        // 100/3 is 33.3, so 34 go and 66 stay: the profit is 16.
        assert_eq!((realised(closed), holding.points, holding.cost), (16, 2, 66));
        assert_eq!((holding.carried, holding.fees, holding.opened_at), (4, -8, Some(1)));
        let closed = holding.fill(-2, 66, 0, Some(3)).unwrap();
        assert_eq!((realised(closed), holding.cost, holding.carried, holding.realised), (0, 0, 0, 16));
    }

    #[test]
    fn a_leg_through_zero_closes_and_opens() {
        let mut holding = Holding::new(true);
        holding.fill(2, -100, 0, Some(1)).unwrap();
        let [closed, opened] = holding.fill(-5, 301, 10, Some(2)).unwrap();
        // Two fifths of 301 are 120.4: 120 for what closes, 181 for what is written.
        assert_eq!(closed, Some(Fill { points: -2, premium: 120, realised: Some(20) }));
        assert_eq!(opened, Some(Fill { points: -3, premium: 181, realised: Some(0) }));
        assert_eq!((holding.points, holding.cost, holding.carried, holding.opened_at), (-3, -181, 6, Some(2)));
        let first = holding.ended.unwrap();
        assert_eq!((first.points, first.closed, first.paid, first.received, first.fees), (2, 2, 100, 120, -4));
        assert_eq!((first.opened_at, first.closed_at, first.net()), (Some(1), Some(2), 16));
        // A part is paid, and the rest later.
        assert_eq!(holding.pay(-1, -30, Some(3)), Some(Some(30)));
        assert_eq!((holding.points, holding.cost, holding.ended), (-2, -121, Some(first)));
        assert_eq!(holding.pay(-2, -60, Some(3)), Some(Some(61)));
        let second = holding.ended.unwrap();
        assert_eq!((second.points, second.closed, second.paid, second.received), (-3, -3, -181, -90));
        assert_eq!((second.opened_at, second.closed_at, second.net()), (Some(2), Some(3), 85));
        assert_eq!((holding.points, holding.cost, holding.realised, holding.payoff), (0, 0, 111, -90));
    }

    #[test]
    fn averages_round_against_the_account() {
        let scale = PointScale::new(0).unwrap();
        let round = Round { points: 3, closed: 3, paid: 100, received: 50, ..Round::default() };
        let third = |amount: i128, up: i128| Some(Dollars::from_bits((amount << 64) / 3 + up));
        assert_eq!((round.entry(scale), round.exit(scale)), (third(100, 1), third(50, 0)));
        // Written for 100 and bought back for 50: received and paid are negative.
        let round = Round { points: -3, closed: -3, paid: -100, received: -50, ..Round::default() };
        assert_eq!((round.entry(scale), round.exit(scale)), (third(100, 0), third(50, 1)));
        assert_eq!(Round::default().entry(scale), None);
    }

    #[test]
    fn what_came_before_a_gap_has_no_profit_and_what_follows_zero_has() {
        let mut holding = Holding { points: 5, ..Holding::new(false) };
        let [closed, _] = holding.fill(-2, 30, 0, None).unwrap();
        assert_eq!(closed.unwrap().realised, None);
        assert!(!holding.known);
        let [closed, opened] = holding.fill(-4, 40, 0, None).unwrap();
        assert_eq!((closed.unwrap().realised, opened.unwrap().realised), (None, Some(0)));
        assert_eq!((holding.known, holding.points, holding.cost), (true, -1, -10));
        assert_eq!(holding.ended, None, "nothing is told of a round whose beginning is not known");
    }
}
