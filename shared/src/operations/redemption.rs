//! A right code, made to count once.

use std::collections::BTreeMap;

use super::{
    Context, Fault,
    blocking::{self, refuse_blocked},
    context::Keys,
    deletion,
    occasion::Occasion,
    posting,
    session_answer::{NewSession, SessionAnswer, SignedIn},
    signing_in::{ATTEMPTS, still_standing},
    verify_code::Error,
};
use crate::{
    crypto::random,
    domain::{
        account::{Account, StoredPassword, revocation},
        address_keys::AddressKeys,
        audit::Action,
        block::{BlockEntry, BlockName},
        challenge::{Challenge, SignUpForm},
        client_address::ClientAddress,
        email_prefix::EmailPrefix,
        identifier::{AccountId, SessionId},
        mail::Letter,
        mailbox::Mailbox,
        profile::{MarketingConsent, Profile},
        session::Proof,
        shop::Shop,
        shop_slug::ShopSlug,
        timestamp::Timestamp,
        user_agent::UserAgent,
    },
    store::{
        accounts::{self, SignIn},
        blocks, challenges,
        profiles::{self, ProfileChange},
        read::Found,
        table::{PartRefused, Transacted},
        write::Write,
    },
};

/// A code that was right: what is left is to make it count once, for the account as it was when the code was sent.
pub(super) struct Redemption<'a> {
    pub(super) context: &'a Context,
    pub(super) slug: &'a ShopSlug,
    pub(super) shop: &'a Shop,
    pub(super) keys: &'a Keys,
    pub(super) address: AddressKeys,
    pub(super) challenge: &'a Challenge,
    pub(super) user_agent: Option<UserAgent>,
    pub(super) client: ClientAddress,
    pub(super) now: Timestamp,
}

