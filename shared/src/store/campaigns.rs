//! Campaigns of invitations: each one item, changed as a whole on condition that nobody else has changed it.

use serde::{Deserialize, Serialize};

use super::{
    REVISION, StoreError, Table,
    item::{self, Item},
    keys,
    lists::{self, Index, Listed},
    table::{Page, Transacted},
    write::Write,
};
use crate::domain::{
    campaign::{Campaign, CampaignStatus},
    identifier::CampaignId,
    place::Place,
    policy,
    shop_slug::ShopSlug,
    timestamp::Timestamp,
};

/// A campaign as it was read.
pub struct StoredCampaign {
    /// In which shop.
    pub shop: ShopSlug,
    /// The campaign.
    pub campaign: Campaign,
    revision: i64,
}

#[derive(Serialize)]
struct Record<'a> {
    shop: &'a ShopSlug,
    #[serde(flatten)]
    campaign: &'a Campaign,
    #[serde(flatten)]
    listed: Listed,
    revision: i64,
    /// When DynamoDB may remove it, once it has ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    exp: Option<Timestamp>,
}

/// Says where an open campaign is: all of these stand in one place, for the runner.
#[derive(Serialize, Deserialize)]
struct Open {
    shop: ShopSlug,
    campaign_id: CampaignId,
}

/// The list of a shop's campaigns.
const LIST: &str = "JL";
/// Counts a shop's open campaigns.
const OPEN: &str = "open";

/// The writes that begin a campaign: the first is refused if the shop has too many.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn begin(shop: &ShopSlug, campaign: &Campaign) -> Result<[Write; 3], StoreError> {
    let open = Open { shop: shop.clone(), campaign_id: campaign.campaign_id.clone() };
    Ok([
        Write::update(keys::campaign_count(shop)).add(OPEN, 1).require_missing_or_below(OPEN, policy::CAMPAIGNS_AT_MOST),
        put(shop, campaign, 0)?.require_absent("pk"),
        Write::put(keys::open_campaign(shop, &campaign.campaign_id), &open)?,
    ])
}

/// The writes that put down a campaign as it is now: the first is refused if it is not what it was when it was read. One
/// that has ended is no longer among the open ones.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn change(StoredCampaign { shop, campaign, revision }: &StoredCampaign) -> Result<Vec<Write>, StoreError> {
    let mut writes = vec![put(shop, campaign, revision + 1)?.require_equal(REVISION, revision)?];
    if campaign.status != CampaignStatus::Open {
        writes.push(Write::update(keys::campaign_count(shop)).add(OPEN, -1));
        writes.push(Write::delete(keys::open_campaign(shop, &campaign.campaign_id)));
    }
    Ok(writes)
}

fn put(shop: &ShopSlug, campaign: &Campaign, revision: i64) -> Result<Write, StoreError> {
    let id = &campaign.campaign_id;
    let listed = Listed::of(shop, LIST, id.as_str(), campaign.created_at);
    let exp = campaign.ended_at.map(|end| end.plus(policy::CAMPAIGN_KEPT));
    Write::put(keys::campaign(shop, id), &Record { shop, campaign, listed, revision, exp })
}

/// Puts down how far a campaign has come; tells whether it was still what it was when it was read.
///
/// # Errors
/// [`StoreError`].
pub async fn advance(table: &Table, stored: &mut StoredCampaign) -> Result<bool, StoreError> {
    let advanced = matches!(table.transact(change(stored)?).await?, Transacted::Done);
    stored.revision += i64::from(advanced);
    Ok(advanced)
}

/// A campaign.
///
/// # Errors
/// [`StoreError`].
pub async fn find(table: &Table, shop: &ShopSlug, id: &CampaignId) -> Result<Option<StoredCampaign>, StoreError> {
    table.get(keys::campaign(shop, id)).await?.map(read).transpose()
}

/// Every open campaign of every shop, as far as it can be read.
///
/// # Errors
/// [`StoreError`].
pub async fn open(table: &Table) -> Result<Vec<Result<StoredCampaign, StoreError>>, StoreError> {
    let (mut campaigns, mut after) = (Vec::new(), None);
    loop {
        let Page { entries, next } = table.list::<Open>(&keys::open_campaigns(), after.as_deref()).await?;
        let items = table.read(entries.iter().map(|Open { shop, campaign_id }| keys::campaign(shop, campaign_id)).collect()).await?;
        campaigns.extend(items.into_iter().map(read));
        after = next;
        if after.is_none() {
            return Ok(campaigns);
        }
    }
}

/// A page of a shop's campaigns, newest first, from before this place on.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(table: &Table, shop: &ShopSlug, before: Option<&Place>) -> Result<Page<Campaign>, StoreError> {
    let Page { entries, next } = lists::newest(table, Index::Lists, &keys::list_partitions(shop, LIST), before).await?;
    Ok(Page { entries: entries.into_iter().map(|item| read(item).map(|stored| stored.campaign)).collect::<Result<_, _>>()?, next })
}

fn read(item: Item) -> Result<StoredCampaign, StoreError> {
    #[derive(Deserialize)]
    struct Record {
        shop: ShopSlug,
        #[serde(flatten)]
        campaign: Campaign,
        revision: i64,
    }
    let Record { shop, campaign, revision } = item::read(item)?;
    Ok(StoredCampaign { shop, campaign, revision })
}
