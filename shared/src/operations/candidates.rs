//! The accounts of an audience, a page at a time, each as it stands in the table.

use std::collections::BTreeSet;

use super::{Context, Fault, blocking, context::Keys};
use crate::{
    domain::{
        account::{Account, AccountStatus},
        audience::{AccountIds, Audience},
        block::{BlockEntry, BlockName},
        campaign::{Campaign, Cursor, Turn},
        invite_state::{InviteSkip, InviteState},
        place::Place,
        policy,
        shop_slug::ShopSlug,
        tag::Tag,
        timestamp::Timestamp,
    },
    store::{
        accounts, blocks,
        customers::{self, Customer, Range},
        table::Page,
    },
};

/// Somebody who may have to be mailed.
pub(super) struct Candidate {
    /// The account; none if staff have named one that there is not.
    pub(super) account: Option<Account>,
    /// The blocks that meet the address, but those that stand on the account.
    pub(super) blocks: Vec<BlockEntry>,
    /// Their place in the audience.
    pub(super) after: Cursor,
}

/// A page of them.
pub(super) struct Candidates {
    /// These.
    pub(super) entries: Vec<Candidate>,
    /// After whom the next page begins; none if this is the last.
    pub(super) next: Option<Cursor>,
}

impl Candidate {
    /// What they are to a campaign.
    pub(super) fn standing(&self, campaign: &Campaign, now: Timestamp) -> InviteState {
        let standing = |account| campaign.standing_of(account, &self.blocks, now);
        self.account.as_ref().map_or(InviteState::Skipped(InviteSkip::Unknown), standing)
    }

    /// What its walk does about them.
    pub(super) fn turn(&self, campaign: &Campaign, now: Timestamp) -> Turn {
        campaign.turn(self.standing(campaign, now), now)
    }
}

/// A page of an audience. Whom the index knows of is read by key, strongly, before anything is decided.
///
/// # Errors
/// [`Fault`].
pub(super) async fn candidates(
    context: &Context,
    keys: &Keys,
    shop: &ShopSlug,
    audience: &Audience,
    after: Option<&Cursor>,
) -> Result<Candidates, Fault> {
    let (mut entries, next) = match audience {
        Audience::All => listed(context, shop, None, after).await?,
        Audience::Tag(tag) => listed(context, shop, Some(tag), after).await?,
        Audience::AccountIds(ids) => named(context, shop, ids, after).await?,
    };
    let accounts = entries.iter().filter_map(|candidate| candidate.account.as_ref());
    let wanted: BTreeSet<_> = accounts.flat_map(|account| names(keys, shop, account)).collect();
    let filed = blocks::under(&context.table, shop, &wanted.into_iter().collect::<Vec<_>>()).await?;
    for candidate in entries.iter_mut().filter(|_| !filed.is_empty()) {
        let names = candidate.account.iter().flat_map(|account| names(keys, shop, account));
        candidate.blocks = names.filter_map(|name| filed.get(&name)).flatten().cloned().collect();
    }
    Ok(Candidates { entries, next })
}

/// The names under which somebody who is still to come may be blocked: those of the address's domain, and of the address
/// as it is folded. Blocks of the very address stand on the account.
fn names(keys: &Keys, shop: &ShopSlug, account: &Account) -> Vec<String> {
    let address = keys.index.address(shop, &account.email);
    let on_the_account = BlockName::Email(address.key);
    let elsewhere = BlockName::address(&address).filter(|name| account.status == AccountStatus::Invited && *name != on_the_account);
    blocking::filed_under(&keys.index, shop, elsewhere)
}

/// Those of all accounts whom a campaign has to do with: who are still to come, or have come by an invitation.
async fn listed(
    context: &Context,
    shop: &ShopSlug,
    tag: Option<&Tag>,
    after: Option<&Cursor>,
) -> Result<(Vec<Candidate>, Option<Cursor>), Fault> {
    let before = match after {
        Some(Cursor::Place(place)) => Some(place.clone()),
        Some(Cursor::Index(_)) | None => None,
    };
    let is_meant = |customer: &Customer| {
        let brought_along = |account: &Account| account.status == AccountStatus::Invited || account.invited.is_some();
        customer.account.as_ref().is_some_and(brought_along) && tag.is_none_or(|tag| customer.profile.tags.contains(tag))
    };
    let range = Range { has_account: Some(true), before, ..Range::default() };
    let Page { entries, next } = customers::list(&context.table, shop, range, policy::CUSTOMERS_ON_A_PAGE, is_meant).await?;
    let candidate = |account: Account| {
        let after = Cursor::Place(Place::new(account.created_at, account.id.as_str()));
        Candidate { account: Some(account), blocks: Vec::new(), after }
    };
    let next = next.and_then(|next| Place::parse(&next).ok()).map(Cursor::Place);
    Ok((entries.into_iter().filter_map(|customer| customer.account).map(candidate).collect(), next))
}

async fn named(
    context: &Context,
    shop: &ShopSlug,
    ids: &AccountIds,
    after: Option<&Cursor>,
) -> Result<(Vec<Candidate>, Option<Cursor>), Fault> {
    let from = match after {
        Some(Cursor::Index(index)) => index + 1,
        Some(Cursor::Place(_)) | None => 0,
    };
    let page = ids.page(from, policy::CUSTOMERS_ON_A_PAGE);
    let accounts = accounts::named(&context.table, shop, page).await?;
    let entries: Vec<_> =
        (from..).zip(accounts).map(|(index, account)| Candidate { account, blocks: Vec::new(), after: Cursor::Index(index) }).collect();
    let end = from + entries.len();
    Ok((entries, (end < ids.count()).then(|| Cursor::Index(end - 1))))
}
