//! A request for a mail, the same for every address: everything is counted and read at once, and what the caller sees
//! does not depend on whether there is an account, or a block.

use std::time::Duration;

use futures::future::join_all;

use super::{
    Fault, Refusal, Refuse,
    blocking::{self, refuse_blocked},
    context::{Context, Keys},
    fault::from_faults,
    storefront::{Off, accounts_on},
};
use crate::{
    crypto::device_token::DeviceToken,
    domain::{
        account::Account, address_keys::AddressKeys, challenge::Asker, client_address::ClientAddress, email_address::EmailAddress,
        limit::Limit, policy, shop::Shop, shop_slug::ShopSlug, timestamp::Timestamp,
    },
    store::{
        StoreError,
        limits::{Bucket, Reservation, WrongCodes},
        mail_budget::MailsAsked,
        read::{Found, Wanted},
    },
    telemetry,
};

/// Who asks for a mail, to where.
pub struct MailRequest<'a> {
    /// In which shop.
    pub shop: &'a ShopSlug,
    /// To which address.
    pub email: &'a EmailAddress,
    /// From where.
    pub client: ClientAddress,
    /// With what to show for having signed in before.
    pub device: Option<&'a DeviceToken>,
    /// Whether the caller has just shown the right password: no stranger can spend the mails of such requests, so they are
    /// counted with those of the known devices.
    pub password_proved: bool,
}

/// A request that may have its mail, with all that was found on the way.
pub struct Admitted<'a> {
    /// The request.
    pub request: &'a MailRequest<'a>,
    /// The shop.
    pub shop: Shop,
    /// The account at the address.
    pub account: Option<Account>,
    /// Whether a block stands in the way of whoever is at the address.
    pub blocked: bool,
    /// When all this was read.
    pub now: Timestamp,
    /// The keys.
    pub keys: Keys,
    pub(super) address: AddressKeys,
    pub(super) asker: Asker,
    pub(super) wrong_codes: WrongCodes,
    counted: Counted<'a>,
}

/// Why there is no mail.
#[derive(Debug, thiserror::Error)]
pub enum MailRequestError {
    /// Asked too often.
    #[error("a limit on mails has been reached")]
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(MailRequestError);

impl Refuse for MailRequestError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

impl<'a> MailRequest<'a> {
    /// Counts the request against every limit and reads what it is decided on, all in one round trip; takes back what
    /// it has counted if anything refuses.
    ///
    /// # Errors
    /// See [`MailRequestError`].
    pub async fn admit(&'a self, context: &Context, per_network: &[&'static Limit]) -> Result<Admitted<'a>, MailRequestError> {
        let now = context.clock.now();
        let keys = context.keys().await?;
        let address = keys.index.address(self.shop, self.email);
        let email_key = address.key;
        let known = self.device.is_some_and(|token| keys.root.is_known_device(self.shop, &email_key, token, now));
        let asker = if known || self.password_proved { Asker::KnownDevice } else { Asker::Stranger };

        let network = keys.index.network(self.shop, self.client.network());
        let at_address = |limit| Bucket::new(self.shop, limit, &email_key.encoded());
        let buckets: Vec<_> = match asker {
            Asker::KnownDevice => vec![at_address(&policy::SENDS_BY_KNOWN_DEVICES)],
            Asker::Stranger => {
                let of_network = per_network.iter().map(|limit| Bucket::new(self.shop, limit, &network));
                std::iter::once(at_address(&policy::SENDS_PER_ADDRESS)).chain(of_network).collect()
            }
        };
        let blocks = blocking::names(&keys.index, self.shop, &address, self.client);
        let wanted = Wanted::in_shop(self.shop.clone()).account(email_key).wrong_codes(email_key).blocks(blocks);

        let (found, mails, reservations) = futures::join!(
            wanted.read(&context.table, now),
            MailsAsked::count(&context.table, self.shop, asker, now),
            join_all(buckets.iter().map(|bucket| bucket.reserve(&context.table, now))),
        );
        let granted = |reservation: &_| matches!(reservation, Ok(Reservation::Granted { .. }));
        let buckets =
            buckets.into_iter().zip(&reservations).filter(|(_, reservation)| granted(reservation)).map(|(bucket, _)| bucket).collect();
        let counted = Counted { shop: self.shop, asker, buckets, now };
        let (found, shop) = match judge(found, mails, reservations, asker, now) {
            Ok(admitted) => admitted,
            Err(error) => {
                counted.give_back(context).await;
                return Err(error);
            }
        };
        let blocked = refuse_blocked(&found, found.account.as_ref(), now).is_err();
        Ok(Admitted {
            request: self,
            shop,
            account: found.account,
            blocked,
            now,
            keys,
            address,
            asker,
            wrong_codes: found.wrong_codes,
            counted,
        })
    }
}

impl Admitted<'_> {
    /// Takes back what the request was counted for: it has no mail after all.
    pub async fn give_back(&self, context: &Context) {
        self.counted.give_back(context).await;
    }

    /// Takes it back, for the shop has switched off what the mail is for.
    pub async fn refused(&self, context: &Context, off: Off) -> MailRequestError {
        self.give_back(context).await;
        Fault::from(off).into()
    }
}

/// What a request has been counted for.
struct Counted<'a> {
    shop: &'a ShopSlug,
    asker: Asker,
    buckets: Vec<Bucket>,
    now: Timestamp,
}

impl Counted<'_> {
    /// What cannot be given back is only counted once too often.
    async fn give_back(&self, context: &Context) {
        let _ = futures::join!(
            MailsAsked::refund(&context.table, self.shop, self.asker, self.now),
            join_all(self.buckets.iter().map(|bucket| bucket.refund(&context.table))),
        );
    }
}

fn judge(
    found: Result<Found, StoreError>,
    mails: Result<MailsAsked, StoreError>,
    reservations: Vec<Result<Reservation, StoreError>>,
    asker: Asker,
    now: Timestamp,
) -> Result<(Found, Shop), MailRequestError> {
    let mut found = found?;
    let shop = accounts_on(&mut found)?;
    let mut longest = None;
    for reservation in reservations {
        if let Reservation::Refused { retry_after } = reservation? {
            longest = longest.max(Some(retry_after));
        }
    }
    let (mails, budget) = (mails?, shop.mails_per_hour.get());
    let fits = mails.fits(asker, budget);
    telemetry::mails_asked(mails.used_percent(budget), fits);
    if !fits {
        longest = longest.max(Some(MailsAsked::begins_again(now).since(now)));
    }
    match longest {
        Some(retry_after) => Err(MailRequestError::TooOften { retry_after }),
        None => Ok((found, shop)),
    }
}
