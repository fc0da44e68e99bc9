//! Server functions of the account page: sign-up, sign-in, name, password and erasure.

use leaderport::{Handle, PlayerId, PlayerName, Role};
#[cfg(feature = "ssr")]
use leaderport::{ScoreFormat, SubmissionRecord};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::PageError;

/// The reader of a page (the person at the browser): a guest or a signed-in player.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// The reader's player.
    pub player: PlayerId,
    /// The player's name.
    pub name: PlayerName,
    /// The handle for signing in; none for a guest.
    pub handle: Option<Handle>,
    /// The reader's role.
    pub role: Role,
    /// Whether the account has a password.
    pub has_password: bool,
}

/// The reader; none if they are unknown, or while the ledger is down.
#[cfg(feature = "ssr")]
pub async fn load_reader() -> Option<Reader> {
    backend::reader().await
}

/// Whether the address that got the request has the admin page. Operators may have an address of
/// their own for it.
#[cfg(feature = "ssr")]
#[must_use]
pub fn has_admin_page() -> bool {
    crate::api::request::Request::current().has_admin_page
}

/// The name of the sign-in provider, if one is configured.
#[cfg(feature = "ssr")]
#[must_use]
pub fn provider() -> Option<String> {
    crate::api::request::Request::current().visitors.provider()
}

/// Creates an account for the calling guest, or for a new player, and signs in.
///
/// A guest keeps their name on boards if `name` equals `shown_name`, the name in the field when the
/// page was rendered.
///
/// # Errors
/// Fails on an invalid value, a taken handle, if the reader has an account, or if the ledger is
/// down.
#[server(prefix = "/_fn", endpoint = "sign-up")]
pub async fn sign_up(
    name: String,
    #[server(default)] shown_name: String,
    handle: String,
    password: String,
) -> Result<(), PageError> {
    backend::sign_up((&name, &shown_name), &handle, &password).await
}

/// Signs in.
///
/// # Errors
/// Fails on wrong credentials, too many concurrent attempts, or if the ledger is down.
#[server(prefix = "/_fn", endpoint = "sign-in")]
pub async fn sign_in(handle: String, password: String) -> Result<(), PageError> {
    backend::sign_in(&handle, &password).await
}

/// Signs out in this browser, or everywhere.
///
/// # Errors
/// Fails if the ledger is down, because the session is still valid then.
#[server(prefix = "/_fn", endpoint = "sign-out")]
pub async fn sign_out(#[server(default)] everywhere: bool) -> Result<(), PageError> {
    backend::sign_out(everywhere).await
}

/// Changes the reader's password and ends all the reader's other sessions.
///
/// # Errors
/// Fails on a wrong current password, an invalid new one, or if the ledger is down.
#[server(prefix = "/_fn", endpoint = "password")]
pub async fn change_password(current: String, new: String) -> Result<(), PageError> {
    backend::change_password(&current, &new).await
}

/// Renames the reader on all boards.
///
/// # Errors
/// Fails on an invalid name, if a moderator has set the name, or if the ledger is down.
#[server(prefix = "/_fn", endpoint = "rename")]
pub async fn rename(name: String) -> Result<(), PageError> {
    backend::rename(&name).await
}

/// Erases the reader's account, name and scores. It cannot be undone.
///
/// # Errors
/// Fails on a wrong password, if the reader is unknown, or if the ledger is down.
#[server(prefix = "/_fn", endpoint = "erase")]
pub async fn erase(#[server(default)] password: String) -> Result<(), PageError> {
    backend::erase(&password).await
}

/// The newest submissions of the reader, each with the score format of its board.
///
/// # Errors
/// Fails if the reader is unknown, or if the ledger is down.
#[cfg(feature = "ssr")]
pub async fn load_own_submissions() -> Result<Vec<(SubmissionRecord, ScoreFormat)>, PageError> {
    backend::own_submissions().await
}

/// A sentence for a reader whose scores a moderator ruled on.
#[cfg(feature = "ssr")]
pub async fn load_review() -> Option<&'static str> {
    backend::review().await
}

#[cfg(feature = "ssr")]
mod backend {
    use leaderport::service::{Caller, Error};
    use leaderport::{
        Handle, InvalidValue, Password, PlayerName, Role, ScoreFormat, SubmissionRecord,
    };

    use super::Reader;
    use crate::api::reader::settings::{keep_at_sign_up, settings};
    use crate::api::request::Request;
    use crate::api::visitor::{Visitor, review_notice};
    use crate::core::submit::typed_name::typed_name;
    use crate::error::PageError;

    pub(super) async fn reader() -> Option<Reader> {
        let request = Request::current();
        let visitor = request.reader().await?;
        let has_password = match &visitor.account {
            // While the ledger is down, assume that the account has a password.
            Some(account) => request
                .people
                .has_password(&account.player)
                .await
                .unwrap_or(true),
            None => false,
        };
        let account = visitor.account.as_ref();
        Some(Reader {
            has_password,
            role: account.map_or(Role::Player, |a| a.role),
            handle: account.map(|a| a.handle.clone()),
            player: visitor.player,
            name: visitor.name,
        })
    }

