//! Visitors of the pages, by their forms and cookies; and operators, by the command line.

use std::process::{Command, Output};

use reqwest::Method;
use reqwest::header::SET_COOKIE;

use crate::support::{Answer, TOKEN, TestServer};

impl TestServer {
    /// The cookie of a new guest who has submitted a score to the board of points.
    pub(crate) async fn guest(&self, name: &str) -> String {
        let form = [("slug", "points"), ("name", name), ("score", "5")];
        let answer = self.form("submit", None, &form).await;
        answer.expect_form();
        answer
            .cookie("leaderport_guest")
            .expect("a guest is remembered")
    }

    /// The cookie of a new session.
    pub(crate) async fn sign_in(&self, handle: &str, password: &str) -> String {
        let form = [("handle", handle), ("password", password)];
        let answer = self.form("sign-in", None, &form).await;
        answer.expect_form();
        answer
            .cookie("leaderport_session")
            .expect("a session begins")
    }

    /// The cookie of somebody who has just signed up.
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
            .expect("a session begins")
    }

    /// Sends a form as the page's script does.
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

    /// A page as whoever bears a cookie sees it.
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

    /// What a command that ends well says.
    pub(crate) fn said(&self, args: &[&str]) -> String {
        let run = self.command(args);
        assert!(run.status.success(), "{args:?}: {run:?}");
        String::from_utf8(run.stdout).expect("text")
    }

    pub(crate) async fn get_with_token(&self, path: &str) -> Answer {
        Answer::to(self.request(Method::GET, path).bearer_auth(TOKEN)).await
    }
}

impl Answer {
    /// Asserts that a form was taken.
    pub(crate) fn expect_form(&self) {
        assert_eq!(self.status, 200, "{self:?}");
    }

    /// What the answer has the browser keep under a name, with its flags.
    pub(crate) fn set_cookie(&self, name: &str) -> &str {
        let cookies = self.headers.get_all(SET_COOKIE).into_iter();
        let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok());
        let named = format!("{name}=");
        cookies.find(|c| c.starts_with(&named)).unwrap_or_default()
    }

    /// The same as the browser sends it back.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let cookie = self.set_cookie(name).split(';').next()?;
        (!cookie.is_empty()).then(|| cookie.to_owned())
    }
}
