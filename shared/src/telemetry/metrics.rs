//! The metrics: members of a log line that CloudWatch counts, drawn or added up.
//!
//! A member with one of these names is a metric, whichever line it stands in. Each combination of name and dimensions is
//! paid for as a metric of its own, in each hour in which it occurs. So a shop is a property of the line and never a
//! dimension; what happens seldom is written when it happens, never as a zero; and how often an operation was asked for is
//! how many samples `Duration` has.

use serde_json::{Map, Value, json};

/// A metric as CloudWatch is told of it.
pub struct Metric {
    /// The member that holds it.
    pub name: &'static str,
    /// One of CloudWatch's units.
    pub unit: &'static str,
    /// By which members it is told apart: each set is another view of the same numbers. The empty set is the sum of all.
    pub dimensions: &'static [&'static [&'static str]],
}

const COUNT: &str = "Count";
const TOTAL: &[&[&str]] = &[&[]];

const fn counted(name: &'static str) -> Metric {
    Metric { name, unit: COUNT, dimensions: TOTAL }
}

/// Every metric there is.
pub const METRICS: [Metric; 19] = [
    // How long the function worked, without its start. By class, because a hash alone takes longer than most operations.
    Metric { name: "Duration", unit: "Milliseconds", dimensions: &[&["operation"], &["class"]] },
    // How many calls to the table it waited for, one after the other.
    Metric { name: "RoundTrips", unit: COUNT, dimensions: &[&["operation"]] },
    // What was not done for a reason that is ours.
    Metric { name: "Faults", unit: COUNT, dimensions: &[&["operation"], &["class"]] },
    // What was not done for a reason that is the caller's. By code and by operation, but not by both: that would be
    // hundreds of metrics, and the lines themselves tell it to whoever asks.
    Metric { name: "Refusals", unit: COUNT, dimensions: &[&["operation"], &["outcome"]] },
    // From the beginning of a new process until it can take a request.
    Metric { name: "ColdStart", unit: "Milliseconds", dimensions: TOTAL },
    counted("SignIns"),
    counted("SignUps"),
    // An address at which many guesses in a row were wrong.
    counted("GuessBursts"),
    // A refresh token that was used again after it was exchanged.
    counted("TokensReused"),
    counted("MailsSent"),
    // To be tried again.
    counted("MailsFailed"),
    // Left in the outbox, for they would fail again until something is mended.
    counted("MailsSetAside"),
    // Those that have stopped mail to an address: what is told twice, or of mails from before a stop, is none.
    counted("Bounces"),
    counted("Complaints"),
    // How much of the hour's mails the shop in question has used; the highest is the shop that is closest to its end.
    Metric { name: "MailBudgetUsed", unit: "Percent", dimensions: TOTAL },
    // A mail that was refused because of it.
    counted("MailsOverBudget"),
    // A mail that was asked for and is not sent, though its request is answered as any other.
    counted("MailsWithheld"),
    // A request that found mail to addresses without an account stopped, for too much of the store's mail comes back.
    counted("UnknownMailStopped"),
    // A key that is older than it should be, because Secrets Manager gives no answer.
    counted("StaleKeys"),
];

/// The member by which CloudWatch finds the metrics in this line, by its Embedded Metric Format; none if there are none.
/// <https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html>
pub(super) fn directive(namespace: &str, line: &Map<String, Value>, milliseconds: i64) -> Option<Value> {
    let mut directives: Vec<(Vec<&[&str]>, Vec<Value>)> = Vec::new();
    for Metric { name, unit, dimensions } in METRICS.iter().filter(|metric| line.contains_key(metric.name)) {
        // A dimension that the line lacks would make CloudWatch refuse all of it.
        let present = |set: &&&[&str]| set.iter().all(|dimension| line.contains_key(*dimension));
        let sets: Vec<_> = dimensions.iter().filter(present).copied().collect();
        let definition = json!({"Name": name, "Unit": unit});
        match directives.iter_mut().find(|(known, _)| *known == sets) {
            Some((_, metrics)) => metrics.push(definition),
            None if sets.is_empty() => {}
            None => directives.push((sets, vec![definition])),
        }
    }
    let told = |(sets, metrics)| json!({"Namespace": namespace, "Dimensions": sets, "Metrics": metrics});
    let directives: Vec<Value> = directives.into_iter().map(told).collect();
    (!directives.is_empty()).then(|| json!({"Timestamp": milliseconds, "CloudWatchMetrics": directives}))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(line: Value) -> Option<Value> {
        directive("Vestibule/test", line.as_object().unwrap(), 1_700_000_000_000)
    }

    #[test]
    fn metrics_of_the_same_dimensions_are_told_together() {
        let line = json!({"operation": "login", "outcome": "ok", "class": "customers", "Duration": 7, "SignIns": 1, "SignUps": 1});
        let expected = json!({
            "Timestamp": 1_700_000_000_000_i64,
            "CloudWatchMetrics": [
                {"Namespace": "Vestibule/test", "Dimensions": [["operation"], ["class"]], "Metrics": [{"Name": "Duration", "Unit": "Milliseconds"}]},
                {"Namespace": "Vestibule/test", "Dimensions": [[]], "Metrics": [{"Name": "SignIns", "Unit": "Count"}, {"Name": "SignUps", "Unit": "Count"}]},
            ],
        });
        assert_eq!(told(line), Some(expected));
    }

    #[test]
    fn a_dimension_that_the_line_lacks_is_not_named() {
        let sets = |line| told(line).map(|told| told["CloudWatchMetrics"][0]["Dimensions"].clone());
        assert_eq!(sets(json!({"Faults": 1, "operation": "login", "class": "staff"})), Some(json!([["operation"], ["class"]])));
        assert_eq!(sets(json!({"Faults": 1, "operation": "login"})), Some(json!([["operation"]])));
        assert_eq!(told(json!({"Faults": 1})), None);
    }

    #[test]
    fn a_line_without_metrics_has_no_directive() {
        assert_eq!(told(json!({"event": "campaign", "mailed": 3})), None);
    }
}
