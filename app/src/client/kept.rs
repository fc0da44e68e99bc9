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
    T: Serialize + DeserializeOwned + Send + 'static,
{
    #[cfg(not(feature = "hydrate"))]
    {
        let _ = key;
        asked.await
    }
    #[cfg(feature = "hydrate")]
    send_wrapper::SendWrapper::new(async move {
        match asked.await {
            Ok(fresh) => {
                super::shelf::keep(&key, &fresh).await;
                Ok(fresh)
            }
            Err(error) if error.is_unreachable() => super::shelf::find(&key).await.ok_or(error),
            Err(error) => Err(error),
        }
    })
    .await
}
