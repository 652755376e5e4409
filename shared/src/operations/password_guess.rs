//! A guess at a password: admitted before the password is compared, and settled after.
//!
//! A request that a limit refuses costs at most one write, and none while this process remembers the refusal. A request to a
//! store that does not exist costs none. What is under way is not yet wrong: a guess that finds every slot of its network taken
//! by guesses that have not been judged waits for them, for some seconds at most.

use std::time::Duration;

use futures::future::OptionFuture;

use super::{
    Context, Fault, Refusal, Refuse,
    fault::from_faults,
    occasion::Occasion,
    storefront::{passwords_on, require_store},
};
use crate::{
    domain::{
        account::Account,
        audit::{Action, Actor, Subject},
        identifier::EmailKey,
        policy,
        shop::Shop,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
    },
    store::{
        StoreError,
        guess_slots::{GuessSlots, Slot, TakenSlot},
        read::{Found, Wanted},
        stranger_failures::{StrangerFailures, StrangerFailuresRead},
        wrong_passwords::{WrongPasswords, WrongPasswordsRead},
    },
    telemetry,
};

/// A guess that has not been admitted, and what it is counted against. Never the account: a stranger elsewhere spends none
/// of the customer's guesses.
pub struct Guess<'a> {
    shop: &'a ShopSlug,
    email: EmailKey,
    /// Those of the network, or of the devices known at the address.
    slots: GuessSlots,
    /// The wrong passwords at this address from this network, or from its known devices.
    wrong_here: WrongPasswords,
    /// The wrong passwords at this address from strangers anywhere; none for a known device or a session.
    of_strangers: Option<StrangerFailures>,
}

/// A guess that may be evaluated. It has to be settled by one of [`AdmittedGuess::was_wrong`], [`AdmittedGuess::was_right`] and
/// [`AdmittedGuess::give_back`]; if it is not, it counts as a wrong one.
pub struct AdmittedGuess<'a> {
    /// Everything that was read with it, but the store.
    pub found: Found,
    /// The store, which lets its customers use passwords.
    pub shop: Shop,
    guess: Guess<'a>,
    slot: TakenSlot,
    wrong_here: WrongPasswordsRead,
    of_strangers: StrangerFailuresRead,
    now: Timestamp,
}

/// Why a guess is not evaluated.
#[derive(Debug, thiserror::Error)]
pub enum GuessError {
    /// Too many wrong guesses, or too many at a time.
    #[error("a limit on passwords has been reached")]
    TooOften {
        /// Until when.
        retry_after: Duration,
    },
    /// A fault, or a store that takes no passwords.
    #[error(transparent)]
    Fault(#[from] Fault),
}

from_faults!(GuessError);

impl Refuse for GuessError {
    fn refusal(&self) -> Refusal {
        match self {
            Self::TooOften { retry_after } => Refusal::RateLimited { retry_after: *retry_after },
            Self::Fault(fault) => fault.refusal(),
        }
    }
}

/// Takes a [`GuessError`] apart for an operation's own error, which has both variants under the same names.
macro_rules! from_guess {
    ($error:ty) => {
        impl From<$crate::operations::password_guess::GuessError> for $error {
            fn from(error: $crate::operations::password_guess::GuessError) -> Self {
                match error {
                    $crate::operations::password_guess::GuessError::TooOften { retry_after } => Self::TooOften { retry_after },
                    $crate::operations::password_guess::GuessError::Fault(fault) => Self::Fault(fault),
                }
            }
        }
    };
}
pub(super) use from_guess;

impl<'a> Guess<'a> {
    /// A guess by a device that has signed in at the address before: nobody else can use these up.
    #[must_use]
    pub fn by_known_device(shop: &'a ShopSlug, email: EmailKey) -> Self {
        Self {
            shop,
            email,
            slots: GuessSlots::new(shop, &policy::PASSWORDS_BY_KNOWN_DEVICES, &email.encoded(), &email),
            wrong_here: WrongPasswords::new(shop, &email, "known"),
            of_strangers: None,
        }
    }

    /// A guess by anybody else.
    #[must_use]
    pub fn from_network(shop: &'a ShopSlug, email: EmailKey, network: &str) -> Self {
        Self {
            shop,
            email,
            slots: GuessSlots::new(shop, &policy::PASSWORDS_PER_NETWORK, network, &email),
            wrong_here: WrongPasswords::new(shop, &email, network),
            of_strangers: Some(StrangerFailures::new(shop, &email)),
        }
    }

    /// A guess by somebody who holds a session of the account: from a network as any other, but not a stranger's.
    #[must_use]
    pub fn in_session(shop: &'a ShopSlug, email: EmailKey, network: &str) -> Self {
        Self { of_strangers: None, ..Self::from_network(shop, email, network) }
    }

