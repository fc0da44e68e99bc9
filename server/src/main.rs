//! The `leaderport` binary: reads the command line and runs it.

use std::process::ExitCode;

use server::cli::Cli;

// Many threads make small allocations continuously, and would contend for the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    Cli::read().run().await
}
