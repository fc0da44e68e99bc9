//! The audit log: actors, actions, and values before and after; with filters and a CSV export.

use leaderport::AuditFilter;
use leptos::prelude::*;

use crate::api::admin_page::board_form::FIELDS;
use crate::api::admin_page::moderation::{AuditLine, load_audit};
use crate::components::admin::address;
use crate::components::page::refused::RefusedPart;
use crate::core::json_difference::{Difference, differences};
use crate::core::url::url_escape;
use crate::words;
use crate::words::dates::instant_in_utc;

/// The number of entries in a page of the log, as the service returns them.
const LISTED: usize = 100;

/// The section of the audit log.
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
    let field = move |name: &'static str, label: &'static str, value: String| {
        view! {
            <label for=format!("audit-{name}")>{label}</label>
            <input id=format!("audit-{name}") name=name value=value maxlength="80" autocomplete="off" autocapitalize="none" spellcheck="false" />
        }
    };
    let csv = move || format!("/api/v1/audit?format=csv{}", filter.with(query_of));
    view! {
        <section class="panel" aria-labelledby="audit">
            <h2 id="audit">{words::audit_log()}</h2>
            <form method="get" action="/admin/audit" class="audit-form">
                {move || filter.with(|f| view! {
                    <div>{field("actor", words::actor(), f.actor.clone())}</div>
                    <div>{field("action", words::action(), f.action.clone())}</div>
                    <div>{field("target", words::target(), f.target.clone())}</div>
                })}
                <button type="submit" class="button">{words::filter()}</button>
                <a class="button quiet-button" href=csv rel="external" download="leaderport-audit.csv">{words::export_csv()}</a>
            </form>
            <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
                {move || Suspend::new(async move {
                    match entries.await {
                        Ok(lines) if lines.is_empty() => view! { <p class="quiet">{words::no_matching_entries()}</p> }.into_any(),
                        Ok(lines) => view! { <Table lines filter=filter.get_untracked() /> }.into_any(),
                        Err(error) => view! { <RefusedPart error /> }.into_any(),
                    }
                })}
            </Transition>
        </section>
    }
}

/// A filter as part of an address, without the page position.
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
fn Table(lines: Vec<AuditLine>, filter: AuditFilter) -> impl IntoView {
    let older = lines.last().filter(|_| lines.len() == LISTED).map(|last| {
        format!(
            "/admin/audit?before={}{}",
            last.entry.seq,
            query_of(&filter)
        )
    });
    let row = |line: AuditLine| view! { <Row line /> };
    view! {
        <table class="table audit">
            <thead>
                <tr><th scope="col">{words::when()}</th><th scope="col">{words::actor()}</th><th scope="col">{words::action()}</th><th scope="col">{words::target()}</th><th scope="col">{words::reason_and_details()}</th></tr>
            </thead>
            <tbody>{lines.into_iter().map(row).collect_view()}</tbody>
        </table>
        {older.map(|href| view! { <p><a href=href>{words::show_older()}</a></p> })}
    }
}

#[component]
fn Row(line: AuditLine) -> impl IntoView {
    let sentence = sentence(&line);
    let entry = line.entry;
    // An actor with a handle is `player ID`; the link needs only the id.
    let actor = match entry.handle {
        Some(handle) => view! { <a href=format!("/admin/players?player={}", url_escape(&entry.actor[7..]))>{handle}</a> }.into_any(),
        None => view! { <bdi>{entry.actor}</bdi> }.into_any(),
    };
    view! {
        <tr>
            <td data-label=words::when()>{instant_in_utc(entry.at)}</td>
            <td data-label=words::actor()>{actor}</td>
            <th scope="row">{sentence}<code>{entry.action}</code></th>
            <td data-label=words::target()><bdi>{entry.target}</bdi></td>
            <td data-label=words::reason()><bdi>{entry.reason}</bdi><Details before=entry.before after=entry.after /></td>
        </tr>
    }
}

/// An entry as a sentence.
#[must_use]
pub fn sentence(line: &AuditLine) -> String {
    let entry = &line.entry;
    let is_new = entry.before.is_none();
    words::audit_sentence(&entry.action, is_new, &entry.target, line.name.as_deref())
}

/// The changed fields of an entry, and its raw data.
#[component]
fn Details(
    /// The state before the action, as JSON.
    before: Option<String>,
    /// The state after the action, as JSON.
    after: Option<String>,
) -> impl IntoView {
    let states = before.as_deref().zip(after.as_deref());
    let changed = states.map_or_else(Vec::new, |(before, after)| differences(before, after));
    // The version of a board changes with each definition.
    let changed = changed.into_iter().filter(|d| d.field != "version");
    let change = |difference: Difference| {
        let Difference {
            field,
            before,
            after,
        } = difference;
        let none = || words::none().to_owned();
        view! {
            <div>
                <dt>{field_label(&field)}</dt>
                <dd><del><bdi>{before.unwrap_or_else(none)}</bdi></del>" → "<ins><bdi>{after.unwrap_or_else(none)}</bdi></ins></dd>
            </div>
        }
    };
    let changed: Vec<_> = changed.map(change).collect();
    let changed = (!changed.is_empty()).then(|| view! { <dl class="differences">{changed}</dl> });
    let raw = [(words::before(), before), (words::after(), after)];
    let raw = raw.into_iter().filter_map(|(when, json)| {
        let json = json.filter(|json| json != "[]")?;
        Some(view! { <dt>{when}</dt><dd><code><bdi>{json}</bdi></code></dd> })
    });
    let raw: Vec<_> = raw.collect();
    let raw = (!raw.is_empty()).then(|| {
        view! { <details><summary>{words::raw_data()}</summary><dl>{raw}</dl></details> }
    });
    view! { {changed} {raw} }
}

/// The label of a field of a board, an account or a ruling. An unknown field keeps its name.
fn field_label(name: &str) -> String {
    let of_board = FIELDS.into_iter().find(|(field, ..)| *field == name);
    let label = match (of_board, name) {
        (Some((_, label, _)), _) => label(),
        (None, "role") => words::role(),
        (None, "state") => words::state(),
        (None, "name") => words::name(),
        (None, "banned") => words::is_banned(),
        (None, "fixed") => words::is_name_locked(),
        (None, other) => other,
    };
    label.to_owned()
}
