/** Types of `leaderport.js`. Scores are integers in the board's format, times are RFC 3339. */

export type Period = 'all_time' | 'yearly' | 'monthly' | 'weekly' | 'daily';
export type ScoreFormat = 'integer' | { decimals: number } | 'duration';

export interface Options {
  /** A token of `POST /api/v1/tokens`, an API key in Node, or a function that returns a current one. */
  token?: string | (() => string | undefined | Promise<string | undefined>);
  fetch?: typeof fetch;
  /** For Node 20, which has none: the class of the package `ws`. */
  WebSocket?: new (url: string, protocol: string) => unknown;
  /** The storage of queued scores: `localStorage` by default; null keeps them in memory. */
  storage?: Storage | null;
}

export interface Position {
  epoch: string;
  offset: number;
}

export interface Row {
  rank: number;
  player: string;
  name: string;
  score: number;
  achieved_at: string;
  /** The row has a score of this client that the rows of the server do not contain yet. Its rank is an estimate. */
  pending?: true;
}

export interface Definition {
  slug: string;
  version: number;
  title: string;
  description: string;
  policy: 'best' | 'latest' | 'sum';
  order: 'descending' | 'ascending';
  tie: 'earliest' | 'shared' | 'dense';
  /** Longest first. */
  periods: Period[];
  time_zone: string;
  format: ScoreFormat;
  unit: string;
  [member: string]: unknown;
}

export interface SeasonQuery {
  /** The running season of this period; by default the longest period of the board. */
  period?: Period;
  /** One season, like `2026-W47`. */
  season?: string;
}

export interface StandingsQuery extends SeasonQuery {
  /** From 1; pages have `limit` rows. */
  page?: number;
  /** The rows around this place, from 1. */
  rank?: number;
  offset?: number;
  /** 1 to 200; 50 by default. */
  limit?: number;
}

export interface Standings {
  board: string;
  period: Period;
  season: string;
  next_reset: string | null;
  position: Position;
  degraded: boolean;
  total: number;
  offset: number;
  rows: Row[];
}

export interface Standing {
  period: Period;
  season: string;
  next_reset: string | null;
  rank: number;
  score: number;
  achieved_at: string;
  total: number;
  percentile: number;
  [member: string]: unknown;
}

export interface PlayerStanding extends Partial<Standing> {
  board: string;
  player: string;
  name: string;
  /** Without `period` and `season`: one for each running season. */
  standings?: Standing[];
}

export interface Season {
  season: string;
  standings: number;
  starts_at: string | null;
  next_reset: string | null;
  is_running: boolean;
  rule: { closed: boolean; begun_after: string | null };
}

export interface Score {
  player: string;
  name?: string;
  /** An integer in the board's format: 12345 with two decimals is 123.45, a duration is in milliseconds. */
  value: number;
  /** A UUID; made by default. */
  id?: string;
  /** For game servers. */
  at?: string;
}

export interface Answer {
  id: string;
  player: string;
  name: string;
  standings: {
    period: Period;
    season: string;
    score: number;
    achieved_at: string;
    rank: number | null;
    previous_rank: number | null;
    position: Position | null;
  }[];
}

export interface OwnStanding {
  player: string;
  standing: { rank: number; place: number; score: number; total: number; percentile: number } | null;
  overtaken_by: { player: string; name: string; rank: number }[];
}

export interface Highlight {
  offset: number;
  kind: 'new_leader' | 'entered_top10' | 'personal_best';
  player: string;
  name: string;
  score: number;
  rank: number;
  previous: number | null;
}

export interface SubscribeOptions extends SeasonQuery {
  /** Number of rows from the first one: 10 by default, at most 500. */
  rows?: number;
  /** The caller's own standing. It needs a token or, on the server's own pages, a cookie; and a WebSocket if it has a token. */
  me?: boolean;
  /** The newest highlights of the season, at most 30. */
  feed?: boolean;
  /** Ends the subscription. */
  signal?: AbortSignal;
}

/** The state of a subscription. Members are undefined until they have arrived, and stay while the connection is lost. */
export interface Snapshot {
  status: 'connecting' | 'live' | 'closed';
  transport: 'websocket' | 'events' | 'polling';
  definition?: Definition;
  season?: string;
  total?: number;
  position?: Position;
  rows?: Row[];
  me?: OwnStanding;
  feed?: Highlight[];
  error?: LeaderPortError;
}

export interface Subscription {
  readonly snapshot: Snapshot;
  close(): void;
}

export interface Board {
  readonly slug: string;
  definition(): Promise<Definition>;
  seasons(query?: { period?: Period; before?: string; limit?: number }): Promise<{ seasons: Season[]; next: string | null }>;
  standings(query?: StandingsQuery): Promise<Standings>;
  around(player: string, query?: SeasonQuery & { limit?: number }): Promise<Standings>;
  player(player: string, query?: SeasonQuery): Promise<PlayerStanding>;
  /** The last hundred changes of the score, oldest first. */
  history(player: string, query?: SeasonQuery): Promise<{ at: string; score: number; rank: number }[]>;
  /** Up to twelve players whose name, or a word of it, begins with the text. */
  search(name: string, query?: SeasonQuery): Promise<Record<string, unknown>[]>;
  /** Settles with the server's answer. While the server cannot be reached, the score waits in the queue. */
  submit(score: Score): Promise<Answer>;
  subscribe(options: SubscribeOptions, listener: (snapshot: Snapshot) => void): Subscription;
}

export class LeaderPort {
  constructor(url: string | URL, options?: Options);
  readonly origin: string;
  /** The number of scores that wait. */
  readonly queued: number;
  board(slug: string): Board;
  boards(): Promise<Definition[]>;
  /** Sends the queued scores now. */
  flush(): void;
  /** Ends all subscriptions. Queued scores stay in the browser. */
  close(): void;
}

export class LeaderPortError extends Error {
  constructor(problem: { code: string; status?: number; detail: string; field?: string; retryAfter?: number; queued?: boolean });
  /** Stable, as in the HTTP API; or `unreachable`, `foreign_origin`, `no_token`, `queue_full`, `closed`. */
  readonly code: string;
  /** 0 without an answer. */
  readonly status: number;
  readonly detail: string;
  readonly field?: string;
  /** In seconds. */
  readonly retryAfter?: number;
  /** The score is still in the queue. `flush` sends it, after the player has signed in. */
  readonly queued: boolean;
}
