//! Everything that a shop, its customers and its attackers do, from the outside: events in; answers, mails and table
//! out. One binary, for it links the AWS SDK once.

#![expect(clippy::indexing_slicing, reason = "a test that looks in the wrong place fails, as it should")]

mod agreement;
mod annotate_account;
mod at_rest;
mod block_check;
mod change_email;
mod change_email_races;
mod change_password;
mod cli;
mod create_account;
mod create_key;
mod create_store;
mod delete_account;
mod delete_account_by_merchant;
mod endings;
mod export_account;
mod faults;
mod floods;
mod floors;
mod folded_blocks;
mod forged_tokens;
mod forgot_password;
mod hold_account;
mod jwks;
mod legacy_passwords;
mod list_audit;
mod list_keys;
mod local_shop;
mod login;
mod logout;
mod logs;
mod longer_codes;
mod mail_floods;
mod mails;
mod misdirected_mails;
mod nonsense;
mod one_class_of_answer;
mod openapi;
mod planted_sign_ups;
mod purposes;
mod races;
mod recover_store;
mod refresh_session;
mod reset_password;
mod revoke_key;
mod roles;
mod round_trips;
mod send_code;
mod send_mail;
mod stolen_table;
mod takeovers;
mod update_account;
mod verify_code;
mod view_account;
