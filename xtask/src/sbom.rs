//! What a package is built from, in the form that tools for supply chains read: CycloneDX 1.6.

use serde_json::json;

use crate::licences;
use crate::release;
use crate::run::Result;

/// The document for a package of the workspace.
pub fn of(package: &str, target: Option<&str>) -> Result<String> {
    let version = release::version()?;
    let components: Vec<_> = licences::crates(package, target)?
        .into_iter()
        .map(|((name, version), licence)| {
            let purl = format!("pkg:cargo/{name}@{version}");
            json!({"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl,
                   "licenses": [{"expression": licence.replace('/', " OR ")}]})
        })
        .collect();
    let document = json!({
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": {"type": "application", "bom-ref": package, "name": package, "version": version}},
        "components": components,
    });
    Ok(serde_json::to_string_pretty(&document).map_err(|error| error.to_string())? + "\n")
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_crate_is_a_component_with_its_address() {
        let document: serde_json::Value = serde_json::from_str(&super::of("xtask", None).unwrap()).unwrap();
        let components = document["components"].as_array().unwrap();
        let json = components.iter().find(|component| component["name"] == "serde_json").unwrap();
        assert_eq!(json["purl"], format!("pkg:cargo/serde_json@{}", json["version"].as_str().unwrap()));
        assert_eq!(json["licenses"][0]["expression"], "MIT OR Apache-2.0");
        assert!(!document["components"].to_string().contains("\"xtask\""));
    }
}
