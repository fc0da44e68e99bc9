//! The shutdown flag: every long-running task watches it, and ends when it is set.

use tokio::sync::watch;

/// Waits until the server stops. The guard that `wait_for` returns is dropped, because it would
/// block the sender.
pub(crate) async fn has_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone, so the server has stopped too.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Runs work until it ends, or the server stops.
pub(crate) async fn until_stopped(
    mut stopped: watch::Receiver<bool>,
    work: impl Future<Output = ()>,
) {
    tokio::select! {
        () = work => {}
        () = has_stopped(&mut stopped) => {}
    }
}
