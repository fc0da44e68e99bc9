//! Keys and tokens for programs.

use super::*;

pub(crate) async fn api_key_is_valid_until_revoked(home: &impl LedgerHome) {
    let known = known(home).await;
    let people = &known.people;
    let arena = sample::board("arena", sample::points());
    let ledger = home.ledger().await;
    assert!(ledger.put_board(&arena, &sample::note()).await.unwrap());
    let draft = |title: &str| KeyDraft {
        title: title.to_owned(),
        scopes: [Scope::Submit].into(),
        boards: Some([sample::slug("arena")].into()),
    };
    let (key, secret) = people
        .make_key(&Caller::Operator, draft("one"))
        .await
        .unwrap();
    assert!(secret.expose().starts_with("lp_") && !format!("{secret:?}").contains("lp_"));
    let (other, _) = people
        .make_key(&Caller::Operator, draft("two"))
        .await
        .unwrap();
    assert_eq!(people.keys(&Caller::Operator).await.unwrap().len(), 2);
    let found = people.of_key(secret.expose()).await.unwrap().unwrap();
    assert_eq!(
        (&found.id, &found.scopes, &found.boards),
        (&key.id, &key.scopes, &key.boards)
    );
    // The time of use is stored in the background, after the answer.
    let is_noted = async || {
        let keys = people.keys(&Caller::Operator).await.unwrap();
        keys.iter().any(|key| key.last_used_at.is_some())
    };
    while !is_noted().await {
        tokio::task::yield_now().await;
    }
    let used = people.keys(&Caller::Operator).await.unwrap();
    let used: Vec<_> = used
        .iter()
        .filter_map(|k| Some((k.id.as_str(), k.last_used_at?)))
        .collect();
    assert_eq!(used, [(key.id.as_str(), known.clock.now())]);
    let almost = &secret.expose()[..secret.expose().len() - 1];
    for wrong in [
        "",
        "lp_",
        almost,
        &format!("{almost}g"),
        &format!("{}0", secret.expose()),
    ] {
        assert!(people.of_key(wrong).await.unwrap().is_none(), "{wrong}");
    }
    people.revoke_key(&Caller::Operator, &key.id).await.unwrap();
    assert!(
        people.of_key(secret.expose()).await.unwrap().is_none(),
        "revocation applies at once"
    );
    for gone in [&key.id, "nothing"] {
        let refused = people
            .revoke_key(&Caller::Operator, gone)
            .await
            .unwrap_err();
        assert_eq!(refused.code(), "unknown_key");
    }
    let guest = Caller::guest(player("guest-1"));
    assert_eq!(
        people
            .make_key(&guest, draft("three"))
            .await
            .unwrap_err()
            .code(),
        "forbidden"
    );
    assert_eq!(
        people
            .revoke_key(&guest, &other.id)
            .await
            .unwrap_err()
            .code(),
        "forbidden"
    );
    assert_eq!(
        people.keys(&Caller::Nobody).await.unwrap_err().code(),
        "unauthorized"
    );
}

/// A deletion takes the board out of the keys that exist by then.
pub(crate) async fn key_made_during_a_deletion_allows_nothing(home: &impl LedgerHome) {
    let known = known(home).await;
    let ledger = home.ledger().await;
    let records = SqlRecords::new(home.database().await);
    let (caller, note) = (Caller::Operator, sample::note());
    for round in 0..20 {
        let board = sample::board(&format!("board-{round}"), sample::points());
        assert!(ledger.put_board(&board, &note).await.unwrap());
        let draft = KeyDraft {
            title: "a server".to_owned(),
            scopes: [Scope::Submit].into(),
            boards: Some([board.slug.clone()].into()),
        };
        let made = known.people.make_key(&caller, draft);
        let deleted = records.delete_board(&board, &note);
        let (made, deleted) = tokio::join!(made, deleted);
        assert!(deleted.unwrap());
        if let Err(error) = made {
            assert_eq!(error.code(), "invalid_value");
        }
        let keys = known.people.keys(&caller).await.unwrap();
        assert!(keys.iter().all(|key| key.revoked_at.is_some()), "{keys:?}");
    }
}

pub(crate) async fn token_allows_no_more_than_its_issuer_and_its_player(home: &impl LedgerHome) {
    let known = known(home).await;
    let people = &known.people;
    let (ann, _) = known.sign_up("guest-1", "ann").await.unwrap();
    let bearer = async |token: &str| match people.of_token(token).await.map(|(caller, _)| caller) {
        Ok(Caller::Person {
            player,
            role,
            proof,
        }) => {
            assert_eq!(player.as_str(), "guest-1");
            (role, proof)
        }
        other => panic!("{other:?}"),
    };
    let root = people.set_role(&Caller::Operator, &ann.handle, Role::Admin);
    let root = root.await.unwrap();
    let (own, _) = people
        .make_token(&caller(&root), &root.player)
        .await
        .unwrap();
    assert_eq!(
        bearer(&own).await,
        (Role::Player, Proof::Token),
        "an admin's own token"
    );
    let (made, _) = people
        .make_token(&Caller::Operator, &root.player)
        .await
        .unwrap();
    assert_eq!(bearer(&made).await, (Role::Player, Proof::Vouched));
    let (root_, bob) = (caller(&root), player("bob"));
    let others = people.make_token(&root_, &bob);
    assert_eq!(others.await.unwrap_err().code(), "forbidden");
    // A token may not issue another token, because access could then be renewed without end.
    let (bearer, _) = people.of_token(&own).await.unwrap();
    let again = people.make_token(&bearer, &root.player);
    assert_eq!(again.await.unwrap_err().code(), "forbidden");
    let everywhere = people.sign_out_everywhere(&bearer).await;
    assert_eq!(everywhere.unwrap_err().code(), "forbidden");
}

pub(crate) async fn guest_token_is_void_after_sign_up(home: &impl LedgerHome) {
    let known = known(home).await;
    let guest = Caller::guest(player("guest-1"));
    let (token, _) = known
        .people
        .make_token(&guest, &player("guest-1"))
        .await
        .unwrap();
    known.people.of_token(&token).await.unwrap();
    known.clock.set(sample::noon(2));
    known.sign_up("guest-1", "ann").await.unwrap();
    let refused = known.people.of_token(&token).await.unwrap_err();
    assert_eq!(refused.code(), "bad_token");
}
