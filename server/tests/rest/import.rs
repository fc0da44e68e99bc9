//! `leaderport import`: the real command, against a real server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{TOKEN, TestServer, points};

/// The end of an import.
#[derive(Debug)]
struct Import {
    status: i32,
    out: String,
    err: String,
}

impl Import {
    /// Checks the exit status and the totals.
    fn expect(&self, status: i32, totals: &str) {
        assert_eq!(self.status, status, "{self:?}");
        assert!(self.out.contains(totals), "{self:?}");
    }

    /// Checks that the import sent nothing, for a reason with this text.
    fn expect_nothing_sent(&self, reason: &str) {
        assert_eq!((self.status, self.out.as_str()), (1, ""), "{self:?}");
        assert!(self.err.contains(reason), "{self:?}");
    }
}

/// A server with one board, and a folder for files.
struct Setup {
    server: TestServer,
    folder: TempDir,
}

impl Setup {
    async fn new(members: Value) -> Self {
        let server = TestServer::start();
        let mut draft = points();
        for (member, value) in members.as_object().expect("members") {
            draft[member] = value.clone();
        }
        let path = "/api/v1/boards/board";
        server.put(path, &draft).await.expect(201);
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self { server, folder }
    }

    /// Writes a file with this text.
    fn file(&self, name: &str, text: &str) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::write(&path, text).expect("a writable folder");
        path
    }

    /// Imports a file. `columns` are separated by spaces: player, score and more flags.
    fn import(&self, file: &Path, player: &str, score: &str, flags: &[&str]) -> Import {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leaderport"));
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("LEADERPORT_") {
                command.env_remove(&name);
            }
        }
        let url = self.server.url.as_str();
        command.args(["import", "--server", url, "--api-token", TOKEN]);
        command.args(["--board", "board", "--player", player, "--score", score]);
        command.arg("--csv").arg(file).args(flags);
        let done = command.stdin(Stdio::null()).output();
        let done = done.expect("the command runs");
        Import {
            status: done.status.code().expect("no signal"),
            out: String::from_utf8(done.stdout).expect("text"),
            err: String::from_utf8(done.stderr).expect("text"),
        }
    }

    /// Player, name and score of each row.
    async fn rows(&self) -> Vec<(String, String, i64)> {
        let path = "/api/v1/boards/board/standings?limit=200";
        let answer = self.server.get(path).await.expect(200);
        let rows = answer["rows"].as_array().expect("rows").iter();
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        rows.map(|row| {
            let score = row["score"].as_i64().expect("a score");
            (text(&row["player"]), text(&row["name"]), score)
        })
        .collect()
    }

    /// Player and score of each row.
    async fn scores(&self) -> Vec<(String, i64)> {
        let rows = self.rows().await.into_iter();
        rows.map(|(player, _, score)| (player, score)).collect()
    }
}

fn owned(scores: &[(&str, i64)]) -> Vec<(String, i64)> {
    let owned = |(player, score): &(&str, i64)| ((*player).to_owned(), *score);
    scores.iter().map(owned).collect()
}

fn data(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.join("tests/data/import").join(name)
}

#[tokio::test]
async fn durations_are_read_or_refused_by_their_parts() {
    let laps = json!({ "format": "duration", "order": "ascending" });
    let setup = Setup::new(laps).await;
    let import = setup.import(&data("durations.csv"), "player", "time", &[]);
    import.expect(
        2,
        "14 rows read: 5 submitted, 0 imported before, 9 rejected",
    );
    for (line, value) in [
        (7, "1:23:456"),
        (8, "1:75.5"),
        (9, "0:59.9999"),
        (10, "1:02:03:04"),
        (11, "+1:23.456"),
        (12, "DNF"),
        (13, ""),
        (14, "1:23."),
        (15, "75."),
    ] {
        let told = format!("line {line}: score: must be a score like");
        let told = import.err.lines().find(|text| text.starts_with(&told));
        assert!(
            told.is_some_and(|text| text.contains(&format!("{value:?}"))),
            "{import:?}"
        );
    }
    let expected = [
        ("a", 83_456),
        ("b", 3_599_000),
        ("c", 3_723_000),
        ("d", 3_745_564),
        ("e", 88_562_480),
    ];
    assert_eq!(setup.scores().await, owned(&expected));
}

