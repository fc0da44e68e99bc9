//! What a page begins with: asked of the server, and where that cannot be reached, as it
//! was seen last.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::PageError;

/// What the server says; when it cannot be reached, what it said last under this key.
///
/// # Errors
/// What the server refuses, or that it cannot be reached and nothing is kept.
pub async fn fresh_or_kept<T>(
    key: String,
    asked: impl Future<Output = Result<T, PageError>> + Send + 'static,
) -> Result<T, PageError>
where
    T: DeserializeOwned + Send + 'static,
{
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = key;
        asked.await
    }
    #[cfg(feature = "hydrate")]
    send_wrapper::SendWrapper::new(async move {
        match asked.await {
            Err(error) if error.is_of_the_way() => super::shelf::find(&key).await.ok_or(error),
            answered => answered,
        }
    })
    .await
}

/// Keeps what a page has begun with, in its HTML or by an answer.
pub fn keep<T: Serialize + Clone + 'static>(key: String, value: &T) {
    #[cfg(feature = "hydrate")]
    {
        let value = value.clone();
        // Nobody waits for it.
        leptos::task::spawn_local(async move { super::shelf::keep(&key, &value).await });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (key, value);
}
