//! `prices.yaml`: what the services cost, what no laptop can tell, and the shop that is reckoned for.

use std::{collections::BTreeMap, fs};

use ::tests::Failure;
use serde::Deserialize;
use shared::domain::timestamp::Timestamp;

use crate::process;

/// The whole file. A name that is not known here is refused, and so is a number that cannot be one, with its line.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Prices {
    /// Whose list prices these are.
    pub(crate) region: String,
    /// One price for each meter.
    aws: BTreeMap<Meter, Price>,
    /// What the template's resources cost by being there.
    pub(crate) resources: Resources,
    /// What cannot be measured here.
    pub(crate) assumed: Assumed,
    /// The shop.
    pub(crate) shop: Shop,
    /// What others ask.
    pub(crate) others: Vec<Other>,
}

/// What a month's bill counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Meter {
    /// Requests that API Gateway takes, preflights included.
    HttpApiRequests,
    /// Gigabytes that leave AWS.
    TransferGb,
    /// Starts of functions.
    LambdaRequests,
    /// Memory times duration.
    LambdaGbSeconds,
    /// Read request units.
    TableReads,
    /// Write request units, those of the indexes included.
    TableWrites,
    /// What stands in the table and in its indexes.
    TableGbMonths,
    /// What stands in the table, once more: it can be had back as it was at any second.
    RecoveryGbMonths,
    /// Mails to one recipient each.
    Mails,
    /// Gigabytes that are logged.
    LogGb,
    /// What stands in the logs.
    LogGbMonths,
    /// Metrics in the log's lines, each for the hours in which it occurs.
    MetricMonths,
    /// Secrets that are fetched.
    SecretCalls,
    /// What the keys of the table and of the secrets are asked for.
    KeyCalls,
    /// Starts by the clock.
    ScheduledStarts,
}

/// Whose bill a meter is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Service {
    /// With what it sends.
    ApiGateway,
    /// The functions.
    Lambda,
    /// The table.
    DynamoDb,
    /// The mails.
    Ses,
    /// The logs.
    CloudWatch,
    /// The secrets.
    SecretsManager,
    /// Their key, and that of the table.
    Kms,
    /// The clock.
    Scheduler,
}

impl Meter {
    /// In the bill's order.
    pub(crate) const ALL: [Self; 15] = [
        Self::HttpApiRequests,
        Self::TransferGb,
        Self::LambdaRequests,
        Self::LambdaGbSeconds,
        Self::TableReads,
        Self::TableWrites,
        Self::TableGbMonths,
        Self::RecoveryGbMonths,
        Self::Mails,
        Self::LogGb,
        Self::LogGbMonths,
        Self::MetricMonths,
        Self::SecretCalls,
        Self::KeyCalls,
        Self::ScheduledStarts,
    ];

    /// Whose bill it is on.
    pub(crate) const fn service(self) -> Service {
        match self {
            Self::HttpApiRequests | Self::TransferGb => Service::ApiGateway,
            Self::LambdaRequests | Self::LambdaGbSeconds => Service::Lambda,
            Self::TableReads | Self::TableWrites | Self::TableGbMonths | Self::RecoveryGbMonths => Service::DynamoDb,
            Self::Mails => Service::Ses,
            Self::LogGb | Self::LogGbMonths | Self::MetricMonths => Service::CloudWatch,
            Self::SecretCalls => Service::SecretsManager,
            Self::KeyCalls => Service::Kms,
            Self::ScheduledStarts => Service::Scheduler,
        }
    }

