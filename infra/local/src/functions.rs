//! The handlers, by the name of their function: the same that `functions/<operation>` serve.

use std::{collections::BTreeMap, sync::Arc};

use futures::future::BoxFuture;
use lambda_http::{Body, Request, Response};
use serde_json::Value;
use shared::{
    http::{BothSides, Function, sides::Described},
    invoke,
    operations::{
        Command, Context, allow_mail::AllowMail, annotate_account::AnnotateAccount, block_check::BlockCheck, cancel_invites::CancelInvites,
        change_email::ChangeEmail, change_password::ChangePassword, configure_store::ConfigureStore, create_account::CreateAccount,
        create_block::CreateBlock, create_key::CreateKey, create_store::CreateStore, delete_account::DeleteAccount,
        delete_account_by_merchant::DeleteAccountByMerchant, export_account::ExportAccount, find_accounts::FindAccounts,
        find_blocks::FindBlocks, forgot_password::ForgotPassword, hold_account::HoldAccount, import_accounts::ImportAccounts,
        invite_accounts::InviteAccounts, jwks::Jwks, lift_block::LiftBlock, list_accounts::ListAccounts, list_audit::ListAudit,
        list_blocks::ListBlocks, list_invites::ListInvites, list_keys::ListKeys, list_orders::ListOrders,
        list_orders_by_merchant::ListOrdersByMerchant, login::Login, logout::Logout, preview_mail::PreviewMail,
        reapply_deletions::ReapplyDeletions, record_order::RecordOrder, recover_store::RecoverStore, refresh_session::RefreshSession,
        replay_mails::ReplayMails, reset_password::ResetPassword, revoke_key::RevokeKey, send_code::SendCode,
        update_account::UpdateAccount, verify_code::VerifyCode, view_account::ViewAccount, view_account_by_merchant::ViewAccountByMerchant,
        view_block::ViewBlock, view_invites::ViewInvites, view_store::ViewStore,
    },
    rotation, schedule, topic,
};

/// What stands behind the routes of a function.
#[derive(Clone, Debug)]
pub struct Handler {
    /// One for each route.
    pub endpoints: Vec<Described>,
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
        of::<BothSides<ViewAccount, ViewAccountByMerchant>>(),
        of::<UpdateAccount>(),
        of::<ChangePassword>(),
        of::<ChangeEmail>(),
        of::<ExportAccount>(),
        of::<BothSides<DeleteAccount, DeleteAccountByMerchant>>(),
        of::<BlockCheck>(),
        of::<ListAccounts>(),
        of::<FindAccounts>(),
        of::<AnnotateAccount>(),
        of::<CreateBlock>(),
        of::<LiftBlock>(),
        of::<ListBlocks>(),
        of::<FindBlocks>(),
        of::<ViewBlock>(),
        of::<HoldAccount>(),
        of::<AllowMail>(),
        of::<RecordOrder>(),
        of::<BothSides<ListOrders, ListOrdersByMerchant>>(),
        of::<CreateKey>(),
        of::<RevokeKey>(),
        of::<ImportAccounts>(),
        of::<ListKeys>(),
        of::<ListAudit>(),
        of::<ViewStore>(),
        of::<PreviewMail>(),
        of::<ConfigureStore>(),
        of::<InviteAccounts>(),
        of::<CancelInvites>(),
        of::<ListInvites>(),
        of::<ViewInvites>(),
        of::<Jwks>(),
    ])
}

/// Answers one invocation of a function that has no route.
pub type CommandHandler = fn(Arc<Context>, Value) -> BoxFuture<'static, Value>;

/// Every handler of a function that the operator invokes.
#[must_use]
pub fn command_handlers() -> BTreeMap<&'static str, CommandHandler> {
    BTreeMap::from([command::<CreateStore>(), command::<RecoverStore>(), command::<ReapplyDeletions>(), command::<ReplayMails>()])
}

fn command<C: Command>() -> (&'static str, CommandHandler) {
    let answer: CommandHandler = |context, order| Box::pin(async move { invoke::handle::<C>(&context, order, "").await });
    (C::NAME, answer)
}

fn of<F: Function>() -> (&'static str, Handler) {
    let answer = |context: Arc<Context>, request| -> BoxFuture<'static, _> { Box::pin(async move { F::answer(&context, request).await }) };
    (F::NAME, Handler { endpoints: F::endpoints(), answer })
}

/// What is started by the clock.
pub type Scheduled = fn(Arc<Context>) -> BoxFuture<'static, ()>;

/// What is told by a topic.
pub type Subscribed = fn(Arc<Context>, Value) -> BoxFuture<'static, ()>;

/// Every function that is told what becomes of mails, by its name. What goes wrong stands in its own log.
#[must_use]
pub fn subscribed() -> BTreeMap<&'static str, Subscribed> {
    let record_mail_event: Subscribed = |context, event| {
        Box::pin(async move {
            let _ = topic::handle(&context, &event, "").await;
        })
    };
    BTreeMap::from([("record-mail-event", record_mail_event)])
}

/// Every function that is started by the clock, by its name. What goes wrong stands in its own log.
#[must_use]
pub fn scheduled() -> BTreeMap<&'static str, Scheduled> {
    let send_invites: Scheduled = |context| {
        Box::pin(async move {
            let _ = schedule::handle(&context, "").await;
        })
    };
    BTreeMap::from([("send-invites", send_invites)])
}

/// What Secrets Manager calls, with the event of a step.
pub type Rotating = fn(Arc<Context>, Value) -> BoxFuture<'static, Result<(), rotation::Failed>>;

/// Every function that Secrets Manager calls, by its name. What goes wrong stands in its own log.
#[must_use]
pub fn rotating() -> BTreeMap<&'static str, Rotating> {
    let rotate_keys: Rotating = |context, event| Box::pin(async move { rotation::handle(&context, event, "").await.map(|_| ()) });
    BTreeMap::from([("rotate-keys", rotate_keys)])
}
