//! `view-store`: shows a shop's settings as they are, with the revision that a change of them rests on.

use serde::Serialize;

use super::{Call, Context, Fault, Merchant, NoQuery, Operation, staff::StaffError};
use crate::{
    domain::{role::Role, shop::Shop, shop_slug::ShopSlug},
    store::{
        mail_templates::{self, OwnLetters},
        read::Wanted,
    },
};

/// See the [module](self).
pub struct ViewStore;

/// The settings. None of them is secret; what there is none of is null.
#[derive(Serialize)]
pub struct Settings {
    store: ShopSlug,
    #[serde(flatten)]
    shop: Shop,
    mail_templates: OwnLetters,
}

impl Settings {
    /// Those of this shop.
    #[must_use]
    pub const fn of(store: ShopSlug, shop: Shop, mail_templates: OwnLetters) -> Self {
        Self { store, shop, mail_templates }
    }
}

impl Operation for ViewStore {
    const NAME: &'static str = "view-store";
    type Caller = Merchant;
    type Body = NoQuery;
    type Outcome = Settings;
    type Error = StaffError;

    async fn run(context: &Context, call: Call<Merchant, NoQuery>) -> Result<Settings, StaffError> {
        let Call { shop: slug, caller, .. } = call;
        let wanted = Wanted::in_shop(slug.clone()).merchant_key(caller.0.id.clone());
        let (found, own) = futures::join!(wanted.read(&context.table, context.clock.now()), mail_templates::all(&context.table, &slug));
        let mut found = found?;
        caller.admitted(&found, Role::Support)?;
        let shop = found.shop.take().ok_or(Fault::UnknownShop)?;
        Ok(Settings::of(slug, shop, own?))
    }
}
