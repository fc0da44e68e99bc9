//! Keys of game servers: made, shown once, revoked.

use leaderport::ApiKey;
use leptos::form::FromFormData;
use leptos::prelude::*;

use super::{Confirm, WhyNot, instant};
use crate::api::admin::{MakeKey, RevokeKey, load_keys};
use crate::components::refused::Refused;

/// The keys.
#[component]
pub fn Keys() -> impl IntoView {
    let make = ServerAction::<MakeKey>::new();
    let revoke = ServerAction::<RevokeKey>::new();
    let keys = Resource::new(
        move || (make.version().get(), revoke.version().get()),
        |_| load_keys(),
    );
    // No form that a browser sends by itself: the answer has the secret, and a
    // redirect would lose it.
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Ok(key) = MakeKey::from_event(&event) {
            make.dispatch(key);
        }
    };
    let made = move || make.value().get().and_then(Result::ok);
    view! {
        <section class="panel" aria-labelledby="new-key">
            <h2 id="new-key">"New key"</h2>
            <noscript>"Without JavaScript, `leaderport key create` makes a key."</noscript>
            <form class="key-form" on:submit=submit>
                <label for="key-title">"What it is for"</label>
                <input id="key-title" name="title" required maxlength="80" autocomplete="off" placeholder="Match server, Frankfurt" />
                <fieldset>
                    <legend>"What it allows"</legend>
                    <label><input type="checkbox" name="submit" value="true" checked />"submit: scores of any player"</label>
                    <label><input type="checkbox" name="read" value="true" />"read: what the engines have"</label>
                    <label><input type="checkbox" name="admin" value="true" />"admin: boards, and repairing them"</label>
                </fieldset>
                <label for="key-boards">"On which boards, separated by commas; empty for every board"</label>
                <input id="key-boards" name="boards" autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="arena, sprint" />
                <button type="submit" class="button">"Make the key"</button>
            </form>
            <WhyNot value=make.value() />
            {move || made().map(|made| view! {
                <div class="secret" role="status">
                    <p>"This is the secret of "<strong>{made.key.title}</strong>". It is shown now and never again."</p>
                    <code>{made.secret}</code>
                </div>
            })}
        </section>
        <section class="panel" aria-labelledby="keys">
            <h2 id="keys">"Keys"</h2>
            <WhyNot value=revoke.value() />
            <Transition fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    match keys.await {
                        Ok(keys) if keys.is_empty() => view! { <p class="quiet">"No game server has a key yet."</p> }.into_any(),
                        Ok(keys) => view! { <Table keys revoke /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Table(keys: Vec<ApiKey>, revoke: ServerAction<RevokeKey>) -> impl IntoView {
    let row = move |key: ApiKey| {
        let (scopes, boards) = (key.scopes_shown(), key.boards_shown());
        let used = key.last_used_at.map_or("never".to_owned(), instant);
        let question = format!("What bears {} is refused from now on, for ever.", key.title);
        let id = key.id.clone();
        let yes = Callback::new(move |()| {
            revoke.dispatch(RevokeKey { id: id.clone() });
        });
        let last = match key.revoked_at {
            Some(at) => {
                view! { <span class="quiet">{format!("revoked {}", instant(at))}</span> }.into_any()
            }
            None => view! { <Confirm label="Revoke" question yes /> }.into_any(),
        };
        view! {
            <tr class:revoked=key.revoked_at.is_some()>
                <th scope="row">{key.title}<code>{key.id}</code></th>
                <td data-label="Allows">{scopes}</td>
                <td data-label="On">{boards}</td>
                <td data-label="Last used">{used}</td>
                <td>{last}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr><th scope="col">"Key"</th><th scope="col">"Allows"</th><th scope="col">"On"</th><th scope="col">"Last used"</th><th scope="col"><span class="sr-only">"Actions"</span></th></tr>
            </thead>
            <tbody>{keys.into_iter().map(row).collect_view()}</tbody>
        </table>
    }
}
