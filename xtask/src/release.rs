//! What a release is made of: the binary in an archive with its checksum, and the notes of its version.

use std::path::Path;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::licences;
use crate::run::{Result, command, output, read, root, run, step, write};

/// Writes `target/archives/rehearsal-VERSION-TARGET.tar.gz` and its checksum, from a release build.
pub fn archive() -> Result {
    build()?;
    let target = host()?;
    let name = format!("rehearsal-{}-{target}", version()?);
    let out = root().join("target/archives");
    let folder = out.join(&name);
    if folder.exists() {
        std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    }
    let binary = if target.contains("windows") { "rehearsal.exe" } else { "rehearsal" };
    std::fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    copy(&root().join("target/release").join(binary), &folder.join(binary))?;
    for file in ["README.md", "CHANGELOG.md", "LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&root().join(file), &folder.join(file))?;
    }
    write(&folder.join("THIRD-PARTY.txt"), licences::of("rehearsal-cli", Some(&target))?)?;
    let archive = format!("{name}.tar.gz");
    run(command("tar").arg("-czf").arg(&archive).arg(&name).current_dir(&out))?;
    std::fs::remove_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let sum = HEXLOWER.encode(&Sha256::digest(read(&out.join(&archive))?));
    write(&out.join(format!("{archive}.sha256")), format!("{sum}  {archive}\n"))?;
    eprintln!("{}", out.join(&archive).display());
    Ok(())
}

/// The command line as it is released.
pub fn build() -> Result {
    step("building the command line", || {
        run(command("cargo").args(["build", "--release", "--locked", "--bin", "rehearsal"]))
    })
}

/// Marks a file as a program.
#[cfg(unix)]
pub fn executable(path: &Path) -> Result {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).map_err(|error| error.to_string())
}

#[cfg(not(unix))]
pub fn executable(_path: &Path) -> Result {
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result {
    std::fs::copy(from, to).map(drop).map_err(|error| format!("{}: {error}", from.display()))
}

/// The target that this machine's compiler builds for.
pub fn host() -> Result<String> {
    let said = output(command("rustc").arg("-vV"))?;
    let host = said.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_string).ok_or_else(|| "rustc names no host".to_string())
}

/// The version of the workspace.
pub fn version() -> Result<String> {
    let manifest = String::from_utf8(read(&root().join("Cargo.toml"))?).map_err(|error| error.to_string())?;
    let version = manifest.split("\nversion = \"").nth(1).and_then(|rest| rest.split('"').next());
    version.map(str::to_string).ok_or_else(|| "Cargo.toml names no version".to_string())
}

/// Prints the changelog's section of a version.
pub fn changelog(version: &str) -> Result {
    let text = String::from_utf8(read(&root().join("CHANGELOG.md"))?).map_err(|error| error.to_string())?;
    print!("{}", section(&text, version)?);
    Ok(())
}

fn section(text: &str, version: &str) -> Result<String> {
    let mut sections = text.split("\n## ").skip(1);
    let found = sections.find(|section| section.split_whitespace().next() == Some(version));
    let body = found.and_then(|section| section.split_once('\n')).map(|(_, body)| body.trim());
    match body {
        Some(body) if !body.is_empty() => Ok(format!("{body}\n")),
        _ => Err(format!("CHANGELOG.md has nothing under `## {version}`")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_its_own_section() {
        let text = "# Changelog\n\n## 0.2.0 (2026-12-01)\n\n- New.\n\n## 0.1.0\n\n- First.\n";
        assert_eq!(section(text, "0.2.0"), Ok("- New.\n".to_string()));
        assert_eq!(section(text, "0.1.0"), Ok("- First.\n".to_string()));
        assert!(section(text, "0.3.0").unwrap_err().contains("## 0.3.0"));
    }
}