#[tokio::test]
async fn decimal_comma_is_given_and_never_guessed() {
    let laps = json!({ "format": "duration", "order": "ascending" });
    let setup = Setup::new(laps).await;
    let file = data("semicolon_decimal_comma_bom.csv");
    let import = setup.import(&file, "Spieler", "Zeit", &["--name", "Name"]);
    import.expect_nothing_sent("--decimal-mark ,");
    let flags = ["--name", "Name", "--decimal-mark", ","];
    let import = setup.import(&file, "Spieler", "Zeit", &flags);
    import.expect(0, "2 rows read: 2 submitted");
    let row = |player: &str, name: &str, score| (player.to_owned(), name.to_owned(), score);
    let expected = [row("p1", "Jürgen", 59_123), row("p2", "Çağlar", 61_500)];
    assert_eq!(setup.rows().await, expected);

    for (mark, scores) in [
        (",", [("usain", 9_580), ("tyson", 9_690), ("yohan", 9_691)]),
        (
            ".",
            [
                ("usain", 9_580_000),
                ("tyson", 9_690_000),
                ("yohan", 9_691_000),
            ],
        ),
    ] {
        let dash = json!({ "format": { "decimals": 3 }, "order": "ascending" });
        let setup = Setup::new(dash).await;
        let file = data("decimal_comma_three_places.csv");
        let import = setup.import(&file, "player", "score", &[]);
        import.expect_nothing_sent("every score has one comma and no point");
        assert!(import.err.contains("--decimal-mark ,"), "{import:?}");
        let import = setup.import(&file, "player", "score", &["--decimal-mark", mark]);
        import.expect(0, "3 submitted");
        assert_eq!(setup.scores().await, owned(&scores));
    }
}

#[tokio::test]
async fn decimal_comma_far_into_a_file_is_never_guessed() {
    let dash = json!({ "format": { "decimals": 3 }, "order": "ascending" });
    let setup = Setup::new(dash).await;
    // Rows without a score say nothing about the mark, however many they are.
    let text = format!(
        "player,score\n{}usain,\"9,580\"\n",
        "x,DNF\n".repeat(10_000)
    );
    let file = setup.file("unfinished.csv", &text);
    let import = setup.import(&file, "player", "score", &[]);
    import.expect_nothing_sent("line 10002: the decimal mark of the scores is not clear");
    assert!(import.err.contains("--decimal-mark ,"), "{import:?}");
    assert!(import.err.contains("Nothing was sent"), "{import:?}");
    assert_eq!(setup.scores().await, owned(&[]));

    // Scores without a mark have one meaning, so they are sent; the one with a comma is not.
    let text = format!(
        "player,score\n{}usain,\"9,580\"\n",
        "ann,12\n".repeat(10_001)
    );
    let file = setup.file("whole.csv", &text);
    let flags = ["--batch", "1000"];
    let import = setup.import(&file, "player", "score", &flags);
    assert_eq!(import.status, 1, "{import:?}");
    let told = "line 10003: the decimal mark of the scores is not clear";
    assert!(import.err.contains(told), "{import:?}");
    assert_eq!(setup.scores().await, owned(&[("ann", 12_000)]));
    let flags = ["--batch", "1000", "--decimal-mark", ","];
    let import = setup.import(&file, "player", "score", &flags);
    import.expect(0, "2 submitted, 10,000 imported before, 0 rejected");
    let both = owned(&[("usain", 9_580), ("ann", 12_000)]);
    assert_eq!(setup.scores().await, both);
}

