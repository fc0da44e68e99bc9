//! An accepted socket: it holds its permits until it is closed, and ends if its writes make no
//! progress.
//!
//! hyper has no time limit for writes. A client that takes no data would keep its connection, its
//! answer and their permits without end.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Sleep, sleep};

/// A stream that holds permits. Its writes fail with [`io::ErrorKind::TimedOut`] after a time
/// without progress.
pub(crate) struct Socket<S, P> {
    stream: S,
    #[expect(dead_code, reason = "held until the socket is dropped")]
    permits: P,
    patience: Duration,
    /// Runs while a write is pending.
    stalled: Option<Pin<Box<Sleep>>>,
}

impl<S, P> Socket<S, P> {
    pub(crate) fn new(stream: S, permits: P, patience: Duration) -> Self {
        Self {
            stream,
            permits,
            patience,
            stalled: None,
        }
    }

    /// Turns a write that has been pending for too long into a failure.
    fn in_time<T>(
        &mut self,
        cx: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.stalled = None;
            return written;
        }
        let patience = self.patience;
        let stalled = self
            .stalled
            .get_or_insert_with(|| Box::pin(sleep(patience)));
        ready!(stalled.as_mut().poll(cx));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncRead + Unpin, P: Unpin> AsyncRead for Socket<S, P> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin, P: Unpin> AsyncWrite for Socket<S, P> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.in_time(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.in_time(cx, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, duplex};
    use tokio::time::Instant;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(30);

    #[tokio::test(start_paused = true)]
    async fn write_without_progress_fails_after_a_time() {
        let (ours, theirs) = duplex(4);
        let mut ours = Socket::new(ours, (), PATIENCE);
        let began = Instant::now();
        let error = ours.write_all(&[0; 12]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert!(began.elapsed() >= PATIENCE, "{:?}", began.elapsed());
        drop(theirs);
    }

    #[tokio::test(start_paused = true)]
    async fn slow_progress_is_enough() {
        let (ours, mut theirs) = duplex(4);
        let mut ours = Socket::new(ours, (), PATIENCE);
        let writing = tokio::spawn(async move { ours.write_all(&[0; 16]).await });
        for _ in 0..4 {
            sleep(PATIENCE.mul_f64(0.9)).await;
            theirs.read_exact(&mut [0; 4]).await.unwrap();
        }
        writing.await.unwrap().unwrap();
    }
}
