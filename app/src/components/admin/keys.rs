//! API keys of game servers: create, show once, revoke.

use leaderport::ApiKey;
use leptos::form::FromFormData;
use leptos::prelude::*;

use crate::api::admin_page::admin::{MakeKey, NewKey, RevokeKey, load_keys};
use crate::browser::navigator::copy_text;
use crate::components::admin::{Confirm, WhyNot, instant};
use crate::components::form::field_error::FieldError;
use crate::components::form::text_field::FormErrors;
use crate::components::page::refused::RefusedPart;
use crate::words;

/// The section of API keys.
#[component]
pub fn Keys() -> impl IntoView {
    let make = ServerAction::<MakeKey>::new();
    let revoke = ServerAction::<RevokeKey>::new();
    let keys = Resource::new(
        move || (make.version().get(), revoke.version().get()),
        |_| load_keys(),
    );
    // Not a plain form: its answer would be a redirect, which would lose the secret.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Ok(key) = MakeKey::from_event(&event) {
            make.dispatch(key);
        }
    };
    let made = move || make.value().get().and_then(Result::ok);
    let errors = errors_of(make);
    let (of_title, of_scopes) = (errors.at("key-title"), errors.at("key-scopes"));
    let of_boards = errors.at("key-boards");
    let refused = errors.below();
    view! {
        <section class="panel" aria-labelledby="new-key">
            <h2 id="new-key">{words::new_key()}</h2>
            <noscript>{words::keys_without_javascript()}</noscript>
            <form class="key-form" on:submit=submit>
                <label for="key-title">{words::purpose()}</label>
                <input id="key-title" name="title" required maxlength="80" autocomplete="off" placeholder=words::example_of_purpose()
                    aria-invalid=move || of_title.read().is_some().then_some("true") aria-describedby="key-title-error"
                    on:invalid=move |event| errors.refuse(&event, "key-title", words::enter_a_title)
                    on:input=move |_| errors.forget("key-title") />
                <FieldError field="key-title" text=of_title />
                <fieldset>
                    <legend>{words::permissions()}</legend>
                    <ScopeChoice name="submit" label=words::scope_submit() is_first=true error=of_scopes />
                    <ScopeChoice name="read" label=words::scope_read() error=of_scopes />
                    <ScopeChoice name="admin" label=words::scope_admin() error=of_scopes />
                    <FieldError field="key-scopes" text=of_scopes />
                </fieldset>
                <label for="key-boards">{words::boards_of_key()}</label>
                <input id="key-boards" name="boards" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder=words::example_of_slugs()
                    aria-invalid=move || of_boards.read().is_some().then_some("true") aria-describedby="key-boards-error" />
                <FieldError field="key-boards" text=of_boards />
                <button type="submit" class="button">{words::create_key()}</button>
            </form>
            <p class="status" role="status" data-status="refused">{move || refused.get()}</p>
            <div role="status">
                {move || made().map(|made| view! { <Secret made /> })}
            </div>
        </section>
        <section class="panel" aria-labelledby="keys">
            <h2 id="keys">{words::keys()}</h2>
            <WhyNot value=revoke.value() />
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match keys.await {
                        Ok(keys) if keys.is_empty() => view! { <p class="quiet">{words::no_keys_yet()}</p> }.into_any(),
                        Ok(keys) => view! { <Table keys revoke /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

/// The errors of the form of a new key.
fn errors_of(make: ServerAction<MakeKey>) -> FormErrors {
    let (value, is_pending) = (make.value(), make.pending());
    let error = Signal::derive(move || {
        if is_pending.get() {
            return None;
        }
        value.get().and_then(Result::err)
    });
    FormErrors::new(error, |error| match error.field.as_deref()? {
        name @ ("title" | "scopes" | "boards") => Some(format!("key-{name}")),
        _ => None,
    })
}

/// The checkbox of a permission.
#[component]
fn ScopeChoice(
    name: &'static str,
    label: &'static str,
    /// Whether it is checked at first.
    #[prop(optional)]
    is_first: bool,
    /// The error of all permissions.
    error: Signal<Option<String>>,
) -> impl IntoView {
    view! {
        <label class="choice">
            <input type="checkbox" name=name value="true" checked=is_first
                aria-invalid=move || error.read().is_some().then_some("true") aria-describedby="key-scopes-error" />
            {label}
        </label>
    }
}

/// The secret of a new key, with a button that copies it.
#[component]
fn Secret(made: NewKey) -> impl IntoView {
    let is_copied = RwSignal::new(None::<bool>);
    let secret = StoredValue::new(made.secret.clone());
    let copy = move |_| {
        let secret = secret.get_value();
        leptos::task::spawn_local(async move {
            // The signal is disposed once the next key has replaced this one.
            is_copied.try_set(Some(copy_text(&secret).await));
        });
    };
    let outcome = move || {
        let is_copied = is_copied.get()?;
        Some(if is_copied {
            words::secret_is_copied()
        } else {
            words::secret_is_not_copied()
        })
    };
    view! {
        <div class="secret">
            <p>{words::secret_of_key(made.key.title)}</p>
            <code>{made.secret}</code>
            <div class="tools">
                <button type="button" class="small" on:click=copy>{words::copy_secret()}</button>
                <span role="status">{outcome}</span>
            </div>
        </div>
    }
}

#[component]
fn Table(keys: Vec<ApiKey>, revoke: ServerAction<RevokeKey>) -> impl IntoView {
    let row = move |key: ApiKey| {
        let scopes = key.scopes_shown();
        let boards = match key.boards {
            Some(_) => key.boards_shown(),
            None => words::all_boards().to_owned(),
        };
        let used = key
            .last_used_at
            .map_or_else(|| words::never().to_owned(), instant);
        let question = words::revoke_key_question(&key.title);
        let id = key.id.clone();
        let yes = Callback::new(move |()| {
            revoke.dispatch(RevokeKey { id: id.clone() });
        });
        let last = match key.revoked_at {
            Some(at) => {
                view! { <span class="quiet">{words::revoked_at(instant(at))}</span> }.into_any()
            }
            None => view! { <Confirm label=words::revoke_key() question yes is_dangerous=true /> }
                .into_any(),
        };
        view! {
            <tr class:revoked=key.revoked_at.is_some()>
                <th scope="row"><bdi>{key.title}</bdi><code>{key.id}</code></th>
                <td data-label=words::permissions()>{scopes}</td>
                <td data-label=words::boards()>{boards}</td>
                <td data-label=words::last_used()>{used}</td>
                <td>{last}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr><th scope="col">{words::key()}</th><th scope="col">{words::permissions()}</th><th scope="col">{words::boards()}</th><th scope="col">{words::last_used()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
            </thead>
            <tbody>{keys.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}