#[tokio::test]
async fn delimiter_is_detected_or_given() {
    for (name, delimiter) in [
        ("comma", ','),
        ("semicolon", ';'),
        ("tab", '\t'),
        ("pipe", '|'),
    ] {
        let setup = Setup::new(json!({})).await;
        let text = format!("player,score\nann,10\n\"b{delimiter}b\",9\n")
            .replace(',', &delimiter.to_string());
        let file = setup.file("scores.csv", &text);
        let flags: &[&str] = match name {
            "pipe" => &["--delimiter", "|"],
            _ => &[],
        };
        let import = setup.import(&file, "player", "score", flags);
        if name == "tab" {
            // A tab is no text of an id.
            import.expect(2, "1 submitted, 0 imported before, 1 rejected");
            continue;
        }
        import.expect(0, "2 submitted");
        let second = format!("b{delimiter}b");
        assert_eq!(setup.scores().await, owned(&[("ann", 10), (&second, 9)]));
    }
    let setup = Setup::new(json!({})).await;
    let file = setup.file("scores.csv", "player;score\nann;10\n");
    let import = setup.import(&file, "player", "score", &["--delimiter", ","]);
    import.expect_nothing_sent("no column \"player\" for --player");
    assert!(import.err.contains("--delimiter"), "{import:?}");
}

#[tokio::test]
async fn rows_count_once_for_each_source_and_line() {
    let setup = Setup::new(json!({ "policy": "sum" })).await;
    let [first, second] = ["votes_part1.csv", "votes_part2.csv"].map(data);
    let import = setup.import(&first, "item", "points", &[]);
    import.expect(0, "6 rows read: 6 submitted, 0 imported before, 0 rejected");
    let import = setup.import(&second, "item", "points", &[]);
    import.expect(0, "4 rows read: 4 submitted, 0 imported before, 0 rejected");
    let totals = owned(&[("red", 10), ("green", 7), ("blue", 6)]);
    assert_eq!(setup.scores().await, totals);
    for (file, before) in [(&first, 6), (&second, 4)] {
        let import = setup.import(file, "item", "points", &[]);
        let told = format!("{before} rows read: 0 submitted, {before} imported before, 0 rejected");
        import.expect(0, &told);
    }
    assert_eq!(setup.scores().await, totals);

    // Another file with the name of the first one is refused line by line, or named.
    let other = setup.file("votes_part1.csv", "item,points\nred,3\nblue,4\n");
    let import = setup.import(&other, "item", "points", &[]);
    import.expect(2, "0 submitted, 1 imported before, 1 rejected");
    assert!(
        import
            .err
            .contains("line 3: this line of this source was imported before")
    );
    assert!(import.err.contains("--source"), "{import:?}");
    let import = setup.import(&other, "item", "points", &["--source", "april"]);
    import.expect(0, "2 submitted");
    assert_eq!(setup.scores().await[0], ("red".to_owned(), 13));
}

#[tokio::test]
async fn other_file_of_the_same_name_is_reported() {
    let setup = Setup::new(json!({ "policy": "sum" })).await;
    for folder in ["a", "b", "c"] {
        fs::create_dir(setup.folder.path().join(folder)).expect("a writable folder");
    }
    let file = setup.file("a/votes.csv", "item,points\nred,3\nblue,2\n");
    let import = setup.import(&file, "item", "points", &[]);
    import.expect(0, "2 submitted, 0 imported before, 0 rejected");
    assert_eq!(import.err, "");

    // Equal rows in equal lines are those of the same file, or not: the reader decides.
    let equal = setup.file("b/votes.csv", "item,points\nred,3\n");
    let import = setup.import(&equal, "item", "points", &[]);
    import.expect(0, "0 submitted, 1 imported before, 0 rejected");
    let told = "1 rows are the same as those of \"votes.csv\" that were imported before";
    assert!(import.err.contains(told), "{import:?}");
    assert!(import.err.contains("set --source"), "{import:?}");
    let import = setup.import(&equal, "item", "points", &["--source", "b"]);
    import.expect(0, "1 submitted, 0 imported before, 0 rejected");
    let import = setup.import(&equal, "item", "points", &["--source", "b"]);
    import.expect(0, "0 submitted, 1 imported before, 0 rejected");
    assert_eq!(import.err, "", "the source was given");

    let other = setup.file("c/votes.csv", "item,points\nred,3\nblue,5\ngreen,7\n");
    let import = setup.import(&other, "item", "points", &[]);
    import.expect(2, "1 submitted, 1 imported before, 1 rejected");
    assert!(
        import
            .err
            .contains("line 3: this line of this source was imported before")
    );
    let told = "1 equal rows did not count, and 1 rows count already";
    assert!(import.err.contains(told), "{import:?}");
    let scores = owned(&[("green", 7), ("red", 6), ("blue", 2)]);
    assert_eq!(setup.scores().await, scores);
}

