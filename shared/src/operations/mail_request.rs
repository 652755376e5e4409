//! A request for a mail, the same for every address: what the caller sees does not depend on whether there is an account,
//! or a block.
//!
//! Everything that decides on it is read in one round trip, the limits of the address and of the caller's networks among
//! it. What is refused has written nothing there, and is remembered, so that this process refuses it again without a call.
//! What is let through is counted in the transaction that puts the mail on its way, on condition that it still fits. Only
//! the store's hourly budget is counted by itself, for every mail of the store changes that item: beside the read, once this
//! process knows that the store exists.
//!
//! Some mails are withheld although the request is answered as any other, for the reason would tell whether there is an
//! account at the address: where one kind of address has used up its share of the budget, and where mails to addresses
//! without an account come back. In their place an item of the same shape is written, and nothing is sent.

use std::time::Duration;

use super::{
    Fault, Refusal, Refuse,
    blocking::{self, refuse_blocked},
    context::{Context, Keys},
    fault::from_faults,
    known_device::KnownDevice,
    storefront::{Off, accounts_on, require_store},
};
use crate::{
    crypto::device_token::DeviceToken,
    domain::{
        account::Account,
        address_keys::AddressKeys,
        challenge::{Asker, Challenge, Proves, Slot},
        client_address::ClientAddress,
        email_address::EmailAddress,
        policy,
        sends::{NetworkDigest, Requester},
        shop::Shop,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        StoreError,
        address_sends::{AddressSends, LimitReached},
        limits::WrongCodes,
        mail_budget::MailsAsked,
        mail_health::MailHealth,
        network_mails::NetworkMails,
        read::{Found, PresentedKey, Wanted},
        write::Write,
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
    /// By which storefront key, if by one.
    pub storefront_key: Option<PresentedKey>,
    /// With what to show for having signed in before.
    pub device: Option<&'a DeviceToken>,
    /// What the mail proves.
    pub proves: Proves,
    /// Whether it is for a sign-up form.
    pub signs_up: bool,
    /// Whether the caller has just shown the right password: such requests have mails to the address of their own, and of the store's
    /// budget those that strangers cannot spend.
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
    pub(super) limits: Limits<'a>,
    pub(super) room: Room,
    grant: MailsAsked,
    /// Whether the mail is not to be sent, for a reason that the caller must not see.
    pub(super) withheld: bool,
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
    /// An internal failure.
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

/// How long a process remembers that a store's budget is used up, at most: its owner may raise it, and what others had
/// reserved and not used comes back.
const BUDGET_REMEMBERED: Duration = Duration::from_secs(10);

/// The limits of a request, other than the store's budget.
pub(super) struct Limits<'a> {
    shop: &'a ShopSlug,
    sends: AddressSends,
    networks: Vec<NetworkMails>,
    /// The networks by which a stranger is known at the address, and the digest of the widest.
    pub(super) requester: Option<(Requester, NetworkDigest)>,
}

/// What a request that fits is counted by, and the challenges that its own has to find a place among.
#[derive(Clone)]
pub(super) struct Room {
    pub(super) counts: Vec<Write>,
    pub(super) challenges: Vec<Challenge>,
}

impl<'a> MailRequest<'a> {
    /// Reads what the request is decided on, and reserves a mail of the store's budget, in one round trip; one more for the
    /// first request of a process to a store. A refusal by a limit that this process remembers takes none.
    ///
    /// # Errors
    /// See [`MailRequestError`].
    pub async fn admit(&'a self, context: &Context) -> Result<Admitted<'a>, MailRequestError> {
        let now = context.clock.now();
        let keys = context.keys().await?;
        let address = keys.index.address(self.shop, self.email);
        let device = KnownDevice::of(context, &keys, (self.shop, &address.key), self.device, now);
        let asker = if device.is_some() || self.password_proved { Asker::KnownDevice } else { Asker::Stranger };
        self.admit_as(asker, device, (keys, address), context, now).await
    }

    /// The same for one kind of asker: a stranger after all, if the account has revoked the device.
    async fn admit_as(
        &'a self,
        asker: Asker,
        device: Option<KnownDevice>,
        (keys, address): (Keys, AddressKeys),
        context: &Context,
        now: Timestamp,
    ) -> Result<Admitted<'a>, MailRequestError> {
        let email_key = address.key;
        let limits = self.limits(&keys, &address, asker);

        if let Some(retry_after) = limits.names().filter_map(|name| context.refusals.until(&name, now)).max() {
            return Err(MailRequestError::TooOften { retry_after });
        }
        let (budget, next_hour) = (MailsAsked::name(self.shop, asker, now), MailsAsked::begins_again(now).since(now));
        if !context.mail_grants.has_kept(self.shop, asker, now) && context.refusals.until(&budget, now).is_some() {
            return Err(MailRequestError::TooOften { retry_after: next_hour });
        }

        let blocks = blocking::names(&keys.index, self.shop, &address, self.client);
        let wanted = limits.wanted(self.proves, &address, asker, now).account(email_key).wrong_codes(email_key).blocks(blocks);
        let wanted = wanted.storefront_key(self.storefront_key.clone());
        require_store(context, self.shop, now).await?;
        let (found, grant) = futures::join!(wanted.read(&context.table, now), self.grant(context, asker, now));
        let keep = |grant: MailsAsked| context.mail_grants.keep(self.shop, asker, grant, now);
        // A count whose outcome is not known is not taken back: at worst it has counted a mail too many.
        let mut found = found.inspect_err(|_| grant.iter().copied().for_each(keep))?;
        let grant = grant?;
        let shop = accounts_on(&mut found).inspect_err(|_| keep(grant))?;
        if device.is_some_and(|device| !device.is_trusted(context, found.account.as_ref(), now)) {
            keep(grant);
            return Box::pin(self.admit_as(Asker::Stranger, None, (keys, address), context, now)).await;
        }

        let room = match limits.judge(found_challenges(&mut found), &found, now)? {
            Ok(room) => room,
            Err(reached) => {
                keep(grant);
                return Err(remembered(context, reached, now));
            }
        };
        let mails_per_hour = shop.mails_per_hour.get();
        let fits = grant.fits(asker, mails_per_hour);
        telemetry::mails_asked(grant.used_percent(mails_per_hour), fits);
        if !fits {
            context.mail_grants.did_not_fit(self.shop, asker, now);
            context.refusals.remember(budget, now.plus(next_hour.min(BUDGET_REMEMBERED)), now);
            return Err(MailRequestError::TooOften { retry_after: next_hour });
        }
        let blocked = refuse_blocked(&found, found.account.as_ref(), now).is_err();
        let withheld = asker == Asker::Stranger && limits.withholds(&found, grant, mails_per_hour, now);
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
            limits,
            room,
            grant,
            withheld,
        })
    }

    fn limits(&self, keys: &Keys, address: &AddressKeys, asker: Asker) -> Limits<'a> {
        let networks: Vec<_> = match asker {
            Asker::KnownDevice => Vec::new(),
            Asker::Stranger => {
                let networks = self.client.networks();
                networks.map(|(kind, network)| (kind, keys.index.network_digest(self.shop, network))).collect()
            }
        };
        let requester = networks.first().zip(networks.last()).map(|((_, narrowest), (kind, widest))| {
            (Requester { network: narrowest.tag(), widest: widest.tag(), kind: *kind }, widest.clone())
        });
        Limits {
            shop: self.shop,
            sends: match &requester {
                Some((requester, _)) => AddressSends::by_stranger(self.shop, &address.key, requester.clone()),
                None if self.password_proved => AddressSends::by_password(self.shop, &address.key),
                None => AddressSends::by_known_devices(self.shop, &address.key),
            },
            networks: networks.iter().map(|(kind, digest)| NetworkMails::new(self.shop, *kind, digest, self.signs_up)).collect(),
            requester,
        }
    }

    /// A mail of the store's budget: one that was reserved before and not used, or one that is reserved now.
    async fn grant(&self, context: &Context, asker: Asker, now: Timestamp) -> Result<MailsAsked, StoreError> {
        if let Some(kept) = context.mail_grants.take(self.shop, asker, now) {
            return Ok(kept);
        }
        let corrections = context.mail_grants.take_corrections(self.shop, now);
        MailsAsked::count(&context.table, self.shop, asker, corrections, now).await
    }
}

