//! The fields of a board's form: inputs and choices, each with its hint.

use leptos::prelude::*;

use crate::api::board_form::{BoardForm, Field};
use crate::words::{self, Words};

/// A field of the form, with its label.
#[component]
pub fn BoardField(
    /// The field.
    field: Field,
    /// The form.
    form: RwSignal<BoardForm>,
    /// The reason why the time zone was refused.
    zone_refusal: Signal<Option<&'static str>>,
) -> impl IntoView {
    let (name, label, of) = field;
    let id = format!("board-{name}");
    let wire = format!("form[{name}]");
    let value = move || of(&mut form.get()).clone();
    let first = of(&mut form.get_untracked()).clone();
    let set = move |text: String| form.update(|form| *of(form) = text);
    let choices = choices(name);
    let explained = explanation(name).map(|text| {
        let id = format!("{id}-explained");
        view! { <p class="quiet" id=id>{text}</p> }
    });
    let explained_by = explained.is_some().then(|| format!("{id}-explained"));
    let refusal_id = format!("{id}-refused");
    let described_by = refusal_id.clone();
    let refusal = move || zone_refusal.get().filter(|_| name == "time_zone");
    let is_invalid = move || refusal().map(|_| "true");
    let refused_by = move || refusal().map(|_| described_by.clone());
    let refusal = move || {
        refusal().map(|text| {
            view! { <p class="status" role="alert" data-status="refused" id=refusal_id.clone()>{text}</p> }
        })
    };
    let input = if choices.is_empty() {
        view! {
            <input id=id.clone() name=wire autocomplete="off" spellcheck="false" placeholder=hint(name)
                aria-invalid=is_invalid aria-describedby=refused_by
                value=first prop:value=value on:input=move |e| set(event_target_value(&e)) />
        }
        .into_any()
    } else {
        let option = move |&(choice, label): &(&'static str, Words)| {
            let is_first = choice == first;
            view! { <option value=choice selected=is_first>{label()}</option> }
        };
        view! {
            <select id=id.clone() name=wire aria-describedby=explained_by prop:value=value on:change=move |e| set(event_target_value(&e))>
                {choices.iter().map(option).collect_view()}
            </select>
        }
        .into_any()
    };
    view! {
        <label for=id>{label()}</label>
        {input}
        {refusal}
        {explained}
    }
}

/// The choices of a field with their labels; empty for a field of free text.
fn choices(name: &str) -> &'static [(&'static str, Words)] {
    match name {
        "policy" => &[
            ("best", words::keep_best_score),
            ("latest", words::keep_latest_score),
            ("sum", words::add_scores),
        ],
        "order" => &[
            ("descending", words::highest_ranks_first),
            ("ascending", words::lowest_ranks_first),
        ],
        "tie" => &[
            ("earliest", words::earliest_ranks_first),
            ("shared", words::share_a_rank),
            ("dense", words::share_without_gaps),
        ],
        "submitters" => &[
            ("servers", words::game_servers_only),
            ("both", words::players_and_game_servers),
            ("players", words::players_only),
        ],
        "archived" => &[("no", words::no), ("yes", words::yes_read_only)],
        _ => &[],
    }
}

fn hint(name: &str) -> &'static str {
    match name {
        "periods" => "all_time yearly monthly weekly daily",
        "time_zone" => "Europe/Berlin",
        "format" => words::formats(),
        "unit" => words::example_of_unit(),
        "tick_millis" => "100",
        "opens_at" | "closes_at" => "2026-12-01T12:00:00Z",
        _ => "",
    }
}

/// The explanation of a choice with consequences that its label does not show.
fn explanation(name: &str) -> Option<&'static str> {
    (name == "submitters").then(words::submitters_explained)
}