    /// What a person calls it.
    pub(crate) const fn told(self) -> &'static str {
        match self {
            Self::HttpApiRequests => "requests, preflights included",
            Self::TransferGb => "GB to the internet",
            Self::LambdaRequests => "starts",
            Self::LambdaGbSeconds => "GB-seconds, arm64",
            Self::TableReads => "read units",
            Self::TableWrites => "write units",
            Self::TableGbMonths => "GB stored, indexes included",
            Self::RecoveryGbMonths => "GB that can be had back (PITR)",
            Self::Mails => "mails",
            Self::LogGb => "GB logged",
            Self::LogGbMonths => "GB of logs kept",
            Self::MetricMonths => "metrics, for a whole month",
            Self::SecretCalls => "secrets fetched",
            Self::KeyCalls => "calls to the key",
            Self::ScheduledStarts => "starts by the clock",
        }
    }
}

impl Service {
    /// What a person calls it.
    pub(crate) const fn told(self) -> &'static str {
        match self {
            Self::ApiGateway => "API Gateway",
            Self::Lambda => "Lambda",
            Self::DynamoDb => "DynamoDB",
            Self::Ses => "SES",
            Self::CloudWatch => "CloudWatch",
            Self::SecretsManager => "Secrets Manager",
            Self::Kms => "KMS",
            Self::Scheduler => "EventBridge Scheduler",
        }
    }
}

/// A price as somebody's list has it.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Price {
    dollars: Amount,
    #[serde(default)]
    per: Positive,
    /// How much costs nothing, month after month. What ends with an account's first year is no part of it.
    #[serde(default)]
    always_free: Amount,
    /// Whose page says so.
    #[expect(dead_code, reason = "for whoever reads the file; that it is there is checked")]
    source: Address,
    /// When it, or a copy of it, was looked at.
    read: Day,
    /// When it said so, if that is known.
    #[expect(dead_code, reason = "for whoever reads the file")]
    as_of: Option<Day>,
    /// What was looked at.
    #[expect(dead_code, reason = "for whoever reads the file")]
    #[serde(default)]
    note: String,
}

impl Price {
    /// For so much.
    pub(crate) fn of(&self, amount: f64) -> f64 {
        amount / self.per.0 * self.dollars.0
    }

    /// For so much, if nothing else in the account takes from what is free.
    pub(crate) fn beyond_what_is_free(&self, amount: f64) -> f64 {
        self.of((amount - self.always_free.0).max(0.0))
    }
}

/// What the template's resources cost by being there.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Resources {
    /// By type: a price for each, for a month.
    pub(crate) each: BTreeMap<String, Price>,
    /// Types that cost by what they do, or nothing.
    by_use: Vec<String>,
}

impl Resources {
    /// The first of these types that nothing is known of.
    pub(crate) fn unknown<'a>(&self, types: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
        types.into_iter().find(|kind| !self.each.contains_key(*kind) && !self.by_use.iter().any(|one| one == kind))
    }
}

/// What cannot be measured here.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assumed {
    /// A call to the table.
    pub(crate) table_milliseconds: Amount,
    /// A call to SES.
    pub(crate) mail_milliseconds: Amount,
    /// How many times as long as here Lambda's cores take for the same.
    pub(crate) slower_cores: Positive,
    /// Of all starts, those with a process that has to begin.
    pub(crate) cold_starts: Share,
    /// How long it takes to begin.
    pub(crate) cold_start_milliseconds: Amount,
    /// What Lambda logs by itself for a start.
    pub(crate) lambda_log_bytes: Amount,
    /// What API Gateway logs for a request.
    pub(crate) gateway_log_bytes: Amount,
    /// What CloudWatch adds to a line when it counts.
    pub(crate) log_line_bytes: Amount,
    /// How long logs are kept.
    pub(crate) logs_kept_months: Amount,
    /// Metrics that what succeeds does not log: of refusals, by operation and by code.
    pub(crate) other_metrics: Amount,
    /// What an answer has besides its body.
    pub(crate) answer_bytes: Amount,
    /// How long what does not end by itself has been piling up.
    pub(crate) kept_months: Amount,
    /// Functions in use at any time that keep secrets of their own.
    pub(crate) warm_functions: Amount,
    /// How often each of them fetches a secret in an hour.
    pub(crate) secret_calls_an_hour: Amount,
    /// How often the key is asked for each of them in an hour: to read the secrets, and to reach the table.
    pub(crate) key_calls_an_hour: Amount,
}

