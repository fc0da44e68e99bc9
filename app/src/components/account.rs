//! The forms of the account page. They show errors without losing the typed values.

use leptos::form::ActionForm;
use leptos::prelude::*;
use leptos::server_fn::ServerFn;
use serde::{Deserialize, Serialize};

use crate::api::reader::account::{ChangePassword, Erase, Reader, Rename, SignIn, SignOut, SignUp};
use crate::components::form::text_field::{Field, FormErrors, TextField};
use crate::error::PageError;
use crate::words;

/// The field of the name of a new account.
const NEW_NAME: Field = Field {
    id: "up-name",
    name: "name",
    label: words::display_name,
    rule: words::invalid_name,
    autocomplete: "nickname",
    length: (1, 40),
};

const NEW_HANDLE: Field = Field {
    id: "up-handle",
    name: "handle",
    label: words::handle_for_sign_in,
    rule: words::invalid_handle,
    autocomplete: "username",
    length: (3, 24),
};

const FIRST_PASSWORD: Field = Field {
    id: "up-password",
    name: "password",
    label: words::password_of_ten,
    rule: words::invalid_password,
    autocomplete: "new-password",
    length: (10, 256),
};

const HANDLE: Field = Field {
    id: "in-handle",
    name: "handle",
    label: words::handle,
    rule: words::enter_your_handle,
    autocomplete: "username",
    length: (1, 24),
};

const PASSWORD: Field = Field {
    id: "in-password",
    name: "password",
    label: words::password,
    rule: words::enter_your_password,
    autocomplete: "current-password",
    length: (1, 256),
};

const CURRENT_PASSWORD: Field = Field {
    id: "current",
    name: "current",
    label: words::current_password,
    ..PASSWORD
};

const NEW_PASSWORD: Field = Field {
    id: "new",
    name: "new",
    label: words::new_password_of_ten,
    ..FIRST_PASSWORD
};

/// The field of the reader's name, which they may change.
const OWN_NAME: Field = Field {
    id: "own-name",
    ..NEW_NAME
};

/// The field of the password that confirms an erasure.
const ERASING_PASSWORD: Field = Field {
    id: "erase-password",
    label: words::your_password,
    ..PASSWORD
};

/// The sign-in provider (OpenID Connect).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Provider {
    /// The provider's name, if one is configured.
    pub name: Option<String>,
    /// Whether a sign-in with the provider has just failed.
    pub is_refused: bool,
}

#[component]
pub fn Stranger(
    guest: Option<Reader>,
    provider: Provider,
    /// Whether the reader has just signed out. The heading gets the focus then.
    is_changed: bool,
) -> impl IntoView {
    let name = guest.as_ref().map(|g| g.name.to_string());
    let promise = match &name {
        Some(name) => words::account_benefits_for_guest(name),
        None => words::account_benefits().to_owned(),
    };
    let name = name.unwrap_or_default();
    let up = ServerAction::<SignUp>::new();
    let into = ServerAction::<SignIn>::new();
    let up_errors = FormErrors::of(up, &[NEW_NAME, NEW_HANDLE, FIRST_PASSWORD]);
    let in_errors = FormErrors::of(into, &[HANDLE, PASSWORD]);
    view! {
        <h1 tabindex="-1" autofocus=is_changed>{words::your_account()}</h1>
        <ByProvider provider />
        <div class="account-forms">
            <section class="panel" aria-labelledby="sign-up">
                <h2 id="sign-up">{words::sign_up()}</h2>
                <p class="quiet">{promise}</p>
                <ActionForm action=up attr:class="submit">
                    <input type="hidden" name="shown_name" value=name.clone() />
                    <TextField field=NEW_NAME errors=up_errors value=name />
                    <TextField field=NEW_HANDLE errors=up_errors />
                    <TextField field=FIRST_PASSWORD errors=up_errors />
                    <button type="submit" class="button">{words::sign_up()}</button>
                </ActionForm>
                <Outcome action=up errors=up_errors />
            </section>
            <section class="panel" aria-labelledby="sign-in">
                <h2 id="sign-in">{words::sign_in()}</h2>
                {guest.map(|_| view! { <p class="quiet">{words::guest_scores_stay()}</p> })}
                <ActionForm action=into attr:class="submit">
                    <TextField field=HANDLE errors=in_errors />
                    <TextField field=PASSWORD errors=in_errors />
                    <button type="submit" class="button">{words::sign_in()}</button>
                </ActionForm>
                <Outcome action=into errors=in_errors />
            </section>
        </div>
    }
}

/// The link to sign in with the provider, if one is configured.
#[component]
fn ByProvider(provider: Provider) -> impl IntoView {
    let refused = words::provider_refused();
    view! {
        {provider.is_refused.then(|| view! { <p class="status" role="alert" data-status="refused">{refused}</p> })}
        {provider.name.map(|name| view! {
            <p><a class="button" href="/oidc/begin">{words::sign_in_with(name)}</a></p>
        })}
    }
}

