//! The look of a board in its form: its colour and its emblem, as tiles, and the upload and the removal
//! of an emblem.

use leaderport::{Accent, Emblem};
use leptos::either::EitherOf3;
use leptos::prelude::*;
use web_sys::HtmlInputElement;

use crate::api::admin_page::board_form::BoardForm;
use crate::browser::emblem_upload::{UploadRefusal, has_emblem, remove_emblem, upload_emblem};
use crate::components::admin::Confirm;
use crate::components::emblem::DrawnEmblem;
use crate::components::form::field_error::FieldError;
use crate::components::form::text_field::FormErrors;
use crate::words;

/// The id of the radio button of a choice: `board-accent-teal`.
#[must_use]
pub fn look_id(field: &str, choice: &str) -> String {
    format!("board-{field}-{choice}")
}

/// The choice of the colour.
#[component]
pub fn AccentField(
    /// The form.
    form: RwSignal<BoardForm>,
    /// The errors of the form.
    errors: FormErrors,
) -> impl IntoView {
    let error = errors.at("board-accent");
    let tile = move |accent: Accent| {
        let name = accent.name();
        let is_first = form.with_untracked(|form| form.accent == name);
        let is_chosen = move || form.with(|form| form.accent == name);
        let choose = move |_| form.update(|form| name.clone_into(&mut form.accent));
        view! {
            <label class="look-choice" data-accent=name>
                <input type="radio" name="form[accent]" value=name id=look_id("accent", name) aria-describedby="board-accent-error"
                    checked=is_first prop:checked=is_chosen on:change=choose />
                <span class="swatch" aria-hidden="true"></span>
                <span>{words::accent_name(accent)}</span>
            </label>
        }
    };
    view! {
        <span class="label" id="board-accents">{words::accent()}</span>
        <div class="look-choices" role="radiogroup" aria-labelledby="board-accents" aria-invalid=move || error.read().is_some().then_some("true")>
            {Accent::ALL.map(tile).into_iter().collect_view()}
        </div>
        <FieldError field="board-accent" text=error />
    }
}

/// The choice of the emblem, the upload, and a sample of the look.
#[component]
pub fn EmblemField(
    /// The form.
    form: RwSignal<BoardForm>,
    /// The form as last saved.
    saved_form: RwSignal<BoardForm>,
    /// The errors of the form.
    errors: FormErrors,
) -> impl IntoView {
    let error = errors.at("board-emblem");
    // Counts the uploads, so that a new picture is loaded again.
    let uploads = RwSignal::new(0_u32);
    let has_own = RwSignal::new(false);
    find_own_emblem(form, has_own);
    let tile = move |emblem: Emblem| {
        let name = emblem.name();
        let is_first = form.with_untracked(|form| form.emblem == name);
        let is_chosen = move || form.with(|form| form.emblem == name);
        let choose = move |_| form.update(|form| name.clone_into(&mut form.emblem));
        let is_absent = move || emblem == Emblem::Custom && !is_chosen() && !has_own.get();
        view! {
            <label class="look-choice" hidden=is_absent>
                <input type="radio" name="form[emblem]" value=name id=look_id("emblem", name) aria-describedby="board-emblem-error"
                    checked=is_first prop:checked=is_chosen on:change=choose />
                <Picture form emblem=Signal::stored(Some(emblem)) uploads />
                <span>{words::emblem_name(emblem)}</span>
            </label>
        }
    };
    view! {
        <span class="label" id="board-emblems">{words::emblem()}</span>
        <div class="look-choices" role="radiogroup" aria-labelledby="board-emblems" aria-invalid=move || error.read().is_some().then_some("true")>
            {Emblem::ALL.map(tile).into_iter().collect_view()}
        </div>
        <FieldError field="board-emblem" text=error />
        <Upload form saved_form uploads has_own />
        <Removal form saved_form has_own />
        <LookSample form uploads />
    }
}

/// Finds out whether the board has an uploaded picture. A new board has none.
fn find_own_emblem(form: RwSignal<BoardForm>, has_own: RwSignal<bool>) {
    Effect::new(move || {
        let (slug, version) = form.with_untracked(|form| (form.slug.clone(), form.version));
        if version > 0 {
            leptos::task::spawn_local(async move {
                // The form may be left before the answer.
                has_own.try_set(has_emblem(&slug).await);
            });
        }
    });
}

/// An emblem: a drawn one, or the uploaded one of the board.
#[component]
fn Picture(
    form: RwSignal<BoardForm>,
    /// The emblem; none if its name is unknown.
    emblem: Signal<Option<Emblem>>,
    uploads: RwSignal<u32>,
) -> impl IntoView {
    let source = move || {
        let slug = form.with(|form| form.slug.clone());
        format!("/api/v1/boards/{slug}/emblem?upload={}", uploads.get())
    };
    move || match emblem.get() {
        Some(Emblem::Custom) => {
            EitherOf3::A(view! { <img class="emblem" src=source alt="" loading="lazy" /> })
        }
        Some(emblem) => EitherOf3::B(view! { <DrawnEmblem emblem /> }),
        None => EitherOf3::C(()),
    }
}

