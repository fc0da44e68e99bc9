// The custom element <leader-board>: the first rows of a board, live, on a page of any site.
//
//   <script type="module" src="https://boards.example/sdk/leader-board.js"></script>
//   <leader-board src="https://boards.example/boards/arena" period="weekly" rows="10" player="ada">
//     <a href="https://boards.example/boards/arena">Arena</a>
//   </leader-board>
//
// The content of the element is visible until the rows are, and stays if they never arrive.
// Names and titles are always text, never markup. docs/recipes/widget.md describes the attributes.
import { LeaderPort } from './leaderport.js';

/** Least time between two announcements for screen readers, and between two reads of a player outside the rows. */
const ANNOUNCE_MS = 5_000;
const READ_MS = 10_000;
const MAX_ROWS = 100;

const TEXTS = {
  en: {
    rank: 'Rank', player: 'Player', score: 'Score', live: 'Live', connecting: 'Connecting', closed: 'Not live', empty: 'No scores yet',
    news: (name, rank, score) => `${name}: rank ${rank}, ${score}`,
    players: (total, isOne) => (isOne ? '1 player' : `${total} players`),
  },
  de: {
    rank: 'Rang', player: 'Name', score: 'Ergebnis', live: 'Live', connecting: 'Verbindet', closed: 'Nicht live', empty: 'Noch keine Ergebnisse',
    news: (name, rank, score) => `${name}: Rang ${rank}, ${score}`,
    players: (total, isOne) => (isOne ? '1 Teilnahme' : `${total} Teilnahmen`),
  },
};

const STYLE = `
:host {
  --ink: var(--leader-board-ink, light-dark(#1b1814, #eef1fb));
  --soft: var(--leader-board-soft, light-dark(#5d564a, #a3aecb));
  --ground: var(--leader-board-ground, light-dark(#fffdf8, #151b2b));
  --line: var(--leader-board-line, light-dark(#d9d1c0, #2b3650));
  --accent: var(--leader-board-accent, light-dark(#2743c4, #93a5ff));
  --mine: var(--leader-board-mine, light-dark(#fbe9f1, #3a1630));
  --you: var(--leader-board-you, light-dark(#7d0a4a, #ffb3de));
  display: block;
  color-scheme: light dark;
  font: var(--leader-board-font, 1rem/1.4 system-ui, sans-serif);
}
:host([theme="light"]) { color-scheme: light; }
:host([theme="dark"]) { color-scheme: dark; }
:host([hidden]), [hidden] { display: none !important; }
.board {
  padding: 0.75rem;
  border: 1px solid var(--line);
  border-radius: var(--leader-board-radius, 0.75rem);
  background: var(--ground);
  color: var(--ink);
}
.top, .foot { display: flex; justify-content: space-between; gap: 1rem; margin: 0; font-size: 0.875em; color: var(--soft); }
.top a { overflow: hidden; font-size: 1.142em; font-weight: 600; color: var(--accent); text-overflow: ellipsis; white-space: nowrap; }
.status { flex: none; }
table { width: 100%; margin-block: 0.5rem; border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 0.25rem 0.5rem; font-weight: inherit; text-align: start; }
thead { font-size: 0.75em; color: var(--soft); }
tbody tr { border-block-start: 1px solid var(--line); }
.rank { width: 1%; color: var(--soft); white-space: nowrap; }
.name { max-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.score { width: 1%; text-align: end; white-space: nowrap; }
.mine { background: var(--mine); color: var(--you); font-weight: 600; }
.mine .rank { color: inherit; }
.pending { opacity: 0.75; font-style: italic; }
.beyond { border-block-start-style: dashed; }
.unseen { position: absolute; width: 1px; height: 1px; margin: 0; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
@media (forced-colors: active) {
  .mine { outline: 2px solid Highlight; outline-offset: -2px; }
}
`;

/** A new element with classes, which are parts, too, and with children. */
function create(tag, names, ...children) {
  const element = document.createElement(tag);
  if (names) {
    element.className = names;
    element.setAttribute('part', names);
  }
  element.append(...children);
  return element;
}

function cell(tag, names, scope, text) {
  const made = create(tag, names, text ?? '');
  if (scope) made.scope = scope;
  return made;
}

const setText = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};

/** The tag, if browsers know it; else undefined, for the browser's own locale. */
function validLocale(tag) {
  try {
    return tag && Intl.NumberFormat.supportedLocalesOf(tag)[0];
  } catch {
    return undefined;
  }
}

