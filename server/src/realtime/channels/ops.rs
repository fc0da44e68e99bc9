//! The activity of this node, second by second, for subscribed admins.

use std::sync::Arc;

use leaderport::protocol::{Channel, OpsState, State};
use tokio::sync::watch;

use crate::metrics::Sampler;
use crate::realtime::channels::watchers::{Positions, Single};
use crate::startup::shutdown::has_stopped;

/// Publishes each sample of the node's metrics, until the server stops.
pub(crate) async fn follow(
    single: Arc<Single>,
    sampler: Arc<Sampler>,
    positions: Arc<Positions>,
    mut stopped: watch::Receiver<bool>,
) {
    let mut newest = sampler.newest();
    loop {
        let state = State::Ops(OpsState {
            thresholds: sampler.thresholds(),
            seconds: sampler.last(leaderport::protocol::OPS_SECONDS),
        });
        single.show(state, &positions);
        tokio::select! {
            changed = newest.changed() => if changed.is_err() { return },
            () = has_stopped(&mut stopped) => return,
        }
        newest.mark_unchanged();
    }
}

/// Creates the channel, without a state.
pub(crate) fn single() -> Arc<Single> {
    Arc::new(Single::new(Channel::Ops))
}
