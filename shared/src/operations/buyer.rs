//! Somebody who buys, as a shop's programs and staff name them: by the account, or by the address that an order gave.

use super::{
    Context, Fault, Merchant, Refusal, Refuse,
    fault::from_faults,
    named::NamedError,
    named_account::followed,
    staff::{NotAdmitted, Staff, StaffError},
};
use crate::{
    domain::{
        account::Account,
        email_address::EmailAddress,
        identifier::{AccountId, EmailKey, OrderId},
        order::HistorySeed,
        profile::Profile,
        role::Role,
        shop::ShopSlug,
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

/// Neither is named, or both are.
#[derive(Debug, thiserror::Error)]
#[error("neither or both of email and account_id were given")]
pub struct NotOneName;

impl Refuse for NotOneName {
    fn refusal(&self) -> Refusal {
        Refusal::InvalidField { field: "email", code: "one_of_email_account_id_required" }
    }
}

/// Why nothing is shown or changed of somebody whom staff name like this.
#[derive(Debug, thiserror::Error)]
pub enum BuyerError {
    /// Not by this key, or of no account of this shop.
    #[error(transparent)]
    NamedAccount(#[from] NamedError),
    /// It does not say of whom.
    #[error(transparent)]
    NotOneName(#[from] NotOneName),
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(BuyerError);

impl From<StaffError> for BuyerError {
    fn from(error: StaffError) -> Self {
        Self::NamedAccount(error.into())
    }
}

impl From<NotAdmitted> for BuyerError {
    fn from(error: NotAdmitted) -> Self {
        Self::NamedAccount(error.into())
    }
}

impl Refuse for BuyerError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::NamedAccount(error) => error.refusal(),
            Self::NotOneName(error) => error.refusal(),
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl BuyerName {
    /// The one that is given.
    ///
    /// # Errors
    /// [`NotOneName`].
    pub fn one_of(email: Option<EmailAddress>, account_id: Option<AccountId>) -> Result<Self, NotOneName> {
        match (email, account_id) {
            (Some(email), None) => Ok(Self::Email(email)),
            (None, Some(id)) => Ok(Self::Account(id)),
            (None, None) | (Some(_), Some(_)) => Err(NotOneName),
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
    /// The order that was asked for, whoever's it is.
    pub order: Option<StoredOrder>,
}

impl Buyer {
    /// Finds them for the holder of a key of this role or a higher one, and an order with them. An account is kept under its
    /// address: to be found by its name takes one read more.
    ///
    /// # Errors
    /// [`NamedError`]; of an address, everything is known that there is to know, and be it nothing.
    pub async fn find(
        context: &Context,
        shop: &ShopSlug,
        caller: &Merchant,
        name: &BuyerName,
        at_least: Role,
        order: Option<&OrderId>,
    ) -> Result<Self, NamedError> {
        let with_order = |wanted| order.cloned().into_iter().fold(wanted, Wanted::order);
        match name {
            BuyerName::Email(email) => {
                let email_key = context.index_key.get().await?.email(shop, email);
                let wanted = Wanted::in_shop(shop.clone()).merchant_key(caller.0.id.clone());
                let wanted = with_order(wanted.account(email_key).profile(email_key).guest(email_key));
                let mut found = wanted.read(&context.table, context.clock.now()).await?;
                let staff = caller.admitted(&found, at_least)?;
                let account = found.account.take();
                Ok(Self::of(staff, email_key, email.clone(), account, found))
            }
            BuyerName::Account(id) => {
                let (staff, email_key, account, found) = followed(context, shop, caller, id, at_least, with_order).await?;
                Ok(Self::of(staff, email_key, account.email.clone(), Some(account), found))
            }
        }
    }

    fn of(staff: Staff, email_key: EmailKey, email: EmailAddress, account: Option<Account>, found: Found) -> Self {
        let Found { profile, guest, order, .. } = found;
        Self { staff, email_key, email, account, profile, guest, order }
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
