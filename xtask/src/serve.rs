use crate::run::{Result, command, run};
use crate::tools;

/// Sets up what a fresh machine lacks and opens the dashboard; further arguments go to Trunk.
pub fn serve(arguments: &[&str]) -> Result {
    tools::web()?;
    eprintln!("\n== serving the dashboard; the first build takes about a minute, then http://127.0.0.1:8080/ opens");
    let mut trunk = command("trunk");
    trunk.arg("serve");
    // A machine without a desktop has nothing to open the page in.
    if std::env::var_os("DISPLAY").is_some()
        || std::env::var_os("WAYLAND_DISPLAY").is_some()
        || !cfg!(target_os = "linux")
    {
        trunk.arg("--open");
    }
    run(trunk.args(arguments))
}
