//! Whether times tell who has an account.

use std::time::Instant;

use ::tests::{Failure, Outcome};
use serde_json::{Value, json};
use shared::{
    crypto::password::Cost,
    domain::account::{AccountStatus, StoredPassword},
};

use crate::{
    customers,
    edge::{Edge, network},
    fill::Fill,
    findings::{Bounds, Findings},
    page::Table,
    services::Elsewhere,
    statistics::{Durations, milliseconds},
};

/// Of each class.
const REQUESTS: u32 = 1_000;

/// What an attacker would like to tell apart.
const CLASSES: [&str; 7] = ["known", "unknown", "passwordless", "blocked", "closed", "with-md5", "with-bcrypt"];

/// Passwords of other platforms, until their owners sign in. The store holds both forms, as after an import: wrong passwords wait for
/// as long as bcrypt takes.
const MD5: &str = "$vestibule$md5$$5f4dcc3b5aa765d61d8327deb882cf99";
const BCRYPT: &str = "$2y$10$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";
/// At the least cost, where what is measured is everything but the hash.
const CHEAP_BCRYPT: &str = "$2y$04$92IXUNpkjO0rOQ5byMi.Ye4oKoEa3Ro9llC/.og/at2.uheWG/igi";

pub(super) async fn measure() -> Result<Findings, Failure> {
    let services = Elsewhere::start(Fill::default())?;
    let trifling = Edge::open(&services.addresses, Cost::TRIFLING).await?;
    let real = Edge::open(&services.addresses, Cost::PRODUCTION).await?;
    customers::lift_the_mail_budget(&real.context).await?;

    let columns = [
        "request",
        "class",
        "median, ms",
        "AUC from known",
        "from unknown",
        "from passwordless",
        "from blocked",
        "from closed",
        "from with-md5",
    ];
    let mut table = Table::new(&columns);
    let mut networks = 0..;
    let mut bounds = Bounds::default();
    for (edge, bcrypt) in [(&real, BCRYPT), (&trifling, CHEAP_BCRYPT)] {
        customers::hold_forms(&edge.context, &[MD5, bcrypt]).await?;
    }
    for (what, edge, operation, bcrypt) in [
        ("`login`, wrong password", &real, "login", BCRYPT),
        ("`login`, wrong password, hashes at the least cost", &trifling, "login", CHEAP_BCRYPT),
        ("`send-code`", &trifling, "send-code", CHEAP_BCRYPT),
        ("`forgot-password`", &trifling, "forgot-password", CHEAP_BCRYPT),
    ] {
        let prefix = what.len();
        open_accounts(edge, prefix, bcrypt).await?;
        let mut durations: [Durations; CLASSES.len()] = Default::default();
        // In turns, so that whatever else the machine does falls on all classes alike.
        for number in 0..REQUESTS {
            for at in order(number) {
                let (Some(class), Some(durations)) = (CLASSES.get(at), durations.get_mut(at)) else { continue };
                let body = body(operation, &email(prefix, class, number));
                let from = network(networks.next().unwrap_or_default());
                let begun = Instant::now();
                edge.expect(if operation == "login" { 401 } else { 202 }, operation, &body, from).await?;
                durations.push(begun.elapsed());
            }
        }
        for (at, (class, times)) in CLASSES.iter().zip(&durations).enumerate() {
            let told: Vec<_> = durations.iter().take(at).map(|others| times.told_from(others)).collect();
            for (other, auc) in CLASSES.iter().zip(&told) {
                bounds.within(0.45, 0.55, format_args!("AUC of {what}, {class} from {other}"), *auc);
            }
            let told = told.iter().map(|auc| format!("{auc:.2}"));
            table = table.row([what.to_owned(), (*class).to_owned(), milliseconds(times.quantile(0.5))].into_iter().chain(told));
        }
    }
    Ok(bounds.told_in(format!(
        "{REQUESTS} requests of each class, in turns, each to an address and from a network of its own. AUC is the chance that one request of
the class takes longer than one of the other: 0.5 tells nothing. Wanted: 0.45 to 0.55. The store holds imported hashes of bcrypt (cost 10; 4 at
the least cost), so every wrong password is answered after as long as one of them takes, and a quarter more.\n\n{table}"
    )))
}

/// The classes in another order each time: whatever a request leaves behind it, as the slow hash leaves cold caches, it
/// leaves to every other class as often. The number of classes is prime, so each stride comes to all of them.
fn order(number: u32) -> impl Iterator<Item = usize> {
    let (number, classes) = (number as usize, CLASSES.len());
    let (stride, first) = (1 + number % (classes - 1), number / (classes - 1));
    (0..classes).map(move |turn| (first + turn * stride) % classes)
}

fn email(prefix: usize, class: &str, number: u32) -> String {
    format!("{class}-{number}@{prefix}.example.com")
}

fn body(operation: &str, email: &str) -> Value {
    match operation {
        "login" => json!({"email": email, "password": "not her password"}),
        _ => json!({"email": email}),
    }
}

/// An account at each address of every class that has one.
async fn open_accounts(edge: &Edge, prefix: usize, bcrypt: &str) -> Outcome {
    let password = customers::password(&edge.context).await?;
    for number in 0..REQUESTS {
        for class in CLASSES {
            let email = email(prefix, class, number);
            let (password, status) = match class {
                "known" | "blocked" => (Some(password.clone()), AccountStatus::Active),
                "passwordless" => (None, AccountStatus::Active),
                "closed" => (None, AccountStatus::Closed),
                "with-md5" => (Some(StoredPassword(MD5.to_owned())), AccountStatus::Invited),
                "with-bcrypt" => (Some(StoredPassword(bcrypt.to_owned())), AccountStatus::Invited),
                _ => continue,
            };
            customers::open(&edge.context, &email, password, status).await?;
            if class == "blocked" {
                customers::block(&edge.context, &email).await?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[test]
    fn every_class_comes_once_in_a_round_and_follows_every_other_as_often() {
        let mut followed = BTreeMap::<_, u32>::new();
        for number in 0..42 {
            let round: Vec<_> = order(number).collect();
            let mut sorted = round.clone();
            sorted.sort_unstable();
            assert!(sorted.into_iter().eq(0..CLASSES.len()));
            for pair in round.windows(2) {
                *followed.entry((pair[0], pair[1])).or_default() += 1;
            }
        }
        assert_eq!((followed.len(), followed.values().min(), followed.values().max()), (42, Some(&6), Some(&6)));
    }
}