    /// Takes a slot and reads what is wanted, in one round trip, and admits the guess unless a limit refuses it or the store
    /// takes no passwords. The first guess of a process at a store takes two: it learns first that there is such a store.
    ///
    /// # Errors
    /// See [`GuessError`].
    pub async fn admit(self, context: &Context, wanted: Wanted, now: Timestamp) -> Result<AdmittedGuess<'a>, GuessError> {
        if let Some(retry_after) = self.remembered(context, now) {
            return Err(GuessError::TooOften { retry_after });
        }
        let counters = self.of_strangers.iter().map(StrangerFailures::key).chain([self.wrong_here.key()]);
        let wanted = wanted.limits(counters);
        if !self.names_the_store() {
            require_store(context, self.shop, now).await?;
        }
        let (found, slot) = futures::join!(wanted.read(&context.table, now), self.take_slot(context));
        let (mut found, slot) = (found?, slot?);
        let wrong_here = self.wrong_here.found(&found, now)?;
        let slot = match slot {
            Slot::Taken(slot) => slot,
            Slot::UnderWay => return Err(GuessError::TooOften { retry_after: Duration::from_secs(1) }),
            Slot::Waits { retry_after } => return Err(refused(context, self.name(), retry_after, now)),
            Slot::Full { retry_after } => {
                let wait = wrong_here.wait_until.map_or(retry_after, |until| until.since(now).max(retry_after));
                let _ = refused(context, self.slots.name().to_owned(), retry_after, now);
                return Err(GuessError::TooOften { retry_after: wait });
            }
        };
        let shop = match passwords_on(&mut found) {
            Ok(shop) => shop,
            Err(fault) => {
                self.slots.give_back(&context.table, &slot, None).await?;
                return Err(fault.into());
            }
        };
        if let Some(until) = wrong_here.wait_until {
            self.slots.give_back(&context.table, &slot, Some(until)).await?;
            return Err(refused(context, self.name(), until.since(now), now));
        }
        let of_strangers = self.of_strangers.as_ref().map(|counter| counter.found(&found, now)).transpose()?.unwrap_or_default();
        Ok(AdmittedGuess { found, shop, guess: self, slot, wrong_here, of_strangers, now })
    }

    /// Whether the guess comes with a token of ours that names the store: then there is one.
    const fn names_the_store(&self) -> bool {
        self.of_strangers.is_none()
    }

    async fn take_slot(&self, context: &Context) -> Result<Slot, StoreError> {
        self.slots.take_or_wait(&context.table, &context.clock, |now| self.remembered(context, now)).await
    }

    /// How long this process remembers that the guess is refused: at this address, or at any.
    fn remembered(&self, context: &Context, now: Timestamp) -> Option<Duration> {
        context.refusals.until(self.slots.name(), now).max(context.refusals.until(&self.name(), now))
    }

    /// Names what a refusal at this address alone is remembered for.
    fn name(&self) -> String {
        format!("{}#{}", self.slots.name(), self.email.encoded())
    }
}

/// Refuses a guess, and remembers it for the next one that is refused for the same reason.
fn refused(context: &Context, name: String, retry_after: Duration, now: Timestamp) -> GuessError {
    context.refusals.remember(name, now.plus(retry_after), now);
    GuessError::TooOften { retry_after }
}

impl AdmittedGuess<'_> {
    /// Whether strangers have guessed so often at the address that a right password from one of them is not enough.
    #[must_use]
    pub fn needs_another_proof(&self, account: &Account) -> bool {
        let guessed_often = self.of_strangers.count >= policy::STRANGER_FAILURES_BEFORE_CHALLENGE;
        self.guess.of_strangers.is_some() && (guessed_often || account.confirms_logins)
    }

    /// Gives the guess back: it was not evaluated, or what came of it does not count.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_back(&self, context: &Context) -> Result<(), StoreError> {
        self.guess.slots.give_back(&context.table, &self.slot, None).await
    }

    /// Counts the guess as wrong, makes the next one here wait the longer the more there were, and records it when there were
    /// many: for every address at the same guess, whether it has an account or not.
    ///
    /// Returns whether this was the guess from which on a right password of a stranger needs another proof.
    ///
    /// # Errors
    /// [`Fault`].
    pub async fn was_wrong(&self, context: &Context, at: Subject, occasion: &Occasion<'_>) -> Result<bool, Fault> {
        let Self { guess, slot, wrong_here, of_strangers, now, .. } = self;
        let wait_until = wrong_here.delay_after_another().map(|delay| now.plus(delay));
        let strangers = guess.of_strangers.as_ref().map(|counter| counter.add(&context.table, of_strangers, *now));
        let (kept, in_a_row, strangers) = futures::join!(
            guess.slots.keep(&context.table, slot, wait_until),
            guess.wrong_here.add(&context.table, wrong_here, *now),
            OptionFuture::from(strangers),
        );
        kept?;
        let strangers = strangers.transpose()?;
        let in_a_row = in_a_row?;
        if in_a_row.is_multiple_of(policy::WRONG_PASSWORDS_BEFORE_DELAY) {
            telemetry::guessed_often();
            occasion.record(context, Actor::Visitor, Action::WRONG_PASSWORDS, at, Some(in_a_row)).await?;
        }
        Ok(strangers == Some(policy::STRANGER_FAILURES_BEFORE_CHALLENGE))
    }

    /// Gives the guess back, and ends the row of wrong ones here. What others guessed from the network stays counted: an
    /// attacker's own account does not clear it.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn was_right(&self, context: &Context) -> Result<(), StoreError> {
        futures::try_join!(self.give_back(context), self.guess.wrong_here.end_row(&context.table, &self.wrong_here)).map(|_| ())
    }
}
