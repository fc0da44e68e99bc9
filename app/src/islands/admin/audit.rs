//! The audit log: who did what, before and after; filtered, and as a file.

use leaderport::{AuditEntry, AuditFilter};
use leptos::prelude::*;

use super::address;
use crate::api::moderation::load_audit;
use crate::components::instant;
use crate::components::refused::Refused;
use crate::components::url_escape;

/// Entries that are listed at once: as many as the service gives.
const LISTED: usize = 100;

/// The log.
#[component]
pub fn Audit() -> impl IntoView {
    let query = address();
    let filter = Memo::new(move |_| {
        let text = |name: &str| query.get(name).unwrap_or_default().trim().to_owned();
        AuditFilter {
            actor: text("actor"),
            action: text("action"),
            target: text("target"),
            before: text("before").parse().ok(),
        }
    });
    let entries = Resource::new(move || filter.get(), load_audit);
    let field = move |name: &'static str, words: &'static str, value: String| {
        view! {
            <label for=format!("audit-{name}")>{words}</label>
            <input id=format!("audit-{name}") name=name value=value maxlength="120" autocomplete="off" autocapitalize="none" spellcheck="false" />
        }
    };
    let csv = move || format!("/api/v1/audit?format=csv{}", filter.with(query_of));
    view! {
        <section class="panel" aria-labelledby="audit">
            <h2 id="audit">"Audit log"</h2>
            <form method="get" action="/admin/audit" class="audit-form">
                {move || filter.with(|f| view! {
                    <div>{field("actor", "Who", f.actor.clone())}</div>
                    <div>{field("action", "What", f.action.clone())}</div>
                    <div>{field("target", "To whom or what", f.target.clone())}</div>
                })}
                <button type="submit" class="button">"Filter"</button>
                <a class="button quiet-button" href=csv rel="external" download="leaderport-audit.csv">"Export CSV"</a>
            </form>
            <Transition fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    match entries.await {
                        Ok(entries) if entries.is_empty() => view! { <p class="quiet">"Nothing of that kind was done."</p> }.into_any(),
                        Ok(entries) => view! { <Table entries filter=filter.get_untracked() /> }.into_any(),
                        Err(error) => view! { <Refused error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

/// A filter in an address, without its page.
fn query_of(filter: &AuditFilter) -> String {
    let fields = [
        ("actor", &filter.actor),
        ("action", &filter.action),
        ("target", &filter.target),
    ];
    let fields = fields.into_iter().filter(|(_, value)| !value.is_empty());
    let parts = fields.map(|(name, value)| format!("&{name}={}", url_escape(value)));
    parts.collect::<Vec<_>>().concat()
}

#[component]
fn Table(entries: Vec<AuditEntry>, filter: AuditFilter) -> impl IntoView {
    let older = entries
        .last()
        .filter(|_| entries.len() == LISTED)
        .map(|last| format!("/admin/audit?before={}{}", last.seq, query_of(&filter)));
    let row = |entry: AuditEntry| {
        let what = [("before", entry.before), ("after", entry.after)];
        let details = what.into_iter().filter_map(|(when, json)| {
            let json = json.filter(|json| json != "[]")?;
            Some(view! { <dt>{when}</dt><dd><code>{json}</code></dd> })
        });
        let details: Vec<_> = details.collect();
        let details = (!details.is_empty()).then(|| {
            view! { <details><summary>"before and after"</summary><dl>{details}</dl></details> }
        });
        // "player " is seven letters of no use beside a handle.
        let who = match entry.handle {
            Some(handle) => view! { <a href=format!("/admin/players?player={}", url_escape(&entry.actor[7..]))>{handle}</a> }.into_any(),
            None => entry.actor.into_any(),
        };
        view! {
            <tr>
                <td data-label="When">{instant(entry.at)}</td>
                <td data-label="Who">{who}</td>
                <th scope="row">{entry.action.replace('_', " ")}</th>
                <td data-label="To">{entry.target}</td>
                <td data-label="Why">{entry.reason}{details}</td>
            </tr>
        }
    };
    view! {
        <table class="table audit">
            <thead>
                <tr><th scope="col">"When"</th><th scope="col">"Who"</th><th scope="col">"What"</th><th scope="col">"To whom or what"</th><th scope="col">"Why, and more"</th></tr>
            </thead>
            <tbody>{entries.into_iter().map(row).collect_view()}</tbody>
        </table>
        {older.map(|href| view! { <p><a href=href>"Older"</a></p> })}
    }
}
