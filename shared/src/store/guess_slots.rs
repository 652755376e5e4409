//! How many password guesses one network, or the known devices of one address, may have evaluated: exact under any concurrency.
//!
//! A guess takes a slot before the password is compared. A right password gives its slot back; a wrong one keeps it until the
//! limit's window has passed. So a full window has two meanings, and they are told apart: slots of wrong guesses refuse, slots
//! of guesses that are still under way only ask for a moment's patience. A thousand customers who sign in at once behind one
//! address queue for the slots; a thousand wrong guesses end in as many refusals as the limit says.
//!
//! The same item holds until when each address has to wait after wrong guesses from here, so that either refusal is found by
//! one conditional write.

use std::time::Duration;

use rand::{TryRng, rngs::SysRng};

use super::{
    StoreError, Table,
    item::{self, Item},
    keys::{self, Key},
    limits::{moment, shifted_in, shifted_out, slot},
    table::Written,
    write::Write,
};
use crate::{
    clock::Clock,
    domain::{identifier::EmailKey, limit::Limit, policy, shop_slug::ShopSlug, timestamp::Timestamp},
};

/// How many guesses hold a slot and have not been judged.
const UNDER_WAY: &str = "under_way";
/// Begins the attribute that says until when an address has to wait.
const WAITS: &str = "waits_";
/// The first pause of a guess that waits for a slot: about as long as a password is compared for.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
/// The longest pause: a slot that is free is found soon enough by somebody who has waited for long.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// The slots of one subject, for guesses at one address.
#[derive(Clone)]
pub struct GuessSlots {
    key: Key,
    limit: &'static Limit,
    waits: String,
}

/// The answer to a request for a slot.
pub enum Slot {
    /// A slot was taken: the guess may be evaluated.
    Taken(TakenSlot),
    /// Every slot is taken, some by guesses that are under way and may turn out to be right.
    UnderWay,
    /// Every slot is taken by wrong guesses, at whichever addresses.
    Full {
        /// Until a slot is free.
        retry_after: Duration,
    },
    /// This address has to wait, after wrong guesses from here.
    Waits {
        /// Until it may be guessed at again.
        retry_after: Duration,
    },
}

/// A slot that has to be given back or kept.
pub struct TakenSlot {
    /// The addresses whose wait is over: their attributes go with the next write.
    waited: Vec<String>,
}

impl GuessSlots {
    /// The slots of this limit for this subject, for guesses at this address.
    #[must_use]
    pub fn new(shop: &ShopSlug, limit: &'static Limit, subject: &str, email: &EmailKey) -> Self {
        Self { key: keys::limit(shop, limit.name, subject), limit, waits: format!("{WAITS}{}", email.encoded()) }
    }

    /// Names the slots: those of one limit and one subject.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.key.pk
    }

    /// Takes a slot as [`take`](Self::take) does, and waits for those that are under way, for [`policy::GUESS_WAIT`] at most.
    /// Whoever waits stops as soon as this process knows that the guess is refused.
    ///
    /// # Errors
    /// [`StoreError`]: a limit that cannot be read lets nothing through.
    pub async fn take_or_wait(
        &self,
        table: &Table,
        clock: &Clock,
        refused: impl Fn(Timestamp) -> Option<Duration>,
    ) -> Result<Slot, StoreError> {
        let first = self.take(table, clock.now()).await?;
        if !matches!(first, Slot::UnderWay) {
            return Ok(first);
        }
        let _turn = table.turns.wait(self.name()).await;
        let (mut waited, mut pause) = (Duration::ZERO, FIRST_PAUSE);
        loop {
            let now = clock.now();
            if let Some(retry_after) = refused(now) {
                return Ok(Slot::Waits { retry_after });
            }
            match self.take(table, now).await? {
                Slot::UnderWay if waited < policy::GUESS_WAIT => {}
                answer => return Ok(answer),
            }
            let chance = SysRng.try_next_u32().unwrap_or_default() % 100;
            tokio::time::sleep(pause * (50 + chance) / 100).await;
            (waited, pause) = (waited + pause, (pause * 2).min(LONGEST_PAUSE));
        }
    }

    /// Takes a slot, unless all are taken or the address has to wait.
    ///
    /// # Errors
    /// [`StoreError`]: a limit that cannot be read lets nothing through.
    pub async fn take(&self, table: &Table, now: Timestamp) -> Result<Slot, StoreError> {
        let write = shifted_in(self.key.clone(), self.limit.remembered(), self.limit.horizon(), now).add(UNDER_WAY, 1);
        let write = write.require_missing_or_not_after(&self.waits, now);
        let write = self
            .limit
            .windows
            .iter()
            .fold(write, |write, window| write.require_missing_or_not_after(&slot(window.at_most - 1), now.minus(window.within)));
        Ok(match table.write(write).await? {
            Written::Done(item) => Slot::Taken(TakenSlot { waited: waited(&item, now) }),
            Written::Refused(item) => self.refusal(&item.unwrap_or_default(), now),
        })
    }

    /// Gives the slot back: the guess was right, or was not evaluated. If the address has to wait, the next guess at it is
    /// refused without a slot.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn give_back(&self, table: &Table, taken: &TakenSlot, wait_until: Option<Timestamp>) -> Result<(), StoreError> {
        let write = shifted_out(self.key.clone(), self.limit.remembered()).add(UNDER_WAY, -1);
        table.write(self.settled(write, taken, wait_until)).await.map(|_| ())
    }

    /// Keeps the slot for the whole window: the guess was wrong.
    ///
    /// # Errors
    /// [`StoreError`].
    pub async fn keep(&self, table: &Table, taken: &TakenSlot, wait_until: Option<Timestamp>) -> Result<(), StoreError> {
        let write = Write::update(self.key.clone()).require_present(&slot(0)).add(UNDER_WAY, -1);
        table.write(self.settled(write, taken, wait_until)).await.map(|_| ())
    }

    fn settled(&self, write: Write, taken: &TakenSlot, wait_until: Option<Timestamp>) -> Write {
        let others = taken.waited.iter().filter(|name| **name != self.waits);
        let write = others.fold(write, |write, name| write.remove(name));
        match wait_until {
            Some(until) => write.set_number(&self.waits, until.unix_seconds()),
            None => write.remove(&self.waits),
        }
    }

    fn refusal(&self, item: &Item, now: Timestamp) -> Slot {
        let wait = moment(item, &self.waits).since(now);
        let windows = self.limit.windows.iter().map(|window| moment(item, &slot(window.at_most - 1)).plus(window.within).since(now));
        let full = windows.max().unwrap_or_default();
        match (wait.is_zero(), self.under_way(item, now)) {
            (false, _) => Slot::Waits { retry_after: wait },
            (true, true) => Slot::UnderWay,
            (true, false) => Slot::Full { retry_after: full.max(Duration::from_secs(1)) },
        }
    }

    /// Whether some slots are taken by guesses that are under way. A guess whose process has died is not counted for longer
    /// than [`policy::GUESS_UNDER_WAY`]: then its slot is taken as by a wrong one.
    fn under_way(&self, item: &Item, now: Timestamp) -> bool {
        let begun = |at| moment(item, &slot(at)) > now.minus(policy::GUESS_UNDER_WAY);
        let lately = (0..self.limit.remembered()).take_while(|at| begun(*at)).count();
        item::number(item, UNDER_WAY).is_some_and(|guesses| guesses > 0) && lately > 0
    }
}

fn waited(item: &Item, now: Timestamp) -> Vec<String> {
    item.keys().filter(|name| name.starts_with(WAITS) && moment(item, name) <= now).cloned().collect()
}
