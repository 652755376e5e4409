//! `view-account`: shows a customer's account, to the customer or to staff.

use shared::{
    http::{self, BothSides},
    operations::{Context, view_account::ViewAccount, view_account_by_merchant::ViewAccountByMerchant},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(BothSides(ViewAccount, ViewAccountByMerchant), Context::from_env()).await
}