/** A function that shows scores of a board's format, as the board's own page does. */
export function formatter(format, locale) {
  if (format?.decimals) {
    const places = format.decimals;
    const numbers = new Intl.NumberFormat(locale, { minimumFractionDigits: places, maximumFractionDigits: places });
    return (score) => {
      // As text, because a division would round large scores.
      const digits = String(Math.abs(score)).padStart(places + 1, '0');
      return numbers.format(`${score < 0 ? '-' : ''}${digits.slice(0, -places)}.${digits.slice(-places)}`);
    };
  }
  if (format === 'duration') {
    const whole = new Intl.NumberFormat(locale, { useGrouping: false });
    const two = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2 });
    const seconds = new Intl.NumberFormat(locale, { minimumIntegerDigits: 2, minimumFractionDigits: 3, maximumFractionDigits: 3 });
    return (score) => {
      const size = Math.abs(score);
      const [hours, minutes] = [Math.floor(size / 3_600_000), Math.floor(size / 60_000) % 60];
      const clock = hours ? [whole.format(hours), two.format(minutes)] : [whole.format(minutes)];
      return (score < 0 ? '−' : '') + [...clock, seconds.format((size % 60_000) / 1000)].join(':');
    };
  }
  const numbers = new Intl.NumberFormat(locale);
  return (score) => numbers.format(score);
}

export class LeaderBoardElement extends HTMLElement {
  static observedAttributes = ['src', 'period', 'rows', 'player', 'lang'];

  /** A client of the same server to share its connection; set before the element is connected. */
  client = this.client;

  connectedCallback() {
    if (!this.shadowRoot) this.build();
    this.start();
  }

  disconnectedCallback() {
    this.stop();
  }

  attributeChangedCallback(name, before, now) {
    // The first start follows when the element is connected.
    if (!this.shadowRoot || !this.isConnected || before === now) return;
    if (name === 'src' || name === 'period' || name === 'rows') {
      this.stop();
      // The rows of another board must not stay if the new one cannot be read.
      if (name === 'src') this.show(false);
      this.start();
      return;
    }
    if (name === 'player') Object.assign(this, { announced: undefined, outside: undefined, readAt: 0, readFor: undefined });
    this.schedule();
  }

  build() {
    const root = this.attachShadow({ mode: 'open' });
    const style = new CSSStyleSheet();
    style.replaceSync(STYLE);
    root.adoptedStyleSheets = [style];
    this.link = create('a', 'link');
    // A board's page refuses to be shown in a frame.
    this.link.target = '_top';
    this.state = create('span', 'status');
    this.caption = create('caption', '');
    this.caption.className = 'unseen';
    this.heads = ['rank', 'name', 'score'].map((name) => cell('th', name, 'col'));
    this.body = create('tbody', 'rows');
    this.foot = create('p', 'foot');
    this.news = create('p', '');
    this.news.className = 'unseen';
    this.news.setAttribute('role', 'status');
    const table = create('table', 'table', this.caption, create('thead', 'head', create('tr', '', ...this.heads)), this.body);
    this.board = create('section', 'board', create('p', 'top', this.link, this.state), table, this.foot, this.news);
    this.content = document.createElement('slot');
    this.show(false);
    root.append(this.board, this.content);
    this.elements = new Map();
  }

  /** Shows the rows, or else the content of the element. */
  show(hasRows) {
    this.board.hidden = !hasRows;
    this.content.hidden = hasRows;
  }

  start() {
    let url;
    let slug;
    try {
      url = new URL(this.getAttribute('src') ?? '', document.baseURI);
      // The address becomes that of a link, so `javascript:` must not pass.
      if (/^https?:$/.test(url.protocol)) slug = decodeURIComponent(/^\/boards\/([^/]+)\/?$/.exec(url.pathname)?.[1] ?? '');
    } catch {
      // Reported below.
    }
    if (!slug) {
      console.error('<leader-board>: `src` must be the address of a board, like https://boards.example/boards/arena');
      return;
    }
    const rows = Math.trunc(Number(this.getAttribute('rows')));
    this.count = rows >= 1 ? Math.min(rows, MAX_ROWS) : 10;
    this.link.href = url.href;
    this.ownClient = this.client ? undefined : new LeaderPort(url.origin);
    this.source = (this.client ?? this.ownClient).board(slug);
    const period = this.getAttribute('period') ?? undefined;
    this.subscription = this.source.subscribe({ rows: this.count, period }, (snapshot) => this.changed(snapshot));
  }

  stop() {
    this.subscription?.close();
    this.ownClient?.close();
    cancelAnimationFrame(this.frame);
    clearTimeout(this.newsTimer);
    clearTimeout(this.readTimer);
    Object.assign(this, { readTimer: undefined, readFor: undefined });
    Object.assign(this, { subscription: undefined, ownClient: undefined, frame: undefined, newsTimer: undefined });
    Object.assign(this, { snapshot: undefined, announced: undefined, outside: undefined, readAt: 0 });
  }

  changed(snapshot) {
    this.snapshot = snapshot;
    this.report(snapshot);
    this.schedule();
  }

