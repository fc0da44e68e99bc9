//! The shared state of handlers. A handler takes parts of it by `FromRef`.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::FromRef;
use leaderport::service::{Leaderboards, People, Push};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::auth::cookies::Cookies;
use crate::auth::oidc::Oidc;
use crate::auth::origin::Origins;
use crate::config::{ApiToken, MetricsToken};
use crate::http::connections::client_address::Addresses;
use crate::http::health::Readiness;
use crate::metrics::Sampler;
use crate::metrics::requests::Requests;
use crate::openapi::Document;
use crate::realtime::Realtime;
use crate::rest::emblems::Emblems;
use crate::rest::page_cache::PageCache;
use crate::rest::picture::Pictures;

/// The shared state of handlers. One pointer, because routes and layers copy it for each request.
#[derive(Clone)]
pub(crate) struct AppState(Arc<Parts>);

impl From<Parts> for AppState {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

/// Declares [`Parts`], and lets handlers take each of them.
macro_rules! parts {
    ($($name:ident: $part:ty,)*) => {
        /// The parts of the state.
        pub(crate) struct Parts {
            $(pub(crate) $name: $part,)*
        }

        $(impl FromRef<AppState> for $part {
            fn from_ref(state: &AppState) -> Self {
                state.$name.clone()
            }
        })*
    };
}

parts! {
    addresses: Arc<Addresses>,
    document: Arc<Document>,
    emblems: Arc<Emblems>,
    leaderboards: Arc<Leaderboards>,
    leptos: LeptosOptions,
    metrics: PrometheusHandle,
    metrics_token: Arc<MetricsToken>,
    oidc: Arc<Oidc>,
    origins: Arc<Origins>,
    page_cache: Arc<PageCache>,
    people: Arc<People>,
    pictures: Arc<Pictures>,
    push: Arc<Push>,
    readiness: Arc<Readiness>,
    realtime: Arc<Realtime>,
    requests: Arc<Requests>,
    sampler: Arc<Sampler>,
    token: Arc<ApiToken>,
    visitors: Arc<Cookies>,
}
