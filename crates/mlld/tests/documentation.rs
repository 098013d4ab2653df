//! What the documents say is what the program does.
#![allow(
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::string_slice,
    clippy::unwrap_used,
    reason = "tests look at files and start processes"
)]

mod support;

use regress::Regex;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use support::Place;

/// The root of the project.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(ROOT).join(path)).unwrap_or_else(|e| panic!("{path}: {e}"))
}

/// The Rust files under a folder.
fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs")
            && path.file_name().is_some_and(|n| n != "tests.rs")
        {
            found.push(path);
        }
    }
}

/// Every code of a mistake in the sources, with the comment above it.
fn codes() -> BTreeMap<String, String> {
    let code = Regex::new("\"([A-Z][0-9]{4})\"").unwrap();
    let mut files = Vec::new();
    for krate in fs::read_dir(Path::new(ROOT).join("crates")).unwrap() {
        sources(&krate.unwrap().path().join("src"), &mut files);
    }
    let mut codes = BTreeMap::new();
    for file in files {
        let text = fs::read_to_string(&file).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let mut above = "";
        for line in text.lines().map(str::trim) {
            for found in code.find_iter(line) {
                let group = found.group(1).unwrap();
                codes
                    .entry(line[group].to_owned())
                    .or_insert_with(|| above.trim_start_matches('/').trim().to_owned());
            }
            above = line;
        }
    }
    codes
}

#[test]
fn every_code_is_documented_and_every_documented_code_exists() {
    let codes = codes();
    assert!(codes.len() > 10, "the search finds codes");
    let row = Regex::new("^\\| `([A-Z][0-9]{4})` \\|").unwrap();
    let page = read("docs/errors.md");
    let documented: Vec<String> = page
        .lines()
        .filter_map(|l| row.find(l).map(|m| l[m.group(1).unwrap()].to_owned()))
        .collect();

    let missing: Vec<_> = codes
        .iter()
        .filter(|(c, _)| !documented.contains(c))
        .map(|(c, about)| format!("| `{c}` | {about} |"))
        .collect();
    assert!(
        missing.is_empty(),
        "docs/errors.md lacks rows for:\n{}",
        missing.join("\n")
    );
    let stale: Vec<_> = documented
        .iter()
        .filter(|c| !codes.contains_key(*c))
        .collect();
    assert!(
        stale.is_empty(),
        "docs/errors.md has rows for codes that are gone: {stale:?}"
    );
    let mut sorted = documented.clone();
    sorted.sort();
    sorted.dedup();
    assert_eq!(sorted.len(), documented.len(), "a code stands twice");
}

#[test]
fn every_option_is_documented() {
    let page = read("docs/command-line.md");
    let place = Place::new();
    for usage in [
        place.mlld(&["--help"]).stdout,
        place.mlld(&["validate", "--help"]).stdout,
    ] {
        let ready = usage.split("not supported yet").next().unwrap();
        for option in Regex::new("--[a-z][a-z-]+").unwrap().find_iter(ready) {
            let option = &ready[option.range()];
            assert!(page.contains(&format!("`{option}")), "{option}");
        }
    }
}

#[test]
fn readme_names_commands_that_work() {
    let readme = read("README.md");
    assert!(readme.contains("cargo run --release --quiet -- examples/airlock/airlock.mld"));
    assert!(readme.contains("cargo test --workspace"));
    assert!(
        Path::new(ROOT)
            .join("examples/airlock/airlock.mld")
            .is_file()
    );
    assert!(read(".ci/run").contains("cargo test --workspace"));
}

/// The blocks of a page that are marked as scripts.
fn scripts(page: &str) -> Vec<String> {
    let mut scripts = Vec::new();
    let mut script: Option<String> = None;
    for line in page.lines() {
        match (&mut script, line) {
            (None, "```mlld") => script = Some(String::new()),
            (Some(_), "```") => scripts.extend(script.take()),
            (Some(text), line) => *text += &format!("{line}\n"),
            (None, _) => {}
        }
    }
    scripts
}

#[test]
fn scripts_in_documents_run() {
    let place = Place::new();
    for file in ["customers.csv", "send-mail"] {
        let from = Path::new(ROOT).join("examples/airlock").join(file);
        fs::copy(from, place.path(file)).unwrap();
    }
    let pages = [read("README.md"), read("docs/index.md")];
    let all: Vec<_> = pages.iter().flat_map(|p| scripts(p)).collect();
    assert!(all.len() >= 4);
    for script in all {
        place.file("a.mld", &script);
        let ended = place.mlld(&["a.mld"]);
        let refused = ended.stderr.starts_with("Operation denied");
        assert!(ended.status == 0 || refused, "{script}\n{}", ended.stderr);
    }
}

#[test]
fn links_between_documents_lead_somewhere() {
    let link = Regex::new("\\]\\(([^)#]+)(#[^)]*)?\\)").unwrap();
    for page in [
        "README.md",
        "CONTRIBUTING.md",
        "CHANGELOG.md",
        "docs/index.md",
        "docs/errors.md",
        "docs/command-line.md",
        "docs/modules.md",
        "docs/urls.md",
        "examples/airlock/README.md",
    ] {
        let text = read(page);
        for found in link.find_iter(&text) {
            let target = &text[found.group(1).unwrap()];
            if target.contains("://") {
                continue;
            }
            let path = Path::new(ROOT).join(page).parent().unwrap().join(target);
            assert!(path.exists(), "{page} links to {target}");
        }
    }
}
