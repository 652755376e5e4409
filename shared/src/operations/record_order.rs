//! `record-order`: an order is counted once, however often it is told of, and stands as it was last told of.
//!
//! The order and what its customer's orders come to are written in one transaction. A reference that is known tells what
//! has become of that order: another total, a refund, a cancellation. What is older than what is known changes nothing, so
//! that messages may come twice, late and in any order.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    Call, Context, Fault, Merchant, Operation, Refusal, Refuse,
    buyer::{Buyer, BuyerName},
    fault::from_faults,
    named::NamedError,
    named_account::ATTEMPTS,
    order_view::OrderView,
    staff::{Deed, StaffError},
};
use crate::{
    domain::{
        email_address::EmailAddress,
        email_prefix::EmailPrefix,
        identifier::AccountId,
        json::{filled, given_or_default},
        moment::Moment,
        money::{Amount, Currency},
        order::{HistorySeed, Order, OrderReference, OrderSummary},
        role::Role,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        guests::{self, Guest},
        orders::{self, StoredOrder},
        profiles,
        table::Transacted,
        write::Write,
    },
};

/// See the [module](self).
pub struct RecordOrder;

/// Whose order, what the shop calls it, and how it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Body {
    #[serde(default, deserialize_with = "filled")]
    email: Option<EmailAddress>,
    #[serde(default, deserialize_with = "filled")]
    account_id: Option<AccountId>,
    reference: OrderReference,
    total: Amount,
    currency: Currency,
    placed_at: Moment,
    signed_in: bool,
    #[serde(default)]
    refunded: Amount,
    #[serde(default, deserialize_with = "given_or_default")]
    cancelled: bool,
    /// Since when it stands so; since it was placed, if that is not said.
    #[serde(default, deserialize_with = "filled")]
    changed_at: Option<Moment>,
}

/// The order as it stands now.
#[derive(Serialize)]
pub struct Outcome {
    outcome: News,
    #[serde(flatten)]
    order: OrderView,
}

/// What has come of it.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "kebab-case")]
enum News {
    /// The order is new.
    Recorded,
    /// It was known, and has changed.
    Changed,
    /// It was known as it is, or as something newer.
    Unchanged,
}

