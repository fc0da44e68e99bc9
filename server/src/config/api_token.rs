//! Tokens of the deployment: the operator's, and that of the metrics.

use super::secret::Secret;

/// The API token of the deployment, if configured. Its bearer is the operator.
#[derive(Debug, Clone)]
pub struct ApiToken(pub Option<Secret>);

/// The token that reads the metrics, if they need one.
#[derive(Debug, Clone)]
pub struct MetricsToken(pub Option<Secret>);