#[component]
pub fn SignedIn(
    reader: Reader,
    /// Whether a form of the page has just succeeded. The heading gets the focus then.
    is_changed: bool,
) -> impl IntoView {
    let has_password = reader.has_password;
    let handle = reader.handle.map(|h| h.to_string()).unwrap_or_default();
    let out = ServerAction::<SignOut>::new();
    let everywhere = ServerAction::<SignOut>::new();
    let password = ServerAction::<ChangePassword>::new();
    let (out_errors, everywhere_errors) =
        (FormErrors::of(out, &[]), FormErrors::of(everywhere, &[]));
    let password_errors = FormErrors::of(password, &[CURRENT_PASSWORD, NEW_PASSWORD]);
    view! {
        <h1 tabindex="-1" autofocus=is_changed><bdi>{reader.name.to_string()}</bdi></h1>
        <div class="account-forms">
            <section class="panel" aria-labelledby="who">
                <h2 id="who">{words::you_are_signed_in()}</h2>
                <dl class="who">
                    <div><dt>{words::handle()}</dt><dd>{handle.clone()}</dd></div>
                    <div><dt>{words::role()}</dt><dd>{words::role_name(reader.role)}</dd></div>
                </dl>
                <div class="account-buttons">
                    <ActionForm action=out>
                        <button type="submit" class="button">{words::sign_out()}</button>
                    </ActionForm>
                    <ActionForm action=everywhere>
                        <input type="hidden" name="everywhere" value="true" />
                        <button type="submit" class="button quiet-button">{words::sign_out_everywhere()}</button>
                    </ActionForm>
                </div>
                <Outcome action=out errors=out_errors />
                <Outcome action=everywhere errors=everywhere_errors />
            </section>
            {has_password.then(|| view! { <section class="panel" aria-labelledby="change">
                <h2 id="change">{words::change_your_password()}</h2>
                <p class="quiet">{words::signs_out_other_devices()}</p>
                <ActionForm action=password attr:class="submit">
                    // Password managers need the account to which the password belongs.
                    <input type="hidden" name="username" autocomplete="username" value=handle />
                    <TextField field=CURRENT_PASSWORD errors=password_errors />
                    <TextField field=NEW_PASSWORD errors=password_errors />
                    <button type="submit" class="button">{words::change()}</button>
                </ActionForm>
                <Outcome action=password errors=password_errors />
            </section> })}
        </div>
    }
}

/// The reader's data: rename, export and erase.
#[component]
pub fn Own(reader: Reader) -> impl IntoView {
    let name = ServerAction::<Rename>::new();
    let end = ServerAction::<Erase>::new();
    let name_errors = FormErrors::of(name, &[OWN_NAME]);
    let end_errors = FormErrors::of(end, &[ERASING_PASSWORD]);
    let export = format!("/api/v1/players/{}/export", reader.player);
    let has_password = reader.has_password;
    view! {
        <div class="account-forms">
            <section class="panel" aria-labelledby="your-name">
                <h2 id="your-name">{words::your_name()}</h2>
                <ActionForm action=name attr:class="submit">
                    <TextField field=OWN_NAME errors=name_errors value=reader.name.to_string() />
                    <button type="submit" class="button">{words::rename()}</button>
                </ActionForm>
                <Outcome action=name errors=name_errors />
            </section>
            <section class="panel" aria-labelledby="your-data">
                <h2 id="your-data">{words::your_data()}</h2>
                <p><a class="button quiet-button" href=export download="leaderport-export.json">{words::download_your_data()}</a></p>
                <details>
                    <summary>{words::delete_account()}</summary>
                    <p>{words::delete_account_warning()}</p>
                    <ActionForm action=end attr:class="submit">
                        {has_password.then(|| view! { <TextField field=ERASING_PASSWORD errors=end_errors /> })}
                        <button type="submit" class="button danger">{words::delete_my_account()}</button>
                    </ActionForm>
                    <Outcome action=end errors=end_errors />
                </details>
            </section>
        </div>
    }
}

/// The result of a form: the reason of a refusal that is about no field. After a success, the page
/// is reloaded, because everything on it depends on the reader.
#[component]
fn Outcome<S>(action: ServerAction<S>, errors: FormErrors) -> impl IntoView
where
    S: ServerFn<Output = (), Error = PageError> + Clone + Send + Sync + 'static,
{
    let value = action.value();
    Effect::new(move |_| {
        if value.with(|v| matches!(v, Some(Ok(())))) {
            // The page stays if the browser refuses to navigate.
            let _ = window().location().set_href("/account?changed");
        }
    });
    let refused = errors.below();
    // Its text is a node in every state, for the same reason as that of a field's error.
    let text = move || refused.get().unwrap_or_default();
    view! { <p class="status" class:blank=move || refused.read().is_none() role="status" data-status="refused">{text}</p> }
}
