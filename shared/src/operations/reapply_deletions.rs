//! `reapply-deletions`: makes the deletions of the ledger again that an older copy of the table does not have.
//!
//! Invoked by the operator after a restore, before the shops open. Every entry is made in the order of the ledger, as it was
//! made then: holds do not stand in its way, and no mail tells of it twice. An entry that the copy has already changes
//! nothing, so it may be invoked as often as one likes, from any earlier moment.

use serde::{Deserialize, Serialize};

use super::{
    Command, Context, Fault,
    deletion::recorded_as,
    staff::{Deed, recorded_of_operator},
    written_in_blocks,
};
use crate::{
    domain::{
        account::{Account, AccountStatus, DeletionMode},
        email_address::EmailAddress,
        identifier::{AccountId, EmailKey},
        json::filled,
        ledger::{LedgerEntry, LedgerEvent},
        moment::Moment,
        place::Place,
        staff_text::Note,
    },
    store::{
        accounts, challenges,
        guests::{self, Guest},
        ledger,
        read::Wanted,
        table::{Page, Transacted},
        write::Write,
    },
};

/// See the [module](self).
pub struct ReapplyDeletions;

/// From which moment on, and why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Order {
    /// That of the copy.
    from: Moment,
    /// Where the page before has ended.
    #[serde(default, deserialize_with = "filled")]
    after: Option<Place>,
    note: Note,
}

/// What was done with a page of the ledger.
#[derive(Default, Serialize)]
pub struct Outcome {
    /// Accounts that are closed again.
    closed: u32,
    /// Accounts that are closed no more, for their customers had come back.
    reopened: u32,
    /// Accounts that are erased again.
    erased: u32,
    /// Addresses whose orders as a guest are forgotten again.
    forgotten: u32,
    /// Entries that the copy has already.
    unchanged: u32,
    /// Where the next page begins; nothing, if this was the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// How often an entry is tried that others get in the way of: nobody should be there, but a shop that is open already.
const ATTEMPTS: usize = 5;

impl Command for ReapplyDeletions {
    const NAME: &'static str = "reapply-deletions";
    type Order = Order;
    type Outcome = Outcome;
    type Error = Fault;

    async fn run(context: &Context, Order { from, after, note }: Order) -> Result<Outcome, Fault> {
        let after = after.unwrap_or_else(|| Place::first(from.0));
        let Page { entries, next } = ledger::page(&context.table, &after, context.clock.now()).await?;
        let mut outcome = Outcome { next, ..Outcome::default() };
        // One after the other: what became of one account is several entries, and their order is its life.
        for entry in &entries {
            let changed = Again { context, entry, note: &note }.made().await?;
            *match (&entry.event, changed) {
                (_, false) => &mut outcome.unchanged,
                (LedgerEvent::Closed { .. }, true) => &mut outcome.closed,
                (LedgerEvent::Reopened { .. }, true) => &mut outcome.reopened,
                (LedgerEvent::Erased { .. }, true) => &mut outcome.erased,
                (LedgerEvent::Forgotten { .. }, true) => &mut outcome.forgotten,
            } += 1;
        }
        Ok(outcome)
    }
}

/// One entry that is made again.
struct Again<'a> {
    context: &'a Context,
    entry: &'a LedgerEntry,
    note: &'a Note,
}

impl Again<'_> {
    /// Makes it; false if there is nothing to do.
    async fn made(&self) -> Result<bool, Fault> {
        for _ in 0..ATTEMPTS {
            let Some(writes) = self.writes().await? else { return Ok(false) };
            if let Transacted::Done = self.context.table.transact(writes).await? {
                return Ok(true);
            }
        }
        Err(Fault::Contended)
    }

    /// The writes of it, with their record; none if the copy has it already.
    async fn writes(&self) -> Result<Option<Vec<Write>>, Fault> {
        let shop = &self.entry.store;
        let (mut writes, action, subject) = match &self.entry.event {
            LedgerEvent::Closed { account_id, epoch } => {
                let Some((email_key, account)) = self.account(account_id).await? else { return Ok(None) };
                // Whoever has moved on from that epoch has been closed in it, and may have come back since.
                if account.status == AccountStatus::Closed || account.epoch > *epoch {
                    return Ok(None);
                }
                let mut writes = Vec::from(accounts::close_again(shop, &email_key, &account, *epoch, self.entry.at)?);
                writes.extend(challenges::remove_all(shop, &email_key));
                (writes, recorded_as(DeletionMode::Close), account_id.as_str().to_owned())
            }
            LedgerEvent::Reopened { account_id, epoch } => {
                let Some((email_key, account)) = self.account(account_id).await? else { return Ok(None) };
                if account.status != AccountStatus::Closed || account.epoch != *epoch {
                    return Ok(None);
                }
                (vec![accounts::reopen_again(shop, &email_key, &account, self.entry.at)?], "reopen-account", account_id.as_str().to_owned())
            }
            LedgerEvent::Erased { account_id } => {
                let Some((email_key, account)) = self.account(account_id).await? else { return Ok(None) };
                let mut writes = Vec::from(accounts::erase_again(shop, &email_key, &account, self.entry.at)?);
                writes.extend(self.written_in_blocks(&account.email, Some(&account)).await?);
                writes.extend(challenges::remove_all(shop, &email_key));
                (writes, recorded_as(DeletionMode::Erase), account_id.as_str().to_owned())
            }
            LedgerEvent::Forgotten { address } => {
                let Some(email_key) = address.email_key() else { return Ok(None) };
                let Some(guest) = self.guest(&email_key).await? else { return Ok(None) };
                let mut writes = vec![guests::forget_again(shop, &email_key, self.entry.at)];
                writes.extend(self.written_in_blocks(&guest.email, None).await?);
                (writes, recorded_as(DeletionMode::Erase), address.as_str().to_owned())
            }
        };
        let deed = Deed { action, subject: &subject, note: Some(self.note.clone()) };
        writes.push(recorded_of_operator(shop, deed, self.context.clock.now())?);
        Ok(Some(writes))
    }

    /// The account of this name, and where it is kept in this copy.
    async fn account(&self, id: &AccountId) -> Result<Option<(EmailKey, Account)>, Fault> {
        let pointed = self.wanted().pointer(id.clone()).read(&self.context.table, self.context.clock.now()).await?.pointer;
        let Some(email_key) = pointed else { return Ok(None) };
        let account = self.wanted().account(email_key).read(&self.context.table, self.context.clock.now()).await?.account;
        Ok(account.filter(|account| account.id == *id).map(|account| (email_key, account)))
    }

    /// Whoever has bought from this address as a guest, if they were there when the entry was made.
    async fn guest(&self, email_key: &EmailKey) -> Result<Option<Guest>, Fault> {
        let guest = self.wanted().guest(*email_key).read(&self.context.table, self.context.clock.now()).await?.guest;
        Ok(guest.filter(|guest| guest.since <= self.entry.at))
    }

    async fn written_in_blocks(&self, email: &EmailAddress, account: Option<&Account>) -> Result<Vec<Write>, Fault> {
        written_in_blocks::forgotten(self.context, &self.entry.store, email, account, self.context.clock.now()).await
    }

    fn wanted(&self) -> Wanted {
        Wanted::in_shop(self.entry.store.clone())
    }
}