  /** Says once in the console why the rows are missing, or come more slowly. */
  report({ error, status, transport }) {
    const { client } = this.source;
    const own = location.origin;
    if (error && this.reported !== error.code) {
      this.reported = error.code;
      console.error(`<leader-board>: ${error.message} (${error.code})`);
    }
    const isRefused = status === 'live' && transport !== 'websocket' && client.isForeign && !client.connection.hadSocket;
    if (!isRefused || this.hasWarned) return;
    this.hasWarned = true;
    console.warn(`<leader-board>: ${client.origin} did not accept a WebSocket from ${own}, so updates come over HTTP. `
      + `Start the server with --allow-origin ${own}, and let proxies pass WebSockets.`);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      if (this.snapshot?.rows) this.render(this.snapshot);
      else if (this.snapshot) setText(this.state, this.texts().texts[this.snapshot.status]);
    });
  }

  /** The texts and the locale of the element: of its `lang`, else of the page, else of the browser. */
  texts() {
    const wanted = this.closest('[lang]')?.lang || navigator.language;
    const locale = validLocale(wanted) ?? validLocale(navigator.language);
    const [first] = (locale ?? 'en').split('-');
    const language = Object.hasOwn(TEXTS, first) ? first : 'en';
    return { locale, language, texts: TEXTS[language] };
  }

  render({ rows, total, status, definition }) {
    const { locale, language, texts } = this.texts();
    const show = formatter(definition.format, locale);
    const count = new Intl.NumberFormat(locale);
    this.board.lang = language;
    setText(this.link, definition.title);
    this.link.dir = 'auto';
    setText(this.state, texts[status]);
    this.state.dataset.status = status;
    setText(this.caption, definition.title);
    const unit = definition.unit ? ` (${definition.unit})` : '';
    [texts.rank, texts.player, texts.score + unit].forEach((text, i) => setText(this.heads[i], text));
    setText(this.foot, total > 0 ? texts.players(count.format(total), total === 1) : texts.empty);

    const player = this.getAttribute('player');
    const own = player ? rows.find((row) => row.player === player) : undefined;
    if (player && !own) this.readOutside(player);
    else this.outside = undefined;
    const shown = this.outside ? [...rows, { ...this.outside, isBeyond: true }] : rows;
    this.place(shown.map((row) => {
      const element = this.elements.get(row.player) ?? this.newRow();
      const names = ['row', row.player === player && 'mine', row.pending && 'pending', row.isBeyond && 'beyond'];
      const text = names.filter(Boolean).join(' ');
      if (element.className !== text) {
        element.className = text;
        element.setAttribute('part', text);
      }
      if (row.player === player) element.setAttribute('aria-current', 'true');
      else element.removeAttribute('aria-current');
      const [rank, name, score] = element.children;
      setText(rank, row.rank === undefined ? '' : count.format(row.rank));
      setText(name.firstChild, row.name);
      setText(score, show(row.score));
      return [row.player, element];
    }));
    this.show(true);
    const watched = own ?? this.outside;
    if (watched && !watched.pending) this.announce(watched, texts, count, show, definition.unit);
  }

  newRow() {
    return create('tr', 'row', cell('td', 'rank'), cell('th', 'name', 'row', document.createElement('bdi')), cell('td', 'score'));
  }

  /** Puts the rows in order. Rows glide to their new places, unless the reader prefers reduced motion. */
  place(entries) {
    const before = this.elements;
    const order = entries.map(([, row]) => row);
    this.elements = new Map(entries);
    if (order.length === this.body.children.length && order.every((row, i) => this.body.children[i] === row)) return;
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const tops = new Map(isStill ? [] : [...before.values()].map((row) => [row, row.offsetTop]));
    this.body.replaceChildren(...order);
    for (const row of order) {
      const by = (tops.get(row) ?? row.offsetTop) - row.offsetTop;
      if (by) row.animate?.({ transform: [`translateY(${by}px)`, 'none'] }, { duration: 300, easing: 'ease-out' });
    }
  }

  /** Reads the standing of a player who is not in the rows, at most once in some seconds. */
  async readOutside(player) {
    const { source, snapshot, subscription } = this;
    if (this.readFor === snapshot) return;
    const wait = (this.readAt ?? 0) + READ_MS - Date.now();
    if (wait > 0) {
      // The last change of a burst counts, too.
      this.readTimer ??= setTimeout(() => {
        this.readTimer = undefined;
        this.schedule();
      }, wait);
      return;
    }
    Object.assign(this, { readAt: Date.now(), readFor: snapshot });
    const found = await source.player(player, { season: snapshot.season }).catch(({ status }) => (status === 404 ? undefined : this.outside));
    if (this.subscription !== subscription || this.getAttribute('player') !== player) return;
    this.outside = found;
    this.schedule();
  }

  /** Tells screen readers about a new rank or score of the watched player, politely and not too often. */
  announce({ name, rank, score }, texts, count, show, unit) {
    const news = texts.news(name, count.format(rank), `${show(score)}${unit ? ` ${unit}` : ''}`);
    const isFirst = this.announced === undefined;
    this.latest = news;
    if (isFirst) this.announced = news;
    if (news === this.announced || this.newsTimer) return;
    const wait = Math.max(0, ANNOUNCE_MS - (Date.now() - (this.announcedAt ?? 0)));
    this.newsTimer = setTimeout(() => {
      this.newsTimer = undefined;
      if (this.latest === this.announced) return;
      this.announced = this.latest;
      this.announcedAt = Date.now();
      setText(this.news, this.latest);
    }, wait);
  }
}

if (!customElements.get('leader-board')) customElements.define('leader-board', LeaderBoardElement);
