use std::path::Path;

use serde_json::json;

use crate::run::{Result, command, read, root, run, step, write};
use crate::tools;

/// The optimised static site in `dist/`, which works under any path of any static host.
pub fn dist() -> Result {
    tools::web()?;
    tools::wasm_opt()?;
    step("building the site", || {
        run(command("trunk").args(["build", "--release", "--dist", "dist"]).env("TRUNK_SKIP_VERSION_CHECK", "true"))
    })?;
    let sizes = sizes(&root().join("dist"))?;
    let first: u64 = sizes.iter().filter(|(_, _, when)| *when == "first").map(|(_, size, _)| size).sum();
    let list: Vec<_> =
        sizes.iter().map(|(path, size, when)| json!({"path": path, "brotli": size, "when": when})).collect();
    let text = serde_json::to_string_pretty(&list).map_err(|error| error.to_string())?;
    write(&root().join("dist/size.json"), text + "\n")?;
    eprintln!("\ndist/ is ready; the first load is {:.1} kB with brotli:", first as f64 / 1000.0);
    for (path, size, when) in sizes {
        eprintln!("{:>9.1} kB  {when:<6} {path}", size as f64 / 1000.0);
    }
    Ok(())
}

/// Each file of the site, its size in brotli, and whether the first view loads it.
fn sizes(folder: &Path) -> Result<Vec<(String, u64, &'static str)>> {
    let mut sizes = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(&next).map_err(|error| format!("{}: {error}", next.display()))?.flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if name == "size.json" {
                continue;
            }
            let later = name == "fixtures.json" || name.starts_with("words/") || name.starts_with("laboratory-");
            sizes.push((name, compressed(&read(&path)?)?, if later { "later" } else { "first" }));
        }
    }
    sizes.sort();
    Ok(sizes)
}

fn compressed(content: &[u8]) -> Result<u64> {
    let mut out = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    let mut content = content;
    brotli::BrotliCompress(&mut content, &mut out, &parameters).map_err(|error| error.to_string())?;
    Ok(out.len() as u64)
}
