//! Mails on their way: written with the change they tell of, read by the table's stream.

use aws_lambda_events::dynamodb::EventRecord;

use super::{StoreError, Table, keys, write::Write};
use crate::domain::{identifier::MailId, mail::Mail, shop::ShopSlug};

/// The write that puts a mail on its way, as a part of the change it tells of.
///
/// # Errors
/// [`StoreError::Corrupt`].
pub fn post(shop: &ShopSlug, mail: &Mail) -> Result<Write, StoreError> {
    Write::put(keys::mail(shop, &mail.id), &Posted { shop: shop.clone(), mail: mail.clone() })
}

/// A mail with the shop that sends it.
#[derive(Clone, serde::Serialize, serde::Deserialize)]
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
