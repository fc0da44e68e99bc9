//! The contract of accounts, sessions and keys, for every database.

mod credentials;
mod settings;

use std::sync::Arc;

use leaderport::admin::audit::AuditNote;
use leaderport::service::people::SESSION_MILLIS;
use leaderport::service::people::tokens::Tokens;
use leaderport::service::{Caller, Clock, Directory, Error, People, Proof, Records, Token};
use leaderport::{Account, Handle, KeyDraft, Password, PlayerId, PlayerName, Role, Scope};

use server::ledger::directory::SqlDirectory;
use server::ledger::records::SqlRecords;
use server::rate_limit::local::{Local, Quotas};

pub(crate) use self::credentials::*;
pub(crate) use self::settings::*;
use super::clock::{Counting, ManualClock};
use super::engines::LedgerHome;
use super::sample;

struct Known {
    people: Arc<People>,
    clock: Arc<ManualClock>,
}

async fn known(home: &dyn LedgerHome) -> Known {
    let clock = Arc::new(ManualClock::at(sample::noon(0)));
    Known {
        people: node(home, &clock).await,
        clock,
    }
}

/// A node over the database, with its own cache.
async fn node(home: &dyn LedgerHome, clock: &Arc<ManualClock>) -> Arc<People> {
    // Opening the ledger creates the tables.
    home.ledger().await;
    let people = People::new(
        Arc::new(SqlDirectory::new(home.database().await)),
        clock.clone(),
        Arc::new(Counting::default()),
        Arc::new(Local::new(&Quotas::default())),
        Tokens::new(
            &["a secret of at least thirty-two characters"],
            clock.clone(),
        ),
    );
    Arc::new(people)
}

fn player(id: &str) -> PlayerId {
    PlayerId::new(id).unwrap()
}

fn handle(text: &str) -> Handle {
    Handle::new(text).unwrap()
}

fn password(text: &str) -> Password {
    Password::new(text).unwrap()
}

fn caller(account: &Account) -> Caller {
    Caller::Person {
        player: account.player.clone(),
        role: account.role,
        proof: Proof::Cookie,
    }
}

impl Known {
    async fn sign_up(&self, id: &str, text: &str) -> Result<(Account, Token), Error> {
        let name = PlayerName::new("Ann").unwrap();
        let password = password("correct horse");
        self.people
            .sign_up(player(id), name, handle(text), password)
            .await
    }

    async fn sign_in(&self, who: &str, what: &str) -> Result<(Account, Token), Error> {
        self.people
            .sign_in(&handle(who), password(what), "127.0.0.1")
            .await
    }

    async fn account_of(&self, token: &Token) -> Option<Account> {
        self.people.of_session(token.expose()).await.unwrap()
    }
}

pub(crate) async fn sign_up_keeps_the_player_and_signs_in(home: &impl LedgerHome) {
    let known = known(home).await;
    assert!(
        !known
            .people
            .is_spent(&player("guest-1"), known.clock.now())
            .await
            .unwrap()
    );
    let (account, token) = known.sign_up("guest-1", "Ann").await.unwrap();
    assert_eq!(
        (account.player.as_str(), account.handle.as_str()),
        ("guest-1", "ann")
    );
    assert_eq!(
        (account.role, account.created_at),
        (Role::Player, known.clock.now())
    );
    assert_eq!(known.account_of(&token).await, Some(account.clone()));
    assert!(
        known
            .people
            .is_spent(&player("guest-1"), known.clock.now())
            .await
            .unwrap()
    );
    let other = node(home, &known.clock).await;
    assert_eq!(
        other.of_session(token.expose()).await.unwrap(),
        Some(account)
    );
}

pub(crate) async fn handle_and_player_belong_to_one_account(home: &impl LedgerHome) {
    let known = known(home).await;
    known.sign_up("guest-1", "ann").await.unwrap();
    let taken = known.sign_up("guest-2", "ANN").await.unwrap_err();
    assert_eq!(taken.code(), "handle_taken");
    let again = known.sign_up("guest-1", "bob").await.unwrap_err();
    assert_eq!(again.code(), "already_signed_up");
    // The database decides between concurrent sign-ups.
    let [one, two] = ["guest-3", "guest-4"].map(|id| known.sign_up(id, "cat"));
    let (one, two) = tokio::join!(one, two);
    assert_eq!(u8::from(one.is_ok()) + u8::from(two.is_ok()), 1);
}

