//! The forms of the account page: they say what is wrong without losing what was typed.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::{Deserialize, Serialize};

use crate::api::account::{ChangePassword, Erase, Reader, Rename, SignIn, SignOut, SignUp};
use crate::error::PageError;

/// Signing in by somebody else's word.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// Who that is, where one is configured.
    pub name: Option<String>,
    /// Whether it has just been tried in vain.
    pub is_refused: bool,
}

/// The forms for strangers, guests, and who signed in.
#[island(lazy)]
pub fn AccountIsland(reader: Option<Reader>, provider: Provider) -> impl IntoView {
    let own = reader.clone().map(|reader| view! { <Own reader /> });
    let who = match reader {
        Some(reader) if reader.handle.is_some() => view! { <SignedIn reader /> }.into_any(),
        reader => view! { <Stranger guest=reader provider /> }.into_any(),
    };
    view! { {who} {own} }
}

#[component]
fn Stranger(guest: Option<Reader>, provider: Provider) -> impl IntoView {
    let name = guest.as_ref().map(|g| g.name.to_string());
    let promise = match &name {
        Some(name) => format!(
            "You play as {name}, known to this browser alone. An account keeps your ranks, and you can sign in anywhere."
        ),
        None => "An account keeps your ranks, and you can sign in anywhere. No e-mail is needed."
            .to_owned(),
    };
    let up = ServerAction::<SignUp>::new();
    let into = ServerAction::<SignIn>::new();
    view! {
        <h1>"Your account"</h1>
        <ByProvider provider />
        <div class="account-forms">
            <section class="panel" aria-labelledby="sign-up">
                <h2 id="sign-up">"Sign up"</h2>
                <p class="quiet">{promise}</p>
                <ActionForm action=up attr:class="submit">
                    <label for="up-name">"Name on boards"</label>
                    <input id="up-name" name="name" required maxlength="40" autocomplete="nickname" value=name.unwrap_or_default() />
                    <label for="up-handle">"Handle, to sign in by"</label>
                    <input id="up-handle" name="handle" required minlength="3" maxlength="24" autocomplete="username" autocapitalize="none" spellcheck="false" />
                    <label for="up-password">"Password, at least 10 characters"</label>
                    <input id="up-password" name="password" type="password" required minlength="10" maxlength="256" autocomplete="new-password" />
                    <button type="submit" class="button">"Sign up"</button>
                </ActionForm>
                <Outcome action=up />
            </section>
            <section class="panel" aria-labelledby="sign-in">
                <h2 id="sign-in">"Sign in"</h2>
                {guest.map(|_| view! { <p class="quiet">"What this browser's guest has reached stays with the guest."</p> })}
                <ActionForm action=into attr:class="submit">
                    <label for="in-handle">"Handle"</label>
                    <input id="in-handle" name="handle" required maxlength="24" autocomplete="username" autocapitalize="none" spellcheck="false" />
                    <label for="in-password">"Password"</label>
                    <input id="in-password" name="password" type="password" required maxlength="256" autocomplete="current-password" />
                    <button type="submit" class="button">"Sign in"</button>
                </ActionForm>
                <Outcome action=into />
            </section>
        </div>
    }
}

/// Signing in by somebody else's word, where that is configured.
#[component]
fn ByProvider(provider: Provider) -> impl IntoView {
    let refused = "Signing in that way did not work. Try again, or sign in by handle and password.";
    view! {
        {provider.is_refused.then(|| view! { <p class="said" role="alert" data-said="refused">{refused}</p> })}
        {provider.name.map(|name| view! {
            <p><a class="button" href="/oidc/begin">{format!("Sign in with {name}")}</a></p>
        })}
    }
}