/// The shop.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Shop {
    /// Who came by in the month.
    pub(crate) customers: Positive,
    /// On how many days of it each of them did, on average.
    pub(crate) active_days: Amount,
    /// How often a browser asks whether it may ask, for each of them.
    pub(crate) preflights: Amount,
    /// More than this, and something has become dearer.
    pub(crate) dollars_at_most: Option<Amount>,
    /// How often each of them, or the shop on their account, asks what.
    pub(crate) each_month: BTreeMap<String, Amount>,
}

/// What another service asks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Other {
    /// Of service and plan.
    pub(crate) name: String,
    /// Whoever comes.
    dollars_a_month: Amount,
    /// From so many customers on, until the next step.
    #[serde(default)]
    steps: Vec<Step>,
    /// How customers are counted.
    #[serde(default)]
    counted: Counted,
    /// Beyond so many there is no list price.
    listed_up_to: Option<Positive>,
    /// Whose page says so.
    pub(crate) source: Address,
    /// When it, or a copy of it, was looked at.
    pub(crate) read: Day,
    /// When it said so, if that is known.
    pub(crate) as_of: Option<Day>,
    /// What was looked at, and what is to be known.
    #[serde(default)]
    pub(crate) note: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    beyond: Amount,
    each: Amount,
}

#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Counted {
    /// Each one who came in the month.
    #[default]
    Monthly,
    /// Those of an average day.
    Daily,
}

/// A year has 365 days.
const DAYS_OF_A_MONTH: f64 = 365.0 / 12.0;

impl Other {
    /// For this shop, in a month; nothing if that is not on the list.
    pub(crate) fn dollars(&self, shop: &Shop) -> Option<f64> {
        let customers = match self.counted {
            Counted::Monthly => shop.customers.0,
            Counted::Daily => shop.customers.0 * shop.active_days.0 / DAYS_OF_A_MONTH,
        };
        if self.listed_up_to.is_some_and(|last| customers > last.0) {
            return None;
        }
        let ends = self.steps.iter().skip(1).map(|next| next.beyond.0).chain([f64::INFINITY]);
        let steps = self.steps.iter().zip(ends);
        Some(steps.fold(self.dollars_a_month.0, |dollars, (Step { beyond, each }, end)| {
            (customers.min(end) - beyond.0).max(0.0).mul_add(each.0, dollars)
        }))
    }
}

impl Prices {
    /// Reads the file.
    pub(crate) fn read() -> Result<Self, Failure> {
        let path = process::root().join("benchmarks/prices.yaml");
        Self::parse(&fs::read_to_string(path)?).map_err(|error| format!("benchmarks/prices.yaml: {error}").into())
    }

    fn parse(yaml: &str) -> Result<Self, Failure> {
        let prices: Self = serde_saphyr::from_str(yaml)?;
        if let Some(missing) = Meter::ALL.into_iter().find(|meter| !prices.aws.contains_key(meter)) {
            return Err(format!("`aws` has no price of {missing:?}, in snake case").into());
        }
        let rises = |other: &&Other| other.steps.is_sorted_by(|one, next| one.beyond.0 < next.beyond.0);
        match prices.others.iter().find(|other| !rises(other)) {
            Some(other) => Err(format!("the steps of {} do not rise", other.name).into()),
            None => Ok(prices),
        }
    }

    /// What is asked for this.
    pub(crate) fn of(&self, meter: Meter) -> Option<&Price> {
        self.aws.get(&meter)
    }

    /// The first and the last day on which a price of the region was looked at.
    pub(crate) fn read_between(&self) -> Option<(&str, &str)> {
        let days = self.aws.values().chain(self.resources.each.values()).map(|price| price.read.0.as_str());
        Some((days.clone().min()?, days.max()?))
    }
}

