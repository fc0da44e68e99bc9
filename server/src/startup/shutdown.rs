//! The shutdown flag: every task that runs for long watches it, and ends when it is set.

use tokio::sync::watch;

/// Waits until the server stops. The flag's guard must not outlive this.
pub(crate) async fn has_stopped(stopped: &mut watch::Receiver<bool>) {
    // An error means that the sender is gone: the server has stopped as well.
    drop(stopped.wait_for(|stopped| *stopped).await);
}

/// Does work until it ends, or the server stops.
pub(crate) async fn until_stopped(
    mut stopped: watch::Receiver<bool>,
    work: impl Future<Output = ()>,
) {
    tokio::select! {
        () = work => {}
        () = has_stopped(&mut stopped) => {}
    }
}
