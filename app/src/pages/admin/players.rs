//! Players: found by name, and a sheet each: what they submitted, why they stand
//! where they stand, and what moderators decide. What is decided shows at once and
//! can be taken back: by a button for some seconds, and for ever by its opposite.

pub mod sheet;
pub mod undo;

use leaderport::{PlayerId, PlayerRecord};
use leptos::either::Either;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use self::sheet::PlayerSheet;
use crate::api::moderation::find_players;
use crate::components::refused::Refused;

/// The search, and the player that was chosen.
#[component]
pub fn Players() -> impl IntoView {
    let query = use_query_map();
    let text = move || query.with(|q| q.get("name")).unwrap_or_default();
    let text = Memo::new(move |_| text());
    let chosen = move || query.with(|q| q.get("player"));
    let chosen = Memo::new(move |_| chosen().and_then(|id| PlayerId::new(&id).ok()));
    let found = Resource::new(
        move || text.get(),
        async |text| {
            if text.trim().is_empty() {
                return Ok(Vec::new());
            }
            find_players(text).await
        },
    );
    view! {
        <section class="panel" aria-labelledby="players">
            <h2 id="players">"Players"</h2>
            <form method="get" action="/admin/players" class="jump" role="search">
                <label for="player-name">"Name, handle or id"</label>
                <input id="player-name" name="name" type="search" value=text maxlength="80" autocomplete="off" autocapitalize="none" spellcheck="false" />
                <button type="submit">"Find"</button>
            </form>
            <Transition fallback=|| view! { <p class="quiet">"Loading…"</p> }>
                {move || Suspend::new(async move {
                    match found.await {
                        Ok(players) => Either::Left(view! { <Found players text=text.get_untracked() /> }),
                        Err(error) => Either::Right(view! { <Refused error /> }),
                    }
                })}
            </Transition>
        </section>
        {move || chosen.get().map(|player| view! { <PlayerSheet player /> })}
    }
}

#[component]
fn Found(players: Vec<PlayerRecord>, text: String) -> impl IntoView {
    if players.is_empty() && !text.trim().is_empty() {
        let nobody = format!("Nobody's name begins with “{}”.", text.trim());
        return view! { <p class="quiet">{nobody}</p> }.into_any();
    }
    let text = url_escape(&text);
    let row = move |record: PlayerRecord| {
        let href = format!(
            "/admin/players?name={text}&player={}",
            url_escape(record.player.as_str())
        );
        view! {
            <li>
                <a href=href>{shown_name(&record)}</a>
                <code>{record.player.to_string()}</code>
                <Marks record />
            </li>
        }
    };
    view! { <ul class="found">{players.into_iter().map(row).collect_view()}</ul> }.into_any()
}

fn shown_name(record: &PlayerRecord) -> String {
    let name = record.name.as_ref().map(ToString::to_string);
    name.unwrap_or_else(|| record.player.to_string())
}

/// What is decided of a player, in a word each.
#[component]
fn Marks(record: PlayerRecord) -> impl IntoView {
    let into = record.merged_into.map(|into| format!("merged into {into}"));
    let marks = [
        record.handle.map(|handle| format!("@{handle}")),
        record.is_banned.then(|| "banned".to_owned()),
        into,
        record.is_name_fixed.then(|| "name fixed".to_owned()),
    ];
    let mark = |words: String| view! { <span class="mark">{words}</span> };
    marks.into_iter().flatten().map(mark).collect_view()
}

/// Text as a part of a query.
pub(super) fn url_escape(text: &str) -> String {
    let byte = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
            char::from(byte).to_string()
        }
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::url_escape;

    #[test]
    fn text_in_an_address_means_itself() {
        assert_eq!(url_escape("a b&c=é+~"), "a%20b%26c%3D%C3%A9%2B~");
    }
}
