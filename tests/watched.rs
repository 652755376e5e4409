//! What the alarms watch and the dashboard shows, as `infra/alarms.yaml` and `infra/dashboard.yaml` have it.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Map, Value};
use tests::{Failure, Outcome};

/// A metric of Vestibule's own: its dimensions by name, and which value of each, if it is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    pub(crate) name: String,
    pub(crate) dimensions: Vec<(String, Option<String>)>,
}

fn template(name: &str) -> Result<Value, Failure> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra").join(name);
    Ok(serde_saphyr::from_str(&fs::read_to_string(path)?)?)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn array(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn alarms() -> Result<Vec<Map<String, Value>>, Failure> {
    let template = template("alarms.yaml")?;
    let resources = template["Resources"].as_object().into_iter().flatten().map(|(_, resource)| resource);
    let alarms = resources.filter(|resource| resource["Type"] == "AWS::CloudWatch::Alarm");
    Ok(alarms.filter_map(|alarm| alarm["Properties"].as_object().cloned()).collect())
}

/// The dashboard, with something for whatever it is told of the deployment.
fn dashboard() -> Result<Value, Failure> {
    let template = template("dashboard.yaml")?;
    let mut body = text(&template["Resources"]["Dashboard"]["Properties"]["DashboardBody"][0]);
    let parameters =
        template["Parameters"].as_object().into_iter().flatten().map(|(name, parameter)| (name.clone(), text(&parameter["Type"])));
    for (name, kind) in parameters.chain([("Alarm".to_owned(), String::new()), ("AWS::Region".to_owned(), String::new())]) {
        body = body.replace(&format!("${{{name}}}"), if kind == "Number" { "500" } else { "stage" });
    }
    assert!(!body.contains("${"), "every name stands for something");
    Ok(serde_json::from_str(&body)?)
}

/// Those that an alarm watches.
pub(crate) fn by_alarms() -> Result<Vec<Watched>, Failure> {
    let mut watched = Vec::new();
    for alarm in alarms()? {
        let alarm = Value::Object(alarm);
        let metrics = array(&alarm["Metrics"]).iter().map(|query| &query["MetricStat"]["Metric"]).chain([&alarm]);
        for metric in metrics.filter(|metric| text(&metric["Namespace"]).starts_with("Vestibule/")) {
            let dimensions = array(&metric["Dimensions"]).iter().map(|each| (text(&each["Name"]), Some(text(&each["Value"]))));
            watched.push(Watched { name: text(&metric["MetricName"]), dimensions: dimensions.collect() });
        }
    }
    Ok(watched)
}

/// Those that the dashboard shows.
pub(crate) fn by_the_dashboard() -> Result<Vec<Watched>, Failure> {
    let mut watched = Vec::new();
    for widget in array(&dashboard()?["widgets"]) {
        for line in array(&widget["properties"]["metrics"]) {
            let words: Vec<_> = array(line).iter().filter_map(Value::as_str).map(str::to_owned).collect();
            if let [namespace, name, dimensions @ ..] = words.as_slice()
                && namespace.starts_with("Vestibule/")
            {
                let pairs = dimensions.chunks(2).map(|pair| (pair[0].clone(), pair.get(1).cloned()));
                watched.push(Watched { name: name.clone(), dimensions: pairs.collect() });
            }
            if let Some(expression) = line[0]["expression"].as_str().and_then(|text| text.strip_prefix("SEARCH('{\"Vestibule/stage\",")) {
                let (dimension, rest) = expression.split_once("} MetricName=\"").ok_or("a search for something else")?;
                let (name, _) = rest.split_once("\"', '").ok_or("a search without a statistic")?;
                watched.push(Watched { name: name.to_owned(), dimensions: vec![(dimension.to_owned(), None)] });
            }
        }
    }
    Ok(watched)
}

#[test]
fn every_alarm_says_what_to_do_and_is_told_to_somebody() -> Outcome {
    let alarms = alarms()?;
    assert!(alarms.len() > 10);
    for alarm in alarms {
        let name = text(&alarm["AlarmName"]);
        let description = text(&alarm["AlarmDescription"]);
        // CloudWatch takes 1024 characters.
        assert!((150..=1024).contains(&description.len()) && description.is_ascii(), "{name}: {}", description.len());
        assert!(name.starts_with("vestibule-${Stage}-"), "the topic's policy knows alarms by the beginning of their name: {name}");
        assert!(alarm.contains_key("TreatMissingData"), "{name} says what silence means");
        for moment in ["AlarmActions", "OKActions"] {
            assert_eq!(alarm[moment][0], "AlarmTopic", "{name}");
        }
        let percentile = alarm.contains_key("ExtendedStatistic");
        assert_eq!(percentile, alarm.contains_key("EvaluateLowSampleCountPercentile"), "{name}: a p99 of three samples is none");
    }
    Ok(())
}

#[test]
fn every_alarm_is_on_the_dashboard() -> Outcome {
    let named: BTreeSet<_> = alarms()?.iter().map(|alarm| text(&alarm["AlarmName"]).replace("vestibule-${Stage}", "stage")).collect();
    let dashboard = dashboard()?;
    let widgets = array(&dashboard["widgets"]).iter().filter(|widget| widget["type"] == "alarm");
    let shown: BTreeSet<_> = widgets.flat_map(|widget| array(&widget["properties"]["alarms"])).map(text).collect();
    assert_eq!(named, shown);
    Ok(())
}

#[test]
fn the_page_tells_of_every_alarm_and_of_what_they_cost() -> Outcome {
    let (alarms, page) = (alarms()?, fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra/alarms.md"))?);
    for alarm in &alarms {
        let name = text(&alarm["AlarmName"]).replace("vestibule-${Stage}-", "");
        assert!(page.contains(&format!("\n| `{name}` | ")), "{name}");
    }
    // Ten cents for each metric: of an alarm on a sum, for each that is added up.
    let watched = |alarm: &Map<String, Value>| {
        let of_sum = alarm.get("Metrics").map(|metrics| array(metrics).iter().filter(|query| query["MetricStat"].is_object()).count());
        of_sum.unwrap_or(1)
    };
    let dimes: usize = alarms.iter().map(watched).sum();
    let told = format!("each metric that they watch, ${}.{}0 together", dimes / 10, dimes % 10);
    assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(&told), "{told}");
    Ok(())
}

#[test]
fn nothing_on_the_dashboard_covers_anything_else() -> Outcome {
    let dashboard = dashboard()?;
    let mut taken = BTreeSet::new();
    for widget in array(&dashboard["widgets"]) {
        let number = |name: &str| widget[name].as_u64().ok_or_else(|| format!("{name} of {widget}"));
        let (x, y, width, height) = (number("x")?, number("y")?, number("width")?, number("height")?);
        // The grid is 24 wide.
        assert!(x + width <= 24, "{widget}");
        for place in (x..x + width).flat_map(|x| (y..y + height).map(move |y| (x, y))) {
            assert!(taken.insert(place), "{widget}");
        }
    }
    Ok(())
}

#[test]
fn what_alarms_tell_to_type_is_there() -> Outcome {
    let said: String = alarms()?.iter().map(|alarm| text(&alarm["AlarmDescription"]) + " ").collect();
    let commands = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("cli/commands.rs"))?;
    let mut found = 0;
    for words in said.split("vestibule ").skip(1) {
        let words: Vec<_> = words.split(|end: char| !(end.is_ascii_lowercase() || end == '-')).take(2).collect();
        assert!(commands.contains(&format!("&[\"{}\"", words.join("\", \""))), "vestibule {}", words.join(" "));
        found += 1;
    }
    assert!(found > 3);
    // The words that the log is filtered by are written somewhere.
    for event in ["request.failed", "panicked", "secrets.stale", "mail.failed", "mail.set_aside", "mail.unreadable", "mail_event.failed"] {
        assert!(said.contains(&format!("\"{event}\"")), "{event} is told of");
    }
    Ok(())
}
