//! The checklist of OWASP's ASVS 5.0 (`docs/concepts/asvs.md`): it is complete, and what it points to is there.

use std::collections::{BTreeMap, BTreeSet};

use tests::{Failure, Outcome};

use crate::deployment::{root, text};

const PAGE: &str = "docs/concepts/asvs.md";
const STATES: [&str; 5] = ["met", "shop", "AWS", "open", "–"];

/// Every section of ASVS 5.0.0 with requirements of level 1 or 2, and how many: they are the first of their section. Counted in
/// `OWASP_Application_Security_Verification_Standard_5.0.0_en.csv` of the repository OWASP/ASVS.
const SECTIONS: [(&str, usize); 75] = [
    ("V1.1", 2),
    ("V1.2", 9),
    ("V1.3", 11),
    ("V1.4", 3),
    ("V1.5", 2),
    ("V2.1", 3),
    ("V2.2", 3),
    ("V2.3", 4),
    ("V2.4", 1),
    ("V3.2", 2),
    ("V3.3", 4),
    ("V3.4", 6),
    ("V3.5", 5),
    ("V3.7", 2),
    ("V4.1", 3),
    ("V4.2", 1),
    ("V4.3", 2),
    ("V4.4", 4),
    ("V5.1", 1),
    ("V5.2", 3),
    ("V5.3", 2),
    ("V5.4", 3),
    ("V6.1", 3),
    ("V6.2", 12),
    ("V6.3", 4),
    ("V6.4", 4),
    ("V6.5", 5),
    ("V6.6", 3),
    ("V6.8", 4),
    ("V7.1", 3),
    ("V7.2", 4),
    ("V7.3", 2),
    ("V7.4", 5),
    ("V7.5", 2),
    ("V7.6", 2),
    ("V8.1", 2),
    ("V8.2", 3),
    ("V8.3", 1),
    ("V8.4", 1),
    ("V9.1", 3),
    ("V9.2", 4),
    ("V10.1", 2),
    ("V10.2", 2),
    ("V10.3", 4),
    ("V10.4", 11),
    ("V10.5", 5),
    ("V10.6", 2),
    ("V10.7", 3),
    ("V11.1", 2),
    ("V11.2", 3),
    ("V11.3", 3),
    ("V11.4", 4),
    ("V11.5", 1),
    ("V11.6", 1),
    ("V12.1", 3),
    ("V12.2", 2),
    ("V12.3", 4),
    ("V13.1", 1),
    ("V13.2", 5),
    ("V13.3", 2),
    ("V13.4", 5),
    ("V14.1", 2),
    ("V14.2", 4),
    ("V14.3", 3),
    ("V15.1", 3),
    ("V15.2", 3),
    ("V15.3", 7),
    ("V16.1", 1),
    ("V16.2", 5),
    ("V16.3", 4),
    ("V16.4", 3),
    ("V16.5", 3),
    ("V17.1", 1),
    ("V17.2", 4),
    ("V17.3", 2),
];

/// The state of each requirement.
fn states(page: &str) -> Result<BTreeMap<String, String>, Failure> {
    let mut states = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| V")) {
        let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [requirements, _, state, evidence] = cells.as_slice() else { return Err(format!("four cells: {line}").into()) };
        assert!(STATES.contains(state) && !evidence.is_empty(), "{line}");
        for requirement in requirements.split(", ") {
            let twice = states.insert(requirement.to_owned(), (*state).to_owned());
            assert!(twice.is_none(), "{requirement} stands on the page twice");
        }
    }
    Ok(states)
}

#[test]
fn every_requirement_of_levels_1_and_2_is_on_the_page() -> Outcome {
    let wanted = SECTIONS.iter().flat_map(|(section, count)| (1..=*count).map(move |number| format!("{section}.{number}")));
    let wanted: BTreeSet<_> = wanted.collect();
    assert_eq!(wanted.len(), 253, "70 of level 1 and 183 of level 2");
    assert_eq!(states(&text(PAGE)?)?.into_keys().collect::<BTreeSet<_>>(), wanted);
    Ok(())
}

#[test]
fn what_is_open_is_in_the_list_of_what_is_open_and_nothing_else() -> Outcome {
    let page = text(PAGE)?;
    let (_, list) = page.split_once("\n## Open\n").ok_or("no list")?;
    let listed: BTreeSet<_> = list
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**"))
        .flat_map(|(requirements, _)| requirements.split(", "))
        .map(str::to_owned)
        .collect();
    let open: BTreeSet<_> = states(&page)?.into_iter().filter(|(_, state)| state == "open").map(|(requirement, _)| requirement).collect();
    assert_eq!(listed, open);
    Ok(())
}

#[test]
fn every_test_and_every_file_that_the_page_names_is_there() -> Outcome {
    let page = text(PAGE)?;
    let (mut tests, mut files) = (0, 0);
    for span in page.lines().filter(|line| line.starts_with("| V")).flat_map(|line| line.split('`').skip(1).step_by(2)) {
        if let Some((module, test)) = span.split_once("::") {
            let file = ["tests", "shared/src"].iter().map(|folder| format!("{folder}/{module}.rs")).find(|file| root().join(file).exists());
            let source = text(&file.ok_or_else(|| format!("{span}: no such file"))?)?;
            let declared = source.split(&format!("fn {test}(")).next().filter(|before| before.len() < source.len());
            let attributes = declared.and_then(|before| before.rsplit("\n\n").next()).unwrap_or_default();
            assert!(attributes.contains("#[test]") || attributes.contains("#[tokio::test"), "{span}: no such test");
            tests += 1;
        } else if span.contains('/') && !span.contains(' ') && !span.starts_with("application/") {
            assert!(root().join(span).exists(), "{span}: no such file");
            files += 1;
        }
    }
    assert!(tests > 120 && files > 20, "{tests} tests, {files} files");
    Ok(())
}
