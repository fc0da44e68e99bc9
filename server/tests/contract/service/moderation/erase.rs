//! Erasure, bans that survive it, the limits on ruling about staff, and the append-only audit log.

use leaderport::service::Proof;
use leaderport::{Account, Handle, Role};

use super::*;

pub(crate) async fn erasure_removes_the_players_data(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    for (n, who, value) in [(4, "ann2", 80), (5, "ann", 75)] {
        let one = submission(n, &board, who, value, noon(5));
        running.submit(named(who, one)).await;
    }
    running.rule(merge(&["ann2"], Some("ann"))).await;
    running.rule(judge(&[1], SubmissionState::Revoked)).await;
    let (ann, who) = (Caller::guest(player("ann")), player("ann"));
    let by_bob = Caller::guest(player("bob"));
    let refused = running.service.erase(&by_bob, &who).await;
    assert_eq!(refused.unwrap_err().code(), "forbidden");
    running.service.erase(&ann, &who).await.unwrap();
    let left = owned(&[("ann2", 80), ("bob", 60)]);
    assert_eq!(running.scores(&board).await, left);
    let read = running.service.submissions(&ann, &who, None, None).await;
    assert_eq!(read.unwrap(), []);
    for text in ["ann", "ANN"] {
        let found = running.service.find_players(&Caller::Operator, text).await;
        let found: Vec<_> = found.unwrap().into_iter().map(|p| p.player).collect();
        assert_eq!(found, [player("ann2")], "{text}");
    }
    let entry = &running.audit(&AuditFilter::default()).await[0];
    assert_eq!(
        (&entry.action[..], &entry.target[..], &entry.actor[..]),
        ("erase_player", "ann", "player ann")
    );
    // A game server may submit for the erased id again. The new standing has no name.
    running
        .submit(submission(6, &board, "ann", 1, noon(6)))
        .await;
    let rows = running.rows(&board, "all").await;
    assert_eq!((rows[2].name.as_str(), rows[2].score.get()), ("ann", 1));
    let after = Running::start_with(engines, engines.broker().await).await;
    assert_eq!(after.rows(&board, "all").await, rows);
}

pub(crate) async fn import_does_not_bring_an_erased_player_back(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let who = player("ann");
    let before = running.scores(&board).await;
    running
        .service
        .erase(&Caller::Operator, &who)
        .await
        .unwrap();
    let without = running.scores(&board).await;
    assert_ne!(without, before);
    let erased_at = running.audit(&AuditFilter::default()).await[0].at;
    let one = |n, at| {
        let one = named("Ann", submission(n, &board, "ann", 99, noon(0)));
        Submission { at, ..one }
    };
    let import = async |one: Submission| {
        let outcomes = running.service.import(&Caller::Operator, vec![one]).await;
        outcomes.unwrap().remove(0)
    };
    // An unknown time may be one from before the erasure.
    for (n, at) in [
        (11, None),
        (12, Some(erased_at)),
        (13, Some(erased_at.plus_millis(-1))),
    ] {
        let refused = import(one(n, at)).await.unwrap_err();
        assert_eq!(refused.code(), "erased", "{at:?}");
        assert!(
            refused.to_string().contains(&erased_at.to_string()),
            "{refused}"
        );
    }
    assert_eq!(running.scores(&board).await, without);
    let found = running.service.find_players(&Caller::Operator, "Ann").await;
    assert!(found.unwrap().iter().all(|found| found.player != who));
    // A later score begins the player again, also in an import.
    let later = one(14, Some(erased_at.plus_millis(1)));
    assert!(!import(later.clone()).await.unwrap().is_repeat);
    assert!(import(later).await.unwrap().is_repeat);
    assert_eq!(running.scores(&board).await.len(), without.len() + 1);
}

/// Another node accepts a credential from before the erasure for some seconds.
pub(crate) async fn former_credential_does_not_bring_an_erased_player_back(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let (service, bob) = (&running.service, player("bob"));
    let own = Caller::guest(bob.clone());
    let submit = async |n: u128| {
        let one = without_time(submission(n, &board, "bob", 80, noon(0)));
        service.submit_one(&own, one).await
    };
    service.erase(&Caller::Operator, &bob).await.unwrap();
    running.clock.set(noon(5));
    let renamed = service.rename(&own, &bob, name("Bob")).await;
    assert_eq!(renamed.unwrap_err().code(), "erased");
    assert_eq!(submit(4).await.unwrap_err().code(), "erased");
    assert_eq!(running.scores(&board).await, owned(&[("ann", 70)]));
    let record = service.player(&Caller::Operator, &bob).await;
    assert_eq!(record.unwrap().name, None);
    // A later credential is one of a new beginning.
    running.clock.set(noon(30));
    service.rename(&own, &bob, name("Bob")).await.unwrap();
    submit(5).await.unwrap();
    assert_eq!(
        running.scores(&board).await,
        owned(&[("bob", 80), ("ann", 70)])
    );
}