pub(crate) async fn wrong_password_and_unknown_handle_get_the_same_error(home: &impl LedgerHome) {
    let known = known(home).await;
    let (account, _) = known.sign_up("guest-1", "ann").await.unwrap();
    for (who, what) in [("ann", "correct horsf"), ("bob", "correct horse")] {
        let refused = known.sign_in(who, what).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            Error::WrongCredentials.to_string()
        );
    }
    let signed_in = known.sign_in("ann", "correct horse");
    let (found, token) = signed_in.await.unwrap();
    assert_eq!(found, account);
    assert_eq!(known.account_of(&token).await, Some(account));
}

pub(crate) async fn session_ends_by_expiry_sign_out_and_sign_out_everywhere(
    home: &impl LedgerHome,
) {
    let known = known(home).await;
    let (account, first) = known.sign_up("guest-1", "ann").await.unwrap();
    let sign_in = async || {
        let signed_in = known.sign_in("ann", "correct horse");
        signed_in.await.unwrap().1
    };
    let second = sign_in().await;
    known.people.sign_out(first.expose()).await.unwrap();
    assert_eq!(known.account_of(&first).await, None);
    assert_eq!(known.account_of(&second).await, Some(account.clone()));
    known
        .people
        .sign_out_everywhere(&caller(&account))
        .await
        .unwrap();
    assert_eq!(known.account_of(&second).await, None);
    let third = sign_in().await;
    assert_eq!(known.account_of(&third).await, Some(account));
    known.clock.set(sample::noon(0).plus_millis(SESSION_MILLIS));
    assert_eq!(
        known.account_of(&third).await,
        None,
        "expired, also in the cache"
    );
    assert_eq!(known.account_of(&first).await, None);
    assert_eq!(known.people.of_session("").await.unwrap(), None);
}

pub(crate) async fn password_change_ends_earlier_sessions(home: &impl LedgerHome) {
    let known = known(home).await;
    let (account, first) = known.sign_up("guest-1", "ann").await.unwrap();
    let ann = caller(&account);
    let change = |now: &str| {
        let (now, new) = (password(now), password("battery staple"));
        known.people.change_password(&ann, now, new)
    };
    assert_eq!(
        change("wrong horse").await.unwrap_err().code(),
        "wrong_credentials"
    );
    assert!(known.account_of(&first).await.is_some());
    let second = change("correct horse").await.unwrap();
    assert_eq!(known.account_of(&first).await, None);
    assert_eq!(known.account_of(&second).await, Some(account));
    let old = known.sign_in("ann", "correct horse");
    assert_eq!(old.await.unwrap_err().code(), "wrong_credentials");
    let new = known.sign_in("ann", "battery staple");
    new.await.unwrap();
}

