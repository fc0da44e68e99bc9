//! The shared state of handlers. A handler takes parts of it by `FromRef`.

use std::sync::Arc;

use axum::extract::FromRef;
use leaderport::service::{Leaderboards, People, Push};
use leptos::config::LeptosOptions;
use metrics_exporter_prometheus::PrometheusHandle;

use crate::auth::cookies::Cookies;
use crate::auth::oidc::Oidc;
use crate::auth::origin::Origins;
use crate::config::{ApiToken, MetricsToken};
use crate::http::client_address::Addresses;
use crate::http::health::Readiness;
use crate::metrics::Sampler;
use crate::realtime::Realtime;
use crate::rest::emblems::Emblems;
use crate::rest::picture::Pictures;

/// The shared state of handlers.
#[derive(Clone, FromRef)]
pub(crate) struct AppState {
    pub(crate) addresses: Arc<Addresses>,
    pub(crate) emblems: Arc<Emblems>,
    pub(crate) leaderboards: Arc<Leaderboards>,
    /// In an `Arc`, because every request clones this state.
    pub(crate) leptos: Arc<LeptosOptions>,
    pub(crate) metrics: PrometheusHandle,
    pub(crate) metrics_token: Arc<MetricsToken>,
    pub(crate) oidc: Arc<Oidc>,
    pub(crate) origins: Arc<Origins>,
    pub(crate) people: Arc<People>,
    pub(crate) pictures: Arc<Pictures>,
    pub(crate) push: Arc<Push>,
    pub(crate) readiness: Arc<Readiness>,
    pub(crate) realtime: Arc<Realtime>,
    pub(crate) sampler: Arc<Sampler>,
    pub(crate) token: Arc<ApiToken>,
    pub(crate) visitors: Arc<Cookies>,
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        (*state.leptos).clone()
    }
}
