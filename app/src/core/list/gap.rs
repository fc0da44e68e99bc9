//! The distance of a score to the best one of its season.

use leaderport::{Order, Score};

/// The difference between a score and the best one; none unless the best one is better. It is
/// negative where more is better.
#[must_use]
pub fn gap(score: Score, best: Score, order: Order) -> Option<Score> {
    if !order.is_better(best, score) {
        return None;
    }
    let difference = score.get().checked_sub(best.get())?;
    Score::new(difference).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_worse_score_has_a_gap() {
        let gap = |score, best, order| {
            let of = |value| Score::new(value).unwrap();
            gap(of(score), of(best), order).map(Score::get)
        };
        assert_eq!(gap(169, 157, Order::Ascending), Some(12));
        assert_eq!(gap(90, 100, Order::Descending), Some(-10));
        for order in [Order::Ascending, Order::Descending] {
            assert_eq!(gap(100, 100, order), None);
        }
        // A predicted row may be better than the first of the loaded rows.
        assert_eq!(gap(110, 100, Order::Descending), None);
        // The difference exceeds the range of a score.
        let most = Score::MAX.get();
        assert_eq!(gap(-most, most, Order::Descending), None);
    }
}
