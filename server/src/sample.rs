//! The sample board of an empty data folder, so that a first visit shows a
//! board worth looking at.

use leaderport::service::{Caller, Error, Leaderboards};
use leaderport::{
    BoardDraft, Order, Period, PlayerId, PlayerName, Score, ScorePolicy, Slug, Submission,
    Submitters, TieRule,
};
use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};

use crate::cli::names::player_name;
use crate::clock::new_submission_id;

const PLAYERS: u32 = 480;

/// Defines and fills the sample board where there is no board at all.
///
/// # Errors
/// When the ledger is away.
pub(crate) async fn fill_if_empty(leaderboards: &Leaderboards) -> Result<(), Error> {
    if !leaderboards.boards().is_empty() {
        return Ok(());
    }
    let slug = Slug::new("arena").expect("a slug");
    let draft = BoardDraft {
        title: "Arena".to_owned(),
        policy: ScorePolicy::Best,
        order: Order::Descending,
        tie: TieRule::Shared,
        periods: vec![Period::AllTime, Period::Monthly, Period::Weekly, Period::Daily],
        time_zone: None,
        min_score: Some(0),
        max_score: Some(1_000_000),
        format: None,
        unit: Some("points".to_owned()),
        description: Some("A sample board. Submit a score and watch the rows move; `leaderport demo` brings it to life.".to_owned()),
        opens_at: None,
        closes_at: None,
        submitters: Submitters::Both,
        archived: false,
        tick_millis: None,
    };
    leaderboards
        .define_board(&Caller::Operator, slug.clone(), draft, None)
        .await?;
    // The same board everywhere: screenshots and first impressions compare.
    let mut rng = StdRng::seed_from_u64(7);
    let submissions = (0..PLAYERS).map(|i| {
        // The product of two draws: many middling scores, few great ones.
        let (a, b): (f64, f64) = (rng.random(), rng.random());
        #[expect(clippy::cast_possible_truncation, reason = "0 to 100,000")]
        let value = (a * (0.3 + 0.7 * b) * 100_000.0) as i64;
        Submission {
            id: new_submission_id(),
            board: slug.clone(),
            player: PlayerId::new(&format!("sample-{i:04}")).expect("11 printable bytes"),
            name: PlayerName::new(&player_name(i)).ok(),
            value: Score::new(value).expect("0 to 100,000"),
            at: None,
        }
    });
    leaderboards
        .submit(&Caller::Operator, submissions.collect())
        .await?;
    tracing::info!(board = %slug, players = PLAYERS, "an empty data folder got a sample board");
    Ok(())
}
