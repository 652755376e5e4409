//! The handlers, by the name of their function: the same that `functions/<operation>` serve.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::BoxFuture;
use lambda_http::{
    Body, Request, Response,
    http::{Method, StatusCode},
};
use shared::{
    http::{self, Endpoint},
    operations::{
        Context, block_check::BlockCheck, change_email::ChangeEmail, change_password::ChangePassword, create_account::CreateAccount,
        create_key::CreateKey, delete_account::DeleteAccount, export_account::ExportAccount, forgot_password::ForgotPassword,
        hold_account::HoldAccount, jwks::Jwks, list_audit::ListAudit, list_keys::ListKeys, login::Login, logout::Logout,
        refresh_session::RefreshSession, reset_password::ResetPassword, revoke_key::RevokeKey, send_code::SendCode,
        update_account::UpdateAccount, verify_code::VerifyCode, view_account::ViewAccount,
    },
};

/// What stands behind a route.
#[derive(Clone, Debug)]
pub struct Handler {
    /// By which method it is asked.
    pub method: Method,
    /// How it tells its success.
    pub success: StatusCode,
    /// Answers one request.
    pub answer: fn(Arc<Context>, Request) -> BoxFuture<'static, Response<Body>>,
}

/// Every handler of an HTTP function.
#[must_use]
pub fn handlers() -> BTreeMap<&'static str, Handler> {
    BTreeMap::from([
        of::<CreateAccount>(),
        of::<Login>(),
        of::<SendCode>(),
        of::<VerifyCode>(),
        of::<ForgotPassword>(),
        of::<ResetPassword>(),
        of::<RefreshSession>(),
        of::<Logout>(),
        of::<ViewAccount>(),
        of::<UpdateAccount>(),
        of::<ChangePassword>(),
        of::<ChangeEmail>(),
        of::<ExportAccount>(),
        of::<DeleteAccount>(),
        of::<BlockCheck>(),
        of::<HoldAccount>(),
        of::<CreateKey>(),
        of::<RevokeKey>(),
        of::<ListKeys>(),
        of::<ListAudit>(),
        of::<Jwks>(),
    ])
}

fn of<E: Endpoint>() -> (&'static str, Handler) {
    let answer =
        |context: Arc<Context>, request| -> BoxFuture<'static, _> { Box::pin(async move { http::handle::<E>(&context, request).await }) };
    (E::NAME, Handler { method: E::METHOD, success: E::SUCCESS, answer })
}
