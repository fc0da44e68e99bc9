//! Ranks that several rows share.

use leaderport::Rank;

/// The position of a row in a group of rows with one rank.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tie {
    /// The first row of the group.
    First,
    /// A later row.
    Later,
}

impl Tie {
    /// The position of a row by its rank and those of its neighbours. A rank is none at the ends of
    /// the list and for a row that is not loaded. None for a row whose rank no neighbour shares.
    #[must_use]
    pub fn of(above: Option<Rank>, rank: Option<Rank>, below: Option<Rank>) -> Option<Self> {
        let rank = rank?;
        if above == Some(rank) {
            Some(Self::Later)
        } else if below == Some(rank) {
            Some(Self::First)
        } else {
            None
        }
    }

    /// The name of the position, for styles.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Later => "later",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_of_equal_ranks_has_one_first_row() {
        let ranks = [0, 1, 1, 1, 4].map(|better| Some(Rank::after(better)));
        let at = |n: usize| ranks.get(n).copied().flatten();
        let ties = [0, 1, 2, 3, 4].map(|n: usize| {
            let above = n.checked_sub(1).and_then(at);
            Tie::of(above, at(n), at(n + 1))
        });
        let (first, later) = (Some(Tie::First), Some(Tie::Later));
        assert_eq!(ties, [None, first, later, later, None]);
        assert_eq!(Tie::of(None, None, None), None);
        assert_eq!(Tie::of(None, at(2), None), None, "unknown neighbours");
    }
}
