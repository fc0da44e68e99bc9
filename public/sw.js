// What is shown without a network: pages as they were last seen, and the files that they are
// made of. Scores that wait, and pages of boards as they became since, are the page's own to keep.
//
// A page is asked of the server first, always; a file that is named by its content never twice.
// Pages name who reads them, so they are forgotten when somebody becomes somebody else.

const PAGES = 'leaderport-pages-1';
const FILES = 'leaderport-files-1';
const MOST = { [PAGES]: 60, [FILES]: 90 };
const SHELL = ['/offline.html', '/favicon.svg', '/manifest.webmanifest'];

const isKeptPage = (path) => path === '/' || /^\/(boards|players|docs)\//.test(path);
/** The page of an address, wherever in it one looks first. */
const pageOf = (address) => {
  const url = new URL(address, location.origin);
  for (const name of ['player', 'me', 'page', 'rank', 'find', '__err', '__path']) url.searchParams.delete(name);
  url.hash = '';
  return url.href;
};
/** It names all parts of the boards' module. */
const isListOfParts = (path) => /^\/pkg\/__wasm_split\.[^/]*\.js$/.test(path);
const isKeptFile = (path) => path.startsWith('/pkg/') || /^\/(icon-|favicon|manifest)/.test(path);
const changesWhoReads = (path) => /^\/_fn\/(sign-|erase|password|rename)/.test(path) || path.startsWith('/oidc/');

self.addEventListener('install', (event) => {
  event.waitUntil((async () => {
    await (await caches.open(FILES)).addAll(SHELL);
    await self.skipWaiting();
  })());
});

self.addEventListener('activate', (event) => {
  event.waitUntil((async () => {
    const old = (await caches.keys()).filter((name) => name !== PAGES && name !== FILES);
    await Promise.all(old.map((name) => caches.delete(name)));
    await self.clients.claim();
    // Not waited for: until it is active, what pages ask for waits.
    keepWhatIsOpen();
  })());
});

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (url.origin !== location.origin) return;
  if (changesWhoReads(url.pathname)) event.respondWith(becomeAnother(request));
  else if (request.method !== 'GET') return;
  else if (request.mode === 'navigate') event.respondWith(page(event));
  else if (isKeptFile(url.pathname)) event.respondWith(file(event));
});

/** Keeps the pages that were there before the worker, with their files, which browsers have by now. */
async function keepWhatIsOpen() {
  for (const { url } of await self.clients.matchAll({ includeUncontrolled: true })) {
    if (!isKeptPage(new URL(url).pathname)) continue;
    // What cannot be had now is kept when it is asked for.
    const response = await fetch(url).catch(() => undefined);
    if (!response?.ok) continue;
    await keep(PAGES, pageOf(url), response.clone());
    const named = (await response.text()).match(/\/pkg\/[\w.\/-]+\.(?:css|js|wasm)/g);
    await Promise.all([...new Set(named)].map(async (path) => {
      const file = await fetch(path).catch(() => undefined);
      if (!file) return;
      await keep(FILES, new URL(path, url).href, file.clone());
      if (isListOfParts(path)) await keepParts(new URL(path, url).href, file);
    }));
  }
}

async function page(event) {
  const { request } = event;
  const seen = async () => {
    const kept = await (await caches.open(PAGES)).match(pageOf(request.url), { ignoreVary: true });
    return kept && asCopy(kept);
  };
  try {
    const response = await fetch(request);
    // Somebody on the way says that the server is away.
    if (response.status >= 502 && response.status <= 504) return (await seen()) ?? response;
    if (isKeptPage(new URL(request.url).pathname)) event.waitUntil(keep(PAGES, pageOf(request.url), response.clone()));
    return response;
  } catch {
    return (await seen()) ?? (await caches.match('/offline.html')) ?? Response.error();
  }
}

/** A kept page that says so, where it does not by itself (components/copy.rs). */
async function asCopy(kept) {
  const text = (await kept.text()).replace(/(<p id="copy"[^>]*?) hidden/, '$1');
  return new Response(text, { status: kept.status, headers: kept.headers });
}

async function file(event) {
  const { request } = event;
  const path = new URL(request.url).pathname;
  const isNamedByContent = path.startsWith('/pkg/');
  const kept = await (await caches.open(FILES)).match(request.url, { ignoreVary: true });
  if (kept && isNamedByContent) return kept;
  try {
    const response = await fetch(request);
    event.waitUntil(keep(FILES, request.url, response.clone()));
    if (isListOfParts(path)) event.waitUntil(keepParts(request.url, response.clone()));
    return response;
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
}

/** Keeps the parts of the boards' code before they are asked for: what sends scores, above all. */
async function keepParts(address, list) {
  const parts = new Set((await list.text()).match(/\.\/[\w.-]+\.wasm/g) ?? []);
  const files = await caches.open(FILES);
  for (const part of parts) {
    const url = new URL(part, address).href;
    if (await files.match(url, { ignoreVary: true })) continue;
    // One that cannot be had now is asked for when it is needed.
    const response = await fetch(url).catch(() => undefined);
    if (response) await keep(FILES, url, response);
  }
}

async function keep(name, url, response) {
  if (!response.ok || response.redirected || response.type !== 'basic') return;
  // All of it first: what breaks on the way does not cost what there was.
  const whole = new Response(await response.blob(), { status: response.status, headers: response.headers });
  const cache = await caches.open(name);
  // Put anew, it is the newest: the oldest go first.
  await cache.delete(url, { ignoreVary: true });
  await cache.put(url, whole);
  const all = await cache.keys();
  const isShell = (request) => SHELL.includes(new URL(request.url).pathname);
  const surplus = all.filter((request) => !isShell(request)).slice(0, Math.max(0, all.length - MOST[name]));
  await Promise.all(surplus.map((request) => cache.delete(request, { ignoreVary: true })));
}

async function becomeAnother(request) {
  const response = await fetch(request);
  await Promise.all([caches.delete(PAGES), emptyShelf()]);
  return response;
}

/** Empties the database that the page keeps (client/shelf.rs). */
function emptyShelf() {
  return new Promise((resolve) => {
    const opening = indexedDB.open('leaderport');
    opening.onerror = resolve;
    // Not made here: the page makes it with its stores.
    opening.onupgradeneeded = () => opening.transaction.abort();
    opening.onsuccess = () => {
      const database = opening.result;
      const stores = [...database.objectStoreNames];
      if (stores.length === 0) return resolve(database.close());
      const change = database.transaction(stores, 'readwrite');
      stores.forEach((store) => change.objectStore(store).clear());
      change.oncomplete = change.onerror = change.onabort = () => resolve(database.close());
    };
  });
}
