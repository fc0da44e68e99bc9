//! The API token of the deployment.

use super::secret::Secret;

/// The API token of the deployment, where there is one. Its bearer is the operator.
#[derive(Debug, Clone)]
pub struct ApiToken(pub Option<Secret>);
