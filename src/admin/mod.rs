//! Data for admins and moderators: rulings, the audit log, previews of rule changes, the state of
//! engines, the activity of nodes.

pub mod audit;
pub mod effect;
pub mod engine;
pub mod moderation;
pub mod vitals;
