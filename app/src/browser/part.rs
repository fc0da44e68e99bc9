//! The part of the code that loads later, and that a page can do without.
//!
//! A `#[lazy]` function panics if its file does not arrive, so a page that loses its network early would
//! crash. Functions with `#[wasm_split(later, fallible)]` return an error instead, and their next call
//! tries again. All of them are in one file, which is loaded some seconds after hydration, or at the first
//! use of one function.

use std::pin::Pin;

/// The delay before code that did not arrive is requested again, in milliseconds.
pub const RETRY_MILLIS: u32 = 3_000;

/// Work of a function of the part.
pub type PartFuture<T> = Pin<Box<dyn Future<Output = T>>>;

/// Boxes the work of a function of the part, which cannot be `async` or return a type without a name.
///
/// # Errors
/// Never fails. The error is that of a call whose file did not arrive.
pub fn boxed<T, E>(work: impl Future<Output = T> + 'static) -> Result<PartFuture<T>, E> {
    Ok(Box::pin(work))
}
