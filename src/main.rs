//! The program: reads the command line, runs it, prints the error chain, sets the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mingzheng::cli::main()
}
