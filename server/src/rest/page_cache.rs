//! Pages of boards and the home page, rendered once for all readers without a session.
//!
//! A rendered page is found by everything on which it depends: address, language, time zone, boards'
//! versions and seasons' positions ([`key`]). A change of a rank or of a board's rules is therefore on
//! the next page at once. The rest may be [`LIFETIME`] old: the number of viewers, the sketch of scores,
//! and the server's clock, from which a page counts down.
//!
//! Concurrent requests for a page wait for one rendering. Each answer has its own nonce
//! ([`rendered`]). The number of pages and their size are bounded, together 32 MB.

mod key;
mod rendered;

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use leaderport::service::Leaderboards;
use metrics::Counter;
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::sync::OnceCell;

use self::key::Key;
use self::rendered::Rendered;
use crate::auth::cookies::Cookies;

/// Maximum age of a page, of which a reader sees only what has no version.
const LIFETIME: Duration = Duration::from_secs(1);

/// Maximum number of cached pages.
const MAX_PAGES: u64 = 256;

/// Rendered pages. A page is empty while it is rendered, and `None` if its response was no page for all.
pub(crate) struct PageCache {
    pages: Cache<Key, Arc<OnceCell<Option<Rendered>>>>,
    hits: Counter,
    misses: Counter,
}

impl Default for PageCache {
    fn default() -> Self {
        Self {
            pages: Cache::builder()
                .max_capacity(MAX_PAGES)
                // A new position makes new pages, which must not wait until they are popular.
                .eviction_policy(EvictionPolicy::lru())
                .time_to_live(LIFETIME)
                .build(),
            hits: metrics::counter!("leaderport_html_reads_total", "found" => "hit"),
            misses: metrics::counter!("leaderport_html_reads_total", "found" => "miss"),
        }
    }
}

impl PageCache {
    /// A page by its key. `render` runs if there is none. A response that is no page for all is for
    /// the first caller alone. The others then render their own, and do not wait for one another.
    async fn answer(&self, key: Key, render: impl Future<Output = Response>) -> Response {
        let page = self.pages.get_with(key, Arc::default);
        let mut render = pin!(render);
        let mut is_hit = true;
        let mut own = None;
        let rendered = async {
            is_hit = false;
            let rendered = Rendered::of(render.as_mut().await).await;
            rendered.map_err(|response| own = Some(response)).ok()
        };
        let rendered = page.get_or_init(|| rendered).await;
        let response = match (rendered, own) {
            (Some(rendered), _) => rendered.answer(),
            (None, Some(own)) => own,
            (None, None) => {
                is_hit = false;
                render.await
            }
        };
        let found = if is_hit { &self.hits } else { &self.misses };
        found.increment(1);
        response
    }
}

/// Answers from the cache, if the page may be cached.
pub(crate) async fn answer(
    State(cache): State<Arc<PageCache>>,
    State(leaderboards): State<Arc<Leaderboards>>,
    State(visitors): State<Arc<Cookies>>,
    request: Request,
    next: Next,
) -> Response {
    let (parts, body) = request.into_parts();
    let Some(key) = Key::of(&parts, &leaderboards, &visitors).await else {
        return next.run(Request::from_parts(parts, body)).await;
    };
    let request = Request::from_parts(key.head(parts), body);
    cache.answer(key, next.run(request)).await
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use axum::http::StatusCode;
    use axum::response::IntoResponse;
    use futures::future::join_all;
    use tokio::task::yield_now;

    use super::rendered::tests::{nonce_of, page};
    use super::*;

    /// A rendering that takes a moment, and is counted.
    async fn render(status: StatusCode, count: &AtomicUsize) -> Response {
        count.fetch_add(1, Ordering::Relaxed);
        yield_now().await;
        let mut response = page();
        *response.status_mut() = status;
        response
    }

    #[tokio::test]
    async fn concurrent_readers_share_a_rendering_with_a_nonce_each() {
        let (cache, count) = (PageCache::default(), AtomicUsize::new(0));
        let key = Key::of_address("/boards/arena");
        let read = || cache.answer(key.clone(), render(StatusCode::OK, &count));
        let answers = join_all((0..100).map(|_| read())).await;
        assert_eq!(count.load(Ordering::Relaxed), 1);
        let nonces = join_all(answers.into_iter().map(nonce_of)).await;
        assert_eq!(nonces.into_iter().collect::<HashSet<_>>().len(), 100);
    }

    #[tokio::test]
    async fn pages_of_different_keys_are_apart() {
        let (cache, count) = (PageCache::default(), AtomicUsize::new(0));
        for address in ["/", "/boards/arena", "/boards/arena?page=2"] {
            let key = Key::of_address(address);
            cache.answer(key, render(StatusCode::OK, &count)).await;
        }
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn refusals_are_rendered_for_each_reader() {
        let (cache, count) = (PageCache::default(), AtomicUsize::new(0));
        let key = Key::of_address("/boards/arena");
        let refused = StatusCode::UNPROCESSABLE_ENTITY;
        let read = || cache.answer(key.clone(), render(refused, &count));
        for answer in join_all((0..3).map(|_| read())).await {
            assert_eq!(answer.status(), refused);
        }
        assert_eq!(count.load(Ordering::Relaxed), 3);
    }

    #[tokio::test]
    async fn readers_of_a_refused_page_do_not_wait_for_one_another() {
        let (cache, running) = (PageCache::default(), AtomicUsize::new(0));
        let most = AtomicUsize::new(0);
        let render = async || {
            let now = running.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(now, Ordering::Relaxed);
            yield_now().await;
            running.fetch_sub(1, Ordering::Relaxed);
            StatusCode::UNPROCESSABLE_ENTITY.into_response()
        };
        let key = Key::of_address("/boards/arena");
        join_all((0..9).map(|_| cache.answer(key.clone(), render()))).await;
        // All except the first one.
        assert_eq!(most.load(Ordering::Relaxed), 8);
    }

    #[tokio::test]
    async fn another_reader_renders_a_page_whose_first_reader_has_left() {
        let (cache, count) = (PageCache::default(), AtomicUsize::new(0));
        let key = Key::of_address("/boards/arena");
        let left = cache.answer(key.clone(), std::future::pending());
        let read = cache.answer(key, render(StatusCode::OK, &count));
        tokio::select! {
            biased;
            _ = left => unreachable!("it never ends"),
            () = yield_now() => {}
        }
        assert_eq!(read.await.status(), StatusCode::OK);
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
