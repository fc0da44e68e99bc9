//! A reference model of the service, built from the definitions alone.
//!
//! It maintains no state: every result is computed from the list of all accepted submissions, in
//! order of arrival.

use std::collections::BTreeMap;
use std::sync::Arc;

use leaderport::board::Ranking;
use leaderport::{
    Board, Order, PlayerId, PlayerName, Rank, Row, ScorePolicy, Season, Slug, Submission,
    SubmissionId, Timestamp,
};

use super::plain;
use crate::contract::sample::score;

const MAX: i64 = (1 << 53) - 1;

/// Everything accepted so far.
#[derive(Default)]
pub(super) struct Model {
    names: BTreeMap<PlayerId, PlayerName>,
    seasons: BTreeMap<(Slug, Season), Accepted>,
    answers: BTreeMap<SubmissionId, (Submission, Vec<Answer>)>,
}

/// The accepted submissions of a season, in order of arrival.
struct Accepted {
    board: Arc<Board>,
    submissions: Vec<(PlayerId, i64, Timestamp)>,
}

/// A season's part of the answer to a submission.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) season: Season,
    pub(super) score: i64,
    pub(super) achieved_at: Timestamp,
    pub(super) rank: Rank,
    pub(super) previous: Option<Rank>,
}

impl Model {
    /// Takes a submission made at `at`. Returns its answer, or the code of its refusal.
    pub(super) fn submit(
        &mut self,
        board: &Arc<Board>,
        submission: &Submission,
        at: Timestamp,
    ) -> Result<Vec<Answer>, &'static str> {
        if let Some((first, answer)) = self.answers.get(&submission.id) {
            let content = |s: &Submission| (s.board.clone(), s.player.clone(), s.value, s.at);
            let is_same = content(first) == content(submission);
            return if is_same {
                Ok(answer.clone())
            } else {
                Err("id_conflict")
            };
        }
        let (player, value) = (&submission.player, submission.value.get());
        let seasons = board.seasons_at(at);
        for season in &seasons {
            if board.policy == ScorePolicy::Sum {
                let own = self.own(board, *season, player);
                let sum = own.iter().map(|(value, _)| value).sum::<i64>() + value;
                if !(-MAX..=MAX).contains(&sum) {
                    return Err("sum_out_of_range");
                }
            }
        }
        let before: Vec<Option<Rank>> = seasons
            .iter()
            .map(|season| self.row(board, *season, player).map(|row| row.rank))
            .collect();
        if let Some(name) = &submission.name {
            self.names.insert(player.clone(), name.clone());
        }
        let mut answers = Vec::new();
        for (season, previous) in seasons.into_iter().zip(before) {
            let key = (board.slug.clone(), season);
            let new = || Accepted {
                board: board.clone(),
                submissions: Vec::new(),
            };
            let accepted = self.seasons.entry(key).or_insert_with(new);
            accepted.submissions.push((player.clone(), value, at));
            let row = self
                .row(board, season, player)
                .expect("the submission was just accepted");
            let Row {
                rank,
                score,
                achieved_at,
                ..
            } = row;
            answers.push(Answer {
                season,
                score: score.get(),
                achieved_at,
                rank,
                previous,
            });
        }
        self.answers
            .insert(submission.id, (submission.clone(), answers.clone()));
        Ok(answers)
    }

    /// Every season that has standings, with its rows.
    pub(super) fn seasons(&self) -> impl Iterator<Item = (&(Slug, Season), Vec<Row>)> {
        self.seasons
            .iter()
            .map(move |(key, accepted)| (key, self.rows(accepted)))
    }

    fn row(&self, board: &Arc<Board>, season: Season, player: &PlayerId) -> Option<Row> {
        let accepted = self.seasons.get(&(board.slug.clone(), season))?;
        self.rows(accepted)
            .into_iter()
            .find(|row| row.player == *player)
    }

    fn own(&self, board: &Arc<Board>, season: Season, player: &PlayerId) -> Vec<(i64, Timestamp)> {
        let accepted = self.seasons.get(&(board.slug.clone(), season));
        accepted.map_or_else(Vec::new, |accepted| accepted.of(player))
    }

    fn rows(&self, accepted: &Accepted) -> Vec<Row> {
        let mut players: Vec<&PlayerId> = accepted
            .submissions
            .iter()
            .map(|(player, ..)| player)
            .collect();
        players.sort_unstable();
        players.dedup();
        let unranked = players.into_iter().map(|player| {
            let own = accepted.of(player);
            let (value, achieved_at) = match accepted.board.policy {
                ScorePolicy::Best => best(accepted.board.order, &own),
                ScorePolicy::Latest => latest(&own),
                ScorePolicy::Sum => sum(&own),
            };
            Row {
                rank: Rank::after(0),
                name: self
                    .names
                    .get(player)
                    .cloned()
                    .unwrap_or_else(|| player.into()),
                player: player.clone(),
                score: score(value),
                achieved_at,
            }
        });
        plain::ranked(Ranking::from(&*accepted.board), unranked.collect())
    }
}

impl Accepted {
    /// The values and times of one player's submissions.
    fn of(&self, player: &PlayerId) -> Vec<(i64, Timestamp)> {
        let own = self.submissions.iter().filter(|(of, ..)| of == player);
        own.map(|(_, value, at)| (*value, *at)).collect()
    }
}

/// The best value, reached by the first submission that had it.
fn best(order: Order, own: &[(i64, Timestamp)]) -> (i64, Timestamp) {
    let values = own.iter().map(|(value, _)| *value);
    let best = match order {
        Order::Descending => values.max(),
        Order::Ascending => values.min(),
    };
    *own.iter()
        .find(|(value, _)| Some(*value) == best)
        .expect("a player has submissions")
}

/// The value with the latest time. A submission has no effect if an earlier arrival has a later
/// time. The first of the last run of equal values reached the score.
fn latest(own: &[(i64, Timestamp)]) -> (i64, Timestamp) {
    let had_effect = |i: &usize| own[..*i].iter().all(|(_, before)| *before <= own[*i].1);
    let effective: Vec<_> = (0..own.len()).filter(had_effect).map(|i| own[i]).collect();
    let (score, _) = *effective
        .last()
        .expect("the first submission has an effect");
    let last_run = effective.rsplit(|(value, _)| *value != score).next();
    *last_run
        .and_then(<[_]>::first)
        .expect("the last run is not empty")
}

/// The sum, reached at the latest time of a contributing value. A zero contributes only if it is
/// the first value.
fn sum(own: &[(i64, Timestamp)]) -> (i64, Timestamp) {
    let made_it = own
        .iter()
        .enumerate()
        .filter(|(i, (value, _))| *i == 0 || *value != 0);
    let reached = made_it.map(|(_, (_, at))| *at).max();
    (
        own.iter().map(|(value, _)| value).sum(),
        reached.expect("a player has submissions"),
    )
}