    pub(super) async fn sign_up(
        (name, shown_name): (&str, &str),
        handle: &str,
        password: &str,
    ) -> Result<(), PageError> {
        let request = Request::current();
        let kept = settings();
        let read = || -> Result<_, InvalidValue> {
            let password = Password::new(password)?;
            // The field may contain a mistyped password, so errors and logs never repeat it.
            let handle = Handle::new(handle).map_err(|e| InvalidValue {
                value: "(not shown)".to_owned(),
                ..e
            })?;
            let typed = typed_name(name, shown_name)?;
            Ok((PlayerName::new(name)?, typed, handle, password))
        };
        let signed_up = async {
            let (name, typed, handle, password) = read()?;
            let guest = request.visitor().await?;
            let player = match &guest {
                Some(guest) => guest.player.clone(),
                None => request.visitors.newcomer(name.clone(), None).player,
            };
            let people = &request.people;
            let signed_up = people.sign_up(player, name, handle, password).await?;
            if let (Some(guest), Some(name)) = (guest, typed) {
                rename_guest(&request, &guest, name).await;
            }
            Ok(signed_up)
        };
        let (account, token) = request.with_status(signed_up.await)?;
        keep_at_sign_up(&request, &kept, &account).await;
        request.set_cookies(request.visitors.begin(&token));
        Ok(())
    }

    /// Gives a guest the name that they typed at sign-up. The account exists, so a refusal only keeps
    /// the former name.
    async fn rename_guest(request: &Request, guest: &Visitor, name: PlayerName) {
        let service = &request.leaderboards;
        match service.rename(&guest.caller(), &guest.player, name).await {
            Ok(()) => request.people.forget(&guest.player),
            Err(error) => {
                leptos::logging::warn!("a name typed at sign-up is not set: {error:?}");
            }
        }
    }

    pub(super) async fn sign_in(handle: &str, password: &str) -> Result<(), PageError> {
        let request = Request::current();
        let signed_in = async {
            // No account can have an invalid handle or password, so the credentials are wrong.
            let wrong = |_| Error::WrongCredentials;
            let handle = Handle::new(handle).map_err(wrong)?;
            let password = Password::new(password).map_err(wrong)?;
            let from = request.address();
            request.people.sign_in(&handle, password, from).await
        };
        let (_, token) = request.with_status(signed_in.await)?;
        request.set_cookies(request.visitors.begin(&token));
        Ok(())
    }

    pub(super) async fn sign_out(everywhere: bool) -> Result<(), PageError> {
        let request = Request::current();
        let signed_out = async {
            let visitor = request.visitor().await?;
            if let Some(visitor) = visitor.filter(|_| everywhere) {
                request
                    .people
                    .sign_out_everywhere(&visitor.caller())
                    .await?;
            }
            match request.session() {
                Some(session) => request.people.sign_out(&session).await,
                None => Ok(()),
            }
        };
        request.with_status(signed_out.await)?;
        request.set_cookies(request.visitors.end());
        Ok(())
    }

    /// The visitor of a request. An unknown visitor is refused.
    async fn require_visitor(request: &Request) -> Result<Visitor, Error> {
        let visitor = request.visitor().await?;
        let needs = "this needs a player; submit a score, or sign in";
        visitor.ok_or_else(|| Error::Unauthorized(needs.to_owned()))
    }

    pub(super) async fn rename(name: &str) -> Result<(), PageError> {
        let request = Request::current();
        let renamed = async {
            let visitor = require_visitor(&request).await?;
            let name = PlayerName::new(name)?;
            let service = &request.leaderboards;
            let (caller, player) = (visitor.caller(), &visitor.player);
            service.rename(&caller, player, name.clone()).await?;
            request.people.forget(player);
            Ok(Visitor { name, ..visitor })
        };
        let visitor = request.with_status(renamed.await)?;
        if visitor.account.is_none() {
            request.set_cookies(request.visitors.remember(&visitor));
        }
        Ok(())
    }

    pub(super) async fn erase(password: &str) -> Result<(), PageError> {
        let request = Request::current();
        let erased = async {
            let visitor = require_visitor(&request).await?;
            let caller = visitor.caller();
            request.people.confirm(&caller, password).await?;
            let service = &request.leaderboards;
            service.erase(&caller, &visitor.player).await?;
            request.people.forget(&visitor.player);
            Ok(())
        };
        request.with_status(erased.await)?;
        request.set_cookies(request.visitors.end());
        Ok(())
    }

    pub(super) async fn own_submissions() -> Result<Vec<(SubmissionRecord, ScoreFormat)>, PageError>
    {
        let request = Request::current();
        let read = async {
            let visitor = require_visitor(&request).await?;
            let (caller, player) = (visitor.caller(), &visitor.player);
            let service = &request.leaderboards;
            let submissions = service.submissions(&caller, player, None, None).await?;
            Ok(request.with_formats(submissions))
        };
        request.with_status(read.await)
    }

    pub(super) async fn review() -> Option<&'static str> {
        let request = Request::current();
        let caller = request.reader().await?.caller();
        let review = request.leaderboards.review(&caller, None).await;
        review.map(review_notice)
    }

    pub(super) async fn change_password(current: &str, new: &str) -> Result<(), PageError> {
        let request = Request::current();
        let changed = async {
            let caller = request.visitor().await?.map(|v| v.caller());
            let caller = caller.unwrap_or(Caller::Nobody);
            let current = Password::new(current).map_err(|_| Error::WrongCredentials)?;
            let new = Password::new(new).map_err(|e| e.of("new"))?;
            request.people.change_password(&caller, current, new).await
        };
        let token = request.with_status(changed.await)?;
        request.set_cookies(request.visitors.begin(&token));
        Ok(())
    }
}
