//! From what was measured to dollars.

use std::{collections::BTreeMap, time::Duration};

use local::template::Template;
use serde_json::Value;

use crate::{
    capacity::Units,
    prices::{Assumed, Meter, Price, Prices, Service},
    stored::Stored,
};

/// From this much memory on a function has a whole core, and with less a share of one (*AWS Lambda Developer Guide*,
/// "Configure Lambda function memory").
const WHOLE_CORE_MB: f64 = 1_769.0;
/// AWS counts gigabytes in powers of two.
const GIGABYTE: f64 = 1_073_741_824.0;
const MEGABYTES_OF_A_GIGABYTE: f64 = 1_024.0;

/// One start of a function, as it was measured.
#[derive(Clone, Debug, Default)]
pub(crate) struct Work {
    /// By what it was started.
    pub(crate) started_by: StartedBy,
    /// As the template gives it.
    pub(crate) memory_mb: f64,
    /// On this machine.
    pub(crate) cpu: Duration,
    /// To the table, one after the other.
    pub(crate) round_trips: u32,
    /// At the table.
    pub(crate) units: Units,
    /// In the table, by it.
    pub(crate) stored: Stored,
    /// What it logs.
    pub(crate) log: Logged,
    /// The answer's body.
    pub(crate) answer_bytes: f64,
}

/// Who starts a function.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum StartedBy {
    /// A request by HTTP.
    #[default]
    Request,
    /// The table's stream, with one mail: so few come in a second that they seldom come together. Lambda reads the
    /// stream for nothing.
    Mail,
    /// The clock.
    Clock,
}

/// What was logged.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Logged {
    /// Lines.
    pub(crate) lines: f64,
    /// All their bytes.
    pub(crate) bytes: f64,
}

/// How much of everything.
#[derive(Clone, Debug, Default)]
pub(crate) struct Usage(BTreeMap<Meter, f64>);

impl Work {
    /// What Lambda counts of a warm start: CPU time at the memory's share of a core, and the waiting, in milliseconds that
    /// have begun.
    pub(crate) fn billed(&self, assumed: &Assumed) -> Duration {
        let share = (self.memory_mb / WHOLE_CORE_MB).min(1.0);
        let working = self.cpu.as_secs_f64() * 1e3 * assumed.slower_cores.0 / share;
        let mailing = if self.started_by == StartedBy::Mail { assumed.mail_milliseconds.0 } else { 0.0 };
        let waiting = f64::from(self.round_trips).mul_add(assumed.table_milliseconds.0, mailing);
        // What a float is off by is no millisecond.
        Duration::from_secs_f64((working + waiting - 1e-6).ceil().max(1.0) / 1e3)
    }

    /// What one such start uses, cold starts shared out.
    pub(crate) fn usage(&self, assumed: &Assumed) -> Usage {
        let Self { started_by, memory_mb, units, stored, log, .. } = self;
        let cold = assumed.cold_starts.0 * assumed.cold_start_milliseconds.0 / 1e3;
        let for_good = stored.for_good * assumed.kept_months.0;
        let table = for_good + stored.byte_months;
        let (by_http, of_mail, by_clock): (f64, f64, f64) = match started_by {
            StartedBy::Request => (1.0, 0.0, 0.0),
            StartedBy::Mail => (0.0, 1.0, 0.0),
            StartedBy::Clock => (0.0, 0.0, 1.0),
        };
        let by_others = by_http.mul_add(assumed.gateway_log_bytes.0, assumed.lambda_log_bytes.0);
        let logged = log.lines.mul_add(assumed.log_line_bytes.0, log.bytes + by_others) / GIGABYTE;
        Usage::of([
            (Meter::HttpApiRequests, by_http),
            (Meter::TransferGb, by_http * (self.answer_bytes + assumed.answer_bytes.0) / GIGABYTE),
            (Meter::LambdaRequests, 1.0),
            (Meter::LambdaGbSeconds, (self.billed(assumed).as_secs_f64() + cold) * memory_mb / MEGABYTES_OF_A_GIGABYTE),
            (Meter::TableReads, units.read),
            (Meter::TableWrites, units.write),
            (Meter::TableGbMonths, stored.indexed.mul_add(assumed.kept_months.0, table) / GIGABYTE),
            (Meter::RecoveryGbMonths, table / GIGABYTE),
            (Meter::Mails, of_mail),
            (Meter::LogGb, logged),
            (Meter::LogGbMonths, logged * assumed.logs_kept_months.0),
            (Meter::ScheduledStarts, by_clock),
        ])
    }
}