impl Redemption<'_> {
    /// Signs in to the account, or opens one at an address that has none.
    pub(super) async fn redeem(&self, mut found: Found) -> Result<SessionAnswer, Error> {
        let account = found.account.take();
        if account.as_ref().map(Account::standing) != self.challenge.standing {
            return self.after_a_change(found).await;
        }
        refuse_blocked(&found, account.as_ref(), self.now)?;
        let new = self.session()?;
        match account {
            Some(account) => self.sign_in(account, found, &new).await,
            None => self.open(found, &new).await,
        }
    }

    /// The answer that shows the session which has begun.
    pub(super) fn begun(&self, account: &Account, new: &NewSession, is_new: bool) -> Result<SessionAnswer, Error> {
        Ok(SignedIn { slug: self.slug, shop: self.shop, account, is_new }.begun(self.keys, new, self.now)?)
    }

    /// Where and when it is redeemed.
    pub(super) fn occasion(&self) -> Occasion<'_> {
        Occasion { shop: self.slug, from: self.client, at: self.now }
    }

    /// The session that begins.
    pub(super) fn session(&self) -> Result<NewSession, Fault> {
        let (id, root) = (SessionId::from_random(random::bytes()?), &self.keys.root);
        let token = root.refresh_token_of_proof(root.current(), self.slug, self.address.clone(), id, &self.challenge.seed);
        let token = token.ok_or(Fault::RetiredRoot)?;
        Ok(NewSession::with_token(token, Proof::Code, self.user_agent.clone(), self.shop.session_lifetime(), self.now))
    }

    /// What staff find the address by.
    pub(super) fn search(&self) -> String {
        self.keys.index.search(self.slug, &EmailPrefix::of(&self.challenge.email))
    }

    /// The blocks that name the address: what keeps it from buying keeps its new account from it too.
    pub(super) fn blocks_of_address(&self, found: &Found) -> Vec<BlockEntry> {
        let names = blocking::filed_under(&self.keys.index, self.slug, BlockName::mailbox(&self.address));
        let standing = |block: &&BlockEntry| block.stands(self.now);
        let blocks = names.into_iter().flat_map(|name| found.blocks_under(&name).iter().filter(standing).cloned().collect::<Vec<_>>());
        // One that is filed under the address and the folded one is still one.
        let by_id: BTreeMap<_, _> = blocks.map(|block| (block.block_id.clone(), block)).collect();
        by_id.into_values().collect()
    }

    /// The writes by which an account comes to stand at the address: a block that has come since the read must not be
    /// outrun, and those that stand name the account from now on.
    pub(super) fn blocks_follow(&self, found: &Found, account: &AccountId, blocks: &[BlockEntry]) -> Result<Vec<Write>, Fault> {
        let by_email = self.keys.index.block(self.slug, &BlockName::Email(self.address.key));
        let mut writes = vec![blocks::unchanged(self.slug, &by_email, found.block_revision(&by_email))?];
        let by_account = self.keys.index.block(self.slug, &BlockName::Account(account.clone()));
        writes.extend(blocks::follow(self.slug, account, &by_account, blocks, self.now)?);
        Ok(writes)
    }

    async fn sign_in(&self, mut account: Account, found: Found, new: &NewSession) -> Result<SessionAnswer, Error> {
        let before = account.standing();
        for _ in 0..ATTEMPTS {
            let form = Some(&self.challenge.form).filter(|_| account.can_be_taken_up());
            let sign_in = SignIn {
                session_id: &new.id,
                session: &new.session,
                password: form.and_then(|form| form.password.as_ref()),
                name: form.and_then(|form| form.name.as_ref()),
                locale: form.and_then(|form| form.locale.as_ref()),
            };
            let mut writes = vec![
                challenges::redeem(self.slug, self.challenge, &new.redeemed(false), self.now)?,
                accounts::sign_in(self.slug, &self.address.key, &account, &sign_in, self.now)?,
            ];
            if let Some(consent) = form.and_then(|form| self.consent(form)) {
                let consent = ProfileChange { marketing_consent: Some(&consent), ..ProfileChange::default() };
                writes.push(profiles::change(self.slug, &self.address.key, &consent)?);
            }
            writes.push(self.occasion().recorded_sign_in(&account.id, Action::SIGN_IN_BY_CODE, &new.id)?);
            writes.extend(deletion::reopened(self.slug, &account, self.now)?);
            writes.extend(self.removal_of_unproved(&account, &account, sign_in.password)?);
            let refused = match self.context.table.transact(writes).await? {
                Transacted::Done => {
                    account.devices_revoked_at = account.password_unproved.then(|| revocation(self.now)).or(account.devices_revoked_at);
                    account.name = sign_in.name.cloned().or(account.name);
                    account.locale = sign_in.locale.cloned().or(account.locale);
                    return self.begun(&account, new, false);
                }
                Transacted::Refused(parts) => parts,
            };
            let mut refused = refused.into_iter();
            let (challenge, of_account) = (refused.next(), refused.next());
            let (Some(PartRefused::No), Some(PartRefused::Yes(item))) = (&challenge, of_account) else {
                return self.after_another(challenge, found).await;
            };
            account = still_standing(&before, accounts::refusing(item)?).ok_or(Error::Expired)?;
        }
        Err(Fault::Contended.into())
    }

    /// What goes with a proof that removes an account's unproved password, if this is one: the event, and a notice to the customer
    /// at their address by then. A proof that sets another password, or a store without passwords, needs no notice.
    pub(super) fn removal_of_unproved(
        &self,
        before: &Account,
        after: &Account,
        next: Option<&StoredPassword>,
    ) -> Result<Vec<Write>, Fault> {
        if !before.password_unproved {
            return Ok(Vec::new());
        }
        let mut writes = vec![self.occasion().recorded(&before.id, Action::UNPROVED_PASSWORD_REMOVED)?];
        if next.is_none() && self.shop.sign_in_by.password() {
            writes.push(posting::notice(self.slug, after, Letter::PasswordRemoved, self.now)?);
        }
        Ok(writes)
    }

    fn consent(&self, form: &SignUpForm) -> Option<MarketingConsent> {
        let given = form.marketing_consent?;
        Some(MarketingConsent { given, at: Some(self.now), source: "create-account".to_owned() })
    }

    async fn open(&self, found: Found, new: &NewSession) -> Result<SessionAnswer, Error> {
        if !self.shop.sign_up_open {
            return Err(Error::SignUpClosed);
        }
        let form = self.challenge.form.clone();
        let id = AccountId::from_random(random::bytes()?);
        let mut account = Account::open(id, self.challenge.email.clone(), form.password, form.name, form.locale, self.now);
        account.sessions.insert(new.id.clone(), new.session.clone());
        account.mailbox = Mailbox::trusted(self.now);
        account.blocks = self.blocks_of_address(&found);
        let profile = Profile { marketing_consent: self.consent(&self.challenge.form), ..Profile::default() };

        let mut writes = vec![
            challenges::redeem(self.slug, self.challenge, &new.redeemed(true), self.now)?,
            posting::notice(self.slug, &account, Letter::AccountCreated, self.now)?,
        ];
        writes.extend(accounts::open(self.slug, &self.address.key, &self.search(), &account, &profile)?);
        writes.extend(self.blocks_follow(&found, &account.id, &account.blocks)?);
        writes.push(self.occasion().recorded_sign_in(&account.id, Action::SIGN_UP, &new.id)?);
        match self.context.table.transact(writes).await? {
            Transacted::Done => self.begun(&account, new, true),
            Transacted::Refused(parts) => self.after_another(parts.into_iter().next(), found).await,
        }
    }
}