#[tokio::test]
async fn rows_with_ids_count_once_wherever_they_are() {
    let setup = Setup::new(json!({ "policy": "sum" })).await;
    let file = setup.file("a.csv", "n,item,points\n1,red,3\n2,red,3\n3,blue,2\n");
    let flags = ["--id", "n"];
    setup
        .import(&file, "item", "points", &flags)
        .expect(0, "3 submitted");
    let moved = "n,item,points\n4,blue,1\n\n3,blue,2\n1,red,3\n2,red,5\n4,blue,1\n,red,1\n";
    let moved = setup.file("b.csv", moved);
    let import = setup.import(&moved, "item", "points", &flags);
    import.expect(2, "6 rows read: 1 submitted, 2 imported before, 3 rejected");
    for told in [
        "line 6: a row with this id was imported before with another",
        "line 7: id: must be unique in the file, and line 2 has it too (got \"4\")",
        "line 8: id: must not be empty",
    ] {
        assert!(import.err.contains(told), "{told}: {import:?}");
    }
    assert_eq!(setup.scores().await, owned(&[("red", 6), ("blue", 3)]));
    // A source keeps the ids of two systems apart.
    let flags = ["--id", "n", "--source", "another system"];
    setup
        .import(&file, "item", "points", &flags)
        .expect(0, "3 submitted");
}

#[tokio::test]
async fn standard_input_needs_a_name() {
    let setup = Setup::new(json!({})).await;
    let import = setup.import(Path::new("-"), "player", "score", &[]);
    import.expect_nothing_sent("--source");
    let import = setup.import(Path::new("-"), "player", "score", &["--source", "x"]);
    import.expect_nothing_sent("the file is empty");
}

#[tokio::test]
async fn unclosed_quote_is_an_error_with_its_line() {
    let setup = Setup::new(json!({})).await;
    let import = setup.import(&data("unclosed_quote.csv"), "player", "score", &[]);
    import.expect(1, "1 rows read: 1 submitted");
    assert!(
        import.err.contains("line 3: a quote (\") is opened here"),
        "{import:?}"
    );
    assert!(
        import.err.contains("later rows were not read"),
        "{import:?}"
    );
    assert_eq!(setup.scores().await, owned(&[("ann", 10)]));
}