fn found_challenges(found: &mut Found) -> Vec<Challenge> {
    std::mem::take(&mut found.challenges)
}

/// Has this process remember a refusal.
fn remembered(context: &Context, LimitReached { name, until }: LimitReached, now: Timestamp) -> MailRequestError {
    context.refusals.remember(name, until, now);
    MailRequestError::TooOften { retry_after: until.since(now) }
}

impl Limits<'_> {
    /// By which names refusals are remembered.
    fn names(&self) -> impl Iterator<Item = String> {
        self.sends.names().into_iter().chain(self.networks.iter().flat_map(NetworkMails::names))
    }

    /// What has to be read to judge the request.
    fn wanted(&self, proves: Proves, address: &AddressKeys, asker: Asker, now: Timestamp) -> Wanted {
        let networks = self.networks.iter().map(NetworkMails::key);
        let health = self.requester.iter().flat_map(|_| MailHealth::keys(self.shop, now));
        Wanted::in_shop(self.shop.clone())
            .challenges(address.key, Slot::side_by_side(proves, asker))
            .limits(networks.chain([self.sends.key()]).chain(health))
    }

    fn judge(&self, challenges: Vec<Challenge>, found: &Found, now: Timestamp) -> Result<Result<Room, LimitReached>, StoreError> {
        let mut counts = Vec::new();
        let mut longest: Option<LimitReached> = None;
        let networks = self.networks.iter().map(|network| network.count(found, now));
        for counted in std::iter::once(self.sends.count(found, now)).chain(networks) {
            match counted? {
                Ok(count) => counts.push(count),
                Err(reached) if longest.as_ref().is_none_or(|longest| longest.until < reached.until) => longest = Some(reached),
                Err(_) => {}
            }
        }
        Ok(longest.map_or(Ok(Room { counts, challenges }), Err))
    }

    /// Whether a stranger's mail is not to be sent although the request is answered.
    fn withholds(&self, found: &Found, grant: MailsAsked, mails_per_hour: u64, now: Timestamp) -> bool {
        let to_known = found.account.is_some();
        let stopped = MailHealth::of(found, self.shop, now).is_bad();
        if stopped {
            telemetry::mail_to_unknown_stopped();
        }
        let over_share = !grant.within_share(to_known, mails_per_hour);
        let network_bounces = || self.networks.last().map_or(0, |widest| widest.bounces(found, now));
        let bounces = !to_known && ((stopped && !grant.within_trickle()) || network_bounces() >= policy::BOUNCES_PER_NETWORK);
        let withholds = over_share || bounces;
        if withholds {
            telemetry::mail_withheld();
        }
        withholds
    }
}

