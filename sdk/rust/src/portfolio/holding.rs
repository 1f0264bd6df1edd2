//! Points of one series: what they have cost, and what closed ones have brought.

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
            _ => Some(Fill { points: closing, premium: to_close, realised: self.close(closing, to_close)? }),
        };
        if opening == 0 {
            return Some([closed, None]);
        }
        if self.points == 0 {
            *self = Self { opened_at: time, known: true, cost: 0, carried: 0, ..*self };
        }
        let paid = premium.checked_sub(to_close)?;
        self.points = self.points.checked_add(opening)?;
        self.cost = self.cost.checked_sub(paid)?;
        self.carried = self.carried.checked_add(fee.checked_sub(fee_to_close)?)?;
        Some([closed, Some(Fill { points: opening, premium: paid, realised: Some(0) })])
    }

    /// Closes points for an amount and returns the realised profit.
    fn close(&mut self, points: i64, amount: i64) -> Option<Option<i64>> {
        // The part of the points that go, which have the opposite sign.
        let gone = points.checked_neg()?;
        let cost = part(self.cost, gone, self.points, true)?;
        let carried = part(self.carried, gone, self.points, false)?;
        self.points = self.points.checked_add(points)?;
        self.cost = self.cost.checked_sub(cost)?;
        self.carried = self.carried.checked_sub(carried)?;
        let profit = amount.checked_sub(cost)?;
        if !self.known {
            // What comes after zero is known.
            self.known = self.points == 0;
            return Some(None);
        }
        self.realised = self.realised.checked_add(profit)?;
        Some(Some(profit))
    }

    /// Takes the payment of all points at the end of the series and returns the realised profit.
    pub(super) fn pay(&mut self, amount: i64) -> Option<Option<i64>> {
        self.payoff = self.payoff.checked_add(amount)?;
        self.close(self.points.checked_neg()?, amount)
    }

    /// Takes a settlement of funding.
    pub(super) fn fund(&mut self, amount: i64) -> Option<()> {
        self.funding = self.funding.checked_add(amount)?;
        self.carried = self.carried.checked_sub(amount)?;
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
        assert_eq!(holding.pay(-90), Some(Some(91)));
        assert_eq!((holding.points, holding.cost, holding.realised, holding.payoff), (0, 0, 111, -90));
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
    }
}
