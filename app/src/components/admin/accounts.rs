//! Accounts and their roles, sorted by handle, a hundred at a time.

use leaderport::{Account, Handle, Role};
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::admin_page::admin::{SetRole, load_accounts};
use crate::components::admin::address;
use crate::components::admin::{WhyNot, instant};
use crate::components::form::field_error::FieldError;
use crate::components::page::refused::RefusedPart;
use crate::words;

/// The number of accounts in a page of the list, as the service returns them.
const LISTED: usize = 100;

/// The section of accounts.
#[component]
pub fn Accounts() -> impl IntoView {
    let role = ServerAction::<SetRole>::new();
    let query = address();
    let after = move || query.get("after").unwrap_or_default();
    let accounts = Resource::new(
        move || (after(), role.version().get()),
        |(after, _)| load_accounts(after),
    );
    // The address carries the text, so the server has refused the same one.
    let after_error = Signal::derive(move || {
        let after = after();
        let is_wrong = !after.is_empty() && Handle::new(&after).is_err();
        is_wrong.then(|| words::invalid_handle().to_owned())
    });
    let changed = move || {
        let account = role.value().get().and_then(Result::ok)?;
        let role = words::role_name(account.role);
        Some(words::role_is_now(account.handle, role))
    };
    view! {
        <section class="panel" aria-labelledby="accounts">
            <h2 id="accounts">{words::accounts()}</h2>
            <form method="get" action="/admin/accounts" class="jump">
                <label for="after">{words::from_handle()}</label>
                <input id="after" name="after" value=after maxlength="24" autocomplete="off" autocapitalize="none"
                    aria-invalid=move || after_error.read().is_some().then_some("true") aria-describedby="after-error"
                    autofocus=after_error.read_untracked().is_some() />
                <button type="submit">{words::go()}</button>
                <FieldError field="after" text=after_error />
            </form>
            <WhyNot value=role.value() />
            <p class="status" role="status" data-status="done">{changed}</p>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match accounts.await {
                        Ok(accounts) if accounts.is_empty() => view! { <p class="quiet">{words::no_accounts_found()}</p> }.into_any(),
                        Ok(accounts) => view! { <Table accounts role /> }.into_any(),
                        Err(error) if error.field.as_deref() == Some("handle") => ().into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

#[component]
fn Table(accounts: Vec<Account>, role: ServerAction<SetRole>) -> impl IntoView {
    let more = accounts
        .last()
        .filter(|_| accounts.len() == LISTED)
        .map(|last| format!("/admin/accounts?after={}", last.handle));
    let row = move |account: Account| {
        let handle = account.handle.to_string();
        let label = words::role_of(&handle);
        let option = move |choice: Role| {
            let is_current = choice == account.role;
            view! { <option value=choice.as_str() selected=is_current>{words::role_name(choice)}</option> }
        };
        let choices = Role::ALL.map(option).collect_view();
        view! {
            <tr>
                <th scope="row">{handle.clone()}<code><bdi>{account.player.to_string()}</bdi></code></th>
                <td data-label=words::name()><bdi>{account.name.to_string()}</bdi></td>
                <td data-label=words::since()>{instant(account.created_at)}</td>
                <td>
                    <ActionForm action=role attr:class="role-form">
                        <input type="hidden" name="handle" value=handle />
                        <select name="role" aria-label=label>{choices}</select>
                        <button type="submit" class="small">{words::change()}</button>
                    </ActionForm>
                </td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr><th scope="col">{words::account()}</th><th scope="col">{words::name()}</th><th scope="col">{words::since()}</th><th scope="col">{words::role()}</th></tr>
            </thead>
            <tbody>{accounts.into_iter().map(row).collect_view()}</tbody>
        </table>
        {more.map(|href| view! { <p><a href=href>{words::show_more()}</a></p> })}
    }
}