pub(crate) async fn sign_in_flood_is_refused_as_busy(home: &impl LedgerHome) {
    let known = known(home).await;
    known.sign_up("guest-1", "ann").await.unwrap();
    let storm = (0..200).map(|_| known.sign_in("ann", "correct horse"));
    let outcomes = futures::future::join_all(storm.map(Box::pin)).await;
    let (well, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
    assert!(
        !well.is_empty() && !refused.is_empty(),
        "{} got in",
        well.len()
    );
    for error in refused.into_iter().filter_map(Result::err) {
        assert!(matches!(error, Error::Busy), "{error:?}");
        assert!(error.retry_helps());
    }
    let after = known.sign_in("ann", "correct horse");
    after.await.unwrap();
}

pub(crate) async fn only_admins_assign_roles(home: &impl LedgerHome) {
    let known = known(home).await;
    let (ann, session) = known.sign_up("guest-1", "ann").await.unwrap();
    let people = &known.people;
    let refused = people
        .set_role(&caller(&ann), &ann.handle, Role::Admin)
        .await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    let made = people.make_account(
        &Caller::Operator,
        handle("root"),
        password("correct horse"),
        Role::Admin,
    );
    let root = caller(&made.await.unwrap());
    let ann = people
        .set_role(&root, &ann.handle, Role::Moderator)
        .await
        .unwrap();
    assert_eq!(ann.role, Role::Moderator);
    assert_eq!(
        known.account_of(&session).await,
        Some(ann.clone()),
        "the session has the new role at once"
    );
    let listed = people.accounts(&root, None).await.unwrap();
    assert_eq!(
        listed.iter().map(|a| a.handle.as_str()).collect::<Vec<_>>(),
        ["ann", "root"]
    );
    let listed = people.accounts(&root, Some(&ann.handle)).await.unwrap();
    assert_eq!(listed.len(), 1);
    assert_eq!(
        people
            .accounts(&caller(&ann), None)
            .await
            .unwrap_err()
            .code(),
        "forbidden"
    );
    let unknown = people.set_role(&root, &handle("nobody"), Role::Admin).await;
    assert_eq!(unknown.unwrap_err().code(), "unknown_account");
}

pub(crate) async fn account_with_a_former_role_is_a_player(home: &impl LedgerHome) {
    let known = known(home).await;
    let (ann, session) = known.sign_up("guest-1", "ann").await.unwrap();
    let database = home.database().await;
    let store = sqlx::query("UPDATE accounts SET role = 'viewer'");
    database.execute(store).await.unwrap();
    let node = node(home, &known.clock).await;
    let read = node.of_session(session.expose()).await.unwrap();
    assert_eq!(read, Some(ann.clone()));
    assert_eq!(ann.role, Role::Player);
    let listed = node.accounts(&Caller::Operator, None).await.unwrap();
    assert_eq!(listed.len(), 1);
    let records = SqlRecords::new(database);
    assert_eq!(
        records.player(&ann.player).await.unwrap().role,
        Role::Player
    );
    let ruled = records.highest_role(&[ann.player], &[]).await.unwrap();
    assert_eq!(ruled, Role::Player);
}

pub(crate) async fn odd_names_read_back_unchanged(home: &impl LedgerHome) {
    let known = known(home).await;
    let (account, session) = known.sign_up("o'brien\"; --", "ann").await.unwrap();
    let name = PlayerName::new("Zoë 👩‍🚀 '); DROP").unwrap();
    let ann = caller(&account);
    known.people.remember_name(&ann, &name).await.unwrap();
    let found = known.account_of(&session).await.unwrap();
    assert_eq!((found.player, found.name), (account.player, name));
}

pub(crate) async fn sign_out_everywhere_ends_sessions_cookies_and_tokens(home: &impl LedgerHome) {
    let known = known(home).await;
    let who = player("guest-1");
    let guest = Caller::guest(who.clone());
    let (guests, _) = known.people.make_token(&guest, &who).await.unwrap();
    let given_at = known.clock.now();
    known.people.of_token(&guests).await.unwrap();
    assert!(!known.people.is_spent(&who, given_at).await.unwrap());
    // The other node cached nothing, so it reads the change from the database.
    let other = node(home, &known.clock).await;
    known.people.sign_out_everywhere(&guest).await.unwrap();
    for people in [&known.people, &other] {
        let refused = people.of_token(&guests).await.unwrap_err();
        assert_eq!(refused.code(), "bad_token", "a guest's token");
        assert!(people.is_spent(&who, given_at).await.unwrap(), "a cookie");
    }
    let later = given_at.plus_millis(1);
    assert!(!known.people.is_spent(&who, later).await.unwrap());
    // With an account, a token ends with the sessions, and with the password.
    known.clock.set(sample::noon(1));
    let (account, _) = known.sign_up("guest-1", "ann").await.unwrap();
    let ann = caller(&account);
    for second in [30, 60] {
        known.clock.set(sample::noon(second));
        let (token, _) = known.people.make_token(&ann, &who).await.unwrap();
        known.people.of_token(&token).await.unwrap();
        known.clock.set(sample::noon(second).plus_millis(2_000));
        if second == 30 {
            known.people.sign_out_everywhere(&ann).await.unwrap();
        } else {
            let (now, new) = (password("correct horse"), password("battery staple"));
            known.people.change_password(&ann, now, new).await.unwrap();
        }
        let refused = known.people.of_token(&token).await.unwrap_err();
        assert_eq!(refused.code(), "bad_token");
        // No token is issued while another node's cache may be stale.
        let soon = known.people.make_token(&ann, &who).await.unwrap_err();
        assert!(soon.retry_helps(), "{soon:?}");
    }
}

pub(crate) async fn session_starts_only_with_the_current_password(home: &impl LedgerHome) {
    let known = known(home).await;
    let (ann, _) = known.sign_up("guest-1", "ann").await.unwrap();
    let directory: Arc<dyn Directory> = Arc::new(SqlDirectory::new(home.database().await));
    let (_, hash) = directory.account_of(&ann.handle).await.unwrap().unwrap();
    let note = AuditNote {
        at: known.clock.now(),
        actor: "ann".to_owned(),
        action: "change_password",
        target: "guest-1".to_owned(),
        before: None,
        after: None,
        reason: String::new(),
    };
    directory
        .set_password(&ann.player, "another hash", &note)
        .await
        .unwrap();
    let (now, end) = (known.clock.now(), sample::noon(60));
    let begin = |hash: &str| {
        let hash = hash.to_owned();
        let (directory, player) = (directory.clone(), ann.player.clone());
        async move {
            directory
                .add_session([7; 32], &player, &hash, now, end)
                .await
        }
    };
    assert!(
        !begin(&hash).await.unwrap(),
        "the password changed after its verification"
    );
    assert!(directory.session([7; 32], now).await.unwrap().is_none());
    assert!(begin("another hash").await.unwrap());
    assert!(directory.session([7; 32], now).await.unwrap().is_some());
}
