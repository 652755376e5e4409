//! What the functions cost in dollars: each of them, and a shop with all of them.

use std::{
    cell::RefCell,
    collections::{BTreeMap, BTreeSet},
    io::{self, Write},
    time::Duration,
};

use ::tests::{Failure, Request, Shop, emf};
use local::template::Template;
use serde_json::{Value, json};
use shared::{clock::Clock, crypto::password::Cost, stream, telemetry::Lines};
use tokio::runtime::{Builder, Handle, Runtime};
use tracing::{level_filters::LevelFilter, subscriber};
use tracing_subscriber::{filter::Targets, layer::SubscriberExt};

use super::units;
use crate::{
    bill::{Line, Logged, StartedBy, Usage, Work, bill, resources},
    findings::{Bounds, Findings},
    page::Table,
    prices::{Meter, Other, Prices, Service},
    process::Process,
    statistics::{Durations, milliseconds},
    stored::SECONDS_OF_A_MONTH,
};

/// Each is measured so often, in shops of their own; the one in the middle counts.
const TIMES: u32 = 11;
/// The threads that serve the table and SES: what they do is not the functions' work.
const SERVICES: &str = "services";
const HOURS_OF_A_MONTH: f64 = SECONDS_OF_A_MONTH / 3_600.0;

/// What was measured of one kind of start.
struct Measured {
    work: Work,
    /// The mails that each puts on their way.
    mails: f64,
    /// The metrics in what it logs.
    metrics: BTreeSet<String>,
}

pub(super) async fn measure() -> Result<Findings, Failure> {
    let prices = Prices::read()?;
    let template = Template::read(&Template::path())?;
    let resources = resources(&template);
    if let Some(unknown) = prices.resources.unknown(resources.keys().copied()) {
        return Err(format!("prices.yaml does not say under `resources` what {unknown} costs").into());
    }
    let services = Elsewhere::start()?;
    let measured = async |name: &str, started_by| measured(name, started_by, &template, services.handle(), TIMES).await;
    let mut requests = BTreeMap::new();
    for request in units::every()?.into_iter().chain([units::OF_A_SIGN_UP.to_owned()]) {
        let each = measured(&request, StartedBy::Request).await?;
        requests.insert(request, each);
    }
    let mail = measured("send-mail", StartedBy::Mail).await?;
    let clock = measured("send-invites", StartedBy::Clock).await?;

    let month = month(&requests, &mail, &clock, &template, &prices)?;
    let lines = bill(&month, &resources, &prices);
    let mut bounds = Bounds::default();
    if let Some(ceiling) = prices.shop.dollars_at_most {
        bounds.at_most(ceiling.0, "dollars a month", lines.iter().map(|line| line.dollars).sum());
    }
    let each = a_million_times(&requests, &mail, &clock, &prices);
    Ok(bounds.told_in([each, a_month(&lines, &prices), beside_others(&lines, &prices)].join("\n")))
}

/// Services in threads of their own.
struct Elsewhere(Option<Runtime>, Handle);

impl Elsewhere {
    fn start() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread().worker_threads(1).thread_name(SERVICES).enable_all().build()?;
        let handle = runtime.handle().clone();
        Ok(Self(Some(runtime), handle))
    }

    const fn handle(&self) -> &Handle {
        &self.1
    }
}

