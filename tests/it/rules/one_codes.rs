//! One-codes, and the terms under which something is shown.

use mingzheng::rules::{BadTerms, Instant, OneCode, ShareKind, ShareState, Terms, share_state};
use proptest::prelude::*;

use super::house::day;

proptest! {
    #[test]
    fn a_code_is_read_back_however_it_is_typed(random: [u8; 17]) {
        let code = OneCode::from_random(random);
        let compact = code.compact();
        prop_assert_eq!(compact.len(), 27);
        for typed in [
            compact.clone(),
            code.to_string(),
            compact.to_lowercase(),
            compact.replace('0', "o").replace('1', "l"),
            format!("  {} ", code.to_string().replace('-', " ")),
        ] {
            prop_assert_eq!(typed.parse::<OneCode>(), Ok(code.clone()), "{}", typed);
        }
    }

    #[test]
    fn every_wrong_character_is_noticed(random: [u8; 17], place in 0..27_usize, other in "[0-9A-HJKMNP-TV-Z]") {
        let mut typed = OneCode::from_random(random).compact();
        prop_assume!(typed[place..=place] != other);
        typed.replace_range(place..=place, &other);
        prop_assert!(typed.parse::<OneCode>().is_err(), "{}", typed);
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text: String) {
        if let Ok(code) = text.parse::<OneCode>() {
            prop_assert_eq!(code.compact().parse::<OneCode>(), Ok(code));
        }
    }

    #[test]
    fn a_hundred_and_thirty_bits_count(random: [u8; 17], bit in 0..130_usize) {
        let mut other = random;
        other[bit / 8] ^= 0x80 >> (bit % 8);
        prop_assert_ne!(OneCode::from_random(random), OneCode::from_random(other));
    }
}

#[test]
fn a_code_does_not_show_itself_in_logs() {
    assert_eq!(format!("{:?}", OneCode::from_random([7; 17])), "OneCode(…)");
}

fn terms() -> Terms {
    Terms {
        kind: ShareKind::Grant,
        domains: Vec::new(),
        from: day("2023-01-01"),
        to: None,
        recipient: None,
        download: false,
        consent: false,
        uses: 1,
        minutes: 60,
    }
}

#[test]
fn a_grant_lives_an_hour_to_thirty_days_and_is_for_one_to_a_thousand_looks() {
    let with = |change: fn(&mut Terms)| {
        let mut terms = terms();
        change(&mut terms);
        terms.check()
    };
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(with(|it| it.minutes = 59), Err(BadTerms::Life));
    assert_eq!(with(|it| it.minutes = 30 * 24 * 60), Ok(()));
    assert_eq!(with(|it| it.minutes = 30 * 24 * 60 + 1), Err(BadTerms::Life));
    assert_eq!(with(|it| it.uses = 0), Err(BadTerms::Uses));
    assert_eq!(with(|it| it.uses = 1000), Ok(()));
    assert_eq!(with(|it| it.uses = 1001), Err(BadTerms::Uses));
    assert_eq!(with(|it| it.recipient = Some("字".repeat(100))), Ok(()));
    assert_eq!(with(|it| it.recipient = Some("字".repeat(101))), Err(BadTerms::Recipient));
}

#[test]
fn what_was_taken_back_is_told_before_what_is_used_up_or_over() {
    let at = Instant::from_millis;
    for ((revoked, used_up, now), state) in [
        ((true, true, 9), ShareState::Revoked),
        ((false, true, 9), ShareState::UsedUp),
        ((false, false, 9), ShareState::Over),
        ((false, false, 5), ShareState::Over),
        ((false, false, 4), ShareState::Open),
    ] {
        assert_eq!(share_state(revoked, used_up, at(5), at(now)), state);
    }
}
