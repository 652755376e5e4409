//! What can be told only after all of the suite: that the policies allow nothing that no test needs.
//!
//! A program of its own, which Cargo runs after `main.rs`: it takes a package's test programs by their names, and were it
//! not to, the run that this looks for would not be there. Where only some of the tests were asked for, nothing can be
//! compared, and a test that compares nothing does not pass.

use std::collections::BTreeSet;

use local::{services::environment, template::Template};
use tests::{
    Outcome,
    permissions::{Used, asks_for_all, is_whole_run, line},
};

#[test]
fn no_function_may_do_what_no_test_has_it_do() -> Outcome {
    if !is_whole_run() {
        return Err("only some of the tests were asked for, so that nothing was compared; `cargo test -p tests` runs all".into());
    }
    let used = Used::in_last_whole_run()?.grants;
    let policies = Template::read(&Template::path())?.policies(&environment())?;
    let allowed = policies.iter().flat_map(|(function, policy)| policy.grants().into_iter().map(|grant| line(function, &grant)));
    let allowed = allowed.collect::<BTreeSet<_>>();
    assert!(allowed.len() > policies.len(), "the policies were read");
    let unused = allowed.into_iter().filter(|grant| !used.contains(grant)).collect::<BTreeSet<_>>();
    let listed = unused.into_iter().collect::<Vec<_>>().join("\n");
    assert!(listed.is_empty(), "infra/template.yaml allows what no test has done:\n{listed}");
    Ok(())
}

#[test]
fn a_run_is_whole_if_its_arguments_leave_no_test_out() {
    for (arguments, whole) in [
        (&[][..], true),
        (&["--nocapture"], true),
        (&["--test-threads", "4"], true),
        (&["--test-threads=4", "--format", "terse"], true),
        (&["login::"], false),
        (&["--test-threads", "4", "login::"], false),
        (&["--skip", "login::"], false),
        (&["--skip=login::"], false),
        (&["--exact"], false),
        (&["--ignored"], false),
    ] {
        assert_eq!(asks_for_all(arguments.iter().map(|&argument| argument.to_owned())), whole, "{arguments:?}");
    }
}
