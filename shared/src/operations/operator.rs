//! What only the operator can do, whoever runs the functions: by invoking a function that has no route, with the rights
//! that AWS gives.

use serde::{Serialize, de::DeserializeOwned};

use super::{Context, Refuse};

/// Something that only the operator can ask for.
pub trait Command: Send + Sync + 'static {
    /// Its name: that of its Lambda and its folders.
    const NAME: &'static str;
    /// With what.
    type Order: DeserializeOwned + Send;
    /// What they get.
    type Outcome: Serialize;
    /// Why they do not.
    type Error: Refuse;

    /// Does it.
    fn run(context: &Context, order: Self::Order) -> impl Future<Output = Result<Self::Outcome, Self::Error>> + Send;
}
