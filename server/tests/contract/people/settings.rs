//! The settings of accounts.

use leaderport::people::settings::{Appearance, Density, Language, Settings, Theme, TimeZoneName};

use super::*;

fn chosen() -> Settings {
    Settings {
        appearance: Appearance {
            theme: Theme::Dark,
            density: Density::Compact,
        },
        language: Some(Language::German),
        time_zone: Some(TimeZoneName::new("Asia/Tokyo").unwrap()),
        visible_as: Some(player("guest-1")),
    }
}

pub(crate) async fn settings_of_an_account_are_read_on_every_node(home: &impl LedgerHome) {
    let known = known(home).await;
    let (account, _) = known.sign_up("guest-1", "ann").await.unwrap();
    let (another, _) = known.sign_up("guest-2", "bob").await.unwrap();
    let (ann, bob) = (caller(&account), caller(&another));
    let other = node(home, &known.clock).await;
    for people in [&known.people, &other] {
        assert_eq!(people.settings(&ann).await.unwrap(), None);
    }
    for settings in [chosen(), Settings::default()] {
        known.people.set_settings(&ann, &settings).await.unwrap();
        for people in [&known.people, &other] {
            assert_eq!(people.settings(&ann).await.unwrap(), Some(settings.clone()));
            assert_eq!(people.settings(&bob).await.unwrap(), None);
        }
    }
    let guest = Caller::Person {
        player: player("guest-3"),
        role: Role::Player,
        proof: Proof::Cookie,
    };
    known.people.set_settings(&guest, &chosen()).await.unwrap();
    assert_eq!(known.people.settings(&guest).await.unwrap(), None);
    assert!(known.people.settings(&Caller::Operator).await.is_err());
}

pub(crate) async fn settings_end_with_the_account(home: &impl LedgerHome) {
    let known = known(home).await;
    let (account, _) = known.sign_up("guest-1", "ann").await.unwrap();
    let ann = caller(&account);
    known.people.set_settings(&ann, &chosen()).await.unwrap();
    let records = SqlRecords::new(home.database().await);
    records
        .erase(&account.player, &sample::note())
        .await
        .unwrap();
    assert_eq!(known.people.settings(&ann).await.unwrap(), None);
    known.people.set_settings(&ann, &chosen()).await.unwrap();
    assert_eq!(known.people.settings(&ann).await.unwrap(), None);
}
