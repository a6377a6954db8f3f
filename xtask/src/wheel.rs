//! The Python package: the command line as a wheel, with the pytest plugin.

use std::path::{Path, PathBuf};

use crate::run::{Result, command, read, root, run, step, write};
use crate::tools;

/// Builds the wheel with a cargo profile and gives its path.
pub fn wheel(profile: &str) -> Result<PathBuf> {
    let python = tools::python()?;
    let out = root().join("target/wheels").join(profile);
    step(&format!("building the Python wheel ({profile})"), || {
        if out.exists() {
            std::fs::remove_dir_all(&out).map_err(|error| format!("{}: {error}", out.display()))?;
        }
        let mut maturin = command(&python.to_string_lossy());
        maturin.args(["-m", "maturin", "build", "--quiet", "--locked", "--profile", profile, "--out"]).arg(&out);
        run(maturin.current_dir(root().join("python")))?;
        let mut wheels = std::fs::read_dir(&out).map_err(|error| format!("{}: {error}", out.display()))?;
        let wheel = wheels.next().and_then(std::result::Result::ok).map(|entry| entry.path());
        wheel.ok_or_else(|| format!("maturin wrote no wheel to {}", out.display()))
    })
}

/// Installs the wheel into a Python that has nothing else, and runs the tests of the plugin there.
pub fn test(wheel: &Path) -> Result {
    let home = root().join("target/wheels/fresh");
    let python = home.join("bin/python");
    step("the pytest plugin, from the wheel in a fresh environment", || {
        run(command("python3").args(["-m", "venv", "--clear"]).arg(&home))?;
        let requirements = root().join("python/tests/requirements.txt");
        let mut pip = command(&python.to_string_lossy());
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).arg(wheel);
        run(pip.arg("--requirement").arg(&requirements))?;
        // Away from the sources, so that only what was installed can be imported.
        let tests = home.join("tests");
        std::fs::create_dir_all(&tests).map_err(|error| error.to_string())?;
        for name in ["conftest.py", "test_plugin.py"] {
            write(&tests.join(name), read(&root().join("python/tests").join(name))?)?;
        }
        let mut pytest = command(&python.to_string_lossy());
        // The examples of the documents are run, too.
        pytest.env("REHEARSAL_SOURCES", root());
        run(pytest.args(["-m", "pytest", "-q", "-p", "no:cacheprovider"]).arg(&tests).current_dir(&home))
    })
}
