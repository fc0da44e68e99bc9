//! The sheet of a player, with moderation.

use leaderport::{PlayerId, PlayerName, Ruling};
use leptos::either::Either;
use leptos::prelude::*;

use crate::api::admin_page::moderation::load_sheet;
use crate::components::admin::players::sheet_state::SheetState;
use crate::components::admin::players::submissions::Submissions;
use crate::components::admin::players::undo::UndoBar;
use crate::components::admin::players::{PlayerMarks, shown_name};
use crate::components::form::field_error::FieldError;
use crate::components::form::text_field::FormErrors;
use crate::components::page::refused::RefusedPart;
use crate::error::PageError;
use crate::words::{self, Words};

/// A player's sheet: identity, moderation, submissions.
#[component]
pub fn PlayerSheet(
    /// The player.
    player: PlayerId,
) -> impl IntoView {
    let sheet = Resource::new(move || player.clone(), |player| load_sheet(player, None));
    view! {
        <Suspense fallback=|| view! { <p class="quiet">{words::loading()}</p> }>
            {move || Suspend::new(async move {
                match sheet.await {
                    Ok(sheet) => Either::Left(view! { <Loaded sheet_state=SheetState::new(sheet) /> }),
                    Err(error) => Either::Right(view! { <section class="panel"><RefusedPart error /></section> }),
                }
            })}
        </Suspense>
    }
}

#[component]
fn Loaded(sheet_state: SheetState) -> impl IntoView {
    let name = move || sheet_state.record.with(shown_name);
    let id = sheet_state.player.get_value().to_string();
    let take_back = Callback::new(move |rulings| sheet_state.decide(rulings, None));
    let errors = FormErrors::new(sheet_state.refusal.into(), field_id);
    let (of_reason, refused) = (errors.at("reason"), errors.below());
    view! {
        <section class="panel" aria-labelledby="sheet">
            <h2 id="sheet"><bdi>{name}</bdi></h2>
            <p class="marks"><code><bdi>{id}</bdi></code> {move || view! { <PlayerMarks record=sheet_state.record.get() /> }}</p>
            <label for="reason">{words::reason_for_audit_log()}</label>
            <input
                id="reason"
                maxlength="200"
                autocomplete="off"
                placeholder=words::example_of_reason()
                aria-invalid=move || of_reason.read().is_some().then_some("true")
                aria-describedby="reason-error"
                prop:value=move || sheet_state.reason.get()
                on:input=move |event| sheet_state.reason.set(event_target_value(&event))
            />
            <FieldError field="reason" text=of_reason />
            <p class="status" role="status" data-status="refused">{move || refused.get()}</p>
            <Moderation sheet_state errors />
            <Submissions sheet_state />
        </section>
        <UndoBar undo=sheet_state.undo take_back />
    }
}

/// The id of the field that an error names; none if the sheet lacks that field.
fn field_id(error: &PageError) -> Option<String> {
    let id = match error.field.as_deref()? {
        "reason" => "reason",
        "name" => "new-name",
        "into" => "into",
        _ => return None,
    };
    Some(id.to_owned())
}

