//! Boards: create, change and copy. Concurrent changes of two admins are merged field by field.

use std::time::Duration;

use leaderport::{Accent, Emblem, Period, Preview, ScoreFormat};
use leptos::form::ActionForm;
use leptos::prelude::*;

use crate::api::admin_page::admin::{SaveBoard, load_board_forms, preview_board, visit_form};
use crate::api::admin_page::board_form::{
    BoardForm, FIELDS, Field, input_of_instant, instant_of_input, is_instant,
};
use crate::browser::dom::focus::focus_first_of;
use crate::browser::dom::typed_value::{typed_check, typed_value};
use crate::components::admin::address;
use crate::components::admin::board_fields::{BoardFields, field_id, period_id};
use crate::components::admin::delete_board::DeleteSection;
use crate::components::admin::look_fields::look_id;
use crate::components::admin::rules_preview::RulesPreview;
use crate::components::form::text_field::FormErrors;
use crate::components::page::refused::RefusedPart;
use crate::error::PageError;
use crate::words;

/// The interval at which the page reports an open form to the server.
const VISIT_INTERVAL: Duration = Duration::from_secs(3);

/// The list of boards, or the form of the board in the page's address.
#[component]
pub fn Boards() -> impl IntoView {
    let query = address();
    let wanted = move || {
        let copy = query.get("copy");
        (query.get("board"), copy.is_some(), copy)
    };
    let boards = Resource::new(|| (), |()| load_board_forms());
    view! {
        <Transition fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
            {move || {
                let (wanted, is_copy, copy) = wanted();
                Suspend::new(async move {
                    let boards = match boards.await {
                        Ok(boards) => boards,
                        Err(error) => return view! { <section class="panel"><RefusedPart error /></section> }.into_any(),
                    };
                    let find = |slug: &str| boards.iter().find(|b| b.slug == slug).cloned();
                    match (wanted.as_deref(), copy.as_deref().and_then(find)) {
                        (_, Some(original)) if is_copy => {
                            let form = original.copied();
                            view! { <Form form /> }.into_any()
                        }
                        (None, _) => view! { <List boards /> }.into_any(),
                        (Some(""), _) => view! { <Form form=BoardForm::blank() /> }.into_any(),
                        (Some(slug), _) => match find(slug) {
                            Some(form) => view! { <Form form /> }.into_any(),
                            None => view! { <p class="quiet">{words::board_not_found()}</p> }.into_any(),
                        },
                    }
                })
            }}
        </Transition>
    }
}

