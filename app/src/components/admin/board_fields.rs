//! The fields of a board's form in groups: inputs and choices, each with its hint.

use leaderport::{Period, Score, ScoreFormat};
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::api::admin_page::board_form::{
    BoardForm, FIELDS, Field, input_of_instant, instant_of_input, is_instant,
};
use crate::components::admin::look_fields::{AccentField, EmblemField};
use crate::components::form::field_error::FieldError;
use crate::components::form::text_field::FormErrors;
use crate::error::PageError;
use crate::words::{self, Words};

/// The groups, each with its title and the names of its fields.
const GROUPS: [(Words, &[&str]); 5] = [
    (
        words::basics,
        &["title", "description", "submitters", "archived"],
    ),
    (words::board_look, &["accent", "emblem"]),
    (
        words::ranking,
        &["policy", "order", "tie", "format", "unit"],
    ),
    (
        words::seasons,
        &["periods", "time_zone", "opens_at", "closes_at"],
    ),
    (words::limits, &["min_score", "max_score", "tick_millis"]),
];

/// All fields, in groups.
#[component]
pub fn BoardFields(
    /// The form.
    form: RwSignal<BoardForm>,
    /// The form as last saved.
    saved_form: RwSignal<BoardForm>,
    /// Whether the board exists, so that its slug cannot change.
    is_saved: Memo<bool>,
    /// The errors of the form.
    errors: FormErrors,
) -> impl IntoView {
    let group = move |(title, names): (Words, &'static [&'static str])| {
        let fields = FIELDS.into_iter().filter(|(name, ..)| names.contains(name));
        let fields = fields.map(|field| view! { <BoardField field form saved_form errors /> });
        let slug = names
            .contains(&"title")
            .then(|| view! { <SlugField form is_saved errors /> });
        let sample = names
            .contains(&"unit")
            .then(|| view! { <SampleRow form /> });
        view! {
            <fieldset class="group">
                <legend>{title()}</legend>
                {slug}
                {fields.collect_view()}
                {sample}
            </fieldset>
        }
    };
    GROUPS.into_iter().map(group).collect_view()
}

/// The slug, which a saved board keeps.
#[component]
fn SlugField(form: RwSignal<BoardForm>, is_saved: Memo<bool>, errors: FormErrors) -> impl IntoView {
    let error = errors.at("slug");
    let set = move |event: web_sys::Event| {
        errors.forget("slug");
        form.update(|f| f.slug = event_target_value(&event));
    };
    view! {
        <label for="slug">{words::slug()}</label>
        <input id="slug" name="form[slug]" required maxlength="64" readonly=move || is_saved.get() autocomplete="off" autocapitalize="none"
            aria-invalid=move || error.read().is_some().then_some("true")
            aria-describedby="slug-error"
            autofocus=error.read_untracked().is_some()
            prop:value=move || form.with(|f| f.slug.clone())
            value=form.with_untracked(|f| f.slug.clone())
            on:invalid=move |event| errors.refuse(&event, "slug", words::enter_a_slug)
            on:input=set />
        <FieldError field="slug" text=error />
    }
}

/// A row of a list, with a score in the format and the unit of the form.
#[component]
fn SampleRow(form: RwSignal<BoardForm>) -> impl IntoView {
    let score = move || {
        form.with(|form| {
            let format = form.score_format();
            let format = format.and_then(|format| format.validated().ok());
            let score = Score::new(83_456).unwrap_or_default();
            words::full_score(format.unwrap_or(ScoreFormat::Integer), &form.unit, score)
        })
    };
    view! {
        <span class="label" id="board-sample">{words::sample_row()}</span>
        <div class="sample" role="group" aria-labelledby="board-sample">
            <span class="rank" data-rank="1">"1"</span>
            <span class="name">{words::example_of_player()}</span>
            <span class="score"><bdi>{score}</bdi></span>
        </div>
    }
}

/// The id of the field that an error of the server names; none if the form lacks that field.
#[must_use]
pub fn field_id(error: &PageError) -> Option<String> {
    match error.field.as_deref()? {
        "slug" => Some("slug".to_owned()),
        name => {
            let mut fields = FIELDS.iter();
            let is_here = fields.any(|(field, ..)| *field == name);
            is_here.then(|| format!("board-{name}"))
        }
    }
}

/// The id of a period's checkbox.
#[must_use]
pub fn period_id(period: Period) -> String {
    format!("board-period-{period}")
}