/// A number that is what its name says.
macro_rules! number {
    ($(#[$doc:meta])* $name:ident($default:literal), $number:ident => $holds:expr, $says:literal;) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Deserialize)]
        #[serde(try_from = "f64")]
        pub(crate) struct $name(pub(crate) f64);

        impl TryFrom<f64> for $name {
            type Error = &'static str;

            fn try_from($number: f64) -> Result<Self, &'static str> {
                if $number.is_finite() && $holds { Ok(Self($number)) } else { Err($says) }
            }
        }

        impl Default for $name {
            fn default() -> Self {
                Self($default)
            }
        }
    };
}

number! {
    /// Zero or more; zero unless told.
    Amount(0.0), number => number >= 0.0, "must be a number that is not negative";
}
number! {
    /// More than zero; one unless told.
    Positive(1.0), number => number > 0.0, "must be a number above zero";
}
number! {
    /// A part of a whole; nothing of it unless told.
    Share(0.0), number => (0.0..=1.0).contains(&number), "must be a number from 0 to 1";
}

/// A day, as `2026-11-22`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Day(pub(crate) String);

impl TryFrom<String> for Day {
    type Error = &'static str;

    fn try_from(day: String) -> Result<Self, &'static str> {
        let midnight = Timestamp::from_rfc3339(&format!("{day}T00:00:00Z"));
        midnight.filter(|midnight| midnight.day() == day).map(|_| Self(day)).ok_or("must be a day such as 2026-11-22")
    }
}

/// Of a page.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct Address(pub(crate) String);

impl TryFrom<String> for Address {
    type Error = &'static str;

    fn try_from(address: String) -> Result<Self, &'static str> {
        if address.starts_with("https://") { Ok(Self(address)) } else { Err("must begin with https://") }
    }
}

#[cfg(test)]
mod tests {
    use local::template::Template;

    use super::*;

    const FILE: &str = include_str!("../prices.yaml");

    fn refusal(from: &str, to: &str) -> String {
        assert_eq!(FILE.matches(from).count(), 1, "{from}");
        Prices::parse(&FILE.replace(from, to)).err().map(|error| error.to_string()).unwrap_or_default()
    }

    fn dollars(name: &str, customers: f64) -> Option<f64> {
        let mut prices = Prices::parse(FILE).unwrap();
        prices.shop.customers = Positive(customers);
        prices.shop.active_days = Amount(3.0);
        prices.others.iter().find(|other| other.name.starts_with(name)).unwrap().dollars(&prices.shop)
    }

    #[test]
    fn the_file_can_be_read() {
        let prices = Prices::parse(FILE).unwrap();
        assert!(Meter::ALL.into_iter().all(|meter| prices.of(meter).is_some()));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let lines = |text: &str| FILE.lines().position(|line| line.contains(text)).unwrap() + 1;
        let unknown = refusal("  active_days:", "  aktive_days:");
        assert!(unknown.contains("aktive_days") && unknown.contains(&format!("line {}", lines("  active_days:"))), "{unknown}");
        let negative = refusal("  active_days: 3", "  active_days: -3");
        assert!(negative.contains("not negative") && negative.contains(&format!("line {}", lines("  active_days: 3"))), "{negative}");
        let meter = refusal("  table_writes:\n", "  table_wirtes:\n");
        assert!(meter.contains("table_wirtes") && meter.contains("line "), "{meter}");
        let share = refusal("  cold_starts: 0.01", "  cold_starts: 1.01");
        assert!(share.contains("from 0 to 1") && share.contains("line "), "{share}");
        let word = refusal("  active_days: 3", "  active_days: three");
        assert!(word.contains("line "), "{word}");
        let infinite = refusal("  active_days: 3", "  active_days: .inf");
        assert!(infinite.contains("not negative"), "{infinite}");
    }

