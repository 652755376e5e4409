//! Every endpoint on one page.

use std::time::Duration;

use http::{Method, StatusCode};

use super::Endpoint;
use crate::domain::policy;
use crate::operations::{
    allow_mail::AllowMail, annotate_account::AnnotateAccount, block_check::BlockCheck, cancel_invites::CancelInvites,
    change_email::ChangeEmail, change_password::ChangePassword, configure_store::ConfigureStore, create_account::CreateAccount,
    create_block::CreateBlock, create_key::CreateKey, delete_account::DeleteAccount, delete_account_by_merchant::DeleteAccountByMerchant,
    export_account::ExportAccount, find_accounts::FindAccounts, find_blocks::FindBlocks, forgot_password::ForgotPassword,
    hold_account::HoldAccount, import_accounts::ImportAccounts, invite_accounts::InviteAccounts, jwks::Jwks, lift_block::LiftBlock,
    list_accounts::ListAccounts, list_audit::ListAudit, list_blocks::ListBlocks, list_invites::ListInvites, list_keys::ListKeys,
    list_orders::ListOrders, list_orders_by_merchant::ListOrdersByMerchant, login::Login, logout::Logout, preview_mail::PreviewMail,
    record_order::RecordOrder, refresh_session::RefreshSession, reset_password::ResetPassword, revoke_key::RevokeKey, send_code::SendCode,
    update_account::UpdateAccount, verify_code::VerifyCode, view_account::ViewAccount, view_account_by_merchant::ViewAccountByMerchant,
    view_block::ViewBlock, view_invites::ViewInvites, view_store::ViewStore,
};

macro_rules! endpoint {
    ($operation:ty, $method:ident => $success:ident $(, once: $once:literal)?) => {
        impl Endpoint for $operation {
            const METHOD: Method = Method::$method;
            const SUCCESS: StatusCode = StatusCode::$success;
            $(const TAKES_IDEMPOTENCY_KEY: bool = $once;)?
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
endpoint!(ViewAccount, GET => OK);
endpoint!(UpdateAccount, PATCH => OK);
endpoint!(ChangePassword, POST => NO_CONTENT);
endpoint!(ChangeEmail, POST => ACCEPTED);
endpoint!(ExportAccount, GET => OK);
endpoint!(DeleteAccount, POST => ACCEPTED);
endpoint!(ListOrders, GET => OK);
endpoint!(BlockCheck, POST => OK);
endpoint!(DeleteAccountByMerchant, POST => ACCEPTED);
endpoint!(ListAccounts, GET => OK);
endpoint!(FindAccounts, POST => OK);
endpoint!(ViewAccountByMerchant, GET => OK);
endpoint!(AnnotateAccount, POST => OK, once: true);
endpoint!(CreateBlock, POST => CREATED, once: true);
endpoint!(LiftBlock, POST => NO_CONTENT);
endpoint!(ListBlocks, GET => OK);
endpoint!(FindBlocks, POST => OK);
endpoint!(ViewBlock, GET => OK);
endpoint!(HoldAccount, POST => OK, once: true);
endpoint!(AllowMail, POST => OK);
endpoint!(RecordOrder, POST => OK);
endpoint!(ListOrdersByMerchant, POST => OK);
endpoint!(CreateKey, POST => CREATED, once: true);
endpoint!(RevokeKey, POST => NO_CONTENT);
endpoint!(ListKeys, GET => OK);
endpoint!(ListAudit, GET => OK);
endpoint!(ViewStore, GET => OK);
endpoint!(PreviewMail, POST => OK);
endpoint!(ConfigureStore, POST => OK);
endpoint!(InviteAccounts, POST => ACCEPTED, once: true);
endpoint!(CancelInvites, POST => OK);
endpoint!(ListInvites, GET => OK);
endpoint!(ViewInvites, GET => OK);

impl Endpoint for ImportAccounts {
    const METHOD: Method = Method::POST;
    const SUCCESS: StatusCode = StatusCode::OK;
    const BODY_BYTES_AT_MOST: usize = policy::IMPORT_BYTES_AT_MOST;
}

impl Endpoint for Jwks {
    const METHOD: Method = Method::GET;
    const SUCCESS: StatusCode = StatusCode::OK;
    /// As long as the functions keep the root: whoever fetches the keys knows of a rotation as soon as they do.
    const CACHED: Option<Duration> = Some(Duration::from_secs(300));
}
