//! `configure-store`: changes a shop's settings, from the next request on, or none of them.
//!
//! Every request reads the settings with everything else that it decides on, so there is nothing to wait for. The body is a
//! JSON merge patch on the revision that its sender has seen: of two who change the settings at once, one is told to look
//! again.

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    fault::from_faults,
    own_words::{Rewording, rewordings},
    refusal::FieldFlaw,
    settings_patch::{SettingsPatch, changed},
    staff::{Deed, NotAdmitted, from_staff},
    view_store::Settings,
};
use crate::{
    domain::{
        role::Role,
        shop::{SettingsConflict, Shop},
        staff_text::Note,
    },
    store::{mail_templates, read::Wanted, shops},
};

/// See the [module](self).
pub struct ConfigureStore;

/// Why the settings are what they were.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key.
    #[error(transparent)]
    NotAdmitted(#[from] NotAdmitted),
    /// Somebody else was faster.
    #[error("the settings have changed since they were read")]
    Outdated,
    /// Two settings do not go together.
    #[error("two settings do not go together")]
    SettingsConflict(SettingsConflict),
    /// A mail cannot be worded like this.
    #[error("a mail's template has flaws")]
    Wording(Vec<FieldFlaw>),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);
from_staff!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Outdated => Refusal::Conflict {
                detail: "The settings have changed since you read them. Read them with view-store, and send your change again with their revision.",
            },
            Self::SettingsConflict(SettingsConflict { field, code }) => Refusal::InvalidField { field, code },
            Self::Wording(flaws) => Refusal::InvalidFields(flaws.clone()),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl Operation for ConfigureStore {
    const NAME: &'static str = "configure-store";
    type Caller = Merchant;
    type Body = SettingsPatch;
    type Outcome = Settings;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, SettingsPatch>) -> Result<Settings, Error> {
        let Call { shop: slug, client, caller, body: mut patch, .. } = call;
        let now = context.clock.now();
        let wanted = Wanted::in_shop(slug.clone()).merchant_key(caller.0.id.clone());
        let (found, own) = futures::join!(wanted.read(&context.table, now), mail_templates::all(&context.table, &slug));
        let mut found = found?;
        let staff = caller.admitted(&found, Role::Administrator)?;
        let before = found.shop.take().ok_or(Fault::UnknownShop)?;
        if patch.revision != before.revision {
            return Err(Error::Outdated);
        }
        let mut own = own?;
        let rewordings = rewordings(&mut patch, &own);
        let after = patch.applied(&before);
        if let Some(conflict) = after.conflict(&slug) {
            return Err(Error::SettingsConflict(conflict));
        }
        let flaws: Vec<_> = rewordings.iter().flat_map(|rewording| rewording.flaws(&after)).collect();
        if !flaws.is_empty() {
            return Err(Error::Wording(flaws));
        }
        let names: Vec<_> = changed(&before, &after).into_iter().map(str::to_owned).chain(rewordings.iter().map(Rewording::name)).collect();
        if names.is_empty() {
            return Ok(Settings::of(slug, before, own));
        }

        // Every mail in every language fills more than a note.
        let note = Note::parse(&names.join(", ")).or_else(|_| Note::parse("mail_templates, and others")).ok();
        let deed = Deed { action: Self::NAME, subject: "settings", note };
        let mut writes = vec![shops::change(&slug, &after)?];
        for rewording in &rewordings {
            writes.push(rewording.write(&slug)?);
        }
        if !staff.change(context, &slug, writes, deed, (client, now)).await? {
            return Err(Error::Outdated);
        }
        rewordings.into_iter().for_each(|rewording| rewording.apply(&mut own));
        Ok(Settings::of(slug, Shop { revision: before.revision + 1, ..after }, own))
    }
}
