//! Full-jitter backoff: the delay before a reconnect.
//!
//! The delay after the n-th failure is uniform in 0 to min(cap, base · 2^n). The jitter
//! keeps the clients of a failed node from reconnecting all at once. Source: M. Brooker,
//! "Exponential Backoff And Jitter", AWS Architecture Blog, 2015.

/// Maximum delay before a reconnect after the close code "restart", in milliseconds.
pub const RESTART_SPREAD_MILLIS: u32 = 3_000;

const BASE_MILLIS: f64 = 250.0;
const CAP_MILLIS: f64 = 15_000.0;

/// Delay before the next attempt, in milliseconds. `failures` is the number of consecutive
/// failures, from 0; `random` is in 0..1.
#[must_use]
pub fn wait_millis(failures: u32, random: f64) -> u32 {
    let ceiling = (BASE_MILLIS * 2_f64.powi(failures.min(16).cast_signed())).min(CAP_MILLIS);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "0 to 15,000"
    )]
    let wait = (ceiling * random.clamp(0.0, 1.0)) as u32;
    wait
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delay_is_jittered_and_grows_to_a_cap() {
        assert_eq!(wait_millis(0, 0.0), 0);
        assert_eq!(wait_millis(0, 1.0), 250);
        assert_eq!(wait_millis(3, 0.5), 1000);
        assert_eq!(wait_millis(u32::MAX, 1.0), 15_000);
    }
}
