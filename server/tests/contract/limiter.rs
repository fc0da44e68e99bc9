//! The limiter contract: a burst up to the quota, then one unit at a time, counted per subject.

use std::sync::Arc;
use std::time::Duration;

use leaderport::service::ports::limiter::Limiter;
use leaderport::service::quota::{Limit, Limited, Quota};
use server::rate_limit::local::Quotas;
use tokio::time::Instant;

use super::engines::LimiterHome;

fn quota(text: &str) -> Quota {
    text.parse().unwrap()
}

/// A limiter whose quotas do not refill during a test, except for sign-ins.
async fn limiter(home: &dyn LimiterHome) -> Arc<dyn Limiter> {
    home.limiter(Quotas {
        player: Some(quota("4/h")),
        key: Some(quota("1000/h")),
        read: Some(quota("4/h")),
        sign_in: Some(quota("20/s")),
        ..Quotas::default()
    })
    .await
}

pub(crate) async fn burst_is_limited_to_the_quota(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    for n in 0..4 {
        assert_eq!(limiter.take(Limit::Player, "ann", 1).await, Ok(()), "{n}");
    }
    let Limited {
        limit,
        quota: shown,
        left,
        retry_after,
    } = limiter.take(Limit::Player, "ann", 1).await.unwrap_err();
    assert_eq!((limit, shown, left), (Limit::Player, quota("4/h"), 0));
    // The first unit is available again after a quarter of an hour.
    let wait = retry_after.unwrap();
    let quarter = Duration::from_mins(15);
    assert!(
        wait <= quarter && wait > Duration::from_mins(14),
        "{wait:?}"
    );
    // A refused request consumes nothing.
    let again = limiter.take(Limit::Player, "ann", 1).await.unwrap_err();
    assert!(again.retry_after.unwrap() <= wait);
}

pub(crate) async fn subjects_and_limits_are_counted_separately(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    limiter.take(Limit::Player, "ann", 4).await.unwrap();
    limiter.take(Limit::Player, "ann", 1).await.unwrap_err();
    for odd in ["bob", "ann ", "{ann}", "ann:bob", "Zoë 🚀", ""] {
        assert_eq!(limiter.take(Limit::Player, odd, 4).await, Ok(()), "{odd:?}");
    }
    assert_eq!(limiter.take(Limit::Key, "ann", 4).await, Ok(()));
    // A limit without a quota is not counted.
    assert_eq!(limiter.take(Limit::Board, "ann", u32::MAX).await, Ok(()));
}

pub(crate) async fn request_for_many_units_is_all_or_nothing(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    limiter.take(Limit::Player, "ann", 2).await.unwrap();
    let refused = limiter.take(Limit::Player, "ann", 3).await.unwrap_err();
    assert_eq!(refused.left, 2);
    assert!(refused.retry_after.unwrap() <= Duration::from_mins(15));
    assert_eq!(
        limiter.take(Limit::Player, "ann", 2).await,
        Ok(()),
        "none of the three was taken"
    );
    let never = limiter.take(Limit::Player, "bob", 5).await.unwrap_err();
    assert_eq!((never.left, never.retry_after), (4, None));
    assert_eq!(limiter.take(Limit::Player, "bob", 4).await, Ok(()));
    assert_eq!(
        limiter.take(Limit::Player, "ann", 0).await,
        Ok(()),
        "taking zero units always succeeds"
    );
}

pub(crate) async fn read_never_costs_more_than_its_quota(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    limiter.take(Limit::Read, "ann", 5).await.unwrap();
    let refused = limiter.take(Limit::Read, "ann", 40).await.unwrap_err();
    assert_eq!(refused.left, 0);
    assert!(refused.retry_after.is_some());
    limiter.take(Limit::Read, "bob", 1).await.unwrap();
    let refused = limiter
        .take(Limit::Read, "bob", u32::MAX)
        .await
        .unwrap_err();
    assert_eq!(refused.left, 3);
    assert!(refused.retry_after.is_some());
}

pub(crate) async fn quota_refills_one_unit_at_a_time(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    let began = Instant::now();
    limiter.take(Limit::SignIn, "ann", 20).await.unwrap();
    // Take single units without a pause until 20 are granted, which needs at least a second.
    for _ in 0..20 {
        while let Err(limited) = limiter.take(Limit::SignIn, "ann", 1).await {
            let wait = limited.retry_after.unwrap();
            assert!(wait <= Duration::from_millis(51), "{wait:?}");
            tokio::task::yield_now().await;
        }
    }
    let took = began.elapsed();
    assert!(took >= Duration::from_millis(950), "{took:?}");
}

pub(crate) async fn concurrent_requests_never_exceed_the_quota(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    let takers = (0..64).map(|_| {
        let limiter = limiter.clone();
        tokio::spawn(async move {
            let mut taken = 0;
            while limiter.take(Limit::Key, "one", 7).await.is_ok() {
                taken += 7;
            }
            taken
        })
    });
    let mut taken = 0;
    for taker in takers.collect::<Vec<_>>() {
        taken += taker.await.unwrap();
    }
    // 142 requests of seven units. The quota may refill by one request at most during the test.
    assert!((994..=1001).contains(&taken), "{taken}");
}

pub(crate) async fn returned_units_are_available_again(home: &impl LimiterHome) {
    let limiter = limiter(home).await;
    // Units that are returned at once do not count, however often.
    for _ in 0..20 {
        limiter.take(Limit::Player, "ann", 1).await.unwrap();
        limiter.put_back(Limit::Player, "ann", 1).await;
    }
    limiter.take(Limit::Player, "ann", 4).await.unwrap();
    limiter.take(Limit::Player, "ann", 1).await.unwrap_err();
    limiter.put_back(Limit::Player, "ann", 2).await;
    limiter.take(Limit::Player, "ann", 3).await.unwrap_err();
    limiter.take(Limit::Player, "ann", 2).await.unwrap();
    limiter.take(Limit::Player, "ann", 1).await.unwrap_err();
    // A subject that took nothing has no more than its quota.
    limiter.put_back(Limit::Player, "bob", 4).await;
    limiter.take(Limit::Player, "bob", 4).await.unwrap();
    limiter.take(Limit::Player, "bob", 1).await.unwrap_err();
    limiter.put_back(Limit::Board, "points", 1).await;
}
