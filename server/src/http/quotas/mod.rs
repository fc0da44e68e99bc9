//! Quotas of requests: the cost of reads, and the delay of refusals.

pub(crate) mod read_cost;
pub(crate) mod refusal_delay;
