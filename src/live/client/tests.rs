use super::*;
use crate::Epoch;
use crate::protocol::Presence;

fn channel() -> Channel {
    Channel::try_from("presence:atp".to_owned()).unwrap()
}

fn event(offset: u64) -> Event {
    Event::State {
        channel: channel(),
        position: at(offset),
        state: state(offset),
    }
}

fn state(count: u64) -> State {
    State::Presence(Presence {
        count,
        names: Vec::new(),
    })
}

fn at(offset: u64) -> Position {
    Position {
        epoch: Epoch(1),
        offset,
    }
}

fn subscribed(command: Option<&Command>, recovered: bool) -> Event {
    Event::Subscribed {
        id: command.expect("a command").id(),
        channel: channel(),
        recovered,
    }
}

#[test]
fn reconnect_subscribes_with_the_held_position() {
    let mut client = Client::default();
    assert_eq!(client.watch(&channel(), None), None);
    let commands = client.opened();
    assert!(matches!(
        &commands[..],
        [Command::Subscribe { since: None, .. }]
    ));
    client.receive(subscribed(commands.first(), false));
    assert_eq!(client.receive(event(5)).news, Some(channel()));
    assert!(client.is_live(&channel()));
    assert_eq!(client.closed(None, 0.5), Some(125));
    assert_eq!(client.closed(None, 0.5), Some(250));
    let commands = client.opened();
    let [Command::Subscribe { since, .. }] = &commands[..] else {
        panic!("expected one subscribe command");
    };
    assert_eq!(*since, Some(at(5)));
    client.receive(subscribed(commands.first(), true));
    assert_eq!(client.joined(), (1, 1));
    assert_eq!(client.state(&channel()), Some((&state(5), at(5))));
}

#[test]
fn events_of_an_earlier_subscription_are_ignored() {
    let mut client = Client::default();
    client.opened();
    let first = client.watch(&channel(), None);
    let (left, _) = client.unwatch(&channel());
    assert!(matches!(left, Some(Command::Unsubscribe { .. })));
    let second = client.watch(&channel(), None);
    client.receive(subscribed(first.as_ref(), false));
    assert_eq!(client.receive(event(1)).news, None);
    client.receive(subscribed(second.as_ref(), false));
    assert_eq!(client.receive(event(2)).news, Some(channel()));
}

#[test]
fn paused_client_unsubscribes_and_resumes_with_its_position() {
    let mut client = Client::default();
    client.opened();
    let command = client.watch(&channel(), Some((state(3), at(3))));
    client.receive(subscribed(command.as_ref(), true));
    assert!(matches!(&client.pause()[..], [Command::Unsubscribe { .. }]));
    assert_eq!(client.watch(&channel(), None), None);
    assert_eq!(client.receive(event(9)).news, None);
    let back = client.resume();
    assert!(matches!(&back[..], [Command::Subscribe { since: Some(p), .. }] if *p == at(3)));
}

#[test]
fn refusal_names_the_refused_channel() {
    let mut client = Client::default();
    client.opened();
    let command = client
        .watch(&Channel::Ops, None)
        .expect("a subscribe command");
    let refused = client.receive(Event::Error {
        id: Some(command.id()),
        code: "forbidden".to_owned(),
        message: "no".to_owned(),
    });
    assert_eq!(refused.refused.and_then(|r| r.channel), Some(Channel::Ops));
    assert!(!client.is_live(&Channel::Ops));
}

#[test]
fn temporary_refusal_is_retried_with_the_held_position() {
    let mut client = Client::default();
    client.opened();
    let command = client.watch(&channel(), Some((state(3), at(3))));
    let refused = client.receive(Event::Error {
        id: command.map(|command| command.id()),
        code: "unavailable".to_owned(),
        message: "later".to_owned(),
    });
    assert!(refused.must_retry);
    let again = client.retry();
    assert!(matches!(&again[..], [Command::Subscribe { since: Some(p), .. }] if *p == at(3)));
    assert!(client.retry().is_empty());
    client.receive(subscribed(again.first(), true));
    assert!(client.is_live(&channel()));
}

#[test]
fn close_code_selects_no_reconnect_or_a_random_delay() {
    let mut client = Client::default();
    client.opened();
    assert_eq!(
        client.closed(Some(CloseCode::TooManyCommands.code()), 0.5),
        None
    );
    let half = RESTART_SPREAD_MILLIS / 2;
    assert_eq!(
        client.closed(Some(CloseCode::Restart.code()), 0.5),
        Some(half)
    );
    assert!(client.closed(Some(1006), 1.0) > Some(0));
}
