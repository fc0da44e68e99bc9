//! Rebuilds the server's part of this crate when `docs/` gets or loses a file.
//!
//! `rust-embed` makes the compiler track the content of embedded files, but not the list of files.

fn main() {
    // The browser's part has no documents.
    let is_server = std::env::var_os("CARGO_FEATURE_SSR").is_some();
    let watched = if is_server { "../docs" } else { "build.rs" };
    println!("cargo::rerun-if-changed={watched}");
}
