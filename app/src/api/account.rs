//! Server functions of the account page: who I am, and how that becomes known.

use leaderport::{Handle, PlayerId, PlayerName, Role};
#[cfg(feature = "ssr")]
use leaderport::{ScoreFormat, SubmissionRecord};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

use crate::error::PageError;

/// Who is reading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reader {
    /// Who they are on boards.
    pub player: PlayerId,
    /// How boards show them.
    pub name: PlayerName,
    /// What they sign in by; none for a guest.
    pub handle: Option<Handle>,
    /// What they may do.
    pub role: Role,
    /// Whether they sign in by a password.
    pub has_password: bool,
}

/// Who is reading; none for strangers. While the ledger is away everybody is one.
#[cfg(feature = "ssr")]
pub async fn load_reader() -> Option<Reader> {
    backend::reader().await
}

/// What the button to sign in by a provider says, where one is configured.
#[cfg(feature = "ssr")]
#[must_use]
pub fn provider() -> Option<String> {
    super::request::Request::current().visitors.provider()
}

/// Makes an account of the guest who asks, or of a newcomer, and signs in.
///
/// # Errors
/// A bad value, a taken handle, somebody who has an account, or the ledger is away.
#[server(prefix = "/_fn", endpoint = "sign-up")]
pub async fn sign_up(name: String, handle: String, password: String) -> Result<(), PageError> {
    backend::sign_up(&name, &handle, &password).await
}

/// Signs in.
///
/// # Errors
/// Wrong credentials, too many at once, or the ledger is away.
#[server(prefix = "/_fn", endpoint = "sign-in")]
pub async fn sign_in(handle: String, password: String) -> Result<(), PageError> {
    backend::sign_in(&handle, &password).await
}

/// Signs out, here or everywhere.
///
/// # Errors
/// When the ledger is away: a session that cannot be ended is not said to be.
#[server(prefix = "/_fn", endpoint = "sign-out")]
pub async fn sign_out(#[server(default)] everywhere: bool) -> Result<(), PageError> {
    backend::sign_out(everywhere).await
}

/// Changes the reader's password; every other session of theirs ends.
///
/// # Errors
/// A wrong password of now, a bad new one, or the ledger is away.
#[server(prefix = "/_fn", endpoint = "password")]
pub async fn change_password(current: String, new: String) -> Result<(), PageError> {
    backend::change_password(&current, &new).await
}

/// Gives the reader another name, on every board.
///
/// # Errors
/// A bad name, one that a moderator gave, or the ledger is away.
#[server(prefix = "/_fn", endpoint = "rename")]
pub async fn rename(name: String) -> Result<(), PageError> {
    backend::rename(&name).await
}

/// Erases the reader for ever: account, name, scores.
///
/// # Errors
/// A wrong password, who is a stranger, or the ledger is away.
#[server(prefix = "/_fn", endpoint = "erase")]
pub async fn erase(#[server(default)] password: String) -> Result<(), PageError> {
    backend::erase(&password).await
}

/// The newest submissions of the reader, each with how its board shows scores.
///
/// # Errors
/// Who is a stranger, or the ledger is away.
#[cfg(feature = "ssr")]
pub async fn load_own_submissions() -> Result<Vec<(SubmissionRecord, ScoreFormat)>, PageError> {
    backend::own_submissions().await
}

#[cfg(feature = "ssr")]
mod backend {
    use leaderport::service::{Caller, Error};
    use leaderport::{
        Handle, InvalidValue, Password, PlayerName, Role, ScoreFormat, SubmissionRecord,
    };

    use super::super::request::Request;
    use super::Reader;
    use crate::api::visitor::Visitor;
    use crate::error::PageError;

    pub(super) async fn reader() -> Option<Reader> {
        let request = Request::current();
        let visitor = request.reader().await?;
        let has_password = match &visitor.account {
            // While that cannot be found out, a password is asked for.
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

    pub(super) async fn sign_up(name: &str, handle: &str, password: &str) -> Result<(), PageError> {
        let request = Request::current();
        let read = || -> Result<_, InvalidValue> {
            let password = Password::new(password)?;
            // A password that was typed there by mistake comes back nowhere.
            let handle = Handle::new(handle).map_err(|e| InvalidValue {
                value: "(not shown)".to_owned(),
                ..e
            })?;
            Ok((PlayerName::new(name)?, handle, password))
        };
        let signed_up = async {
            let (name, handle, password) = read()?;
            let player = match request.visitor().await? {
                Some(visitor) => visitor.player,
                None => request.visitors.newcomer(name.clone(), None).player,
            };
            let people = &request.people;
            people.sign_up(player, name, handle, password).await
        };
        let (_, token) = request.with_status(signed_up.await)?;
        request.set_cookies(request.visitors.begin(&token));
        Ok(())
    }

    pub(super) async fn sign_in(handle: &str, password: &str) -> Result<(), PageError> {
        let request = Request::current();
        let signed_in = async {
            // Whatever cannot be a handle or a password is nobody's.
            let wrong = |_| Error::WrongCredentials;
            let handle = Handle::new(handle).map_err(wrong)?;
            let password = Password::new(password).map_err(wrong)?;
            request.people.sign_in(&handle, password).await
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

    /// The reader, who must be one: a guest, or somebody signed in.
    async fn known(request: &Request) -> Result<Visitor, Error> {
        let visitor = request.visitor().await?;
        let needs = "this needs a player; submit a score, or sign in";
        visitor.ok_or_else(|| Error::Unauthorized(needs.to_owned()))
    }

    pub(super) async fn rename(name: &str) -> Result<(), PageError> {
        let request = Request::current();
        let renamed = async {
            let visitor = known(&request).await?;
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
            let visitor = known(&request).await?;
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
            let visitor = known(&request).await?;
            let (caller, player) = (visitor.caller(), &visitor.player);
            let service = &request.leaderboards;
            let submissions = service.submissions(&caller, player, None, None).await?;
            Ok(request.with_formats(submissions))
        };
        request.with_status(read.await)
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
