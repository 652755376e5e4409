//! `configure-store`: changes a shop's settings, from the next request on, or none of them.
//!
//! Every request reads the settings with everything else that it decides on, so there is nothing to wait for. The body is a
//! JSON merge patch on the revision that its sender has seen: of two who change the settings at once, one is told to look
//! again.

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    fault::from_faults,
    settings_patch::{SettingsPatch, changed},
    staff::{Deed, NotAdmitted},
    view_store::Settings,
};
use crate::{
    domain::{
        role::Role,
        shop::{Misfit, Shop},
        staff_text::Note,
    },
    store::{
        merchant_keys,
        read::Wanted,
        shops,
        table::{PartRefused, Transacted},
    },
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
    Misfit(Misfit),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NotAdmitted(error) => error.refusal(),
            Self::Outdated => Refusal::Conflict {
                detail: "The settings have changed since you read them. Read them with view-store, and send your change again with their revision.",
            },
            Self::Misfit(Misfit { field, code }) => Refusal::InvalidField { field, code },
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
        let Call { shop: slug, client, caller, body: patch, .. } = call;
        let now = context.clock.now();
        let mut found = Wanted::in_shop(slug.clone()).merchant_key(caller.0.id.clone()).read(&context.table, now).await?;
        let staff = caller.admitted(&found, Role::Administrator)?;
        let before = found.shop.take().ok_or(Fault::UnknownShop)?;
        if patch.revision != before.revision {
            return Err(Error::Outdated);
        }
        let after = patch.applied(&before);
        if let Some(misfit) = after.misfit(&slug) {
            return Err(Error::Misfit(misfit));
        }
        let names = changed(&before, &after);
        if names.is_empty() {
            return Ok(Settings::of(slug, before));
        }

        let deed = Deed { action: Self::NAME, subject: "settings", note: Note::parse(&names.join(", ")).ok() };
        let writes =
            vec![shops::change(&slug, &after)?, merchant_keys::stands(&slug, &staff.key_id), staff.recorded(&slug, deed, client, now)?];
        match context.table.transact(writes).await? {
            Transacted::Done => Ok(Settings::of(slug, Shop { revision: before.revision + 1, ..after })),
            Transacted::Refused(parts) => match parts.as_slice() {
                [PartRefused::Yes(_), ..] => Err(Error::Outdated),
                _ => Err(NotAdmitted::InvalidKey.into()),
            },
        }
    }
}