/// Ban, name and merge.
#[component]
fn Moderation(sheet_state: SheetState, errors: FormErrors) -> impl IntoView {
    let player = move || sheet_state.player.get_value();
    let is_banned = Memo::new(move |_| sheet_state.record.with(|record| record.is_banned));
    let ban = move |banned: bool| {
        let message = if banned {
            words::player_banned()
        } else {
            words::player_unbanned()
        };
        let players = vec![player()];
        sheet_state.decide(
            vec![Ruling::Ban { players, banned }],
            Some(message.to_owned()),
        );
    };
    let rename = Callback::new(move |text: String| match PlayerName::new(&text) {
        Ok(name) => {
            let message = words::renamed_to(&name);
            let ruling = Ruling::Rename {
                player: player(),
                name,
                fixed: true,
            };
            sheet_state.decide(vec![ruling], Some(message));
        }
        Err(error) => sheet_state.refuse(error.into()),
    });
    let merge = Callback::new(move |text: String| match PlayerId::new(&text) {
        Ok(into) => {
            let message = words::merged_into(&into);
            let ruling = Ruling::Merge {
                players: vec![player()],
                into: Some(into),
            };
            sheet_state.decide(vec![ruling], Some(message));
        }
        Err(_) => sheet_state.refuse(PageError {
            field: Some("into".to_owned()),
            ..PageError::new("invalid_value", words::enter_another_player())
        }),
    });
    let unmerge = move |_| {
        let players = vec![player()];
        let ruling = Ruling::Merge {
            players,
            into: None,
        };
        sheet_state.decide(vec![ruling], Some(words::merge_undone().to_owned()));
    };
    let free_name = move |_| {
        let name = sheet_state.record.with_untracked(shown_name);
        if let Ok(name) = PlayerName::new(&name) {
            let ruling = Ruling::Rename {
                player: player(),
                name,
                fixed: false,
            };
            sheet_state.decide(vec![ruling], Some(words::name_unlocked().to_owned()));
        }
    };
    let merged_into = move || {
        sheet_state
            .record
            .with(|r| r.merged_into.as_ref().map(ToString::to_string))
    };
    view! {
        <div class="tools">
            // One button for both, so that it keeps the focus.
            <button type="button" class="small" class:danger=move || !is_banned.get() on:click=move |_| ban(!is_banned.get_untracked())>
                {move || if is_banned.get() { words::unban() } else { words::ban() }}
            </button>
            {move || sheet_state.record.with(|r| r.is_name_fixed).then(|| view! {
                <button type="button" class="small" on:click=free_name>{words::unlock_name()}</button>
            })}
            {move || merged_into().map(|_| view! {
                <button type="button" class="small" on:click=unmerge>{words::unmerge()}</button>
            })}
        </div>
        <div class="sheet-forms">
            <TextForm id="new-name" label=words::new_locked_name() rule=words::invalid_name button=words::rename() done=rename sheet_state errors />
            <TextForm id="into" label=words::merge_target() rule=words::enter_another_player button=words::merge() done=merge sheet_state errors />
        </div>
    }
}

/// A form with one text field. It keeps a text that is refused.
#[component]
fn TextForm(
    id: &'static str,
    label: &'static str,
    /// The request to a reader whose text is refused by the browser.
    rule: Words,
    button: &'static str,
    /// Called with the submitted text.
    done: Callback<String>,
    sheet_state: SheetState,
    errors: FormErrors,
) -> impl IntoView {
    let field = NodeRef::<leptos::html::Input>::new();
    // The text of the form was sent last, and has no answer yet.
    let is_sent = StoredValue::new(false);
    let submit = move |event: leptos::ev::SubmitEvent| {
        event.prevent_default();
        if let Some(field) = field.get_untracked() {
            is_sent.set_value(true);
            done.run(field.value().trim().to_owned());
        }
    };
    Effect::new(move || {
        if sheet_state.refusal.read().is_some() {
            is_sent.set_value(false);
        }
    });
    Effect::new(move || {
        sheet_state.accepted.track();
        if is_sent.get_value()
            && let Some(field) = field.get_untracked()
        {
            is_sent.set_value(false);
            field.set_value("");
        }
    });
    let error = errors.at(id);
    view! {
        <form class="jump" on:submit=submit>
            <label for=id>{label}</label>
            <input
                id=id
                node_ref=field
                required
                maxlength="64"
                autocomplete="off"
                autocapitalize="none"
                spellcheck="false"
                aria-invalid=move || error.read().is_some().then_some("true")
                aria-describedby=format!("{id}-error")
                on:invalid=move |event| errors.refuse(&event, id, rule)
                on:input=move |_| errors.forget(id)
            />
            <button type="submit">{button}</button>
            <FieldError field=id text=error />
        </form>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_at_the_field_that_it_is_about() {
        for (field, id) in [
            (Some("reason"), Some("reason")),
            (Some("name"), Some("new-name")),
            (Some("into"), Some("into")),
            (Some("ids"), None),
            (None, None),
        ] {
            let error = PageError {
                field: field.map(str::to_owned),
                ..PageError::new("invalid_value", "")
            };
            assert_eq!(field_id(&error).as_deref(), id, "{field:?}");
        }
    }
}
