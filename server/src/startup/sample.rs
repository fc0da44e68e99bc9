//! The sample board of an empty data folder: a first visit shows a filled board, with a game to
//! play on it.

use leaderport::service::{Caller, Error, Leaderboards};
use leaderport::{
    BoardDraft, Emblem, Order, Period, PlayerId, PlayerName, Score, ScorePolicy, Slug, Submission,
    Submitters, TieRule,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use app::core::reflex_game::SLUG;

use crate::startup::clock::new_submission_id;
use crate::startup::sample_names::player_name;

const PLAYERS: u32 = 480;

/// Creates and fills the sample board, if there is no board.
///
/// # Errors
/// Fails if the ledger is down.
pub(crate) async fn fill_if_empty(leaderboards: &Leaderboards) -> Result<(), Error> {
    if !leaderboards.boards().is_empty() {
        return Ok(());
    }
    let slug = Slug::new(SLUG).expect("a valid slug");
    let draft = BoardDraft {
        title: "Reflex".to_owned(),
        policy: ScorePolicy::Best,
        order: Order::Ascending,
        tie: TieRule::Shared,
        periods: vec![Period::AllTime, Period::Monthly, Period::Weekly, Period::Daily],
        time_zone: None,
        min_score: Some(80),
        max_score: Some(5_000),
        format: None,
        unit: Some("ms".to_owned()),
        description: Some("Tap as soon as the colour changes. Five taps, and the one in the middle is your score; the fastest leads.".to_owned()),
        opens_at: None,
        closes_at: None,
        submitters: Some(Submitters::Both),
        archived: false,
        tick_millis: None,
        accent: None,
        emblem: Some(Emblem::Stopwatch),
    };
    leaderboards
        .define_board(&Caller::Operator, slug.clone(), draft, None)
        .await?;
    // The same board in every deployment, so that screenshots are comparable.
    let mut rng = StdRng::seed_from_u64(7);
    let submissions = (0..PLAYERS).map(|i| {
        // Realistic times: most near a quarter of a second, few much faster, some far slower.
        let (a, b): (f64, f64) = (rng.random(), rng.random());
        #[expect(clippy::cast_possible_truncation, reason = "from 168 to 768")]
        let value = (168.0 + 200.0 * a * (0.4 + 0.6 * b) + 400.0 * (a * b).powi(4)) as i64;
        Submission {
            id: new_submission_id(),
            board: slug.clone(),
            player: PlayerId::new(&format!("sample-{i:04}")).expect("11 printable bytes"),
            name: PlayerName::new(&player_name(i)).ok(),
            value: Score::new(value).expect("from 168 to 768"),
            at: None,
        }
    });
    leaderboards
        .submit(&Caller::Operator, submissions.collect())
        .await?;
    tracing::info!(board = %slug, players = PLAYERS, "created a sample board in the empty data folder");
    Ok(())
}
