//! `list-orders`: shows customers their orders, and staff those of a customer.

use shared::{
    http::{self, BothSides},
    operations::{Context, list_orders::ListOrders, list_orders_by_merchant::ListOrdersByMerchant},
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), http::Error> {
    http::serve(BothSides(ListOrders, ListOrdersByMerchant), Context::from_env()).await
}