/// Why nothing was recorded.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not by this key, or of no account of this shop, or it does not say of whom.
    #[error(transparent)]
    Buyer(#[from] NamedError),
    /// Only an account is signed in.
    #[error("an order was placed signed in without an account")]
    NoAccount,
    /// More was given back than was paid.
    #[error("the refund is more than the total")]
    RefundTooLarge,
    /// It has changed before it was placed.
    #[error("the change is older than the order")]
    ChangedBeforePlaced,
    /// It is of a moment that has not come.
    #[error("the moment has not come")]
    NotYet {
        /// Which moment.
        field: &'static str,
    },
    /// The reference is another purchase's.
    #[error("the reference is known as that of another order")]
    AnotherOrder,
    /// Something gave way.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(Error);

impl From<StaffError> for Error {
    fn from(error: StaffError) -> Self {
        Self::Buyer(error.into())
    }
}

impl Refuse for Error {
    fn refusal(&self) -> Refusal {
        match self {
            Self::Buyer(error) => error.refusal(),
            Self::NoAccount => Refusal::InvalidField { field: "account_id", code: "required_when_signed_in" },
            Self::RefundTooLarge => Refusal::InvalidField { field: "refunded", code: "more_than_total" },
            Self::ChangedBeforePlaced => Refusal::InvalidField { field: "changed_at", code: "before_placed_at" },
            Self::NotYet { field } => Refusal::InvalidField { field, code: "in_the_future" },
            Self::AnotherOrder => Refusal::Conflict {
                detail: "This reference is known as another order: of another customer, moment or currency, or of somebody who was erased.",
            },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

/// A shop's clock may be wrong by a time zone; what is further ahead would stand in the way of every later word on the order.
const CLOCK_AHEAD_AT_MOST: Duration = Duration::from_secs(24 * 60 * 60);

impl Operation for RecordOrder {
    const NAME: &'static str = "record-order";
    type Caller = Merchant;
    type Body = Body;
    type Outcome = Outcome;
    type Error = Error;

    async fn run(context: &Context, call: Call<Merchant, Body>) -> Result<Outcome, Error> {
        let Call { shop, client, caller, body, .. } = call;
        let now = context.clock.now();
        let (name, reference, order) = body.read(now)?;
        let index = context.index_key.get().await?;
        let order_id = index.order(&shop, &reference);
        for _ in 0..ATTEMPTS {
            let buyer = Buyer::find(context, &shop, &caller, &name, Role::Checkout, |wanted, _| wanted.order(order_id.clone())).await?;
            let told = |outcome, order| Ok(Outcome { outcome, order: OrderView::of(order_id.clone(), Some(reference.clone()), order) });
            let history = History::of(&buyer, &order)?;
            let mut writes = match &buyer.order {
                Some(known) if !known.is_of(&shop, &history.seed.name()) || !known.order.is_of_the_purchase(&order) => {
                    return Err(Error::AnotherOrder);
                }
                Some(known) if known.order == order || known.order.changed_at > order.changed_at => {
                    return told(News::Unchanged, known.order.clone());
                }
                Some(known) => vec![orders::change(&shop, known, &order)?],
                None => {
                    let sealed = history.seed.seal(&order_id, &reference);
                    let new = StoredOrder::new(&shop, &history.seed.name(), order_id.clone(), sealed, order.clone());
                    vec![orders::record(&shop, &new)?]
                }
            };
            let search = index.search(&shop, &EmailPrefix::of(&buyer.email));
            writes.push(history.counted(&shop, (&buyer, &search), &order, now)?);
            let deed = Deed { action: Self::NAME, subject: order_id.as_str(), note: None };
            writes.push(buyer.staff.recorded(&shop, deed, client, now)?);
            // Without the condition that the key still stands, which every other change has: all orders of a checkout would meet
            // on the key's one item, and get in each other's way. A key that was revoked is refused by the next request's read.
            if let Transacted::Done = context.table.transact(writes).await? {
                return told(if buyer.order.is_some() { News::Changed } else { News::Recorded }, order);
            }
            // Another order of theirs came first, or this one, or they are being erased: it is looked at anew.
        }
        Err(Fault::Contended.into())
    }
}

/// The history that an order belongs to: the account's, if it was placed signed in, and else the address's. The first order
/// begins it.
struct History {
    seed: HistorySeed,
}

impl History {
    fn of(buyer: &Buyer, order: &Order) -> Result<Self, Fault> {
        let known = if order.signed_in { buyer.profile.history.as_ref() } else { buyer.guest.as_ref().map(|guest| &guest.history) };
        let seed = known.cloned().map_or_else(HistorySeed::from_random, Ok)?;
        Ok(Self { seed })
    }

    /// The write that counts the order there.
    fn counted(&self, shop: &ShopSlug, (buyer, search): (&Buyer, &str), order: &Order, now: Timestamp) -> Result<Write, Fault> {
        let Buyer { email_key, account, profile, guest, .. } = buyer;
        let before = buyer.order.as_ref().map(|known| &known.order);
        Ok(match (account.as_ref().filter(|_| order.signed_in), guest) {
            (Some(account), _) => profiles::count_order(shop, email_key, &account.id, (profile, &self.seed), before, order)?,
            (None, Some(guest)) => guests::count(shop, email_key, guest, before, order)?,
            (None, None) => {
                let orders = OrderSummary::default();
                let guest = Guest { email: buyer.email.clone(), history: self.seed.clone(), orders, since: now };
                guests::open(shop, (email_key, search), &guest, &self.seed.name(), order)?
            }
        })
    }
}

impl Body {
    /// Whose order it is, what it is called, and how it stands.
    fn read(self, now: Timestamp) -> Result<(BuyerName, OrderReference, Order), Error> {
        let Self { email, account_id, reference, total, currency, placed_at, signed_in, refunded, cancelled, changed_at } = self;
        let name = BuyerName::one_of(email, account_id)?;
        if signed_in && matches!(name, BuyerName::Email(_)) {
            return Err(Error::NoAccount);
        }
        if refunded > total {
            return Err(Error::RefundTooLarge);
        }
        let (Moment(placed_at), Moment(changed_at)) = (placed_at, changed_at.unwrap_or(placed_at));
        if changed_at < placed_at {
            return Err(Error::ChangedBeforePlaced);
        }
        for (field, moment) in [("placed_at", placed_at), ("changed_at", changed_at)] {
            if moment > now.plus(CLOCK_AHEAD_AT_MOST) {
                return Err(Error::NotYet { field });
            }
        }
        Ok((name, reference, Order { signed_in, placed_at, currency, total, refunded, cancelled, changed_at }))
    }
}