impl Admitted<'_> {
    /// Keeps what was reserved of the store's budget for the next mail: this one is not sent.
    pub fn give_back(&self, context: &Context) {
        context.mail_grants.keep(self.request.shop, self.asker, self.grant, self.now);
    }

    /// The mail is on its way: what was reserved of the store's budget is used.
    pub(super) fn spent(&self, context: &Context) {
        if self.withheld {
            self.give_back(context);
        } else if self.asker == Asker::Stranger && self.account.is_some() {
            context.mail_grants.went_to_known(self.request.shop, self.now);
        }
    }

    /// The same request judged once more, after others have changed what it was judged by.
    ///
    /// # Errors
    /// [`MailRequestError::TooOften`] if it no longer fits.
    pub(super) async fn judged_again(&self, context: &Context) -> Result<Room, MailRequestError> {
        let wanted = self.limits.wanted(self.request.proves, &self.address, self.asker, self.now);
        let mut found = wanted.read(&context.table, self.now).await?;
        let judged = self.limits.judge(found_challenges(&mut found), &found, self.now)?;
        judged.map_err(|reached| remembered(context, reached, self.now))
    }

    /// Keeps what was reserved, for the shop has switched off what the mail is for.
    pub fn refused(&self, context: &Context, off: Off) -> MailRequestError {
        self.give_back(context);
        Fault::from(off).into()
    }
}