#[component]
fn SignedIn(reader: Reader) -> impl IntoView {
    let has_password = reader.has_password;
    let handle = reader.handle.map(|h| h.to_string()).unwrap_or_default();
    let out = ServerAction::<SignOut>::new();
    let everywhere = ServerAction::<SignOut>::new();
    let password = ServerAction::<ChangePassword>::new();
    view! {
        <h1>{reader.name.to_string()}</h1>
        <div class="account-forms">
            <section class="panel" aria-labelledby="who">
                <h2 id="who">"You are signed in"</h2>
                <dl class="who">
                    <div><dt>"Handle"</dt><dd>{handle.clone()}</dd></div>
                    <div><dt>"Role"</dt><dd>{reader.role.as_str()}</dd></div>
                </dl>
                <div class="account-buttons">
                    <ActionForm action=out>
                        <button type="submit" class="button">"Sign out"</button>
                    </ActionForm>
                    <ActionForm action=everywhere>
                        <input type="hidden" name="everywhere" value="true" />
                        <button type="submit" class="button quiet-button">"Sign out everywhere"</button>
                    </ActionForm>
                </div>
                <Outcome action=out />
                <Outcome action=everywhere />
            </section>
            {has_password.then(|| view! { <section class="panel" aria-labelledby="change">
                <h2 id="change">"Change your password"</h2>
                <p class="quiet">"Other browsers are signed out."</p>
                <ActionForm action=password attr:class="submit">
                    // Password managers want to know whose it is.
                    <input type="hidden" name="username" autocomplete="username" value=handle />
                    <label for="current">"Password of now"</label>
                    <input id="current" name="current" type="password" required maxlength="256" autocomplete="current-password" />
                    <label for="new">"New password, at least 10 characters"</label>
                    <input id="new" name="new" type="password" required minlength="10" maxlength="256" autocomplete="new-password" />
                    <button type="submit" class="button">"Change"</button>
                </ActionForm>
                <Outcome action=password />
            </section> })}
        </div>
    }
}

/// What is the reader's: their name, a copy, an end.
#[component]
fn Own(reader: Reader) -> impl IntoView {
    let name = ServerAction::<Rename>::new();
    let end = ServerAction::<Erase>::new();
    let export = format!("/api/v1/players/{}/export", reader.player);
    let has_password = reader.has_password;
    view! {
        <div class="account-forms">
            <section class="panel" aria-labelledby="your-name">
                <h2 id="your-name">"Your name"</h2>
                <ActionForm action=name attr:class="submit">
                    <label for="own-name">"Name on boards"</label>
                    <input id="own-name" name="name" required maxlength="40" autocomplete="nickname" value=reader.name.to_string() />
                    <button type="submit" class="button">"Rename"</button>
                </ActionForm>
                <Outcome action=name />
            </section>
            <section class="panel" aria-labelledby="your-data">
                <h2 id="your-data">"Your data"</h2>
                <p><a class="button quiet-button" href=export download="leaderport-export.json">"Download all of it"</a></p>
                <details>
                    <summary>"Erase me"</summary>
                    <p>"Your account, your name and every score of yours are removed from all boards, for ever. Nobody can bring them back."</p>
                    <ActionForm action=end attr:class="submit">
                        {has_password.then(|| view! {
                            <label for="erase-password">"Your password"</label>
                            <input id="erase-password" name="password" type="password" required maxlength="256" autocomplete="current-password" />
                        })}
                        <button type="submit" class="button danger">"Erase me for ever"</button>
                    </ActionForm>
                    <Outcome action=end />
                </details>
            </section>
        </div>
    }
}

/// What became of a form: why it was refused; else the page is loaded anew, since
/// everything on it depends on who reads.
#[component]
fn Outcome<S>(action: ServerAction<S>) -> impl IntoView
where
    S: ServerFn<Output = (), Error = PageError> + Clone + Send + Sync + 'static,
{
    let value = action.value();
    Effect::new(move |_| {
        if value.with(|v| matches!(v, Some(Ok(())))) {
            #[cfg(feature = "hydrate")]
            // A page that cannot be loaded stays as it is.
            let _ = window().location().set_href("/account");
        }
    });
    let words = move || value.get().and_then(Result::err).map(|error| error.message);
    view! { <p class="said" role="status" data-said="refused">{words}</p> }
}
