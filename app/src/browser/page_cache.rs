//! Pages of boards as they became since they were loaded, kept in the browser (`IndexedDB`)
//! for when there is no network.
//!
//! Loaded when there is something to keep, or to look for.
//!
//! A shelf that cannot be reached or read is an empty one: nothing depends on it.

use std::cell::OnceCell;
use std::rc::Rc;

use idb::{
    Database, DatabaseEvent, Factory, ObjectStore, ObjectStoreParams, Query, TransactionMode,
};
use leaderport::protocol::binary;
use leaderport::{Page, PageNumber, Position, SeasonKey, Timestamp};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::features::board_sync::now;

/// The database. The service worker empties it by this name when somebody signs out.
const NAME: &str = "leaderport";

/// Another layout of what is kept: what has another number is dropped.
const VERSION: u32 = 3;

/// Pages of boards, by season and number.
const PAGES: &str = "pages";

/// The most: when there are more, the older half goes.
const MOST: u32 = 300;

thread_local! {
    static OPEN: OnceCell<Rc<Database>> = const { OnceCell::new() };
}

/// A page of a season, as of a position.
#[derive(Serialize, Deserialize)]
pub struct KeptPage {
    /// The page.
    pub page: Page,
    /// As of when, by its stream.
    pub position: Position,
    /// When it was kept, by the browser's clock.
    pub at: Timestamp,
}

/// Keeps pages of a season.
pub(crate) async fn keep_pages(season: SeasonKey, pages: Vec<(Page, Position)>) {
    let at = now();
    let text = |(page, position): (Page, Position)| {
        let key = name(&season, page.number);
        (key, binary::write_text(&KeptPage { page, position, at }))
    };
    // A shelf that takes nothing is an empty one.
    let _ = put(PAGES, pages.into_iter().map(text).collect()).await;
}

/// A page of a season as it was kept.
pub(crate) async fn page(season: SeasonKey, number: PageNumber) -> Option<KeptPage> {
    let text = get(PAGES, &name(&season, number)).await.ok().flatten()?;
    binary::read_text(&text).ok()
}

fn name(season: &SeasonKey, number: PageNumber) -> String {
    format!("{season}/{}", number.get())
}

async fn put(store: &str, texts: Vec<(String, String)>) -> Result<(), idb::Error> {
    let database = open().await?;
    let change = database.transaction(&[store], TransactionMode::ReadWrite)?;
    let shelf = change.object_store(store)?;
    if shelf.count(None)?.await? > MOST {
        drop_older_half(&shelf).await?;
    }
    for (key, text) in texts {
        let (key, text) = (JsValue::from(key), JsValue::from(text));
        shelf.put(&text, Some(&key))?.await?;
    }
    change.commit()?.await?;
    Ok(())
}

async fn drop_older_half(shelf: &ObjectStore) -> Result<(), idb::Error> {
    let keys = shelf.get_all_keys(None, None)?.await?;
    let texts = shelf.get_all(None, None)?.await?;
    let kept_at = |text: &JsValue| {
        let page = binary::read_text::<KeptPage>(&text.as_string()?).ok()?;
        Some(page.at)
    };
    // What cannot be read is the oldest.
    let mut by_age: Vec<_> = texts.iter().map(kept_at).zip(keys).collect();
    by_age.sort_by_key(|(at, _)| *at);
    by_age.truncate(by_age.len() / 2);
    for (_, key) in by_age {
        shelf.delete(Query::Key(key))?.await?;
    }
    Ok(())
}

async fn get(store: &str, key: &str) -> Result<Option<String>, idb::Error> {
    let database = open().await?;
    let read = database.transaction(&[store], TransactionMode::ReadOnly)?;
    let found = read.object_store(store)?.get(Query::Key(key.into()))?;
    Ok(found.await?.and_then(|text| text.as_string()))
}

async fn open() -> Result<Rc<Database>, idb::Error> {
    if let Some(open) = OPEN.with(|open| open.get().cloned()) {
        return Ok(open);
    }
    let mut opening = Factory::new()?.open(NAME, Some(VERSION))?;
    opening.on_upgrade_needed(|event| {
        let Ok(database) = event.database() else {
            return;
        };
        for old in database.store_names() {
            // What cannot be dropped is left alone.
            let _ = database.delete_object_store(&old);
        }
        // Without it the shelf is an empty one.
        let _ = database.create_object_store(PAGES, ObjectStoreParams::new());
    });
    let database = Rc::new(opening.await?);
    OPEN.with(|open| {
        // Two that open at once have two handles of one database.
        let _ = open.set(database.clone());
    });
    Ok(database)
}