impl Usage {
    /// So much of these, and nothing else.
    pub(crate) fn of(amounts: impl IntoIterator<Item = (Meter, f64)>) -> Self {
        Self(amounts.into_iter().collect())
    }

    /// And so many times that.
    pub(crate) fn add(&mut self, times: f64, other: &Self) {
        for (meter, amount) in &other.0 {
            *self.0.entry(*meter).or_default() += times * amount;
        }
    }

    /// Of this.
    pub(crate) fn get(&self, meter: Meter) -> f64 {
        self.0.get(&meter).copied().unwrap_or_default()
    }

    /// By the list, for a million times that.
    pub(crate) fn a_million_times(&self, prices: &Prices) -> AMillion {
        let mut dollars = AMillion::default();
        for (meter, amount) in &self.0 {
            let price = prices.of(*meter).map_or(0.0, |price| price.of(amount * 1e6));
            match meter {
                Meter::TableGbMonths | Meter::RecoveryGbMonths => dollars.kept += price,
                _ => *dollars.services.entry(meter.service()).or_default() += price,
            }
        }
        dollars
    }
}

/// What a million of a kind cost, in dollars.
#[derive(Debug, Default)]
pub(crate) struct AMillion {
    services: BTreeMap<Service, f64>,
    /// What they leave in the table, for as long as it stays there; less than nothing if they take something away.
    kept: f64,
}

impl AMillion {
    /// What this service asks for them, but for what stays.
    pub(crate) fn of(&self, service: Service) -> f64 {
        self.services.get(&service).copied().unwrap_or_default()
    }

    /// What they leave in the table. Nobody is paid for what they take away.
    pub(crate) const fn kept(&self) -> f64 {
        self.kept.max(0.0)
    }

    /// All of it.
    pub(crate) fn total(&self) -> f64 {
        self.services.values().sum::<f64>() + self.kept()
    }
}

/// A line of a bill.
pub(crate) struct Line {
    /// Whose.
    pub(crate) service: String,
    /// For what.
    pub(crate) what: String,
    /// How much of it.
    pub(crate) amount: f64,
    /// By the list.
    pub(crate) dollars: f64,
    /// Without what is always free.
    pub(crate) beyond_what_is_free: f64,
}

impl Line {
    fn new(service: &str, what: &str, amount: f64, price: &Price) -> Self {
        let (dollars, beyond_what_is_free) = (price.of(amount), price.beyond_what_is_free(amount));
        Self { service: service.to_owned(), what: what.to_owned(), amount, dollars, beyond_what_is_free }
    }
}

/// How many there are of each type of resource; of alarms, how many metrics they watch, for each of these is paid for.
pub(crate) fn resources(template: &Template) -> BTreeMap<&str, usize> {
    let mut resources = BTreeMap::new();
    for (kind, properties) in template.resources() {
        let watched = properties.get("Metrics").and_then(Value::as_array).filter(|_| kind == "AWS::CloudWatch::Alarm");
        let number = watched.map_or(1, |metrics| metrics.iter().filter(|metric| metric.get("MetricStat").is_some()).count());
        *resources.entry(kind).or_default() += number;
    }
    resources
}