/// A checkbox for each period.
#[component]
fn PeriodChoices(form: RwSignal<BoardForm>, errors: FormErrors) -> impl IntoView {
    let error = errors.at("board-periods");
    let is_invalid = move || error.read().is_some().then_some("true");
    let choice = move |period: Period| {
        let is_first = form.with_untracked(|form| form.has_period(period));
        let is_on = move || form.with(|form| form.has_period(period));
        let choose = move |event| {
            let is_on = event_target_checked(&event);
            form.update(|form| form.set_period(period, is_on));
        };
        view! {
            <label class="choice">
                <input type="checkbox" id=period_id(period) checked=is_first prop:checked=is_on on:change=choose
                    aria-invalid=is_invalid aria-describedby="board-periods-error" />
                {words::period(period)}
            </label>
        }
    };
    view! {
        <span class="label" id="board-periods">{words::periods()}</span>
        <div class="choices" role="group" aria-labelledby="board-periods">
            // Browsers without JavaScript keep the periods.
            <input type="hidden" name="form[periods]" value=move || form.with(|f| f.periods.clone()) />
            {Period::ALL.map(choice).into_iter().collect_view()}
        </div>
        <FieldError field="board-periods" text=error />
    }
}

/// A field of the form, with its label.
#[component]
fn BoardField(
    field: Field,
    form: RwSignal<BoardForm>,
    saved_form: RwSignal<BoardForm>,
    errors: FormErrors,
) -> impl IntoView {
    let (name, label, of) = field;
    match name {
        "periods" => return view! { <PeriodChoices form errors /> }.into_any(),
        "accent" => return view! { <AccentField form errors /> }.into_any(),
        "emblem" => return view! { <EmblemField form saved_form errors /> }.into_any(),
        _ => {}
    }
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
    let described_by = if explained.is_some() {
        format!("{id}-explained {id}-error")
    } else {
        format!("{id}-error")
    };
    let error = errors.at(&id);
    let is_invalid = move || error.read().is_some().then_some("true");
    // A value that was refused without JavaScript is in a new document.
    let gets_focus = error.read_untracked().is_some();
    let set_instant = move |event: web_sys::Event| {
        let input: HtmlInputElement = event_target(&event);
        // An incomplete date has no value. Storing that would clear the parts typed so far.
        if input.check_validity() {
            set(instant_of_input(&input.value()));
        }
    };
    let input = if is_instant(name) {
        view! {
            <input id=id.clone() name=wire type="datetime-local" step="any"
                aria-invalid=is_invalid aria-describedby=described_by autofocus=gets_focus
                value=input_of_instant(&first).to_owned()
                prop:value=move || input_of_instant(&value()).to_owned() on:input=set_instant />
        }
        .into_any()
    } else if choices.is_empty() {
        view! {
            <input id=id.clone() name=wire autocomplete="off" spellcheck="false" placeholder=hint(name)
                aria-invalid=is_invalid aria-describedby=described_by autofocus=gets_focus
                value=first prop:value=value on:input=move |e| set(event_target_value(&e)) />
        }
        .into_any()
    } else {
        let option = move |&(choice, label): &(&'static str, Words)| {
            let is_first = choice == first;
            view! { <option value=choice selected=is_first>{label()}</option> }
        };
        view! {
            <select id=id.clone() name=wire aria-invalid=is_invalid aria-describedby=described_by autofocus=gets_focus prop:value=value on:change=move |e| set(event_target_value(&e))>
                {choices.iter().map(option).collect_view()}
            </select>
        }
        .into_any()
    };
    view! {
        <label for=id.clone()>{label()}</label>
        {input}
        <FieldError field=id text=error />
        {explained}
    }
    .into_any()
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
        "format" => &[
            ("integer", words::whole_numbers),
            ("duration", words::times),
            ("1", words::one_decimal),
            ("2", words::two_decimals),
            ("3", words::three_decimals),
            ("4", words::four_decimals),
            ("5", words::five_decimals),
            ("6", words::six_decimals),
            ("7", words::seven_decimals),
            ("8", words::eight_decimals),
            ("9", words::nine_decimals),
        ],
        "archived" => &[("no", words::no), ("yes", words::yes_read_only)],
        _ => &[],
    }
}

fn hint(name: &str) -> &'static str {
    match name {
        "time_zone" => "Europe/Berlin",
        "unit" => words::example_of_unit(),
        "tick_millis" => "100",
        _ => "",
    }
}

/// The explanation of a choice with consequences that its label does not show.
fn explanation(name: &str) -> Option<&'static str> {
    (name == "submitters").then(words::submitters_explained)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_at_the_field_that_it_is_about() {
        let id = |field: &str| {
            let field = Some(field.to_owned());
            field_id(&PageError {
                field,
                ..PageError::new("invalid_value", "")
            })
        };
        assert_eq!(id("slug").as_deref(), Some("slug"));
        for (name, ..) in FIELDS {
            assert_eq!(id(name), Some(format!("board-{name}")));
        }
        assert_eq!(id("season"), None);
        assert_eq!(field_id(&PageError::new("busy", "")), None);
    }

    #[test]
    fn each_field_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS
            .iter()
            .flat_map(|(_, names)| *names)
            .copied()
            .collect();
        let mut all: Vec<&str> = FIELDS.iter().map(|(name, ..)| *name).collect();
        grouped.sort_unstable();
        all.sort_unstable();
        assert_eq!(grouped, all);
    }
}
