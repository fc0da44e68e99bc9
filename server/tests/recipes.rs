//! The recipes of `docs/recipes/`, run against a real server.
//!
//! Each recipe's commands run in one `bash`, and each answer is compared with the answer that the
//! recipe shows. `docs/recipes/README.md` describes the format. The server gets the flags that the
//! recipe shows; for PostgreSQL and Redis, the addresses of the test's services replace the shown
//! ones.

#[expect(dead_code, reason = "the recipes use only a part of it")]
mod support;

mod recipes {
    pub(crate) mod answer;
    pub(crate) mod markdown;
    pub(crate) mod shell;
}

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use sqlx::{Connection, Executor};
use uuid::Uuid;

use self::recipes::markdown::{Recipe, Step};
use self::recipes::shell::Shell;
use self::support::{TOKEN, TestServer};

/// Defines a test for each recipe, and the list of all tested files.
macro_rules! recipes {
    ($($test:ident: $file:literal,)+) => {
        const TESTED: &[&str] = &[$($file),+];
        $(
            #[tokio::test]
            async fn $test() {
                let recipe = read($file);
                let server = serve(&recipe).await;
                if let Err(failure) = run(recipe, &server.url).await {
                    panic!("docs/recipes/{}:{failure}", $file);
                }
            }
        )+
    };
}

recipes! {
    arcade_recipe_runs: "arcade.md",
    focus_timer_recipe_runs: "focus-timer.md",
    game_server_recipe_runs: "game-server.md",
    import_recipe_runs: "import.md",
    live_page_recipe_runs: "live-page.md",
    widget_recipe_runs: "widget.md",
}

/// The repository's folder.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(file: &str) -> String {
    let path = root().join("docs/recipes").join(file);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn read(file: &str) -> Recipe {
    Recipe::parse(&text(file)).unwrap_or_else(|error| panic!("docs/recipes/{file}:{error}"))
}

/// Starts a server with the flags that the recipe shows.
async fn serve(recipe: &Recipe) -> TestServer {
    let shown = recipe.serve.as_ref().expect("a recipe starts a server");
    let mut flags = Vec::new();
    let mut words = shown.iter();
    while let Some(flag) = words.next() {
        flags.push(flag.clone());
        let own = match flag.as_str() {
            "--database" => new_schema().await,
            "--broker" => service("LEADERPORT_TEST_REDIS"),
            _ => continue,
        };
        words.next().expect("the flag has a value");
        flags.push(own);
    }
    if flags.iter().any(|flag| flag == "--broker") {
        flags.extend(["--broker-prefix".to_owned(), unique("recipe")]);
    }
    let flags: Vec<&str> = flags.iter().map(String::as_str).collect();
    TestServer::start_over(&flags)
}

/// The URL of an empty schema.
async fn new_schema() -> String {
    let postgres = service("LEADERPORT_TEST_POSTGRES");
    let schema = unique("recipe");
    let mut db = sqlx::PgConnection::connect(&postgres)
        .await
        .expect("PostgreSQL answers");
    let made = db
        .execute(sqlx::AssertSqlSafe(format!("CREATE SCHEMA {schema}")))
        .await;
    made.expect("the schema is new");
    format!("{postgres}?options=-csearch_path={schema}")
}

fn service(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("{variable} is not set: run the tests under .ci/with-services"))
}

fn unique(prefix: &str) -> String {
    let id = Uuid::from_u128(rand::Rng::random(&mut rand::rng()));
    format!("{prefix}_{}", id.simple())
}

/// Runs the steps in a temporary folder. The error begins with the line of the failed step.
async fn run(recipe: Recipe, url: &str) -> Result<(), String> {
    let url = url.to_owned();
    let steps = move || run_steps(&recipe, &url);
    tokio::task::spawn_blocking(steps)
        .await
        .expect("the thread does not panic")
}