/// A month's bill: for what was used, and for what is there.
pub(crate) fn bill(usage: &Usage, resources: &BTreeMap<&str, usize>, prices: &Prices) -> Vec<Line> {
    let used = Meter::ALL.into_iter().filter_map(|meter| {
        let price = prices.of(meter)?;
        Some(Line::new(meter.service().told(), meter.told(), usage.get(meter), price))
    });
    let there = resources.iter().filter_map(|(kind, number)| {
        #[expect(clippy::cast_precision_loss, reason = "resources of a template")]
        let number = *number as f64;
        Some(Line::new("by being there", kind, number, prices.resources.each.get(*kind)?))
    });
    used.chain(there).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Prices and assumptions with which a sum can be done by hand.
    fn prices() -> Prices {
        let page = "source: 'https://aws.amazon.com/', read: 2026-09-20";
        let price = |name: &str, dollars: &str| format!("  {name}: {{dollars: {dollars}, {page}}}\n");
        let aws = [
            ("http_api_requests", "1.00, per: 1000000"),
            ("transfer_gb", "0.09, always_free: 100"),
            ("lambda_requests", "0.20, per: 1000000, always_free: 1000000"),
            ("lambda_gb_seconds", "0.0000133334, always_free: 400000"),
            ("table_reads", "0.125, per: 1000000"),
            ("table_writes", "0.625, per: 1000000"),
            ("table_gb_months", "0.25, always_free: 25"),
            ("recovery_gb_months", "0.20"),
            ("mails", "0.10, per: 1000"),
            ("log_gb", "0.50, always_free: 5"),
            ("log_gb_months", "0.03"),
            ("metric_months", "0.30, always_free: 10"),
            ("secret_calls", "0.05, per: 10000"),
            ("key_calls", "0.03, per: 10000, always_free: 20000"),
            ("scheduled_starts", "1.00, per: 1000000, always_free: 14000000"),
        ];
        let aws: String = aws.iter().map(|(name, dollars)| price(name, dollars)).collect();
        let secret = price("  AWS::SecretsManager::Secret", "0.40");
        let assumed = "table_milliseconds: 5, mail_milliseconds: 80, slower_cores: 1, cold_starts: 0, cold_start_milliseconds: 60,
            lambda_log_bytes: 0, gateway_log_bytes: 100, log_line_bytes: 26, logs_kept_months: 2, other_metrics: 0, answer_bytes: 500, kept_months: 10, warm_functions: 1,
            secret_calls_an_hour: 1, key_calls_an_hour: 1";
        let yaml = format!(
            "region: us-east-1\naws:\n{aws}resources:\n  each:\n{secret}  by_use: []\nassumed: {{{assumed}}}\nshop: {{customers: 1, \
             active_days: 1, preflights: 1, each_month: {{}}}}\nothers: []\n"
        );
        serde_saphyr::from_str(&yaml).unwrap()
    }

    fn near(one: f64, other: f64) -> bool {
        (one - other).abs() <= 1e-9 * other.abs().max(1.0)
    }

    #[test]
    fn an_alarm_is_as_many_as_the_metrics_that_it_watches() {
        let template = Template::read(&Template::path()).unwrap();
        let there = resources(&template);
        assert_eq!(there.get("AWS::CloudWatch::Dashboard"), Some(&1), "those of the stacks within it are there, too");
        let alarms = template.resources().iter().filter(|(kind, _)| *kind == "AWS::CloudWatch::Alarm").count();
        assert!(there.get("AWS::CloudWatch::Alarm").is_some_and(|watched| *watched > alarms && alarms > 10));
    }

    #[test]
    fn a_share_of_a_core_works_longer_and_waits_as_long() {
        let mut assumed = prices().assumed;
        let billed = |memory_mb: f64, assumed: &Assumed| {
            Work { memory_mb, cpu: Duration::from_millis(20), round_trips: 2, ..Work::default() }.billed(assumed).as_millis()
        };
        // 20 ms of work and 2 × 5 ms of waiting; twice the work with half a core; no less of it with two.
        assert_eq!([1_769.0, 884.5, 3_538.0].map(|memory| billed(memory, &assumed)), [30, 50, 30]);
        // 20 × 1.5 = 30 ms on a slower core.
        assumed.slower_cores = crate::prices::Positive(1.5);
        assert_eq!(billed(1_769.0, &assumed), 40);
    }

    #[test]
    fn a_millisecond_that_has_begun_is_billed() {
        let assumed = prices().assumed;
        let billed =
            |cpu: u64| Work { memory_mb: 1_769.0, cpu: Duration::from_micros(cpu), ..Work::default() }.billed(&assumed).as_millis();
        assert_eq!([1, 1_000, 1_001, 2_999].map(billed), [1, 1, 2, 3]);
    }

    /// A login as it could be, by the prices of 2026, worked out by hand.
    #[test]
    fn a_million_logins_cost_what_a_hand_works_out() {
        let prices = prices();
        let login = Work {
            memory_mb: 1_769.0,
            cpu: Duration::from_millis(22),
            round_trips: 2,
            units: Units { read: 12.0, write: 5.0 },
            log: Logged { lines: 1.0, bytes: 74.0 },
            answer_bytes: 573.741_824,
            ..Work::default()
        };
        let dollars = login.usage(&prices.assumed).a_million_times(&prices);
        // $1, and 1,073.741824 bytes, which are a millionth of a gigabyte, a million times: $0.09.
        assert!(near(dollars.of(Service::ApiGateway), 1.09), "{dollars:?}");
        // 0.032 s × 1769/1024 GB × 1,000,000 = 55,281.25 GB-s, at $0.0000133334 are $0.73708702; and $0.20.
        assert!(near(dollars.of(Service::Lambda), 0.937_087_018_75), "{dollars:?}");
        // 12 × $0.125 and 5 × $0.625.
        assert!(near(dollars.of(Service::DynamoDb), 4.625), "{dollars:?}");
        // 74, 26 and 100 bytes a million times are 0.186264514923 GB, at $0.50 once, and at $0.03 for two months.
        assert!(near(dollars.of(Service::CloudWatch), 0.104_308_128_356_933_6), "{dollars:?}");
        assert!(near(dollars.of(Service::Ses), 0.0) && near(dollars.of(Service::Scheduler), 0.0), "{dollars:?}");
        // 1.09 + 0.93708701875 + 4.625 + 0.1043081283569
        assert!(near(dollars.total(), 6.756_395_147_106_933), "{dollars:?}");
    }

    #[test]
    fn a_mail_is_paid_to_ses_and_waits_for_it() {
        let prices = prices();
        let mail = Work { started_by: StartedBy::Mail, memory_mb: 1_769.0, round_trips: 2, ..Work::default() };
        // 80 ms for SES and 2 × 5 ms for the table.
        assert_eq!(mail.billed(&prices.assumed).as_millis(), 90);
        let dollars = mail.usage(&prices.assumed).a_million_times(&prices);
        assert!(near(dollars.of(Service::Ses), 100.0) && near(dollars.of(Service::ApiGateway), 0.0), "{dollars:?}");
    }

    #[test]
    fn cold_starts_are_shared_out() {
        let mut prices = prices();
        prices.assumed.cold_starts = crate::prices::Share(0.1);
        let start = Work { memory_mb: 1_024.0, cpu: Duration::ZERO, round_trips: 1, ..Work::default() };
        // 5 ms, and a tenth of 60 ms, with one gigabyte.
        assert!(near(start.usage(&prices.assumed).get(Meter::LambdaGbSeconds), 0.011));
    }

    #[test]
    fn what_stays_is_paid_for_as_long_as_it_has_been_piling_up() {
        let prices = prices();
        let stored = Stored { for_good: GIGABYTE, indexed: GIGABYTE / 2.0, byte_months: GIGABYTE * 3.0 };
        let usage = Work { stored, ..Work::default() }.usage(&prices.assumed);
        // Ten months of 1 GB and three GB-months of what ends; ten months of half a GB in an index, which needs no backup.
        assert!(near(usage.get(Meter::TableGbMonths), 10.0 + 3.0 + 5.0) && near(usage.get(Meter::RecoveryGbMonths), 13.0));
        // 18 × $0.25 and 13 × $0.20, a million times; and nothing for the same that is taken away.
        assert!(near(usage.a_million_times(&prices).kept(), 7.1e6));
        let taken = Work { stored: Stored::default() - stored, ..Work::default() }.usage(&prices.assumed);
        assert!(near(taken.a_million_times(&prices).kept(), 0.0));
    }

    /// By hand: 3 million requests of 0.25 GB-s each, 30 GB stored, and two secrets.
    #[test]
    fn a_bill_has_everything_once_and_takes_off_what_is_free() {
        let prices = prices();
        let mut usage = Usage::of([(Meter::TableGbMonths, 30.0)]);
        usage.add(3e6, &Usage::of([(Meter::LambdaRequests, 1.0), (Meter::LambdaGbSeconds, 0.25)]));
        let lines = bill(&usage, &BTreeMap::from([("AWS::SecretsManager::Secret", 2), ("AWS::DynamoDB::Table", 1)]), &prices);
        let sum = |of: fn(&Line) -> f64| lines.iter().map(of).sum::<f64>();
        // $0.60, 750,000 GB-s are $10.00005, $7.50, $0.80.
        assert!(near(sum(|line| line.dollars), 0.6 + 10.000_05 + 7.5 + 0.8));
        // 2 million at $0.20, 350,000 GB-s are $4.66669, 5 GB are $1.25, $0.80.
        assert!(near(sum(|line| line.beyond_what_is_free), 0.4 + 4.666_69 + 1.25 + 0.8));
        assert_eq!(lines.iter().filter(|line| line.amount > 0.0).count(), 4);
    }
}