#[tokio::test]
async fn quotes_in_names_are_kept_or_refused() {
    let setup = Setup::new(json!({})).await;
    let file = data("quote_inside.csv");
    let import = setup.import(&file, "player", "score", &["--name", "name"]);
    import.expect(2, "3 rows read: 2 submitted, 0 imported before, 1 rejected");
    let told = "line 2: row: must not have text after a closing quote";
    assert!(import.err.contains(told), "{import:?}");
    assert!(
        import.err.contains(r#"(got "\"Ace\" Ventura")"#),
        "{import:?}"
    );
    let row = |player: &str, score| (player.to_owned(), "The \"Rock\"".to_owned(), score);
    assert_eq!(setup.rows().await, [row("p2", 9), row("p3", 8)]);
}

#[tokio::test]
async fn blank_rows_and_spare_cells_are_skipped() {
    for (file, rows) in [
        ("phantom_rows_trailing_commas.csv", 2),
        ("trailing_comma_rows_only.csv", 2),
    ] {
        let setup = Setup::new(json!({})).await;
        let import = setup.import(&data(file), "player", "score", &[]);
        import.expect(0, &format!("{rows} rows read: {rows} submitted"));
        assert_eq!(setup.scores().await, owned(&[("ann", 10), ("bob", 9)]));
    }
}

#[tokio::test]
async fn needed_columns_exist_once() {
    let setup = Setup::new(json!({ "format": { "decimals": 2 } })).await;
    let file = data("duplicate_headers.csv");
    let import = setup.import(&file, "player", "points", &[]);
    import.expect_nothing_sent("several columns \"points\" for --score: the columns 2 and 4");
    assert_eq!(setup.scores().await, owned(&[]));
    setup
        .import(&file, "player", "bonus", &[])
        .expect(0, "2 submitted");
    let file = data("empty_headers.csv");
    let import = setup.import(&file, "Competitor", "Mark", &["--name", ""]);
    import.expect_nothing_sent("--name needs the name of a column");
    setup
        .import(&file, "Competitor", "Mark", &[])
        .expect(0, "1 submitted");
}

#[tokio::test]
async fn times_before_1970_are_accepted() {
    let members = json!({
        "periods": ["all_time", "yearly", "monthly", "weekly", "daily"],
        "time_zone": "America/Mexico_City", "tie": "earliest", "format": { "decimals": 2 },
    });
    let setup = Setup::new(members).await;
    let text = "athlete,metres,day\nbeamon,8.90,1968-10-18\npowell,8.95,1991-08-30\n\
                owens,8.13,1935-05-25T15:00:00-05:00\nolder,8.13,1896-04-07 12:00\n\
                oldest,8.13,0001-01-01T00:00:00Z\nnobody,8.13,0000-12-31T00:00:00Z\n";
    let file = setup.file("long-jump.csv", text);
    let flags = ["--at", "day"];
    let import = setup.import(&file, "athlete", "metres", &flags);
    import.expect(2, "6 rows read: 5 submitted, 0 imported before, 1 rejected");
    assert!(
        import
            .err
            .contains("line 7: at: must be an instant from the year 1 to 9999")
    );
    let ranked = ["powell", "beamon", "oldest", "older", "owens"];
    let players = async |query: &str| -> Vec<String> {
        let path = format!("/api/v1/boards/board/standings?{query}");
        let answer = setup.server.get(&path).await.expect(200);
        let rows = answer["rows"].as_array().expect("rows").iter();
        rows.map(|row| row["player"].as_str().expect("a text").to_owned())
            .collect()
    };
    assert_eq!(players("period=all_time").await, ranked);
    for season in ["1968", "1968-10", "1968-W42", "1968-10-18"] {
        assert_eq!(players(&format!("season={season}")).await, ["beamon"]);
    }
    assert_eq!(players("season=0000-12-31").await, ["oldest"]);
    let path = "/api/v1/boards/board/standings/beamon?season=1968";
    let answer = setup.server.get(path).await.expect(200);
    assert_eq!(answer["achieved_at"], "1968-10-18T06:00:00.000Z");
    for page in ["/boards/board", "/boards/board?season=1968-10-18"] {
        let page = setup.server.get(page).await;
        assert_eq!(page.status, 200);
        assert!(page.text.contains("beamon"), "{}", page.text);
    }
    // The same after a restart, which loads the standings again.
    let mut setup = setup;
    setup.server.restart();
    let answer = setup.server.get(path).await.expect(200);
    assert_eq!(answer["achieved_at"], "1968-10-18T06:00:00.000Z");
    let import = setup.import(&file, "athlete", "metres", &flags);
    import.expect(2, "0 submitted, 5 imported before, 1 rejected");
}

#[tokio::test]
async fn erased_player_does_not_come_back_by_an_import() {
    let setup = Setup::new(json!({ "policy": "sum" })).await;
    let text =
        "id,name,points,day\nann,Ann,3,2026-01-01\nbob,Bob,2,2026-01-01\nann,Ann,4,2026-01-02\n";
    let file = setup.file("scores.csv", text);
    let again = setup.file("again.csv", text);
    let flags = ["--name", "name", "--at", "day"];
    setup
        .import(&file, "id", "points", &flags)
        .expect(0, "3 submitted");
    let path = "/api/v1/players/ann";
    let erase = setup.server.request(reqwest::Method::DELETE, path);
    let erased = erase.bearer_auth(TOKEN).send().await.expect("an answer");
    assert_eq!(erased.status(), 204);
    let only_bob = [("bob".to_owned(), "Bob".to_owned(), 2)];
    for (file, flags, rest) in [
        (&file, &flags[..], "0 submitted, 1 imported before"),
        (&again, &flags[..], "1 submitted, 0 imported before"),
        (
            &again,
            &["--name", "name", "--source", "undated"][..],
            "1 submitted",
        ),
    ] {
        let import = setup.import(file, "id", "points", flags);
        import.expect(2, rest);
        assert!(import.out.contains("2 rejected"), "{import:?}");
        for line in [2, 4] {
            let told = format!("line {line}: player \"ann\" was erased at ");
            assert!(import.err.contains(&told), "{import:?}");
        }
        assert_eq!(setup.rows().await.len(), only_bob.len());
    }
    // A new score of a game server begins the player again, without the old name.
    let one = json!({ "player": "ann", "value": 1 });
    let path = "/api/v1/boards/board/submissions";
    setup.server.post(path, &one).await.expect(200);
    assert_eq!(
        setup.rows().await[1],
        ("ann".to_owned(), "ann".to_owned(), 1)
    );
}

#[tokio::test]
async fn rejected_rows_are_written_to_a_file() {
    let setup = Setup::new(json!({ "max_score": 50 })).await;
    let bad = (0..30).map(|n| format!("p{n};many;\"a;b\"\n"));
    let text = "player;score;note\nann;10;\nbob;99;too much\n\"x\" y;1;quote\n".to_owned();
    let text = text + &bad.collect::<String>();
    let file = setup.file("scores.csv", &text);
    let rejects = setup.folder.path().join("rejects.csv");
    let shown = rejects.to_str().expect("a text");
    let import = setup.import(&file, "player", "score", &["--rejects", shown]);
    import.expect(
        2,
        "33 rows read: 1 submitted, 0 imported before, 32 rejected",
    );
    assert!(
        import.err.contains("and 12 more rejected rows"),
        "{import:?}"
    );
    let written = fs::read_to_string(&rejects).expect("the file");
    let lines: Vec<&str> = written.lines().collect();
    assert_eq!(lines[0], "rejected_line;rejected_reason;player;score;note");
    assert_eq!(lines.len(), 33);
    // The server's refusals come with their batch, after those of the command.
    assert!(
        lines[1].starts_with("4;row: must not have text after a closing quote")
            || lines[1].starts_with("4;\"row: must not have text after a closing quote"),
        "{written}"
    );
    assert!(lines[2].contains("p0;many;\"a;b\""), "{}", lines[2]);
    assert!(lines[32].ends_with("bob;99;too much"), "{}", lines[32]);
    // Without rejected rows, only the header is left.
    let good = setup.file("good.csv", "player,score\nann,10\n");
    setup
        .import(&good, "player", "score", &["--rejects", shown])
        .expect(0, "1 submitted");
    let written = fs::read_to_string(&rejects).expect("the file");
    assert_eq!(written, "rejected_line,rejected_reason,player,score\n");
    let good = good.to_str().expect("a text");
    let import = setup.import(Path::new(good), "player", "score", &["--rejects", good]);
    import.expect_nothing_sent("--rejects must name another file");
}
