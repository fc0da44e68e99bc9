//! Names of generated players, for the sample board and the demo.

const ADJECTIVES: [&str; 40] = [
    "Agile", "Amber", "Bold", "Brave", "Bright", "Calm", "Clever", "Cosmic", "Crimson", "Daring",
    "Eager", "Fearless", "Gentle", "Golden", "Happy", "Hidden", "Humble", "Indigo", "Jolly",
    "Keen", "Lively", "Lucky", "Lunar", "Mellow", "Mighty", "Misty", "Nimble", "Noble", "Patient",
    "Playful", "Quick", "Quiet", "Rapid", "Silver", "Solar", "Sunny", "Swift", "Velvet", "Wild",
    "Witty",
];
const ANIMALS: [&str; 40] = [
    "Badger", "Bear", "Beaver", "Bison", "Cheetah", "Crane", "Dolphin", "Eagle", "Falcon",
    "Ferret", "Finch", "Fox", "Gecko", "Hare", "Hawk", "Hedgehog", "Heron", "Ibex", "Jaguar",
    "Kestrel", "Koala", "Lemur", "Lynx", "Marten", "Moose", "Narwhal", "Ocelot", "Orca", "Otter",
    "Owl", "Panda", "Penguin", "Puffin", "Raven", "Robin", "Seal", "Stoat", "Tiger", "Turtle",
    "Wolf",
];

/// The name for an index: always the same, and different from those of other indexes. From index
/// 1,600 on, names end in a number.
pub(crate) fn player_name(index: u32) -> String {
    const STRIDE: usize = 611;
    let index = usize::try_from(index).expect("an index has 32 bits");
    let pairs = ADJECTIVES.len() * ANIMALS.len();
    // The stride and the number of pairs have no common divisor, so each pair is used once.
    // Consecutive names share no word.
    let pair = index % pairs * STRIDE % pairs;
    let adjective = ADJECTIVES[pair / ANIMALS.len()];
    let animal = ANIMALS[pair % ANIMALS.len()];
    match index / pairs {
        0 => format!("{adjective} {animal}"),
        round => format!("{adjective} {animal} {}", round + 1),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use leaderport::PlayerName;

    use super::*;

    #[test]
    fn ten_thousand_players_have_distinct_valid_names() {
        let names: HashSet<String> = (0..10_000).map(player_name).collect();
        assert_eq!(names.len(), 10_000);
        for name in names {
            assert_eq!(PlayerName::new(&name).unwrap().as_str(), name);
        }
        assert!(PlayerName::new(&player_name(u32::MAX)).is_ok());
        assert_eq!(player_name(0), "Agile Badger");
        assert_eq!(player_name(1600), "Agile Badger 2");
    }
}
