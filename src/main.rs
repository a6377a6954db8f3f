//! The command line `rehearsal`.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
