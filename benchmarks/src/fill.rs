//! A table that holds many customers and blocks before anything is measured.

use std::collections::{BTreeSet, HashSet};

use ::tests::{Failure, Outcome};
use clap::Args;
use dynoxide::{AttributeValue, ImportOptions, Item, actions::scan::ScanRequest};
use local::services::{Addresses, Services, TABLE};
use shared::{
    crypto::{password::Cost, random},
    domain::{account::AccountStatus, base32},
};

use crate::{customers, edge::Edge};

/// How many there are, beside those that a measurement adds.
#[derive(Args, Clone, Copy, Default)]
pub(crate) struct Fill {
    /// Accounts.
    #[arg(long, default_value_t = 0)]
    pub(crate) accounts: u32,
    /// Blocks of addresses.
    #[arg(long, default_value_t = 0)]
    pub(crate) blocks: u32,
}

/// So many copies at a time keep the engine busy without holding much memory.
const BATCH: u32 = 10_000;

impl Fill {
    /// As the services are told.
    pub(crate) fn arguments(self) -> [String; 2] {
        [format!("--accounts={}", self.accounts), format!("--blocks={}", self.blocks)]
    }

    /// Fills the table. The first account and the first block are made by the shop's own code, the others are copies of
    /// their items under other names: a million by the shop's code would take most of an hour.
    pub(crate) async fn fill(self, services: &Services, addresses: &Addresses) -> Outcome {
        if self.accounts + self.blocks == 0 {
            return Ok(());
        }
        let edge = Edge::open(addresses, Cost::TRIFLING).await?;
        let password = customers::password(&edge.context).await?;
        let empty = items(services)?;
        customers::open(&edge.context, "somebody@example.com", Some(password), AccountStatus::Active).await?;
        Pattern::since(&empty, services)?.copy(services, self.accounts)?;
        let before = items(services)?;
        customers::block(&edge.context, "nobody@example.com").await?;
        Pattern::since(&before, services)?.copy(services, self.blocks)
    }
}

/// Items as the engine keeps them, and the names in them that no two may share.
struct Pattern {
    items: String,
    names: BTreeSet<String>,
}

impl Pattern {
    /// The items that are in the table now and were not before.
    fn since(before: &[Item], services: &Services) -> Result<Self, Failure> {
        let keys: HashSet<_> = before.iter().map(key).collect();
        let new: Vec<_> = items(services)?.into_iter().filter(|item| !keys.contains(&key(item))).collect();
        // What tells one partition from the next of its kind is the last part of its key.
        let names = new.iter().filter_map(|item| Some(key(item).0?.rsplit('#').next()?.to_owned())).collect();
        Ok(Self { items: serde_json::to_string(&new)?, names })
    }

    fn copy(&self, services: &Services, number: u32) -> Outcome {
        let mut left = number;
        while left > 0 {
            let batch = left.min(BATCH);
            let mut copies = Vec::new();
            for _ in 0..batch {
                copies.extend(self.another()?);
            }
            services.database.import_items(TABLE, copies, ImportOptions::default()).map_err(|error| error.to_string())?;
            left -= batch;
        }
        Ok(())
    }

    fn another(&self) -> Result<Vec<Item>, Failure> {
        let mut items = self.items.clone();
        for name in &self.names {
            // The word before the random part stays: `acc_`.
            let (word, random_part) = name.rsplit_once('_').map_or(("", name.as_str()), |(word, rest)| (word, rest));
            let joint = if word.is_empty() { "" } else { "_" };
            let random: String = base32::encode(&random::bytes::<40>()?).chars().take(random_part.len()).collect();
            items = items.replace(name, &format!("{word}{joint}{random}"));
        }
        Ok(serde_json::from_str(&items)?)
    }
}

fn key(item: &Item) -> (Option<&str>, Option<&str>) {
    let part = |name: &str| match item.get(name) {
        Some(AttributeValue::S(text)) => Some(text.as_str()),
        _ => None,
    };
    (part("pk"), part("sk"))
}

fn items(services: &Services) -> Result<Vec<Item>, Failure> {
    // Small enough for one page: only patterns are looked for in it.
    let request = ScanRequest { table_name: TABLE.to_owned(), ..Default::default() };
    Ok(services.database.scan(request).map_err(|error| error.to_string())?.items.unwrap_or_default())
}