fn run_steps(recipe: &Recipe, url: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Recipes name files of the repository, like `docs/recipes/data/…`.
    std::os::unix::fs::symlink(root().join("docs"), folder.path().join("docs"))
        .expect("a link in a new folder");
    let mut shell = Shell::start(folder.path(), url, TOKEN);
    for step in &recipe.steps {
        match step {
            Step::File { name, text } => {
                fs::write(folder.path().join(name), text).expect("a writable folder");
            }
            Step::Run { block, answer } => {
                let printed = shell.run(block)?;
                let Some(answer) = answer else { continue };
                if let Err(difference) = answer.compare(&printed) {
                    return Err(format!(
                        "{}: {difference}\n\ncommands, from line {}:\n{}\nexpected:\n{}\nactual:\n\
                         {printed}\nstandard error:\n{}",
                        answer.line,
                        block.line,
                        block.text,
                        answer.text,
                        shell.errors(),
                    ));
                }
            }
        }
    }
    Ok(())
}

#[test]
fn every_recipe_is_tested_and_listed() {
    let folder = root().join("docs/recipes");
    let names = fs::read_dir(folder).expect("the folder of the recipes");
    let paths = names.map(|entry| entry.expect("a readable folder").path());
    let documents = paths.filter(|path| path.extension().is_some_and(|kind| kind == "md"));
    let names = documents.map(|path| path.file_name().expect("a name").display().to_string());
    let recipes: BTreeSet<String> = names.filter(|name| name != "README.md").collect();
    let tested: BTreeSet<String> = TESTED.iter().map(|&file| file.to_owned()).collect();
    assert_eq!(recipes, tested);
    let index = text("README.md");
    for file in TESTED {
        assert!(index.contains(&format!("({file})")), "{file} is not listed");
    }
}

/// The failure of a recipe that runs without a server.
async fn failure(markdown: &str) -> String {
    let recipe = Recipe::parse(markdown).expect("a valid recipe");
    let result = run(recipe, "http://127.0.0.1:1").await;
    result.expect_err("the recipe must fail")
}

#[tokio::test]
async fn wrong_answer_fails_with_its_line_and_both_values() {
    let wrong = failure("```sh\necho '{\"rank\":1}'\n```\n\n```json\n{\"rank\": 2}\n```\n").await;
    assert!(wrong.starts_with("6: .rank: expected 2, got 1"), "{wrong}");
    assert!(wrong.contains("commands, from line 2:\necho"), "{wrong}");
    let wrong = failure("```sh\necho one\n```\n```text\ntwo\n```\n").await;
    assert!(wrong.starts_with("5: no line \"two\""), "{wrong}");
}

#[tokio::test]
async fn failed_command_fails_with_its_line_and_its_errors() {
    let failed = failure("# A\n\n```sh\necho one\nls missing\necho two\n```\n").await;
    assert!(failed.starts_with("4: the commands failed"), "{failed}");
    assert!(failed.contains("line 5: ls missing"), "{failed}");
    let unset = failure("```sh\necho \"$UNSET\"\n```\n").await;
    assert!(unset.contains("UNSET"), "{unset}");
    let piped = failure("```sh\nfalse | cat\n```\n").await;
    assert!(piped.starts_with("2: the commands failed"), "{piped}");
}

#[tokio::test]
async fn wrong_rank_in_a_real_recipe_is_found() {
    let markdown = text("arcade.md");
    let shown = r#"{"rank": 2, "player": "cyd""#;
    assert_eq!(markdown.matches(shown).count(), 1);
    let wrong = markdown.replace(shown, r#"{"rank": 3, "player": "cyd""#);
    let recipe = Recipe::parse(&wrong).expect("a valid recipe");
    let server = serve(&recipe).await;
    let failed = run(recipe, &server.url).await.expect_err("a wrong rank");
    assert!(
        failed.contains(".rows[2].rank: expected 3, got 2"),
        "{failed}"
    );
}

#[tokio::test]
async fn all_blocks_run_in_one_shell_and_see_the_files() {
    let markdown = "```html file=a.html\n<p>\n```\n```sh\nONE=1\n```\n- x\n\n  ```sh\n  echo \"$ONE\"; cat a.html\n  \
                    ```\n  ```text\n  1\n  <p>\n  ```\n";
    let recipe = Recipe::parse(markdown).expect("a valid recipe");
    assert_eq!(run(recipe, "http://127.0.0.1:1").await, Ok(()));
}