impl Drop for Elsewhere {
    fn drop(&mut self) {
        // Without waiting for it, as it may not be waited for here.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Something that a function is started for, with everything done that comes before it.
enum Ready<'shop> {
    Request(Box<Request<'shop>>),
    Mail(&'shop Shop, Value),
    Clock(&'shop Shop),
}

impl<'shop> Ready<'shop> {
    async fn of(shop: &'shop Shop, name: &str, started_by: StartedBy) -> Result<Self, Failure> {
        Ok(match started_by {
            StartedBy::Request => {
                let request = units::prepare(shop, name).await?;
                Self::Request(Box::new(request.ok_or_else(|| format!("units.rs has no request to {name}"))?))
            }
            StartedBy::Mail => {
                let ada = shop.customer("ada@example.com").await?;
                shop.wait(60);
                shop.post("send-code", json!({"email": ada.email})).await;
                Self::Mail(shop, shop.outbox_records()?.pop().ok_or("no mail is on its way")?)
            }
            StartedBy::Clock => Self::Clock(shop),
        })
    }

    /// Starts it, and tells how long its answer is.
    #[expect(clippy::cast_precision_loss, reason = "answers are short")]
    async fn start(self) -> Result<f64, Failure> {
        match self {
            Self::Request(request) => {
                let answer = request.send_unheld().await;
                if (200..300).contains(&answer.status) { Ok(answer.raw.len() as f64) } else { Err(format!("{answer:?}").into()) }
            }
            Self::Mail(shop, record) => {
                let event = serde_json::from_value(json!({ "Records": [record] }))?;
                let failed = stream::handle(&shop.functions.of("send-mail"), event, "").await.batch_item_failures;
                if failed.is_empty() { Ok(0.0) } else { Err("the mail was not sent".into()) }
            }
            Self::Clock(shop) => Ok(shop.tick().await.map(|_| 0.0)?),
        }
    }
}

/// Starts a function over and over, and tells what each start takes.
async fn measured(name: &str, started_by: StartedBy, template: &Template, services: &Handle, times: u32) -> Result<Measured, Failure> {
    let operation = units::operation_of(name);
    let function = operation.strip_prefix("admin/").unwrap_or(operation);
    let memory_mb = template.memory_mb(function).ok_or_else(|| format!("the template has no function {function}"))?;
    let (shop, consumption) = units::watched().await?;
    let ready = Ready::of(&shop, name, started_by).await?;
    let (answer_bytes, cost) = units::cost_of(&shop, &consumption, ready.start()).await?;
    let (cpu, logged) = cpu(name, started_by, services, times).await?;
    let logged = String::from_utf8(logged)?;
    #[expect(clippy::cast_precision_loss, reason = "megabytes, mails and lines are few")]
    let (memory_mb, mails, lines, bytes) = (memory_mb as f64, cost.mails as f64, logged.lines().count() as f64, logged.len() as f64);
    let log = Logged { lines, bytes };
    let (round_trips, units, stored) = (cost.round_trips, cost.by_the_rules, cost.stored);
    let work = Work { started_by, memory_mb, cpu, round_trips, units, stored, log, answer_bytes: answer_bytes? };
    Ok(Measured { work, mails, metrics: metrics(&logged)? })
}

/// CPU time of a start by itself, in a process that is warm, and what it logs.
async fn cpu(name: &str, started_by: StartedBy, services: &Handle, times: u32) -> Result<(Duration, Vec<u8>), Failure> {
    let ours = Targets::new().with_target("shared", LevelFilter::INFO).with_default(LevelFilter::WARN);
    let lines = Lines::new(|| Kept, Some("Vestibule/benchmarks".to_owned()), Clock::system());
    // If there is one already, it was set for the function that was measured before.
    let _ = subscriber::set_global_default(tracing_subscriber::registry().with(ours).with(lines));
    let mut durations = Durations::default();
    let mut logged = Vec::new();
    for _ in 0..times {
        let shop = Shop::open_beside_services_on(services, Cost::PRODUCTION).await?;
        let ready = Ready::of(&shop, name, started_by).await?;
        LOGGED.take();
        let before = Process::own().running_time_but_for(SERVICES)?;
        ready.start().await?;
        durations.push(Process::own().running_time_but_for(SERVICES)?.saturating_sub(before));
        logged = LOGGED.take();
    }
    Ok((durations.quantile(0.5), logged))
}

thread_local! {
    /// What this thread has logged since it was last asked.
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Keeps what is logged.
struct Kept;

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The metrics that CloudWatch finds in these lines, each by its name and its dimensions.
fn metrics(logged: &str) -> Result<BTreeSet<String>, Failure> {
    let mut metrics = BTreeSet::new();
    for line in logged.lines() {
        let seen = emf::metrics(&serde_json::from_str(line)?)?;
        metrics.extend(seen.into_iter().map(|metric| format!("{} {:?}", metric.name, metric.dimensions)));
    }
    Ok(metrics)
}

/// What the shop uses in a month.
fn month(
    requests: &BTreeMap<String, Measured>,
    mail: &Measured,
    clock: &Measured,
    template: &Template,
    Prices { assumed, shop, .. }: &Prices,
) -> Result<Usage, Failure> {
    let customers = shop.customers.0;
    let mut starts = Vec::new();
    for (request, each) in &shop.each_month {
        let measured = requests.get(request).ok_or_else(|| format!("prices.yaml names {request}, which nobody can ask"))?;
        starts.push((customers * each.0, measured));
    }
    starts.push((starts.iter().map(|(times, start)| times * start.mails).sum(), mail));
    for (_, period) in template.schedules()? {
        starts.push((SECONDS_OF_A_MONTH / period.as_secs_f64(), clock));
    }

    let warm_hours = assumed.warm_functions.0 * HOURS_OF_A_MONTH;
    let mut usage = Usage::of([
        (Meter::HttpApiRequests, customers * shop.preflights.0),
        (Meter::SecretCalls, warm_hours * assumed.secret_calls_an_hour.0),
        (Meter::KeyCalls, warm_hours * assumed.key_calls_an_hour.0),
        (Meter::MetricMonths, assumed.other_metrics.0 + metric_months(&starts)),
    ]);
    starts.iter().for_each(|(times, start)| usage.add(*times, &start.work.usage(assumed)));
    Ok(usage)
}

/// A metric is paid for in each hour in which it occurs: in so many of them, if it occurs at any time as likely as at any
/// other.
fn metric_months(starts: &[(f64, &Measured)]) -> f64 {
    let mut occur = BTreeMap::<&str, f64>::new();
    for (times, start) in starts {
        start.metrics.iter().for_each(|metric| *occur.entry(metric).or_default() += times);
    }
    occur.values().map(|times| 1.0 - (-times / HOURS_OF_A_MONTH).exp()).sum()
}

fn a_million_times(requests: &BTreeMap<String, Measured>, mail: &Measured, clock: &Measured, prices: &Prices) -> String {
    let columns = [
        "started for",
        "memory, MB",
        "CPU, ms",
        "billed, ms",
        "read units",
        "write units",
        "API Gateway",
        "Lambda",
        "DynamoDB, units",
        "and what stays",
        "SES",
        "the rest",
        "$ a million",
        "mails",
        "$ with them",
    ];
    let dollars_of = |work: &Work| work.usage(&prices.assumed).a_million_times(prices);
    let row = |table: Table, what: String, Measured { work, mails, .. }: &Measured| {
        let (dollars, sum) = (dollars_of(work), dollars_of(work).total());
        let [gateway, lambda, units, ses] =
            [Service::ApiGateway, Service::Lambda, Service::DynamoDb, Service::Ses].map(|service| dollars.of(service));
        let rest = sum - gateway - lambda - units - dollars.kept() - ses;
        let measured = [
            what,
            work.memory_mb.to_string(),
            milliseconds(work.cpu),
            work.billed(&prices.assumed).as_millis().to_string(),
            work.units.read.to_string(),
            work.units.write.to_string(),
        ];
        let with_mails = mails.mul_add(dollars_of(&mail.work).total(), sum);
        let dollars = [gateway, lambda, units, dollars.kept(), ses, rest, sum].map(|dollars| format!("{dollars:.2}"));
        table.row(measured.into_iter().chain(dollars).chain([mails.to_string(), format!("{with_mails:.2}")]))
    };
    let table = requests.iter().fold(Table::new(&columns), |table, (request, measured)| row(table, told(request), measured));
    let table = row(table, "`send-mail`: a mail".to_owned(), mail);
    let table = row(table, "`send-invites`: a minute without any".to_owned(), clock);
    let (from, to) = prices.read_between().unwrap_or_default();
    let read = if from == to { from.to_owned() } else { format!("{from} to {to}") };
    format!(
        "Dollars for a million starts that succeed, by the list prices of {} in `benchmarks/prices.yaml` (looked at {read}), with nothing
taken off. CPU is the function's own, the one in the middle of {TIMES} starts of a warm process in a release build on this machine,
at production cost; the table and SES have other threads. Billed is what Lambda would count: {} times that CPU time, at the memory's
share of a core, {} ms for each round trip to the table, and {} ms for SES, rounded up. Units are those by the rules, with those of
the indexes. What stays in the table is paid for until it ends, or for {} months. The last two columns add the mails that it puts
on their way.\n\n{table}",
        prices.region,
        prices.assumed.slower_cores.0,
        prices.assumed.table_milliseconds.0,
        prices.assumed.mail_milliseconds.0,
        prices.assumed.kept_months.0,
    )
}

/// A request's name, with the operation's told as code.
fn told(request: &str) -> String {
    request.split_once(' ').map_or_else(|| format!("`{request}`"), |(operation, rest)| format!("`{operation}` {rest}"))
}

fn a_month(lines: &[Line], Prices { shop, .. }: &Prices) -> String {
    let columns = ["of", "for", "how much", "$ a month", "$ beyond what is always free"];
    let table = lines.iter().filter(|line| line.amount > 0.0).fold(Table::new(&columns), |table, line| {
        let dollars = [line.dollars, line.beyond_what_is_free].map(|dollars| format!("{dollars:.2}"));
        table.row([line.service.clone(), line.what.clone(), amount(line.amount)].into_iter().chain(dollars))
    });
    let sum = |of: fn(&Line) -> f64| format!("**{:.2}**", lines.iter().map(of).sum::<f64>());
    let total = ["**in all**".to_owned(), String::new(), String::new(), sum(|line| line.dollars), sum(|line| line.beyond_what_is_free)];
    format!(
        "A month of a shop with {} customers who come by on {} days of it, and do what `shop` in `prices.yaml` says. What is always free
is taken off in the last column, as if nothing else in the account took any of it.\n\n{}",
        amount(shop.customers.0),
        shop.active_days.0,
        table.row(total)
    )
}

fn beside_others(lines: &[Line], Prices { shop, others, .. }: &Prices) -> String {
    let own = lines.iter().map(|line| line.dollars).sum::<f64>();
    let head = Table::new(&["for as many customers", "$ a month", "$ for each", "as of", "looked at", "where"]);
    let row = |table: Table, name: &str, dollars: Option<f64>, rest: [String; 3]| {
        let asked = dollars.map_or_else(|| "not listed".to_owned(), |dollars| format!("{dollars:.2}"));
        let each = dollars.map_or_else(String::new, |dollars| format!("{:.5}", dollars / shop.customers.0));
        table.row([name.to_owned(), asked, each].into_iter().chain(rest))
    };
    let table = row(head, "Vestibule, as above, with its mails", Some(own), Default::default());
    let table = others.iter().fold(table, |table, other| {
        let Other { name, source, read, as_of, .. } = other;
        let as_of = as_of.as_ref().map(|day| day.0.clone()).unwrap_or_default();
        row(table, name, other.dollars(shop), [as_of, read.0.clone(), source.0.clone()])
    });
    let notes: Vec<_> = others.iter().map(|other| format!("- {}: {}.", other.name, other.note)).collect();
    format!(
        "What others list, with what they give for nothing taken off, and without mails. What runs on servers of one's own (Kratos, Better
Auth) has no list price, but that of the servers, of their database, and of who looks after them.\n\n{table}\n{}\n",
        notes.join("\n")
    )
}

/// A number as a person reads it.
fn amount(amount: f64) -> String {
    if amount < 100.0 {
        return format!("{amount:.2}").trim_end_matches('0').trim_end_matches('.').to_owned();
    }
    let digits = format!("{amount:.0}");
    let mut grouped = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_shop_of_the_file_asks_what_can_be_asked() {
        for request in Prices::read().unwrap().shop.each_month.into_keys() {
            let asked = units::cost(&request).await;
            assert!(asked.is_ok(), "prices.yaml names {request}: {:?}", asked.err());
        }
    }

    #[tokio::test]
    async fn a_start_is_measured_without_those_who_serve_it() {
        let template = Template::read(&Template::path()).unwrap();
        let services = Elsewhere::start().unwrap();
        let of = async |name: &str, started_by| measured(name, started_by, &template, services.handle(), 1).await.unwrap();
        let send_code = of("send-code", StartedBy::Request).await;
        assert_eq!((send_code.mails, send_code.work.log.lines), (1.0, 1.0));
        assert!(send_code.metrics.iter().any(|metric| metric.contains("send-code")), "{:?}", send_code.metrics);
        assert!(send_code.work.cpu > Duration::ZERO && send_code.work.answer_bytes > 100.0 && send_code.work.stored.byte_months > 0.0);
        let opened = of(units::OF_A_SIGN_UP, StartedBy::Request).await;
        assert!(opened.work.stored.for_good > 0.0 && opened.work.stored.indexed > 0.0, "an account stays");
        let mail = of("send-mail", StartedBy::Mail).await;
        assert!(mail.work.log.lines >= 1.0 && mail.work.units.write >= 1.0 && mail.work.stored.byte_months < 0.0, "it leaves the outbox");
        let clock = of("send-invites", StartedBy::Clock).await;
        assert!(clock.work.units.read > 0.0 && clock.work.units.write < 0.1, "it looks for campaigns and finds none");
    }

    #[test]
    fn a_metric_that_occurs_in_some_hours_is_paid_for_in_those() {
        let of = |metrics: &[&str]| Measured {
            work: Work::default(),
            mails: 0.0,
            metrics: metrics.iter().map(|name| (*name).to_owned()).collect(),
        };
        let (one, other) = (of(&["often", "of both"]), of(&["seldom", "of both"]));
        // 7,300 times are ten an hour, 73 are one in ten hours: 1 - e^-10, 1 - e^-0.1, and 1 - e^-10.1.
        let months = metric_months(&[(7_300.0, &one), (73.0, &other)]);
        assert!((months - (0.999_954_6 + 0.095_162_6 + 0.999_958_9)).abs() < 1e-6, "{months}");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0.0, 0.5, 99.25, 999.6, 1_234_567.0, 100_000.0].map(amount), ["0", "0.5", "99.25", "1,000", "1,234,567", "100,000"]);
    }
}