/// The upload of a picture. It takes effect at once, because a form cannot keep a file.
#[component]
fn Upload(
    form: RwSignal<BoardForm>,
    saved_form: RwSignal<BoardForm>,
    uploads: RwSignal<u32>,
    /// Whether the board has a picture.
    has_own: RwSignal<bool>,
) -> impl IntoView {
    let outcome = RwSignal::new(None::<Result<(), UploadRefusal>>);
    let is_new = move || form.with(|form| form.version == 0);
    let upload = move |event: web_sys::Event| {
        let input: HtmlInputElement = event_target(&event);
        let Some(file) = input.files().and_then(|files| files.get(0)) else {
            return;
        };
        let slug = form.with_untracked(|form| form.slug.clone());
        outcome.set(None);
        leptos::task::spawn_local(async move {
            let uploaded = upload_emblem(&slug, &file).await;
            // The same file may be chosen again.
            input.set_value("");
            if let Ok(version) = uploaded {
                form.update(|form| form.note_upload(version));
                saved_form.update(|saved| saved.note_upload(version));
                uploads.update(|uploads| *uploads += 1);
                has_own.set(true);
            }
            outcome.set(Some(uploaded.map(|_| ())));
        });
    };
    let explained = move || {
        if is_new() {
            words::upload_after_saving()
        } else {
            words::upload_explained()
        }
    };
    let status = move || {
        if outcome.with(|outcome| matches!(outcome, Some(Ok(())))) {
            "done"
        } else {
            "refused"
        }
    };
    let is_invalid = move || {
        let is_refused = outcome.with(|outcome| matches!(outcome, Some(Err(_))));
        is_refused.then_some("true")
    };
    // The picture may have been removed since.
    let is_own = move || form.with(|form| form.emblem == Emblem::Custom.name());
    let text = move || {
        let outcome = outcome.get();
        let outcome = outcome.filter(|outcome| outcome.is_err() || is_own());
        outcome.map(outcome_text)
    };
    view! {
        <label for="board-emblem-file">{words::upload_emblem()}</label>
        <input type="file" id="board-emblem-file" accept="image/svg+xml,image/png"
            aria-invalid=is_invalid aria-describedby="board-emblem-file-explained board-emblem-file-error" disabled=is_new on:change=upload />
        <p class="quiet" id="board-emblem-file-explained">{explained}</p>
        // Announced too, because the field keeps the focus.
        <p class="status" id="board-emblem-file-error" role="status" data-status=status>{text}</p>
    }
}

/// The removal of the uploaded picture, while it is chosen. Like the upload, it takes effect at once.
#[component]
fn Removal(
    form: RwSignal<BoardForm>,
    saved_form: RwSignal<BoardForm>,
    /// Whether the board has a picture.
    has_own: RwSignal<bool>,
) -> impl IntoView {
    let is_done = RwSignal::new(None::<bool>);
    let is_absent =
        move || form.with(|form| form.version == 0 || form.emblem != Emblem::Custom.name());
    let yes = Callback::new(move |()| {
        let slug = form.with_untracked(|form| form.slug.clone());
        is_done.set(None);
        leptos::task::spawn_local(async move {
            let removed = remove_emblem(&slug).await;
            if let Some(version) = removed {
                let default = Emblem::default().name();
                saved_form.update(|saved| saved.note_removal(version, default));
                let shown = saved_form.with_untracked(|saved| saved.emblem.clone());
                form.update(|form| form.note_removal(version, &shown));
                has_own.set(false);
            }
            is_done.set(Some(removed.is_some()));
        });
    });
    let status = move || {
        if is_done.get() == Some(true) {
            "done"
        } else {
            "refused"
        }
    };
    // A picture may have been uploaded again since.
    let text = move || match is_done.get() {
        Some(true) if is_absent() => Some(words::own_emblem_is_removed()),
        Some(false) => Some(words::own_emblem_is_not_removed()),
        _ => None,
    };
    view! {
        <p hidden=is_absent>
            <Confirm label=words::remove_emblem() question=words::remove_emblem_question() yes is_dangerous=true />
        </p>
        <p class="status" role="status" data-status=status>{text}</p>
    }
}

fn outcome_text(outcome: Result<(), UploadRefusal>) -> String {
    match outcome {
        Ok(()) => words::emblem_is_uploaded().to_owned(),
        Err(UploadRefusal::TooLarge) => words::emblem_is_too_large().to_owned(),
        Err(UploadRefusal::NoPicture) => words::emblem_is_no_picture().to_owned(),
        Err(UploadRefusal::Unusable(reason)) => words::emblem_is_refused(reason),
        Err(UploadRefusal::Failed) => words::emblem_is_not_uploaded().to_owned(),
    }
}

/// The title of the form in its look.
#[component]
fn LookSample(form: RwSignal<BoardForm>, uploads: RwSignal<u32>) -> impl IntoView {
    let emblem = Signal::derive(move || {
        let named = |emblem: &Emblem| form.with(|form| form.emblem == emblem.name());
        Emblem::ALL.into_iter().find(named)
    });
    let accent = move || form.with(|form| form.accent.clone());
    let title = move || form.with(|form| form.title.clone());
    view! {
        <span class="label" id="board-look-sample">{words::look_sample()}</span>
        <div class="look-sample" role="group" aria-labelledby="board-look-sample" data-accent=accent>
            <strong><Picture form emblem uploads /><bdi>{title}</bdi></strong>
            <span class="look-action" aria-hidden="true">{words::play_sample()}</span>
        </div>
    }
}
