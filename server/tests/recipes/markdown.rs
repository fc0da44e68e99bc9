//! The fenced blocks of a recipe, and the steps that they form.

use super::answer::{Answer, Format};

/// A recipe, ready to run.
#[derive(Debug, Default)]
pub(crate) struct Recipe {
    /// The flags of `leaderport serve` in a block that the reader runs in another terminal.
    pub(crate) serve: Option<Vec<String>>,
    pub(crate) steps: Vec<Step>,
}

#[derive(Debug)]
pub(crate) enum Step {
    /// A file that the reader stores.
    File { name: String, text: String },
    /// Commands, and the answer that the recipe shows.
    Run {
        block: Block,
        answer: Option<Answer>,
    },
}

/// The content of a fenced block, without the indentation of its fence.
#[derive(Debug)]
pub(crate) struct Block {
    /// Line number of the first line of the content.
    pub(crate) line: usize,
    pub(crate) text: String,
    info: String,
    /// Whether only blank lines are between the previous block and this one.
    follows: bool,
}

impl Recipe {
    /// Refuses blocks of an unknown kind, and answers without commands: the test would skip them
    /// in silence. The error begins with the line.
    pub(crate) fn parse(markdown: &str) -> Result<Self, String> {
        let mut recipe = Self::default();
        // Whether the previous block was commands without an answer.
        let mut awaits_answer = false;
        for block in blocks(markdown)? {
            let at = block.line;
            let info = block.info.clone();
            let accepts_answer = std::mem::take(&mut awaits_answer) && block.follows;
            match info.as_str() {
                "sh" => {
                    recipe.steps.push(Step::Run {
                        block,
                        answer: None,
                    });
                    awaits_answer = true;
                }
                "sh no-run" => {
                    recipe.serve = recipe.serve.or_else(|| serve_flags(&block.text));
                }
                "json" | "text" => {
                    let format = if info == "json" {
                        Format::Json
                    } else {
                        Format::Text
                    };
                    let Some(Step::Run { answer, .. }) =
                        recipe.steps.last_mut().filter(|_| accepts_answer)
                    else {
                        return Err(format!("{at}: this answer does not follow commands"));
                    };
                    *answer = Some(Answer::new(format, at, block.text)?);
                }
                _ => {
                    let name = info.split_once(" file=").map(|(_, name)| name.to_owned());
                    let name = name.ok_or_else(|| format!("{at}: unknown block {info:?}"))?;
                    recipe.steps.push(Step::File {
                        name,
                        text: block.text,
                    });
                }
            }
        }
        Ok(recipe)
    }
}

/// All fenced blocks. A fence may be indented in a list.
fn blocks(markdown: &str) -> Result<Vec<Block>, String> {
    let mut found: Vec<Block> = Vec::new();
    let mut open: Option<(usize, Block)> = None;
    let mut follows = false;
    for (line, number) in markdown.lines().zip(1..) {
        let content = line.trim_start();
        open = match open {
            Some((_, block)) if content == "```" => {
                found.push(block);
                follows = true;
                None
            }
            Some((indent, mut block)) => {
                let spaces = line.len() - content.len();
                block.text.push_str(&line[spaces.min(indent)..]);
                block.text.push('\n');
                Some((indent, block))
            }
            None => {
                follows &= content.is_empty() || content.starts_with("```");
                content.strip_prefix("```").map(|info| {
                    let block = Block {
                        line: number + 1,
                        text: String::new(),
                        info: info.trim().to_owned(),
                        follows,
                    };
                    (line.len() - content.len(), block)
                })
            }
        };
    }
    match open {
        Some((_, block)) => Err(format!("{}: this block does not end", block.line)),
        None => Ok(found),
    }
}

/// The flags of `leaderport serve`, if these commands start a server.
fn serve_flags(commands: &str) -> Option<Vec<String>> {
    let commands = commands.replace("\\\n", " ");
    let start = "target/release/leaderport serve";
    let flags = commands.lines().find_map(|line| line.strip_prefix(start))?;
    Some(flags.split_whitespace().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_keep_their_lines_and_lose_the_indentation_of_their_fence() {
        let markdown =
            "1. One:\n\n   ```sh\n   a \\\n     b\n\n   ```\n\n   ```json\n   {}\n   ```\n";
        let recipe = Recipe::parse(markdown).unwrap();
        let [Step::Run { block, answer }] = &recipe.steps[..] else {
            panic!("{recipe:?}")
        };
        assert_eq!((block.line, block.text.as_str()), (4, "a \\\n  b\n\n"));
        let answer = answer.as_ref().unwrap();
        assert_eq!((answer.line, answer.text.as_str()), (10, "{}\n"));
    }

    #[test]
    fn flags_of_the_shown_server_are_found() {
        let markdown = "```sh no-run\ntarget/release/leaderport serve --a 1 \\\n  --b\n```\n";
        let flags = Recipe::parse(markdown).unwrap().serve.unwrap();
        assert_eq!(flags, ["--a", "1", "--b"]);
    }

    #[test]
    fn blocks_that_would_be_skipped_are_refused() {
        fn check(markdown: &str, error: &str) {
            assert_eq!(Recipe::parse(markdown).unwrap_err(), error, "{markdown}");
        }
        check("```bash\nls\n```\n", "2: unknown block \"bash\"");
        check("```sh\nls\n", "2: this block does not end");
        let skipped = "this answer does not follow commands";
        check("```json\n{}\n```\n", &format!("2: {skipped}"));
        let apart = "```sh\nls\n```\nthen\n```text\na\n```\n";
        check(apart, &format!("6: {skipped}"));
        let twice = "```sh\nls\n```\n```text\na\n```\n```text\na\n```\n";
        check(twice, &format!("8: {skipped}"));
        let shown = "```sh no-run\nls\n```\n```text\na\n```\n";
        check(shown, &format!("5: {skipped}"));
    }
}
