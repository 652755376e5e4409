//! Bringing customers along from another platform: each judged as they stand, and written if nobody has come in between.

use std::collections::{BTreeSet, HashSet};

use futures::future::join_all;

use super::{
    Context, Fault,
    attempted::{Attempted, PartError},
    blocking,
    import_row::{Row, SkipReason, Told, good},
};
use crate::{
    crypto::{index_key::IndexKey, random},
    domain::{
        account::{Account, AccountStatus, StoredPassword, revocation},
        annotation::DatedNote,
        block::BlockName,
        email_prefix::EmailPrefix,
        hash_forms::HashForms,
        identifier::{AccountId, EmailKey, KeyId, NoteId},
        json::Object,
        postal_address::{PostalAddress, StoredPostalAddress},
        profile::{Imported, Profile},
        shop_slug::ShopSlug,
        staff_text::Note,
        timestamp::Timestamp,
    },
    store::{
        imports::{self, Address, AtAddress, Renewal},
        old_hashes::OldHashes,
        table::Transacted,
        write::Write,
    },
};

/// The account may change between the read and the write; so often in a row only if something is wrong.
const ATTEMPTS: usize = 5;

/// The rows of one call.
pub(super) struct Import<'a> {
    context: &'a Context,
    shop: &'a ShopSlug,
    index: &'a IndexKey,
    by: &'a KeyId,
    dry_run: bool,
    seen: HashSet<EmailKey>,
}

impl<'a> Import<'a> {
    /// Begins a call.
    pub(super) fn begin(context: &'a Context, shop: &'a ShopSlug, index: &'a IndexKey, by: &'a KeyId, dry_run: bool) -> Self {
        Self { context, shop, index, by, dry_run, seen: HashSet::new() }
    }

    /// Has the forms of these rows' hashes be held in the store, before the first of them is written.
    ///
    /// # Errors
    /// [`Fault`].
    pub(super) async fn hold_forms(&self, held: OldHashes, rows: &[Attempted<Object<Row>>]) -> Result<(), Fault> {
        let mut forms = HashForms::default();
        let rows = rows.iter().filter_map(|Attempted(row)| row.as_ref().ok());
        let passwords = rows.filter_map(|Object(row)| row.password.as_ref());
        passwords.filter_map(|password| self.context.passwords.form_of(password.stored())).for_each(|form| forms.include(form));
        Ok(held.hold(&self.context.table, self.shop, &forms, self.context.clock.now()).await?)
    }

    /// Takes these rows: read in one call, then all written at the same time.
    ///
    /// # Errors
    /// [`Fault`]; what was written until then stays.
    pub(super) async fn take(&mut self, rows: &[Attempted<Object<Row>>]) -> Result<Vec<Told>, Fault> {
        let placed: Vec<_> =
            rows.iter().map(|Attempted(row)| self.place(row.as_ref().map(|Object(row)| row).map_err(PartError::clone)?)).collect();
        let addresses: Vec<_> = placed.iter().flatten().map(|(_, address)| address.clone()).collect();
        let mut standing = imports::read(&self.context.table, self.shop, &addresses).await?;
        let taken = placed.into_iter().map(|placed| {
            let placed = placed.map(|(row, address)| (row, standing.remove(&address.email).unwrap_or_default(), address));
            self.bring(placed)
        });
        join_all(taken).await.into_iter().collect()
    }

