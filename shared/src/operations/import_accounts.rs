//! `import-accounts`: brings customers along from another platform, with the passwords that they have there.
//!
//! An account that is brought along is *invited*: it is in use from the first proof of its password or mailbox on. A
//! customer who has proved either, or is blocked, is left as they are. A row that cannot be imported is told, and the
//! others are imported all the same. The same call may be made any number of times: rows that stand already are told as
//! unchanged.
//!
//! Thousands of customers do not fit into one transaction. The call is recorded before its first row and again, with what
//! has come of it, after the last; each row is a transaction of its own, made only if the address is still as it was read.
//! A key that is revoked meanwhile imports no further than the rows that are under way.

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Merchant, Operation,
    attempted::Attempted,
    bringing_along::Import,
    import_row::{Row, Told},
    staff::{Deed, Staff, StaffError},
};
use crate::{
    domain::{
        client_address::ClientAddress,
        json::{Object, filled},
        policy,
        role::Role,
        shop_slug::ShopSlug,
        staff_text::Note,
    },
    store::{old_hashes::OldHashes, read::Wanted},
};

/// See the [module](self).
pub struct ImportAccounts;

/// How many rows are read in one call to the table, and then written at the same time: as many as fit into DynamoDB's
/// hundred items, less some. Half a second of hashing, so that the time is looked at often enough.
const ROWS_AT_ONCE: usize = 20;

/// What an import is done to, in the record: too many to name.
const SUBJECT: &str = "accounts";

/// The rows, and whether it is in earnest.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default)]
    dry_run: bool,
    #[serde(default, deserialize_with = "filled")]
    note: Option<Note>,
    rows: Rows,
}

/// As many rows as one call takes, and at least one.
#[derive(Deserialize)]
#[serde(try_from = "Vec<Attempted<Object<Row>>>")]
struct Rows(Vec<Attempted<Object<Row>>>);

impl TryFrom<Vec<Attempted<Object<Row>>>> for Rows {
    type Error = &'static str;

    fn try_from(rows: Vec<Attempted<Object<Row>>>) -> Result<Self, &'static str> {
        match rows.len() {
            0 => Err("empty"),
            1..=policy::IMPORT_ROWS_AT_MOST => Ok(Self(rows)),
            _ => Err("too_many_rows"),
        }
    }
}

/// What has come of the rows.
#[derive(Default, Serialize)]
pub struct Outcome {
    dry_run: bool,
    /// How many rows were dealt with, from the first on. The rest wait for another call: the time was over.
    processed: usize,
    created: usize,
    updated: usize,
    unchanged: usize,
    skipped: usize,
    refused: usize,
    /// The rows of which there is more to tell.
    rows: Vec<RowTold>,
}

#[derive(Serialize)]
struct RowTold {
    /// Which; the first is 1.
    row: usize,
    #[serde(flatten)]
    told: Told,
}

impl Operation for ImportAccounts {
    const NAME: &'static str = "import-accounts";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, StaffError> {
        let Call { shop, client, caller, body: Body { dry_run, note, rows: Rows(rows) }, .. } = call;
        let begun = context.clock.now();
        let (staff, old_hashes) = admitted(context, &shop, &caller).await?;
        let record = Record { context, shop: &shop, staff: &staff, client };
        let index = context.index_key.get().await?;
        let mut import = Import::begin(context, &shop, &index, &staff.key_id, dry_run);
        if !dry_run {
            let (recorded, held) = futures::join!(record.write(note), import.hold_forms(old_hashes, &rows));
            recorded?;
            held?;
        }
        let mut outcome = Outcome { dry_run, ..Outcome::default() };
        for rows in rows.chunks(ROWS_AT_ONCE) {
            if outcome.processed > 0 {
                if context.clock.now().since(begun) >= policy::IMPORT_TIME {
                    break;
                }
                admitted(context, &shop, &caller).await?;
            }
            import.take(rows).await?.into_iter().for_each(|told| outcome.add(told));
        }
        if !dry_run {
            record.write(Note::parse(&outcome.in_words()).ok()).await?;
        }
        Ok(outcome)
    }
}

/// Imported passwords open accounts that nobody has proved yet: whoever may hand out keys may do that, too.
async fn admitted(context: &Context, shop: &ShopSlug, caller: &Merchant) -> Result<(Staff, OldHashes), StaffError> {
    let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone()).limits([OldHashes::key(shop)]);
    let found = wanted.read(&context.table, context.clock.now()).await?;
    Ok((caller.admitted(&found, Role::Administrator)?, OldHashes::found(&found, shop)?))
}

/// What a call leaves in the record of what was done.
struct Record<'a> {
    context: &'a Context,
    shop: &'a ShopSlug,
    staff: &'a Staff,
    client: ClientAddress,
}

impl Record<'_> {
    async fn write(&self, note: Option<Note>) -> Result<(), StaffError> {
        let deed = Deed { action: ImportAccounts::NAME, subject: SUBJECT, note };
        let when = (self.client, self.context.clock.now());
        self.staff.change(self.context, self.shop, Vec::new(), deed, when).await.map(|_| ())
    }
}

impl Outcome {
    fn add(&mut self, told: Told) {
        self.processed += 1;
        *match &told {
            Told::Created { .. } => &mut self.created,
            Told::Updated { .. } => &mut self.updated,
            Told::Unchanged { .. } => &mut self.unchanged,
            Told::Skipped { .. } => &mut self.skipped,
            Told::Refused { .. } => &mut self.refused,
        } += 1;
        if !told.is_plain() {
            self.rows.push(RowTold { row: self.processed, told });
        }
    }

    fn in_words(&self) -> String {
        let Self { processed, created, updated, unchanged, skipped, refused, .. } = self;
        format!("{processed} rows: {created} created, {updated} updated, {unchanged} unchanged, {skipped} skipped, {refused} refused")
    }
}
