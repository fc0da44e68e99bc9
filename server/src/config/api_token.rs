//! The API token of the deployment.

use super::secret::Secret;

/// The API token of the deployment, if configured. Its bearer is the operator.
#[derive(Debug, Clone)]
pub struct ApiToken(pub Option<Secret>);