    /// A row that can be imported, as far as it goes by itself, and where its customer stands.
    fn place<'row>(&mut self, row: &'row Row) -> Result<(&'row Row, Address), PartError> {
        let error = |field: &str, code| PartError { field: field.to_owned(), code };
        if row.password.as_ref().is_some_and(|password| !self.context.passwords.can_check(password.stored())) {
            return Err(error("password", "unusable_hash"));
        }
        if let Some(error) = row.in_the_future(self.context.clock.now()) {
            return Err(error);
        }
        let keys = self.index.address(self.shop, &row.email);
        if !self.seen.insert(keys.key) {
            return Err(error("email", "duplicate"));
        }
        let blocks = blocking::filed_under(self.index, self.shop, BlockName::mailbox(&keys));
        let search = self.index.search(self.shop, &EmailPrefix::of(&row.email));
        Ok((row, Address { email: keys.key, search, blocks }))
    }

    async fn bring(&self, placed: Result<(&Row, AtAddress, Address), PartError>) -> Result<Told, Fault> {
        let (row, mut standing, address) = match placed {
            Ok(placed) => placed,
            Err(error) => return Ok(Told::Refused { errors: [error] }),
        };
        for _ in 0..ATTEMPTS {
            let now = self.context.clock.now();
            if let Some(reason) = skipped(&standing, now) {
                return Ok(Told::Skipped { reason });
            }
            let warnings = row.warnings(&standing.profile.tags, now);
            let (told, writes) = match &standing.account {
                None => (Told::Created { warnings }, self.open(row, &address, &standing, now).await?),
                Some(account) => match self.renew(row, &address, account, &standing, now).await? {
                    None => return Ok(Told::Unchanged { warnings }),
                    Some(writes) => (Told::Updated { warnings }, writes),
                },
            };
            if self.dry_run {
                return Ok(told);
            }
            if let Transacted::Done = self.context.table.transact(writes).await? {
                return Ok(told);
            }
            // Somebody has signed up, signed in or been blocked there meanwhile.
            let mut found = imports::read(&self.context.table, self.shop, std::slice::from_ref(&address)).await?;
            standing = found.remove(&address.email).unwrap_or_default();
        }
        Err(Fault::Contended)
    }

    async fn open(&self, row: &Row, address: &Address, standing: &AtAddress, now: Timestamp) -> Result<Vec<Write>, Fault> {
        let password = match &row.password {
            Some(password) => Some(self.kept(password.stored()).await?),
            None => None,
        };
        let (id, name, locale) = (AccountId::from_random(random::bytes()?), good(&row.name).cloned(), good(&row.locale).cloned());
        let opened = Account::open(id, row.email.clone(), password, name, locale, now);
        let account = Account {
            status: AccountStatus::Invited,
            password_unproved: row.password.is_some() && !row.email_verified,
            // Whoever was known at the address was known to an account that is no more, or to the old shop's.
            devices_revoked_at: Some(revocation(now)),
            created_at: row.created_at(now).unwrap_or(now),
            mailbox: standing.mailbox.clone(),
            ..opened
        };
        let profile = Profile {
            marketing_consent: row.consent().map(|consent| consent.said(now)),
            shipping_address: row.shipping_address().cloned().map(StoredPostalAddress),
            billing_address: row.billing_address().cloned().map(StoredPostalAddress),
            tags: row.tags_with(&BTreeSet::new()),
            types: row.types(),
            notes: good(&row.note).map(|text| self.noted(text, now)).transpose()?.into_iter().collect(),
            imported: Some(Imported { at: now, external_id: good(&row.external_id).cloned() }),
            ..Profile::default()
        };
        let has_old_hash = account.password.as_ref().is_some_and(|password| self.context.passwords.form_of(password).is_some());
        Ok(imports::open(self.shop, address, &account, &profile, standing, has_old_hash)?)
    }

    /// The writes that have an account say what the row says; none if it does already.
    async fn renew(
        &self,
        row: &Row,
        address: &Address,
        account: &Account,
        standing: &AtAddress,
        now: Timestamp,
    ) -> Result<Option<Vec<Write>>, Fault> {
        let profile = &standing.profile;
        let password = match &row.password {
            Some(new) if !self.has(account, new.stored()).await? => Some(self.kept(new.stored()).await?),
            _ => None,
        };
        let unproved = row.password.is_some().then_some(!row.email_verified).filter(|unproved| *unproved != account.password_unproved);
        let consent = row.consent().filter(|consent| !consent.is(profile.marketing_consent.as_ref(), now));
        let consent = consent.map(|consent| consent.said(now));
        let known = profile.imported.as_ref();
        let external_id = good(&row.external_id).or(known.and_then(|known| known.external_id.as_ref()));
        let imported = Imported { at: known.map_or(now, |known| known.at), external_id: external_id.cloned() };
        fn new<'row>(part: Option<&'row PostalAddress>, stored: &Option<StoredPostalAddress>) -> Option<&'row PostalAddress> {
            part.filter(|new| stored.as_ref().is_none_or(|StoredPostalAddress(stored)| stored != *new))
        }
        let (tags, types) = (row.tags_with(&profile.tags), &profile.types | &row.types());
        let renewal = Renewal {
            password: password.as_ref(),
            password_unproved: unproved,
            name: good(&row.name).filter(|name| account.name.as_ref() != Some(name)),
            locale: good(&row.locale).filter(|locale| account.locale.as_ref() != Some(locale)),
            marketing_consent: consent.as_ref(),
            shipping_address: new(row.shipping_address(), &profile.shipping_address),
            billing_address: new(row.billing_address(), &profile.billing_address),
            tags: (tags != profile.tags).then_some(&tags),
            types: (types != profile.types).then_some(&types),
            imported: (known != Some(&imported)).then_some(&imported),
        };
        if renewal.is_empty() {
            return Ok(None);
        }
        let has_old_hash = password.as_ref().is_some_and(|password| self.context.passwords.form_of(password).is_some());
        Ok(Some(imports::renew(self.shop, &address.email, account, standing, &renewal, has_old_hash)?))
    }

    /// What staff knew of the customer there, as a note of whoever imports it.
    fn noted(&self, text: &Note, now: Timestamp) -> Result<DatedNote, Fault> {
        Ok(DatedNote { note_id: NoteId::from_random(random::bytes()?), at: now, by: self.by.clone(), text: text.clone() })
    }

    /// What is stored of a hash: a fast digest is wrapped. In a dry run nothing is stored, and the work is saved.
    async fn kept(&self, hash: &StoredPassword) -> Result<StoredPassword, Fault> {
        let wrapped = if self.dry_run { None } else { self.context.passwords.wrap(hash).await? };
        Ok(wrapped.unwrap_or_else(|| hash.clone()))
    }

    /// Whether an account has this hash already.
    async fn has(&self, account: &Account, hash: &StoredPassword) -> Result<bool, Fault> {
        match &account.password {
            Some(stored) if stored == hash => Ok(true),
            Some(stored) => Ok(self.context.passwords.is_wrapped(stored, hash).await?),
            None => Ok(false),
        }
    }
}

/// Why what stands at an address is not touched, if so.
fn skipped(standing: &AtAddress, now: Timestamp) -> Option<SkipReason> {
    let on_account = standing.account.iter().flat_map(|account| &account.blocks);
    if standing.blocks.iter().chain(on_account).any(|block| block.stands(now)) {
        return Some(SkipReason::Blocked);
    }
    match standing.account.as_ref()?.status {
        AccountStatus::Invited => None,
        AccountStatus::Active => Some(SkipReason::Active),
        AccountStatus::Closed => Some(SkipReason::Closed),
    }
}
