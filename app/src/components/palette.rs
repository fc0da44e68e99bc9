//! The command palette: a modal dialog with a combobox. Its choices are links in groups.

use leaderport::Role;
use leptos::{ev, html, prelude::*};
use web_sys::EventTarget;

use crate::browser::palette::{close_modal, open_modal, remember_choice};
use crate::components::admin::Section;
use crate::core::palette::{Choice, Group, Groups};
use crate::features::palette::Palette;
use crate::words;

/// The id of the list of choices (`features/palette.rs` finds the highlighted one in it).
const CHOICES: &str = "palette-choices";

/// The dialog. It is closed until the state says otherwise.
#[component]
pub fn PaletteDialog(palette: Palette) -> impl IntoView {
    let dialog = NodeRef::<html::Dialog>::new();
    Effect::new(move || {
        let is_open = palette.is_open.get();
        match dialog.get() {
            Some(dialog) if is_open => open_modal(&dialog),
            Some(dialog) => close_modal(&dialog),
            None => {}
        }
    });
    let groups = Memo::new(move |_| palette.groups());
    // The target of a press on the backdrop is the dialog itself.
    let close_by_backdrop = move |event: ev::MouseEvent| {
        let dialog: Option<EventTarget> = dialog.get_untracked().map(Into::into);
        if event.target() == dialog {
            palette.close();
        }
    };
    view! {
        <dialog
            class="palette"
            node_ref=dialog
            aria-label=words::palette_title()
            on:close=move |_| palette.close()
            on:click=close_by_backdrop
        >
            <div class="palette-box">
                <PaletteField palette groups />
                <p class="palette-status" role="status">{move || status(palette, groups)}</p>
                <div id=CHOICES class="palette-choices" role="listbox" aria-label=words::palette_choices()>
                    {move || view! { <GroupedChoices palette groups=groups.get() /> }}
                </div>
            </div>
        </dialog>
    }
}

/// The field of the palette, which has the focus while the palette is open.
#[component]
fn PaletteField(palette: Palette, groups: Memo<Groups>) -> impl IntoView {
    let press_key = move |event: ev::KeyboardEvent| {
        let has_modifier = event.ctrl_key() || event.alt_key() || event.meta_key();
        if !has_modifier && !event.is_composing() && palette.press_key(&event.key()) {
            event.prevent_default();
        }
    };
    let has_choices = move || groups.with(|groups| !groups.is_empty());
    let active = move || has_choices().then(|| choice_id(palette.active.get()));
    view! {
        <input
            class="palette-field"
            type="text"
            role="combobox"
            autofocus=true
            maxlength="40"
            autocomplete="off"
            autocapitalize="none"
            spellcheck="false"
            aria-label=words::palette_field()
            placeholder=words::palette_field()
            aria-autocomplete="list"
            aria-controls=CHOICES
            aria-expanded=move || has_choices().to_string()
            aria-activedescendant=active
            prop:value=move || palette.text.get()
            on:input=move |event| palette.type_text(event_target_value(&event))
            on:keydown=press_key
        />
    }
}

/// The groups, whose choices are counted through.
#[component]
fn GroupedChoices(palette: Palette, groups: Groups) -> impl IntoView {
    let mut count = 0_usize;
    let group = |(group, choices): (Group, Vec<Choice>)| {
        let first = count;
        count += choices.len();
        let id = format!("palette-group-{first}");
        let label = id.clone();
        let choices = choices.into_iter().enumerate();
        let choice = |(n, choice): (usize, Choice)| {
            let number = first + n;
            view! { <PaletteChoice palette choice number /> }
        };
        let choices = choices.map(choice).collect_view();
        view! {
            <div role="group" aria-labelledby=label>
                <p id=id class="palette-group" role="presentation">{title_of(group)}</p>
                {choices}
            </div>
        }
    };
    groups.into_iter().map(group).collect_view()
}

#[component]
fn PaletteChoice(
    palette: Palette,
    choice: Choice,
    /// Its index in all groups.
    number: usize,
) -> impl IntoView {
    let is_active = move || palette.active.get() == number;
    let chosen = choice.clone();
    // A long name is clipped.
    let whole_name = choice.label.clone();
    view! {
        <a
            id=choice_id(number)
            href=choice.address
            role="option"
            tabindex="-1"
            aria-selected=move || is_active().to_string()
            class:active=is_active
            on:click=move |_| remember_choice(chosen.clone())
        >
            <span class="name" title=whole_name><bdi>{choice.label}</bdi></span>
            <span class="quiet"><bdi>{choice.detail}</bdi></span>
        </a>
    }
}

/// The id of a choice.
fn choice_id(number: usize) -> String {
    format!("palette-choice-{number}")
}

/// The number of choices for a text, or the reason why some are missing.
fn status(palette: Palette, groups: Memo<Groups>) -> Option<String> {
    if let Some(error) = palette.error.get() {
        return Some(error);
    }
    let count: usize = groups.with(|groups| groups.iter().map(|(_, of)| of.len()).sum());
    let text = palette.text.get();
    if text.trim().is_empty() {
        None
    } else if count > 0 {
        Some(words::palette_results(count as u64))
    } else if palette.is_searching.get() {
        Some(words::palette_is_searching().to_owned())
    } else {
        Some(words::nothing_matches(text.trim()))
    }
}

fn title_of(group: Group) -> &'static str {
    match group {
        Group::Recent => words::recent_choices(),
        Group::Boards => words::boards(),
        Group::Pages => words::palette_pages(),
        Group::Players => words::players(),
    }
}

/// The pages of the site for a role; none is the role of a reader without the admin page.
#[must_use]
pub fn pages_for(role: Option<Role>) -> Vec<Choice> {
    let page = |address: &str, label: &str, detail: &str| Choice {
        address: address.to_owned(),
        label: label.to_owned(),
        detail: detail.to_owned(),
    };
    let public = [
        page("/", words::see_all_boards(), ""),
        page("/account", words::your_account(), ""),
        page("/settings", words::settings(), ""),
        page("/docs", words::documentation(), ""),
    ];
    let sections = Section::ALL.into_iter();
    let sections = sections.filter(|section| role.is_some_and(|role| role >= section.role()));
    let sections = sections.map(|section| page(section.path(), section.words(), words::admin()));
    public.into_iter().chain(sections).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_of_the_palette_are_those_that_the_role_can_open() {
        let addresses = |role| -> Vec<String> {
            let pages = pages_for(role);
            pages.into_iter().map(|page| page.address).collect()
        };
        assert_eq!(addresses(None), ["/", "/account", "/settings", "/docs"]);
        let of_moderators = addresses(Some(Role::Moderator));
        assert_eq!(of_moderators[4..], ["/admin/players"]);
        assert_eq!(addresses(Some(Role::Admin)).len(), 4 + Section::ALL.len());
    }
}
