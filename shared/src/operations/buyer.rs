//! Somebody who buys, as a shop's programs and staff name them: by the account, or by the address that an order gave.

use super::{Context, Merchant, named::NamedError, named_account::followed, staff::Staff};
use crate::{
    domain::{
        account::Account,
        email_address::EmailAddress,
        identifier::{AccountId, EmailKey},
        mailbox::Mailbox,
        order::HistorySeed,
        profile::Profile,
        role::Role,
        shop_slug::ShopSlug,
    },
    store::{
        guests::Guest,
        orders::StoredOrder,
        read::{Found, Wanted},
    },
};

/// By what they are named.
#[derive(Clone)]
pub enum BuyerName {
    /// By their account.
    Account(AccountId),
    /// By an address, with an account there or without.
    Email(EmailAddress),
}

impl BuyerName {
    /// The one that is given.
    ///
    /// # Errors
    /// [`NamedError::NotOneName`].
    pub fn one_of(email: Option<EmailAddress>, account_id: Option<AccountId>) -> Result<Self, NamedError> {
        match (email, account_id) {
            (Some(email), None) => Ok(Self::Email(email)),
            (None, Some(id)) => Ok(Self::Account(id)),
            (None, None) | (Some(_), Some(_)) => Err(NamedError::NotOneName),
        }
    }
}

/// Who it is, as it was read for somebody who may.
pub struct Buyer {
    /// Who asked.
    pub staff: Staff,
    /// Where everything of theirs is kept.
    pub email_key: EmailKey,
    /// Their address.
    pub email: EmailAddress,
    /// Their account, if there is one at the address.
    pub account: Option<Account>,
    /// What stands beside the account.
    pub profile: Profile,
    /// What the address has bought without it.
    pub guest: Option<Guest>,
    /// What is known of the mailbox at their address, if there is an account or it was asked for.
    pub mailbox: Mailbox,
    /// The order that was asked for, whoever's it is.
    pub order: Option<StoredOrder>,
}

impl Buyer {
    /// Finds them for the holder of a key of this role or a higher one, with whatever else is wanted. An account is kept under
    /// its address: to be found by its name takes one read more.
    ///
    /// # Errors
    /// [`NamedError`]; of an address, everything is known that there is to know, and be it nothing.
    pub async fn find(
        context: &Context,
        shop: &ShopSlug,
        caller: &Merchant,
        name: &BuyerName,
        at_least: Role,
        beside: impl Fn(Wanted, EmailKey) -> Wanted,
    ) -> Result<Self, NamedError> {
        match name {
            BuyerName::Email(email) => {
                let email_key = context.index_key.get().await?.email(shop, email);
                let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
                let wanted = beside(wanted.account(email_key).profile(email_key).guest(email_key), email_key);
                let found = wanted.read(&context.table, context.clock.now()).await?;
                let staff = caller.admitted(&found, at_least)?;
                Ok(Self::of(staff, email_key, email.clone(), found))
            }
            BuyerName::Account(id) => {
                let (staff, email_key, account, mut found) = followed(context, shop, caller, id, at_least, beside).await?;
                let email = account.email.clone();
                found.account = Some(account);
                Ok(Self::of(staff, email_key, email, found))
            }
        }
    }

    fn of(staff: Staff, email_key: EmailKey, email: EmailAddress, found: Found) -> Self {
        let mailbox = found.known_of_mailbox().clone();
        let Found { account, profile, guest, order, .. } = found;
        Self { staff, email_key, email, account, profile, guest, mailbox, order }
    }

    /// What the record of what was done knows them by.
    #[must_use]
    pub fn subject(&self) -> String {
        self.account.as_ref().map_or_else(|| self.email_key.encoded(), |account| account.id.as_str().to_owned())
    }

    /// What their orders are found by: those of the account, and those of the address.
    pub fn histories(&self) -> impl Iterator<Item = &HistorySeed> {
        self.profile.history.iter().chain(self.guest.as_ref().map(|guest| &guest.history))
    }
}
