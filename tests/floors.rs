//! The floors of `shared`: a file imports only from below its own.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use tests::Outcome;

const LEAVES: [&str; 5] = ["aws", "clock", "config", "secrets", "telemetry"];

/// What the files of each floor may import of the crate, besides their own module.
fn allowed(module: &str) -> Vec<&'static str> {
    let below: &[&str] = match module {
        "domain" => return Vec::new(),
        "store" | "crypto" | "mail" => &["domain"],
        "operations" => &["domain", "store", "crypto", "mail"],
        "http" | "rotation" | "schedule" | "stream" | "topic" => &["domain", "store", "crypto", "mail", "operations"],
        // What the operator is refused is told in the same words.
        "invoke" => &["domain", "store", "crypto", "mail", "operations", "http"],
        _ => &["domain"],
    };
    below.iter().copied().chain(LEAVES).collect()
}

/// The libraries that only some floors may name.
const LIBRARIES: [(&str, &[&str]); 6] = [
    ("lambda_http", &["http"]),
    ("lambda_runtime", &["stream", "invoke", "rotation", "schedule", "topic"]),
    ("aws_sdk_dynamodb", &["store", "aws", "operations/context.rs"]),
    ("aws_sdk_sesv2", &["mail", "aws", "operations/context.rs"]),
    ("aws_sdk_secretsmanager", &["secrets", "aws", "operations/context.rs"]),
    ("tokio", &["store", "crypto", "secrets", "telemetry"]),
];

/// Every Rust source below a folder. A folder that cannot be read, or that holds none, is an error: nothing would be compared.
pub(crate) fn sources(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let found = sources_below(folder)?;
    if found.is_empty() { Err(io::Error::other(format!("{} holds no source", folder.display()))) } else { Ok(found) }
}

fn sources_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            found.extend(sources_below(&path)?);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            found.push(path);
        }
    }
    Ok(found)
}

/// The modules of the crate that a source imports, by `use crate::a::…`, `use crate::{a::…, b::…}` or a path in its code.
fn imports(source: &str) -> Vec<String> {
    let mut modules = Vec::new();
    for (at, _) in source.match_indices("crate::") {
        // `$crate::` in a macro is a path of the macro's own module.
        if source[..at].ends_with('$') {
            continue;
        }
        let rest = &source[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            Some(group) => {
                let mut depth = 0;
                let mut name = String::new();
                for character in group.chars() {
                    match character {
                        '{' => depth += 1,
                        '}' if depth == 0 => break,
                        '}' => depth -= 1,
                        ',' if depth == 0 => modules.push(std::mem::take(&mut name)),
                        _ if depth == 0 => name.push(character),
                        _ => {}
                    }
                }
                modules.push(name);
            }
            None => modules.push(rest.to_owned()),
        }
    }
    let first =
        |text: &String| text.trim().chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect::<String>();
    modules.iter().map(first).filter(|name| !name.is_empty()).collect()
}

#[test]
fn a_file_imports_only_from_the_floors_below_its_own() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src");
    let mut imported = 0;
    for file in sources(&root)? {
        let place = file.strip_prefix(&root)?.to_string_lossy().into_owned();
        let module = place.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned();
        if module == "lib" {
            continue;
        }
        let source = fs::read_to_string(&file)?;
        let code: String = source.lines().filter(|line| !line.trim_start().starts_with("//")).map(|line| format!("{line}\n")).collect();
        // What only the file's own tests import is not built into any function.
        let code = code.split("#[cfg(test)]").next().unwrap_or_default();
        for import in imports(code) {
            imported += 1;
            assert!(import == module || allowed(&module).contains(&import.as_str()), "{place} imports {import}");
        }
        for (library, floors) in LIBRARIES {
            let named = code.contains(&format!("{library}::"));
            assert!(!named || floors.contains(&module.as_str()) || floors.contains(&place.as_str()), "{place} names {library}");
        }
    }
    assert!(imported > 150, "{imported} imports were compared");
    Ok(())
}

#[test]
fn only_one_file_spells_the_tables_keys() -> Outcome {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/src");
    let mut spelling = Vec::new();
    for file in sources(&root)? {
        if fs::read_to_string(&file)?.contains("\"S#") {
            spelling.push(file.strip_prefix(&root)?.to_string_lossy().into_owned());
        }
    }
    assert_eq!(spelling, ["store/keys.rs"]);
    Ok(())
}

#[test]
fn the_command_line_knows_nothing_but_the_http_api() -> Outcome {
    let manifest = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../cli/Cargo.toml"))?;
    let (_, dependencies) = manifest.split_once("[dependencies]").ok_or("no dependencies")?;
    assert!(dependencies.lines().any(|line| line.starts_with("clap")), "the dependencies were found");
    for line in dependencies.lines() {
        assert!(!["shared", "local", "tests"].iter().any(|ours| line.starts_with(ours)), "{line}");
    }
    Ok(())
}

#[test]
fn a_folder_without_sources_is_an_error() {
    for folder in ["../shared/no-such-folder", "vectors", "snapshots"] {
        assert!(sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)).is_err(), "{folder}");
    }
}
