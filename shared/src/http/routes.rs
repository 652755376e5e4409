//! Every endpoint on one page.

use std::time::Duration;

use http::{Method, StatusCode};

use super::Endpoint;
use crate::operations::{
    block_check::BlockCheck, create_account::CreateAccount, delete_account::DeleteAccount, forgot_password::ForgotPassword, jwks::Jwks,
    login::Login, logout::Logout, refresh_session::RefreshSession, reset_password::ResetPassword, send_code::SendCode,
    verify_code::VerifyCode,
};

macro_rules! endpoint {
    ($operation:ty, $method:ident => $success:ident) => {
        impl Endpoint for $operation {
            const METHOD: Method = Method::$method;
            const SUCCESS: StatusCode = StatusCode::$success;
        }
    };
}

endpoint!(CreateAccount, POST => ACCEPTED);
endpoint!(Login, POST => OK);
endpoint!(SendCode, POST => ACCEPTED);
endpoint!(VerifyCode, POST => OK);
endpoint!(ForgotPassword, POST => ACCEPTED);
endpoint!(ResetPassword, POST => NO_CONTENT);
endpoint!(RefreshSession, POST => OK);
endpoint!(Logout, POST => NO_CONTENT);
endpoint!(DeleteAccount, POST => ACCEPTED);
endpoint!(BlockCheck, POST => OK);

impl Endpoint for Jwks {
    const METHOD: Method = Method::GET;
    const SUCCESS: StatusCode = StatusCode::OK;
    /// As long as the functions keep the root: whoever fetches the keys knows of a rotation as soon as they do.
    const CACHED: Option<Duration> = Some(Duration::from_secs(300));
}
