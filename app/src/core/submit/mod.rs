//! The reader's submissions: the typed name, the outbox, the confirmation, and the status in the
//! form.

pub mod confirmation;
pub mod outbox;
pub mod submit_status;
pub mod typed_name;