pub(crate) async fn ban_survives_erasure(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    running.rule(ban(&["ann"], true)).await;
    let who = player("ann");
    let ann = Caller::guest(who.clone());
    running.service.erase(&ann, &who).await.unwrap();
    let again = submission(7, &board, "ann", 99, noon(6));
    let refused = running.service.submit_one(&Caller::Operator, again);
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.code(), "banned");
    let record = running.service.player(&Caller::Operator, &who);
    let record = record.await.unwrap();
    assert!(record.is_banned && record.name.is_none());
}

pub(crate) async fn ban_of_a_merged_player_survives_erasure(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let again = submission(4, &board, "ann2", 80, noon(4));
    running.submit(again).await;
    running.rule(merge(&["ann2"], Some("ann"))).await;
    running.rule(ban(&["ann"], true)).await;
    assert_eq!(running.scores(&board).await, owned(&[("bob", 60)]));
    // Erasing a player who was merged into a banned one leaves their id banned.
    let ann2 = player("ann2");
    let own = Caller::guest(ann2.clone());
    running.service.erase(&own, &ann2).await.unwrap();
    let again = submission(5, &board, "ann2", 99, noon(5));
    let refused = running.service.submit_one(&Caller::Operator, again).await;
    assert_eq!(refused.unwrap_err().code(), "banned");
    // Erasing the banned player leaves the players merged into them without a standing.
    running
        .submit(submission(6, &board, "bob2", 90, noon(6)))
        .await;
    running.rule(merge(&["bob2"], Some("bob"))).await;
    running.rule(ban(&["bob"], true)).await;
    let bob = player("bob");
    let own = Caller::guest(bob.clone());
    running.service.erase(&own, &bob).await.unwrap();
    assert_eq!(running.scores(&board).await, []);
}

pub(crate) async fn moderator_cannot_rule_about_staff(engines: &Engines) {
    let (running, board) = three_submissions(engines).await;
    let eves = submission(4, &board, "eve", 10, noon(4));
    running.submit(eves).await;
    let directory = engines.directory().await;
    let roles = [
        ("ann", Role::Admin),
        ("bob", Role::Moderator),
        ("cat", Role::Moderator),
    ];
    for (who, role) in roles {
        let account = Account {
            player: player(who),
            handle: Handle::new(who).unwrap(),
            name: name(who),
            role,
            created_at: noon(0),
        };
        let note = note();
        assert!(
            directory
                .add_account(&account, "hash", &note)
                .await
                .unwrap()
        );
    }
    let [admin, moderator, _] = roles.map(|(who, role)| Caller::Person {
        player: player(who),
        role,
        proof: Proof::Cookie,
    });
    let rule = async |caller: &Caller, ruling: Ruling| {
        let reason = String::new();
        let draft = RulingDraft { ruling, reason };
        running.service.rule(caller, draft).await
    };
    let dans = submission(5, &board, "dan", 11, noon(5));
    running.submit(dans).await;
    for ruling in [
        merge(&["eve"], Some("ann")),
        merge(&["cat"], Some("dan")),
        judge(&[3], SubmissionState::Revoked),
    ] {
        rule(&admin, ruling).await.unwrap();
    }
    let before = running.rows(&board, "all").await;
    let renamed = Ruling::Rename {
        player: player("ann"),
        name: name("Nobody"),
        fixed: true,
    };
    for ruling in [
        ban(&["ann"], true),
        ban(&["cat", "dan"], true),
        merge(&["dan"], Some("ann")),
        renamed,
        // Players merged into an admin are protected too.
        ban(&["eve"], true),
        merge(&["eve"], None),
        judge(&[1], SubmissionState::Revoked),
        judge(&[4], SubmissionState::Quarantined),
        // A player is protected too if a moderator is merged into them.
        ban(&["dan"], true),
        judge(&[5], SubmissionState::Revoked),
        // Moderators do not restore their own submissions.
        judge(&[3], SubmissionState::Counted),
    ] {
        let refused = rule(&moderator, ruling.clone()).await.unwrap_err();
        assert_eq!(refused.code(), "forbidden", "{ruling:?}");
    }
    let service = &running.service;
    let [ann, bob] = ["ann", "bob"].map(player);
    let refused = service.rename(&moderator, &ann, name("Nobody"));
    assert_eq!(refused.await.unwrap_err().code(), "forbidden");
    assert_eq!(running.rows(&board, "all").await, before);
    // A moderator may rename their own player, and an admin may rule about a moderator.
    let own = service.rename(&moderator, &bob, name("Robert"));
    own.await.unwrap();
    let ruled = rule(&admin, ban(&["bob"], true)).await.unwrap();
    assert_eq!(ruled.changed, 1);
}

pub(crate) async fn database_rejects_changes_to_the_audit_log(engines: &Engines) {
    let (running, _) = three_submissions(engines).await;
    running.rule(ban(&["ann"], true)).await;
    let before = running.audit(&AuditFilter::default()).await;
    let database = engines.database().await;
    for sql in [
        "UPDATE audit SET actor = 'nobody'",
        "UPDATE audit SET reason = '' WHERE seq = 1",
        "DELETE FROM audit",
    ] {
        let refused = database.execute(sqlx::query(sql)).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
    assert_eq!(running.audit(&AuditFilter::default()).await, before);
}
