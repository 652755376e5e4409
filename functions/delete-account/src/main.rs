//! `delete-account`: closes or erases a customer's account, for the customer or for staff.

use shared::{
    http::{self, BothSides},
    operations::{Context, delete_account::DeleteAccount, delete_account_by_merchant::DeleteAccountByMerchant},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(BothSides(DeleteAccount, DeleteAccountByMerchant), Context::from_env()).await
}
