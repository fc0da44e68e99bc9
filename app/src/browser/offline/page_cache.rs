//! The cache of boards' pages in the browser (`IndexedDB`), for use without a network.
//!
//! A cache that cannot be opened or read counts as empty, because the cache is optional. So does one
//! whose code did not arrive: it is loaded at the first use.

use std::cell::OnceCell;
use std::rc::Rc;

use idb::{
    Database, DatabaseEvent, Factory, ObjectStore, ObjectStoreParams, Query, TransactionMode,
};
use leaderport::protocol::binary;
use leaderport::{Page, PageNumber, Position, SeasonKey, Timestamp};
use leptos::wasm_split::{SplitLoaderError, wasm_split};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

use crate::browser::clock::now;
use crate::browser::part::{PartFuture, boxed};

/// The database. The service worker empties it by this name when the reader signs in or out.
const NAME: &str = "leaderport";

/// The version of the layout. Pages of another version are dropped.
const VERSION: u32 = 3;

/// The store of pages, by season and number.
const PAGES: &str = "pages";

/// The maximum number of pages. If it is exceeded, the older half is dropped.
const MAX_PAGES: u32 = 300;

thread_local! {
    static OPEN: OnceCell<Rc<Database>> = const { OnceCell::new() };
}

/// A cached page.
#[derive(Serialize, Deserialize)]
pub struct CachedPage {
    /// The page.
    pub page: Page,
    /// Its position in the season's stream.
    pub position: Position,
    /// When it was cached, by the browser's clock.
    pub at: Timestamp,
}

/// Caches pages of a season.
pub async fn cache_pages(season: SeasonKey, pages: Vec<(Page, Position)>) {
    if let Ok(written) = begin_write(season, pages).await {
        written.await;
    }
}

/// A page of a season, if it is cached.
pub async fn cached_page(season: SeasonKey, number: PageNumber) -> Option<CachedPage> {
    begin_read(season, number).await.ok()?.await
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn begin_write(
    season: SeasonKey,
    pages: Vec<(Page, Position)>,
) -> Result<PartFuture<()>, SplitLoaderError> {
    boxed(write_pages(season, pages))
}

#[wasm_split(later, wasm_split_path = ::leptos::wasm_split, fallible)]
fn begin_read(
    season: SeasonKey,
    number: PageNumber,
) -> Result<PartFuture<Option<CachedPage>>, SplitLoaderError> {
    boxed(read_page(season, number))
}

async fn write_pages(season: SeasonKey, pages: Vec<(Page, Position)>) {
    let at = now();
    let text = |(page, position): (Page, Position)| {
        let key = name(&season, page.number);
        (key, binary::write_text(&CachedPage { page, position, at }))
    };
    // A failed write is ignored, because the cache is optional.
    let _ = put(PAGES, pages.into_iter().map(text).collect()).await;
}

async fn read_page(season: SeasonKey, number: PageNumber) -> Option<CachedPage> {
    let text = get(PAGES, &name(&season, number)).await.ok().flatten()?;
    binary::read_text(&text).ok()
}

fn name(season: &SeasonKey, number: PageNumber) -> String {
    format!("{season}/{}", number.get())
}

async fn put(name: &str, texts: Vec<(String, String)>) -> Result<(), idb::Error> {
    let database = open().await?;
    let change = database.transaction(&[name], TransactionMode::ReadWrite)?;
    let store = change.object_store(name)?;
    if store.count(None)?.await? > MAX_PAGES {
        drop_older_half(&store).await?;
    }
    for (key, text) in texts {
        let (key, text) = (JsValue::from(key), JsValue::from(text));
        store.put(&text, Some(&key))?.await?;
    }
    change.commit()?.await?;
    Ok(())
}

async fn drop_older_half(store: &ObjectStore) -> Result<(), idb::Error> {
    let keys = store.get_all_keys(None, None)?.await?;
    let texts = store.get_all(None, None)?.await?;
    let kept_at = |text: &JsValue| {
        let page = binary::read_text::<CachedPage>(&text.as_string()?).ok()?;
        Some(page.at)
    };
    // An unreadable entry counts as the oldest.
    let mut by_age: Vec<_> = texts.iter().map(kept_at).zip(keys).collect();
    by_age.sort_by_key(|(at, _)| *at);
    by_age.truncate(by_age.len() / 2);
    for (_, key) in by_age {
        store.delete(Query::Key(key))?.await?;
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
            // A failure leaves an unused store, which is harmless.
            let _ = database.delete_object_store(&old);
        }
        // Without a store, the cache counts as empty.
        let _ = database.create_object_store(PAGES, ObjectStoreParams::new());
    });
    let database = Rc::new(opening.await?);
    OPEN.with(|open| {
        // Fails if another task has opened the database first; both handles are valid.
        let _ = open.set(database.clone());
    });
    Ok(database)
}
