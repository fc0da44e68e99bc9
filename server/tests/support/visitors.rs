//! Visitors of the pages, through forms and cookies; and operators, through the command line.

use std::process::{Command, Output};

use reqwest::Method;
use reqwest::header::SET_COOKIE;

use crate::support::{Answer, TOKEN, TestServer};

impl TestServer {
    /// The cookie of a new guest who has submitted a score to the points board.
    pub(crate) async fn guest(&self, name: &str) -> String {
        let form = [("slug", "points"), ("name", name), ("score", "5")];
        let answer = self.form("submit", None, &form).await;
        answer.expect_form();
        answer.cookie("leaderport_guest").expect("a guest cookie")
    }

    /// The cookie of a new session.
    pub(crate) async fn sign_in(&self, handle: &str, password: &str) -> String {
        let form = [("handle", handle), ("password", password)];
        let answer = self.form("sign-in", None, &form).await;
        answer.expect_form();
        answer
            .cookie("leaderport_session")
            .expect("a session cookie")
    }

    /// The session cookie of a new account.
    pub(crate) async fn sign_up(&self, handle: &str) -> String {
        let form = [
            ("name", handle),
            ("handle", handle),
            ("password", "correct horse"),
        ];
        let answer = self.form("sign-up", None, &form).await;
        answer.expect_form();
        answer
            .cookie("leaderport_session")
            .expect("a session cookie")
    }

    /// Sends a form like the page's script does.
    pub(crate) async fn form(
        &self,
        function: &str,
        cookie: Option<&str>,
        fields: &[(&str, &str)],
    ) -> Answer {
        let request = self.request(Method::POST, &format!("/_fn/{function}"));
        let request = request.header("origin", &self.url).form(fields);
        Answer::to(match cookie {
            Some(cookie) => request.header("cookie", cookie),
            None => request,
        })
        .await
    }

    /// A page as the holder of a cookie sees it.
    pub(crate) async fn page(&self, path: &str, cookie: &str) -> String {
        let request = self.request(Method::GET, path).header("cookie", cookie);
        let answer = Answer::to(request).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.text
    }

    /// Runs the command line against this server, with its token.
    pub(crate) fn command(&self, args: &[&str]) -> Output {
        let run = Command::new(env!("CARGO_BIN_EXE_leaderport"))
            .args(args)
            .args(["--server", &self.url, "--api-token", TOKEN])
            .output();
        run.expect("the binary is built")
    }

    /// The output of a command that must succeed.
    pub(crate) fn output_of(&self, args: &[&str]) -> String {
        let run = self.command(args);
        assert!(run.status.success(), "{args:?}: {run:?}");
        String::from_utf8(run.stdout).expect("text")
    }

    pub(crate) async fn get_with_token(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path).bearer_auth(TOKEN)).await
    }
}

impl Answer {
    /// Asserts that a form was accepted.
    pub(crate) fn expect_form(&self) {
        assert_eq!(self.status, 200, "{self:?}");
    }

    /// The `Set-Cookie` header for a name, with its flags; empty if there is none.
    pub(crate) fn set_cookie(&self, name: &str) -> &str {
        let cookies = self.headers.get_all(SET_COOKIE).into_iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
        let named = format!("{name}=");
        cookies.find(|c| c.starts_with(&named)).unwrap_or_default()
    }

    /// The cookie as the browser sends it back.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookie = self.set_cookie(name).split(';').next()?;
        (!cookie.is_empty()).then(|| cookie.to_owned())
    }
}