    #[test]
    fn a_price_has_a_source_a_day_and_a_number_to_divide_by() {
        let price = |price: &str| serde_saphyr::from_str::<Price>(price).map(|price| price.of(10.0)).map_err(|error| error.to_string());
        let page = "source: 'https://aws.amazon.com/'";
        assert_eq!(price(&format!("{{dollars: 2, per: 4, {page}, read: 2026-09-20}}")), Ok(5.0));
        for (wrong, says) in [
            (format!("{{dollars: 2, per: 0, {page}, read: 2026-09-20}}"), "above zero"),
            (format!("{{dollars: 2, {page}, read: 2026-09-31}}"), "such as 2026-11-22"),
            ("{dollars: 2, source: 'somebody said so', read: 2026-09-20}".to_owned(), "https://"),
            (format!("{{dollars: 2, {page}}}"), "missing field `read`"),
            (format!("{{dollars: 2, {page}, read: 2026-09-20, alwaysfree: 1}}"), "alwaysfree"),
        ] {
            assert!(price(&wrong).is_err_and(|error| error.contains(says)), "{wrong}");
        }
    }

    #[test]
    fn what_is_free_is_taken_off_before_the_price() {
        let price: Price =
            serde_saphyr::from_str("{dollars: 0.2, per: 1000000, always_free: 1000000, source: 'https://a/', read: 2026-09-20}").unwrap();
        let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
        assert!(near(price.of(3e6), 0.6) && near(price.beyond_what_is_free(3e6), 0.4) && near(price.beyond_what_is_free(5e5), 0.0));
    }

    /// Worked out by hand, or by whoever asks the price.
    #[test]
    fn others_ask_what_they_say_they_ask() {
        for (name, customers, expected) in [
            // 90,000 of 100,000 at $0.015.
            ("Amazon Cognito, Essentials", 100_000.0, Some(1_350.0)),
            ("Amazon Cognito, Essentials", 10_000.0, Some(0.0)),
            // 90,000 at $0.0055.
            ("Amazon Cognito, Lite", 100_000.0, Some(495.0)),
            // The example of AWS's own page: 90,000 at $0.0055 and 850,000 at $0.0046.
            ("Amazon Cognito, Lite", 950_000.0, Some(495.0 + 3_910.0)),
            // The example of Supabase's own documentation: 60,000 at $0.00325 beside the plan.
            ("Supabase, Pro", 160_000.0, Some(220.0)),
            ("Supabase, Pro", 1.0, Some(25.0)),
            ("Auth0, Free", 25_000.0, Some(0.0)),
            ("Auth0, Free", 25_001.0, None),
        ] {
            let asked = dollars(name, customers);
            let same = asked.zip(expected).map_or(asked == expected, |(asked, expected)| (asked - expected).abs() < 0.01);
            assert!(same, "{name} for {customers}: {asked:?}");
        }
        // 30,416.67 who come on 3 days of 30.4167 are 3,000 a day, of whom $21 pay for 150: 2,850 at $0.14, and $770 a year.
        assert!((dollars("Ory Network, Production", 365.0 / 12.0 * 1_000.0).unwrap() - (399.0 + 770.0 / 12.0)).abs() < 0.01);
    }

    #[test]
    fn steps_that_do_not_rise_are_refused() {
        let told = refusal("- {beyond: 100000, each: 0.0046}", "- {beyond: 9000, each: 0.0046}");
        assert!(told.contains("Amazon Cognito, Lite"), "{told}");
    }

    #[test]
    fn everything_in_the_template_has_its_price() {
        let resources = Prices::parse(FILE).unwrap().resources;
        let template = Template::read(&Template::path()).unwrap();
        assert_eq!(
            resources.unknown(template.resources().into_iter().map(|(kind, _)| kind)),
            None,
            "it is to stand under `resources` in prices.yaml"
        );
        assert_eq!(resources.unknown(["AWS::DynamoDB::Table", "AWS::EC2::NatGateway"]), Some("AWS::EC2::NatGateway"));
        assert!(resources.by_use.iter().all(|kind| !resources.each.contains_key(kind)), "what has a price costs by being there");
    }
}
