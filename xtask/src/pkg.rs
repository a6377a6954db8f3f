use crate::run::{Result, command, read, root, run, step, write};
use crate::{licences, tools};

/// The npm package in `pkg/`: the facade as WebAssembly, its glue, and the hand-written entries.
pub fn pkg() -> Result {
    tools::web()?;
    tools::wasm_opt()?;
    step("building the npm package", || {
        let cargo =
            "build --package rehearsal-npm --target wasm32-unknown-unknown --profile npm --target-dir target/wasm";
        run(command("cargo").args(cargo.split(' ')))?;
        let built = root().join("target/wasm/wasm32-unknown-unknown/npm/rehearsal_npm.wasm");
        let pkg = root().join("pkg");
        run(command("wasm-bindgen")
            .args(["--target", "web", "--no-typescript", "--out-name", "rehearsal", "--out-dir"])
            .arg(&pkg)
            .arg(built))?;
        let wasm = pkg.join("rehearsal_bg.wasm");
        // Not -O3: what it inlines makes the simulation 1.7 times as slow in V8.
        run(command("wasm-opt").arg("-O2").arg(&wasm).arg("-o").arg(&wasm))?;
        let from = root().join("npm/package");
        let files = [
            "index.js",
            "index.node.js",
            "index.d.ts",
            "api.js",
            "bench.js",
            "delivery.js",
            "import.js",
            "questions.js",
            "mock.js",
            "property.d.ts",
            "property.js",
            "testing.js",
            "values.js",
            "vitest.d.ts",
            "vitest.js",
            "README.md",
        ];
        for name in files {
            write(&pkg.join(name), read(&from.join(name))?)?;
        }
        let carried = licences::of("rehearsal-npm", Some("wasm32-unknown-unknown"))?;
        write(&pkg.join("THIRD-PARTY.txt"), carried)?;
        write(&pkg.join("package.json"), package_json()?)
    })
}

fn package_json() -> Result<String> {
    let version = crate::release::version()?;
    let package = serde_json::json!({
        "name": "rehearsal",
        "version": version,
        "description": "A mock of the Amazon Bedrock runtime, a traffic simulator and a cost model, in WebAssembly",
        "license": "MIT OR Apache-2.0",
        "type": "module",
        "types": "./index.d.ts",
        "exports": {
            ".": {"types": "./index.d.ts", "node": "./index.node.js", "default": "./index.js"},
            "./vitest": {"types": "./vitest.d.ts", "default": "./vitest.js"},
            "./property": {"types": "./property.d.ts", "default": "./property.js"},
            "./package.json": "./package.json",
        },
        "files": ["*.js", "*.d.ts", "*.wasm", "README.md", "THIRD-PARTY.txt"],
        "sideEffects": true,
        "peerDependencies": {"fast-check": ">=3.18", "vitest": ">=1"},
        "peerDependenciesMeta": {"fast-check": {"optional": true}, "vitest": {"optional": true}},
    });
    let text = serde_json::to_string_pretty(&package).map_err(|error| error.to_string())?;
    Ok(text + "\n")
}
