//! The `leaderport` binary: reads the command line and runs it.

use std::io::Write;
use std::process::ExitCode;

use server::cli::Cli;

// Many threads make small allocations continuously, and would contend for the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() -> ExitCode {
    match Cli::read().run().await {
        Ok(status) => status,
        Err(error) => {
            // The sentence with its causes, never a stack trace. A closed stderr is not an error.
            let _ = writeln!(std::io::stderr(), "Error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
