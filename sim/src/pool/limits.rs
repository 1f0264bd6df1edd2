//! What limits leave of a purchase.

/// What keeps a purchase out of a pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// All that may be reserved is.
    Capacity,
    /// Its side has no room.
    Direction,
    /// Reserves have grown by what they may in an hour.
    Growth,
}

impl Limit {
    /// All of them, in the order of [`Fit`].
    pub const ALL: [Self; 3] = [Self::Capacity, Self::Direction, Self::Growth];
}

/// Which part of a lot each limit leaves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit(pub [f64; Limit::ALL.len()]);

impl Fit {
    /// Returns the part that can be opened.
    pub fn part(self) -> f64 {
        self.0.into_iter().fold(1.0, f64::min)
    }

    /// Returns what binds, where anything does; of two that bind alike the first.
    pub fn binds(self) -> Option<Limit> {
        let part = self.part();
        Limit::ALL.into_iter().zip(self.0).find(|(_, left)| part < 1.0 && *left == part).map(|(limit, _)| limit)
    }
}
