//! Notifications by Web Push: the permission of the reader, and the browser's subscription.

use js_sys::{Promise, Reflect};
use leptos::prelude::window;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    Notification, NotificationPermission, PushManager, PushSubscription,
    PushSubscriptionOptionsInit, ServiceWorkerRegistration,
};

use super::navigator::service_workers;

/// A browser as the address of its push service, and its keys in base64url.
pub struct SubscribedBrowser {
    /// The URL of the push service for this browser.
    pub endpoint: String,
    /// The public key.
    pub p256dh: String,
    /// The authentication secret.
    pub auth: String,
}

/// Whether the browser can show notifications of this page.
#[must_use]
pub fn can_be_notified() -> bool {
    let window = window();
    let has = |name: &str| Reflect::has(&window, &name.into()).unwrap_or(false);
    service_workers().is_some() && has("PushManager") && has("Notification")
}

/// Asks the reader for the permission, unless they answered before. Call it from a click: browsers
/// ignore other requests.
#[must_use]
pub fn ask_permission() -> Option<Promise> {
    Notification::request_permission().ok()
}

/// Whether the reader has allowed notifications, once they have answered.
pub async fn is_allowed(asked: Option<Promise>) -> bool {
    if let Some(asked) = asked {
        // The answer is the permission itself.
        let _ = JsFuture::from(asked).await;
    }
    Notification::permission() == NotificationPermission::Granted
}

/// The browser's subscription; none without one.
pub async fn current() -> Option<SubscribedBrowser> {
    described(&existing(&manager().await.ok()?).await?)
}

/// Subscribes the browser with the public key of the server, in base64url. A subscription with
/// another key is replaced, because the server could not use it. `None` if the browser refuses.
pub async fn subscribe(key: &str) -> Option<SubscribedBrowser> {
    let manager = manager().await.ok()?;
    if let Ok(subscribed) = request(&manager, key).await {
        return described(&subscribed);
    }
    let ended = existing(&manager).await?.unsubscribe().ok()?;
    JsFuture::from(ended).await.ok()?;
    described(&request(&manager, key).await.ok()?)
}

async fn manager() -> Result<PushManager, JsValue> {
    let workers = service_workers().ok_or(JsValue::NULL)?;
    // Without a registration, `ready` would never settle.
    let registered = JsFuture::from(workers.get_registration()).await?;
    if registered.is_undefined() {
        return Err(registered);
    }
    let registration = JsFuture::from(workers.ready()?).await?;
    registration
        .unchecked_into::<ServiceWorkerRegistration>()
        .push_manager()
}

async fn existing(manager: &PushManager) -> Option<PushSubscription> {
    let found = JsFuture::from(manager.get_subscription().ok()?)
        .await
        .ok()?;
    found.dyn_into().ok()
}

async fn request(manager: &PushManager, key: &str) -> Result<PushSubscription, JsValue> {
    let options = PushSubscriptionOptionsInit::new();
    options.set_user_visible_only(true);
    options.set_application_server_key(&key.into());
    let subscribed = manager.subscribe_with_options(&options)?;
    JsFuture::from(subscribed).await?.dyn_into()
}

fn described(subscription: &PushSubscription) -> Option<SubscribedBrowser> {
    let keys = subscription.to_json().ok()?.get_keys()?;
    Some(SubscribedBrowser {
        endpoint: subscription.endpoint(),
        p256dh: keys.get_p256dh()?,
        auth: keys.get_auth()?,
    })
}
