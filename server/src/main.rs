//! The `leaderport` binary: reads the command line and runs it.

use server::cli::Cli;

// Many threads allocate small things all the time; the system's allocator has them wait for each other.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    Cli::read().run().await
}
