//! Mails on their way: written with the change they tell of, read by the table's stream, and listed until they are sent,
//! so that those that could not be are found.

use aws_lambda_events::dynamodb::EventRecord;
use serde::{Deserialize, Serialize};

use super::{
    StoreError, Table,
    item::{self, Item},
    keys,
    lists::{self, Index, Listed},
    table::Page,
    write::Write,
};
use crate::domain::{identifier::MailId, mail::Mail, place::Place, shop_slug::ShopSlug, timestamp::Timestamp};

/// The write that puts a mail on its way, as a part of the change it tells of.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn post(shop: &ShopSlug, mail: &Mail, now: Timestamp) -> Result<Write, StoreError> {
    let posted = Posted { shop: shop.clone(), mail: mail.clone() };
    Write::put(keys::mail(shop, &mail.id), &Record { posted, listed: Listed::of(shop, keys::OUTBOX, mail.id.as_str(), now) })
}

/// The writes that put a mail on its way anew, under another name: the stream tells of it as of a new one. Refused if it
/// has left the outbox.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn post_anew(shop: &ShopSlug, before: &MailId, mail: &Mail, now: Timestamp) -> Result<[Write; 2], StoreError> {
    Ok([Write::delete(keys::mail(shop, before)).require_present("pk"), post(shop, mail, now)?])
}

/// A mail as it stands in the table.
#[derive(Serialize)]
struct Record {
    #[serde(flatten)]
    posted: Posted,
    #[serde(flatten)]
    listed: Listed,
}

/// A mail with the shop that sends it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Posted {
    /// The shop.
    pub shop: ShopSlug,
    /// The mail.
    #[serde(flatten)]
    pub mail: Mail,
}

impl Posted {
    /// The mail that a record of the table's stream tells of.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`] if the record is of no mail.
    pub fn from_record(record: EventRecord) -> Result<Self, StoreError> {
        serde_dynamo::from_item(record.change.new_image).map_err(|_| StoreError::unreadable::<Self>())
    }

    fn read(item: Item) -> Result<Self, StoreError> {
        item::read(item)
    }
}

/// A page of what is on its way, newest first, from before this place on; what cannot be read is told as that.
///
/// # Errors
/// [`StoreError`].
pub async fn newest(table: &Table, shop: &ShopSlug, before: &Place) -> Result<Page<Result<Posted, StoreError>>, StoreError> {
    let Page { entries, next } = lists::newest(table, Index::Lists, &keys::list_partitions(shop, keys::OUTBOX), Some(before)).await?;
    Ok(Page { entries: entries.into_iter().map(Posted::read).collect(), next })
}

/// Whether the mail is still on its way: a record that comes twice finds it gone.
///
/// # Errors
/// [`StoreError`].
pub async fn is_posted(table: &Table, shop: &ShopSlug, id: &MailId) -> Result<bool, StoreError> {
    table.get(keys::mail(shop, id)).await.map(|item| item.is_some())
}

/// Removes a mail that was sent or is not to be; done as well if it is gone already.
///
/// # Errors
/// [`StoreError`].
pub async fn remove(table: &Table, shop: &ShopSlug, id: &MailId) -> Result<(), StoreError> {
    table.write(Write::delete(keys::mail(shop, id))).await.map(|_| ())
}