#[component]
fn List(boards: Vec<BoardForm>) -> impl IntoView {
    let row = |board: BoardForm| {
        let edit = format!("/admin/boards?board={}", board.slug);
        let copy = format!("/admin/boards?copy={}", board.slug);
        let seasons = format!("/admin/seasons?board={}", board.slug);
        let archived = (board.archived == "yes")
            .then(|| view! { <span class="mark">{words::is_archived()}</span> });
        view! {
            <tr>
                <th scope="row"><a href=edit><bdi>{board.title}</bdi></a><code>{board.slug}</code>{archived}</th>
                <td data-label=words::rules()>{words::rules_in_short([&board.policy, &board.order, &board.tie])}</td>
                <td data-label=words::periods()>{periods(&board.periods)}</td>
                <td data-label=words::version()>{board.version}</td>
                <td><div class="tools"><a class="small" href=seasons>{words::seasons()}</a><a class="small" href=copy>{words::copy()}</a></div></td>
            </tr>
        }
    };
    let is_empty = boards.is_empty();
    view! {
        <section class="panel" aria-labelledby="boards">
            <h2 id="boards">{words::boards()}</h2>
            <p><a class="button" href="/admin/boards?board=">{words::new_board()}</a></p>
            <p class="quiet" hidden=!is_empty>{words::no_boards_yet()}</p>
            <table class="table" hidden=is_empty>
                <thead>
                    <tr><th scope="col">{words::board()}</th><th scope="col">{words::rules()}</th><th scope="col">{words::periods()}</th><th scope="col">{words::version()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
                </thead>
                <tbody>{boards.into_iter().map(row).collect_view()}</tbody>
            </table>
        </section>
    }
}

/// The display names of a form's periods.
fn periods(names: &str) -> String {
    let names = names.split(' ').filter_map(|name| name.parse().ok());
    names.map(words::period).collect::<Vec<_>>().join(", ")
}

#[component]
fn Form(form: BoardForm) -> impl IntoView {
    let saved_form = RwSignal::new(form.clone());
    let form = with_typed_values(form);
    let form = RwSignal::new(form);
    // By `form`: if the slug of a new board is taken, `saved_form` becomes the existing board.
    let is_saved = Memo::new(move |_| form.with(|form| form.version > 0));
    let heading = move || {
        if is_saved.get() {
            form.with_untracked(|form| words::edit_board(&form.slug))
        } else {
            words::new_board().to_owned()
        }
    };
    let theirs = RwSignal::new(None::<BoardForm>);
    let merged_fields = RwSignal::new(Vec::<&'static str>::new());
    let save = ServerAction::<SaveBoard>::new();
    Effect::new(move |_| {
        let saved = save.value().get();
        if let Some(Ok(saved)) = saved {
            theirs.set(None);
            saved_form.set(saved.clone());
            form.set(saved);
        } else if saved
            .and_then(Result::err)
            .is_some_and(|error| error.code == "outdated_board")
        {
            leptos::task::spawn_local(async move {
                let boards = load_board_forms().await.unwrap_or_default();
                let slug = form.with_untracked(|form| form.slug.clone());
                let found = boards.into_iter().find(|board| board.slug == slug);
                if let Some(found) = &found {
                    // A field that only the other admin changed is not a conflict.
                    let base = saved_form.get_untracked();
                    let mut taken = Vec::new();
                    form.update(|form| taken = form.take_over(&base, found));
                    // The next save is compared with their version.
                    saved_form.set(found.clone());
                    merged_fields.set(taken);
                }
                theirs.set(found);
            });
        }
    });
    let saved = move || {
        let saved = save.value().get().and_then(Result::ok)?;
        let page = format!("/boards/{}", saved.slug);
        Some(
            view! { {words::saved_as_version(saved.version)} " " <a href=page>{words::view_board()}</a> },
        )
    };
    let preview = RwSignal::new(None::<Result<(Preview, ScoreFormat), PageError>>);
    // The newest refusal, of the preview or of the save.
    let is_pending = save.pending();
    let refusal = Signal::derive(move || {
        if is_pending.get() {
            return None;
        }
        let of_preview = preview.get().and_then(Result::err);
        of_preview.or_else(|| save.value().get().and_then(Result::err))
    });
    let errors = FormErrors::new(refusal, field_id);
    let refusal_below = errors.below();
    // Only an archived board can be deleted.
    let deletable = move || {
        saved_form.with(|saved| {
            let is_archived = saved.version > 0 && saved.archived == "yes";
            let slug = leaderport::Slug::new(&saved.slug).ok()?;
            is_archived.then_some((slug, saved.version))
        })
    };
    // The next step is in the preview or in the merge; a panel has one primary button.
    let has_next_step = move || {
        let is_previewed = preview.with(|shown| matches!(shown, Some(Ok(_))));
        let newer = theirs.with(|theirs| theirs.as_ref().map(|theirs| theirs.version));
        is_previewed || newer.is_some_and(|newer| form.with(|form| form.version != newer))
    };
    let previewed = RwSignal::new(form.get_untracked());
    let save_button = NodeRef::<leptos::html::Button>::new();
    // The preview has the focus when it closes.
    let close_preview = move || {
        preview.set(None);
        focus_first_of(save_button.get_untracked().map(Into::into));
    };
    let leave = Callback::new(move |()| close_preview());
    let apply = Callback::new(move |()| {
        if preview.with_untracked(Option::is_some) {
            close_preview();
        }
        save.dispatch(SaveBoard {
            form: previewed.get_untracked(),
        });
    });
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        let now = form.get_untracked();
        // Apply exactly the previewed form, even if the admin edits it during the preview.
        previewed.set(now.clone());
        let changes_ranks = saved_form.with_untracked(|saved| now.ranks_unlike(saved));
        if !is_saved.get_untracked() || !changes_ranks {
            apply.run(());
            return;
        }
        // A form that may change ranks is previewed before it is saved.
        preview.set(None);
        leptos::task::spawn_local(async move {
            preview.set(Some(preview_board(now).await));
        });
    };
    view! {
        <section class="panel" aria-labelledby="board-form">
            <p><a href="/admin/boards">{words::all_boards()}</a></p>
            <h2 id="board-form">{heading}</h2>
            {move || is_saved.get().then(|| view! { <Others slug=form.with_untracked(|f| f.slug.clone()) /> })}
            <ActionForm action=save on:submit:capture=submit attr:class="board-form">
                <input type="hidden" name="form[version]" value=move || form.with(|f| f.version) />
                <BoardFields form saved_form is_saved errors />
                <button type="submit" class="button" class:quiet-button=has_next_step node_ref=save_button>{words::save()}</button>
            </ActionForm>
            <p class="status" role="status" data-status="refused">{move || refusal_below.get()}</p>
            <p class="status" role="status" data-status="done">{saved}</p>
            {move || preview.get().and_then(Result::ok).map(|(shown, format)| view! {
                <RulesPreview preview=shown format apply leave />
            })}
            {move || theirs.get().map(|theirs| view! { <Merge form theirs merged_fields save_button /> })}
            {move || deletable().map(|(slug, version)| view! { <DeleteSection slug version /> })}
        </section>
    }
}

/// The form with the values that the admin typed before hydration.
fn with_typed_values(mut form: BoardForm) -> BoardForm {
    if cfg!(feature = "ssr") {
        return form;
    }
    form.slug = typed_value("slug", &form.slug).unwrap_or(form.slug);
    for (name, _, of) in FIELDS {
        let field = of(&mut form);
        let id = format!("board-{name}");
        let typed = if is_instant(name) {
            let typed = typed_value(&id, input_of_instant(field));
            typed.map(|text| instant_of_input(&text))
        } else {
            typed_value(&id, field)
        };
        if let Some(text) = typed {
            *field = text;
        }
    }
    let is_typed = |field: &str, name: &str| typed_check(&look_id(field, name)) == Some(true);
    let mut accents = Accent::ALL.map(Accent::name).into_iter();
    if let Some(accent) = accents.find(|&name| is_typed("accent", name)) {
        accent.clone_into(&mut form.accent);
    }
    let mut emblems = Emblem::ALL.map(Emblem::name).into_iter();
    if let Some(emblem) = emblems.find(|&name| is_typed("emblem", name)) {
        emblem.clone_into(&mut form.emblem);
    }
    for period in Period::ALL {
        if let Some(is_wanted) = typed_check(&period_id(period)) {
            form.set_period(period, is_wanted);
        }
    }
    form
}

/// The other admins who have this form open.
#[component]
fn Others(slug: String) -> impl IntoView {
    let others = RwSignal::new(Vec::<String>::new());
    let report_visit = move || {
        let Ok(slug) = leaderport::Slug::new(&slug) else {
            return;
        };
        leptos::task::spawn_local(async move {
            // After an error, the next interval retries.
            if let Ok(handles) = visit_form(slug).await {
                let _ = others.try_set(handles);
            }
        });
    };
    Effect::new(move |_| {
        report_visit();
        let again = report_visit.clone();
        if let Ok(timer) = set_interval_with_handle(again, VISIT_INTERVAL) {
            on_cleanup(move || timer.clear());
        }
    });
    let text = move || {
        others.with(|others| (!others.is_empty()).then(|| words::also_editing(others.join(", "))))
    };
    view! { <p class="others" role="status">{text}</p> }
}

/// Both versions side by side, to choose one of them for each field.
#[component]
fn Merge(
    form: RwSignal<BoardForm>,
    theirs: BoardForm,
    /// The labels of the fields that only the other admin changed.
    merged_fields: RwSignal<Vec<&'static str>>,
    /// The button of the next step.
    save_button: NodeRef<leptos::html::Button>,
) -> impl IntoView {
    let version = theirs.version;
    let theirs = StoredValue::new(theirs);
    let rows = move || {
        let mine = form.get();
        let row = |(name, label, of): Field| {
            let (own, other) = (
                of(&mut mine.clone()).clone(),
                of(&mut theirs.get_value()).clone(),
            );
            let taken = other.clone();
            view! {
                <tr data-field=name>
                    <th scope="row">{label}</th>
                    <td data-label=words::yours()><bdi>{own}</bdi></td>
                    <td data-label=words::theirs()><bdi>{other}</bdi></td>
                    <td>
                        <button type="button" class="small" on:click=move |_| form.update(|form| of(form).clone_from(&taken))>{words::use_theirs()}</button>
                    </td>
                </tr>
            }
        };
        let differences = theirs.with_value(|theirs| mine.differences(theirs));
        differences.into_iter().map(row).collect_view()
    };
    // The button is disabled afterwards.
    let merged = move |_| {
        form.update(|form| form.version = version);
        focus_first_of(save_button.get_untracked().map(Into::into));
    };
    view! {
        <section class="merge" aria-labelledby="merge">
            <h3 id="merge">{words::saved_while_editing(version)}</h3>
            <p class="quiet">{words::how_to_merge()}</p>
            {move || merged_fields.with(|taken| (!taken.is_empty()).then(|| view! {
                <p>{words::merged_automatically(taken.join(", "))}</p>
            }))}
            <table class="table">
                <thead>
                    <tr><th scope="col">{words::field()}</th><th scope="col">{words::yours()}</th><th scope="col">{words::theirs()}</th><th scope="col"><span class="sr-only">{words::actions()}</span></th></tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            <button type="button" class="button" on:click=merged disabled=move || form.with(|f| f.version == version)>
                {move || if form.with(|f| f.version == version) { words::save_to_finish() } else { words::finish_merge() }}
            </button>
        </section>
    }
}
